"""One server of one feed, in a process of its own: ``python -m tests.bench.serve.server WHICH FOLDER PORT``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from aiohttp import web
from feedgen.feed import FeedGenerator

from syndicator.models import Feed
from syndicator.publish import FeedFiles
from syndicator.runtime.descriptors import raise_open_files_limit
from syndicator.web import ConnectionLimits, FeedDirectory, SiteContext, serve
from tests.bench.serve.made import ENTRIES, NAME, entry

BASE = "https://news.example"


async def ours(folder: Path, port: int, most: int = 1000) -> None:
    """Serve the folder as the daemon does."""

    async def no_status() -> object:
        raise NotImplementedError

    directory = FeedDirectory(base_url=BASE, feeds={"f": Feed(name="f", title="F", where="")}).itself
    context = SiteContext(
        files=FeedFiles(folder),
        status=no_status,
        trouble=tuple,
        directory=directory,
        limits=ConnectionLimits(total=most),
        # A third of them may be readers' connections.
        descriptors=lambda: 3 * most,
    )
    await serve(context, "127.0.0.1", port)


async def crowd(folder: Path, port: int) -> None:
    """Do the same with room for thousands of connections."""
    raise_open_files_limit()
    await ours(folder, port, 20_000)


async def ceiling(folder: Path, port: int) -> None:
    """Answer with the least that aiohttp can do: one handler, the bytes in memory, an ETag and a 304."""
    body, etag = (folder / NAME).read_bytes(), '"0123456789abcdef"'

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag, "Content-Type": "application/atom+xml"})

    await _run(answer, port)


async def dynamic(_folder: Path, port: int) -> None:
    """Render the feed for each request, as most sites do; its rows are in memory, which spares it the database."""

    async def answer(_request: web.Request) -> web.Response:
        feed = FeedGenerator()
        feed.id(f"{BASE}/f")
        feed.title("F")
        feed.updated(datetime(2026, 3, 6, tzinfo=UTC))
        for number in range(ENTRIES):
            made = entry(number)
            item = feed.add_entry(order="append")
            item.id(made.link)
            item.title(made.title)
            item.link(href=made.link)
            item.updated(made.updated)
            item.summary(made.text)
        return web.Response(body=feed.atom_str(), headers={"Content-Type": "application/atom+xml"})

    await _run(answer, port)


async def _run(answer: Callable[[web.Request], Awaitable[web.Response]], port: int) -> None:
    application = web.Application()
    application.router.add_get(f"/feeds/{NAME}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()


async def main(which: str, folder: str, port: str) -> None:
    """Serve until killed."""
    await {"ours": ours, "crowd": crowd, "ceiling": ceiling, "dynamic": dynamic}[which](Path(folder), int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
