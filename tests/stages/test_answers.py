"""Answers that break the letter of the standards and that curl and browsers read, against the fetcher itself."""

import asyncio
import gzip
import ipaddress
import zlib
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from syndicator.fetch import Fetcher, FetchSettings
from syndicator.fetch.lenient import LARGEST_HEAD
from syndicator.models import FetchOptions, Outcome, Validators
from tests.newsroom import Item, Site, raw_server, rss
from tests.stages.test_fetch import FakeResolver

FEED = rss(Item("Мост открыт", guid="1"), Item("پل باز شد", guid="2"))
SIZE = len(FEED)
PACKED = gzip.compress(FEED)
NONE = Validators()


@asynccontextmanager
async def fetching(**settings):
    values = {"user_agent": "t", "spacing": timedelta(0), "allow_private": (ipaddress.ip_network("127.0.0.0/8"),)}
    resolver = settings.pop("resolver", None)
    client = Fetcher(FetchSettings(**values | settings), clock=lambda: datetime.now(UTC), resolver=resolver)
    try:
        yield client
    finally:
        await client.close()


async def ask(answer, *, step=0, known=NONE, way=None):
    """Fetch from a server that sends these bytes, in pieces of ``step`` if that is given, and closes."""

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for start in range(0, len(answer), step or len(answer)):
            writer.write(answer[start : start + (step or len(answer))])
            await writer.drain()
            for _ in range(5 if step else 0):  # the client, in the same loop, reads what has been sent
                await asyncio.sleep(0)

    server, port = await raw_server(speak)
    async with server, fetching() as client:
        way = way or FetchOptions(respect_robots=False)
        return await client(f"http://127.0.0.1:{port}/f", known, way)


def answer(*fields, line=b"HTTP/1.1 200 OK", end=b"\r\n", body=FEED, has_length=True):
    length = [b"Content-Length: %d" % len(body)] if has_length else []
    return end.join([line, *fields, *length, b"", b""]) + body


def chunked(*fields, end=b"\r\n", last=b"0\r\n\r\n", body=FEED, **more):
    half = len(body) // 2
    parts = b"".join(b"%x%b%b%b" % (len(part), end, part, end) for part in (body[:half], body[half:]))
    return answer(b"Transfer-Encoding: chunked", *fields, body=parts + last, has_length=False, **more)


READ = {
    "a length with chunks": chunked(b"Content-Length: 7"),
    "a length before chunks, bare line feeds": answer(
        b"Content-Length: 9",
        b"transfer-encoding: Chunked",
        end=b"\n",
        body=b"%x\n%b\n0\n\n" % (SIZE, FEED),
        has_length=False,
    ),
    "a length and no coding": answer(b"Transfer-Encoding: identity"),
    "chunks with bare line feeds": chunked(end=b"\n", last=b"0\n\n"),
    "chunks without a last line": chunked(last=b"0\r\n"),
    "chunks without a last one": chunked(last=b""),
    "something behind the chunks": chunked() + b"\r\nHTTP/1.1 500 No\r\n\r\n",
    "something behind the body": answer() + b"\r\n<!-- cached -->",
    "the same length twice": answer(b"Content-Length: %d" % SIZE),
    "the same length in one line": answer(b"Content-Length: %d, %d" % (SIZE, SIZE), has_length=False),
    "a length that is no number": answer(b"Content-Length: unknown", has_length=False),
    "a length that is empty": answer(b"Content-Length:", has_length=False),
    "a length that is too large": answer(b"Content-Length: %d" % (SIZE + 50), has_length=False),
    "the length of what is packed": answer(
        b"Content-Encoding: gzip", b"Content-Length: %d" % (5 * SIZE), body=PACKED, has_length=False
    ),
    "no length": answer(has_length=False),
    "no reason": answer(line=b"HTTP/1.1 200"),
    "small letters": answer(line=b"http/1.1 200 ok"),
    "two spaces": answer(line=b"HTTP/1.1  200  OK"),
    "another version": answer(line=b"HTTP/1.2 200 OK"),
    "blank lines before": b"\r\n\r\n" + answer(line=b"http/1.1 200 OK"),
    "bare line feeds": answer(end=b"\n"),
    "folding": answer(b"Content-Type: application/rss+xml;\r\n charset=utf-8"),
    "space before a colon": answer(b"Content-Type : text/xml"),
    "a name beyond ASCII": answer("Заголовок: да".encode()),
    "a value beyond ASCII": answer("X-Title: خبر".encode(), b"X-Old: \xe9\xff"),
    "markup for a name": answer(b"<b>Warning</b>: something"),
    "a carriage return in a value": answer(b"X-Warning: one\rtwo"),
    "many fields": answer(*(b"Set-Cookie: a%d=b" % number for number in range(300))),
    "hints first": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(line=b"http/1.1 200 OK"),
    "203": answer(line=b"HTTP/1.1 203 Non-Authoritative Information"),
    "202": answer(line=b"HTTP/1.1 202 Accepted"),
    "an unknown 2xx": answer(line=b"HTTP/1.1 299 Fine"),
    "a range that is the whole": answer(b"Content-Range: bytes 0-%d/%d" % (SIZE - 1, SIZE), line=b"HTTP/1.1 206 Part"),
    "a character encoding for a coding": answer(b"Content-Encoding: windows-1251"),
    "gzip that nobody said": answer(body=PACKED),
    "gzip that a chunked coding said": chunked(b"Transfer-Encoding: gzip, chunked", body=PACKED),
    "something behind gzip": answer(b"Content-Encoding: gzip", body=PACKED + b"\n"),
    "raw deflate": answer(b"Content-Encoding: deflate", body=zlib.compress(FEED, wbits=-15)),
    "gzip for deflate": answer(b"Content-Encoding: deflate", body=PACKED),
    "another type": answer(b"Content-Type: text/html"),
}


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize("name", READ)
async def test_what_curl_and_browsers_read_is_read(name, step):
    """In one piece, and byte by byte."""
    document = await ask(READ[name], step=step)
    assert (document.outcome, document.body, document.note) == (Outcome.OK, FEED, "")


