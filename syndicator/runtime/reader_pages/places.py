"""The pages of places: the most in the news, and one of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from syndicator.models.formats import DEFAULT_FORMATS
from syndicator.models.reader_pages import (
    DayStories,
    FeedCard,
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
from syndicator.runtime.reader_pages.feeds import card
from syndicator.runtime.reader_pages.maps import places_map
from syndicator.runtime.reader_pages.place_names import PlaceNames
from syndicator.runtime.reader_pages.place_stories import PlaceStories
from syndicator.runtime.reader_pages.place_tags import PlaceTags, told_regions, within_regions
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows
from syndicator.runtime.reader_pages.volumes import DAYS, RegionCount, days_of, regions_counted, spike_of, spikes_of
from syndicator.store.search_terms import ANYTHING
from syndicator.store.stories import Tagging
from syndicator.tag.gazetteer import Kind

PER_PAGE = 12
MOST_PLACES, MOST_WITHIN, MOST_DOTS = 20, 4, 20
# So many of the latest stories say what lies within places.
LATEST = 600
# Of a place's latest stories so many are looked at for what is beside it.
LOOKED_AT = 300
# Counting stops there: a country at war has more in a month.
MOST_COUNTED = 5000
_ROLES = (PlaceRole.ABOUT, PlaceRole.ACTOR, PlaceRole.DATELINE, PlaceRole.MENTION)


def place_page(reading: Reading, wanted: PlaceWanted) -> PlacePage | Moved | None:
    """Return the page of a place; None where the gazetteer has none of that term."""
    names = PlaceNames(reading.rules.config.gazetteer)
    place = names.gazetteer.find(wanted.term)
    if place is None:
        return None
    region = names.gazetteer.region(place)
    if region.term != wanted.term:
        return Moved(path=f"places/{region.term}")
    members = names.gazetteer.groups.get(region.term, ())
    stories = PlaceStories(reading, (region.term, *members))
    shown = stories.latest(wanted.role, PER_PAGE, below=wanted.before)
    month = _Month(reading, stories)
    latest = stories.latest(PlaceRole.REGION, LOOKED_AT).found
    tags = PlaceTags(reading, names, stories, region, latest)
    within = "" if place.kind is Kind.GROUP else region.path[-2] if len(region.path) > 1 else region.term
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
        days=month.days(),
        looked_at=len(latest),
        words=tags.words(),
        outlets=tags.outlets(),
        topics=tags.topics(),
        within=tags.within(),
        feeds=_feeds(reading, region.term),
        subscribe=DEFAULT_FORMATS if reading.rules.config.on_demand.is_enabled else (),
        spike=spike_of(reading, region.term),
        map=places_map(reading, tags.all, home=region.path[0] if len(region.path[0]) == 2 else "", within=within),  # noqa: PLR2004 - a country's code
    )


def places_page(reading: Reading, _wanted: PlacesWanted) -> PlacesPage:
    """Return the places most in the news."""
    names = PlaceNames(reading.rules.config.gazetteer)
    tags = [each.tags for each in _latest(reading).values()]
    counted = regions_counted(reading)
    within, lately = within_regions(tags), told_regions(tags)
    most = counted or {term: RegionCount(0, 0, count) for term, count in lately.items()}
    shown = sorted(most, key=lambda term: (-most[term].week, -most[term].month, term))[:MOST_PLACES]
    days = days_of(reading, [most[term].series for term in shown]) if counted else {}
    spikes = spikes_of(reading, [most[term].series for term in shown]) if counted else {}
    return PlacesPage(
        places=tuple(
            PlaceInNews(
                place=names.named(term),
                week=most[term].week,
                month=most[term].month,
                days=days.get(most[term].series, ()),
                spike=spikes.get(most[term].series),
                within=names.counted(within.get(term, ()))[:MOST_WITHIN],
            )
            for term in shown
        ),
        latest=len(tags),
        is_counted=bool(counted),
        map=places_map(reading, tags, most=MOST_DOTS),
    )


def place_index(reading: Reading, _wanted: PlaceIndexWanted) -> PlaceIndexPage:
    """Return all countries, and the regions of the world."""
    names = PlaceNames(reading.rules.config.gazetteer)
    return PlaceIndexPage(countries=names.all_named(names.countries), regions=names.regions)


def _latest(reading: Reading) -> Mapping[int, Tagging]:
    """Return the latest stories that readers may see."""
    numbers = reading.tx.search.find(ANYTHING, limit=LATEST)
    return reading.tx.stories.taggings(reading.visible(numbers))


class _Month:
    """The stories of a place in the last days, today among them."""

    def __init__(self, reading: Reading, stories: PlaceStories) -> None:
        self._reading, self._stories = reading, stories
        today = reading.now.date()
        self._dates = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
        first = (reading.tx.search.first_since(datetime.combine(day, time(), UTC)) for day in self._dates)
        beyond = reading.tx.stories.last_number() + 1
        self._first = [beyond if number is None else number for number in first]

    def count(self, role: PlaceRole) -> RoleCount:
        """Return how many stories have the place in a role."""
        found = self._stories.latest(role, MOST_COUNTED, since=self._first[0])
        return RoleCount(role=role, stories=len(found.found), is_more=found.next_below > 0)

    def days(self) -> tuple[DayStories, ...]:
        """Return how many stories there are on each day, today last; only days of which all are counted."""
        found = self._stories.latest(PlaceRole.REGION, MOST_COUNTED, since=self._first[0])
        counts = _per_span(sorted(found.found), self._first)
        days = zip(self._dates, self._first, counts, strict=True)
        return tuple(DayStories(day=day, stories=count) for day, first, count in days if first >= found.next_below)


def _per_span(numbers: Sequence[int], starts: Sequence[int]) -> list[int]:
    """Return how many of some rising numbers are in each span, that reaches up to the next one's start."""
    ends = [*(bisect_left(numbers, start) for start in starts), len(numbers)]
    return [end - begin for begin, end in pairwise(ends)]


def _feeds(reading: Reading, term: str) -> tuple[FeedCard, ...]:
    """Return the public feeds whose filters ask for a place."""
    filters, wanted = reading.rules.filters, term.casefold()
    found = (feed for name, feed in reading.feeds.items() if _asks_for(resolved(filters[name], filters), wanted))
    return tuple(map(card, sorted(found, key=lambda feed: feed.title.casefold())))


def _asks_for(where: Where, term: str) -> bool:
    match where:
        case AllOf(parts) | AnyOf(parts):
            return any(_asks_for(part, term) for part in parts)
        case FieldEquals(field, value):
            return field in REGION_FIELDS and value == term
        case _:
            return False
