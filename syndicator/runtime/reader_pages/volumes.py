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
    """The number of a region's series, and its stories in the last 7 and 30 days."""

    series: int
    week: int
    month: int


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


def regions_counted(reading: Reading) -> dict[str, RegionCount]:
    """Return how many stories regions had in the last days, by term; none unless readers may see all stories."""
    if not reading.shows_all:
        return {}
    today = hour_of(reading.now) // _HOURS
    terms = {of: Series.parse(name).region for name, of in reading.tx.volumes.regions().items()}
    starts = ((today - days + 1) * _HOURS for days in (_WEEK, DAYS))
    counts = reading.tx.volumes.totals(list(terms), *starts)
    return {terms[of]: RegionCount(of, *count) for of, count in counts.items()}


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
