"""Who may read which feed, for how long it is fresh, and where feeds went that are gone."""

import ipaddress
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from syndicator.models import Feed, FeedToken, token_digest
from syndicator.models.reader_pages import FeedsPage
from syndicator.publish import FeedFiles
from syndicator.web import ConnectionLimits, Face, FeedDirectory, SiteContext, serve
from syndicator.web.polls import PollLimiter, reader_address
from tests.conftest import NOW
from tests.stages.statuses import STATUS
from tests.waiting import get

TOKEN = "k3Q9-idlib_desk~7fPz"
PUBLIC = Feed(name="open", title="أخبار إدلب", where="", description="كل ما يُنشر عن إدلب")
PRIVATE = Feed(
    name="inner", title="Для редакции", where="", tokens=(FeedToken(name="leyla", digest=token_digest(TOKEN)),)
)
DIRECTORY = FeedDirectory(
    base_url="https://news.example",
    title="Новости",
    feeds={"open": PUBLIC, "inner": PRIVATE},
    former={"old": "open", "ended": "", "secret": "inner"},
)


class Clock:
    """Seconds, as a test lets them pass."""

    now = 1000.0

    def __call__(self):
        return self.now


@asynccontextmanager
async def serving(tmp_path, directory=DIRECTORY, faces=frozenset(Face), **parts):
    files = FeedFiles(tmp_path)
    files.keep_private(["inner"])
    for name in ("open.atom", "open.rss", "open/2026-02.atom", "inner.atom", "inner/2026-02.atom"):
        files.put(name, f"<feed>{name}</feed>".encode() * 50, NOW)

    async def status():
        return STATUS

    parts = {
        "status": status,
        "trouble": tuple,
        "directory": directory if callable(directory) else directory.itself,
        "wall": NOW.timestamp,
        **parts,
    }
    runner, port = await serve(SiteContext(files=files, **parts), "127.0.0.1", 0, faces=faces)
    try:
        yield f"http://127.0.0.1:{port}", files
    finally:
        await runner.cleanup()


def basic(password, user="leyla"):
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize("path", ["inner.atom", "inner/2026-02.atom"])
async def test_a_private_feed_is_for_who_has_a_token(tmp_path, path):
    """In the address, as the password of any user, or as a bearer's; its archives, too. Nobody else, and no cache."""
    async with serving(tmp_path) as (base, _):
        url = f"{base}/feeds/{path}"
        for address, headers in (
            (url, {}),
            (f"{url}?token=", {}),
            (f"{url}?token={TOKEN[:-1]}", {}),
            (f"{url}?token={token_digest(TOKEN)}", {}),
            (url, basic(TOKEN + "x")),
            (url, {"Authorization": "Basic %%%"}),
            (url, {"Authorization": "Basic"}),
            (url, {"If-None-Match": "*"}),
        ):
            refused = await get(address, **headers)
            assert refused.status == 401, (address, headers)
            assert refused.headers["WWW-Authenticate"].startswith("Basic ")
            assert refused.headers["Cache-Control"] == "no-store"
            assert b"<feed" not in refused.body
            assert "ETag" not in refused.headers
        for address, headers in (
            (f"{url}?token={TOKEN}", {}),
            (url, basic(TOKEN)),
            (url, basic(TOKEN, "")),
            (url, {"Authorization": f"Bearer {TOKEN}"}),
        ):
            answer = await get(address, **headers)
            assert (answer.status, answer.body[:6]) == (200, b"<feed>")
            assert answer.headers["Cache-Control"].startswith("private, ")
            assert "Authorization" in answer.headers["Vary"]
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert "hub" not in answer.headers["Link"]
            known = await get(address, **headers, **{"If-None-Match": answer.headers["ETag"]})
            assert known.status == 304
        # What was read with a token does not lie ready for others.
        assert (await get(url)).status == 401


async def test_must_58_the_list_of_all_feeds_is_a_file_for_everybody(tmp_path):
    """Even where a private feed is called like it."""
    directory = replace(DIRECTORY, feeds={"feeds": replace(PRIVATE, name="feeds")})
    async with serving(tmp_path, directory) as (base, files):
        files.keep_private(["feeds"])
        files.put("feeds.opml", "<opml>إدلب</opml>".encode(), NOW)
        files.put("feeds.atom", b"<feed/>", NOW)
        answer = await get(f"{base}/feeds.opml")
        assert (answer.status, answer.body.decode()) == (200, "<opml>إدلب</opml>")
        assert answer.headers["Content-Type"] == "text/x-opml; charset=utf-8"
        assert (await get(f"{base}/feeds/feeds.atom")).status == 401


