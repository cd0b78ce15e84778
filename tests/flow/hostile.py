"""A newsroom under attack: a real daemon, an outlet that is well, and one that serves what a test gives it.

Whatever is served, ``Enemy.serve`` and the end of ``Newsroom.enemy`` assert the invariants: the neighbour's polls go on
(I1), memory and CPU stay bounded (I2), feeds are strict and never shrink (I4), the status says what happened and when
it is tried again (I7), and no validators are kept of a document that was not taken in (I8).
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import feedparser
from aiohttp import web
from lxml import etree

from syndicator.models import Outcome
from syndicator.runtime.daemon import Daemon, JobIntervals
from tests.contention import Contention, family
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.ports import port_of, reserve
from tests.waiting import eventually, get, moment, running

MEGABYTE = 1 << 20
GOOD = {"ok", "unchanged", "not_modified"}
REFUSED = {"not_a_feed", "poison_xml", "bad_encoding"}
KILLED = {"parse_timeout", "parse_crash"}
LAST_GOOD = rss(Item("The last good story", guid="good"))
_PACE = JobIntervals(poll=0.02, publish=0.2, heartbeat=0.2)
_OFTEN = MAIN.replace('"1s"', '"10ms"').replace('deadline = "5s"', 'deadline = "60s"')
_FEED_LIMIT = 100


class Neighbour(Site):
    """An outlet that is well and has news at every poll; it notes when it is asked."""

    def __init__(self, contention):
        super().__init__({"/feed.xml": self.tell})
        self.contention, self.asked_at, self.numbers = contention, [], count()

    def tell(self, _):
        self.asked_at.append(self.contention.mark())
        news = Item("Neighbours are well", guid=str(next(self.numbers)))
        return web.Response(body=rss(news), content_type="application/rss+xml")

    async def is_asked_again(self):
        """Wait until it is, so that a gap that is still open is seen."""
        enough = max(2, len(self.asked_at) + 1)

        async def is_asked():
            return len(self.asked_at) >= enough

        await eventually(is_asked)

    @property
    def longest_wait(self):
        return max(before.until(after) for before, after in zip(self.asked_at, self.asked_at[1:], strict=False))


class Meter(threading.Thread):
    """Watches this process and all below it: the most memory they had at once, and the CPU seconds they took."""

    def __init__(self):
        super().__init__(daemon=True)
        self._end, self._cpu, self.memory = threading.Event(), {}, 0
        self._look()
        self._memory_before, self._cpu_before = self.memory, self.cpu

    @property
    def cpu(self):
        return sum(self._cpu.values())

    def run(self):
        while not self._end.wait(0.03):
            self._look()

    def stop(self):
        """Give bytes and seconds spent since the start."""
        self._end.set()
        self.join()
        self._look()
        return self.memory - self._memory_before, self.cpu - self._cpu_before

    def _look(self):
        memory = 0
        for pid in family(os.getpid()):
            with suppress(OSError):
                memory += _memory(pid)
                numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                self._cpu[pid, numbers[19]] = (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")
        self.memory = max(self.memory, memory)


def _memory(pid):
    """Give a process's bytes; of what it shares with others, its part: a fork alone adds nothing to the sum of all."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:"))


@dataclass
class Newsroom:
    """A running daemon with an outlet that is well, to which enemies come and go."""

    daemon: Daemon
    folder: Path
    neighbour: Neighbour
    enemies: int = 0

    @property
    def base(self):
        return self.daemon.app.config.base_url

    @asynccontextmanager
    async def enemy(self, language="en"):
        """Add an outlet that has told one good story; assert at the end that nobody is hurt."""
        self.enemies += 1
        name, answers = f"enemy{self.enemies}", asyncio.Queue()
        await answers.put(web.Response(body=LAST_GOOD, headers={"ETag": '"good"'}))
        async with Site({"/feed.xml": lambda _: answers.get()}) as site:
            feed = f'title = "E"\nwhere = "outlet:{name}"\nstory_links = false\nlimit = {_FEED_LIMIT}\n'
            files = {
                self.folder / f"outlets/{name}.toml": outlet(site.base, language=language).replace("1s", "10ms"),
                self.folder / f"feeds/{name}.toml": feed,
            }
            for path, text in files.items():
                path.write_text(text)
            assert await self.daemon.reload()
            enemy = Enemy(self, name, answers)
            await eventually(enemy.has_told)
            await enemy.stories()
            self.neighbour.asked_at.clear()
            try:
                yield enemy
                await self.is_unhurt()
            finally:
                for path in files:
                    path.unlink()
                await answers.put(web.Response(status=503))
        await self.daemon.reload()

    async def is_unhurt(self):
        """Assert what holds whatever was served."""
        await self.neighbour.is_asked_again()
        assert self.neighbour.longest_wait < 1.25, "the neighbour had to wait"
        assert (await get(f"{self.base}/healthz")).status == 200
        await self.entries("everything")

    async def entries(self, feed):
        """Publish, and read a feed's Atom and RSS as strict readers do."""
        await self.daemon.publish()
        found = []
        for kind in ("atom", "rss"):
            body = (await get(f"{self.base}/feeds/{feed}.{kind}")).body
            etree.fromstring(body, etree.XMLParser(huge_tree=True))
            parsed = await asyncio.to_thread(feedparser.parse, body)
            assert not parsed.bozo, parsed.bozo_exception
            found.append(parsed.entries)
        return found


