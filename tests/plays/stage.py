"""A newsroom, a database, and the processes that poll the one into the other."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from xml.etree import ElementTree as ET

import psycopg

from syndicator import files
from syndicator.demo.postgres import PostgresServer
from tests.newsroom import EVERYTHING
from tests.plays.newsroom import Domain, Newsroom
from tests.processes import started
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
_ATOM = "{http://www.w3.org/2005/Atom}"
LEADER = "leader"
# Seconds between two looks: they use CPU that is the processes'.
_LOOK = 0.05
_MAIN = """store = "{store}"
workers = 1
listen = "127.0.0.1:{port}"
base_url = "http://127.0.0.1:{port}"
[tag]
authority = "test.invalid"
[poll]
interval = "1s"
shortest = "1s"
probe = "1s"
[politeness]
spacing = "{spacing}ms"
at_once = {at_once}
deadline = "60s"
allow_private = ["127.0.0.0/8"]
[web]
status_refresh = "0s"
[worker]
name = "leader"
"""
_OWN = """store = "{store}"
workers = 1
[politeness]
at_once = {at_once}
[worker]
name = "{name}"
labels = {labels}
"""
# In place of a lease: this one, and all job intervals, as they are.
AS_SHIPPED = 0.0
_PUBLISHED = 1000
FEED = EVERYTHING + f"limit = {_PUBLISHED}\n"


@dataclass(eq=False)
class Actor:
    """A process, by the name that the others know it by."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)

    async def kill(self) -> None:
        """End it as a crash would, if it has not ended."""
        if self.process.returncode is None:
            self.send(signal.SIGKILL)
        await self.process.wait()

    def words(self) -> str:
        """Return what it has logged."""
        return self.log.read_text("utf-8")