async def test_a_feed_without_tokens_left_is_nobodys(tmp_path):
    """Who revokes the last token does not open the feed."""
    directory = replace(DIRECTORY, feeds={"inner": replace(PRIVATE, tokens=())})
    async with serving(tmp_path, directory) as (base, _):
        for query in ("", f"?token={TOKEN}", "?token="):
            assert (await get(f"{base}/feeds/inner.atom{query}")).status == 401


async def test_a_private_file_stays_private_while_nothing_is_known_of_its_feed(tmp_path):
    """While the daemon starts, or the feed's own file is bad: the published file itself is closed."""
    async with serving(tmp_path, FeedDirectory()) as (base, _):
        assert (await get(f"{base}/feeds/inner.atom?token={TOKEN}")).status == 401
        assert (await get(f"{base}/feeds/open.atom")).status == 200


async def test_a_private_file_is_closed_to_other_users_of_the_machine(tmp_path):
    """A web server that serves the folder itself is one; a feed that is made public is opened again, unchanged."""
    async with serving(tmp_path) as (_, files):
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("*.atom")}
        assert modes == {"open.atom": 0o644, "inner.atom": 0o600}
        files.keep_private([])
        assert (tmp_path / "inner.atom").stat().st_mode & 0o777 == 0o644
        files.keep_private(["inner", "open"], resting=["open"])
        assert (tmp_path / "inner" / "2026-02.atom").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "open.atom").stat().st_mode & 0o777 == 0o644
        files.put("inner.rss", b"<rss/>", NOW)
        assert (tmp_path / "inner.rss").stat().st_mode & 0o777 == 0o600


async def test_a_feed_that_becomes_private_is_so_at_once(tmp_path):
    """Though it lies ready for plain requests."""
    directories = [replace(DIRECTORY, feeds={"open": PUBLIC})]
    async with serving(tmp_path, lambda: directories[-1]) as (base, _):
        assert (await get(f"{base}/feeds/open.atom")).status == 200
        directories.append(replace(DIRECTORY, feeds={"open": replace(PUBLIC, tokens=())}))
        assert (await get(f"{base}/feeds/open.atom")).status == 401


async def test_no_token_is_logged(tmp_path, capsys, caplog):
    """Whatever comes of the request; neither is it in an answer."""
    async with serving(tmp_path) as (base, _):
        for path in ("inner.atom", "open.atom", "none.atom", "ended.atom", "inner.exe"):
            for method in ("GET", "HEAD", "POST"):
                async with (
                    aiohttp.ClientSession() as session,
                    session.request(method, f"{base}/feeds/{path}?token={TOKEN}", headers=basic(TOKEN)) as answer,
                ):
                    assert TOKEN not in str(answer.headers) + await answer.text()
    assert TOKEN not in capsys.readouterr().out + caplog.text


async def test_must_57_a_feed_that_is_gone_and_one_that_was_renamed(tmp_path):
    """410, and 301 to the same format or archive under the new name. A name that never was is 404."""
    async with serving(tmp_path) as (base, _), aiohttp.ClientSession() as session:
        for path, status, location in (
            ("ended.atom", 410, None),
            ("ended/2026-02.atom", 410, None),
            ("old.atom", 301, "https://news.example/feeds/open.atom"),
            ("old.rss", 301, "https://news.example/feeds/open.rss"),
            ("old/2026-02.atom", 301, "https://news.example/feeds/open/2026-02.atom"),
            (f"secret.atom?token={TOKEN}", 301, f"https://news.example/feeds/inner.atom?token={TOKEN}"),
            (
                "secret.atom?token=%E2%82%AC%0d%0aX:1",
                301,
                "https://news.example/feeds/inner.atom?token=%E2%82%AC%0D%0AX%3A1",
            ),
            ("never.atom", 404, None),
        ):
            for method in ("GET", "HEAD"):
                async with session.request(method, f"{base}/feeds/{path}", allow_redirects=False) as answer:
                    assert (answer.status, answer.headers.get("Location")) == (status, location), path


