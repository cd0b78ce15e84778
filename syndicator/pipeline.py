"""The flow, on one page.

    fetch -> parse -> normalize -> tag -> select -> dedupe -> store -> publish

``collect`` takes one source through it up to its place in the output feeds; ``publish`` is the publisher's.
This module calls and stores; it decides nothing and imports no room: ``app.build`` hands it the parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from syndicator.attempt import Attempt
from syndicator.models import (
    Decision,
    Document,
    EndpointState,
    Entry,
    Feed,
    FetchOptions,
    FullText,
    Known,
    Link,
    MirrorCandidate,
    Outcome,
    Outlet,
    ParsedDocument,
    PollReport,
    Source,
    SourceProfile,
    Story,
    Tag,
    Validators,
    Verdict,
)
from syndicator.schedule import (
    PollBounds,
    endpoint_order,
)

_FILL_STEP = 200
RETAG_BELOW = "retag_below"
_FREELY: AbstractAsyncContextManager[Any] = nullcontext()


class Fetch(Protocol):
    """Ask one endpoint; failures come back as documents."""

    async def __call__(self, endpoint: str, known: Validators, way: FetchOptions) -> Document: ...  # noqa: D102


class Prepare(Protocol):
    """Parse, normalize, tag, select in a child that can be killed; failures come back as an outcome and a note."""

    async def __call__(  # noqa: D102
        self, document: Document, *, source: Source, bases: Sequence[str], now: datetime, items: bytes
    ) -> ParsedDocument | tuple[Outcome, str]: ...


class ReadWhole(Protocol):
    """Read an article's page in a child that can be killed; None if nothing comes of it."""

    async def __call__(  # noqa: D102
        self, document: Document, *, source: Source, title: str, now: datetime
    ) -> FullText | None: ...


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


