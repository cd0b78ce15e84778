"""The flow, on one page.

    fetch -> parse -> normalize -> tag -> select | decide -> store -> publish | consume

    poll/                extract/                  ingest/            publish/   outbox/
    ask endpoints        in a child                in a transaction   files      each at its own pace

``poll`` takes one source through it, up to its stories' place in the output feeds. Files are written by ``publish.job``
and stories tried again for new feeds by ``outbox.backfill``, each at its own pace.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import TypeVar

from syndicator.models import NOTHING_INGESTED, Collected, Document, PollReport, Source, SourceState
from syndicator.poll import Collector, Ports, add_batch, commit, commit_push
from syndicator.store import Transaction

T = TypeVar("T")
_NO_LIMIT: AbstractAsyncContextManager[object] = nullcontext()
Commit = Callable[..., PollReport]


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
        rules = self.ports.rules()  # a reload may take the source away while the poll waits for its slot
        before = state or await self._state_of(source)
        async with slot:
            collected = await self._collector.collect(source, before, rules)
            if collected.batches:
                return await self._commit(source, collected, commit)
        # There is nothing to ingest: the slot is free before the commit is waited for.
        return await self._commit(source, collected, commit)

    async def ingest_push(self, source: Source, document: Document) -> PollReport:
        """Ingest a document of a source's home that a hub has sent."""
        rules = self.ports.rules()
        pushed = await self._collector.read_push(source, await self._state_of(source), rules, document)
        return await self._commit(source, pushed, commit_push)

    async def _state_of(self, source: Source) -> SourceState:
        return await self.ports.store.read(lambda tx: tx.sources.state(source))

    async def _commit(self, source: Source, collected: Collected, finish: Commit) -> PollReport:
        """Write what was collected: a large document by parts, then the rest with the poll's end and its validators."""
        store = self.ports.store
        early, rest = collected.split()
        so_far = NOTHING_INGESTED
        for batch in early:
            add = partial(add_batch, source=source, outlet=rest.outlet, batch=batch, teacher=rest.teacher)
            so_far += await store.write(partial(self._now, add))
        end = partial(finish, source=source, collected=rest, early=so_far)
        return await store.write(partial(self._now, end), may_wait=True)

    def _now(self, work: Callable[..., T], tx: Transaction) -> T:
        """Run work in a transaction, by the rules and the time at which it runs."""
        return work(tx, rules=self.ports.rules(), now=self.ports.clock())
