"""The operators' pages, as models: what ``syndicator.models.ops`` has, put together. See ``docs/operate.md``."""

from __future__ import annotations

from dataclasses import dataclass

from syndicator.models.ops import (
    AlertRow,
    Choice,
    CountryRow,
    DayTotal,
    EventRow,
    FileProblem,
    Frame,
    OutletRow,
    OutletState,
    Rhythm,
    SourcePanel,
    Step,
    Wanted,
)
from syndicator.models.status import FeedStatus, OutletStatus, ProcessStatus, StoryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewPage:
    """The front page of operators.

    ``addresses`` counts endpoints. ``alerts`` are the first of ``alert_count``; ``ended`` counts those of seven days.
    ``matching`` counts the outlets that are asked for, ``first`` is the position of the first one here, from 1.
    ``next_after`` is the key for the page after this one. ``processes`` are those that poll, if there are several.
    """

    frame: Frame
    outlets: int
    sources: int
    addresses: int
    not_well: int
    unpolled: int
    alert_count: int
    alerts: tuple[AlertRow, ...]
    ended: int
    mirror_suggestions: int
    unwritten_feeds: int
    days: tuple[DayTotal, ...]
    countries: tuple[CountryRow, ...]
    states: tuple[Choice, ...]
    choices_country: tuple[Choice, ...]
    choices_language: tuple[Choice, ...]
    wanted: Wanted
    matching: int
    first: int
    rows: tuple[OutletRow, ...]
    next_after: str
    processes: tuple[ProcessStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletPage:
    """All that is known of one outlet. ``days`` are the last thirty."""

    frame: Frame
    outlet: OutletStatus
    country_name: str
    state: OutletState
    file: str
    alerts: tuple[AlertRow, ...]
    strip: str
    per_day: float | None
    days: tuple[DayTotal, ...]
    sources: tuple[SourcePanel, ...]
    rhythm: Rhythm | None
    events: tuple[EventRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsPage:
    """Alerts that are open, the first of ``open_count``; those that ended last; the log, the latest first.

    ``next_open`` and ``next_before`` are the keys for further alerts and earlier lines, empty or None at the end.
    """

    frame: Frame
    open_count: int
    open: tuple[AlertRow, ...]
    next_open: str
    ended: tuple[AlertRow, ...]
    log: tuple[EventRow, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationPage:
    """What is wrong with the configuration, and what is in force."""

    frame: Frame
    folder: str
    problems: tuple[FileProblem, ...]
    warnings: tuple[FileProblem, ...]
    outlets: int
    sources: int
    feeds: int
    concepts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPage:
    """What is under way: the first look at outlets, feeds being filled, stories being indexed. ``headline`` sums up."""

    frame: Frame
    headline: str
    steps: tuple[Step, ...]
    alerts: tuple[AlertRow, ...]
    waiting: tuple[OutletRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsPage:
    """Output feeds, a page of ``feed_count``, and the latest stories. ``next_after`` is the key for further feeds."""

    frame: Frame
    feed_count: int
    story_count: int
    feeds: tuple[FeedStatus, ...]
    next_after: str
    stories: tuple[StoryStatus, ...]
    cross_checked: int
    disagreements: int


OpsPage = OverviewPage | OutletPage | AlertsPage | ConfigurationPage | ProgressPage | FeedsPage
