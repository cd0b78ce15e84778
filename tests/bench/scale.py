"""What a poll costs with the store in SQLite and in PostgreSQL: CPU ms of this process, and of the server."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing

from syndicator.demo.postgres import PostgresServer
from syndicator.models import Document, Entry, Outcome, PollBounds, PollRecord, Source
from syndicator.poll.schedule import endpoint_after
from syndicator.store import Store, Transaction, open_store
from tests.bench.cost import Cost
from tests.bench.ingest import made_documents, take_in
from tests.bench.renderings import renderings
from tests.bench.workers import several
from tests.conftest import NOW
from tests.ports import port_of, reserve

_SOURCES, _QUIET_ROUNDS = 1000, 30
_NEW = 5


def scale(*names: str) -> None:
    """Print what polls, files and claims cost, and how several processes play; or what is named.

    ``polls``: quiet polls and documents with news, committed in groups, on both. ``files``: files as rows. For the others
    see ``workers.several``.
    """
    with tempfile.TemporaryDirectory() as folder, reserve() as reserved, PostgresServer(port_of(reserved)) as server:
        if not names or "polls" in names:
            asyncio.run(_measure("SQLite", f"sqlite:///{folder}/s.db", None))
            asyncio.run(_measure("PostgreSQL", server.create("bench"), server))
        if not names or "files" in names:
            asyncio.run(renderings(server.create("files"), lambda: Cost(server)))
        several(server, *names)


async def _measure(name: str, url: str, server: PostgresServer | None) -> None:
    warm, *documents = made_documents(random.Random(7))
    with closing(open_store(url, patience=0.05)) as store:
        sources = {f"o{n}/f": _source(n) for n in range(_SOURCES)}
        await store.write(lambda tx: tx.sources.sync(sources, NOW, PollBounds()))
        records = [await _record(store, each) for each in sources.values()]
        await _play(store, [_quiet(records)])
        cost = Cost(server)
        await _play(store, [_quiet(records)] * _QUIET_ROUNDS)
        print(f"{name:<11} end of a quiet poll, ms: {cost.ms(_QUIET_ROUNDS * _SOURCES)}", flush=True)
        parts = [_parts(*document) for document in documents]
        await _play(store, [_parts(*warm)])
        cost = Cost(server)
        await _play(store, parts)
        print(f"{name:<11} a document with {_NEW} new stories, ms: {cost.ms(sum(map(len, parts)))}", flush=True)


async def _play(store: Store, groups: Sequence[Sequence[Callable[[Transaction], None]]]) -> None:
    for group in groups:
        waits: list[Awaitable[None]] = [store.write(work, may_wait=True) for work in group]
        await asyncio.gather(*waits)


def _source(number: int) -> Source:
    return Source(id=f"o{number}/f", outlet=f"o{number}", endpoints=(f"https://o{number}.example/f",), language="en")


async def _record(store: Store, source: Source) -> PollRecord:
    state = await store.read(lambda tx: tx.sources.state(source))
    document = Document(endpoint=source.home, url=source.home, outcome=Outcome.NOT_MODIFIED)
    after = endpoint_after(state.endpoints[0], document, PollBounds(), NOW)
    return PollRecord(source=source.id, version=state.version, polled_at=NOW, due_at=NOW, endpoints=(after,))


def _quiet(records: Sequence[PollRecord]) -> list[Callable[[Transaction], None]]:
    return [lambda tx, each=each: tx.record_poll(each, lambda _: each) for each in records]  # type: ignore[misc]


def _parts(source: Source, entries: Sequence[Entry]) -> list[Callable[[Transaction], None]]:
    parts = [entries[start : start + _NEW] for start in range(0, len(entries), _NEW)]
    return [lambda tx, part=part: take_in(tx, source, part) for part in parts]  # type: ignore[misc]
