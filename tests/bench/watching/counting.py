"""What counting and judging cost: CPU of a story, of an hour's look at all series, and of the detector's look."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syndicator.alerts import Look, SpikeDetector
from syndicator.config import load
from syndicator.outbox.spikes import SpikeJudge
from syndicator.outbox.volumes import NAME, VolumeCounter
from syndicator.rules import rules_from
from syndicator.store import Transaction, open_store
from syndicator.watch.series import Series
from syndicator.watch.spikes import hour_of
from tests.bench.watching.replay import Clock, Headline, add

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
_SERIES, _STORIES, _DAYS = 5000, 2000, 60
_OUTLETS = 30
_HEADLINES = (
    "Ceasefire in Idlib holds while Turkey and Russia talk",
    "Earthquake shakes Izmir, schools stay closed",
    "Election in Georgia: protest after the count in Tbilisi",
    "Rain in Kazan, snow in Perm",
    "Sanctions on Iran debated in Geneva",
    "A new library opens in Amman",
)


def counting() -> None:
    """Print the costs at 5,000 series."""
    asyncio.run(_measure())


async def _measure() -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = load(Path(__file__).parents[3] / "config", environ={}, state=Path(folder))
        rules, clock, chance = rules_from(config), Clock(), random.Random(1)
        clock.now = NOW
        store = open_store(f"sqlite:///{folder}/made.db")
        try:
            await store.write(lambda tx: tx.feeds.define(rules.feed_fingerprints(), NOW, last_story=0))
            counter = VolumeCounter(rules=lambda: rules, clock=clock)
            await store.write(lambda tx: counter(tx, []))
            await store.write(lambda tx: _fill(tx, chance))
            clock.now = NOW - timedelta(days=20)
            first = [Headline(clock.now, f"o{number}", "Rain") for number in range(_OUTLETS)]
            await store.write(lambda tx: add(tx, first, 10**6, rules, clock.now))
            await store.write(lambda tx: _count(tx, counter))
            clock.now = NOW
            told = [Headline(NOW, f"o{number % _OUTLETS}", chance.choice(_HEADLINES)) for number in range(_STORIES)]
            await store.write(lambda tx: add(tx, told, 0, rules, NOW))
            spent = await _spent(lambda: store.write(lambda tx: _count(tx, counter)))
            series, size = await store.read(lambda tx: tx.volumes.count()), Path(folder, "made.db").stat().st_size
            judge = SpikeJudge(store, rules=lambda: rules, clock=clock, most=10 * _SERIES)
            first_look = await _spent(lambda: judge(None))
            clock.now += timedelta(hours=1)
            later_look = await _spent(lambda: judge(None))
            spikes = await store.read(lambda tx: len(tx.volumes.spiking()))
            look = Look(now=clock.now, rules=replace(rules))
            await store.read(lambda tx: list(SpikeDetector().find(tx, look)))  # names are read once
            detector = await _spent(lambda: store.read(lambda tx: list(SpikeDetector().find(tx, look))))
        finally:
            store.close()
    print(
        f"counting: {spent / _STORIES * 1e6:.0f} us of CPU a story; {series} series, {size / 1e6:.0f} MB with stories"
    )
    print(f"an hour's look at all series: {first_look:.2f} s where all is learned anew, {later_look:.2f} s else")
    print(f"the detector's look, {spikes} spikes: {detector * 1e3:.1f} ms")


async def _spent(work: Callable[[], object]) -> float:
    before = time.process_time()
    await work()  # type: ignore[misc]
    return time.process_time() - before


def _count(tx: Transaction, counter: VolumeCounter) -> None:
    while changes := tx.changes.after(tx.changes.position_of(NAME), 200):
        counter(tx, changes)
        tx.changes.advance(NAME, changes[-1].position)


def _fill(tx: Transaction, chance: random.Random) -> None:
    """Give all series counts for sixty days: most of them a story a day or less, some many."""
    tx.changes.advance(NAME, tx.changes.last_position())
    names = [str(Series(f"concept:c{thing}", f"R{region}")) for thing in range(50) for region in range(_SERIES // 100)]
    names += [
        str(Series(f"concept:c{thing}", f"R{region}", "fa")) for thing in range(50) for region in range(_SERIES // 100)
    ]
    totals = [str(Series()), str(Series(language="fa")), str(Series(language="en"))]
    ids = tx.volumes.ids([*names, *totals], adding=[*names, *totals])
    hour = hour_of(NOW)
    for name in totals:
        tx.volumes.add({(ids[name], hour - ago): (40, 0) for ago in range(_DAYS * 24)})
    counts = {}
    for name in names:
        for _ in range(int(_DAYS * min(12.0, chance.paretovariate(0.9) * 0.2))):
            counts[ids[name], hour - chance.randrange(_DAYS * 24)] = (1, 0)
        for ago in range(4):  # all are to be judged
            counts[ids[name], hour - ago] = (1, 0)
    tx.volumes.add(counts)


if __name__ == "__main__":
    counting()
