"""What a filter holds, as of the stories that are stored: for ``syndicator preview`` and pages. Plain frozen values.

Datetimes are aware UTC. The names of the fields are the keys of ``syndicator preview --json``, documented in
``docs/preview.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

# From which character up to, but not including, which other.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewReach:
    """How much of the span was searched.

    ``note`` says in a sentence what is missing, empty if nothing is. ``complete_since`` is from when on nothing is
    missing, ``untried`` how many older stories may match and were not tried in time.
    """

    note: str
    complete_since: datetime
    untried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How many stories came on a day, UTC."""

    day: date
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtForm:
    """A word as stories write it, and how many stories do, whenever they came; None where that is not counted."""

    form: str
    stories: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtForms:
    """The forms in which stories have a word of a filter, the most frequent first; ``count`` is of all of them.

    Of a beginning that next to every word has, no form is listed, and ``count`` is only how many it has at least.
    """

    word: str
    forms: tuple[CaughtForm, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewStory:
    """A story that the filter matches. ``excerpt`` is of its text; ``terms`` are the filter's terms that decide."""

    id: int
    page: str
    title: str
    title_marks: tuple[Span, ...]
    excerpt: str
    excerpt_marks: tuple[Span, ...]
    link: str | None
    language: str
    outlet: str
    outlet_name: str
    first_seen: datetime
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTitle:
    """A story, by its headline."""

    id: int
    title: str
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewDifference:
    """What the filter would change in a feed, within the span; ``joining`` and ``leaving`` are the newest of them.

    Of the stories that were ``untried`` some may join or leave as well.
    """

    feed: str
    members: int
    joins: int
    leaves: int
    untried: int
    joining: tuple[StoryTitle, ...]
    leaving: tuple[StoryTitle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a filter holds of the stories first seen from ``since`` until ``until``.

    ``total`` counts those that match, ``of`` all stories of the span. ``stories`` are the newest that match. ``feed``
    is the feed whose filter it is, empty for any other. ``toml`` is a file that keeps it as a feed.
    """

    where: str
    feed: str
    since: datetime
    until: datetime
    reach: PreviewReach
    total: int
    of: int
    days: tuple[DayCount, ...]
    words: tuple[CaughtForms, ...]
    stories: tuple[PreviewStory, ...]
    difference: PreviewDifference | None
    toml: str
