"""The fetcher against real servers on loopback."""

import asyncio
import errno
import gzip
import ipaddress
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import uvloop
from aiohttp import web
from aiohttp.abc import AbstractResolver

from syndicator.errors import LocalFaultError
from syndicator.fetch import Fetcher, FetchSettings, HostState
from syndicator.fetch.resolver import Resolver, ResolverSettings
from syndicator.fetch.sessions import MOST_PROXIES
from syndicator.models import FetchOptions, Outcome, Validators
from tests.names import HERE, Names
from tests.newsroom import Item, Site, raw_server, rss
from tests.scarcity import no_descriptors

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
FEED = rss(Item("t", guid="1"))
NONE = Validators()


def fetcher(**settings):
    values = {"user_agent": "test/1", "spacing": timedelta(0), "allow_private": LOOPBACK, **settings}
    resolver = values.pop("resolver", None)
    return Fetcher(FetchSettings(**values), clock=lambda: datetime.now(UTC), resolver=resolver)


def redirect(location, status=302):
    return lambda _: web.Response(status=status, headers={"Location": location})


async def ask(url, known=NONE, **settings):
    client = fetcher(**settings)
    try:
        return await client(url, known)
    finally:
        await client.close()


async def test_must_01_and_02_validators_go_back_byte_for_byte():
    """If-None-Match and If-Modified-Since carry what the server gave."""
    async with Site({"/f": FEED}) as site:
        known = Validators(etag='W/"odd \' value"', last_modified="Fri, 6 Mar 2026 1:02:03 gmt")
        await ask(site.base + "/f", known)
        (request,) = site.requests
    assert request.headers["If-None-Match"] == known.etag
    assert request.headers["If-Modified-Since"] == known.last_modified


async def test_304_brings_no_body_and_keeps_the_hash():
    """A server that knows our validators answers NOT_MODIFIED."""
    async with Site({"/f": FEED}) as site:
        first = await ask(site.base + "/f")
        second = await ask(site.base + "/f", first.validators)
    assert (first.outcome, first.body) == (Outcome.OK, FEED)
    assert (second.outcome, second.body) == (Outcome.NOT_MODIFIED, None)
    assert second.validators == first.validators


async def test_the_same_bytes_are_known_by_their_hash():
    """A server without validators does not make us parse again."""
    async with Site({"/f": lambda _: web.Response(body=FEED)}) as site:
        first = await ask(site.base + "/f")
        second = await ask(site.base + "/f", first.validators)
    assert second.outcome is Outcome.UNCHANGED


async def test_must_09_and_13_the_request_is_plain():
    """One User-Agent, no cookies although the server sets them, no referer, no body."""

    def answer(_):
        response = web.Response(body=FEED)
        response.set_cookie("a", "b")
        return response

    async with Site({"/f": answer}) as site:
        client = fetcher()
        await client(site.base + "/f", NONE)
        await client(site.base + "/f", NONE)
        await client.close()
    for request in site.requests:
        assert request.headers["User-Agent"] == "test/1"
        assert not {"Cookie", "Referer", "Content-Length"} & set(request.headers)
        assert "gzip" in request.headers["Accept-Encoding"]


async def test_gzip_arrives_decoded():
    """Content-Encoding is undone."""
    packed = gzip.compress(FEED)
    async with Site({"/f": lambda _: web.Response(body=packed, headers={"Content-Encoding": "gzip"})}) as site:
        assert (await ask(site.base + "/f")).body == FEED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, Outcome.FORBIDDEN),
        (403, Outcome.FORBIDDEN),
        (404, Outcome.NOT_FOUND),
        (410, Outcome.GONE),
        (429, Outcome.RATE_LIMITED),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        (418, Outcome.HTTP_ERROR),
        (304, Outcome.HTTP_ERROR),
    ],
)
async def test_every_status_has_its_word(status, outcome):
    """A closed set of outcomes; an unasked 304 is an error."""
    async with Site({"/f": lambda _: web.Response(status=status)}) as site:
        assert (await ask(site.base + "/f")).outcome is outcome


async def test_bytes_beyond_ascii_in_headers_do_no_harm():
    """Reason phrases and addresses in old encodings come out as text that can be kept."""

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 N\xe3o encontrado\r\nContent-Type: a/b; \xff\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    server, port = await raw_server(speak)
    async with server:
        document = await ask(f"http://127.0.0.1:{port}/f")
    assert document.outcome is Outcome.NOT_FOUND
    (document.note + document.content_type).encode()


