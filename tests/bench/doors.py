"""What watching endpoints and hosts costs: a look at ten thousand sources, and what polls write of who answered."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from syndicator.alerts import Doors, FailingEndpoints, Look
from syndicator.models import Certificate, EndpointState, Outcome, Outlet, Peer, PollBounds, PollRecord, Source
from syndicator.store import Store, Transaction, open_store
from syndicator.watch import doors as learning

_NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
_SOURCES, _PER_COMMIT, _LOOKS = 10_000, 100, 10
_DAY = timedelta(days=1)


@dataclass
class _Config:
    mirror_patience: timedelta = timedelta(hours=6)


@dataclass
class _Rules:
    outlets: dict[str, Outlet]
    sources: dict[str, Source]
    config: _Config = field(default_factory=_Config)


def doors() -> None:
    """Print CPU milliseconds of looks, and microseconds that polls write more for who answered."""
    asyncio.run(_measure())


async def _measure() -> None:
    outlets = {each.id: each for each in map(_outlet, range(_SOURCES))}
    rules = _Rules(outlets, {outlet.sources[0].id: outlet.sources[0] for outlet in outlets.values()})
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/s.db")
        try:
            await store.write(lambda tx: tx.sources.sync(rules.sources, _NOW, PollBounds()))
            plain = await _polls(store, rules, _NOW, lambda _: ())
            first = await _polls(store, rules, _NOW, _peer)
            again = await _polls(store, rules, _NOW + timedelta(hours=1), _peer)
            print(f"doors: a poll's end {plain:.0f} µs, with who answered {first:.0f} the first time, then {again:.0f}")
            for share in (0.0, 0.01, 0.3):
                await _polls(store, rules, _NOW + timedelta(hours=2), _peer, failing=share)
                print(f"doors: a look at {_SOURCES:,} sources, {share:.0%} failing: {await _look(store, rules):.1f} ms")
        finally:
            store.close()


def _outlet(number: int) -> Outlet:
    home = f"https://o{number}.example"
    source = Source(
        id=f"o{number}/f",
        outlet=f"o{number}",
        endpoints=(f"{home}/f", f"https://m{number}.example/f"),
        language="en",
    )
    country = f"C{number % 50}"
    return Outlet(id=f"o{number}", name="O", country=country, language="en", home=home, sources=(source,))


def _peer(number: int) -> tuple[Peer, ...]:
    certificate = Certificate(
        issuer="Made Trust",
        key=f"{number:064x}",
        valid_from=_NOW - 30 * _DAY,
        valid_until=_NOW + (60 if number % 100 else 10) * _DAY,
    )
    return (Peer(host=f"o{number}.example", prefix=f"{number % 200}.7.0.0/16", certificate=certificate),)


async def _polls(
    store: Store, rules: _Rules, now: datetime, peers: Callable[[int], tuple[Peer, ...]], *, failing: float = 0.0
) -> float:
    """Write the end of a poll of every source; return microseconds of CPU for each."""
    chance = random.Random(7)
    records = [
        PollRecord(
            source=source.id,
            version=0,
            polled_at=now,
            due_at=now,
            endpoints=tuple(_state(endpoint, now, is_failing=is_failing) for endpoint in source.endpoints),
            peers=peers(number),
        )
        for number, source in enumerate(rules.sources.values())
        for is_failing in [chance.random() < failing]
    ]
    begun = time.process_time()
    for start in range(0, len(records), _PER_COMMIT):
        some = records[start : start + _PER_COMMIT]

        def write(tx: Transaction, some: list[PollRecord] = some) -> None:
            for each in some:
                tx.record_poll(each, lambda _, each=each: each, learning.after)

        await store.write(write)
    return (time.process_time() - begun) / len(records) * 1e6


def _state(endpoint: str, now: datetime, *, is_failing: bool) -> EndpointState:
    if is_failing:
        return EndpointState(endpoint=endpoint, outcome=Outcome.TIMEOUT, failures=4.0, tried_at=now, good_at=now - _DAY)
    return EndpointState(endpoint=endpoint, outcome=Outcome.NOT_MODIFIED, tried_at=now, good_at=now)


async def _look(store: Store, rules: _Rules) -> float:
    """Return milliseconds of CPU for a look by all detectors, the first one left out."""
    detectors = (FailingEndpoints(), Doors())
    look = Look(now=_NOW + timedelta(hours=3), rules=rules)  # type: ignore[arg-type]

    def find(tx: Transaction) -> None:
        for each in detectors:
            list(each.find(tx, look))

    await store.read(find)
    begun = time.process_time()
    for _ in range(_LOOKS):
        await store.read(find)
    return (time.process_time() - begun) / _LOOKS * 1000
