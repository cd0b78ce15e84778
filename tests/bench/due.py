"""What it costs to know when 100,000 sources are due, and to plan each again after its poll: at 100 polls a second."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta

from syndicator.models import Document, Outcome, PollBounds, PollRecord, Source, SourceState
from syndicator.models.pulses import source_subject
from syndicator.poll.rhythm import next_by_rhythm
from syndicator.poll.schedule import endpoint_after, next_due
from syndicator.poll.timing import seeded
from syndicator.store import Store, Transaction, open_store
from syndicator.watch.pulse import EMPTY, Pulse, after_arrivals
from syndicator.watch.pulse_row import row_of

_NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
_SOURCES, _POLLS_A_SECOND, _SECONDS = 100_000, 100, 60
_AT_ONCE, _RHYTHMS = 5_000, 300
# A new item at one poll in ten, as outlets have them.
_WITH_NEWS = 0.1


def due() -> None:
    """Print the share of a core of a second's polls: looking what is due, planning, writing the ends of polls."""
    asyncio.run(_measure())


async def _measure() -> None:
    sources = [_source(number) for number in range(_SOURCES)]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/s.db")
        try:
            await store.write(lambda tx: tx.sources.sync({each.id: each for each in sources}, _NOW, PollBounds()))
            await _learn(store, sources)
            print(f"due: {_SOURCES:,} sources, {_POLLS_A_SECOND} polls a second, share of a core")
            kinds = (("fixed intervals", PollBounds()), ("rhythms", PollBounds(is_adaptive=True)))
            for place, (name, bounds) in enumerate(kinds):
                begin = _NOW + timedelta(seconds=place * _SECONDS)
                look, plan, write = await _play(store, {each.id: each for each in sources}, bounds, begin)
                total = look + plan + write
                print(f"  {name:<16} {total:6.2%}: looks {look:.2%}, plans {plan:.2%}, writes {write:.2%}", flush=True)
        finally:
            store.close()


def _source(number: int) -> Source:
    return Source(id=f"o{number}/f", outlet=f"o{number}", endpoints=(f"https://o{number}.example/f",), language="en")


async def _learn(store: Store, sources: list[Source]) -> None:
    """Give sources rhythms: two weeks of items, one to forty a day."""
    chance = random.Random(5)
    learned = [_rhythm(chance) for _ in range(_RHYTHMS)]
    rows = [row_of(source_subject(each.id), learned[place % _RHYTHMS][0]) for place, each in enumerate(sources)]
    timings = {each.id: learned[place % _RHYTHMS][1] for place, each in enumerate(sources)}
    for start in range(0, len(rows), _AT_ONCE):
        some, of = rows[start : start + _AT_ONCE], sources[start : start + _AT_ONCE]

        def write(tx: Transaction, some: list = some, of: list[Source] = of) -> None:  # type: ignore[type-arg]
            tx.pulses.save(some)
            for each in of:
                state = tx.sources.state(each)
                asked = endpoint_after(state.endpoints[0], _document(each), PollBounds(), _NOW)
                ahead = timedelta(seconds=chance.uniform(0, _SOURCES / _POLLS_A_SECOND))
                record = PollRecord(
                    source=each.id,
                    version=state.version,
                    polled_at=_NOW,
                    due_at=_NOW + ahead,
                    endpoints=(asked,),
                    timing=timings[each.id],
                    turns=48.0,
                )
                tx.record_poll(record, lambda _, record=record: record)

        await store.write(write)


def _rhythm(chance: random.Random) -> tuple[Pulse, bytes]:
    rate, at = chance.uniform(1, 40), _NOW.timestamp()
    times = sorted(at - chance.uniform(0, 14 * 86400) for _ in range(int(14 * rate)))
    return after_arrivals(EMPTY._replace(begun_at=at - 14 * 86400), times), seeded(times[-50:], at).packed()


async def _play(
    store: Store, sources: dict[str, Source], bounds: PollBounds, begin: datetime
) -> tuple[float, float, float]:
    """Return what a second's looks, plans and writes take of a core."""
    chance = random.Random(7)
    spent = [0.0, 0.0, 0.0]
    for second in range(_SECONDS):
        now = begin + timedelta(seconds=second)
        begun = time.process_time()
        states = await store.read(lambda tx, now=now: _due(tx, sources, now))
        looked = time.process_time()
        records = [_planned(sources[each.id], each, bounds, now, chance.random()) for each in states]
        planned = time.process_time()
        await store.write(lambda tx, records=records: _record(tx, records))
        for place, length in enumerate((looked - begun, planned - looked, time.process_time() - planned)):
            spent[place] += length
    return spent[0] / _SECONDS, spent[1] / _SECONDS, spent[2] / _SECONDS


def _due(tx: Transaction, sources: dict[str, Source], now: datetime) -> list[SourceState]:
    due = [sources[id_] for id_ in tx.sources.due(now, 2000)][:_POLLS_A_SECOND]
    return list(tx.sources.states(due).values())


def _planned(source: Source, state: SourceState, bounds: PollBounds, now: datetime, drawn: float) -> PollRecord:
    document = _document(source)
    arrived = [now - timedelta(minutes=3)] if drawn < _WITH_NEWS else []
    timed = None
    if bounds.is_adaptive:
        timed = next_by_rhythm(state, arrived, listed=20, is_overflowing=False, bounds=bounds, now=now)
    after = endpoint_after(state.endpoints[0], document, bounds, now)
    due_at = next_due(
        [after],
        document,
        polling_hints=state.polling_hints,
        interval=None,
        rhythm=timed.wait if timed else None,
        is_pushed=False,
        bounds=bounds,
        now=now,
        seed=source.id,
    )
    return PollRecord(
        source=source.id,
        version=state.version,
        polled_at=now,
        due_at=due_at,
        endpoints=(after,),
        timing=timed.timing if timed else None,
        turns=timed.turns if timed else None,
    )


def _record(tx: Transaction, records: list[PollRecord]) -> None:
    for each in records:
        tx.record_poll(each, lambda _, each=each: each)


def _document(source: Source) -> Document:
    return Document(endpoint=source.home, url=source.home, outcome=Outcome.NOT_MODIFIED)
