"""What watching costs: the state of a source, an arrival in the four rhythms that it is part of, a look at 10,000."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from syndicator.alerts import Look, SilenceDetector
from syndicator.models import Outlet, Source
from syndicator.models.settings import WatchSettings
from syndicator.outbox import Pulses
from syndicator.store import open_store
from syndicator.watch.pulse import EMPTY
from syndicator.watch.pulse_row import packed

_NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
_OUTLETS, _SOURCES_EACH, _ROUNDS, _ITEMS = 2500, 4, 14, 3
_LIMIT_LOOKS = 10


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
    pulses = Pulses(store, rules=lambda: rules)
    begun, spent, count = _NOW - timedelta(days=_ROUNDS), 0.0, 0
    for day in range(_ROUNDS):
        at = begun + timedelta(days=day)
        await store.write(lambda tx, at=at: _note(tx, rules, at, chance))
        before = time.process_time()
        while await pulses.step():
            pass
        # The first rounds make the rows.
        if day >= _ROUNDS // 2:
            spent, count = spent + time.process_time() - before, count + len(rules.sources) * _ITEMS
    print(f"An arrival, in the rhythms of source, outlet, country and language: {spent / count * 1e6:.0f} µs of CPU")
    for days, what in ((0, "nobody"), (0.5, "some"), (60, "everybody")):
        look = Look(now=_NOW + timedelta(days=days), rules=rules)
        detector, found = SilenceDetector(), []
        await store.read(lambda tx, look=look: list(detector.find(tx, look)))
        before = time.process_time()
        for _ in range(_LIMIT_LOOKS):
            found = await store.read(lambda tx, look=look: list(detector.find(tx, look)))
        spent = (time.process_time() - before) / _LIMIT_LOOKS
        print(
            f"A look at {len(rules.sources):,} sources of which {what} is quiet: {spent * 1e3:.1f} ms ({len(found):,})"
        )
    store.close()


def _note(tx, rules, at: datetime, chance: random.Random) -> None:
    for number, source in enumerate(rules.sources):
        since = at - timedelta(hours=20)
        times = [since + chance.random() * timedelta(hours=20) for _ in range(_ITEMS)]
        tx.pulses.note(
            source, times, since=since if at > _NOW - timedelta(days=_ROUNDS) or not number else None, now=at
        )


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
