"""One poll of one source as it goes, from the first question to the transaction that writes all of it down."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syndicator.models import Document, EndpointState, ParsedDocument, PollingHints, PollReport, Source, Verdict
from syndicator.reading import Reader
from syndicator.schedule import endpoint_after, endpoints_to_compare, next_due

if TYPE_CHECKING:
    from syndicator.pipeline import Pipeline

_MOST_AT_ONCE = 200


class Attempt:
    """One poll as it goes: what was asked, what came back, and in the end one transaction for all of it."""

    def __init__(self, pipeline: Pipeline, source: Source, state: Any) -> None:
        self.pipeline, self.source = pipeline, source
        self.outlet = pipeline.outlets[source.outlet]
        self.before: tuple[EndpointState, ...] = state.endpoints
        self.polling_hints: PollingHints = state.polling_hints
        self.due_at: datetime = state.due_at
        self.pushed_until: datetime | None = state.pushed_until
        self.answer: ParsedDocument | None = None
        self.documents: list[Document] = []
        self.compared: list[Document] = []
        self.reader = Reader(pipeline, source, self.before)
        self.verdicts: Counter[Verdict] = Counter()
        self.revised: Counter[str] = Counter()

    async def answers(self, order: Sequence[EndpointState]) -> AsyncGenerator[tuple[EndpointState, Document]]:
        """Ask endpoints one after another; where they race, the next also when one is slow. Yield answers as they come.

        What has not answered when nobody wants more is let go: it was slow, and has not failed.
        """
        if self.outlet.mode != "race":
            for endpoint in order:
                yield endpoint, await self.reader.fetch(endpoint)
            return
        slow, waiting = self.pipeline.slow.total_seconds(), list(order)
        asking: dict[asyncio.Task[Document], EndpointState] = {}
        try:
            while waiting or asking:
                if waiting:
                    endpoint = waiting.pop(0)
                    asking[asyncio.create_task(self.reader.fetch(endpoint))] = endpoint
                patience = slow if waiting else None
                done, _ = await asyncio.wait(asking, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield asking.pop(task), task.result()
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def judge(self, endpoint: EndpointState, document: Document) -> bool:
        """Look at what an endpoint answered; say whether it is well."""
        document, prepared = await self.reader.judge(endpoint, document)
        if prepared is not None:
            self.answer, self.polling_hints = prepared, prepared.polling_hints
        self.documents.append(document)
        return document.outcome.is_good

    async def take(self, document: Document) -> None:
        """Have a document of the home, which came unasked, put by."""
        self.documents.append(await self.reader.take(self.before[0], document))

    def endpoints_to_compare(self) -> Sequence[EndpointState]:
        """Give the endpoints that are to be read beside the one that answered."""
        if self.outlet.mode != "compare" or not self.documents[-1].outcome.is_good:
            return ()
        interval = self.source.interval or self.pipeline.bounds.interval
        asked = {document.endpoint for document in self.documents}
        rest = (state for state in self.before if state.endpoint not in asked)
        return endpoints_to_compare(rest, interval, self.pipeline.clock())

    async def compare(self, endpoint: EndpointState) -> None:
        """Ask one endpoint more, for what it shows."""
        document, _ = await self.reader.judge(endpoint, await self.reader.fetch(endpoint))
        self.compared.append(document)

    def has_more(self) -> bool:
        """Say whether more is left to take in than goes into one transaction."""
        return sum(len(lot.left) for lot in self.reader.lots) > _MOST_AT_ONCE

    def take_some(self, tx: Any) -> None:
        """Take in the next part."""
        lot, now = self.reader.lots[0], self.pipeline.clock()
        part, lot.left = lot.left[:_MOST_AT_ONCE], lot.left[_MOST_AT_ONCE:]
        at = lot.endpoint.endpoint
        verdicts, revised = self.pipeline.take_in(tx, self.source, at, part, shared=lot.shared, asked=lot.asked)
        if self.outlet.mode == "compare":
            tx.mirrors.show(self.source, lot.endpoint, part, now)
        if at == self._teacher():
            known_by = tx.mirrors.profile(self.source)
            if learned := self.pipeline.learn(lot.title, part, None if lot.is_anew else known_by, now):
                tx.mirrors.learn(self.source, learned, is_first=known_by is None)
            lot.is_anew = False
        if not lot.left:
            self.reader.lots.pop(0)
        self.verdicts += verdicts
        self.revised += revised

    def _teacher(self) -> str:
        """Give the endpoint that a source's looks are learned from: the home, or while it never answered, who does."""
        home = self.before[0]
        is_home_heard = home.good_at is not None or any(lot.endpoint is home for lot in self.reader.lots)
        return home.endpoint if is_home_heard else self.documents[-1].endpoint

    def record_poll(self, tx: Any) -> PollReport:
        """Write the poll down: stories, and with them the validators they came with, and when the source is due."""
        while self.reader.lots:
            self.take_some(tx)
        self.verdicts[Verdict.UNCHANGED] += self.reader.known
        now, last = self.pipeline.clock(), self.documents[-1]
        asked = {document.endpoint: document for document in (*self.documents, *self.compared)}
        after = [
            self._after(state, asked[state.endpoint], now) if state.endpoint in asked else state
            for state in self.before
        ]
        due_at = next_due(
            after,
            last,
            polling_hints=self.polling_hints,
            interval=self.source.interval,
            is_pushed=self.pipeline.takes_pushes and self.pushed_until is not None and self.pushed_until > now,
            bounds=self.pipeline.bounds,
            now=now,
            seed=self.source.id,
        )
        tx.sources.record_poll(
            self.source,
            endpoints=[state for state in after if state.endpoint in asked],
            due_at=due_at,
            working=last.endpoint if last.outcome.is_good else None,
            title=self.answer.title if self.answer else "",
            has_news=self.verdicts[Verdict.NEW] > 0,
            now=now,
            polling_hints=self.polling_hints if self.answer else None,
            items=self.reader.items,
            quarantine={
                new.endpoint: new.quarantine
                for old, new in zip(self.before, after, strict=True)
                if old.quarantine != new.quarantine
            },
        )
        if self.reader.offer is not None:
            tx.pushes.offer(self.reader.offer)
        elif self.reader.is_home_heard:
            tx.pushes.withdraw(self.source.id)
        if self.reader.hints:
            tx.mirrors.suggest(self.reader.hints, now)
        for key in self.reader.checks.elements():
            tx.count(key)
        if not self._is_calm():
            self._follow_home(tx, now)
        return self._told(due_at)

    def end_unasked(self, tx: Any) -> PollReport:
        """Take in what is left of a document that came unasked; when the source is due stays as it is."""
        while self.reader.lots:
            self.take_some(tx)
        if self.reader.hints:
            tx.mirrors.suggest(self.reader.hints, self.pipeline.clock())
        return self._told(self.due_at)

    def _told(self, due_at: datetime) -> PollReport:
        last = self.documents[-1]
        return PollReport(
            source=self.source.id,
            documents=tuple(self.documents),
            compared=tuple(self.compared),
            verdicts=self.verdicts,
            revised=self.revised,
            next_due=due_at,
            failed_over=last.outcome.is_good and len(self.documents) > 1,
        )

    def _after(self, state: EndpointState, document: Document, now: datetime) -> EndpointState:
        """Give an endpoint's state after its answer."""
        is_familiar = document.body is None or self._has_met_known()
        after = endpoint_after(state, document, self.pipeline.bounds, now, is_familiar=is_familiar)
        wanted = self.reader.wanted.get(state.endpoint)
        return after if wanted is None else replace(after, missing_archive=wanted)

    def _has_met_known(self) -> bool:
        """Say whether any item was one that we knew."""
        return any(count for verdict, count in self.verdicts.items() if verdict is not Verdict.NEW)

    def _is_calm(self) -> bool:
        """Say whether no endpoint was failing, nor is: then links lead where they led, and nobody need look."""
        before = (state.outcome for state in self.before)
        now = (document.outcome for document in self.documents)
        return all(outcome is None or outcome.is_good for outcome in (*before, *now))

    def _follow_home(self, tx: Any, now: datetime) -> None:
        """When the place that links should lead to has changed, have the feeds with this outlet's stories rendered."""
        states = {id_: state.endpoints for id_, state in tx.sources.states(self.outlet.sources).items()}
        base, key = self.pipeline.working_base(self.outlet, states), f"links {self.outlet.id}"
        if (tx.get_meta(key) or self.outlet.home) != base:
            tx.feeds.touch_outlet(self.outlet.id, now)
            tx.set_meta(key, base)
