"""One reader's connection: plain requests for feeds are answered here, all others by aiohttp; within limits."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import structlog
from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import HttpProcessingError

from syndicator.web.feeds import FeedAnswer
from syndicator.web.head import NoHead, PlainHead, read_head
from syndicator.web.limits import ConnectionGate

_log = structlog.get_logger()
# What the kernel may hold for a slow reader; by itself it goes up to some megabytes. It is told of as writable again
# when a third of it is free: a reader who takes 2 KB a second must not seem to take nothing.
_SEND_BUFFER = 128 * 1024
# And what this process holds before the reader counts as slow.
_UNSENT = 16 * 1024
_BACKLOG = 1024
_UNLIMITED = 1_000_000
_OPTIONS: dict[str, Any] = {"access_log": None, "lingering_time": 5.0, "read_bufsize": 32 * 1024, "max_headers": 64}
_CLIENTS_FAULTS = (HttpProcessingError, web.RequestPayloadError, ConnectionError)


# Answers a plain request of a reader at an address, if it can be answered at once.
Responder = Callable[[PlainHead, str], FeedAnswer | None]


class Connection(web.RequestHandler):
    """Speaks HTTP with one reader. What the reader does wrong is answered, and no line in the log.

    Most requests are plain ones for feeds that lie ready, and aiohttp takes twice as long to read one as it takes to
    answer it. So heads are read here first, as long as nothing before them is unanswered. What is not answered here is
    handed to aiohttp as it came, which begins its work on a connection only then.
    """

    def __init__(
        self, server: web.Server, gate: ConnectionGate, loop: asyncio.AbstractEventLoop, respond: Responder
    ) -> None:
        super().__init__(server, loop=loop, keepalive_timeout=gate.limits.idle, **_OPTIONS)
        self._gate, self._respond, self._is_refused = gate, respond, False
        self._socket: asyncio.Transport | None = None  # kept until it is lost: a closed one may still hold bytes
        self._waits_from = self._head_from = 0.0
        self._has_begun = False
        self._stalls_from: float | None = None
        # Whether aiohttp works on this connection, and whether all it was handed were whole requests without bodies.
        self._is_handed, self._is_plain = False, True
        self._unread = b""
        self._left: asyncio.Future[None] | None = None
        self.host = ""

    @property
    def waiting_since(self) -> float | None:
        """When it began to wait for a request, or for its end; None while it works on one."""
        is_ending = self._socket is not None and self._socket.is_closing()
        return self._waits_from if self._is_waiting or is_ending else None

    @property
    def head_since(self) -> float | None:
        """When the first byte of a request came whose head is not complete yet."""
        return self._head_from if self._has_begun and self._is_waiting else None

    @property
    def left(self) -> asyncio.Future[None]:
        """What is done when the reader has left."""
        if self._left is None:
            self._left = self._loop.create_future()
            if self._socket is None:
                self._left.set_result(None)
        return self._left

    @property
    def stalled_since(self) -> float | None:
        """Since when the reader takes nothing, though there is something for it."""
        return self._stalls_from

    @property
    def _is_waiting(self) -> bool:
        return not self._is_handed or (self._waiter is not None and not self._messages)

    def abort(self) -> None:
        """End it at once, whatever is unsent."""
        if self._socket is not None:
            self._socket.abort()

    def finish(self) -> None:
        """End it when all is sent, unless aiohttp works on it, which ends it with the server."""
        if self._socket is not None and not self._is_handed:
            self._socket.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or end at once where there is no room."""
        self._socket = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.host = str(peer[0]) if isinstance(peer, tuple) and peer else ""
        self._waits_from = self._loop.time()
        if not self._gate.admit(self):
            self._is_refused = True
            self._socket.abort()
            return
        with suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._socket.set_write_buffer_limits(high=_UNSENT)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self._gate.release(self)
        self._socket = None
        if self._left is not None and not self._left.done():
            self._left.set_result(None)
        if not self._is_handed:
            self._parser = None  # the parser knows it: without this, each would stay until garbage is looked for
            return
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read; note when a head begins."""
        if not data and self._is_handed:
            super().data_received(data)  # aiohttp asks itself for what it has put off
        if not data or self._is_refused or self._socket is None or self._socket.is_closing():
            return
        if not self._has_begun:
            self._has_begun, self._head_from = True, self._loop.time()
        if self._is_plain and self._is_waiting:
            data = self._answer_plain(self._unread + data)
        else:
            self._is_plain = False  # a request before it is not answered yet: aiohttp keeps their order
        if data:
            self._hand_over(data)

    def _answer_plain(self, data: bytes) -> bytes:
        """Answer plain requests; return what is for aiohttp. A head that is not complete is kept."""
        self._unread = b""
        while data:
            head = read_head(data)
            if head is NoHead.INCOMPLETE:
                self._unread = data
                return b""
            if isinstance(head, NoHead):
                self._is_plain = False
                return data
            if not self._answer_at_once(head):
                self._is_plain = head.length == len(data)
                return data
            data = data[head.length :]
            self._head_from = self._waits_from
            self._has_begun = bool(data)
        return b""

    def _answer_at_once(self, head: PlainHead) -> bool:
        """Answer a request, if that takes no waiting and all before is sent."""
        assert self._socket is not None
        answer = None if self._socket.get_write_buffer_size() else self._respond(head, self.host)
        if answer is None:
            return False
        closing = "Connection: close\r\n" if head.is_last else ""
        rest = f"Date: {rfc822_formatted_time()}\r\n{closing}\r\n".encode()
        self._socket.writelines((answer.head.encoded + rest, answer.body))
        self._waits_from = self._loop.time()
        self._next_keepalive_close_time = self._waits_from + self._keepalive_timeout
        if head.is_last:
            self._socket.close()
        return True

    def _hand_over(self, data: bytes) -> None:
        if not self._is_handed:
            assert self._socket is not None
            self._is_handed = True
            super().connection_made(self._socket)
        super().data_received(data)

    def pause_writing(self) -> None:
        """Note that the reader is slow."""
        self._stalls_from = self._loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the reader goes on."""
        self._stalls_from = None
        super().resume_writing()

    async def finish_response(self, *args: Any, **options: Any) -> tuple[web.StreamResponse, bool]:
        """Send the end of an answer; from then on the next request is waited for."""
        try:
            return await super().finish_response(*args, **options)
        finally:
            self._waits_from, self._has_begun = self._loop.time(), False

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no request of HTTP with 400, and log no more than that it came."""
        if not isinstance(exc, _CLIENTS_FAULTS):
            return super().handle_error(request, status, exc, message)
        _log.debug("malformed request", host=self.host, error=type(exc).__name__)
        headers = {"Server": "syndicator"}
        answer = web.Response(status=400, text="This is no request that HTTP knows.\n", headers=headers)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **options: Any) -> None:
        """Log a fault of ours as one line."""
        _log.error("request failed", problem=str(args[0]) if args else "", exc_info=options.get("exc_info", True))


class LimitedSite(web.BaseSite):
    """A listening socket whose connections a gate admits."""

    def __init__(self, runner: web.AppRunner, gate: ConnectionGate, host: str, port: int, respond: Responder) -> None:
        super().__init__(runner, backlog=_BACKLOG)
        self._gate, self._host, self._port, self._respond = gate, host, port, respond
        self._looking: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """The address."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen. Raise OSError if the address cannot be bound."""
        await super().start()
        loop = asyncio.get_running_loop()
        server = self._runner.server
        assert isinstance(server, web.Server)
        make = lambda: self._connection(server, loop)  # noqa: E731 - a protocol factory
        self._server = await loop.create_server(make, self._host, self._port, backlog=self._backlog)

    async def stop(self) -> None:
        """Listen no more."""
        if self._looking is not None:
            self._looking.cancel()
        await super().stop()
        self._gate.finish_all()

    def _connection(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> Connection:
        if self._looking is None:
            self._look_later(loop)
        return Connection(server, self._gate, loop, self._respond)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looking = loop.call_later(self._gate.limits.look, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is over time, and look again as long as there is a connection."""
        self._looking = None
        self._gate.end_overdue(loop.time())
        if len(self._gate):
            self._look_later(loop)


def open_files_limit() -> int:
    """Return how many files this process may have open."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _UNLIMITED if soft == resource.RLIM_INFINITY else soft
