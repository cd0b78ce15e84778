"""The flow, on one page.

    fetch -> parse -> normalize -> tag -> select | decide -> store -> publish | follow

    poll/                extract/                  ingest/            publish/   outbox/
    ask endpoints        in a child                in a transaction   files      each at its own pace

``poll`` takes one source through it, up to its stories' place in the output feeds. Files are written by ``publish.job``
and stories tried again for new feeds by ``outbox.backfill``, each at its own pace.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from typing import TypeVar

from syndicator.models import Collected, Document, IngestReport, PollReport, Source, SourceState
from syndicator.poll import Collector, Ports, add_batch, commit, commit_push
from syndicator.rules import Rules
from syndicator.store import Transaction

T = TypeVar("T")
_NO_LIMIT: AbstractAsyncContextManager[object] = nullcontext()
Commit = Callable[[Transaction, Source, Collected, Rules, datetime, IngestReport], PollReport]


class Pipeline:
    """Polls sources. It calls and stores; it decides nothing."""

    def __init__(self, ports: Ports) -> None:
        """Use the five injected parts: fetch, extract, store, clock and rules."""
        self.ports = ports
        self._collector = Collector(ports)

    async def poll(
        self,
        source: Source,
        state: SourceState | None = None,
        slot: AbstractAsyncContextManager[object] = _NO_LIMIT,
    ) -> PollReport:
        """Poll one source: collect what its endpoints show, then commit it.

        ``state`` is what the store holds about the source, if that was just read. A ``slot`` is taken while documents
        are in memory.
        """
        state = state or await self.ports.store.read(lambda tx: tx.sources.state(source))
        async with slot:
            collected = await self._collector.collect(source, state)
            if collected.batches:
                return await self._commit(source, collected, commit)
        return await self._commit(source, collected, commit)

    async def ingest_push(self, source: Source, document: Document) -> PollReport:
        """Ingest a document of a source's home that a hub has sent."""
        state = await self.ports.store.read(lambda tx: tx.sources.state(source))
        return await self._commit(source, await self._collector.read_push(source, state, document), commit_push)

    async def _commit(self, source: Source, collected: Collected, finish: Commit) -> PollReport:
        """Write what was collected: a large document by parts, then the rest with the poll's end and its validators."""
        early, rest = collected.split()
        so_far = IngestReport()
        for batch in early:
            so_far += await self._write(
                lambda tx, rules, now, batch=batch: add_batch(tx, source, batch, rules, now, teacher=rest.teacher)
            )
        return await self._write(lambda tx, rules, now: finish(tx, source, rest, rules, now, so_far), may_wait=True)

    async def _write(self, work: Callable[[Transaction, Rules, datetime], T], *, may_wait: bool = False) -> T:
        """Run work in a transaction, by the rules and the time at which it runs."""
        return await self.ports.store.write(
            lambda tx: work(tx, self.ports.rules(), self.ports.clock()), may_wait=may_wait
        )