async def test_f01_a_private_address_gets_no_connection():
    """Without allow_private the listener counts nothing."""
    async with Site({"/f": FEED}) as site:
        document = await ask(site.base + "/f", allow_private=())
        assert document.outcome is Outcome.BLOCKED_ADDRESS
        assert site.requests == []


class FakeResolver(AbstractResolver):
    """Answers every name with the given addresses."""

    def __init__(self, *addresses):
        self.addresses = addresses

    async def resolve(self, host, port=0, family=0):
        return [
            {"hostname": host, "host": a, "port": port, "family": 2, "proto": 6, "flags": 0} for a in self.addresses
        ]

    async def close(self):
        pass


async def test_f05_a_name_that_points_inward_is_refused():
    """The address connected to counts, not the name."""
    async with Site({"/f": FEED}) as site:
        url = f"http://public.example:{site.port}/f"
        document = await ask(url, resolver=FakeResolver("127.0.0.1"), allow_private=())
        assert document.outcome is Outcome.BLOCKED_ADDRESS
        assert site.requests == []


async def test_f05_of_mixed_answers_only_the_allowed_are_tried():
    """A private address among allowed ones is never connected to."""
    async with Site({"/f": FEED}) as site, Site({"/f": FEED}, host="127.0.0.2", port=site.port) as inner:
        allowed = (ipaddress.ip_network("127.0.0.1/32"),)
        url = f"http://mixed.example:{site.port}/f"
        document = await ask(url, resolver=FakeResolver("127.0.0.2", "127.0.0.1"), allow_private=allowed)
        assert document.outcome is Outcome.OK
        assert inner.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_f03_a_redirect_inward_is_refused(status):
    """Each hop is guarded."""
    async with Site({"/f": FEED}, host="127.0.0.2") as inner:
        async with Site({"/f": redirect(inner.base + "/f", status)}) as site:
            document = await ask(site.base + "/f", allow_private=(ipaddress.ip_network("127.0.0.1/32"),))
        assert document.outcome is Outcome.BLOCKED_ADDRESS
        assert inner.requests == []


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "gopher://x/", "ftp://x/", "data:,x", "unix:/x", "http://["]
)
async def test_f04_only_http_is_followed(location):
    """Any other scheme ends the exchange."""
    async with Site({"/f": redirect(location)}) as site:
        assert (await ask(site.base + "/f")).outcome is Outcome.BAD_URL


async def test_f06_circles_and_long_chains_end():
    """A to B to A at once; fifty hops after five."""
    hops = {f"/{n}": redirect(f"/{n + 1}") for n in range(50)}
    hops["/a"] = redirect("/b")
    hops["/b"] = redirect("/a")
    async with Site(hops) as site:
        assert (await ask(site.base + "/a")).outcome is Outcome.TOO_MANY_REDIRECTS
        assert len(site.requests) == 2
        assert (await ask(site.base + "/0")).outcome is Outcome.TOO_MANY_REDIRECTS
        assert len(site.requests) == 2 + 6


async def test_five_redirects_are_followed():
    """The fifth hop still counts, and the final address is told."""
    hops = {f"/{n}": redirect(f"/{n + 1}", 301) for n in range(5)}
    async with Site({**hops, "/5": FEED}) as site:
        document = await ask(site.base + "/0")
    assert (document.outcome, document.url, document.moved_to) == (Outcome.OK, site.base + "/5", site.base + "/5")


