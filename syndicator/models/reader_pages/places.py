"""The pages of places, and maps. Names are the gazetteer's and CLDR's, in the languages of pages and others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syndicator.models.reader_pages.feeds import FeedCard
from syndicator.models.reader_pages.maps import MapView, PlaceName
from syndicator.models.reader_pages.parts import DayStories, Share, StoryRow


class PlaceRole(StrEnum):
    """What a place is to stories: their scene, who acts in them, where they were written, or no more than named.

    ``REGION`` is the scene or who acts, as ``region:`` finds it.
    """

    REGION = "region"
    ABOUT = "about"
    ACTOR = "actor"
    DATELINE = "dateline"
    MENTION = "mention"


class Index(StrEnum):
    """Whether stories are looked up in the search index, in what there is of it yet, or among the latest alone."""

    READY = "ready"
    FILLING = "filling"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesWanted:
    """The places most in the news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceIndexWanted:
    """All countries, and the regions of the world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceWanted:
    """The place with that term; its stories in a role, those with numbers below ``before`` where one is given."""

    term: str
    role: PlaceRole = PlaceRole.REGION
    before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCount:
    """A place with how many of some stories are on it."""

    place: PlaceName
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCount:
    """How many stories have a place in a role; ``is_more`` where counting stopped there."""

    role: PlaceRole
    stories: int
    is_more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenName:
    """Words by which stories in a language named a place, and how many of them did."""

    words: str
    language: str
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSpike:
    """That there is unusually much on a place since a time: so many stories where ``expected`` are usual."""

    since: datetime
    stories: int
    outlets: int
    hours: int
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInNews:
    """A country, a group or an area in the news of the last days, and what it holds that came up lately.

    ``days`` are the last 30, today last.
    """

    place: PlaceName
    week: int
    month: int
    days: tuple[DayStories, ...] = ()
    spike: PlaceSpike | None = None
    within: tuple[PlaceCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesPage:
    """The places most in the news.

    What is within places, and on the map, is of the ``latest`` stories. Where they are all that is counted, days and
    spikes are unknown: ``is_counted`` is false.
    """

    places: tuple[PlaceInNews, ...]
    latest: int
    is_counted: bool
    map: MapView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceIndexPage:
    """All countries, and the regions of the world, in no order: that depends on the language of the page."""

    countries: tuple[PlaceName, ...]
    regions: tuple[PlaceName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePage:
    """A place: how it comes up in the news, and its stories in one role.

    ``kind`` is country, division, subdivision, town, area, site, group or water. ``namesakes`` are places called like
    it that hold it, or that it holds: stories that leave it open which of them they mean have the others as well.
    ``looked_at`` is how many of its latest stories ``words``, ``outlets``, ``topics``, ``within`` and the map are of.
    """

    place: PlaceName
    kind: str
    path: tuple[PlaceName, ...]
    namesakes: tuple[PlaceName, ...]
    groups: tuple[PlaceName, ...]
    members: tuple[PlaceName, ...]
    role: PlaceRole
    stories: tuple[StoryRow, ...]
    before: int
    next_before: int
    index: Index
    roles: tuple[RoleCount, ...]
    days: tuple[DayStories, ...]
    looked_at: int
    words: tuple[SpokenName, ...]
    outlets: tuple[Share, ...]
    topics: tuple[Share, ...]
    within: tuple[PlaceCount, ...]
    feeds: tuple[FeedCard, ...]
    subscribe: tuple[str, ...]
    spike: PlaceSpike | None = None
    map: MapView | None = None
