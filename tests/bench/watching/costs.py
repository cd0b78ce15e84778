"""What watching costs: the state of a source, an arrival in the four rhythms that it is part of, a look at 10,000."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import update

from syndicator.alerts import Look, SilenceDetector
from syndicator.models import Outlet, Source
from syndicator.models.settings import PollBounds, WatchSettings
from syndicator.outbox import Pulses
from syndicator.store import Transaction, open_store
from syndicator.store.tables import source as source_table
from syndicator.watch.pulse import EMPTY
from syndicator.watch.pulse_row import packed

_NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
_OUTLETS, _SOURCES_EACH, _ROUNDS, _ITEMS = 2500, 4, 9, 3
_LOOKS = 5


def main() -> None:
    """Print them."""
    print(f"\nState of a source: {len(packed(EMPTY))} bytes, and four moments")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> None:
    chance = random.Random(18)
    rules = SimpleNamespace(outlets=_outlets(), config=SimpleNamespace(watch=WatchSettings()))
    rules.sources = {source.id: source for outlet in rules.outlets.values() for source in outlet.sources}
    store = open_store(f"sqlite:///{folder}/s.db")
    await store.write(lambda tx: tx.sources.sync(rules.sources, _NOW - timedelta(days=30), PollBounds()))
    pulses = Pulses(store, rules=lambda: rules)
    begun, spent, count = _NOW - timedelta(days=_ROUNDS), 0.0, 0
    for day in range(_ROUNDS):
        at = begun + timedelta(days=day)
        await store.write(lambda tx, at=at, day=day: _note(tx, rules, at, chance, is_first=not day))
        before = time.process_time()
        while await pulses.step():
            pass
        # The first rounds make the rows.
        if day >= _ROUNDS // 2:
            spent, count = spent + time.process_time() - before, count + len(rules.sources) * _ITEMS
    print(f"An arrival, in the rhythms of source, outlet, country and language: {spent / count * 1e6:.0f} µs of CPU")
    last = begun + timedelta(days=_ROUNDS - 1)
    await store.write(lambda tx: _answer(tx, _NOW + timedelta(days=90)))
    for hours, what in ((2, "an hour of news"), (30, "a day without any"), (2000, "months without any")):
        look = Look(now=last + timedelta(hours=hours), rules=rules)
        spent, found = await store.read(partial(_looks, look=look))
        print(f"A look at {len(rules.sources):,} sources after {what}: {spent * 1e3:.1f} ms; {found:,} findings")
    store.close()


def _looks(tx: Transaction, *, look: Look) -> tuple[float, int]:
    """Return the CPU seconds of a look, and how much it finds."""
    detector = SilenceDetector()
    found = len(list(detector.find(tx, look)))
    before = time.process_time()
    for _ in range(_LOOKS):
        list(detector.find(tx, look))
    return (time.process_time() - before) / _LOOKS, found


def _answer(tx: Transaction, at: datetime) -> None:
    """Have every source answered well at a moment."""
    tx.connection.execute(update(source_table).values(good_at=at))


def _note(tx: Transaction, rules: SimpleNamespace, at: datetime, chance: random.Random, *, is_first: bool) -> None:
    """Note a day's items of every source, each some hours after the one before."""
    every = timedelta(days=1) / _ITEMS
    for source in rules.sources:
        times = [at - every * (each + 0.5 * chance.random()) for each in range(_ITEMS)]
        tx.pulses.note(source, times, since=None if is_first else at - timedelta(days=1), now=at)


def _outlets() -> dict[str, Outlet]:
    countries, languages = [f"{a}{b}" for a in "ABCDE" for b in "ABCDEFGH"], ["ar", "fa", "ru", "tr", "en", "fr"]
    return {
        f"o{n}": Outlet(
            id=f"o{n}",
            name=f"Outlet {n}",
            country=countries[n % len(countries)],
            language=languages[n % len(languages)],
            home=f"https://o{n}.example",
            sources=tuple(
                Source(id=f"o{n}/{m}", outlet=f"o{n}", endpoints=(f"https://o{n}.example/{m}",), language="en")
                for m in range(_SOURCES_EACH)
            ),
        )
        for n in range(_OUTLETS)
    }
