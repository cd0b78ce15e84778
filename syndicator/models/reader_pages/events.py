"""Events: their list, the page of one, who told it and who has not, and its tellings as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from syndicator.models.reader_pages.feeds import FeedCard
from syndicator.models.reader_pages.maps import MapView
from syndicator.models.reader_pages.parts import Name, Share, StoryRow, TagChip


class EventOrder(StrEnum):
    """Which events come first: those with the latest stories, or those of the last days with the most origins."""

    LATEST = "latest"
    WIDEST = "widest"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsWanted:
    """Events with a story in a language and of an outlet of a country; empty for any.

    They begin after a key: two numbers, as ``EventsPage.after`` has them. The second is that of an event.
    """

    order: EventOrder = EventOrder.LATEST
    language: str = ""
    country: str = ""
    after: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventWanted:
    """The event of that number, with its stories after the one numbered ``after``."""

    number: int
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTableWanted:
    """All tellings of the event of that number."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFeedWanted:
    """The feed of the event of that number."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCard:
    """An event in a list: the headline, its language and the outlet are those of the oldest telling.

    ``origins`` is how many told it in words of their own; those that credit one agency count once. ``copies`` is how
    many outlets carry the text of another. ``languages`` are those of its stories, ``countries`` those of all outlets
    that tell it, in the order in which they first came. ``first_at`` is when it was first seen, ``last_at`` when its
    latest story was.
    """

    id: int
    title: str
    language: str
    outlet: Name
    first_at: datetime
    last_at: datetime
    stories: int
    origins: int
    copies: int
    languages: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage:
    """Some of the events that have several stories.

    ``after`` is the key that the next ones begin after, "" after the last; there may be more of them where a page has
    few. ``languages`` and ``countries`` are those of all outlets that are read.
    """

    order: EventOrder
    language: str
    country: str
    events: tuple[EventCard, ...]
    after: str
    languages: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingMark:
    """When an outlet told it, and whether that was a copy."""

    at: datetime
    is_copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """An outlet that told an event: first at ``first_at``, ``seconds`` after the first of all.

    It has ``own`` stories in its own words, and ``copies`` of others'. ``marks`` are its first tellings. ``credit`` is
    the agency that its first story is credited to, if any. It ``is_retitled`` where one of its headlines was rewritten.
    """

    outlet: Name
    country: str
    language: str
    first_at: datetime
    seconds: int
    own: int
    copies: int
    marks: tuple[TellingMark, ...]
    credit: str = ""
    is_retitled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPace:
    """How many tellings there were in each ``step``, in seconds, from the first on."""

    step: int
    tellings: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStoryRow:
    """A story of an event, ``seconds`` after the first, and why it was taken for one of it.

    ``score`` is how alike it was to the event's, None where it opened it. It ``is_weak`` where that was just enough.
    """

    story: StoryRow
    seconds: int
    reason: str
    score: float | None
    is_weak: bool


class Silence(StrEnum):
    """What can be said of an outlet that is not known to have told an event, and why no more."""

    SILENT = "silent"  # it answered all the time, and had nothing of it
    SHORT_LIST = "short-list"  # it lists few items and brings many: some may have come and gone between two reads
    GAPS = "gaps"  # it did not answer, or was not asked, for some of the time
    UNREACHED = "unreached"  # it has not answered since before the event
    UNREAD = "unread"  # it has not been asked since before the event
    NEVER = "never"  # it has never answered

    @property
    def is_certain(self) -> bool:
        """Whether it can be called silent."""
        return self is Silence.SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """An outlet that usually tells what those tell who told an event, and is not known to have told it.

    It told ``shared`` of the latest events that they told. Since the day when the event began it was read ``reads``
    times, ``failed`` more reads failed, and the last answer came at ``last_read``. In that time it had ``told``
    stories (100 for 100 or more; None where that is not for everybody). ``listed`` is how many items its document has,
    if that is known; where it has several, the least.
    """

    outlet: Name
    country: str
    shared: int
    silence: Silence
    since: date
    reads: int
    failed: int
    last_read: datetime | None
    told: int | None
    listed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """An event: who told it, in which order, and who has not.

    The numbers are those of the first ``counted`` stories; ``is_cut`` if there are more of them. ``tellers`` are the
    outlets in the order in which they told it, ``more_tellers`` is how many more there are. ``stories`` begin after the
    number that was asked for, ``after`` is the one that the next begin after, 0 after the last. Where it
    ``is_continued``, it has only those. ``absent`` and ``more_absent`` others are held against ``compared``
    events.

    ``related`` are events of other languages that may be the same happening; ``languages`` and ``countries`` count
    their tellings, too. ``tags`` are those of most of its first stories. ``pace`` is there where it has many tellings.
    ``feed`` has all its stories, if there is one. If it ``has_lost_stories``, earlier ones than are shown are past
    retention. ``map`` has the places of its first stories.
    """

    card: EventCard
    counted: int
    is_cut: bool
    stories: tuple[EventStoryRow, ...]
    after: int
    feed: FeedCard | None
    has_lost_stories: bool = False
    is_continued: bool = False
    tellers: tuple[Teller, ...] = ()
    more_tellers: int = 0
    absent: tuple[Absent, ...] = ()
    more_absent: int = 0
    compared: int = 0
    languages: tuple[Share, ...] = ()
    countries: tuple[Share, ...] = ()
    related: tuple[EventCard, ...] = ()
    tags: tuple[TagChip, ...] = ()
    pace: EventPace | None = None
    map: MapView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingRow:
    """A telling as a row of a table: in the outlet's own words, or a ``copy_of`` another outlet's, by its id."""

    first_seen: datetime
    outlet: str
    name: str
    country: str
    language: str
    copy_of: str
    headline: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTable:
    """The tellings of an event, in the order in which they were seen first."""

    id: int
    rows: tuple[TellingRow, ...]