async def test_f09_proxies_of_the_environment_are_ignored(monkeypatch):
    """A proxy would void the address check."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with Site({"/f": FEED}) as site:
        assert (await ask(site.base + "/f")).outcome is Outcome.OK


async def test_f11_one_deadline_for_the_whole_exchange():
    """A byte now and then does not keep an exchange alive."""

    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        loop = asyncio.get_running_loop()

        def one_more():
            if not writer.is_closing():
                writer.write(b"x")
                loop.call_later(0.02, one_more)

        one_more()
        await reader.read()

    server, port = await raw_server(drip)
    async with server:
        document = await ask(f"http://127.0.0.1:{port}/f", deadline=timedelta(seconds=0.3))
    assert document.outcome is Outcome.TIMEOUT


async def test_f12_a_short_body_is_truncated_and_never_whole():
    """Content-Length promised more than came."""

    async def short(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rss>")
        await writer.drain()

    server, port = await raw_server(short)
    async with server:
        document = await ask(f"http://127.0.0.1:{port}/f")
    assert (document.outcome, document.body) == (Outcome.TRUNCATED, None)


async def test_f12_an_endless_body_is_stopped():
    """The cap on the wire holds for chunked bodies."""

    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
            await writer.drain()

    server, port = await raw_server(endless)
    async with server:
        document = await ask(f"http://127.0.0.1:{port}/f", largest=100_000)
    assert document.outcome is Outcome.TOO_LARGE


async def test_nobody_there_and_no_such_name(free_port):
    """Refused connections and unknown names have words of their own."""
    assert (await ask(f"http://127.0.0.1:{free_port}/f")).outcome is Outcome.CONNECT_ERROR

    class NoName(FakeResolver):
        async def resolve(self, host, port=0, family=0):
            raise OSError(None, "Name or service not known")

    assert (await ask("http://nowhere.example/f", resolver=NoName())).outcome is Outcome.DNS_ERROR


async def test_turns_at_one_host_are_spaced():
    """Requests to one host wait their turn; another host's do not."""
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    async with Site({"/f": FEED}) as one, Site({"/f": FEED}) as other:
        settings = FetchSettings(user_agent="t", spacing=timedelta(seconds=60), allow_private=LOOPBACK)
        client = Fetcher(settings, clock=lambda: datetime.now(UTC), pause=pause)
        for site in (one, other, one):
            await client(site.base + "/f", NONE)
        await client.close()
    assert len(pauses) == 1
    assert 50 < pauses[0] <= 60


@pytest.mark.parametrize("status", [429, 503])
async def test_must_06_a_host_that_asks_for_a_pause_gets_nothing_before_it_ends(status):
    """None of its feeds is asked, nor is it followed to; other hosts are; when the time has come it is asked again."""
    now = [datetime(2026, 3, 6, 12, tzinfo=UTC)]
    values = {"user_agent": "test/1", "spacing": timedelta(0), "allow_private": LOOPBACK}
    client = Fetcher(FetchSettings(**values), clock=lambda: now[0])
    busy = lambda _: web.Response(status=status, headers={"Retry-After": "90"})  # noqa: E731
    async with Site({"/a": busy, "/b": FEED}) as site, Site({"/c": FEED}) as other:
        other.answers["/d"] = redirect(site.base + "/b")
        assert (await client(site.base + "/a", NONE)).retry_after == timedelta(seconds=90)
        now[0] += timedelta(seconds=30)
        held = [await client(site.base + "/b", NONE), await client(other.base + "/d", NONE)]
        free = await client(other.base + "/c", NONE)
        assert len(site.requests) == 1
        now[0] += timedelta(seconds=60)
        again = await client(site.base + "/b", NONE)
    await client.close()
    assert [(each.outcome, each.retry_after) for each in held] == [(Outcome.RATE_LIMITED, timedelta(seconds=60))] * 2
    assert held[0].note == "the host asked to be left alone until 2026-03-06 12:01:30 UTC"
    assert (free.outcome, again.outcome) == (Outcome.OK, Outcome.OK)


async def test_turns_are_taken_by_all_hosts_of_one_domain():
    """A newsroom's feeds and pages are one operator's; on a shared platform each name is somebody's own."""
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    async with Site({"/f": FEED}) as site:
        settings = FetchSettings(user_agent="t", spacing=timedelta(seconds=60), allow_private=LOOPBACK)
        resolver = FakeResolver("127.0.0.1")
        client = Fetcher(settings, clock=lambda: datetime.now(UTC), pause=pause, resolver=resolver)
        for host in ("www.outlet.co.uk", "feeds.outlet.co.uk", "other.co.uk", "a.blogspot.com", "b.blogspot.com"):
            await client(f"http://{host}:{site.port}/f", NONE)
        await client.close()
    assert len(pauses) == 1


def robots(text="", status=200, location=""):
    headers = {"Location": location} if location else {}
    return lambda _: web.Response(text=text, status=status, headers=headers)


