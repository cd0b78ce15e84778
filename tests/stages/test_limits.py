"""What hostile readers may hold of our HTTP face: connections, time, memory, lines in the log. Over real sockets."""

import asyncio
import gc
import hashlib
import socket
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from syndicator.publish import FeedFiles
from syndicator.web import ConnectionLimits, SiteContext, serve
from syndicator.web.limits import HeldBodies, address_key
from tests.conftest import NOW
from tests.stages.statuses import STATUS
from tests.stages.test_pushes import Hub
from tests.waiting import eventually, get

LARGE = hashlib.shake_128(b"x").digest(4_000_000)
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"


@asynccontextmanager
async def listening(tmp_path, *, descriptors=10_000, **limits):
    files = FeedFiles(tmp_path)
    files.put("large.atom", LARGE, NOW)

    async def status():
        return STATUS

    context = SiteContext(
        files=files,
        status=status,
        trouble=lambda: (),
        hub=Hub(),
        limits=ConnectionLimits(**{"look": 0.02, "key": lambda _: None, **limits}),
        descriptors=lambda: descriptors,
    )
    runner, port = await serve(context, "127.0.0.1", 0)
    try:
        yield port
    finally:
        await runner.cleanup()


class Client:
    """A connection of its own."""

    def __init__(self, port, buffer=None):
        self.port, self.buffer = port, buffer

    async def __aenter__(self):
        sock = socket.socket()
        if self.buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        self.reader, self.writer = await asyncio.open_connection(sock=sock, limit=1024)
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    def send(self, data):
        self.writer.write(data)

    async def status(self):
        """Read the head of an answer, and its body if it is short; return its status, 0 if the connection ends."""
        try:
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 30)
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
        length = int(fields.get("Content-Length", 0))
        if length < 1000:
            await self.reader.readexactly(length)
        return int(head.split()[1])

    async def ends(self):
        """Wait until the other side ends the connection."""
        with suppress(ConnectionError):
            while await asyncio.wait_for(self.reader.read(65536), 30):
                pass
        return True


NO_REQUESTS = {
    "no target": b"GET evil HTTP/1.1\r\nHost: h\r\n\r\n",
    "no method": b"\r\n\r\n / HTTP/1.1\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(range(200)) + b"\r\n\r\n",
    "binary": hashlib.shake_128(b"junk").digest(3000) + b"\r\n\r\n",
    "version": b"GET / HTTP/9.9\r\nHost: h\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "header": b"GET / HTTP/1.1\r\nHost h\r\n\r\n",
    "NUL": b"GET / HTTP/1.1\r\nHost: h\r\nX: \0\r\n\r\n",
    "long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    "length": b"POST /websub/one HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /websub/one HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "smuggling": b"POST /websub/one HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "chunk": b"POST /websub/one HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no gzip": b"POST /websub/one HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    "persian": "GET /خبر HTTP/1.1\r\nHost: مثال\r\n\r\n".encode(),
    "after a good one": REQUEST + b"evil\r\n\r\n",
}


@pytest.mark.parametrize("junk", NO_REQUESTS.values(), ids=NO_REQUESTS)
async def test_what_is_no_request_is_refused_without_a_word_in_the_log(tmp_path, junk, caplog):
    """Whoever likes may send anything: no traceback, and the next reader is served."""
    with capture_logs() as logs:
        async with listening(tmp_path) as port, Client(port) as client:
            client.send(junk)
            client.writer.write_eof()
            statuses = [status async for status in _statuses(client)]
            assert statuses[-1:] in ([400], [404], [413], []), statuses
            assert (await get(f"http://127.0.0.1:{port}/healthz")).status == 200
    assert [log for log in logs if log["log_level"] != "debug"] == []
    assert caplog.records == []


async def _statuses(client):
    while status := await client.status():
        yield status


