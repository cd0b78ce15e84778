"""The flow, on one page.

    fetch -> parse -> normalize -> tag -> select -> dedupe -> store -> publish

``collect`` takes one source through it up to its place in the output feeds; ``publish`` writes the feeds that changed.
This module calls and stores; it decides nothing and imports no room: ``app.build`` hands it the parts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from syndicator import urls
from syndicator.models import (
    Decision,
    Document,
    EndpointState,
    Entry,
    Feed,
    FeedState,
    Held,
    Known,
    Outcome,
    Outlet,
    Prepared,
    Profile,
    Source,
    Story,
    Tag,
    Validators,
    Verdict,
    Visit,
)
from syndicator.schedule import (
    PollBounds,
    asking_order,
    asking_with,
    endpoint_after,
    is_misled,
    next_due,
    to_compare,
)

_FILL_STEP = 200
_MOST_AT_ONCE = 200
RETAG_BELOW = "retag_below"
CHECKED, DISAGREED = "documents read both ways", "documents on which both disagreed"
_FREELY: AbstractAsyncContextManager[Any] = nullcontext()


class Fetch(Protocol):
    """Ask one endpoint; failures come back as documents."""

    async def __call__(self, endpoint: str, known: Validators) -> Document: ...  # noqa: D102


class Prepare(Protocol):
    """Parse, normalize, tag, select in a child that can be killed; failures come back as an outcome and a note."""

    async def __call__(  # noqa: D102
        self, document: Document, *, outlet: str, bases: Sequence[str], language: str, now: datetime, items: bytes
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


class Doubt(Protocol):
    """Say in words why a document of which nothing is known looks like another outlet's; empty if it does not."""

    def __call__(  # noqa: D102
        self, profile: Profile, title: str, entries: Sequence[Entry], *, hosts: Iterable[str]
    ) -> str: ...


