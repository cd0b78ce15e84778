"""Our HTTP face, over real HTTP."""

import asyncio
import gzip
import hashlib
import re
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest

from syndicator.models.formats import OUTPUT_FORMATS, file_name
from syndicator.publish import FeedFiles
from syndicator.web import SiteContext, serve
from tests.conftest import NOW
from tests.waiting import get

STATUS = {
    "version": "0", "title": "<script>T</script>", "base_path": "", "now": NOW.isoformat(), "status_time": "now",
    "problems": ["outlets/x.toml: <img src=x>"],
    "counts": {"outlets": 1, "sources": 1, "stories": 1, "failing": 1, "read_both_ways": 1, "disagreements": 0, "suggestions": 2},
    "outlets": [
        {"id": "o", "name": "<b>O</b>", "country": "SY", "language": "ar", "health": "failing", "good_at": None,
         "links_to": "", "sources": [
            {"id": "o/f", "title": "", "due_at": (NOW + timedelta(minutes=5)).isoformat(), "good_at": None,
             "news_at": None, "pushed_until": None, "endpoints": [
                {"url": "https://o.example/f", "is_mirror": False, "is_asked": True, "health": "failing",
                 "outcome": "tls_error", "note": "<script>evil()</script>", "failures": 3.0, "tried_at": None,
                 "good_at": None, "next_try_at": None, "moved_to": "<script>evil()</script>", "beside": ["<script>evil()</script>"]}]}]}
    ],
    "feeds": [{"name": "f", "title": "F", "where": 'a "b"', "members": 1, "changed_at": NOW.isoformat(),
               "addresses": {"atom": "http://h/feeds/f.atom", "rss": "http://h/feeds/f.rss"}}],
    "stories": [
        {"id": "x", "title": "هدنة <script>", "link": "https://o.example/1", "language": "ar", "outlet": "o",
         "outlet_name": "O", "first_seen": NOW.isoformat(), "updated": NOW.isoformat(), "copies": 2,
         "tags": [{"scheme": "region", "term": "SY", "label": "Syria", "role": "about", "words": ['"']}]}
    ],
}  # fmt: skip


LARGE = hashlib.shake_128(b"x").digest(2_000_000)


@asynccontextmanager
async def context(tmp_path, trouble=None):
    shelf = FeedFiles(tmp_path)
    for each in OUTPUT_FORMATS:
        shelf.put(file_name("f", each.name), b"<feed/>" * 100, NOW)
    shelf.put("large.atom", LARGE, NOW)

    async def status():
        return STATUS

    runner, port = await serve(SiteContext(files=shelf, status=status, trouble=lambda: trouble), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("kind", "type_"), [(each.name, each.content_type) for each in OUTPUT_FORMATS])
