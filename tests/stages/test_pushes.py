"""What hubs push, over real HTTP: how much of it is let in at a time."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest

from syndicator.web import HubBusyError, PushLimits, SiteContext, serve
from tests.stages.statuses import STATUS
from tests.waiting import eventually

KNOWN = ("one", "two", "three", "four")


class Hub:
    """Knows some tokens, and keeps what it is given."""

    def __init__(self):
        self.looked_at, self.received, self.is_busy = [], [], False

    async def verify(self, token, asked):
        return None

    async def knows(self, token):
        if self.is_busy:
            raise HubBusyError
        self.looked_at.append(token)
        return token in KNOWN

    async def receive(self, token, headers, body):
        self.received.append((token, body))
        return True


class NoFiles:
    """Has no published files."""

    async def info(self, name):
        return None

    async def get(self, name, *, is_compressed):
        return None


@asynccontextmanager
async def listening(hub, **limits):
    async def status():
        return STATUS

    limits = {"deadline": 30.0, **limits}
    context = SiteContext(files=NoFiles(), status=status, trouble=lambda: (), hub=hub, push_limits=PushLimits(**limits))
    runner, port = await serve(context, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


class Push:
    """A push over a connection of its own, sent piece by piece; in chunks if its ``size`` is None."""

    def __init__(self, base, token, size):
        self.address, self.token, self.size = urlsplit(base), token, size

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection(self.address.hostname, self.address.port)
        framing = "Transfer-Encoding: chunked" if self.size is None else f"Content-Length: {self.size}"
        await self.send(f"POST /websub/{self.token} HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n".encode())
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def send(self, piece):
        self.writer.write(piece)
        await self.writer.drain()

    async def answer(self):
        """Read the head of the answer: its status and its headers."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 20)).decode()
        first, *lines = head.strip().split("\r\n")
        return int(first.split()[1]), dict(line.split(": ", 1) for line in lines)


async def begin(stack, base, hub, token, size=10):
    """Begin a push, whose body does not come yet, and wait until its token was looked at: it is let in then, or not."""
    looked_at = len(hub.looked_at)
    push = await stack.enter_async_context(Push(base, token, size))

    async def is_looked_at():
        return len(hub.looked_at) > looked_at

    await eventually(is_looked_at)
    return push


async def refused(push):
    """Return whether a push is told to come again later, before anything of its body was sent."""
    status, headers = await push.answer()
    return status == 503 and int(headers["Retry-After"]) > 0


async def test_a_push_is_taken_in_whole():
    """As it always was: 202 and the very bytes; nothing is known of other callbacks."""
    hub = Hub()
    async with listening(hub) as base, Push(base, "one", 4) as push, Push(base, "nobody", 4) as stray:
        await push.send(b"body")
        assert (await push.answer())[0] == 202
        assert (await stray.answer())[0] == 404
    assert hub.received == [("one", b"body")]


async def test_a_token_has_one_push_at_a_time_and_the_others_are_refused_unread():
    """However many come at once with slow bodies; the next is let in when that one has ended, well or not."""
    hub = Hub()
    async with listening(hub) as base, AsyncExitStack() as stack:
        slow = await begin(stack, base, hub, "one")
        others = [await begin(stack, base, hub, "one") for _ in range(30)]
        assert all([await refused(each) for each in others])
        await slow.send(b"0123456789")
        assert (await slow.answer())[0] == 202
        torn = await begin(stack, base, hub, "one")
        torn.writer.close()

        async def is_free():
            async with Push(base, "one", 4) as push:
                await push.send(b"next")
                return (await push.answer())[0] == 202

        await eventually(is_free)
    assert hub.received == [("one", b"0123456789"), ("one", b"next")]


async def test_there_are_so_many_pushes_at_a_time_and_no_more():
    """Each token has its own; beyond that number all wait."""
    hub = Hub()
    async with listening(hub, pushes=3) as base, AsyncExitStack() as stack:
        pushes = [await begin(stack, base, hub, token) for token in KNOWN[:3]]
        assert await refused(await begin(stack, base, hub, "four"))
        await pushes[0].send(b"0123456789")
        assert (await pushes[0].answer())[0] == 202
        last = await begin(stack, base, hub, "four")
        await last.send(b"0123456789")
        assert (await last.answer())[0] == 202


@pytest.mark.parametrize("is_announced", [True, False])
async def test_so_many_bytes_are_held_at_a_time_and_no_more(is_announced):
    """What is announced is refused unread, what comes in chunks when it is too much; what was held is given back."""
    hub = Hub()
    async with listening(hub, held_bytes=15) as base, AsyncExitStack() as stack:
        first = await begin(stack, base, hub, "one", 12)
        await first.send(b"x" * 11)
        second = await begin(stack, base, hub, "two", 10 if is_announced else None)
        if not is_announced:
            await second.send(b"5\r\nyyyyy\r\n")
        assert await refused(second)
        await first.send(b"x")
        assert (await first.answer())[0] == 202
        third = await begin(stack, base, hub, "two", 14)
        await third.send(b"z" * 14)
        assert (await third.answer())[0] == 202
    assert hub.received == [("one", b"x" * 12), ("two", b"z" * 14)]


@pytest.mark.parametrize("size", [11, None])
async def test_a_body_beyond_the_largest_is_refused(size):
    """At its announcement, or as soon as it is too long."""
    hub = Hub()
    async with listening(hub, largest=10) as base, AsyncExitStack() as stack:
        push = await begin(stack, base, hub, "one", size)
        if size is None:
            await push.send(b"b\r\n01234567890\r\n")
        assert (await push.answer())[0] == 413
    assert not hub.received


async def test_a_body_that_does_not_come_is_not_waited_for():
    """After its deadline it is refused, and its place is free."""
    hub = Hub()
    async with listening(hub, deadline=0.2, pushes=1) as base, AsyncExitStack() as stack:
        slow = await begin(stack, base, hub, "one")
        await slow.send(b"x")
        assert (await slow.answer())[0] == 408
        next_one = await begin(stack, base, hub, "two", 4)
        assert (await next_one.answer())[0] == 408
    assert not hub.received


async def test_a_hub_object_that_is_busy_refuses_too():
    """What was taken in may still be worked on."""
    hub = Hub()
    hub.is_busy = True
    async with listening(hub) as base, Push(base, "one", 4) as push:
        assert await refused(push)
