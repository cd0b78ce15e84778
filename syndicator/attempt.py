"""One poll of one source as it goes, from the first question to the transaction that writes all of it down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syndicator import urls
from syndicator.models import (
    Document,
    EndpointState,
    Entry,
    Held,
    Outcome,
    Prepared,
    Profile,
    Rhythm,
    Source,
    Validators,
    Verdict,
    Visit,
)
from syndicator.schedule import asking, endpoint_after, is_misled, next_due, to_compare

if TYPE_CHECKING:
    from syndicator.pipeline import Pipeline

_MOST_AT_ONCE = 200
CHECKED, DISAGREED = "documents read both ways", "documents on which both disagreed"


@dataclass(slots=True)
class Lot:
    """What one endpoint's document brought, still to be taken in; if ``is_anew``, its source is known by it alone."""

    endpoint: EndpointState
    title: str
    left: Sequence[Entry]
    shared: Collection[str]
    asked: str
    is_anew: bool


class Attempt:
    """One poll as it goes: what was asked, what came back, and in the end one transaction for all of it."""

    def __init__(self, pipeline: Pipeline, source: Source, state: Any) -> None:
        self.pipeline, self.source = pipeline, source
        self.outlet = pipeline.outlets[source.outlet]
        self.before: tuple[EndpointState, ...] = state.endpoints
        self.rhythm: Rhythm = state.rhythm
        self.answer: Prepared | None = None
        self.documents: list[Document] = []
        self.compared: list[Document] = []
        self.items: dict[str, bytes] = {}
        self.lots: list[Lot] = []
        self.checks: Counter[str] = Counter()
        self.verdicts: Counter[Verdict] = Counter()
        self.revised: Counter[str] = Counter()

    async def ask(self, endpoint: EndpointState) -> bool:
        """Ask one endpoint; say whether it answered well."""
        document, prepared = await self._read(endpoint)
        self.documents.append(document)
        if prepared is not None:
            self.answer, self.rhythm = prepared, prepared.rhythm
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
        at, known = asking(endpoint, self.pipeline.clock())
        document = await self.pipeline.fetch(at, known, self.source.way(endpoint.endpoint))
        if at != endpoint.endpoint:
            document = replace(document, endpoint=endpoint.endpoint)
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
            urls.without_user(endpoint.endpoint).startswith(base + "/") for base in self.outlet.trusted
        )
        foreign = () if is_trusted else tuple(each for each in prepared.entries if _leads_elsewhere(each))
        if foreign:
            profile: Profile | None = await self.pipeline.store.read(lambda tx: tx.mirrors.profile(self.source))
            hosts = profile.hosts if profile else ()
            left_out = {each.key for each in foreign if urls.site(each.link or "") not in hosts}
        entries = tuple(each for each in prepared.entries if each.key not in left_out)
        if entries:
            shared = self.pipeline.shared_links(entries)
            is_anew = endpoint.held is Held.RELEASED
            self.lots.append(Lot(endpoint, prepared.title, entries, shared, prepared.asked, is_anew))
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
            known_by = tx.mirrors.profile(self.source)
            if learned := self.pipeline.learn(lot.title, part, None if lot.is_anew else known_by, now):
                tx.mirrors.learn(self.source, learned, is_first=known_by is None)
            lot.is_anew = False
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
            endpoint_after(
                state,
                asked[state.endpoint],
                self.pipeline.bounds,
                now,
                is_familiar=asked[state.endpoint].body is None or self._has_met_known(),
            )
            if state.endpoint in asked
            else state
            for state in self.before
        ]
        due_at = next_due(
            after,
            last,
            rhythm=self.rhythm,
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
            title=self.answer.title if self.answer else "",
            has_news=self.verdicts[Verdict.NEW] > 0,
            now=now,
            rhythm=self.rhythm if self.answer else None,
            items=self.items,
            held={new.endpoint: new.held for old, new in zip(self.before, after, strict=True) if old.held != new.held},
        )
        for key in self.checks.elements():
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
        if (tx.recall(key) or self.outlet.home) != base:
            tx.feeds.touch_outlet(self.outlet.id, now)
            tx.remember(key, base)


def _leads_elsewhere(entry: Entry) -> bool:
    """Say whether an entry's link is under none of its outlet's addresses: the key of one that is names no host."""
    return entry.link_key is not None and not entry.link_key.startswith("~")
