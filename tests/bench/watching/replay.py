"""Play real headlines through the shipped counting and judging, hour by hour, and print every spike.

``python -m tests.bench.watching.replay headlines 2020-06-15 2020-09-10`` plays those of 24 outlets, ``wire`` those of a
wire of 1987, dealt out to eight made-up outlets. Stories are stored, tagged and counted as the daemon does it.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syndicator.alerts.detector import Look
from syndicator.alerts.spikes import SpikeDetector
from syndicator.config import load
from syndicator.models import ChangeKind, Entry, Source
from syndicator.models.alerts import Finding
from syndicator.outbox.volumes import volume_consumer
from syndicator.rules import Rules, rules_from
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


async def play(told: Sequence[Headline], rules: Rules, store: Store) -> list[tuple[datetime, Finding]]:
    """Return all spikes, each when it was raised."""
    clock, detector = Clock(), SpikeDetector()
    clock.now = told[0].at
    consumer = volume_consumer(store, rules=lambda: rules, clock=clock)
    await consumer.register()
    open_, found, place, serial = set(), [], 0, 0
    while place < len(told):
        clock.now += _HOUR
        some = []
        while place < len(told) and told[place].at < clock.now:
            some.append(told[place])
            place += 1
        if some:
            await store.write(lambda tx, some=some, serial=serial: _add(tx, some, serial, rules, clock.now))
            serial += len(some)
        while await consumer.step():
            pass
        look = Look(now=clock.now, rules=rules)
        findings = await store.read(lambda tx, look=look: list(detector.find(tx, look)))
        found += [(clock.now, each) for each in findings if str(each.subject) not in open_]
        open_ = {str(each.subject) for each in findings}
    return found


def _add(tx: Transaction, told: Sequence[Headline], serial: int, rules: Rules, now: datetime) -> None:
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
    told = {"headlines": headlines, "wire": wire}[name]()
    told = [each for each in told if since <= each.at.isoformat() < until]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        config = load(Path(__file__).parents[3] / "config", environ={}, state=Path(folder))
        rules = rules_from(replace(config, watch=replace(config.watch, spikes_a_day=float(allowed))))
        store = open_store(f"sqlite:///{folder}/replay.db")
        try:
            await store.write(lambda tx: tx.feeds.define(rules.feed_fingerprints(), told[0].at, last_story=0))
            found = await play(told, rules, store)
            series = await store.read(lambda tx: tx.volumes.count())
            size = Path(folder, "replay.db").stat().st_size
        finally:
            store.close()
    for at, each in found:
        indent = "    " if each.covered_by else ""
        print(f"{indent}{at:%Y-%m-%d %H}h {each.words}" + (f" [{each.covered_by[0].id}]" if each.covered_by else ""))
    alone = sum(not each.covered_by for _, each in found)
    days = (told[-1].at - told[0].at).days
    print(f"{len(told)} stories in {days} days, {series} series; {len(found)} spikes in {alone} alerts")
    print(f"{time.perf_counter() - started:.0f} s; store {size / 1e6:.1f} MB")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