FORBID = robots("User-agent: *\nDisallow: /")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (FORBID, Outcome.DISALLOWED),
        (robots("User-agent: other\nDisallow: /"), Outcome.OK),
        (robots("User-agent: *\nDisallow: /\nUser-agent: TEST\nAllow: /"), Outcome.OK),
        (robots(status=404), Outcome.OK),
        (robots(status=403), Outcome.OK),
        (robots(status=500), Outcome.DISALLOWED),
        (robots(status=503), Outcome.DISALLOWED),
        (robots(status=301, location="/robots.txt"), Outcome.TOO_MANY_REDIRECTS),
        (robots(status=301, location="/1"), Outcome.DISALLOWED),
        (robots(status=302, location="http://10.0.0.1/"), Outcome.BLOCKED_ADDRESS),
        (robots(status=429), Outcome.OK),
    ],
)
async def test_must_17_robots_txt_decides_what_is_asked(answer, outcome):
    """Errors of ours mean that there is none, the server's that nothing may be asked; five redirects are followed."""
    hops = {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 5)} | {"/5": FORBID}
    async with Site({"/f": FEED, **hops}) as site:
        site.robots = answer
        document = await ask(site.base + "/f")
        asked = [each.path for each in site.requests if each.path == "/f"]
    assert document.outcome is (Outcome.OK if outcome is Outcome.TOO_MANY_REDIRECTS else outcome)
    assert asked == (["/f"] if document.outcome is Outcome.OK else [])


async def test_must_17_robots_txt_holds_for_a_day_and_longer_while_unreachable():
    """It is asked once a day; while it cannot be read, what it said before holds on."""
    now = [datetime(2026, 3, 6, 12, tzinfo=UTC)]
    values = {"user_agent": "test/1", "spacing": timedelta(0), "allow_private": LOOPBACK}
    client = Fetcher(FetchSettings(**values), clock=lambda: now[0])
    async with Site({"/f": FEED, "/g": FEED}) as site:
        site.robots = robots("User-agent: *\nDisallow: /g")
        for path, hours, outcome, times in (
            ("/f", 0, Outcome.OK, 1),
            ("/g", 23, Outcome.DISALLOWED, 1),
            ("/f", 1, Outcome.OK, 2),
        ):
            now[0] += timedelta(hours=hours)
            assert ((await client(site.base + path, NONE)).outcome, site.robots_asked) == (outcome, times)
        site.robots = robots(status=500)
        now[0] += timedelta(hours=30)
        assert (await client(site.base + "/g", NONE)).outcome is Outcome.DISALLOWED
        assert (await client(site.base + "/f", NONE)).outcome is Outcome.OK
    await client.close()


async def test_must_16_each_host_is_asked_for_its_own_robots_txt():
    """A redirect to a host that forbids it is not followed."""
    async with Site({"/f": FEED}) as other, Site({"/f": redirect(other.base + "/f")}) as site:
        other.robots = FORBID
        assert (await ask(site.base + "/f")).outcome is Outcome.DISALLOWED
        assert (other.requests, other.robots_asked) == ([], 1)


async def test_must_18_the_operator_may_ask_whatever_robots_txt_says():
    """Then it is not even read."""
    async with Site({"/f": FEED}) as site:
        site.robots = FORBID
        client = fetcher()
        document = await client(site.base + "/f", NONE, FetchOptions(respect_robots=False))
        await client.close()
    assert (document.outcome, site.robots_asked) == (Outcome.OK, 0)


class HttpProxy:
    """An HTTP proxy on loopback that passes plain requests on, and notes them."""

    def __init__(self):
        self.asked = []

    async def speak(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b"\r\n")[0].decode())
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(FEED)
        writer.write(answer + FEED)
        await writer.drain()


async def test_an_http_proxy_is_asked_with_whole_addresses():
    """Names are its business to resolve."""
    proxy = HttpProxy()
    server, port = await raw_server(proxy.speak)
    client = fetcher()
    way = FetchOptions(proxy=f"http://127.0.0.1:{port}", respect_robots=False)
    async with server:
        document = await client("http://unknown.invalid/f", NONE, way)
        literal = await client("http://10.1.2.3/f", NONE, way)
    gone = await client("http://unknown.invalid/f", NONE, way)
    await client.close()
    assert (document.outcome, document.body) == (Outcome.OK, FEED)
    assert proxy.asked == ["GET http://unknown.invalid/f HTTP/1.1"]
    assert literal.outcome is Outcome.BLOCKED_ADDRESS
    assert gone.outcome is Outcome.PROXY_ERROR


