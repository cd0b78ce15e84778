"""Our HTTP face, over real HTTP."""

import asyncio
import gzip
import hashlib
import html
import json
import re
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import resources

import aiohttp
import pytest

from syndicator.errors import Problem, StoreError
from syndicator.models.formats import OUTPUT_FORMATS, file_name
from syndicator.models.ops import OutletState
from syndicator.models.status import FeedProblem, Health
from syndicator.publish import FeedFiles
from syndicator.web import SiteContext, serve
from syndicator.web.ops.records import ConfigurationRecords, NoRecords
from tests.conftest import NOW
from tests.stages.statuses import FEED, STATUS, WELL
from tests.waiting import get

LARGE = hashlib.shake_128(b"x").digest(2_000_000)


@asynccontextmanager
async def context(tmp_path, trouble=(), **parts):
    shelf = FeedFiles(tmp_path)
    for each in OUTPUT_FORMATS:
        shelf.put(file_name("f", each.name), b"<feed/>" * 100, NOW)
    shelf.put("large.atom", LARGE, NOW)

    async def status():
        return STATUS

    parts = {"status": status, "trouble": lambda: trouble, **parts}
    runner, port = await serve(SiteContext(files=shelf, **parts), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


class Clock:
    """Counts the seconds that a test lets pass."""

    now = 1000.0

    def __call__(self):
        return self.now


class Gathering:
    """Gathers a status: counts how often, and waits for ``may_end`` where a test wants it to."""

    def __init__(self, found=STATUS):
        self.found, self.times, self.may_end = found, 0, asyncio.Event()
        self.begun = asyncio.Event()
        self.may_end.set()

    async def __call__(self):
        self.times += 1
        self.begun.set()
        await self.may_end.wait()
        if isinstance(self.found, Exception):
            raise self.found
        return replace(self.found, made_at=NOW + timedelta(seconds=self.times))

    async def is_waiting(self):
        await self.begun.wait()
        self.begun.clear()


async def made_at(base):
    return json.loads((await get(f"{base}/status.json")).body)["made_at"]


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


async def test_a_reader_that_leaves_is_no_error(tmp_path, caplog):
    """In the middle of a body: nothing is logged, and others are answered."""
    async with context(tmp_path) as base:
        files = FeedFiles(tmp_path)
        files.put("large.atom", bytes(20_000_000), NOW)
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", int(base.rpartition(":")[2])))
        await loop.sock_sendall(sock, b"GET /feeds/large.atom HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await loop.sock_recv(sock, 12)) == b"HTTP/1.1 200"
        sock.close()
        assert (await get(f"{base}/feeds/f.atom")).status == 200
    assert [record for record in caplog.records if record.name.startswith("aiohttp")] == []


async def test_an_etag_fits_its_body_while_the_file_is_replaced(tmp_path):
    """Whichever version a reader gets, it is whole and named as it is."""
    versions = [bytes([number]) * 300_000 for number in range(20)]
    etags = {hashlib.blake2b(body, digest_size=16).hexdigest(): body for body in versions}
    files = FeedFiles(tmp_path, cache_bytes=500_000)
    files.put("f.atom", versions[0], NOW)

    async def status():
        return STATUS

    runner, port = await serve(SiteContext(files=files, status=status, trouble=lambda: ()), "127.0.0.1", 0)
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
    paths = ("/ops/", "/ops/outlets/o", "/ops/configuration", "/ops/progress", "/ops/alerts", "/ops/feeds")
    async with context(tmp_path) as base:
        answers = [await get(base + path, **{"Accept-Encoding": "identity"}) for path in paths]
    response, page = answers[0], "".join(each.body.decode() for each in answers)
    assert {each.status for each in answers} == {200}
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
    async with context(tmp_path, trouble=("stuck",)) as base:
        assert (await get(base + "/healthz")).status == 503


async def test_health_names_every_reason_on_a_line_of_its_own(tmp_path):
    """A monitor shows all of them at once."""
    async with context(tmp_path, trouble=["The store fails: disk full.", "No poll has finished for 300 s."]) as base:
        page = await get(base + "/healthz")
    assert (page.status, page.body) == (503, b"The store fails: disk full.\nNo poll has finished for 300 s.\n")


@pytest.mark.parametrize("path", ["/ops/", "/ops/status.json"])
async def test_the_status_is_made_once_for_all_who_ask_within_its_time(tmp_path, path):
    """However many ask at once: one making; the next when the time is over and somebody asks, not before."""
    gathering, clock = Gathering(), Clock()
    async with context(tmp_path, status=gathering, clock=clock) as base:
        assert gathering.times == 0
        answers = await asyncio.gather(*(get(base + path) for _ in range(20)))
        assert len({answer.body for answer in answers}) == gathering.times == 1
        clock.now += 2.9
        await get(base + path)
        assert gathering.times == 1
        clock.now += 1000
        assert gathering.times == 1
        await get(base + path)
        assert gathering.times == 2


@pytest.mark.parametrize("path", ["/ops/", "/ops/status.json"])
async def test_a_status_has_a_strong_etag_and_says_for_how_long_it_is_fresh(tmp_path, path):
    """Who knows it gets a 304; another encoding is another; the next status is another."""
    gathering, clock = Gathering(), Clock()
    async with context(tmp_path, status=gathering, clock=clock) as base:
        plain = await get(base + path, **{"Accept-Encoding": "identity"})
        packed = await get(base + path, **{"Accept-Encoding": "gzip"})
        assert re.fullmatch(r'"[0-9a-f]+"', plain.headers["ETag"])
        assert plain.headers["Cache-Control"] == "max-age=3"
        assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
        assert packed.headers["ETag"] != plain.headers["ETag"]
        assert gzip.decompress(packed.body) == plain.body
        clock.now += 1.5
        known = await get(base + path, **{"If-None-Match": plain.headers["ETag"]})
        assert (known.status, known.body, known.headers["ETag"]) == (304, b"", plain.headers["ETag"])
        assert known.headers["Cache-Control"] == "max-age=1"
        clock.now += 1000
        newer = await get(base + path, **{"If-None-Match": plain.headers["ETag"]})
        assert (newer.status, newer.headers["ETag"] != plain.headers["ETag"]) == (200, True)


async def test_who_asks_while_a_newer_status_is_made_gets_the_last_one(tmp_path):
    """Unless that is old: then the newer one is waited for."""
    gathering, clock = Gathering(), Clock()
    async with context(tmp_path, status=gathering, clock=clock) as base:
        first = await made_at(base)
        await gathering.is_waiting()
        gathering.may_end.clear()
        clock.now += 4
        waiting = asyncio.create_task(made_at(base))
        await gathering.is_waiting()
        assert await made_at(base) == first
        clock.now += 3600
        others = [asyncio.create_task(made_at(base)) for _ in range(3)]
        gathering.may_end.set()
        assert first not in {await waiting, *[await each for each in others]}


async def test_what_is_dear_to_make_is_made_less_often(tmp_path):
    """It takes a tenth of the time at most, whoever asks how often."""
    clock = Clock()

    class Dear(Gathering):
        async def __call__(self):
            clock.now += 1.5
            return await super().__call__()

    gathering = Dear()
    async with context(tmp_path, status=gathering, clock=clock) as base:
        for _ in range(13):
            await get(base + "/ops/")
            clock.now += 1
        assert gathering.times == 1
        clock.now += 1
        await get(base + "/ops/")
        assert gathering.times == 2


async def test_a_refresh_of_zero_makes_a_status_for_each_request(tmp_path):
    """For tests, and who wants it so."""
    gathering = Gathering(replace(STATUS, refresh_seconds=0.0))
    async with context(tmp_path, status=gathering) as base:
        assert await made_at(base) != await made_at(base)
        assert (await get(base + "/ops/")).headers["Cache-Control"] == "no-cache"


async def test_a_status_that_cannot_be_read_is_told_and_tried_again(tmp_path):
    """The store may be well a moment later."""
    gathering = Gathering(StoreError("the store fails: disk I/O error"))
    async with context(tmp_path, status=gathering) as base:
        for path in ("/ops/", "/ops/status.json"):
            answer = await get(base + path)
            assert (answer.status, b"disk I/O error" in answer.body) == (503, True)
            assert answer.headers["Retry-After"] == "10"
        gathering.found = STATUS
        assert (await get(base + "/ops/")).status == 200


async def test_the_headline_sums_up_everything(tmp_path):
    """Nothing is well beside a fault of any kind; the reasons stand below."""
    broken = replace(FEED, problem=FeedProblem(message="No space left on device", since=NOW))
    cases = {
        "All is well": WELL,
        "1 outlet not reached yet": replace(WELL, counts=replace(WELL.counts, unpolled=1)),
        "The daemon is in trouble": replace(WELL, is_well=False, trouble=("No poll has finished.",)),
        "1 configuration problem": replace(WELL, is_well=False, config_problems=("outlets/x.toml: bad",)),
        "1 feed cannot be written": replace(WELL, is_well=False, feeds=(broken,)),
        "1 of 1 outlet not well": STATUS,
    }
    for headline, status in cases.items():
        async with context(tmp_path, status=Gathering(status)) as base:
            page, feeds = [(await get(base + path)).body.decode() for path in ("/ops/", "/ops/feeds")]
        assert f"<h1>{headline}</h1>" in page
        assert f"<title>{headline} · operator</title>" in page
        assert ("All is well" in page) == (headline == "All is well")
        assert all(reason in page for reason in status.trouble)
        assert ("No space left on device" in feeds) == (status.feeds[0].problem is not None)


async def test_how_far_feeds_are_filled_is_shown(tmp_path):
    """A person who waits for stories sees how many are left to look at; the page asks again by itself, and says so."""
    backfill = replace(STATUS.backfill, remaining=1200, total=40000, feeds=1, is_retagging=True)
    status = replace(STATUS, backfill=backfill, feeds=(replace(FEED, unchecked_stories=1200),))
    async with context(tmp_path, status=Gathering(status)) as base:
        page = (await get(base + "/ops/progress")).body.decode()
    assert "1,200 stories still to be looked through" in page
    assert page.count("38,800 of 40,000") == 2
    assert '<meta http-equiv="refresh" content="5">' in page
    assert "asks again by itself every 5 s" in page


@pytest.mark.parametrize(
    ("search", "shown"),
    [
        ({"remaining": 1200, "total": 40000}, "38,800 of 40,000"),
        ({"is_supported": False}, "This SQLite has no full-text search (FTS5)"),
    ],
)
async def test_how_far_the_search_index_is_is_shown(tmp_path, search, shown):
    """And that there can be none."""
    status = replace(STATUS, search=replace(STATUS.search, **search))
    async with context(tmp_path, status=Gathering(status)) as base:
        page = (await get(base + "/ops/progress")).body.decode()
    assert shown in page


async def test_the_style_sheet_is_there(tmp_path):
    """With the type that nosniff demands."""
    async with context(tmp_path) as base:
        assert (await get(base + "/static/style.css")).headers["Content-Type"].startswith("text/css")
        assert (await get(base + "/static/icon.svg")).headers["Content-Type"].startswith("image/svg+xml")


@pytest.mark.parametrize("state", OutletState)
def test_each_state_has_a_word_and_a_shape_of_its_own(state):
    """The sheet knows every state but the one that everything begins as."""
    style = (resources.files("syndicator.web") / "static" / "style.css").read_text("utf-8")
    name = state.value.replace(" ", "-")
    assert state is OutletState.WORKING or re.search(rf"\.st\.{name}::before[ ,{{]", style), state


def test_each_health_is_a_state():
    """What an outlet is without alerts has the same word with them."""
    assert {each.value for each in Health} <= {each.value for each in OutletState}


async def test_a_caret_stands_below_what_it_points_at(tmp_path):
    """In an Arabic filter too: lines and columns of a configuration problem are shown as they are, and not folded."""
    picture = "هدنة region:Syira\n           ^^^^^"
    problem = f"feeds/mine.toml: where: line 1, column 12: there is no region\n    {picture.replace(chr(10), chr(10) + '    ')}"
    file, key, message = problem.split(": ", 2)

    class Records(NoRecords):
        def configuration(self):
            return ConfigurationRecords(problems=[Problem(file, key, message)])

    status = replace(STATUS, config_problems=(problem,))
    async with context(tmp_path, status=Gathering(status), records=Records()) as base:
        page = (await get(base + "/ops/configuration")).body.decode()
    (shown,) = re.findall(r"<pre [^>]*>(.*?)</pre>", page, re.DOTALL)
    assert html.unescape(shown) == picture
    assert "line 1, column 12" in page
    assert "1 problem in the configuration" in page
    style = (resources.files("syndicator.web") / "static" / "style.css").read_text("utf-8")
    (rule,) = re.findall(r"pre\.code {(.*?)}", style, re.DOTALL)
    assert "overflow-x: auto" in rule
    assert "mono" in rule
    assert "wrap" not in rule