async def test_must_51_55_a_feed_with_its_headers(tmp_path, kind, type_):
    """Content type, strong ETag, date, caching, CORS, nosniff."""
    async with context(tmp_path) as base:
        response = await get(f"{base}/feeds/f.{kind}", **{"Accept-Encoding": "identity"})
    assert response.status == 200
    assert response.headers["Content-Type"] == f"{type_}; charset=utf-8"
    assert re.fullmatch(r'"[0-9a-f]+"', response.headers["ETag"])
    assert response.headers["Last-Modified"] == "Fri, 06 Mar 2026 12:00:00 GMT"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert "max-age" in response.headers["Cache-Control"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_must_51_conditional_requests(tmp_path):
    """304 repeats the headers; If-None-Match goes before the date."""
    async with context(tmp_path) as base:
        url = f"{base}/feeds/f.atom"
        first = await get(url)
        etag, date = first.headers["ETag"], first.headers["Last-Modified"]
        for conditions, status in (
            ({"If-None-Match": etag}, 304),
            ({"If-None-Match": f'"x", W/{etag}'}, 304),
            ({"If-None-Match": "*"}, 304),
            ({"If-Modified-Since": date}, 304),
            ({"If-Modified-Since": "Fri, 06 Mar 2026 11:00:00 GMT"}, 200),
            ({"If-None-Match": '"x"', "If-Modified-Since": date}, 200),
            ({"If-Modified-Since": "nonsense"}, 200),
        ):
            answer = await get(url, **conditions)
            assert answer.status == status, conditions
            assert answer.headers["ETag"] == etag
            assert {"Cache-Control", "Vary", "Last-Modified"} <= set(answer.headers)


async def test_must_53_encodings_have_their_own_etags(tmp_path):
    """Gzip for who wants it, and not for who refuses it."""
    async with context(tmp_path) as base:
        url = f"{base}/feeds/f.atom"
        plain = await get(url, **{"Accept-Encoding": "identity"})
        packed = await get(url, **{"Accept-Encoding": "br, gzip;q=0.5"})
        refused = await get(url, **{"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert "Content-Encoding" not in refused.headers


async def test_must_52_head_and_other_methods(tmp_path):
    """HEAD gives the headers of GET; anything else is 405 with Allow."""
    async with context(tmp_path) as base, aiohttp.ClientSession() as session:
        got = await get(f"{base}/feeds/f.atom", **{"Accept-Encoding": "identity"})
        async with session.head(f"{base}/feeds/f.atom", headers={"Accept-Encoding": "identity"}) as head:
            assert head.status == 200
            for name in ("ETag", "Content-Length", "Content-Type", "Last-Modified"):
                assert head.headers[name] == got.headers[name]
        for method in ("POST", "PUT", "DELETE", "TRACE"):
            async with session.request(method, f"{base}/feeds/f.atom") as response:
                assert response.status == 405
                assert "GET" in response.headers["Allow"]


async def test_a_large_feed_is_sent_whole(tmp_path):
    """To HEAD with its length alone, compressed or not, and not at all to who has it."""
    async with context(tmp_path) as base, aiohttp.ClientSession() as session:
        url = f"{base}/feeds/large.atom"
        plain, packed = await get(url), await get(url, **{"Accept-Encoding": "gzip"})
        assert plain.body == gzip.decompress(packed.body) == LARGE
        assert plain.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        for page, encoding in ((plain, "identity"), (packed, "gzip")):
            assert page.headers["Content-Length"] == str(len(page.body))
            async with session.head(url, headers={"Accept-Encoding": encoding}) as head:
                for name in ("ETag", "Content-Length", "Content-Type", "Last-Modified", "Vary", "Cache-Control"):
                    assert head.headers[name] == page.headers[name]
            known = await get(url, **{"Accept-Encoding": encoding, "If-None-Match": page.headers["ETag"]})
            assert (known.status, known.body) == (304, b"")


async def test_an_etag_fits_its_body_while_the_file_is_replaced(tmp_path):
    """Whichever version a reader gets, it is whole and named as it is."""
    versions = [bytes([number]) * 300_000 for number in range(20)]
    etags = {hashlib.blake2b(body, digest_size=16).hexdigest(): body for body in versions}
    files = FeedFiles(tmp_path, cache_bytes=500_000)
    files.put("f.atom", versions[0], NOW)

    async def status():
        return STATUS

    runner, port = await serve(SiteContext(files=files, status=status, trouble=lambda: None), "127.0.0.1", 0)
    try:
        replacing = asyncio.create_task(
            asyncio.to_thread(lambda: [files.put("f.atom", versions[n % 20], NOW) for n in range(1, 40)])
        )
        while not replacing.done():
            page = await get(f"http://127.0.0.1:{port}/feeds/f.atom")
            assert etags[page.headers["ETag"].strip('"')] == page.body
        await replacing
    finally:
        await runner.cleanup()


async def test_a_feed_whose_file_is_lost_is_404(tmp_path):
    """Until it is written again."""
    async with context(tmp_path) as base:
        (tmp_path / "f.atom").unlink()
        assert (await get(f"{base}/feeds/f.atom")).status == 404
        assert (await get(f"{base}/feeds/f.atom", **{"If-None-Match": "*"})).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/x.atom",
        "/feeds/../lock",
        "/feeds/f.exe",
        "/feeds/f.atom%0A",
        "/feeds/%2E%2E%2Ff.atom",
        "/static/../server.py",
        "/nope",
    ],
)
async def test_unknown_paths_are_404(tmp_path, path):
    """No path leads out of the shelf."""
    async with context(tmp_path) as base:
        assert (await get(base + path)).status == 404


async def test_f34_the_status_page_escapes_everything(tmp_path):
    """Text from outside cannot become markup, and nothing but our style sheet may load."""
    async with context(tmp_path) as base:
        response = await get(base + "/", **{"Accept-Encoding": "identity"})
    page = response.body.decode()
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "evil()" in page
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert 'style="' not in page
    assert 'dir="rtl"' in page


async def test_f41_the_host_header_changes_nothing(tmp_path):
    """Links come from base_url."""
    async with context(tmp_path) as base:
        response = await get(base + "/", Host="evil.example")
        assert b"evil.example" not in response.body


async def test_health(tmp_path):
    """200 when well, 503 with the reason when not."""
    async with context(tmp_path) as base:
        assert (await get(base + "/healthz")).status == 200
    async with context(tmp_path, trouble="stuck") as base:
        assert (await get(base + "/healthz")).status == 503


async def test_the_style_sheet_is_there(tmp_path):
    """With the type that nosniff demands."""
    async with context(tmp_path) as base:
        assert (await get(base + "/static/style.css")).headers["Content-Type"].startswith("text/css")
        assert (await get(base + "/static/icon.svg")).headers["Content-Type"].startswith("image/svg+xml")
