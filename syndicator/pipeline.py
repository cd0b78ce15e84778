"""The flow, on one page.

    fetch -> parse -> normalize -> dedupe -> tag -> store -> select -> publish

``collect`` takes one source through it up to its place in the output feeds; ``publish`` writes the feeds that changed.
This module calls and stores; it decides nothing and imports no room: ``app.build`` hands it the parts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from syndicator.models import (
    Decision,
    Document,
    EndpointState,
    Entry,
    Feed,
    FeedState,
    Known,
    Outcome,
    Outlet,
    Prepared,
    Source,
    Story,
    Tag,
    Validators,
    Verdict,
    Visit,
)
from syndicator.schedule import PollBounds, asking_order, endpoint_after, next_due

_FILL_STEP = 200
_MOST_AT_ONCE = 200
RETAG_BELOW = "retag_below"


class Fetch(Protocol):
    """Ask one endpoint; failures come back as documents."""

    async def __call__(self, endpoint: str, known: Validators) -> Document: ...  # noqa: D102


class Prepare(Protocol):
    """Parse and normalize in a child that can be killed; failures come back as an outcome and a note."""

    async def __call__(  # noqa: D102
        self, document: Document, *, bases: Sequence[str], language: str, now: datetime
    ) -> Prepared | tuple[Outcome, str]: ...


class Decide(Protocol):
    """Say which story each entry is. Pure."""

    def __call__(  # noqa: D102
        self,
        entries: Sequence[Entry],
        known: Known,
        *,
        source: Source,
        endpoint: str,
        now: datetime,
        shared: Collection[str],
    ) -> tuple[Decision, ...]: ...


class Renderer(Protocol):
    """Write a feed's files from its stories; ``bases`` says where each outlet's links lead."""

    def __call__(  # noqa: D102
        self, feed: Feed, stories: Sequence[Story], *, changed_at: datetime, bases: Mapping[str, str]
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The flow's parts, chosen in ``app``. ``store`` runs work in transactions, see ``store.Store``."""

    outlets: Mapping[str, Outlet]
    feeds: Mapping[str, Feed]
    bounds: PollBounds
    store: Any
    fetch: Fetch
    prepare: Prepare
    decide: Decide
    tag: Callable[[str, str], tuple[Tag, ...]]
    select: Callable[[Story], Collection[str]]
    name: Callable[[Source, Entry, datetime | None], str]
    shared_links: Callable[[Sequence[Entry]], Collection[str]]
    copy_window: timedelta
    render: Renderer
    working_base: Callable[[Outlet, Mapping[str, Sequence[EndpointState]]], str]
    clock: Callable[[], datetime]

    async def collect(self, source: Source) -> Visit:
        """Poll one source: ask its endpoints until one answers well, take in what is new, say when it is due again."""
        state = await self.store.read(lambda tx: tx.sources.state(source))
        visit = _Attempt(self, source, state.endpoints)
        for endpoint in asking_order(state.endpoints, state.working, self.clock()):
            if await visit.ask(endpoint):
                break
        # A large document goes in by parts, so that others can write in between; its validators come with the last.
        while visit.has_more():
            await self.store.write(visit.take_some)
        told: Visit = await self.store.write(visit.settle)
        return told

    def take_in(
        self, tx: Any, source: Source, endpoint: str, entries: Sequence[Entry], shared: Collection[str]
    ) -> tuple[Counter[Verdict], Counter[str]]:
        """Run dedupe -> tag -> store -> select over entries of a document, within one transaction."""
        now = self.clock()
        known = tx.stories.known(source, entries, copied_since=now - self.copy_window)
        decisions = self.decide(entries, known, source=source, endpoint=endpoint, now=now, shared=shared)
        numbers: list[int | None] = []
        for decision in decisions:
            entry, number = decision.entry, decision.story
            match decision.verdict:
                case Verdict.NEW:
                    uid = self.name(source, entry, None)
                    if tx.stories.has(uid):  # its key named another story before
                        uid = self.name(source, entry, now)
                    number = tx.stories.add(entry, uid, source, now, is_confirmed=endpoint == source.home)
                case Verdict.UPDATED:
                    tx.stories.revise(number, entry, now, is_reworded=decision.changed != ("link",))
                case Verdict.COPY if decision.repeats is not None:
                    number = numbers[decision.repeats]
            numbers.append(number)
            self._keep(tx, decision, number, source, now)
        revised = Counter(name for d in decisions if d.verdict is Verdict.UPDATED for name in d.changed)
        return Counter(decision.verdict for decision in decisions), revised

    def _keep(self, tx: Any, decision: Decision, number: int | None, source: Source, now: datetime) -> None:
        """Write down what a decision changes: the entry, the story's tags, the feeds it belongs to."""
        verdict = decision.verdict
        if verdict is not Verdict.UNCHANGED or decision.changed or decision.is_rekeyed:
            tx.stories.record(decision, number, source, now)
        if verdict in (Verdict.NEW, Verdict.UPDATED):
            tx.stories.retag(number, self.tag(decision.entry.title, decision.entry.text))
        if decision.is_confirming and number is not None:
            tx.stories.confirm(number)
        if verdict is not Verdict.UNCHANGED and number is not None:
            (story,) = tx.stories.get([number])
            tx.feeds.join(number, self.select(story), now)

    async def publish(self) -> list[str]:
        """Write the files of every feed whose members changed since they were last written; give their names."""
        stale = await self.store.read(self._stale)
        bases = await self.link_bases() if stale else {}
        for state, feed, stories in stale:
            await asyncio.to_thread(self.render, feed, stories, changed_at=state.changed_at, bases=bases)
            await self.store.write(lambda tx, state=state: tx.feeds.rendered(state.name, state.version))
        return [feed.name for _, feed, _ in stale]

    async def fill(self) -> bool:
        """Take one step of filling new or edited feeds from the store, newest first; False when all are full."""
        return bool(await self.store.write(self._fill_step))

    async def link_bases(self) -> dict[str, str]:
        """Say where the links of each outlet's stories should lead now."""
        sources = [source for outlet in self.outlets.values() for source in outlet.sources]
        states = await self.store.read(lambda tx: tx.sources.states(sources))
        endpoints = {id_: state.endpoints for id_, state in states.items()}
        return {id_: self.working_base(outlet, endpoints) for id_, outlet in self.outlets.items()}

    def _stale(self, tx: Any) -> list[tuple[FeedState, Feed, Sequence[Story]]]:
        """Give feeds that are behind, with their stories as of the same moment."""
        feeds = ((state, self.feeds[state.name]) for state in tx.feeds.stale() if state.name in self.feeds)
        return [(state, feed, tx.stories.get(tx.feeds.members(feed.name, feed.limit))) for state, feed in feeds]

    def _fill_step(self, tx: Any) -> bool:
        pending = {name: todo for name, todo in tx.feeds.to_fill().items() if name in self.feeds}
        if not pending:
            return False
        below = max(todo[0] for todo in pending.values())
        stories = self._retagged(tx, tx.stories.below(below, _FILL_STEP))
        held = {story.id: frozenset(self.select(story)) for story in stories}
        next_below = stories[-1].id if len(stories) == _FILL_STEP else 0
        tx.remember(RETAG_BELOW, str(min(int(tx.recall(RETAG_BELOW) or 0), next_below)))
        for name, (from_below, removes) in pending.items():
            looked_at = [number for number in held if number < from_below]
            tx.feeds.filled(
                name,
                looked_at=looked_at,
                held=[number for number in looked_at if name in held[number]],
                removes=removes,
                next_below=min(from_below, next_below),
                now=self.clock(),
            )
        return True

    def _retagged(self, tx: Any, stories: Sequence[Story]) -> list[Story]:
        """Give stories their tags anew where those are of an older tagger."""
        below = int(tx.recall(RETAG_BELOW) or 0)
        fresh = []
        for story in stories:
            if story.id < below:
                tags = self.tag(story.title, story.text)
                tx.stories.retag(story.id, tags)
                fresh.append(replace(story, tags=tags))
            else:
                fresh.append(story)
        return fresh


