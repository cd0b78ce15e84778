"""The pages of a search: what a filter finds, how to write one, and what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from syndicator.models.preview import CaughtForms
from syndicator.models.reader_pages.parts import DayStories, Name, StoryRow

# How far back a search looks: hours by their name in addresses; 0 is as far as there are stories.
SEARCH_SPANS = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24, "1y": 365 * 24, "all": 0}
USUAL_SPAN = "30d"
LONGEST_SEARCH = 1000
# Where what a search finds is a feed, by the formats' names: "search.json" is the page's own twin.
SEARCH_FEEDS = {"atom": "search.atom", "rss": "search.rss", "json": "search.feed.json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWanted:
    """Stories that the filter ``text`` finds: those of a span of ``SEARCH_SPANS``, or those of one ``day``.

    ``after`` is the number of the story after which the page begins.
    """

    text: str = ""
    span: str = USUAL_SPAN
    day: date | None = None
    after: int | None = None
    is_oldest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidPart:
    """A part of a sentence; those that are ``of_filter`` are a filter's own words, in whatever language."""

    text: str
    of_filter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerm:
    """A term that each result has to have, and the filter without it."""

    term: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrower:
    """How many results a term would keep, what it stands for, and the filter with it."""

    term: str
    of: Name
    stories: int
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """Terms of one ``kind`` (language, outlet, place, topic) by which results can be narrowed."""

    kind: str
    choices: tuple[Narrower, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """What a filter finds of the stories first seen from ``since`` until ``until``; ``normal`` is how we write it.

    ``said`` is the filter as a sentence. ``total`` are all results, ``events`` and ``outlets`` those of the newest
    ``counted``, by which ``facets`` and ``words`` are counted as well. ``stories`` are those from the one at ``place``
    on, from 1; ``next`` is the number to go on after, None on the last page.

    Not all stories were looked at where ``complete_since`` is given, which is from when on all were: time was over, or
    where ``is_indexing``, the index of older stories is still being made. Each of ``days`` stands for ``bar_days``.
    """

    text: str
    normal: str
    span: str
    day: date | None
    is_oldest_first: bool
    since: datetime
    until: datetime
    said: tuple[SaidPart, ...]
    total: int
    counted: int
    events: int
    outlets: int
    place: int
    stories: tuple[StoryRow, ...]
    next: int | None
    complete_since: datetime | None
    is_indexing: bool
    days: tuple[DayStories, ...]
    bar_days: int
    words: tuple[CaughtForms, ...]
    terms: tuple[SearchTerm, ...]
    facets: tuple[Facet, ...]
    advice: tuple[str, ...]
    toml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchExample:
    """A filter that finds something, and in a sentence what."""

    where: str
    said: tuple[SaidPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStart:
    """Nothing is searched for yet: filters to begin with."""

    examples: tuple[SearchExample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A filter to write instead, and how many stories it finds, None where that could not be counted in time."""

    where: str
    stories: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchMistake:
    """What is wrong with a filter: the ``shown`` line of it, and the place there, characters from ``start`` on.

    ``word`` is what stands there.
    """

    message: str
    line: int
    column: int
    shown: str
    start: int
    width: int
    word: str
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchMistakes:
    """A filter that cannot be read."""

    text: str
    span: str
    mistakes: tuple[SearchMistake, ...]
    examples: tuple[SearchExample, ...]