@pytest.mark.parametrize(
    ("pace", "age", "seconds"),
    [(0, 0, 60), (600, 0, 600), (7, 0, 60), (86400, 0, 1800), (0, 7200, 720), (600, 7200, 720), (0, 90_000, 1800)],
)
async def test_must_54_a_feed_is_fresh_until_it_will_change(tmp_path, pace, age, seconds):
    """A minute at least, half an hour at most; longer the longer it has been quiet. A 304 says the same."""
    wall = (NOW + timedelta(seconds=age)).timestamp
    async with serving(tmp_path, pace={"open": pace}.get, wall=wall) as (base, _):
        answer = await get(f"{base}/feeds/open.atom")
        assert answer.headers["Cache-Control"] == f"public, max-age={seconds}"
        known = await get(f"{base}/feeds/open.atom", **{"If-None-Match": answer.headers["ETag"]})
        assert (known.status, known.headers["Cache-Control"]) == (304, f"public, max-age={seconds}")


async def test_headers_of_a_feed_that_lies_ready_go_with_the_time(tmp_path):
    """What was fresh for a minute a while ago is fresh for longer now."""
    wall = Clock()
    wall.now = NOW.timestamp()
    async with serving(tmp_path, wall=wall) as (base, _):
        assert (await get(f"{base}/feeds/open.atom")).headers["Cache-Control"].endswith("max-age=60")
        wall.now += 9000
        assert (await get(f"{base}/feeds/open.atom")).headers["Cache-Control"].endswith("max-age=900")


async def test_must_38_and_49_links_of_a_feed_and_of_an_archive(tmp_path):
    """A feed names itself and the hub; an archive, which never changes, itself alone, and is fresh for a day."""
    links = {"open.atom": '<https://news.example/feeds/open.atom>; rel="self", <https://news.example/hub>; rel="hub"'}
    async with serving(tmp_path, feed_links=lambda name: links.get(name, "")) as (base, _):
        feed, archive = await get(f"{base}/feeds/open.atom"), await get(f"{base}/feeds/open/2026-02.atom")
    assert feed.headers["Link"] == links["open.atom"]
    assert archive.headers["Link"] == '<https://news.example/feeds/open/2026-02.atom>; rel="self"'
    assert archive.headers["Cache-Control"] == "public, max-age=86400"


async def test_must_54_who_fetches_whole_feeds_again_and_again_has_to_wait(tmp_path):
    """Never who asks with a condition, or for the head; each feed counts for itself, and so does each reader."""
    clock = Clock()
    limits = ConnectionLimits(key=lambda host: host)
    trusted = (ipaddress.ip_network("127.0.0.0/8"),)
    async with serving(tmp_path, clock=clock, limits=limits, trusted_proxies=trusted) as (base, _):
        url = f"{base}/feeds/open.atom"
        answers = [await get(url) for _ in range(7)]
        assert [answer.status for answer in answers] == [200] * 5 + [429] * 2
        assert answers[-1].headers["Retry-After"] == "60"
        etag = answers[0].headers["ETag"]
        assert (await get(url, **{"If-None-Match": etag})).status == 304
        assert (await get(url, **{"If-None-Match": '"an older one"'})).status == 200
        assert (await get(f"{base}/feeds/open.rss")).status == 200
        assert (await get(url, **{"X-Forwarded-For": "1.1.1.1, 203.0.113.7"})).status == 200
        clock.now += 59
        assert (await get(url)).headers["Retry-After"] == "1"
        clock.now += 1
        assert [(await get(url)).status for _ in range(2)] == [200, 429]


async def test_must_54_a_large_feed_counts_once_each_time_it_is_fetched(tmp_path):
    """Though what answers at once leaves it to what sends piece by piece."""
    async with serving(tmp_path, clock=Clock(), limits=ConnectionLimits(key=lambda host: host)) as (base, files):
        files.put("open.atom", b"<feed>" + bytes(range(65, 91)) * 4000 + b"</feed>", NOW)
        answers = [await get(f"{base}/feeds/open.atom") for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]


