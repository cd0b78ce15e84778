"""What an operator is shown: one contract for the status page, ``/status.json`` and ``syndicator status``.

Plain frozen values; datetimes are aware UTC. The names of the fields are the keys of the JSON, documented in
``docs/operate.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syndicator.models.documents import Outcome
from syndicator.models.outlets import OutletMode


class Health(StrEnum):
    """How an endpoint or an outlet is doing, in a word that needs no explanation; the best comes first."""

    WORKING = "working"
    UNPOLLED = "not polled yet"
    UNREACHED = "not reached yet"
    SHAKY = "shaky"
    FAILING = "failing"
    GONE = "gone"
    QUARANTINED = "quarantined"

    @property
    def severity(self) -> int:
        """The position among all words, the best being 0."""
        return _SEVERITY[self]

    @property
    def is_failing(self) -> bool:
        """Whether readers get nothing new from it."""
        return self in (Health.FAILING, Health.GONE, Health.QUARANTINED)


_SEVERITY = {health: position for position, health in enumerate(Health)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDifference:
    """An item that an endpoint shows differently from the home: ``fields`` of title, text and link."""

    key: str
    fields: tuple[str, ...]
    title: str
    home_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointComparison:
    """How an endpoint compares with the others of its source; ``notes`` says it in sentences, the worst first.

    ``seen`` counts the items it was judged by. ``missing`` and ``differences`` list the first of
    ``missing_count`` and ``difference_count``.
    """

    notes: tuple[str, ...]
    lag_seconds: int
    seen: int
    missing_count: int
    missing: tuple[str, ...]
    difference_count: int
    differences: tuple[ItemDifference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStatus:
    """One address of a source. ``is_active`` marks the one that the next poll starts with.

    ``failures`` is the weight of the failures in a row; ``latency_seconds`` is a moving average.
    """

    url: str
    is_mirror: bool
    is_active: bool
    health: Health
    outcome: Outcome | None
    note: str
    failures: float
    latency_seconds: float
    last_try_at: datetime | None
    last_ok_at: datetime | None
    next_try_at: datetime | None
    moved_to: str | None
    comparison: EndpointComparison | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """One thing that is polled, with its endpoints, the home first; ``push_until`` is when a hub's lease ends.

    ``asked_by`` names the process that has claimed the host of its home last, where several poll.
    """

    id: str
    title: str
    due_at: datetime
    last_poll_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    push_until: datetime | None
    asked_by: str = ""
    endpoints: tuple[EndpointStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletStatus:
    """One outlet. ``health`` is that of its worst source; ``link_base`` is the mirror that links lead to, if any."""

    id: str
    name: str
    country: str
    language: str
    mode: OutletMode
    health: Health
    last_ok_at: datetime | None
    link_base: str | None
    sources: tuple[SourceStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedProblem:
    """Why an output feed could not be written, since when, and when that is tried again."""

    message: str
    since: datetime
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """One output feed. ``urls`` by format; ``unchecked_stories`` are still to be matched against its filter.

    If it ``is_private``, those addresses want a token.
    """

    name: str
    title: str
    where: str
    stories: int
    unchecked_stories: int
    changed_at: datetime
    urls: dict[str, str]
    problem: FeedProblem | None
    is_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TagStatus:
    """One tag of a story; ``words`` are those it rests on."""

    scheme: str
    term: str
    label: str
    role: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryStatus:
    """One of the latest stories; ``copies`` counts the other outlets that have it, ``page`` is the path of its page."""

    id: str
    page: str
    title: str
    link: str | None
    language: str
    outlet: str
    outlet_name: str
    first_seen: datetime
    updated: datetime
    copies: int
    tags: tuple[TagStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Totals. ``failing`` and ``unpolled`` count outlets; ``cross_checked`` documents were parsed in two ways."""

    outlets: int
    sources: int
    feeds: int
    stories: int
    failing: int
    unpolled: int
    cross_checked: int
    disagreements: int
    mirror_suggestions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillStatus:
    """How many of the ``total`` stories are still to be tagged again or matched against new and edited filters.

    ``feeds`` counts the feeds that are being filled. ``remaining`` is exact unless stories are missing in between.
    """

    remaining: int
    total: int
    feeds: int
    is_retagging: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStatus:
    """How many of the ``total`` stories are still to be indexed for previews and searches.

    ``is_supported`` is false where the database has no full-text search: each story is then tried.
    """

    is_supported: bool
    remaining: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """One of several processes that poll, and the labels by which outlets may ask for it."""

    name: str
    labels: tuple[str, ...]
    version: str
    last_seen_at: datetime
    is_at_work: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How everything is, as of ``made_at``.

    ``refresh_seconds`` is how long it is shown before a new one is made. ``trouble`` are faults of the daemon itself,
    ``config_problems`` those of files that are not in force. ``notices`` are to be known, and are no trouble.
    ``processes`` are those that poll, where the store is one for several.
    """

    version: str
    title: str
    base_url: str
    made_at: datetime
    refresh_seconds: float
    is_well: bool
    trouble: tuple[str, ...]
    config_problems: tuple[str, ...]
    notices: tuple[str, ...] = ()
    counts: Counts
    backfill: BackfillStatus
    search: SearchStatus
    processes: tuple[ProcessStatus, ...] = ()
    outlets: tuple[OutletStatus, ...]
    feeds: tuple[FeedStatus, ...]
    stories: tuple[StoryStatus, ...]
