"""The pages of a feed: its latest days, or one day."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from syndicator.models import Feed, Outlet
from syndicator.models.reader_pages import (
    DayStories,
    FeedDay,
    FeedOutlets,
    FeedOutletsWanted,
    FeedPage,
    FeedWanted,
    MapView,
    Moved,
    Name,
    Share,
)
from syndicator.publish import render_outlets
from syndicator.runtime.reader_pages.feed_card import card
from syndicator.runtime.reader_pages.feed_days import (
    MOST_OF_A_DAY,
    ByOutlet,
    DayCounts,
    day_counts,
    start_of,
)
from syndicator.runtime.reader_pages.feed_told import ShownPlaces, day_of, show_places
from syndicator.runtime.reader_pages.maps import places_map
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.store import Placed

# Rows and days on a page, places that are looked through for them, outlets that are named.
_ROWS, _DAYS, _PLACES, _OUTLETS = 12, 7, 200, 8
_MOST_READS = 5
# The latest stories whose places are on the map, and how many of these.
_MAPPED, _ON_MAP = 100, 12
_ONE_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(\d{1,16})-(\d{1,12})")


def feed_page(reading: Reading, wanted: FeedWanted) -> FeedPage | Moved | None:
    """Return a page of a public feed; where it has another name by now, where that is."""
    feed = reading.feeds.get(wanted.name)
    if feed is None:
        return _moved(reading, wanted)
    counts = day_counts(reading.tx, [feed.name], reading.now)
    read = _day if wanted.day else _latest
    found = read(reading, feed, wanted, counts)
    return _page(reading, feed, wanted, counts, found) if found else None


def present_name(reading: Reading, name: str) -> str | None:
    """Return what a public feed is called that had this name once."""
    present = reading.tx.feeds.former_names().get(name)
    return present if present in reading.feeds else None


def _moved(reading: Reading, wanted: FeedWanted) -> Moved | None:
    present = present_name(reading, wanted.name)
    if present is None:
        return None
    return Moved(path=f"feeds/{present}" + (f"/{wanted.day}" if wanted.day else ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The days that are shown, and those next to them."""

    shown: tuple[FeedDay, ...]
    earlier: DayStories | None
    later: DayStories | None


def _latest(reading: Reading, feed: Feed, _wanted: FeedWanted, counts: DayCounts) -> _Found:
    """Return as many of the latest days as there is room for; the last of them may be cut short."""
    looked_at = reading.tx.feed_days.latest(feed.name, _PLACES)
    days = list(dict.fromkeys(day_of(each.at) for each in looked_at))[:_DAYS]
    places = [each for each in looked_at if day_of(each.at) in days]
    is_cut = len(places) == _PLACES  # where others follow, their day is not shown
    shown = show_places(reading, feed.name, places, most=_ROWS, is_cut=is_cut)
    last = day_of(shown.last.at) if shown.last else days[-1] if days else None
    found = tuple(
        _feed_day(reading, feed, each, shown, _count(reading, feed, each, counts))
        for each in days
        if last is not None and each >= last
    )
    return _Found(shown=found, earlier=_earlier(reading, feed, last, counts) if last else None, later=None)


def _day(reading: Reading, feed: Feed, wanted: FeedWanted, counts: DayCounts) -> _Found | None:
    """Return one day, or what of it follows a place; None for one long ago that there is nothing of."""
    assert wanted.day is not None
    start, count = start_of(wanted.day), _count(reading, feed, wanted.day, counts)
    if not count and wanted.day not in counts.days:
        return None
    after = place_of(wanted.after)
    shown = _shown_of_day(reading, feed, start, after)
    next_at = reading.tx.feed_days.first_from(feed.name, start + _ONE_DAY)
    later = day_of(next_at) if next_at else None
    return _Found(
        shown=(_feed_day(reading, feed, wanted.day, shown, count),),
        earlier=_earlier(reading, feed, wanted.day, counts),
        later=DayStories(day=later, stories=_count(reading, feed, later, counts)) if later else None,
    )


def _shown_of_day(reading: Reading, feed: Feed, start: datetime, after: Placed | None) -> ShownPlaces:
    """Return what is shown of a day; places are passed over as long as all of them are of events shown before."""
    below = after or Placed(start + _ONE_DAY, 0)
    for _ in range(_MOST_READS):
        places = reading.tx.feed_days.latest(feed.name, _PLACES, below=below, since=start)
        is_cut = len(places) == _PLACES
        shown = show_places(reading, feed.name, places, most=_ROWS, continued_from=after, is_cut=is_cut)
        if shown.told or not is_cut:
            break
        below = places[-1]
    return shown


def _feed_day(reading: Reading, feed: Feed, day: date, shown: ShownPlaces, count: int) -> FeedDay:
    is_cut = shown.last is not None and day_of(shown.last.at) == day
    return FeedDay(
        day=day,
        stories=count,
        events=_events(reading, feed, day, count),
        told=tuple(shown.told.get(day, ())),
        after=written_place(shown.last) if is_cut and shown.last else "",
    )


