"""What publishing costs: memory held for each output feed, and CPU for each that is published.

Feeds of 100 stories each, every story in three feeds. First all feeds are new, then a story joins each of them, then
readers get all of them. The baseline does the obvious: it loads all stale feeds, writes each with feedgen from its
first entry to its last, and keeps all files in memory, compressed as well.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from syndicator.models import Feed
from syndicator.models.formats import DEFAULT_FORMATS
from syndicator.publish import RENDERERS, FeedFiles, PublicationContext, PublicationRules, Publisher
from syndicator.publish.cache import EntryCache
from syndicator.store import Store, Transaction, open_store, tables
from tests.conftest import NOW

_STORIES, _STEP = 100, 33
_FORMATS = DEFAULT_FORMATS
_FIRST = 10_000  # the number of the first feed's first story
_LATER = 1_000_000  # that of the first story that joins later


def publish() -> None:
    """Print the table: a process of its own for each row."""
    print(f"publishing feeds of {_STORIES} stories: CPU ms and memory held, in KB, for each feed")
    print(f"  {'':<22} {'all new':>8} {'one story more':>15} {'memory':>8} {'at its peak':>12}")
    for way, feeds in (("ours", 300), ("baseline", 300), ("ours", 900)):
        with tempfile.TemporaryDirectory(prefix="syndicator-publish-") as folder:
            command = (sys.executable, "-m", "tests.bench.publish", way, folder, str(feeds))
            found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        numbers = f"{found['new']:>8.1f} {found['warm']:>15.1f} {found['held']:>8.0f} {found['peak']:>12.0f}"
        print(f"  {f'{way}, {feeds} feeds':<22} {numbers}", flush=True)


async def _measure(way: str, folder: Path, feeds: int) -> dict[str, float]:
    store = open_store(f"sqlite:///{folder}/s.db")
    try:
        await store.write(lambda tx: _fill(tx, feeds))
        rules = _rules(feeds)
        run, read = _ours(store, folder, rules) if way == "ours" else _baseline(store, folder, rules)
        await store.read(lambda tx: tx.feeds.load("f0", _STORIES))  # what is loaded once is nobody's
        before = _memory()
        new = await _cpu(run) / feeds
        await store.write(lambda tx: _add_one_each(tx, feeds))
        warm = await _cpu(run) / feeds
        for name in rules.feeds:
            await read(f"{name}.atom")
        held, peak = _memory() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        return {"new": new, "warm": warm, "held": held / feeds, "peak": peak / feeds}
    finally:
        store.close()


def _ours(
    store: Store, folder: Path, rules: PublicationRules
) -> tuple[Callable[[], Awaitable[Any]], Callable[[str], Awaitable[Any]]]:
    files = FeedFiles(folder / "feeds")
    return Publisher(store, files, lambda: rules, lambda: NOW).publish, partial(files.get, is_compressed=True)


def _baseline(
    store: Store, folder: Path, rules: PublicationRules
) -> tuple[Callable[[], Awaitable[Any]], Callable[[str], Awaitable[Any]]]:
    held: dict[str, tuple[bytes, bytes]] = {}

    def load(tx: Transaction) -> list[Any]:
        return [tx.feeds.load(name, _STORIES) for name in tx.feeds.stale_names()]

    async def run() -> None:
        for state, stories in await store.read(load):
            for name in _FORMATS:
                context = replace(rules.context, entry_cache=EntryCache())
                body = RENDERERS[name](rules.feeds[state.name], stories, context, state.changed_at, {})
                (folder / f"{state.name}.{name}").write_bytes(body)
                held[f"{state.name}.{name}"] = body, gzip.compress(body, 6)
            await store.write(lambda tx, state=state: tx.feeds.rendered(state.name, state.version, ()))

    async def read(name: str) -> bytes:
        return held[name][1]

    return run, read


def _rules(count: int) -> PublicationRules:
    feeds = {
        f"f{n}": Feed(name=f"f{n}", title=f"Feed {n}", where="", limit=_STORIES, has_archives=False)
        for n in range(count)
    }
    context = PublicationContext(base_url="https://h.example", title="T", authority="h,2026", outlets={}, labels={})
    return PublicationRules(feeds=feeds, context=context)


def _fill(tx: Transaction, feeds: int) -> None:
    chance = random.Random(5)
    words = [f"{chance.choice('bcdfgk')}{chance.randrange(9999)}ara" for _ in range(3000)]
    stories = _STEP * (feeds - 1) + _STORIES
    rows = [_story(chance, words, _FIRST + n) for n in range(stories)]
    tx.connection.execute(insert(tables.story), rows)
    _add_feeds(tx, feeds)
    members = [{"feed": f"f{n}", "story": _FIRST + _STEP * n + k} for n in range(feeds) for k in range(_STORIES)]
    tx.connection.execute(insert(tables.member), members)


def _add_feeds(tx: Transaction, count: int) -> None:
    values = {"fingerprint": "", "version": 1, "rendered": 0, "changed_at": NOW}
    filled = {"backfill_below": 0, "backfill_removes": False}
    tx.connection.execute(insert(tables.feed), [{"name": f"f{n}", **values, **filled} for n in range(count)])


def _add_one_each(tx: Transaction, feeds: int) -> None:
    chance = random.Random(6)
    rows = [_story(chance, ["one", "more", "story"], _LATER + n) for n in range(feeds)]
    tx.connection.execute(insert(tables.story), rows)
    tx.connection.execute(insert(tables.member), [{"feed": f"f{n}", "story": _LATER + n} for n in range(feeds)])
    tx.connection.execute(update(tables.feed).values(version=2, changed_at=NOW + timedelta(minutes=1)))


def _story(chance: random.Random, words: list[str], number: int) -> dict[str, Any]:
    body = " ".join(f"<p>{' '.join(chance.choices(words, k=60))}</p>" for _ in range(4))
    about = {"title": "Report " + " ".join(chance.choices(words, k=7)), "html": body, "language": "en"}
    origin = {"uid": f"tag:h,2026:o/{number}", "outlet": "o", "source": "o/f", "link": f"https://o.example/{number}"}
    dates = {"published": NOW, "first_seen": NOW, "updated": NOW}
    return {"id": number, **about, **origin, **dates, "categories": ["World"], "is_confirmed": True, "tags": ()}


async def _cpu(run: Callable[[], Awaitable[Any]]) -> float:
    """Return the CPU milliseconds of this process that a run takes."""
    before = time.process_time()
    await run()
    return (time.process_time() - before) * 1000


def _memory() -> float:
    """Return the resident memory of this process in KB."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return float(text.partition("VmRSS:")[2].split()[0])


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))))
