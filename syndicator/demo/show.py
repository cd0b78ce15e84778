"""Run newsroom and daemon in one process, with progress for a person to watch and a table at the end."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from syndicator.config import load
from syndicator.demo.newsroom import Newsroom
from syndicator.demo.play import load_play
from syndicator.demo.postgres import PostgresServer
from syndicator.extras import can_compile
from syndicator.models import Verdict
from syndicator.runtime import daemon
from syndicator.runtime.daemon import Daemon
from syndicator.runtime.jobs import JobIntervals
from syndicator.runtime.status import status
from syndicator.tag import find_cache, gazetteer_name

_USUAL_PORT = 8080
# All that the demo takes from the environment: where the compiled gazetteer is. Settings are the script's.
_FOLDERS = ("HOME", "XDG_CACHE_HOME", "SYNDICATOR_CACHE")
_FAST = JobIntervals(poll=0.1, publish=0.2, heartbeat=1.0)


async def show(
    folder: Path, *, once: bool, say: Callable[[str], None], port: int | None = None, is_postgres: bool = False
) -> None:
    """Run the bundled script to its end in ``folder``; then return if ``once``, else run until interrupted.

    The store is in SQLite, or on a PostgreSQL server that is started for it: raise StoreError if none is installed.

    The daemon listens on ``port`` and the outlets on the ports after it; without one, on 8080 if that is free, so that
    addresses stay the same from one run to the next.
    """
    with PostgresServer(_free_port()) if is_postgres else nullcontext() as server:
        settings = {"store": server.create("demo")} if server is not None else {}
        if server is not None:
            say(f"The store is in {server.version()}.")
        await _show(folder, settings, once=once, say=say, port=port)


async def _show(
    folder: Path, settings: Mapping[str, str], *, once: bool, say: Callable[[str], None], port: int | None
) -> None:
    port = port or (_free_port() if once else _free_port(_USUAL_PORT))
    newsroom = Newsroom(load_play(), start=datetime.now(UTC), first_port=0 if once else port + 1)
    await newsroom.open()
    try:
        newsroom.write_config(folder / "config", listen=f"127.0.0.1:{port}")
        environ = {name: os.environ[name] for name in _FOLDERS if name in os.environ}
        read = partial(
            load, folder / "config", environ=environ, state=folder / "state", overrides=settings, is_strict=False
        )
        if can_compile() and not (find_cache(environ) / gazetteer_name()).exists():
            say("Compiling the names of the world's places: half a minute or more, once.")
        directing: set[asyncio.Task[None]] = set()

        def ready(running: Daemon) -> None:
            say(f"Open  http://127.0.0.1:{port}/  and subscribe to  http://127.0.0.1:{port}/feeds/syria-ceasefire.atom")
            directing.add(asyncio.create_task(_direct(newsroom, running, once=once, say=say)))

        await daemon.run(read, intervals=_FAST, ready=ready)
        for task in directing:
            if task.done():
                task.result()
            task.cancel()
    finally:
        await newsroom.close()


async def _direct(newsroom: Newsroom, running: Daemon, *, once: bool, say: Callable[[str], None]) -> None:
    """Advance the script when every outlet has been polled, so that a slow machine misses nothing."""
    try:
        for beat, text in enumerate(newsroom.play.beats, start=1):
            await newsroom.turn_to(beat)
            say(f"  {beat}/{len(newsroom.play.beats)}  {text}")
            await newsroom.all_asked()
            if not once:
                await asyncio.sleep(3)
        await running.dispatcher.settled()
        await running.run_outbox()
        await running.publish()
        say(await _table(newsroom, running))
        if not once:
            say("The script has ended; the daemon keeps running. Stop it with Ctrl-C.")
    finally:
        if once:
            running.stop()


async def _table(newsroom: Newsroom, running: Daemon) -> str:
    totals = running.dispatcher.totals
    stories, feeds = await running.app.store.read(lambda tx: (tx.stories.count(), tx.feeds.states()))
    rows: list[tuple[str, int]] = [
        ("outlets", len(newsroom.play.outlets)),
        ("documents", totals.documents),
        ("unchanged", totals.unchanged),
        ("stories", stories),
        ("copies", totals.verdicts[Verdict.COPY]),
        ("updates", totals.verdicts[Verdict.UPDATED]),
        ("failovers", totals.failovers),
        *((f"members of {feed.name}", feed.members) for feed in feeds),
    ]
    width = max(len(name) for name, _ in rows)
    table = [f"  {name:<{width}}  {count:>5}" for name, count in rows]
    return "\n".join([*table, *await _remarks(running)])


async def _remarks(running: Daemon) -> list[str]:
    """Return what an operator would want to know of outlets whose endpoints are not all well."""
    found = await status(running.app.config, running.app.store, now=running.app.clock())
    return [
        f"  {outlet.name}, {endpoint.url}: {'; '.join(notes)}"
        for outlet in found.outlets
        for source in outlet.sources
        for endpoint in source.endpoints
        if (notes := [*filter(None, [endpoint.note]), *(endpoint.comparison.notes if endpoint.comparison else ())])
    ]


def _free_port(wanted: int = 0) -> int:
    """Return ``wanted`` if nobody listens there, else any free port."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", wanted))
        except OSError:
            sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
