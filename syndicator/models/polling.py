"""What is known of a source between polls, and what one poll of it brings. Plain frozen values; datetimes are UTC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from syndicator.models.decisions import Verdict
from syndicator.models.documents import Document, EndpointState, Outcome, PollingHints
from syndicator.models.outlets import Outlet
from syndicator.models.status import Health
from syndicator.models.stories import Entry
from syndicator.models.watching import HubLink, MirrorCandidate

# Entries in one transaction: a large document goes in by parts, so that other polls can commit in between.
MOST_PER_TRANSACTION = 200
_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What the store holds about a source.

    ``endpoints`` are in the source's own order, its home first. ``working`` is the endpoint that answered last.
    ``version`` counts changes that were not a poll's: the operator's, a hub's or a reload's.
    """

    id: str
    due_at: datetime
    working: str | None
    title: str
    polled_at: datetime | None
    good_at: datetime | None
    news_at: datetime | None
    polling_hints: PollingHints
    pushed_until: datetime | None
    version: int
    endpoints: tuple[EndpointState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryBatch:
    """Entries of one endpoint's document, to be ingested in one transaction.

    ``endpoint`` is the endpoint's state before the poll, ``title`` the document's own title. ``shared_links`` are link
    keys that identify no story in the document. ``rules_fingerprint`` names the rules that the entries were classified
    by. If it ``relearns``, the source's profile is made from this batch alone.
    """

    endpoint: EndpointState
    title: str
    entries: tuple[Entry, ...]
    shared_links: Collection[str]
    rules_fingerprint: str
    relearns: bool = False


class Collected(NamedTuple):
    """Everything one poll brought, before any of it is written.

    ``outlet`` is the outlet as the poll began with it: a reload may have taken it away.
    ``documents`` are the answers of the endpoints that were asked one after another, without their bodies: the last one
    decides the outcome. ``compared`` are answers of endpoints read beside it. ``known_items`` counts items known by
    their bytes, which are in no batch. ``seen_items`` and ``missing_archives`` are by endpoint. ``hints`` and ``title``
    are those of the document that was accepted, None if none was. ``hub_link`` counts only if ``is_home_read``.
    ``followed`` are answers for what documents led to.
    ``counters`` are to be added to the store's. The source's profile is learned from the ``teacher`` endpoint.

    A named tuple, as is ``PollRecord``: every poll makes one, and a frozen dataclass of so many fields costs ten times
    as much to make.
    """

    outlet: Outlet
    state: SourceState
    documents: tuple[Document, ...]
    compared: tuple[Document, ...] = ()
    batches: tuple[EntryBatch, ...] = ()
    known_items: int = 0
    seen_items: Mapping[str, bytes] = _EMPTY
    missing_archives: Mapping[str, str] = _EMPTY
    hints: PollingHints | None = None
    title: str = ""
    hub_link: HubLink | None = None
    is_home_read: bool = False
    candidates: frozenset[MirrorCandidate] = frozenset()
    counters: Mapping[str, int] = _EMPTY
    teacher: str = ""
    followed: tuple[Document, ...] = ()

    def split(self) -> tuple[tuple[EntryBatch, ...], Collected]:
        """Return the parts to ingest in transactions of their own, and what is left for the last one."""
        left = sum(len(each.entries) for each in self.batches)
        if left <= MOST_PER_TRANSACTION:
            return (), self
        early: list[EntryBatch] = []
        late = list(self.batches)
        while left > MOST_PER_TRANSACTION:
            batch = late.pop(0)
            part, rest = batch.entries[:MOST_PER_TRANSACTION], batch.entries[MOST_PER_TRANSACTION:]
            early.append(replace(batch, entries=part))
            left -= len(part)
            if rest:
                late.insert(0, replace(batch, entries=rest, relearns=False))
        return tuple(early), self._replace(batches=tuple(late))


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What ingesting entries came to: how many of each verdict, and which fields of stories were revised.

    ``old_news`` counts new stories that were old when they came. ``arrived`` has the dates of entries that were not
    known before, whatever they were taken for.
    """

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    revised: Counter[str] = field(default_factory=Counter)
    old_news: int = 0
    arrived: tuple[datetime | None, ...] = ()

    def __add__(self, other: IngestReport) -> IngestReport:
        """Return the sum of two reports; one that holds nothing, as most do, costs nothing to add."""
        if not other.verdicts:
            return self
        if not self.verdicts:
            return other
        return IngestReport(
            verdicts=self.verdicts + other.verdicts,
            revised=self.revised + other.revised,
            old_news=self.old_news + other.old_news,
            arrived=self.arrived + other.arrived,
        )


NOTHING_INGESTED = IngestReport()


class PollRecord(NamedTuple):
    """What a poll writes about its source: the endpoints that were asked, and when it is due again.

    ``seen_items`` are by endpoint. ``working``, ``title``, ``hints`` and ``news_at`` keep their stored values where
    they are None.
    """

    source: str
    version: int
    polled_at: datetime
    due_at: datetime
    endpoints: tuple[EndpointState, ...]
    working: str | None = None
    title: str | None = None
    news_at: datetime | None = None
    hints: PollingHints | None = None
    seen_items: Mapping[str, bytes] = _EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChange:
    """An endpoint whose health is another after a poll."""

    endpoint: str
    before: Health
    after: Health
    outcome: Outcome


class PollReport(NamedTuple):
    """One poll of one source, told: what each endpoint asked answered, and what came of it.

    ``compared`` are documents of endpoints that need not have been asked. ``health_changes`` are there where one
    failed, now or before. A named tuple, as is ``Collected``.
    """

    source: str
    documents: tuple[Document, ...]
    verdicts: Mapping[Verdict, int]
    revised: Mapping[str, int]
    next_due: datetime
    compared: tuple[Document, ...] = ()
    failed_over: bool = False
    old_news: int = 0
    health_changes: tuple[HealthChange, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The outcome of the last endpoint asked, which is the one that counts."""
        return self.documents[-1].outcome