async def test_a_push_that_is_torn_off_is_no_line_in_the_log(tmp_path, caplog):
    """Networks fail; so do hubs."""
    with capture_logs() as logs:
        async with listening(tmp_path) as port, Client(port) as client:
            client.send(b"POST /websub/one HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc")
            await client.writer.drain()
            client.writer.transport.abort()

            async def is_free():
                async with Client(port) as other:
                    other.send(b"POST /websub/one HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na")
                    return await other.status() == 202

            await eventually(is_free)
    assert [log for log in logs if log["log_level"] != "debug"] == []
    assert caplog.records == []


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT", REQUEST], ids=["nothing", "half a head", "then idle"])
async def test_connections_that_wait_make_room_for_others(tmp_path, sent):
    """Two hundred that do nothing, and a reader who wants a page: of so many descriptors most stay for polling."""
    async with listening(tmp_path, descriptors=60) as port:
        idle = [await Client(port).__aenter__() for _ in range(100)]
        try:
            for each in idle:
                each.send(sent)
            for _ in range(3):
                assert (await get(f"http://127.0.0.1:{port}/healthz")).status == 200

            async def are_ended():
                return sum(each.reader.at_eof() for each in idle) >= 80

            await eventually(are_ended)
        finally:
            for each in idle:
                await each.__aexit__()


async def test_an_address_has_so_many_connections_and_others_go_on(tmp_path):
    """One that takes more loses those of its own that wait; those that are at work stay."""
    async with listening(tmp_path, per_address=3, key=lambda _: "one") as port:
        first = await Client(port).__aenter__()
        first.send(REQUEST)
        assert await first.status() == 200
        others = []
        for _ in range(3):
            others.append(await Client(port).__aenter__())
            others[-1].send(REQUEST)
            assert await others[-1].status() == 200
        assert await first.ends()
        for each in (first, *others):
            await each.__aexit__()


@pytest.mark.parametrize(
    ("limit", "sent"),
    [("head", b"GET / HT"), ("idle", b""), ("idle", REQUEST)],
    ids=["half a head", "nothing", "idle after an answer"],
)
async def test_who_takes_too_long_with_a_request_is_let_go(tmp_path, limit, sent):
    """A head has its time from its first byte, the next request from the last answer."""
    async with listening(tmp_path, **{limit: 0.1}) as port, Client(port) as client:
        client.send(sent)
        assert await client.ends()


async def test_a_head_that_trickles_in_is_let_go(tmp_path):
    """A byte now and then is no progress."""
    async with listening(tmp_path, head=0.3) as port, Client(port) as client:
        client.send(b"GET /")

        async def is_let_go():
            client.send(b"a")
            return client.reader.at_eof()

        await eventually(is_let_go)


async def test_a_reader_who_takes_nothing_is_let_go(tmp_path):
    """However much there is for it; a reader beside it gets everything."""
    async with listening(tmp_path, stall=0.2) as port, Client(port, 4096) as client:
        client.send(b"GET /feeds/large.atom HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await client.status() == 200
        client.reader._transport.pause_reading()
        assert (await get(f"http://127.0.0.1:{port}/feeds/large.atom")).body == LARGE

        async def is_let_go():
            with suppress(ConnectionError):
                client.send(b"x")
                await client.writer.drain()
                return False
            return True

        await eventually(is_let_go)


async def test_refused_requests_leave_nothing_behind_for_the_garbage_collector(tmp_path):
    """It looks rarely, and each would keep what was sent with it until then."""
    gc.collect()
    gc.disable()
    try:
        async with listening(tmp_path) as port:
            for _ in range(30):
                async with Client(port) as client:
                    client.send(b"POST /websub/nobody HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n123456789")
                    assert await client.status() == 404
        assert sum(isinstance(each, web.Request) for each in gc.get_objects()) < 10
    finally:
        gc.enable()


def test_bodies_of_slow_readers_hold_so_much_and_no_more():
    """Readers of one body share it; beyond the bound those of the oldest are let go, and one alone may be larger."""
    held, ended = HeldBodies(25), []
    first, second, third = b"1" * 10, b"2" * 10, b"3" * 30
    one, other = held.sending(first, lambda: ended.append("one")), held.sending(first, lambda: ended.append("other"))
    with one, other:
        assert held.held == 10
        with held.sending(second, lambda: ended.append("second")):
            assert (held.held, ended) == (20, [])
            with held.sending(third, lambda: ended.append("third")):
                assert (held.held, ended) == (30, ["one", "other", "second"])
    assert held.held == 0


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("192.168.0.9", None),
        ("172.17.0.1", None),
        ("::1", None),
        ("fe80::1%eth0", None),
        ("fd00::1", None),
        ("", None),
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("::ffff:127.0.0.1", None),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::/64"),
        ("2a00:1450:4001:81b:1:2:3:4", "2a00:1450:4001:81b::/64"),
    ],
)
def test_readers_are_told_apart_by_public_addresses(host, key):
    """A proxy on this machine or beside it has many readers behind it; an IPv6 reader has a network."""
    assert address_key(host) == key