class Stage:
    """The processes of a play. Used as a context manager, whose end kills those that are left."""

    def __init__(
        self,
        newsroom: Newsroom,
        server: PostgresServer,
        database: str,
        folder: Path,
        port: int,
        *,
        lease: float = 4.0,
        spacing: float = 0.5,
        at_once: int = 1,
        interval: str = "2s",
    ) -> None:
        """Keep configurations, states and logs in ``folder``. The newsroom must be open when the stage is entered."""
        self.newsroom, self.server, self.database, self.folder, self.port = newsroom, server, database, folder, port
        self.lease, self.spacing, self.at_once, self.interval = lease, spacing, at_once, interval
        self.actors: dict[str, Actor] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        self.configure()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.__aexit__(*error)

    @property
    def feeds(self) -> Path:
        """Where the leader publishes."""
        return self.folder / f"{LEADER}-state" / "feeds"

    def configure(self, feeds: dict[str, str] | None = None) -> None:
        """Write the leader's configuration, of all outlets that there are now; without ``feeds``, of one of everything."""
        main = _MAIN.format(
            store=self.server.url(self.database),
            port=self.port,
            spacing=round(1000 * self.spacing),
            at_once=self.at_once,
        )
        texts = {"syndicator": main}
        texts |= {f"outlets/{each.name}": each.toml(self.interval) for each in self.newsroom.outlets}
        texts |= {f"feeds/{name}": text for name, text in (feeds or {"everything": FEED}).items()}
        for name, text in texts.items():
            path = self.folder / LEADER / f"{name}.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text("utf-8") != text:
                files.write_text(path, text)

    async def start(self, name: str, *, labels: Sequence[str] = (), until: str = "event=ready") -> Actor:
        """Start the leader, or a worker, and wait until its log has a word."""
        folder, state = self.folder / name, self.folder / f"{name}-state"
        if name != LEADER:
            folder.mkdir(exist_ok=True)
            store = self.server.url(self.database)
            own = _OWN.format(store=store, name=name, labels=json.dumps(labels), at_once=self.at_once)
            (folder / "syndicator.toml").write_text(own, "utf-8")
        role = "all" if name == LEADER else "worker"
        log = self.folder / f"{name}-{len(list(self.folder.glob(f'{name}-*.log')))}.log"
        with log.open("wb") as output:
            command = (sys.executable, "-m", "tests.plays.process", role, folder, state, self.lease)
            process = await self._stack.enter_async_context(started(*command, cwd=ROOT, stdout=output, stderr=output))
        actor = self.actors[name] = Actor(name, process, log)

        async def is_there() -> bool:
            assert process.returncode is None, actor.words()[-2000:]
            return until in actor.words()

        await eventually(is_there, within=PATIENCE)
        return actor

    async def complete(self, workers: int = 3) -> None:
        """Start what does not run of the leader and so many workers, ``w1`` and so on; wait until all is stored."""
        names = [LEADER, *(f"w{number}" for number in range(1, workers + 1))]
        await asyncio.gather(*(self.start(name) for name in names if not self.is_running(name)))
        await self.all_stored()

    def is_running(self, name: str) -> bool:
        """Return whether a process was started and has not ended."""
        return name in self.actors and self.actors[name].process.returncode is None

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.server.url(self.database), autocommit=True) as connection:
            return connection.execute(query.encode(), values or None).fetchall()

    def change(self, statement: str) -> None:
        """Change the database."""
        self.server.execute(statement, self.database)

    async def wait(self, condition: Callable[[], Awaitable[object]], *, within: float = PATIENCE) -> None:
        """Wait until something holds. Fail where a process has ended by itself."""
        begun = time.monotonic()
        while not (found := await condition()):
            for actor in self.actors.values():
                assert actor.process.returncode in (None, -signal.SIGKILL), actor.words()[-3000:]
            assert time.monotonic() - begun < within, f"still {found!r} after {within} s"
            await asyncio.sleep(_LOOK)

    async def all_stored(self) -> None:
        """Wait until the store has every entry that was shown, in its latest words."""

        async def is_stored() -> bool:
            try:
                ((count,),) = await asyncio.to_thread(self.rows, "SELECT count(*) FROM entry WHERE story IS NOT NULL")
                if count < self.newsroom.entries:
                    return False
                titles = await asyncio.to_thread(self.rows, "SELECT title FROM story")
            except psycopg.OperationalError:  # the server is not there
                return False
            return {each.words.title for each in self.newsroom.matters} <= {title for (title,) in titles}

        await self.wait(is_stored)

    async def all_asked(self, since: float, *, without: Sequence[Domain] = ()) -> None:
        """Wait until each domain, ``without`` some, has answered a request that came after a moment."""

        async def is_asked() -> bool:
            asked = [each for each in self.newsroom.asked_domains() if each not in without]
            return all(any(r.answered and r.noticed > since for r in each.requests[-3:]) for each in asked)

        await self.wait(is_asked)

    async def all_published(self) -> None:
        """Wait until the leader's feed of everything has the latest matters, each once.

        It has not room for all, and drops those that were found first: not quite those that were told first.
        """
        latest = {each.words.title for each in self.newsroom.matters[-_PUBLISHED // 2 :]}

        async def is_published() -> bool:
            titles = self.published()
            return len(titles) == len(set(titles)) and latest <= set(titles)

        await self.wait(is_published)

    def published(self, feed: str = "everything") -> list[str]:
        """Return the titles in a feed's file, none before there is one."""
        path = self.feeds / f"{feed}.atom"
        if not path.exists():
            return []
        return [each.findtext(f"{_ATOM}title") or "" for each in ET.parse(path).iter(f"{_ATOM}entry")]

    async def held_by(self, name: str) -> frozenset[str]:
        """Return the hosts that a process has claimed now."""
        clock = "extract(epoch FROM clock_timestamp()) * 1000000"
        query = f"SELECT key FROM host WHERE worker = %s AND held_until > {clock} + 1000000 * {self.lease / 2}"
        return frozenset(key for (key,) in await asyncio.to_thread(self.rows, query, name))

    async def holding(self, name: str, least: int = 4) -> list[Domain]:
        """Wait until a process holds hosts, some with a request open and some without; return those without.

        All must be shut.
        """
        waiting: list[Domain] = []

        async def is_held() -> bool:
            found = await self.held_by(name)
            held = [each for each in self.newsroom.asked_domains() if each.host in found]
            waiting[:] = [each for each in held if not each.is_waited_for]
            return len(held) >= least and 0 < len(waiting) < len(held)

        await self.wait(is_held)
        return waiting
