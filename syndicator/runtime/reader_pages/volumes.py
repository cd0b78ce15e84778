"""How much is told of countries and areas, as it is counted by series, and which have unusually much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from syndicator.models.reader_pages import DayStories, PlaceSpike
from syndicator.models.volumes import Spike
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.watch.series import Series
from syndicator.watch.spikes import hour_of

DAYS, _WEEK, _HOURS = 30, 7, 24


class RegionCount(NamedTuple):
    """A region, the number of its series, and its stories in the last 7 and 30 days, and on each of these."""

    term: str
    series: int
    week: int
    month: int
    days: tuple[DayStories, ...] = ()


def spike_of(reading: Reading, term: str) -> PlaceSpike | None:
    """Return the spike of a region, if it has one."""
    ids = reading.tx.volumes.ids([str(Series(region=term))])
    return next(iter(spikes_of(reading, list(ids.values())).values()), None)


def spikes_of(reading: Reading, ids: Sequence[int]) -> dict[int, PlaceSpike]:
    """Return the spikes of series that have one; none unless readers may see all stories."""
    if not reading.shows_all:
        return {}
    states = reading.tx.volumes.states(ids)
    return {each.id: _spike(each.raised_at, each.spike) for each in states if each.raised_at and each.spike}


def _spike(since: datetime, spike: Spike) -> PlaceSpike:
    return PlaceSpike(
        since=since, stories=spike.stories, outlets=spike.outlets, hours=spike.hours, expected=spike.expected
    )


def regions_counted(reading: Reading, most: int) -> list[RegionCount]:
    """Return the regions with most stories in the last days, as many as ``most``.

    There are none unless readers may see all stories. Where few had any in a week, those of a month are returned.
    """
    if not reading.shows_all:
        return []
    today = hour_of(reading.now) // _HOURS
    terms = {of: Series.parse(name).region for name, of in reading.tx.volumes.regions().items()}
    top: list[int] = []
    for days in (_WEEK, DAYS):
        top = reading.tx.volumes.largest(list(terms), since=(today - days + 1) * _HOURS, most=most)
        if len(top) == most:
            break
    found = (_count(terms[of], of, days_) for of, days_ in days_of(reading, top).items())
    return sorted(found, key=lambda each: (-each.week, -each.month, each.term))


def _count(term: str, series: int, days: tuple[DayStories, ...]) -> RegionCount:
    week, month = (sum(each.stories for each in some) for some in (days[-_WEEK:], days))
    return RegionCount(term=term, series=series, week=week, month=month, days=days)


def days_of(reading: Reading, ids: Sequence[int]) -> dict[int, tuple[DayStories, ...]]:
    """Return how many stories series had on each of the last days, today last."""
    today = hour_of(reading.now) // _HOURS
    found = reading.tx.volumes.daily(ids, today - DAYS + 1)
    dates = [(today - back, reading.now.date() - timedelta(days=back)) for back in range(DAYS - 1, -1, -1)]
    return {of: tuple(DayStories(day=date, stories=found.get(of, {}).get(day, 0)) for day, date in dates) for of in ids}


def counted_days(reading: Reading, term: str) -> tuple[DayStories, ...]:
    """Return how many stories a country, group or area had on each of the last days; none where that is not counted."""
    if not reading.shows_all:
        return ()
    ids = list(reading.tx.volumes.ids([str(Series(region=term))]).values())
    return next((days for days in days_of(reading, ids).values() if any(day.stories for day in days)), ())