class Renderer(Protocol):
    """Write a feed's files from its stories; ``bases`` says where each outlet's links lead."""

    def __call__(  # noqa: D102
        self, feed: Feed, stories: Sequence[Story], *, changed_at: datetime, bases: Mapping[str, str]
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The flow's parts, chosen in ``app``. ``store`` runs work in transactions, see ``store.Store``.

    ``tag`` and ``select`` ask the concepts and filters in force, which may be others than those of a document that was
    on its way while they were reloaded; ``is_current`` says whether a print is theirs.
    """

    outlets: Mapping[str, Outlet]
    feeds: Mapping[str, Feed]
    bounds: PollBounds
    store: Any
    fetch: Fetch
    prepare: Prepare
    decide: Decide
    tag: Callable[[Story], tuple[Tag, ...]]
    select: Callable[[Story], Collection[str]]
    is_current: Callable[[str], bool]
    name: Callable[[Source, Entry, datetime | None], str]
    shared_links: Callable[[Sequence[Entry]], Collection[str]]
    copy_window: timedelta
    doubts: Doubt
    enough_known: float
    learn: Callable[[str, Sequence[Entry], Profile | None, datetime], Profile | None]
    render: Renderer
    working_base: Callable[[Outlet, Mapping[str, Sequence[EndpointState]]], str]
    clock: Callable[[], datetime]

    async def collect(
        self, source: Source, state: Any = None, slot: AbstractAsyncContextManager[Any] = _FREELY
    ) -> Visit:
        """Poll one source: ask its endpoints until one answers well, take in what is new, say when it is due again.

        ``state`` is what the store knows of the source, if that was just read. Asking, and having a document at hand,
        takes a ``slot``.
        """
        if state is None:
            state = await self.store.read(lambda tx: tx.sources.state(source))
        visit, told = _Attempt(self, source, state.endpoints), None
        async with slot:
            for endpoint in asking_order(state.endpoints, state.working, self.clock()):
                if await visit.ask(endpoint):
                    break
            for endpoint in visit.to_compare():
                await visit.compare(endpoint)
            # A large document goes in by parts, so that others can write in between; its validators come last.
            while visit.has_more():
                await self.store.write(visit.take_some)
            if visit.lots:
                told = await self.store.write(visit.settle)
        settled: Visit = told or await self.store.write(visit.settle)
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
        held = tx.stories.names_held(names)  # by stories that had the same key before
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

    async def publish(self) -> list[str]:
        """Write the files of every feed whose members changed since they were last written; give their names."""
        stale = await self.store.read(self._stale)
        bases = await self.link_bases({story.outlet for _, _, stories in stale for story in stories})
        for state, feed, stories in stale:
            await asyncio.to_thread(self.render, feed, stories, changed_at=state.changed_at, bases=bases)
            await self.store.write(lambda tx, state=state: tx.feeds.rendered(state.name, state.version))
        return [feed.name for _, feed, _ in stale]

    async def fill(self) -> bool:
        """Take one step of filling new or edited feeds from the store, newest first; False when all are full."""
        is_any = await self.store.read(lambda tx: bool(tx.feeds.to_fill()))
        return is_any and bool(await self.store.write(self._fill_step))

    async def link_bases(self, of: Collection[str]) -> dict[str, str]:
        """Say where the links of these outlets' stories should lead now."""
        outlets = [self.outlets[id_] for id_ in sorted(of) if id_ in self.outlets]
        sources = [source for outlet in outlets for source in outlet.sources]
        states = await self.store.read(lambda tx: tx.sources.states(sources))
        endpoints = {id_: state.endpoints for id_, state in states.items()}
        return {outlet.id: self.working_base(outlet, endpoints) for outlet in outlets}

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
        old = [story for story in stories if story.id < below]
        return [*(story for story in stories if story.id >= below), *self._retag(tx, old)]

    def _retag(self, tx: Any, stories: Sequence[Story]) -> list[Story]:
        """Tag stories anew."""
        fresh = [replace(story, tags=self.tag(story)) for story in stories]
        for story in fresh:
            tx.stories.retag(story.id, story.tags)
        return fresh


@dataclass(slots=True)
class _Lot:
    """What one endpoint's document brought, still to be taken in."""

    endpoint: EndpointState
    title: str
    left: Sequence[Entry]
    shared: Collection[str]
    asked: str


class _Attempt:
    """One poll as it goes: what was asked, what came back, and in the end one transaction for all of it."""

    def __init__(self, pipeline: Pipeline, source: Source, before: Sequence[EndpointState]) -> None:
        self.pipeline, self.source = pipeline, source
        self.outlet = pipeline.outlets[source.outlet]
        self.before = tuple(before)
        self.documents: list[Document] = []
        self.compared: list[Document] = []
        self.title, self.ttl = "", timedelta(0)
        self.items: dict[str, bytes] = {}
        self.lots: list[_Lot] = []
        self.checks: Counter[str] = Counter()
        self.verdicts: Counter[Verdict] = Counter()
        self.revised: Counter[str] = Counter()

    async def ask(self, endpoint: EndpointState) -> bool:
        """Ask one endpoint; say whether it answered well."""
        document, prepared = await self._read(endpoint)
        self.documents.append(document)
        if prepared is not None:
            self.title, self.ttl = prepared.title, prepared.ttl
        return document.outcome.is_good

    def to_compare(self) -> Sequence[EndpointState]:
        """Give the endpoints that are to be read beside the one that answered."""
        if self.outlet.mode != "compare" or not self.documents[-1].outcome.is_good:
            return ()
        interval = self.source.interval or self.pipeline.bounds.interval
        asked = {document.endpoint for document in self.documents}
        rest = (state for state in self.before if state.endpoint not in asked)
        return to_compare(rest, interval, self.pipeline.clock())

    async def compare(self, endpoint: EndpointState) -> None:
        """Ask one endpoint more, for what it shows."""
        document, _ = await self._read(endpoint)
        self.compared.append(document)

    async def _read(self, endpoint: EndpointState) -> tuple[Document, Prepared | None]:
        """Ask one endpoint and, if what it gives is its outlet's, put that by to be taken in."""
        document = await self.pipeline.fetch(endpoint.endpoint, asking_with(endpoint, self.pipeline.clock()))
        prepared: Prepared | None = None
        if document.body is not None:
            found = await self.pipeline.prepare(
                document,
                outlet=self.outlet.id,
                bases=self.outlet.bases,
                language=self.source.language,
                now=self.pipeline.clock(),
                items=await self._items(endpoint),
            )
            if isinstance(found, Prepared):
                doubts = await self._doubts(endpoint, found)
                if doubts:
                    return replace(document, outcome=Outcome.SUSPECT, note=doubts), None
                prepared = found
            else:
                document = replace(document, outcome=found[0], note=found[1])
        if endpoint.held.is_held and document.outcome.is_good:
            note = "held back until you decide, though it shows what is the outlet's own again"
            return replace(document, outcome=Outcome.SUSPECT, note=note), None
        if prepared is not None:
            left_out = await self._put_by(endpoint, prepared)
            notes = filter(None, (left_out, prepared.note, is_misled(endpoint, document)))
            # What was left out is to be looked at again, should the operator come to trust the mirror.
            validators = Validators() if left_out else document.validators
            document = replace(document, note="; ".join(notes), validators=validators)
        return document, prepared

    async def _items(self, endpoint: EndpointState) -> bytes:
        """Give what the endpoint's last good document listed."""
        if endpoint.good_at is None:
            return b""
        listed: bytes = await self.pipeline.store.read(lambda tx: tx.sources.items(self.source, endpoint.endpoint))
        return listed

    async def _doubts(self, endpoint: EndpointState, found: Prepared) -> str:
        """Say why a document may not be the outlet's: a domain that was sold may well answer with a feed."""
        listed = found.known + len(found.entries)
        is_new = all(state.good_at is None for state in self.before)
        enough = self.pipeline.enough_known * listed
        if not found.entries or is_new or found.known >= enough or endpoint.held is Held.RELEASED:
            return ""
        profile, known = await self.pipeline.store.read(
            lambda tx: (
                tx.mirrors.profile(self.source),
                tx.stories.known(self.source, found.entries, copied_since=self.pipeline.clock()),
            )
        )
        familiar = sum(each.key in known.sightings or each.link_key in known.links for each in found.entries)
        if profile is None or found.known + familiar >= enough:
            return ""
        return self.pipeline.doubts(profile, found.title, found.entries, hosts=map(urls.site, self.outlet.bases))

    async def _put_by(self, endpoint: EndpointState, prepared: Prepared) -> str:
        """Put a document by to be taken in; give a note on what is left out of it."""
        left_out: set[str] = set()
        is_trusted = endpoint.endpoint == self.source.home or any(
            endpoint.endpoint.startswith(base + "/") for base in self.outlet.trusted
        )
        foreign = () if is_trusted else tuple(each for each in prepared.entries if _leads_elsewhere(each))
        if foreign:
            profile: Profile | None = await self.pipeline.store.read(lambda tx: tx.mirrors.profile(self.source))
            hosts = profile.hosts if profile else ()
            left_out = {each.key for each in foreign if urls.site(each.link or "") not in hosts}
        entries = tuple(each for each in prepared.entries if each.key not in left_out)
        if entries:
            shared = self.pipeline.shared_links(entries)
            self.lots.append(_Lot(endpoint, prepared.title, entries, shared, prepared.asked))
        self.verdicts[Verdict.UNCHANGED] += prepared.known
        self.checks.update({CHECKED: prepared.was_checked, DISAGREED: prepared.disagrees})
        self.items[endpoint.endpoint] = b"" if left_out else prepared.items
        return f"{len(left_out)} items that lead to other hosts than the outlet's are left out" if left_out else ""

    def has_more(self) -> bool:
        """Say whether more is left to take in than goes into one transaction."""
        return sum(len(lot.left) for lot in self.lots) > _MOST_AT_ONCE

    def take_some(self, tx: Any) -> None:
        """Take in the next part."""
        lot, now = self.lots[0], self.pipeline.clock()
        part, lot.left = lot.left[:_MOST_AT_ONCE], lot.left[_MOST_AT_ONCE:]
        at = lot.endpoint.endpoint
        verdicts, revised = self.pipeline.take_in(tx, self.source, at, part, shared=lot.shared, asked=lot.asked)
        if self.outlet.mode == "compare":
            tx.mirrors.show(self.source, lot.endpoint, part, now)
        if at == self._teacher():
            before = None if lot.endpoint.held is Held.RELEASED else tx.mirrors.profile(self.source)
            if learned := self.pipeline.learn(lot.title, part, before, now):
                tx.mirrors.learn(self.source, learned)
        if not lot.left:
            self.lots.pop(0)
        self.verdicts += verdicts
        self.revised += revised

    def _teacher(self) -> str:
        """Give the endpoint that a source's looks are learned from: the home, or while it never answered, who does."""
        home = self.before[0]
        is_home_heard = home.good_at is not None or any(lot.endpoint is home for lot in self.lots)
        return home.endpoint if is_home_heard else self.documents[-1].endpoint

    def settle(self, tx: Any) -> Visit:
        """Write the poll down: stories, and with them the validators they came with, and when the source is due."""
        while self.lots:
            self.take_some(tx)
        now, last = self.pipeline.clock(), self.documents[-1]
        asked = {document.endpoint: document for document in (*self.documents, *self.compared)}
        after = [
            endpoint_after(state, asked[state.endpoint], self.pipeline.bounds, now)
            if state.endpoint in asked
            else state
            for state in self.before
        ]
        due_at = next_due(
            after,
            last,
            ttl=self.ttl,
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
            title=self.title,
            has_news=self.verdicts[Verdict.NEW] > 0,
            now=now,
            items=self.items,
            held={new.endpoint: new.held for old, new in zip(self.before, after, strict=True) if old.held != new.held},
        )
        for key, count in self.checks.items():
            if count:
                tx.count(key)
        if not self._is_calm():
            self._follow_home(tx, now)
        return Visit(
            source=self.source.id,
            documents=tuple(self.documents),
            compared=tuple(self.compared),
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


def _leads_elsewhere(entry: Entry) -> bool:
    """Say whether an entry's link is under none of its outlet's addresses: the key of one that is names no host."""
    return entry.link_key is not None and not entry.link_key.startswith("~")
