"""The list of outlets, and the page of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syndicator.models.reader_pages.parts import DiffPart, Name, SeenDay, Share, StoryRow


class OutletOrder(StrEnum):
    """In which order outlets are listed: by country, by name, or with the latest news first."""

    COUNTRY = "country"
    NAME = "name"
    NEWS = "news"


class AddressState(StrEnum):
    """What became of asking an address. Who did not answer is never called silent."""

    ANSWERS = "answers"
    REFUSES = "refuses"
    NO_ANSWER = "no answer"
    UNSEEN = "not looked at"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletsWanted:
    """A page of outlets; empty texts ask for any. ``words`` are in the name, the id or an address.

    ``after`` is the key of the outlet after which the page begins.
    """

    order: OutletOrder = OutletOrder.COUNTRY
    country: str = ""
    language: str = ""
    words: str = ""
    after: str = ""
    rows: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A country or a language, and how many outlets have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletLine:
    """An outlet in a list.

    ``per_day`` is how many stories it had on the days of the last 30 on which it was read, None where these are too
    few. ``news_at`` is when it last told something new. ``state`` is that of the best of its addresses, as of
    ``good_at`` or ``looked_at``; it ``is_carried`` where only a mirror answers.
    """

    outlet: Name
    country: str
    per_day: float | None
    news_at: datetime | None
    mirrors: int
    state: AddressState
    is_carried: bool
    good_at: datetime | None
    looked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletsPage:
    """A page of outlets: ``matching`` of ``count`` are as they are wanted, the first here is number ``first`` of them.

    ``next_after`` is the key for the next page, empty on the last one.
    """

    wanted: OutletsWanted
    count: int
    matching: int
    first: int
    outlets: tuple[OutletLine, ...]
    next_after: str
    countries: tuple[Choice, ...]
    languages: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletWanted:
    """The page of an outlet, with its stories numbered below ``before``; 0 for the latest."""

    id: str
    before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressComparison:
    """What an address showed in the last week, beside the others of its outlet.

    It was ``seconds_behind`` them in the middle. Of ``seen`` items that it was compared by, it lacked ``missing`` ones,
    and had other words than the home in ``differing`` ones.
    """

    seconds_behind: int
    seen: int
    missing: int
    differing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One of the addresses at which an outlet can be read.

    ``link`` is empty where it must not be followed, or only Tor Browser can. ``good_at`` is when it last gave what it
    should, ``looked_at`` when it was last asked. ``comparison`` is None where addresses are not compared.
    """

    text: str
    link: str
    is_home: bool
    is_hidden_service: bool
    state: AddressState
    good_at: datetime | None
    looked_at: datetime | None
    comparison: AddressComparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineChange:
    """A headline that was rewritten, and when; ``title`` is a word diff."""

    story: int
    at: datetime
    title: tuple[DiffPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedStory:
    """A story whose page the outlet took away: it is known to be gone ``since``."""

    story: int
    title: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletMonth:
    """How an outlet told in 30 days: ``own`` stories, those ``copied`` from others, and own ones ``copied_by`` others.

    Of its own, the headlines of ``retitled`` ones were rewritten. Where there were more, ``looked_at`` of its latest
    stories and items count, else it is 0.
    """

    own: int
    copied: int
    copied_by: int
    looked_at: int
    retitled: int
    changes: tuple[HeadlineChange, ...]
    deleted: tuple[DeletedStory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBy:
    """What an outlet's source is known by at any address: its title, and the sites that its items lead to."""

    title: str
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingFeed:
    """A public feed that holds ``stories`` of the latest ones of an outlet."""

    name: str
    title: str
    language: str
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletPage:
    """All that readers are told of an outlet. One that is no longer read has no country and no language.

    ``strip`` has a letter for each of the last 90 days: see ``models.days``; ``days`` are the last 30 of them.
    ``polls`` is how often a day each of its ``sources`` was asked in the last week, None where that is not known. It
    ``is_checked`` if pages that it takes away are noticed.
    ``places`` and ``topics`` are of its ``sampled`` latest stories. ``feed`` is the name of its own feed, empty where
    there are none on demand. ``next_before`` is the number below which older stories are, 0 if there are none.
    """

    outlet: Name
    country: str
    home: str
    is_read: bool
    before: int
    addresses: tuple[Address, ...]
    stories: tuple[StoryRow, ...]
    next_before: int
    strip: str
    days: tuple[SeenDay, ...]
    per_day: float | None
    polls: float | None
    sources: int
    month: OutletMonth
    is_checked: bool
    known_by: tuple[KnownBy, ...]
    sampled: int
    places: tuple[Share, ...]
    topics: tuple[Share, ...]
    feeds: tuple[HoldingFeed, ...]
    feed: str
