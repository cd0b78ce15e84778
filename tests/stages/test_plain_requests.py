"""Plain requests for feeds are answered before aiohttp reads them. Nobody may tell from the answers."""

import asyncio
import gzip
import random
from contextlib import asynccontextmanager

import pytest

from syndicator.publish import FeedFiles
from syndicator.web import FeedDirectory, SiteContext, serve
from syndicator.web.head import LONGEST_HEAD, NoHead, read_head
from tests.conftest import NOW

BODY = "<feed>هدنة في إدلب · آتش‌بس · перемирие · ateşkes</feed>".encode() * 500
HOST = b"Host: news.example\r\n"
LAST = b"GET /feeds/f.atom HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
# Two headers of one name: such requests are always left to aiohttp.
LEFT = b"X-Left: 1\r\nX-Left: 2\r\n"

TARGETS = (
    b"/feeds/f/2026-02.atom /feeds/large.rss /feeds/none.atom /feeds/f.atom?x=1 /feeds/%66.atom /feeds/../feeds/f.atom"
    b" /feeds//f.atom /feeds/./f.atom /healthz /static/icon.svg /feeds/ http://news.example/feeds/f.atom /feeds/f.atom#x"
).split()
ENCODINGS = (b" gzip", b" gzip, br", b"identity", b" gzip;q=0", b" *", b"  GZIP  ", b"")
DATES = (
    b"Fri, 06 Mar 2026 12:00:00 GMT",
    b"Fri, 06 Mar 2026 11:00:00 GMT",
    b"Friday, 06-Mar-26 12:00:00 GMT",
    b"Fri Mar  6 12:00:00 2026",
    b"Sat, 07 Mar 2099 00:00:00 GMT",
    b"nonsense",
    b"1e99",
)


@asynccontextmanager
async def serving(tmp_path, **parts):
    """Serve some feeds; yield their files and the port."""
    files = FeedFiles(tmp_path)
    files.put("f.atom", BODY, NOW)
    files.put("f/2026-02.atom", BODY[:2000], NOW)
    files.put("large.rss", random.Random(1).randbytes(200_000), NOW)

    async def status():
        raise AssertionError

    directory = FeedDirectory(base_url="https://news.example").itself
    context = SiteContext(files=files, status=status, trouble=tuple, **{"directory": directory, **parts})
    runner, port = await serve(context, "127.0.0.1", 0)
    try:
        yield files, port
    finally:
        await runner.cleanup()


