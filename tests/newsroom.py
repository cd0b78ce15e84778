"""Loopback outlets whose every answer a test decides, and small feeds to answer with."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Self

from aiohttp import web

from tests.ports import port_of, reserve
from tests.stores import IS_POSTGRES, store_url

Answer = Callable[[web.Request], Awaitable[web.StreamResponse] | web.StreamResponse]


@dataclass
class Item:
    """One item of a made feed."""

    title: str
    link: str = ""
    guid: str = ""
    text: str = ""
    date: str = ""


def rss(*items: Item, title: str = "Outlet", language: str = "en", extra: str = "") -> bytes:
    """Write a plain RSS 2.0 document."""
    body = "".join(
        "<item>"
        f"<title>{escape(item.title)}</title>"
        + (f"<link>{escape(item.link)}</link>" if item.link else "")
        + (f'<guid isPermaLink="false">{escape(item.guid)}</guid>' if item.guid else "")
        + (f"<pubDate>{item.date}</pubDate>" if item.date else "")
        + f"<description>{escape(item.text)}</description></item>"
        for item in items
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{escape(title)}</title>'
        f"<link>https://outlet.example/</link><description>d</description><language>{language}</language>{extra}"
        f"{body}</channel></rss>"
    ).encode()


@dataclass
class Site:
    """A domain on loopback. ``answers`` by path; a bytes answer gets an ETag and conditional requests are honoured.

    Who asks for robots.txt is counted apart, and gets ``robots``, or word that there is none.
    """

    answers: dict[str, bytes | Answer] = field(default_factory=dict)
    requests: list[web.Request] = field(default_factory=list)
    robots: Answer | None = None
    robots_asked: int = 0
    port: int = 0
    host: str = "127.0.0.1"
    _runner: web.AppRunner | None = None
    _reservation: socket.socket | None = None

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def rise(self) -> Site:
        if self._reservation is None:
            self._reservation = reserve(self.host, self.port)
            self.port = port_of(self._reservation)
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, reuse_address=True).start()
        return self

    async def fall(self) -> None:
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.rise()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fall()
        if self._reservation is not None:
            self._reservation.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/robots.txt":
            self.robots_asked += 1
            made = self.robots(request) if self.robots else web.Response(status=404)
            return await made if isinstance(made, Awaitable) else made
        self.requests.append(request)
        answer = self.answers.get(request.path)
        if answer is None:
            return web.Response(status=404)
        if not isinstance(answer, bytes):
            made = answer(request)
            return await made if isinstance(made, Awaitable) else made
        etag = f'"{hashlib.md5(answer).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=answer, content_type="application/rss+xml", headers={"ETag": etag})


def _after(head: bytes, reader: asyncio.StreamReader) -> asyncio.StreamReader:
    """Put back what was read."""
    reader._buffer[:0] = head
    return reader


async def raw_server(speak: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], **options):
    """Start a server that speaks bytes as it likes; give it and its port. ``options`` are those of its socket.

    It has no robots.txt, and says so itself.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET /robots.txt "):
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            await speak(_after(head, reader), writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, **options)
    return server, server.sockets[0].getsockname()[1]


MAIN = """listen = "127.0.0.1:{port}"
base_url = "http://127.0.0.1:{port}"
[tag]
authority = "test.invalid"
[poll]
interval = "1s"
shortest = "1s"
probe = "1s"
[politeness]
spacing = "1ms"
deadline = "5s"
allow_private = ["127.0.0.0/8"]
[web]
status_refresh = "0s"
"""


def write_config(
    folder: Path,
    *,
    port: int = 0,
    outlets: dict[str, str] | None = None,
    feeds: dict[str, str] | None = None,
    concepts: dict[str, str] | None = None,
    regions: dict[str, str] | None = None,
    main: str = MAIN,
) -> Path:
    """Write a config folder; the texts are TOML."""
    folder.mkdir(parents=True, exist_ok=True)
    if IS_POSTGRES and "store = " not in main:
        state = folder.parent / ("s" if folder.name == "c" else f"{folder.name}-s")  # as most tests call the two
        main = f'store = "{store_url(state / "syndicator.db")}"\n{main}'
    (folder / "syndicator.toml").write_text(main.replace("{port}", str(port)), encoding="utf-8")
    for section, files in (("outlets", outlets), ("feeds", feeds), ("concepts", concepts), ("regions", regions)):
        (folder / section).mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            (folder / section / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def outlet(
    home: str, *mirrors: str, path: str = "/feed.xml", name: str = "Outlet", extra: str = "", **keys: str | bool
) -> str:
    """Write an outlet's TOML."""
    values = {"country": "GB", "language": "en", **keys}
    lines = [f'name = "{name}"', *(f"{key} = {json.dumps(value)}" for key, value in values.items()), f'home = "{home}"']
    if mirrors:
        lines.append(f"mirrors = {list(mirrors)}")
    return "\n".join([*lines, "[[source]]", f'path = "{path}"', 'interval = "1s"', extra, ""])


CEASEFIRE = 'label = "Ceasefire"\n[terms]\nen = ["ceasefire*", "truce*"]\nar = ["وقف إطلاق النار", "هدنة"]\nru = ["перемири*", "прекращении огня"]\ntr = ["ateşkes*"]\nfa = ["آتش‌بس"]\n'
EVERYTHING = 'title = "Everything"\nwhere = ""\nstory_links = false\n'
# Compiling a gazetteer with them takes half a minute: every test of custom places uses these.
CUSTOM_PLACES = (
    '[[place]]\nlabel = "Zebra camp"\nwithin = "SY-ID"\nlat = 36.3\nlon = 36.7\nnames = ["مخيم الزيبرا"]\n'
    '[[place]]\nof = "SY-ID/saraqib"\nnames = ["Saraquib"]\n'
    '[[place]]\nlabel = "Quad"\nmembers = ["US", "JP", "IN", "AU"]\n'
)