async def test_a_socks_proxy_gets_the_name():
    """Tor's way: names are resolved at the other end, so .onion ones can be asked."""
    names = []

    async def speak(reader, writer):
        version, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(bytes([5, 0]))
        *_, kind = await reader.readexactly(4)
        assert (version, kind) == (5, 3)
        (length,) = await reader.readexactly(1)
        names.append((await reader.readexactly(length)).decode())
        await reader.readexactly(2)
        writer.write(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(FEED) + FEED)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = fetcher()
    async with server:
        for scheme in ("socks5", "socks5h"):
            way = FetchOptions(proxy=f"{scheme}://127.0.0.1:{port}", respect_robots=False)
            assert (await client("http://outlet.onion/f", NONE, way)).body == FEED
    gone = await client("http://outlet.onion/f", NONE, way)
    await client.close()
    assert names == ["outlet.onion"] * 2
    assert gone.outcome is Outcome.PROXY_ERROR


async def test_f09_the_environments_proxy_is_taken_when_asked_for(monkeypatch):
    """And only then; what it excepts is asked directly, and guarded."""
    proxy = HttpProxy()
    server, port = await raw_server(proxy.speak)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    client, way = fetcher(allow_private=()), FetchOptions(proxy="environment", respect_robots=False)
    async with server, Site({"/f": FEED}) as site:
        assert (await client("http://unknown.invalid/f", NONE, way)).outcome is Outcome.OK
        assert (await client("http://unknown.invalid/f", NONE)).outcome is Outcome.DNS_ERROR
        assert (await client(site.base + "/f", NONE, way)).outcome is Outcome.BLOCKED_ADDRESS
    await client.close()
    assert (len(proxy.asked), site.requests) == (1, [])


@pytest.mark.parametrize("said", [b"", b"\x05", b"\x05\x00\x05"])
async def test_a_socks_proxy_that_hangs_up_is_a_failure_like_any_other(said):
    """So that the next endpoint is asked."""

    async def speak(reader, writer):
        await reader.read(3)
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    client, port = fetcher(), server.sockets[0].getsockname()[1]
    way = FetchOptions(proxy=f"socks5://127.0.0.1:{port}", respect_robots=False)
    async with server:
        document = await client("http://outlet.onion/f", NONE, way)
        posted = await client.post("http://hub.onion/", {}, way)
    await client.close()
    assert (document.outcome, posted.outcome) == (Outcome.PROXY_ERROR, Outcome.PROXY_ERROR)