def _events(reading: Reading, feed: Feed, day: date, count: int) -> int | None:
    """Return how many events the stories of a day tell; those that have none yet are one each."""
    if count > MOST_OF_A_DAY:
        return None
    start = start_of(day)
    below = Placed(start + _ONE_DAY, 0)
    numbers = [each.story for each in reading.tx.feed_days.latest(feed.name, count, below=below, since=start)]
    events = reading.tx.events.events_of(numbers)
    return len(set(events.values())) + len(numbers) - len(events)


def _count(reading: Reading, feed: Feed, day: date, counts: DayCounts) -> int:
    if day in counts.days:
        return counts.of(feed.name)[counts.days.index(day)].stories
    return reading.tx.feed_days.counts([feed.name], [start_of(day)]).get(feed.name, (0,))[0]


def _earlier(reading: Reading, feed: Feed, before: date, counts: DayCounts) -> DayStories | None:
    places = reading.tx.feed_days.latest(feed.name, 1, below=Placed(start_of(before), 0))
    if not places:
        return None
    day = day_of(places[0].at)
    return DayStories(day=day, stories=_count(reading, feed, day, counts))


def _page(reading: Reading, feed: Feed, wanted: FeedWanted, counts: DayCounts, found: _Found) -> FeedPage:
    days = counts.of(feed.name)
    told = reading.tallies.told(reading.tx, feed.name, days)
    copied = reading.tallies.copied(reading.tx, feed.name, days)
    state = reading.tx.feeds.load(feed.name, 0)
    outlets, more_outlets = _by_outlet(reading, told, copied)
    today = next((each for each in found.shown if each.day == days[-1].day), None)
    return FeedPage(
        feed=card(reading, feed),
        shown=found.shown,
        days=days,
        usual=counts.usual(feed.name),
        events_today=today.events if today else _events(reading, feed, days[-1].day, days[-1].stories),
        counted=sum(told.values()),
        outlets_count=len(_listed(reading, told)),
        languages=_by_language(told, copied),
        outlets=outlets,
        more_outlets=more_outlets,
        changed_at=state[0].changed_at if state else None,
        since=counts.since,
        day=wanted.day,
        is_continued=bool(wanted.after),
        earlier=found.earlier,
        later=found.later,
        map=_map(reading, feed),
    )


def _map(reading: Reading, feed: Feed) -> MapView | None:
    latest = reading.tx.stories.tagged(reading.tx.feeds.members(feed.name, _MAPPED))
    return places_map(reading, [each.tags for each in latest.values()], most=_ON_MAP)


def _by_language(told: ByOutlet, copied: ByOutlet) -> tuple[Share, ...]:
    """Return the shares of languages, the most frequent first."""
    own, copies = _summed(told, of=1), _summed(copied, of=1)
    codes = sorted(filter(None, own), key=lambda each: (-own[each] - copies[each], each))
    return tuple(Share(of=Name(id=each, name=each), own=own[each], copies=copies[each]) for each in codes)


def _by_outlet(reading: Reading, told: ByOutlet, copied: ByOutlet) -> tuple[tuple[Share, ...], int]:
    """Return the shares of the outlets that told most in their own words, and how many others there are."""
    own, copies = _summed(told, of=0), _summed(copied, of=0)
    ids = sorted(own.keys() | copies.keys(), key=lambda each: (-own[each], -copies[each], each))
    shown = (Share(of=reading.outlet(each), own=own[each], copies=copies[each]) for each in ids[:_OUTLETS])
    return tuple(shown), len(ids[_OUTLETS:])


def _summed(tally: ByOutlet, *, of: int) -> Counter[str]:
    sums: Counter[str] = Counter()
    for key, number in tally.items():
        sums[key[of]] += number
    return sums


def written_place(place: Placed) -> str:
    """Return a place as it stands in addresses: microseconds since 1970, and the story's number."""
    return f"{(place.at - _EPOCH) // timedelta(microseconds=1)}-{place.story}"


def place_of(written: str) -> Placed | None:
    """Return the place that an address names."""
    found = _PLACE.fullmatch(written)
    return Placed(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None


def feed_outlets(reading: Reading, wanted: FeedOutletsWanted) -> FeedOutlets | Moved | None:
    """Return the outlets that told a public feed's stories of the last days, with the addresses of their own feeds."""
    feed = reading.feeds.get(wanted.name)
    if feed is None:
        present = present_name(reading, wanted.name)
        return Moved(path=f"feeds/{present}.opml") if present else None
    days = day_counts(reading.tx, [feed.name], reading.now).of(feed.name)
    outlets = _listed(reading, reading.tallies.told(reading.tx, feed.name, days))
    return FeedOutlets(opml=render_outlets(feed.title, outlets))


def _listed(reading: Reading, told: ByOutlet) -> list[Outlet]:
    """Return the outlets that told it and are still in the configuration."""
    ids = {outlet for outlet, _ in told}
    return [reading.rules.outlets[each] for each in ids if each in reading.rules.outlets]
