"""Loopback servers that take messages: a webhook, a mail server, and what Apprise's ``json://`` speaks to."""

from __future__ import annotations

import asyncio
import email
import json
import ssl
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Self

from aiohttp import web
from aiosmtpd.smtp import SMTP

from tests.ports import port_of, reserve


@dataclass
class Delivery:
    """A request to a webhook."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Hooks:
    """Takes requests at any path; ``status`` and ``headers`` are what it answers, and ``before`` runs first."""

    deliveries: list[Delivery] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    before: object = None
    port: int = 0
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._reservation = reserve("127.0.0.1", self.port)
        self.port = port_of(self._reservation)
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        self._reservation.close()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.before is not None:
            await self.before()
        self.deliveries.append(Delivery(dict(request.headers), body))
        return web.Response(status=self.status, headers=self.headers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def keys(self) -> Counter[str]:
        return Counter(each.headers["Idempotency-Key"] for each in self.deliveries)


class _Connection(SMTP):
    """One exchange with a client."""

    def __init__(self, box: MailBox) -> None:
        super().__init__(box, enable_SMTPUTF8=True)
        self.is_gone = asyncio.Event()
        self.is_gone.set()

    def connection_made(self, transport) -> None:
        self.is_gone.clear()
        super().connection_made(transport)

    def connection_lost(self, error) -> None:
        super().connection_lost(error)
        self.is_gone.set()


class MailBox:
    """A mail server that takes everything; ``refusal`` is what it answers instead, and ``before`` runs first."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.refusal = ""
        self.before = None
        self.hangs_up = False
        self.port = 0
        self._server = None
        self._connections = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._reservation = reserve("127.0.0.1", self.port)
        self.port = port_of(self._reservation)
        self._server = await loop.create_server(
            self._connected, "127.0.0.1", self.port, reuse_address=True, ssl=self.tls
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.abort()
            await connection.is_gone.wait()
        self._reservation.close()

    def _connected(self) -> _Connection:
        connection = _Connection(self)
        self._connections.append(connection)
        return connection

    async def handle_QUIT(self, server, session, envelope) -> str:  # noqa: N802 - what the library calls
        if self.hangs_up:
            server.transport.abort()
        return "221 bye"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - what the library calls
        if self.before is not None:
            await self.before()
        if self.refusal:
            return self.refusal
        self.raw.append(envelope.content)
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 taken"