async def ask(port, data, cuts=()):
    """Send data, in pieces that end at ``cuts``; return all that is answered until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reading = asyncio.create_task(reader.read())
    try:
        for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
            writer.write(data[start:end])
            await writer.drain()
            if cuts:
                await asyncio.sleep(0.001)  # so that the pieces come one by one
        async with asyncio.timeout(30):
            return await reading
    except ConnectionError:
        return reading.result() if reading.done() and not reading.exception() else b""
    finally:
        reading.cancel()
        writer.close()


def answers(stream, methods):
    """Take answers apart: status, headers without their order and the date, and body."""
    found = []
    for method in methods:
        if not stream:
            break
        head, _, stream = stream.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        headers = sorted(line for line in lines if not line.lower().startswith(b"date:"))
        fields = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)}
        length = int(fields.get(b"content-length", 0))
        length = 0 if method == b"HEAD" or b" 304 " in status else length
        assert len(stream) >= length, "an answer is cut short"
        found.append((status, headers, stream[:length]))
        stream = stream[length:]
    assert stream == b""
    return found


def made_request(chance, etags, *, may_be_odd):
    """Make up a request: mostly plain, with each of its parts sometimes odd."""
    etag = chance.choice(etags)
    odd_methods = [b"get", b"GET /x"] if may_be_odd else []
    method = chance.choice([b"GET"] * 8 + [b"HEAD", b"HEAD", b"POST", b"OPTIONS", b"DELETE", *odd_methods])
    target = chance.choice([b"/feeds/f.atom"] * 9 + TARGETS + ([b"*", b"feeds"] if may_be_odd else []))
    version = chance.choice([b"HTTP/1.1"] * 20 + ([b"HTTP/1.0", b"HTTP/2.0"] if may_be_odd else []))
    lines = [HOST] if chance.random() < 0.95 or not may_be_odd else []
    for line in (
        b"User-Agent: " + chance.choice([b"newsboat/2.21", "قارئ/1".encode(), b""]) + b"\r\n",
        b"Accept-Encoding:" + chance.choice(ENCODINGS) + b"\r\n",
        b"If-None-Match: " + chance.choice([etag, b"W/" + etag, b'"x", ' + etag, b"*", b'"x"', etag[1:]]) + b"\r\n",
        b"If-Modified-Since: " + chance.choice(DATES) + b"\r\n",
        b"Range: bytes=0-9\r\n",
        b"Connection: " + chance.choice([b"keep-alive", b"Keep-Alive", b"TE", b"close"]) + b"\r\n",
        b"X-Forwarded-For: 127.0.0.1\r\n",
        b"X-Odd:" + chance.choice([b" a\x00b", b" a\rb", b"\r\n folded", b" " + b"x" * 9000, b"\xff\xfe"]) + b"\r\n",
        b"Content-Length: 0\r\n",
        b"no colon\r\n",
        b"Accept-Encoding: gzip\r\n",
    ):
        is_odd = line.startswith(
            (b"X-Odd", b"no colon", b"Accept-Encoding: gzip\r", b"Connection: TE", b"Connection: close")
        )
        if is_odd and not may_be_odd:
            continue
        common = not line.startswith(
            (b"X-Odd", b"Content-Length", b"no colon", b"Connection", b"Accept-Encoding: gzip\r")
        )
        if chance.random() < (0.35 if common else 0.02):
            lines.append(line)
    chance.shuffle(lines)
    return method, method + b" " + target + b" " + version + b"\r\n", b"".join(lines) + b"\r\n"


@pytest.mark.long
async def test_must_51_to_53_an_answer_at_once_is_that_of_aiohttp(tmp_path):
    """Over thousands of requests, one or some at a time, whole or in pieces: the same statuses, headers and bodies."""
    chance, plain, asked = random.Random(17), 0, 0
    async with serving(tmp_path) as (files, port):
        digests = [files._read("f.atom")[0].digest.hex(), files._read("f/2026-02.atom")[0].digest.hex()]
        etags = [f'"{digest}{suffix}"'.encode() for digest in digests for suffix in ("", "-gz")]
        for _ in range(1500):
            # What is wrong with one request ends the connection, and what aiohttp had read before it is lost.
            many = chance.choice((1, 1, 1, 2, 4))
            made = [made_request(chance, etags, may_be_odd=many == 1) for _ in range(many)]
            asked += many
            data = b"".join(line + headers for _, line, headers in made) + LAST
            cuts = sorted(chance.sample(range(1, len(data)), 2)) if many > 1 and chance.random() < 0.4 else ()
            ours = await ask(port, data, cuts)
            expected = []
            for method, line, headers in made:
                theirs = answers(await ask(port, line + LEFT + headers + LAST), [method, b"GET"])
                expected.append(theirs[0])
                if len(theirs) == 1:
                    break
            else:
                expected.append(theirs[1])
            assert answers(ours, [*(method for method, _, _ in made), b"GET"]) == expected, data
            # Where the date is the last line, or the last but for the end of the connection, it is answered here.
            plain += ours.count(b"GMT\r\n\r\n") + ours.count(b"GMT\r\nConnection: close\r\n\r\n")
    assert asked > 2500
    assert plain > 1000


async def test_a_head_that_comes_byte_by_byte_is_answered(tmp_path):
    """And what follows it on the same connection, too."""
    async with serving(tmp_path) as (_, port):
        request = b"GET /feeds/f.atom HTTP/1.1\r\n" + HOST + b"Accept-Encoding: gzip\r\n\r\n"
        stream = await ask(port, request + LAST, range(1, len(request), 7))
        first, second = answers(stream, [b"GET", b"GET"])
    assert gzip.decompress(first[2]) == second[2] == BODY


async def test_answers_keep_the_order_of_requests(tmp_path):
    """Those for pages among those for feeds, though the latter could be answered sooner."""
    feed, page = b"GET /feeds/f.atom HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    async with serving(tmp_path) as (_, port):
        await ask(port, LAST)  # so that it lies ready
        stream = await ask(port, feed + page + feed + page + page + LAST)
    bodies = [body for _, _, body in answers(stream, [b"GET"] * 6)]
    assert bodies == [BODY, b"ok\n", BODY, b"ok\n", b"ok\n", BODY]


async def test_a_page_between_two_feeds_leaves_the_connection_fast(tmp_path):
    """Behind a proxy one connection carries everybody's requests."""
    feed, page = b"GET /feeds/f.atom HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    async with serving(tmp_path) as (_, port):
        await ask(port, LAST)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request, is_plain in ((feed, True), (page, False), (feed, True), (page, False), (feed, True)):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]))
            assert head.split(b"\r\n")[-3].startswith(b"Date: ") is is_plain
        writer.close()


async def test_f56_no_body_is_torn_and_no_etag_lies_while_a_feed_is_replaced(tmp_path):
    """By plain requests over kept connections, one after another, during hundreds of renders."""
    async with serving(tmp_path) as (files, port):
        versions = {}
        for number in range(50):
            body = f"<feed>{number} ".encode() * 4000
            files.put("f.atom", body, NOW)
            versions[files._versions["f.atom"].digest.hex()] = body
        bodies, done = list(versions.values()), asyncio.Event()

        async def replace():
            for number in range(400):
                await asyncio.to_thread(files.put, "f.atom", bodies[number % 50], NOW)
            done.set()

        async def read():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            seen = 0
            while not done.is_set():
                writer.write(b"GET /feeds/f.atom HTTP/1.1\r\n" + HOST + b"\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
                etag = head.partition(b'ETag: "')[2].partition(b'"')[0].decode()
                assert await reader.readexactly(length) == versions[etag]
                seen += 1
            writer.close()
            return seen

        _, *seen = await asyncio.gather(replace(), *(read() for _ in range(4)))
    assert min(seen) > 20


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"GET /feeds/f.atom HT", NoHead.INCOMPLETE),
        (b"GET /" + b"x" * LONGEST_HEAD, NoHead.UNUSUAL),
        (b"\x16\x03\x01\x02\x00", NoHead.UNUSUAL),
        (b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", NoHead.UNUSUAL),
        (b"GET / HTTP/1.1\r\n\r\n", NoHead.UNUSUAL),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", NoHead.UNUSUAL),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", NoHead.UNUSUAL),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", NoHead.UNUSUAL),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", NoHead.UNUSUAL),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", NoHead.UNUSUAL),
        (b"GET / HTTP/1.1\r\nHost: x\r\n y\r\n\r\n", NoHead.UNUSUAL),
        (b"GET / HTTP/1.1\nHost: x\n\n\r\n\r\n", NoHead.UNUSUAL),
        (b"GET / HTTP/1.1\r\nConnection: upgrade\r\n\r\n", NoHead.UNUSUAL),
    ],
)
def test_what_is_no_plain_head(data, found):
    """A body, an upgrade, folded or doubled lines are aiohttp's; the beginning of a head is waited for."""
    assert read_head(data) is found