class _Attempt:
    """One poll as it goes: what was asked, what came back, and in the end one transaction for all of it."""

    def __init__(self, pipeline: Pipeline, source: Source, before: Sequence[EndpointState]) -> None:
        self.pipeline, self.source = pipeline, source
        self.outlet = pipeline.outlets[source.outlet]
        self.before = tuple(before)
        self.documents: list[Document] = []
        self.prepared = Prepared(title="", entries=())
        self.left: Sequence[Entry] = ()
        self.shared: Collection[str] = ()
        self.verdicts: Counter[Verdict] = Counter()
        self.revised: Counter[str] = Counter()

    async def ask(self, endpoint: EndpointState) -> bool:
        """Ask one endpoint; say whether it answered well."""
        document = await self.pipeline.fetch(endpoint.endpoint, endpoint.validators)
        if document.body is not None:
            prepared = await self.pipeline.prepare(
                document, bases=self.outlet.bases, language=self.source.language, now=self.pipeline.clock()
            )
            if isinstance(prepared, Prepared):
                self.prepared, self.left = prepared, prepared.entries
                self.shared = self.pipeline.shared_links(prepared.entries)
            else:
                document = replace(document, outcome=prepared[0], note=prepared[1])
        self.documents.append(document)
        return document.outcome.is_good

    def has_more(self) -> bool:
        """Say whether more is left to take in than goes into one transaction."""
        return len(self.left) > _MOST_AT_ONCE

    def take_some(self, tx: Any) -> None:
        """Take in the next part."""
        verdicts, revised = self.pipeline.take_in(
            tx, self.source, self.documents[-1].endpoint, self.left[:_MOST_AT_ONCE], self.shared
        )
        self.left = self.left[_MOST_AT_ONCE:]
        self.verdicts += verdicts
        self.revised += revised

    def settle(self, tx: Any) -> Visit:
        """Write the poll down: stories, and with them the validators they came with, and when the source is due."""
        self.take_some(tx)
        now, last = self.pipeline.clock(), self.documents[-1]
        asked = {document.endpoint: document for document in self.documents}
        after = [
            endpoint_after(state, asked[state.endpoint], self.pipeline.bounds, now)
            if state.endpoint in asked
            else state
            for state in self.before
        ]
        due_at = next_due(
            after,
            last,
            ttl=self.prepared.ttl,
            interval=self.source.interval,
            bounds=self.pipeline.bounds,
            now=now,
            seed=self.source.id,
        )
        tx.sources.settle(
            self.source,
            endpoints=[state for state in after if state.endpoint in asked],
            due_at=due_at,
            working=last.endpoint if last.outcome.is_good else None,
            title=self.prepared.title,
            has_news=self.verdicts[Verdict.NEW] > 0,
            now=now,
        )
        if not self._is_calm():
            self._follow_home(tx, now)
        return Visit(
            source=self.source.id,
            documents=tuple(self.documents),
            verdicts=self.verdicts,
            revised=self.revised,
            next_due=due_at,
            failed_over=last.outcome.is_good and len(self.documents) > 1,
        )

    def _is_calm(self) -> bool:
        """Say whether no endpoint was failing, nor is: then links lead where they led, and nobody need look."""
        before = (state.outcome for state in self.before)
        now = (document.outcome for document in self.documents)
        return all(outcome is None or outcome.is_good for outcome in (*before, *now))

    def _follow_home(self, tx: Any, now: datetime) -> None:
        """When the place that links should lead to has changed, have the feeds with this outlet's stories rendered."""
        states = {id_: state.endpoints for id_, state in tx.sources.states(self.outlet.sources).items()}
        base, key = self.pipeline.working_base(self.outlet, states), f"links {self.outlet.id}"
        if (tx.recall(key) or self.outlet.home) != base:
            tx.feeds.touch_outlet(self.outlet.id, now)
            tx.remember(key, base)
