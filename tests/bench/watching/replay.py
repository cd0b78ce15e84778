"""Play real headlines through the shipped counting and judging, hour by hour, and print every spike.

``python -m tests.bench.watching.replay headlines 2020-06-15 2020-09-10`` plays those of 24 outlets, ``wire`` those of a
wire of 1987, dealt out to eight made-up outlets; these are tagged, stored and counted as the daemon does it.
``captures`` plays the feeds of 16 outlets as they were captured in 2021, through the whole flow.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syndicator.alerts import Look, SpikeDetector
from syndicator.config import Config, load
from syndicator.models import ChangeKind, Entry, Source
from syndicator.models.alerts import Finding
from syndicator.outbox.volumes import volume_consumer
from syndicator.replay import find_captures, replay
from syndicator.rules import Rules, rules_from
from syndicator.runtime.app import App
from syndicator.store import Store, Transaction, open_store

CORPORA = Path(os.environ.get("SYNDICATOR_CORPORA", "/nonexistent"))
_TWO_DAYS = 2 * 86400
_OUTLETS = 8
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Headline:
    """What an outlet published when."""

    at: datetime
    outlet: str
    title: str
    text: str = ""


def headlines() -> list[Headline]:
    """Return the headlines of outlets whose feeds were archived in 2020 and 2021, in order of time."""
    found = []
    with gzip.open(CORPORA / "polling" / "items.tsv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["set"] == "gesab":
                seen, published = int(row["first_seen_ts"]), int(row["pub_ts"] or 0)
                at = published if seen - _TWO_DAYS <= published <= seen else seen
                found.append(Headline(datetime.fromtimestamp(at, UTC), row["feed"], row["title"]))
    return sorted(found, key=lambda each: (each.at, each.outlet, each.title))


def wire() -> list[Headline]:
    """Return the stories of a wire, dealt out to outlets."""
    found = []
    with gzip.open(CORPORA / "geo" / "reuters_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["date"]:
                at = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
                found.append(Headline(at, f"desk{row['id'] % _OUTLETS}", row["title"].title(), row["body"] or ""))
    return sorted(found, key=lambda each: each.at)


class Clock:
    """A clock that a replay sets."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


class Log:
    """Every spike when it was raised, and which are open."""

    def __init__(self) -> None:
        self.found: list[tuple[datetime, Finding]] = []
        self._open: set[str] = set()

    async def look(self, store: Store, rules: Rules, now: datetime) -> None:
        """Take down what is new."""
        look = Look(now=now, rules=rules)
        findings = await store.read(lambda tx: list(SpikeDetector().find(tx, look)))
        self.found += [(now, each) for each in findings if str(each.subject) not in self._open]
        self._open = {str(each.subject) for each in findings}

    def print(self) -> None:
        """Print what was found, the spikes of one happening below each other."""
        for at, each in self.found:
            indent, head = ("    ", f" [{each.covered_by[0].id}]") if each.covered_by else ("", "")
            print(f"{indent}{at:%Y-%m-%d %H}h {each.words}{head}")
        alone = sum(not each.covered_by for _, each in self.found)
        print(f"{len(self.found)} spikes in {alone} alerts")


async def play(told: Sequence[Headline], rules: Rules, store: Store) -> Log:
    """Return all spikes, each when it was raised."""
    clock, log = Clock(), Log()
    clock.now = told[0].at
    consumer = volume_consumer(store, rules=lambda: rules, clock=clock)
    await consumer.register()
    place = serial = 0
    while place < len(told):
        clock.now += _HOUR
        some = []
        while place < len(told) and told[place].at < clock.now:
            some.append(told[place])
            place += 1
        if some:
            await store.write(lambda tx, some=some, serial=serial: add(tx, some, serial, rules, clock.now))
            serial += len(some)
        while await consumer.step():
            pass
        await log.look(store, rules, clock.now)
    return log


def add(tx: Transaction, told: Sequence[Headline], serial: int, rules: Rules, now: datetime) -> None:
    """Store headlines as new stories, tagged, in feeds, and with their changes."""
    for number, each in enumerate(told, serial):
        source = Source(
            id=f"{each.outlet}/rss",
            outlet=each.outlet,
            endpoints=(f"https://{each.outlet}.example/rss",),
            language="en",
        )
        entry = rules.classified(_entry(each, number), source, now)
        (story,) = tx.stories.add([(f"tag:{number}", entry)], source, now)
        tx.feeds.join({story: entry.feeds}, now, fresh=[story])
        tx.changes.add([(story, ChangeKind.ADDED)], now)


def _entry(told: Headline, number: int) -> Entry:
    return Entry(
        key=str(number),
        link=None,
        link_key=None,
        title=told.title,
        html=told.text.replace("&", "&amp;").replace("<", "&lt;"),
        title_digest="",
        text_digest="",
        copy_digest=None,
        author=None,
        published=told.at,
        language="en",
    )


async def main(name: str, since: str = "1900-01-01", until: str = "2100-01-01", allowed: str = "0.3") -> None:
    """Play an archive and print every spike, those of one happening below each other."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        config = load(Path(__file__).parents[3] / "config", environ={}, state=Path(folder))
        config = replace(config, watch=replace(config.watch, spikes_a_day=float(allowed)))
        if name == "captures":
            await _captures(config, Path(folder))
        else:
            told = {"headlines": headlines, "wire": wire}[name]()
            await _told([each for each in told if since <= each.at.isoformat() < until], config, Path(folder))
    print(f"{time.perf_counter() - started:.0f} s")


async def _told(told: Sequence[Headline], config: Config, folder: Path) -> None:
    rules = rules_from(config)
    store = open_store(f"sqlite:///{folder}/replay.db")
    try:
        await store.write(lambda tx: tx.feeds.define(rules.feed_fingerprints(), told[0].at, last_story=0))
        log = await play(told, rules, store)
        series = await store.read(lambda tx: tx.volumes.count())
    finally:
        store.close()
    log.print()
    print(f"{len(told)} stories in {(told[-1].at - told[0].at).days} days, {series} series")


async def _captures(config: Config, folder: Path) -> None:
    with tarfile.open(CORPORA / "series" / "outlets_2021.tar.xz") as archive:
        archive.extractall(folder / "series", filter="data")
    log = Log()

    async def follow(app: App) -> None:
        await app.outbox.run()
        await log.look(app.store, app.rules, app.clock())

    (root,) = (folder / "series").iterdir()
    captures = find_captures(root)
    told = await replay(config, captures, folder / "out", follow=follow)
    log.print()
    print(
        f"{told['stories']} stories of {told['captures']} captures, {captures[0].at:%Y-%m-%d} to {captures[-1].at:%Y-%m-%d}"
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
