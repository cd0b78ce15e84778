"""What a poll costs with the store in SQLite and in PostgreSQL: CPU ms of this process, and of the server."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path

from syndicator.demo.postgres import PostgresServer
from syndicator.models import Document, Entry, Outcome, PollBounds, PollRecord, Source
from syndicator.poll.schedule import endpoint_after
from syndicator.store import Store, Transaction, open_store
from tests.bench.ingest import made_documents, take_in
from tests.bench.renderings import renderings
from tests.conftest import NOW
from tests.ports import port_of, reserve

_SOURCES, _QUIET_ROUNDS = 1000, 30
_NEW = 5
_TICK = os.sysconf("SC_CLK_TCK")
_UTIME = 11  # in what follows the name of a process, with its system time and those of its children after it


class _Cost:
    """CPU seconds of this process and of a server, if there is one, since it was made."""

    def __init__(self, server: PostgresServer | None) -> None:
        self._server = server
        self._own, self._servers = time.process_time(), self._of_server()

    def ms(self, count: int) -> str:
        """Return what each of so many cost."""
        own, servers = time.process_time() - self._own, self._of_server() - self._servers
        return f"{1000 * own / count:6.3f}" + (f" + {1000 * servers / count:.3f}" if self._server else "")

    def _of_server(self) -> float:
        """Return the CPU seconds of a server and of all that it has started, also of those that have ended."""
        if self._server is None:
            return 0.0
        found = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[int(path.parent.name)] = (int(fields[1]), [int(each) for each in fields[_UTIME : _UTIME + 4]])
        own = self._server.pid
        ticks = sum(found[own][1]) + sum(sum(times[:2]) for parent, times in found.values() if parent == own)
        return ticks / _TICK


def scale() -> None:
    """Print the cost of quiet polls and of documents with news, committed in groups, on both; and of files as rows."""
    with tempfile.TemporaryDirectory() as folder, reserve() as reserved, PostgresServer(port_of(reserved)) as server:
        asyncio.run(_measure("SQLite", f"sqlite:///{folder}/s.db", None))
        asyncio.run(_measure("PostgreSQL", server.create("bench"), server))
        asyncio.run(renderings(server.create("files"), lambda: _Cost(server)))


async def _measure(name: str, url: str, server: PostgresServer | None) -> None:
    warm, *documents = made_documents(random.Random(7))
    with closing(open_store(url, patience=0.05)) as store:
        sources = {f"o{n}/f": _source(n) for n in range(_SOURCES)}
        await store.write(lambda tx: tx.sources.sync(sources, NOW, PollBounds()))
        records = [await _record(store, each) for each in sources.values()]
        await _play(store, [_quiet(records)])
        cost = _Cost(server)
        await _play(store, [_quiet(records)] * _QUIET_ROUNDS)
        print(f"{name:<11} end of a quiet poll, ms: {cost.ms(_QUIET_ROUNDS * _SOURCES)}", flush=True)
        parts = [_parts(*document) for document in documents]
        await _play(store, [_parts(*warm)])
        cost = _Cost(server)
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