class Doubt(Protocol):
    """Say in words why a document of which nothing is known looks like another outlet's; empty if it does not."""

    def __call__(  # noqa: D102
        self, profile: SourceProfile, title: str, entries: Sequence[Entry], *, hosts: Iterable[str]
    ) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The flow's parts, chosen in ``app``. ``store`` runs work in transactions, see ``store.Store``.

    Where endpoints race, the next is asked too when one takes longer than ``slow``. If it ``takes_pushes``, hubs that
    sources name are noted. ``tag`` and ``select`` ask the concepts and filters in force, which may be others than those
    of a document that was on its way while they were reloaded; ``is_current`` says whether a print is theirs.
    """

    takes_pushes: bool
    slow: timedelta
    outlets: Mapping[str, Outlet]
    feeds: Mapping[str, Feed]
    bounds: PollBounds
    store: Any
    fetch: Fetch
    prepare: Prepare
    whole: ReadWhole
    decide: Decide
    tag: Callable[[Story], tuple[Tag, ...]]
    select: Callable[[Story], Collection[str]]
    is_current: Callable[[str], bool]
    name: Callable[[Source, Entry, datetime | None], str]
    shared_links: Callable[[Sequence[Entry]], Collection[str]]
    copy_window: timedelta
    mismatch_reason: Doubt
    enough_known: float
    hints: Callable[[Outlet, Document, Iterable[Link], Sequence[tuple[str, str]]], tuple[MirrorCandidate, ...]]
    learn: Callable[[str, Sequence[Entry], SourceProfile | None, datetime], SourceProfile | None]
    publish: Callable[[], Awaitable[list[str]]]
    working_base: Callable[[Outlet, Mapping[str, Sequence[EndpointState]]], str]
    clock: Callable[[], datetime]

    async def collect(
        self, source: Source, state: Any = None, slot: AbstractAsyncContextManager[Any] = _FREELY
    ) -> PollReport:
        """Poll one source: ask its endpoints until one answers well, take in what is new, say when it is due again.

        ``state`` is what the store knows of the source, if that was just read. Asking, and having a document at hand,
        takes a ``slot``.
        """
        if state is None:
            state = await self.store.read(lambda tx: tx.sources.state(source))
        visit, told = Attempt(self, source, state), None
        async with slot:
            order = endpoint_order(state.endpoints, state.working, self.clock())
            async with aclosing(visit.answers(order)) as answers:
                async for endpoint, document in answers:
                    if await visit.judge(endpoint, document):
                        break
            for endpoint in visit.endpoints_to_compare():
                await visit.compare(endpoint)
            # A large document goes in by parts, so that others can write in between; its validators come last.
            while visit.has_more():
                await self.store.write(visit.take_some)
            if visit.reader.lots:
                told = await self.store.write(visit.record_poll, may_wait=True)
        settled: PollReport = told or await self.store.write(visit.record_poll, may_wait=True)
        return settled

    def take_in(
        self, tx: Any, source: Source, endpoint: str, entries: Sequence[Entry], *, shared: Collection[str], asked: str
    ) -> tuple[Counter[Verdict], Counter[str]]:
        """Run dedupe -> store over entries of a document, within one transaction.

        ``shared`` are links that identify no story in it; ``asked`` is the print of what it was tagged and chosen by.
        """
        now = self.clock()
        known = tx.stories.known(source, entries, copied_since=now - self.copy_window)
        decisions = self.decide(entries, known, source=source, endpoint=endpoint, now=now, shared=shared)
        fresh = self._add(tx, decisions, source, endpoint, now)
        numbers: list[int | None] = []
        for place, decision in enumerate(decisions):
            number = numbers[decision.repeats] if decision.repeats is not None else decision.story
            numbers.append(fresh.get(place, number))
        self._keep(tx, list(zip(decisions, numbers, strict=True)), source, now)
        if not self.is_current(asked):
            self._retag(tx, tx.stories.get(sorted(fresh.values())))
            fresh = {}
        self._select(tx, decisions, numbers, fresh, now)
        revised = Counter(name for d in decisions if d.verdict is Verdict.UPDATED for name in d.changed)
        return Counter(decision.verdict for decision in decisions), revised

    def _add(
        self, tx: Any, decisions: Sequence[Decision], source: Source, endpoint: str, now: datetime
    ) -> dict[int, int]:
        """Add the new stories; give their numbers by their decisions' places."""
        new = [(place, d.entry) for place, d in enumerate(decisions) if d.verdict is Verdict.NEW]
        names = [self.name(source, entry, None) for _, entry in new]
        held = tx.stories.existing_uids(names)  # by stories that had the same key before
        named = [
            (self.name(source, entry, now) if name in held else name, entry)
            for name, (_, entry) in zip(names, new, strict=True)
        ]
        added = tx.stories.add(named, source, now, is_confirmed=endpoint == source.home)
        return {place: number for (place, _), number in zip(new, added, strict=True)}

    def _keep(self, tx: Any, decided: Sequence[tuple[Decision, int | None]], source: Source, now: datetime) -> None:
        """Write down what decisions change: the entries, and the stories they were known as."""
        for decision, number in decided:
            if decision.verdict is Verdict.UPDATED:
                tx.stories.revise(number, decision.entry, now, is_reworded=decision.changed != ("link",))
            if decision.is_confirming and number is not None:
                tx.stories.confirm(number)
        said = [(d, number) for d, number in decided if d.verdict is not Verdict.UNCHANGED or d.changed or d.is_rekeyed]
        tx.stories.record(said, source, now)

    def _select(
        self,
        tx: Any,
        decisions: Sequence[Decision],
        numbers: Sequence[int | None],
        chosen: Mapping[int, int],
        now: datetime,
    ) -> None:
        """Have the feeds hold what is new or has changed; for those ``chosen``, by place, that is said already."""
        held: dict[int, Collection[str]] = {number: decisions[place].entry.feeds for place, number in chosen.items()}
        others = {
            number
            for decision, number in zip(decisions, numbers, strict=True)
            if decision.verdict is not Verdict.UNCHANGED and number is not None
        }
        fresh = frozenset(held)
        held.update((story.id, self.select(story)) for story in tx.stories.get(sorted(others - fresh)))
        tx.feeds.join(held, now, fresh=fresh)

    async def ingest(self, source: Source, document: Document) -> PollReport:
        """Take in a document of a source's home that came unasked; what the next question is asked with stays."""
        state = await self.store.read(lambda tx: tx.sources.state(source))
        visit = Attempt(self, source, state)
        await visit.take(document)
        while visit.has_more():
            await self.store.write(visit.take_some)
        ended: PollReport = await self.store.write(visit.end_unasked)
        return ended

    async def fill(self) -> bool:
        """Take one step of filling new or edited feeds from the store, newest first; False when all are full."""
        is_any = await self.store.read(lambda tx: bool(tx.feeds.to_fill()))
        return is_any and bool(await self.store.write(self._fill_step))

    def _fill_step(self, tx: Any) -> bool:
        pending = {name: todo for name, todo in tx.feeds.to_fill().items() if name in self.feeds}
        if not pending:
            return False
        below = max(todo[0] for todo in pending.values())
        stories = self._retagged(tx, tx.stories.below(below, _FILL_STEP))
        held = {story.id: frozenset(self.select(story)) for story in stories}
        next_below = stories[-1].id if len(stories) == _FILL_STEP else 0
        tx.set_meta(RETAG_BELOW, str(min(int(tx.get_meta(RETAG_BELOW) or 0), next_below)))
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
        below = int(tx.get_meta(RETAG_BELOW) or 0)
        old = [story for story in stories if story.id < below]
        return [*(story for story in stories if story.id >= below), *self._retag(tx, old)]

    def _retag(self, tx: Any, stories: Sequence[Story]) -> list[Story]:
        """Tag stories anew."""
        fresh = [replace(story, tags=self.tag(story)) for story in stories]
        for story in fresh:
            tx.stories.retag(story.id, story.tags)
        return fresh