async def test_f42_no_secret_of_an_address_comes_out():
    """Neither in what a document says of where it is from, nor in a note on what went wrong."""

    async def nonsense(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n")
        await writer.drain()

    async with Site({"/f": FEED}) as site:
        document = await ask(f"http://user:secret@127.0.0.1:{site.port}/f")
        assert (document.outcome, document.url) == (Outcome.OK, f"{site.base}/f")
        assert site.requests[0].headers["Authorization"].startswith("Basic ")
    server, port = await raw_server(nonsense)
    async with server:
        document = await ask(f"http://127.0.0.1:{port}/f?token=secret")
    assert (document.outcome, "secret" in document.note) == (Outcome.HTTP_ERROR, False)


async def test_must_17_a_robots_txt_that_hangs_holds_on_as_it_was():
    """As one that cannot be reached."""
    now, never = [datetime(2026, 3, 6, 12, tzinfo=UTC)], asyncio.Event()
    limits = {"user_agent": "t", "spacing": timedelta(0), "deadline": timedelta(seconds=1), "allow_private": LOOPBACK}
    client = Fetcher(FetchSettings(**limits), clock=lambda: now[0])

    async def hang(_):
        await never.wait()
        return web.Response()

    async with Site({"/f": FEED}) as site:
        site.robots = robots("User-agent: *\nDisallow: /g")
        assert (await client(site.base + "/f", NONE)).outcome is Outcome.OK
        site.robots, now[0] = hang, now[0] + timedelta(days=2)
        assert (await client(site.base + "/f", NONE)).outcome is Outcome.OK
        assert (await client(site.base + "/g", NONE)).outcome is Outcome.DISALLOWED
        never.set()
    await client.close()


async def test_must_06_a_pause_that_was_asked_for_outlives_a_reload():
    """As does what robots.txt said."""
    memory, clock = HostState(), lambda: datetime(2026, 3, 6, 12, tzinfo=UTC)
    busy = lambda _: web.Response(status=503, headers={"Retry-After": "90"})  # noqa: E731
    async with Site({"/a": busy, "/b": FEED}) as site:
        for path in ("/a", "/b"):
            client = Fetcher(FetchSettings(user_agent="t", allow_private=LOOPBACK), clock=clock, memory=memory)
            document = await client(site.base + path, NONE)
            await client.close()
        assert (document.outcome, len(site.requests), site.robots_asked) == (Outcome.RATE_LIMITED, 1, 1)


# --- names -----------------------------------------------------------------------------------------


@asynccontextmanager
async def fetching(names, *, patience=3600.0, **settings):
    """Make a fetcher that looks names up with ``names``; nothing hangs when it is closed."""
    resolver = Resolver(names, ResolverSettings(patience=patience))
    client = fetcher(resolver=resolver, **settings)
    try:
        yield client
    finally:
        names.released.set()
        await client.close()
        await resolver.close()


async def test_dead_names_starve_no_neighbour():
    """While 24 names hang, a healthy outlet's document arrives; then each of the 24 is a name that does not resolve."""
    dead = [f"dead{number}.example" for number in range(24)]
    names = Names(*dead)
    async with Site({"/f": FEED}) as site, fetching(names) as client:
        waiting = [asyncio.create_task(client(f"http://{host}/f", NONE)) for host in dead]
        await names.hang(24)
        neighbour = await client(f"http://good.example:{site.port}/f", NONE)
        assert len(names.hanging) == 24
        names.released.set()
        failures = await asyncio.gather(*waiting)
    assert (neighbour.outcome, neighbour.body) == (Outcome.OK, FEED)
    assert {(each.outcome, each.note) for each in failures} == {(Outcome.DNS_ERROR, "the name does not resolve")}


@pytest.mark.parametrize("respect_robots", [True, False])
async def test_a_name_server_that_does_not_answer_is_an_error_of_the_name_and_no_timeout(respect_robots):
    """Whether robots.txt or the feed is asked for first, and however short the deadline is."""
    names = Names("dead.example")
    async with fetching(names, patience=0.2, deadline=timedelta(seconds=0.02)) as client:
        options = FetchOptions(respect_robots=respect_robots)
        documents = [await client("http://dead.example/f", NONE, options) for _ in range(2)]
        documents.append(await client.post("http://dead.example/hub", {}, options))
        await names.hang(1)
        assert names.asked == ["dead.example"]
    expected = (Outcome.DNS_ERROR, "the name server does not answer within 0.2 s")
    assert [(each.outcome, each.note) for each in documents] == [expected] * 3


class Late:
    """A look-up that takes longer than a deadline that began when it was made."""

    def __init__(self, deadline):
        self.released = threading.Event()
        asyncio.get_running_loop().call_later(deadline.total_seconds() * 2, self.released.set)

    def __call__(self, host, family):
        self.released.wait()
        return HERE


async def test_a_slow_name_server_costs_an_outlet_none_of_its_time():
    """The deadline stands still meanwhile, and runs on afterwards."""
    deadline, never = timedelta(seconds=1), asyncio.Event()

    async def hang(_):
        await never.wait()
        return web.Response()

    async with Site({"/f": FEED, "/hang": hang}) as site:
        async with fetching(Late(deadline), deadline=deadline) as client:
            assert (await client(f"http://good.example:{site.port}/f", NONE)).outcome is Outcome.OK
        async with fetching(Late(deadline), deadline=deadline) as client:
            assert (await client(f"http://good.example:{site.port}/hang", NONE)).outcome is Outcome.TIMEOUT
        never.set()


async def test_only_names_that_are_connected_to_are_looked_up():
    """Not addresses, and not what a proxy is asked for; a proxy's own name is."""
    proxy, names = HttpProxy(), Names()
    server, port = await raw_server(proxy.speak)
    async with server, Site({"/f": FEED}) as site, fetching(names) as client:
        assert (await client(site.base + "/f", NONE)).outcome is Outcome.OK
        assert names.asked == []
        for home in (f"http://127.0.0.1:{port}", f"http://proxy.example:{port}"):
            options = FetchOptions(proxy=home, respect_robots=False)
            assert (await client("http://outlet.example/f", NONE, options)).outcome is Outcome.OK
    assert names.asked == ["proxy.example"]


async def test_the_guard_holds_for_what_the_resolver_finds():
    """A name that points inward is refused, from its first look-up and from what is kept of it."""
    names = Names()
    async with Site({"/f": FEED}) as site, fetching(names, allow_private=()) as client:
        for _ in range(2):
            document = await client(f"http://inward.example:{site.port}/f", NONE)
            assert document.outcome is Outcome.BLOCKED_ADDRESS
        assert (site.requests, site.robots_asked) == ([], 0)
    assert names.asked == ["inward.example"]


# --- what is kept ----------------------------------------------------------------------------------


async def test_waits_of_hosts_that_are_redirected_to_are_dropped_when_they_are_past():
    """Whoever redirects to ever new hosts that are busy fills no memory."""
    now, state = [datetime(2026, 3, 6, 12, tzinfo=UTC)], HostState()
    settings = FetchSettings(user_agent="t", spacing=timedelta(0), allow_private=LOOPBACK)
    client = Fetcher(settings, clock=lambda: now[0], resolver=FakeResolver("127.0.0.1"), memory=state)
    async with Site({"/busy": lambda _: web.Response(status=503, headers={"Retry-After": "90"})}) as site:
        for number in range(20):
            site.answers["/f"] = redirect(f"http://h{number}.example:{site.port}/busy")
            assert (await client(site.base + "/f", NONE)).outcome is Outcome.SERVER_ERROR
            now[0] += timedelta(seconds=30)
        assert len(state.waits) <= 3
    await client.close()


async def test_sessions_of_proxies_are_bounded():
    """However many user names one proxy is asked with; those in use stay."""
    proxy = HttpProxy()
    server, port = await raw_server(proxy.speak)
    client = fetcher()
    async with server:
        for number in range(MOST_PROXIES + 20):
            options = FetchOptions(proxy=f"http://user{number}:x@127.0.0.1:{port}", respect_robots=False)
            assert (await client("http://outlet.example/f", NONE, options)).outcome is Outcome.OK
        assert len(client._sessions._proxied) == MOST_PROXIES
    await client.close()


# --- faults of this machine ------------------------------------------------------------------------


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
@pytest.mark.parametrize("respect_robots", [True, False])
def test_a_lack_of_descriptors_is_no_fault_of_an_outlet(new_loop, addresses, respect_robots):
    """It is raised, whichever request met it, and is over when it is over; a form that is sent tells it in its note."""

    async def main():
        client, options = fetcher(resolver=FakeResolver(*addresses)), FetchOptions(respect_robots=respect_robots)
        async with Site({"/f": FEED}) as site:
            url = f"http://outlet.example:{site.port}/f"
            with no_descriptors():
                with pytest.raises(LocalFaultError, match="no file descriptor left: raise LimitNOFILE"):
                    await client(url, NONE, options)
                sent = await client.post(url, {}, options)
            after = await client(url, NONE, options)
        await client.close()
        return sent, after

    with asyncio.Runner(loop_factory=new_loop) as runner:
        sent, after = runner.run(main())
    assert (sent.outcome, "LimitNOFILE" in sent.note) == (Outcome.CONNECT_ERROR, True)
    assert after.outcome is Outcome.OK


class Lacking(FakeResolver):
    """Fails as the kernel does."""

    def __init__(self, error):
        self.error = error

    async def resolve(self, host, port=0, family=0):
        raise self.error


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "LimitNOFILE"),
        (OSError(errno.ENFILE, "Too many open files in system"), "fs.file-max"),
        (OSError(errno.ENOBUFS, "No buffer space available"), "buffer"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "out of memory"),
        (
            OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 24] Too many open files"),
            "LimitNOFILE",
        ),
        (MemoryError(), "out of memory"),
    ],
)
async def test_what_this_machine_lacks_is_raised_with_what_to_do(error, what):
    """It never becomes an outcome of the outlet that happened to be asked."""
    with pytest.raises(LocalFaultError, match=what):
        await ask("http://outlet.example/f", resolver=Lacking(error))


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT])
async def test_what_the_network_refuses_is_the_outlets(number):
    """As ever."""
    document = await ask("http://outlet.example/f", resolver=Lacking(OSError(number, "no")))
    assert not document.outcome.is_good
