"""Entries a second through identity and copies, by the size of the window; in CPU seconds of one process."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import insert

from syndicator.extract.normalize import normalize
from syndicator.ingest import ingest
from syndicator.models import EndpointState, Entry, EntryBatch, RawEntry, Source
from syndicator.rules import Rules
from syndicator.store import Transaction, open_store, tables
from syndicator.store.fingerprint_table import FingerprintTable
from tests.conftest import NOW

_SIZES = (10_000, 100_000, 1_000_000)
_KEYS = 24
_DOCUMENTS, _ITEMS = 80, 25
_VOCABULARY, _LENGTH = 20_000, 120
# One item in so many is a reprint of one that another outlet had.
_REPRINTS = 10
_RULES = SimpleNamespace(
    fingerprint="f",
    authority="test.invalid",
    preferred=frozenset(),
    outlets={},
    owner_of=lambda _: None,
    feeds_of=lambda *_, **__: frozenset(),
    events_of=lambda *_: {},
    following_feeds=frozenset(),
    place_of=lambda *_: NOW,
)


def ingest_speed() -> None:
    """Print how many entries are recognised, decided on and stored in a CPU second."""
    first = 0.0
    for size in _SIZES:
        count, spent = asyncio.run(_measured(size))
        first = first or spent / count
        print(
            f"ingest, a window of {size:>9,}: {count / spent:6,.0f} new entries a CPU second, {1e6 * spent / count:4.0f} us"
            f" each, {spent / count / first:.2f} of that with {_SIZES[0]:,}",
            flush=True,
        )


async def _measured(size: int) -> tuple[int, float]:
    warm, *measured = made_documents(random.Random(7))
    with tempfile.TemporaryDirectory(prefix="syndicator-ingest-") as folder:
        store = cast("Any", open_store(f"sqlite:///{folder}/s.db"))
        try:
            await store.write(lambda tx: _stand_for(tx, size))
            file = store._database.file
            _fill(FingerprintTable(file.beside("copies"), store=file.identity), size)
            await store.write(lambda tx: take_in(tx, *warm))
            began = time.process_time()
            for source, entries in measured:
                await store.write(lambda tx, source=source, entries=entries: take_in(tx, source, entries))
            return sum(len(entries) for _, entries in measured), time.process_time() - began
        finally:
            store.close()


def made_documents(chance: random.Random) -> list[tuple[Source, Sequence[Entry]]]:
    """Make up documents of outlets, all of whose items are new."""
    words = ["".join(chance.choices("aeioukrstlmnb", k=chance.randint(3, 9))) for _ in range(_VOCABULARY)]
    told: list[str] = []
    documents = []
    for number in range(_DOCUMENTS):
        home = f"https://outlet{number}.example"
        raw = []
        for item in range(_ITEMS):
            is_reprint = number and item % _REPRINTS == 0
            sentences = (" ".join(chance.choices(words, k=_LENGTH // 6)) for _ in range(6))
            text = chance.choice(told) if is_reprint else ". ".join(sentences)
            told.append(text)
            raw.append(RawEntry(guid=f"{number}-{item}", link=f"{home}/{item}", title=text[5:60], summary=text))
        entries = normalize(raw, url=home, bases=(home,), language="en", now=NOW)
        source = Source(id=f"{number}/f", outlet=f"outlet{number}", endpoints=(f"{home}/f",), language="en")
        documents.append((source, entries))
    return documents


def _stand_for(tx: Transaction, size: int) -> None:
    """Have the store go on after so many stories; the table alone has their keys, of which none is asked for again."""
    values = {"id": size, "uid": "x", "outlet": "x", "source": "x", "title": "x", "html": "", "language": "en"}
    times = {"first_seen": NOW - timedelta(days=9), "updated": NOW, "categories": (), "is_confirmed": True}
    cast("Any", tx).connection.execute(insert(tables.story).values(**values, **times))


def _fill(table: FingerprintTable, size: int) -> None:
    chance = random.Random(11)
    with table:
        for number in range(1, size + 1):
            table.add(number, [chance.getrandbits(64) for _ in range(_KEYS)])


def take_in(tx: Transaction, source: Source, entries: Sequence[Entry]) -> None:
    batch = EntryBatch(
        endpoint=EndpointState(endpoint=source.home),
        title="",
        entries=tuple(entries),
        shared_links=frozenset(),
        rules_fingerprint="f",
    )
    ingest(tx, source, batch, cast("Rules", _RULES), NOW)
