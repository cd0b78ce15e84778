"""What the operators' pages show: one contract for each page and its JSON twin. Frozen values; datetimes are UTC.

The names of the fields are the keys of the JSON, documented in ``docs/operate.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syndicator.models.status import SourceStatus


class OutletState(StrEnum):
    """How an outlet is doing, alerts included; the best comes first."""

    WORKING = "working"
    QUIET = "quiet"
    UNPOLLED = "not polled yet"
    UNREACHED = "not reached yet"
    SHAKY = "shaky"
    SILENT = "silent"
    FAILING = "failing"
    GONE = "gone"
    QUARANTINED = "quarantined"

    @property
    def rank(self) -> int:
        """The position among all, the worst being 0."""
        return _RANK[self]

    @property
    def is_well(self) -> bool:
        """Whether nobody need look at it."""
        return self.rank > _RANK[OutletState.SHAKY]


_RANK = {state: len(OutletState) - 1 - position for position, state in enumerate(OutletState)}


class Order(StrEnum):
    """In which order outlets are listed."""

    WORST = "worst"
    NAME = "name"
    NEWS = "news"

    @property
    def words(self) -> str:
        """What a person reads."""
        return _ORDERS[self]


_ORDERS = {Order.WORST: "worst first", Order.NAME: "name", Order.NEWS: "last news"}
NOT_WELL = "not well"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which outlets are asked for; empty texts ask for any. ``state`` may also be ``not well``.

    ``after`` is the key of the outlet after which the page begins.
    """

    state: str = ""
    country: str = ""
    language: str = ""
    words: str = ""
    order: Order = Order.WORST
    rows: int = 40
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line to be typed, and what it does."""

    line: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert as it is shown. ``label`` and ``name`` say in words what it is and on what; ``page`` is where that is.

    ``page`` is relative to ``/ops/``, empty if there is none. ``language`` is that of the name, ``outlet`` the name of
    the outlet that it is about, if there is one. ``decisions`` are commands that settle it, ``commands`` the others.
    """

    id: int
    kind: str
    label: str
    subject: str
    name: str
    language: str
    page: str
    outlet: str
    is_urgent: bool
    words: str
    evidence: tuple[str, ...]
    since: datetime
    ended_at: datetime | None
    acknowledged_at: datetime | None
    muted_until: datetime | None
    is_covered: bool
    decisions: tuple[Command, ...]
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A line of the log of operations."""

    id: int
    at: datetime
    label: str
    phase: str
    name: str
    language: str
    page: str
    outlet: str
    words: str
    alert: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page shows around its own part. ``refresh`` is after how many seconds it asks again by itself, or 0.

    ``offline`` says in words that this machine is, empty if it is not.
    """

    title: str
    version: str
    base_url: str
    made_at: datetime
    alerts: int
    problems: int
    offline: str
    trouble: tuple[str, ...]
    notices: tuple[str, ...]
    refresh: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRow:
    """An outlet in a list. ``strip`` has a letter for each of 90 days, the last being today: see ``models.days``.

    ``per_day`` counts new items, the mean of the days on which it was asked; None if there were none.
    """

    id: str
    name: str
    country: str
    language: str
    state: OutletState
    strip: str
    per_day: float | None
    last_news_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value to filter by: what it is called, and how many outlets have it."""

    value: str
    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryRow:
    """A country that is out of step: an alert on it, or more outlets that are not well than are."""

    country: str
    name: str
    words: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotal:
    """New items of all outlets on a day; None if nobody was asked."""

    date: str
    new: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """An item, when the home showed it, and how many seconds later each other address did; None where it is missing.

    ``later`` is by address. ``differing`` are the addresses that show it in other words.
    """

    title: str
    at: datetime | None
    later: dict[str, int | None]
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPanel:
    """Who answers at a host: who issued its certificate, until when that is valid, the networks of its addresses."""

    issuer: str
    valid_until: datetime | None
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePanel:
    """A source with its addresses, its days, and who of them carried what when.

    ``polled`` is a sentence on when it is polled, empty while its rhythm is not known. ``doors`` are by host.
    """

    source: SourceStatus
    strip: str
    carried: tuple[Carried, ...]
    carried_count: int
    polled: str
    doors: Mapping[str, DoorPanel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often an outlet has news, and when it would be called quiet or silent; None where that is not known yet.

    ``usual`` is a sentence. Since the newest item ``missed`` ones were to be expected; ``longest`` is how many were in
    the longest lull of late. ``lulls`` of at least eight that are needed were seen. Where the operator says that
    something is expected every so often, ``expect`` has in words how often, and only that decides.
    """

    usual: str
    newest_at: datetime
    quiet_at: datetime | None
    silent_at: datetime | None
    missed: float
    longest: float
    lulls: int
    expect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """A mistake in the configuration. ``picture`` is the line with marks below the place, where there is one.

    ``advice`` are lines that say what to write instead, ``in_force`` what holds meanwhile.
    """

    file: str
    key: str
    place: str
    message: str
    picture: str
    advice: tuple[str, ...]
    in_force: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that takes its time. ``done`` of ``total``; ``state`` is a word, and ``words`` says more."""

    name: str
    state: str
    words: str
    done: int
    total: int
