"""Requests to callbacks, over loopback: what strangers' servers may do to us, which is little."""

import asyncio
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network

import pytest

from syndicator.fetch import CallbackClient
from tests.newsroom import raw_server

LOOPBACK = (ip_network("127.0.0.0/8"),)


@asynccontextmanager
async def client(*, deadline=5.0, allow_private=LOOPBACK):
    made = CallbackClient("t", allow_private=allow_private, deadline=deadline)
    try:
        yield made
    finally:
        await made.close()


async def silent(reader, _writer):
    """Take everything and say nothing."""
    while await reader.read(65536):
        pass


async def trickling(_reader, writer):
    """Send a header that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0)


async def bottomless(reader, writer):
    """Answer at once, and go on for ever."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
    with suppress(ConnectionError):
        while True:
            writer.write(b"yes" * 10_000)
            await writer.drain()


async def never_reading(_reader, _writer):
    """Hold the connection, and take nothing of a body."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("speak", [silent, never_reading, trickling])
async def test_an_exchange_ends_with_its_deadline(speak):
    """Whatever is sent or not sent; what is told is a note, not an error."""
    server, port = await raw_server(speak)
    async with server, client(deadline=0.3) as callbacks:
        reply = await callbacks.post(f"http://127.0.0.1:{port}/", {}, bytes(8 * 1024 * 1024))
        assert (reply.status, reply.is_accepted) == (0, False)
        assert reply.note


async def test_no_more_of_an_answer_is_read_than_is_wanted():
    """Of a delivery's nothing, of a verification's as much as the challenge has."""
    server, port = await raw_server(bottomless)
    async with server, client() as callbacks:
        assert (await callbacks.post(f"http://127.0.0.1:{port}/", {}, b"body")).is_accepted
        reply = await callbacks.get(f"http://127.0.0.1:{port}/", largest=7)
        assert (reply.status, reply.body) == (200, b"yesyesy")


async def test_a_redirect_is_an_answer_and_not_followed():
    """A callback that moves has to subscribe again."""
    paths = []

    async def moving(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        paths.append(head.split()[1])
        writer.write(b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    server, port = await raw_server(moving)
    async with server, client() as callbacks:
        assert (await callbacks.get(f"http://127.0.0.1:{port}/here", largest=9)).status == 307
        assert (await callbacks.post(f"http://127.0.0.1:{port}/here", {}, b"")).status == 307
    assert paths == [b"/here", b"/here"]


async def test_private_addresses_are_refused_before_a_socket_is_opened():
    """A callback is an address that a stranger has given."""
    seen = []

    async def note(reader, _writer):
        seen.append(await reader.read(1))

    server, port = await raw_server(note)
    async with server, client(allow_private=()) as callbacks:
        for host in ("127.0.0.1", "[::1]", "localhost", "[::ffff:7f00:1]"):
            reply = await callbacks.get(f"http://{host}:{port}/", largest=1)
            assert (reply.status, "blocked address" in reply.note) == (0, True), host
    assert seen == []


async def test_a_large_body_arrives_as_it_is():
    """With the headers that were given."""
    got = bytearray()

    async def take(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        got.extend(await reader.readexactly(length))
        assert b"X-Hub-Signature: sha256=0" in head
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    body = "وقف إطلاق النار ".encode() * 200_000
    server, port = await raw_server(take)
    async with server, client() as callbacks:
        reply = await callbacks.post(f"http://127.0.0.1:{port}/", {"X-Hub-Signature": "sha256=0"}, body)
        assert reply.is_accepted
    assert got == body