REFUSED = {
    "lengths that differ": (answer(b"Content-Length: 9"), Outcome.HTTP_ERROR),
    "no colon": (answer(b"Some nonsense"), Outcome.HTTP_ERROR),
    "a zero byte": (answer(b"X: a\0b"), Outcome.HTTP_ERROR),
    "no head": (FEED, Outcome.HTTP_ERROR),
    "another protocol": (answer(line=b"SSH-2.0-OpenSSH_9.6"), Outcome.HTTP_ERROR),
    "chunks that are none": (
        answer(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=FEED, has_length=False),
        Outcome.TRUNCATED,
    ),
    "a chunk that breaks off": (chunked(b"Content-Length: 5")[: -SIZE // 4], Outcome.TRUNCATED),
    "a length that is too large, of half a feed": (
        answer(b"Content-Length: %d" % SIZE, body=FEED[: SIZE // 2], has_length=False),
        Outcome.TRUNCATED,
    ),
    "a head that never ends": (b"http/1.1 200 OK\r\nX: " + b"x" * (LARGEST_HEAD + 1), Outcome.HTTP_ERROR),
    "no content": (answer(line=b"HTTP/1.1 204 No Content"), Outcome.HTTP_ERROR),
    "reset content": (answer(line=b"HTTP/1.1 205 Reset Content"), Outcome.HTTP_ERROR),
    "a part": (answer(b"Content-Range: bytes 0-9/%d" % SIZE, line=b"HTTP/1.1 206 Part"), Outcome.HTTP_ERROR),
    "a part of nobody knows what": (answer(line=b"HTTP/1.1 206 Part"), Outcome.HTTP_ERROR),
    "gzip that nobody said, broken off": (answer(body=PACKED[:-20]), Outcome.BAD_ENCODING),
}


@pytest.mark.parametrize("step", [0, 997])
@pytest.mark.parametrize("name", REFUSED)
async def test_what_nobody_can_make_sense_of_is_refused(name, step):
    """With an outcome, and without a body."""
    data, outcome = REFUSED[name]
    document = await ask(data, step=step)
    assert (document.outcome, document.body) == (outcome, None)
    assert document.note


async def test_f12_validators_of_a_body_that_came_otherwise_than_promised_are_not_kept():
    """The document is whole, and known again by its bytes; what its server says of it is worth nothing."""
    said = (b'ETag: "a"', b"Last-Modified: Fri, 06 Mar 2026 12:00:00 GMT")
    documents = [
        await ask(answer(*said)),
        await ask(answer(*said, b"Content-Length: %d" % (SIZE + 1), has_length=False)),
    ]
    assert [(each.validators.etag, bool(each.validators.last_modified)) for each in documents] == [
        ('"a"', True),
        (None, False),
    ]
    assert documents[0].validators.body_hash == documents[1].validators.body_hash


async def test_a_connection_with_a_repaired_answer_is_not_used_again():
    """Nobody can be deceived about where the next answer begins; ordinary answers share a connection."""
    connections = []

    async def speak(reader, writer):
        connections.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(replies.pop(0))

    replies = [answer(), answer(), chunked(b"Content-Length: 5"), answer()]
    server, port = await raw_server(speak)
    async with server, fetching() as client:
        way = FetchOptions(respect_robots=False)
        documents = [await client(f"http://127.0.0.1:{port}/f", NONE, way) for _ in range(4)]
    assert [each.body for each in documents] == [FEED] * 4
    assert len(connections) == 2


async def test_answers_through_a_socks_proxy_are_read_as_leniently():
    """Mirrors of outlets under censorship are no better servers."""

    async def speak(reader, writer):
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(bytes([5, 0]))
        await reader.readexactly(4)
        (length,) = await reader.readexactly(1)
        await reader.readexactly(length + 2)
        writer.write(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(chunked(b"Content-Length: 5"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    way = FetchOptions(proxy=f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}", respect_robots=False)
    async with server, fetching() as client:
        assert (await client("http://outlet.onion/f", NONE, way)).body == FEED


# --- redirects and cookies ---------------------------------------------------------------------------------------------


def redirect(location, *cookies, status=302):
    def give(_):
        response = web.Response(status=status, headers={"Location": location})
        for cookie in cookies:
            response.headers.add("Set-Cookie", cookie)
        return response

    return give


def walled(cookie, location, status=302):
    """Give the feed to who brings a cookie, and set it and redirect for anybody else."""
    pair, refuse = cookie.partition(";")[0], redirect(location, cookie, status=status)
    return lambda request: web.Response(body=FEED) if pair in request.headers.get("Cookie", "") else refuse(request)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_an_address_that_sets_a_cookie_and_redirects_to_itself_is_no_circle(status):
    """What changed is what is sent; the address has not moved."""
    async with Site({"/f": walled("visited=1; Path=/; HttpOnly", "/f", status)}) as site, fetching() as client:
        document = await client(site.base + "/f", NONE)
        again = await client(site.base + "/f", NONE)
    assert (document.outcome, document.body, document.moved_to) == (Outcome.OK, FEED, None)
    assert [request.headers.get("Cookie") for request in site.requests] == [None, "visited=1"] * 2
    assert again.body == FEED


async def test_a_detour_over_another_address_of_the_domain_that_sets_the_cookie_is_followed():
    """As consent pages do."""
    async with Site() as site, fetching(resolver=FakeResolver("127.0.0.1")) as client:
        here = f"outlet.co.uk:{site.port}"
        site.answers["/consent"] = redirect(f"http://feeds.{here}/f", "ok=1; Domain=outlet.co.uk; Path=/")
        site.answers["/f"] = walled("ok=1", f"http://www.{here}/consent")
        document = await client(f"http://feeds.{here}/f", NONE)
    assert (document.outcome, len(site.requests)) == (Outcome.OK, 3)


async def test_f06_a_circle_in_which_nothing_changes_ends_at_once_and_one_that_changes_after_five():
    """The same cookie again is no change; a new one each time is, and the limit of redirects holds."""
    count = iter(range(100))

    def renew(request):
        return redirect("/new", f"a={next(count)}")(request)

    answers = {"/same": redirect("/same", "a=b"), "/new": renew}
    async with Site(answers) as site, fetching() as client:
        outcomes = [(await client(site.base + path, NONE)).outcome for path in ("/same", "/new")]
        paths = [request.path for request in site.requests]
    assert outcomes == [Outcome.TOO_MANY_REDIRECTS] * 2
    assert (paths.count("/same"), paths.count("/new")) == (2, 6)


async def test_cookies_go_to_no_other_domain_and_are_forgotten():
    """Not over a redirect, and not to robots.txt."""
    async with Site({"/f": FEED}) as site, fetching(resolver=FakeResolver("127.0.0.1")) as client:
        elsewhere = f"http://other.example:{site.port}"
        site.answers["/out"] = redirect(f"{elsewhere}/f", "a=b; Path=/", "c=d; Domain=example; Path=/")
        await client(f"http://outlet.example:{site.port}/out", NONE)
        await client(f"http://outlet.example:{site.port}/f", NONE)
    assert [request.headers.get("Cookie") for request in site.requests] == [None] * 3


@pytest.mark.parametrize("location", ["feed://{}/f", "feed:http://{}/f", "//{}/f", " /f\t", "f", "../f#top"])
async def test_redirects_are_resolved_as_browsers_do(location):
    """With the scheme of readers, without one, relative, with blanks around."""
    async with Site({"/f": FEED}) as site, fetching() as client:
        site.answers["/a"] = redirect(location.format(site.base.removeprefix("http://")))
        assert (await client(site.base + "/a", NONE)).outcome is Outcome.OK


@pytest.mark.parametrize("location", ["feed://{}/f", "feed:http://{}/f", "//{}/f"])
async def test_f03_a_redirect_inward_in_the_scheme_of_readers_is_refused(location):
    """It is guarded like any other, with or without a cookie."""
    async with Site({"/f": FEED}, host="127.0.0.2") as inner, Site() as site:
        site.answers["/a"] = redirect(location.format(inner.base.removeprefix("http://")), "a=b; Path=/")
        async with fetching(allow_private=(ipaddress.ip_network("127.0.0.1/32"),)) as client:
            assert (await client(site.base + "/a", NONE)).outcome is Outcome.BLOCKED_ADDRESS
    assert inner.requests == []


async def test_bytes_in_a_redirect_are_encoded():
    """A location in an old encoding leads where its bytes say."""
    asked = []

    async def speak(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[1])
        target = b"HTTP/1.1 302 Found\r\nLocation: /\xcc\xee\xf1\xf2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        writer.write(target if len(asked) == 1 else answer(b"Connection: close"))

    server, port = await raw_server(speak)
    async with server, fetching() as client:
        document = await client(f"http://127.0.0.1:{port}/f", NONE, FetchOptions(respect_robots=False))
    assert (document.outcome, asked[1]) == (Outcome.OK, b"/%CC%EE%F1%F2")


async def test_a_cookie_in_any_script_goes_back_as_it_came():
    """Names of cities, of readers; in bytes that are UTF-8."""
    seen = []

    async def speak(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append([line for line in head.split(b"\r\n") if line.lower().startswith(b"cookie:")])
        fields = b"Set-Cookie: \xd8\xb4\xd9\x87\xd8\xb1=\xd0\x9c; Path=/\r\nSet-Cookie: old=\xe9; Path=/\r\n"
        target = b"HTTP/1.1 302 Found\r\nLocation: /f\r\n" + fields + b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        writer.write(target if len(seen) == 1 else answer(b"Connection: close"))

    server, port = await raw_server(speak)
    async with server, fetching() as client:
        document = await client(f"http://127.0.0.1:{port}/f", NONE, FetchOptions(respect_robots=False))
    assert (document.outcome, seen) == (Outcome.OK, [[], [b"Cookie: \xd8\xb4\xd9\x87\xd8\xb1=\xd0\x9c"]])


async def test_hosts_in_any_script_are_asked_by_their_ascii_names():
    """Russian, Arabic and Persian ones, in addresses and in redirects."""
    async with Site({"/f": FEED}) as site, fetching(resolver=FakeResolver("127.0.0.1")) as client:
        site.answers["/a"] = redirect(f"http://روزنامه.ایران:{site.port}/f")
        for host, path in (("новости.рф", "/f"), ("أخبار.مصر", "/f"), ("новости.рф", "/a")):
            assert (await client(f"http://{host}:{site.port}{path}", NONE)).outcome is Outcome.OK
        hosts = [request.host.partition(":")[0] for request in site.requests]
    assert all(host.isascii() and host.startswith("xn--") for host in hosts)
    assert len(set(hosts)) == 3