@dataclass
class Enemy:
    """The hostile outlet: it answers one poll with each document it is given to serve, and else keeps it waiting."""

    room: Newsroom
    name: str
    answers: asyncio.Queue
    seen: set = field(default_factory=set)

    async def serve(self, body, content_type="application/rss+xml", *, cpu=10.0, at_once=1):
        """Answer once; give what the status says of it when that has been dealt with, all invariants asserted.

        The meter sees what all documents take that are read ``at_once``.
        """
        before, etag, meter = await self.endpoint(), f'"{time.monotonic()}"', Meter()
        meter.start()
        await self.answers.put(web.Response(body=body, headers={"Content-Type": content_type, "ETag": etag}))

        async def is_dealt_with():
            return (await self.endpoint()).tried_at != before.tried_at

        await eventually(is_dealt_with)
        grown, spent = meter.stop()
        assert grown < at_once * 64 * MEGABYTE, f"{grown >> 20} MB more"
        assert spent < cpu, f"{spent:.1f} s of CPU"

        async def is_told():  # the page may be a little older than the store
            told = await self.told()
            return told if moment(told["last_try_at"]) == (await self.endpoint()).tried_at else None

        told, kept = await eventually(is_told), (await self.endpoint()).validators
        assert told["outcome"] in set(Outcome)
        assert moment(told["due_at"]) > moment(told["last_try_at"])
        if told["outcome"] in GOOD:
            assert kept.etag == etag
        else:
            assert kept == before.validators
            assert moment(told["next_try_at"]) > moment(told["last_try_at"])
            assert told["note"]
        await self.stories()
        return told

    async def has_told(self):
        return (await self.endpoint()).validators.etag == '"good"'

    async def told(self):
        """Give what the status page says of the outlet's one source."""
        page = json.loads((await get(f"{self.room.base}/status.json")).body)
        (source,) = next(each["sources"] for each in page["outlets"] if each["id"] == self.name)
        return source["endpoints"][0] | {key: source[key] for key in ("due_at", "last_new_at")}

    async def endpoint(self):
        app = self.room.daemon.app
        (source,) = app.config.outlets[self.name].sources
        return (await app.store.read(lambda tx: tx.sources.state(source))).endpoints[0]

    async def stories(self):
        """Give what is published of it, the last good story left out; what was there before still is."""
        found, in_rss = await self.room.entries(self.name)
        assert [entry.id for entry in found] == [entry.id for entry in in_rss]
        ids = {entry.id for entry in found}
        assert len(ids) == len(found)
        assert self.seen <= ids or len(ids) == _FEED_LIMIT
        self.seen |= ids
        return [entry for entry in found if entry.title != "The last good story"]

    async def titles(self):
        return [entry.title for entry in await self.stories()]


@asynccontextmanager
async def newsroom(folder, limits):
    """Run a daemon."""
    with reserve() as reservation, Contention() as contention:
        async with Neighbour(contention) as neighbour:
            text = outlet(neighbour.base).replace("1s", "50ms")
            config = write_config(
                folder / "c",
                port=port_of(reservation),
                outlets={"neighbour": text},
                feeds={"everything": EVERYTHING + "limit = 9"},
                main=_OFTEN,
            )
            async with running(config, folder / "s", intervals=_PACE, limits=limits) as daemon:
                await neighbour.is_asked_again()
                yield Newsroom(daemon, config, neighbour)
