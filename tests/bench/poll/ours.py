"""The real daemon, told when to poll: ``python -m tests.bench.poll.ours CONFIG STATE``.

Its clock is put forward by ``again``, so that every source is due. ``prepare`` makes the state of a daemon that knows
its sources and waits for them to be due, so that starting and polling can be told apart.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from syndicator.cli.logs import set_up_logging
from syndicator.config import load
from syndicator.extract import GARBAGE_AFTER
from syndicator.runtime.app import App, utc_now
from syndicator.runtime.clock import steady_seconds
from syndicator.runtime.daemon import Daemon
from syndicator.runtime.process import PATIENCE
from tests.bench.poll.talk import tell
from tests.newsroom import write_config

# Longer than any source waits.
_STEP, _LOOK, _PATIENCE = timedelta(hours=9), 0.25, 120.0
_MAIN = """listen = "127.0.0.1:0"
base_url = "http://127.0.0.1:8080"
[tag]
authority = "test.invalid"
[poll]
interval = "1h"
[politeness]
allow_private = ["127.0.0.0/8"]
"""
_OUTLET = """name = "Outlet {number}"
country = "GB"
language = "{language}"
home = "{home}"
[[source]]
path = "/feed.xml"
"""
_FEEDS = {
    "syria": 'title = "Syria"\nwhere = "region:SY"\n',
    "truce": 'title = "Truce"\nwhere = "ceasefire or truce or перемирие"\n',
}


class Clock:
    """The time, put forward at will."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.ahead = ahead

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def prepare(folder: Path, state: Path, homes: Sequence[tuple[str, str]]) -> None:
    """Write a configuration of these (address, language) and put it in force in an hour's time."""
    outlets = {
        f"o{number}": _OUTLET.format(number=number, home=home, language=language)
        for number, (home, language) in enumerate(homes)
    }
    write_config(folder, main=_MAIN, outlets=outlets, feeds=_FEEDS)

    async def adopt() -> None:
        config = load(folder, environ={}, state=state)
        app = App(config, clock=Clock(timedelta(hours=1)))
        await app.adopt(config)
        await app.close()

    asyncio.run(adopt())


class _Round:
    """Polls of every source, from a command to the last output file."""

    def __init__(self, app: App, daemon: Daemon, clock: Clock) -> None:
        self._app, self._daemon, self._clock = app, daemon, clock

    async def __call__(self) -> Mapping[str, Any]:
        """Have everything polled and published; say how it went."""
        totals, loop = self._daemon.dispatcher.totals, asyncio.get_running_loop()
        wanted, failed, before = len(self._app.config.sources), totals.failures, self._polls()
        self._clock.ahead += _STEP
        last, moved_at = before, loop.time()
        while (done := self._polls()) - before < wanted or await self._is_behind():
            if done != last:
                last, moved_at = done, loop.time()
            elif loop.time() - moved_at > _PATIENCE:
                return {"error": f"stuck after {done - before} of {wanted} polls"}
            await asyncio.sleep(_LOOK)
        return {"polls": self._polls() - before, "failures": totals.failures - failed}

    def _polls(self) -> int:
        totals = self._daemon.dispatcher.totals
        return totals.documents + totals.unchanged + totals.failures

    async def _is_behind(self) -> bool:
        """Say whether a poll is under way, a source is due, or a file is older than what it shows."""
        await self._daemon.dispatcher.settled()
        now = self._clock()
        return await self._app.store.read(lambda tx: bool(tx.sources.due(now, 1) or tx.feeds.stale_names()))


def _count(tx: Any) -> dict[str, Any]:
    entries = tx.connection.exec_driver_sql("SELECT count(*) FROM entry").scalar()
    feeds = {state.name: state.members for state in tx.feeds.states()}
    return {"entries": entries, "stories": tx.stories.count(), "feeds": feeds}


async def main(folder: Path, state: Path) -> None:
    """Run the daemon as ``daemon.run`` does, and do as told on stdin."""
    read = partial(load, folder, environ={}, state=state)
    clock = Clock()
    config = read()
    app = App(config, clock=clock, patience=PATIENCE)
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    # Time goes on: it is no step of the clock.
    daemon = Daemon(app, read, steady=lambda: steady_seconds() + clock.ahead.total_seconds())
    once_more, said = _Round(app, daemon, clock), asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(said), sys.stdin)

    async def obey() -> None:
        while (command := (await said.readline()).strip()) not in (b"stop", b""):
            tell(**await (once_more() if command == b"again" else app.store.read(_count)))
        daemon.stop()

    tasks = set()

    def ready() -> None:
        tell(ready=True)
        tasks.add(asyncio.create_task(obey()))

    try:
        await daemon.run(ready)
        await asyncio.gather(*tasks)
    finally:
        await app.close()


if __name__ == "__main__":
    set_up_logging()
    uvloop.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
