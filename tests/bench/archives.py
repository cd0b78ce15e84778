"""What archives and copies cost, and whether a reader ever sees half a file.

Archives: one feed of a hundred entries, of which a hundred stories at a time are new. The baseline is the same feed
without archives. Copies: a folder that gets feeds, archives and pages; at first all, then what a few changed. Reads: a
feed is replaced all the time while readers ask for it, from memory and from disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import tempfile
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, insert, select, update

from syndicator.publish import FeedFiles, Publisher, Replicator, SiteFile, open_target
from syndicator.store import open_store, tables
from tests.bench.publish import _add_feeds, _rules, _story
from tests.conftest import NOW

_NEW, _ROUNDS = 100, 50
_FILES, _CHANGED = 3000, 10
_RENDERS, _READS = 1000, 100_000


def archives() -> None:
    """Print what archives cost, what they take, and what a walk through all of them brings."""
    with tempfile.TemporaryDirectory(prefix="syndicator-archives-") as folder:
        for name, is_on in (("with archives", True), ("without", False)):
            print(f"  {name:<14} {asyncio.run(_publish(Path(folder) / name, is_on=is_on))}", flush=True)


def copying() -> None:
    """Print what a copy to a folder costs."""
    with tempfile.TemporaryDirectory(prefix="syndicator-copies-") as folder:
        asyncio.run(_copy(Path(folder)))


def reads() -> None:
    """Count torn bodies and ETags that do not fit among many reads while a feed is replaced."""
    with tempfile.TemporaryDirectory(prefix="syndicator-reads-") as folder:
        asyncio.run(_read(Path(folder)))


async def _publish(folder: Path, *, is_on: bool) -> str:
    folder.mkdir()
    store = open_store(f"sqlite:///{folder}/s.db")
    rules = _rules(1)
    rules = replace(rules, feeds={"f0": replace(rules.feeds["f0"], has_archives=is_on, formats=("atom",))})
    publisher = Publisher(store, FeedFiles(folder / "feeds"), lambda: rules, lambda: NOW + timedelta(hours=1))
    chance = random.Random(7)
    words = [f"{chance.choice('bcdfgk')}{chance.randrange(9999)}ara" for _ in range(3000)]
    try:
        await store.write(lambda tx: _add_feeds(tx, 1))
        spent = 0.0
        for step in range(_ROUNDS):
            rows = [_story(chance, words, 1 + step * _NEW + n) for n in range(_NEW)]

            def add(tx, rows=rows):
                tx.connection.execute(insert(tables.story), rows)
                members = [{"feed": "f0", "story": row["id"], "placed_at": NOW} for row in rows]
                tx.connection.execute(insert(tables.member), members)
                tx.connection.execute(update(tables.feed).values(version=tables.feed.c.version + 1))

            await store.write(add)
            before = time.process_time()
            while not await publisher.publish():
                pass
            spent += time.process_time() - before
        packed = select(func.coalesce(func.sum(func.length(tables.archive.c.body)), 0), func.count())
        size, count = await store.read(lambda tx: tx.connection.execute(packed.select_from(tables.archive)).one())
        stories = _ROUNDS * _NEW
        plain = sum(path.stat().st_size for path in (folder / "feeds").glob("f0/*.atom"))
        return (
            f"{1000 * spent / _ROUNDS:6.1f} ms a publication of {_NEW} new stories; {count} archives,"
            f" {plain / stories / 1000:.1f} KB a story as files, {size / stories / 1000:.1f} KB in the database"
        )
    finally:
        store.close()


class _Site:
    """As many files as a service has."""

    def __init__(self) -> None:
        self.bodies = {f"feeds/f{n}.atom": random.Random(n).randbytes(20_000).hex().encode() for n in range(_FILES)}
        self.listed = {path: self.file(body) for path, body in self.bodies.items()}

    def file(self, body: bytes) -> SiteFile:
        return SiteFile(digest=hashlib.blake2b(body).hexdigest(), content_type="application/atom+xml")

    def change(self, count: int) -> None:
        for path in list(self.bodies)[:count]:
            self.bodies[path] += b"x"
        self.listed = {**self.listed, **{path: self.file(self.bodies[path]) for path in list(self.bodies)[:count]}}

    async def files(self):
        return self.listed

    async def read(self, path):
        return self.listed[path].digest, self.bodies[path]


async def _copy(folder: Path) -> None:
    store, site = open_store(f"sqlite:///{folder}/s.db"), _Site()
    replicator = Replicator(
        store,
        site,
        targets=lambda: [str(folder / "www")],
        open_target=lambda address: open_target(address, None),
        clock=lambda: NOW,
    )
    try:
        for what in (f"all {_FILES} files of 40 KB", f"{_CHANGED} of them changed", "nothing changed"):
            before, began = time.process_time(), time.perf_counter()
            replicator.start()
            await replicator.settled()
            assert replicator.notices == ()
            spent, took = time.process_time() - before, time.perf_counter() - began
            print(f"  {what:<26} {1000 * spent:8.1f} ms of CPU, {1000 * took:8.1f} ms", flush=True)
            if what.startswith("all"):
                site.change(_CHANGED)
    finally:
        store.close()


async def _read(folder: Path) -> None:
    files, name = FeedFiles(folder), "f.atom"
    body = random.Random(8).randbytes(20_000).hex().encode()
    files.put(name, b"0" + body, NOW)
    done, torn, wrong, count = threading.Event(), 0, 0, [0, 0]

    def render() -> None:
        for number in range(_RENDERS):
            files.put(name, str(number).encode() * 3 + body, NOW)
        done.set()

    def look() -> int:
        found = 0
        while not (done.is_set() and count[1] >= _READS // 2):
            read = (folder / name).read_bytes()
            count[1] += 1
            found += not read.endswith(body) or len(read) > len(body) + 15
        return found

    rendering, looking = asyncio.create_task(asyncio.to_thread(render)), asyncio.create_task(asyncio.to_thread(look))
    while not (done.is_set() and count[0] >= _READS // 2):
        file = await files.get(name)
        count[0] += 1
        torn += file is None or not file.body.endswith(body)
        wrong += file is None or hashlib.blake2b(file.body, digest_size=16).hexdigest() != file.digest
        await asyncio.sleep(0)
    await rendering
    torn += await looking
    print(f"  {_RENDERS} renders, {sum(count)} reads: {torn} torn bodies, {wrong} ETags that do not fit")
