"""The pages of places: the most in the news, and one of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise

from syndicator.models import Tag
from syndicator.models.formats import DEFAULT_FORMATS
from syndicator.models.reader_pages import (
    DayStories,
    FeedCard,
    MapView,
    Moved,
    PlaceIndexPage,
    PlaceIndexWanted,
    PlaceInNews,
    PlacePage,
    PlaceRole,
    PlacesPage,
    PlacesWanted,
    PlaceWanted,
    RoleCount,
)
from syndicator.query import resolved
from syndicator.query.tree import REGION_FIELDS, AllOf, AnyOf, FieldEquals, Where
from syndicator.runtime.reader_pages.feed_card import card
from syndicator.runtime.reader_pages.maps import places_map
from syndicator.runtime.reader_pages.place_names import PlaceNames
from syndicator.runtime.reader_pages.place_stories import PlaceStories
from syndicator.runtime.reader_pages.place_tags import PlaceTags, told_regions, within_regions
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows
from syndicator.runtime.reader_pages.volumes import (
    DAYS,
    RegionCount,
    counted_days,
    regions_counted,
    spike_of,
    spikes_of,
)
from syndicator.store import TaggedStory
from syndicator.store.search_terms import ANYTHING
from syndicator.tag.gazetteer import Region

PER_PAGE = 10
MOST_PLACES, MOST_WITHIN, MOST_DOTS = 20, 4, 20
# So many of the latest stories say what lies within places.
LATEST = 400
# Of a place's latest stories so many are looked at for what is beside it.
LOOKED_AT = 200
# Counting stops there: a country at war has more in a month; of groups, each country is looked up.
MOST_COUNTED, MOST_OF_GROUPS = 2000, 500
_MOST_FEEDS = 10
_ROLES = (PlaceRole.ABOUT, PlaceRole.ACTOR, PlaceRole.DATELINE, PlaceRole.MENTION)


def place_page(reading: Reading, wanted: PlaceWanted) -> PlacePage | Moved | None:
    """Return the page of a place; None where the gazetteer has none of that term."""
    names = PlaceNames(reading.rules.config.gazetteer)
    place = names.gazetteer.find(wanted.term.casefold())
    if place is None:
        return None
    region = names.gazetteer.region(place)
    if region.term != wanted.term:
        return Moved(path=f"places/{region.term}")
    members = names.gazetteer.groups.get(region.term, ())
    stories = PlaceStories(reading, (region.term, *members))
    shown = stories.latest(wanted.role, PER_PAGE, below=wanted.before)
    month = _Month(reading, stories, MOST_OF_GROUPS if members else MOST_COUNTED)
    latest = stories.latest(PlaceRole.REGION, LOOKED_AT).found
    tags = PlaceTags(reading, names, stories, region, latest)
    return PlacePage(
        place=names.everywhere(place),
        kind=place.kind.name.lower(),
        path=names.all_named(region.path[:-1]),
        namesakes=tuple(map(names.of, names.namesakes(place))),
        groups=names.groups_of(region),
        members=names.all_named(members),
        role=wanted.role,
        stories=tuple(rows(reading, reading.stories(shown.found), has_tags=True)),
        before=wanted.before,
        next_before=shown.next_below,
        index=stories.index,
        roles=tuple(map(month.count, _ROLES)),
        days=counted_days(reading, region.term) or month.days(),
        looked_at=len(latest),
        words=tags.words(),
        outlets=tags.outlets(),
        topics=tags.topics(),
        within=tags.within(),
        feeds=_feeds(reading, region.term),
        subscribe=DEFAULT_FORMATS if reading.rules.config.on_demand.is_enabled else (),
        spike=spike_of(reading, region.term),
        map=_map(reading, names, region, tags),
    )


def _map(reading: Reading, names: PlaceNames, region: Region, tags: PlaceTags) -> MapView | None:
    """Return a map of what is told within a place, or for what lies in a country, within what holds it."""
    if names.gazetteer.groups.get(region.term):
        return places_map(reading, tags.all, most=MOST_DOTS)
    within = region.path[-2] if len(region.path) > 1 else region.term
    home = region.path[0] if names.gazetteer.country(region.path[0]) is not None else ""
    return places_map(reading, tags.all, home=home, within=within, most=MOST_DOTS)


def places_page(reading: Reading, _wanted: PlacesWanted) -> PlacesPage:
    """Return the places most in the news."""
    names = PlaceNames(reading.rules.config.gazetteer)
    tags = [each.tags for each in _latest(reading).values()]
    counted = regions_counted(reading, MOST_PLACES)
    within = within_regions(tags)
    spikes = spikes_of(reading, [each.series for each in counted])
    return PlacesPage(
        places=tuple(
            PlaceInNews(
                place=names.named(each.term),
                week=each.week,
                month=each.month,
                days=each.days,
                spike=spikes.get(each.series),
                within=names.counted(within.get(each.term, ()))[:MOST_WITHIN],
            )
            for each in counted or _told(tags)
        ),
        latest=len(tags),
        is_counted=bool(counted),
        map=places_map(reading, tags, most=MOST_DOTS),
    )


def place_index(reading: Reading, _wanted: PlaceIndexWanted) -> PlaceIndexPage:
    """Return all countries, and the regions of the world."""
    names = PlaceNames(reading.rules.config.gazetteer)
    return PlaceIndexPage(countries=names.all_named(names.countries), regions=names.regions)


def _told(tags: Sequence[Sequence[Tag]]) -> list[RegionCount]:
    """Return how many of some stories regions have, without days."""
    most = sorted(told_regions(tags).items(), key=lambda item: (-item[1], item[0]))[:MOST_PLACES]
    return [RegionCount(term=term, series=0, week=0, month=count) for term, count in most]


def _latest(reading: Reading) -> Mapping[int, TaggedStory]:
    """Return the latest stories that readers may see."""
    numbers = reading.tx.search.find(ANYTHING, limit=LATEST)
    return reading.tx.stories.tagged(reading.visible(numbers))


class _Month:
    """The stories of a place in the last days, today among them."""

    def __init__(self, reading: Reading, stories: PlaceStories, most: int) -> None:
        self._reading, self._stories, self._most = reading, stories, most
        today = reading.now.date()
        self._dates = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
        self._since = self._first_on(self._dates[0])

    def _first_on(self, day: date) -> int:
        """Return the number of the first story of a day, or of a later one."""
        first = self._reading.tx.search.first_since(datetime.combine(day, time(), UTC))
        return self._reading.tx.stories.last_number() + 1 if first is None else first

    def count(self, role: PlaceRole) -> RoleCount:
        """Return how many stories have the place in a role."""
        found = self._stories.latest(role, self._most, since=self._since)
        return RoleCount(role=role, stories=len(found.found), is_more=found.next_below > 0)

    def days(self) -> tuple[DayStories, ...]:
        """Return how many stories there are on each day, today last; only days of which all are looked at."""
        found = self._stories.latest(PlaceRole.REGION, self._most, since=self._since)
        starts = [self._first_on(day) for day in self._dates]
        days = zip(self._dates, starts, _per_span(sorted(found.found), starts), strict=True)
        return tuple(DayStories(day=day, stories=count) for day, first, count in days if first >= found.next_below)


def _per_span(numbers: Sequence[int], starts: Sequence[int]) -> list[int]:
    """Return how many of some rising numbers are in each span, that reaches up to the next one's start."""
    ends = [*(bisect_left(numbers, start) for start in starts), len(numbers)]
    return [end - begin for begin, end in pairwise(ends)]


def _feeds(reading: Reading, term: str) -> tuple[FeedCard, ...]:
    """Return the first public feeds whose filters ask for a place, by title."""
    filters, wanted = reading.rules.filters, term.casefold()
    found = (
        feed
        for feed in sorted(reading.feeds.values(), key=lambda feed: (feed.title.casefold(), feed.name))
        if not reading.rules.uses_private(feed.name) and _asks_for(resolved(filters[feed.name], filters), wanted)
    )
    return tuple(card(reading, feed) for feed in islice(found, _MOST_FEEDS))


def _asks_for(where: Where, term: str) -> bool:
    match where:
        case AllOf(parts) | AnyOf(parts):
            return any(_asks_for(part, term) for part in parts)
        case FieldEquals(field, value):
            return field in REGION_FIELDS and value == term
        case _:
            return False
