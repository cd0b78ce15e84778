"""The flow, on one page.

    fetch -> parse -> normalize -> tag -> select | decide -> store -> publish | consume

    poll/                extract/                  ingest/            publish/   outbox/
    ask endpoints        in a child                in a transaction   files      each at its own pace

``poll`` takes one source through it, up to its stories' place in the output feeds. Files are written by ``publish.job``
and stories tried again for new feeds by ``outbox.backfill``, each at its own pace.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from syndicator.models import NOTHING_INGESTED, Collected, Document, PollReport, Source, SourceState
from syndicator.models.workers import Claim
from syndicator.poll import Clock, Collector, Ports, add_batch, commit, commit_push
from syndicator.store import Transaction

T = TypeVar("T")
_NO_LIMIT: AbstractAsyncContextManager[object] = nullcontext()
Commit = Callable[..., PollReport]


class Recorded(Protocol):
    """Is told of the polls of captured sources, once they are committed: when each of their transactions ran."""

    def __call__(
        self, source: Source, collected: Collected, committed: Sequence[datetime], *, is_push: bool
    ) -> Awaitable[None]:
        """Note what is to be known of a poll later."""


class Pipeline:
    """Polls sources. It calls and stores; it decides nothing."""

    def __init__(
        self,
        ports: Ports,
        *,
        recorded: Recorded | None = None,
        changed: Callable[[], None] = lambda: None,
        commit_clock: Clock | None = None,
        is_follower: bool = False,
    ) -> None:
        """Use the five injected parts: fetch, extract, store, clock and rules.

        ``changed`` is called when stories have been committed. A replay has a ``commit_clock`` of its own: its polls
        are committed when they once were. A follower works by the configuration that another process has put in force.
        """
        self.ports, self._changed = ports, changed
        self._recorded, self._commit_clock = recorded, commit_clock or ports.clock
        self._collector = Collector(ports)
        # What a new feed is filled with ends where its rules begin: no story may come after that by the rules before.
        self._followed = (lambda: ports.rules().fingerprint) if is_follower else None

    async def poll(
        self,
        source: Source,
        state: SourceState | None = None,
        slot: AbstractAsyncContextManager[object] = _NO_LIMIT,
        claim: Claim | None = None,
    ) -> PollReport:
        """Poll one source: collect what its endpoints show, then commit it.

        ``state`` is what the store holds about the source, if that was just read. A ``slot`` is taken while documents
        are in memory. Raise LateError, with nothing more written, if another process has its host's ``claim``.
        """
        rules = self.ports.rules()  # a reload may take the source away while the poll waits for its slot
        before = state or await self._state_of(source)
        async with slot:
            collected = await self._collector.collect(source, before, rules)
            if collected.batches:
                return await self._commit(source, collected, commit, claim)
        # There is nothing to ingest: the slot is free before the commit is waited for.
        return await self._commit(source, collected, commit, claim)

    async def ingest_push(self, source: Source, document: Document) -> PollReport:
        """Ingest a document of a source's home that a hub has sent."""
        rules = self.ports.rules()
        pushed = await self._collector.read_push(source, await self._state_of(source), rules, document)
        return await self._commit(source, pushed, commit_push)

    async def _state_of(self, source: Source) -> SourceState:
        return await self.ports.store.read(lambda tx: tx.sources.state(source))

    async def _commit(
        self, source: Source, collected: Collected, finish: Commit, claim: Claim | None = None
    ) -> PollReport:
        """Write what was collected: a large document by parts, then the rest with the poll's end and its validators."""
        store = self.ports.store
        early, rest = collected.split()
        so_far, committed = NOTHING_INGESTED, []
        for batch in early:
            add = partial(
                add_batch,
                source=source,
                outlet=rest.outlet,
                batch=batch,
                teacher=rest.teacher,
                since=rest.state.good_at,
            )
            added, at = await store.write(partial(self._now, add), claim=claim, rules=self._followed)
            self._changed()
            so_far += added
            committed.append(at)
        end = partial(finish, source=source, collected=rest, early=so_far)
        report, at = await store.write(partial(self._now, end), may_wait=True, claim=claim, rules=self._followed)
        if collected.batches:
            self._changed()
        if self._recorded is not None and source.is_captured:
            await self._recorded(source, collected, (*committed, at), is_push=finish is commit_push)
        return report

    def _now(self, work: Callable[..., T], tx: Transaction) -> tuple[T, datetime]:
        """Run work in a transaction, by the rules and the time at which it runs; return the time too."""
        now = self._commit_clock()
        return work(tx, rules=self.ports.rules(), now=now), now