async def test_f40_who_says_to_be_another_is_believed_from_a_trusted_proxy_only(tmp_path):
    """A reader cannot have a new address for each request."""
    async with serving(tmp_path, clock=Clock(), limits=ConnectionLimits(key=lambda host: host)) as (base, _):
        answers = [await get(f"{base}/feeds/open.atom", **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("198.51.100.4", "203.0.113.9", "198.51.100.4"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::7]", "2001:db8::7"),
        ("10.0.0.1", "unknown", "unknown"),
    ],
)
def test_the_last_address_that_is_no_proxys_is_the_readers(peer, forwarded, address):
    """Those before it may be made up."""
    assert reader_address(peer, forwarded, (ipaddress.ip_network("10.0.0.0/8"),)) == address


def test_f38_readers_that_were_not_seen_for_long_are_forgotten():
    """A flood of addresses holds no more memory than so many."""
    limiter = PollLimiter(Clock(), burst=1, most_known=100)
    assert limiter.wait("a", "f.atom") == 0
    assert limiter.wait("a", "f.atom") == 60
    for number in range(1000):
        limiter.wait(f"b{number}", "f.atom")
    assert len(limiter._free_at) == 100
    assert limiter.wait("a", "f.atom") == 0


async def test_must_55_a_page_of_another_site_may_read_public_feeds(tmp_path):
    """With conditions, too; a private one it may not, and nothing else of this site."""
    async with serving(tmp_path) as (base, _), aiohttp.ClientSession() as session:
        async with session.options(f"{base}/feeds/open.atom") as answer:
            assert answer.status == 204
            assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]
            assert "HEAD" in answer.headers["Allow"]
        for path in ("/", "/ops/", "/ops/status.json", "/healthz"):
            assert "Access-Control-Allow-Origin" not in (await get(base + path)).headers


async def test_a_feed_that_is_made_when_it_is_asked_for(tmp_path):
    """It is served as soon as it is there."""

    class Maker:
        asked, files = [], None

        async def __call__(self, name):
            self.asked.append(name)
            if name == "outlet/jisr":
                self.files.put("outlet/jisr.atom", "<feed>جسر</feed>".encode(), NOW)
            return name != "outlet/none"

    maker = Maker()
    async with serving(tmp_path, make=maker) as (base, maker.files):
        assert (await get(f"{base}/feeds/outlet/jisr.atom")).body.decode() == "<feed>جسر</feed>"
        assert (await get(f"{base}/feeds/outlet/jisr.atom")).status == 200
        assert (await get(f"{base}/feeds/outlet/none.atom")).status == 404
        assert (await get(f"{base}/feeds/outlet/../open.exe")).status == 404
        # There is such a feed, whose file could not be written yet: nobody is told that there is none.
        later = await get(f"{base}/feeds/outlet/later.atom")
        assert (later.status, later.headers["Retry-After"]) == (503, "10")
    assert maker.asked == ["outlet/jisr", "outlet/none", "outlet/later"]


async def test_readers_see_nothing_of_operators_pages_at_their_own_address(tmp_path):
    """There is no status below any of its names, and health is a word; operators have no feeds at theirs."""
    async with serving(tmp_path, faces={Face.READERS}, trouble=lambda: ("The store fails: disk full.",)) as (base, _):
        for path in ("/ops", "/ops/", "/ops/status.json", "/ops/healthz", "/status.json", "/ops/?page=1"):
            assert (await get(base + path)).status == 404
        health = await get(f"{base}/healthz")
        assert (health.status, health.body) == (503, b"not well\n")
        assert (await get(f"{base}/static/style.css")).status == 200
    async with serving(tmp_path, faces={Face.OPERATORS}) as (base, _):
        for path in ("/ops/", "/ops/status.json", "/ops/healthz", "/healthz", "/static/style.css"):
            assert (await get(base + path)).status == 200
        for path in ("/", "/feeds/", "/feeds/open.atom", "/stories/1"):
            assert (await get(base + path)).status == 404


async def test_old_addresses_of_the_status_lead_to_the_new_ones(tmp_path):
    """Relative ones, so that a proxy may show them below any path."""

    async def pages(_wanted):
        return FeedsPage(count=0, feeds=())

    async with serving(tmp_path, pages=pages) as (base, _), aiohttp.ClientSession() as session:
        for path, location in (("/status.json", "ops/status.json"), ("/ops", "ops/"), ("/feeds", "feeds/")):
            async with session.get(base + path, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (301, location)
            assert (await get(base + path)).status == 200
