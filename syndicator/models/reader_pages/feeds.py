"""The front page, and the pages of feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from syndicator.models.reader_pages.maps import MapView
from syndicator.models.reader_pages.parts import DayStories, Share, StoryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontWanted:
    """The front page: feeds by title, from page number 1 on."""

    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsWanted:
    """The list of all feeds by title: those ``after`` the one with this name, or from the first on."""

    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWanted:
    """The latest stories of a feed, or those of one ``day``; there, those ``after`` a place in it, if one is given."""

    name: str
    day: date | None = None
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOutletsWanted:
    """The outlets of a feed, as a list to subscribe to."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCard:
    """A feed to subscribe to; ``formats`` are the names of those it is published in."""

    name: str
    title: str
    description: str
    where: str
    language: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A feed with its latest stories and how many it had on each of the last 30 days, today last.

    ``usual`` is the median of the whole days before today on which stories were read; None where those are too few.
    ``outlets`` is how many told its stories in these days, ``languages`` are theirs, the most frequent first.
    """

    feed: FeedCard
    stories: tuple[StoryRow, ...]
    days: tuple[DayStories, ...] = ()
    usual: float | None = None
    outlets: int = 0
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """Some of the public feeds, ``count`` in all; ``outlets`` and ``languages`` count all that is read.

    ``since`` is the day of the oldest story that is stored, None while there is none. ``examples`` are filters that
    find some of the stories shown.
    """

    number: int
    pages: int
    count: int
    outlets: int
    languages: int
    shelves: tuple[Shelf, ...]
    since: date | None = None
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """A feed in the list of all, with how many stories came today and in the last 30 days."""

    feed: FeedCard
    today: int
    month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsPage:
    """Some of the public feeds by title, ``count`` in all; more come ``after`` the last one, if it is named."""

    count: int
    feeds: tuple[FeedLine, ...]
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """An event of a day, as a feed has it: under the title of the oldest story that the feed has of it.

    ``origins`` and ``copies`` count all that readers may know of the event, as do ``languages`` and ``since``.
    ``tellings`` are stories of the feed up to that day, the oldest first; ``more`` is how many others tell the event.
    """

    id: int
    title: str
    language: str
    origins: int
    copies: int
    languages: int
    since: datetime
    tellings: tuple[StoryRow, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDay:
    """A day of a feed: events that the feed has several stories of, and other stories by themselves; latest first.

    ``stories`` is how many it has in all; ``events`` how many events those tell, None where they are too many to say.
    What is not shown follows ``after`` this place.
    """

    day: date
    stories: int
    events: int | None
    told: tuple[FeedEvent | StoryRow, ...]
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """A feed: its latest days, or the ``day`` that was asked for, of which it ``is_continued`` from another page.

    ``days`` are the last 30, today last; ``usual`` and ``since`` are as on the front page. ``outlets_count`` told
    stories in these days. ``languages`` and ``outlets`` are the shares of ``counted`` stories of them: of all, unless
    those are very many; ``more_outlets`` have less. The feed has stories on the ``earlier`` and the ``later`` day, if
    there are any, seen from what is shown. ``map`` has the places of its latest stories.
    """

    feed: FeedCard
    shown: tuple[FeedDay, ...]
    days: tuple[DayStories, ...]
    usual: float | None
    events_today: int | None
    counted: int
    outlets_count: int
    languages: tuple[Share, ...]
    outlets: tuple[Share, ...]
    more_outlets: int = 0
    changed_at: datetime | None = None
    since: date | None = None
    day: date | None = None
    is_continued: bool = False
    earlier: DayStories | None = None
    later: DayStories | None = None
    map: MapView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOutlets:
    """The outlets that told the latest stories of a feed, as a list to subscribe to: OPML."""

    opml: bytes
