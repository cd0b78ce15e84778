"""The fetcher against real servers on loopback."""

import asyncio
import gzip
import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from syndicator.fetch import Fetcher, Manners
from syndicator.models import Outcome, Validators
from tests.newsroom import Item, Site, raw_server, rss

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
FEED = rss(Item("t", guid="1"))
NONE = Validators()


def fetcher(**manners):
    values = {"user_agent": "test/1", "spacing": timedelta(0), "allow_private": LOOPBACK, **manners}
    resolver = values.pop("resolver", None)
    return Fetcher(Manners(**values), clock=lambda: datetime.now(UTC), resolver=resolver)


def redirect(location, status=302):
    return lambda _: web.Response(status=status, headers={"Location": location})


async def ask(url, known=NONE, **manners):
    client = fetcher(**manners)
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
        manners = Manners(user_agent="t", spacing=timedelta(seconds=60), allow_private=LOOPBACK)
        client = Fetcher(manners, clock=lambda: datetime.now(UTC), pause=pause)
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
    client = Fetcher(Manners(**values), clock=lambda: now[0])
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
