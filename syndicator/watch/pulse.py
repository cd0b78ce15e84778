"""The rhythm of a source, or of a group of sources: what is to be expected of it, and when it has fallen silent. Pure.

A silence is measured in the items that were to be expected since the newest one, and held against the longest lull of
late: so one rule serves a weekly letter and an agency. Nothing is learned during a silence: a rate that decays would
talk itself out of the alarm. Moments are seconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log10
from typing import NamedTuple

from syndicator.watch.profile import DAY, Profile, profile_from, weekday
from syndicator.watch.thinning import (
    NO_COUNTS,
    NO_SHORTFALL,
    DailyCounts,
    Shortfall,
    after_items,
    begun_again,
    count_days,
    taken_back,
)

# How much more than the longest lull of late is an alarm, and how much makes an alarm that is raised stay.
SILENT, QUIET = 1.5, 1.1
_HALVINGS = log(2)
# Half-lives: so many items' worth, within so many days.
_OF_RATE = (30.0, 7.0, 120.0)
_OF_PROFILE = (100.0, 28.0, 200.0)
_OF_LULL = (30.0, 60.0, 400.0)
_LEAST_DAYS, _LEAST_LULLS = 7, 8
# So many days are needed to tell what is usual.
_KNOWN_DAYS = 14
# A lull so many times as long as what is an alarm was a stop: the time beyond teaches nothing.
_STOP = 6.0
# Days: after that all is forgotten anyway.
_LONGEST_GAP = 400.0
# So many items of one moment, and a usual day's, count: an archive that opens is no rhythm.
_MOST_AT_ONCE = 10
_MOST_COUNTED = 60_000
# The profile is looked at anew after so many items.
_ITEMS_PER_PROFILE = 20
# Of a usual day, what makes the days until then no measure.
_MUCH = 0.2


class Pulse(NamedTuple):
    """What is known of a rhythm.

    ``items`` came in a ``span`` of days, both decayed; ``hours`` and ``days`` (from Monday) are items by hour of day
    and day of week, decayed more slowly, as are the days ``seen``. ``longest`` is the longest closed lull of late, in
    expected items. ``lulls`` were closed since ``begun_at``. ``at_newest`` items count for the moment of the newest.
    """

    items: float = 0.0
    span: float = 0.0
    hours: tuple[float, ...] = (0.0,) * 24
    days: tuple[float, ...] = (0.0,) * 7
    seen: float = 0.0
    longest: float = 0.0
    newest_at: float = 0.0
    begun_at: float = 0.0
    lulls: int = 0
    at_newest: int = 0
    counts: DailyCounts = NO_COUNTS
    shortfall: Shortfall = NO_SHORTFALL

    @property
    def rate(self) -> float:
        """Items a day."""
        return (self.items + 0.5) / (self.span + 0.25)

    @property
    def usual(self) -> float:
        """Items a day, of a longer time than ``rate``."""
        return (sum(self.days) + 0.5) / (self.seen + 0.25)

    @property
    def profile(self) -> Profile:
        """The rate by hour of day and day of week."""
        return profile_from(self.rate, self.hours, self.days)

    @property
    def is_thinned(self) -> bool:
        """Whether so little has come that it is an alarm: until nothing is lacking any more."""
        is_known = self.seen >= _KNOWN_DAYS and self.lulls >= _LEAST_LULLS
        return is_known and self.shortfall.top >= self.shortfall.limit


EMPTY = Pulse()


def seeded(pulse: Pulse, newest: float, now: float) -> Pulse:
    """Begin with the newest item of a first document. Nothing is learned of it: nobody saw when its items came."""
    return pulse._replace(newest_at=max(pulse.newest_at, min(newest, now)), begun_at=pulse.begun_at or now)


def resumed(pulse: Pulse, at: float) -> Pulse:
    """Begin again at a moment: what was before, since the newest item, teaches nothing."""
    return pulse._replace(newest_at=max(pulse.newest_at, at), at_newest=0)


def looked_away(pulse: Pulse, now: float) -> Pulse:
    """Note that nobody looked for long: items may have come and gone, and nothing says that they are lacking."""
    return pulse._replace(counts=begun_again(pulse.counts, now), shortfall=_nothing_lacking(pulse.shortfall))


def excused(pulse: Pulse, expected: float, now: float) -> Pulse:
    """Take back so many of the items that were to be expected of a group: a member was silent, or nobody looked."""
    is_much = expected >= _MUCH * pulse.usual
    counts = begun_again(pulse.counts, now) if is_much else pulse.counts
    return pulse._replace(counts=counts, shortfall=taken_back(pulse.shortfall, expected))


def shifted(pulse: Pulse, by: float) -> Pulse:
    """Move what is known of moments by some seconds, as the clock was moved."""
    if not pulse.begun_at:
        return pulse
    return pulse._replace(newest_at=max(0.0, pulse.newest_at + by), begun_at=max(1.0, pulse.begun_at + by))


def after_arrivals(pulse: Pulse, times: Sequence[float]) -> Pulse:
    """Learn from items that arrived at some moments, in order."""
    if not pulse.begun_at and times:
        pulse, times = seeded(pulse, times[0], times[0]), times[1:]
    for start in range(0, len(times), _ITEMS_PER_PROFILE):
        pulse = _after_some(pulse, times[start : start + _ITEMS_PER_PROFILE])
    return pulse


def _after_some(pulse: Pulse, times: Sequence[float]) -> Pulse:
    """Learn from some items, by one profile. Cells grow instead of decaying, and are scaled down once, at the end."""
    items, span, seen, longest = pulse.items, pulse.span, pulse.seen, pulse.longest
    newest, lulls, at_newest = pulse.newest_at, pulse.lulls, pulse.at_newest
    hours, days, growth = list(pulse.hours), list(pulse.days), 1.0
    profile = pulse.profile
    rate, usual, shortfall = profile.rate, pulse.usual, pulse.shortfall
    passed = profile.passed(newest)
    for at in times:
        if at <= newest:
            at_newest = min(at_newest + 1, _MOST_COUNTED)
            if at_newest > _MOST_AT_ONCE + usual:
                continue
            items += 1
            shortfall = after_items(shortfall, 0.0, 1, 1.0)
        else:
            before, passed = passed, profile.passed(at)
            gap, flat = min((at - newest) / DAY, _LONGEST_GAP), passed - before
            lull = rate * flat
            most = _STOP * SILENT * _allowance(rate) * (longest + 1)
            if lull * _STOP > most:  # that was silence
                flat, shortfall = 0.0, _nothing_lacking(shortfall)
            if lull > most:
                gap, lull = gap * most / lull, most
            items, span = _decayed(items, span, gap, _half_life(rate, _OF_RATE))
            items += 1
            _, seen = _decayed(0.0, seen, gap, half := _half_life(rate, _OF_PROFILE))
            growth *= 2 ** (gap / half)
            faded = 2 ** (-gap / _half_life(rate, _OF_LULL))
            longest = max(longest * faded, lull)
            shortfall = after_items(shortfall, usual * flat, 1, faded)
            newest, lulls, at_newest = at, min(lulls + 1, _MOST_COUNTED), 1
            rate = (items + 0.5) / (span + 0.25)
        moment = int(at)
        hours[moment // 3600 % 24] += growth
        days[weekday(moment)] += growth
    return Pulse(
        items=items,
        span=span,
        hours=tuple([each / growth for each in hours]),
        days=tuple([each / growth for each in days]),
        seen=seen,
        longest=longest,
        newest_at=newest,
        begun_at=pulse.begun_at,
        lulls=lulls,
        at_newest=at_newest,
        counts=count_days(pulse.counts, times),
        shortfall=shortfall,
    )


class LastDays(NamedTuple):
    """The ``items`` that came on some whole ``days``, and how many are usual."""

    days: int
    items: int
    usual: float

    @property
    def share(self) -> float:
        """Which share of the usual came; all of it, where there is nothing to tell."""
        return self.items / self.usual if self.usual >= 1 else 1.0


def last_days(pulse: Pulse, most: int) -> LastDays:
    """Return the items of the last whole days that were counted, at most six."""
    counts, factors, usual = pulse.counts, pulse.profile.days, pulse.usual
    days = range(max(counts.day - min(most, 6), counts.begun), counts.day)
    items = sum(counts.week[each % 7] for each in days)
    return LastDays(len(days), items, usual * sum(factors[weekday(each * DAY)] for each in days))


def _nothing_lacking(shortfall: Shortfall) -> Shortfall:
    return shortfall._replace(lacking=0.0, top=0.0)


def _half_life(rate: float, bounds: tuple[float, float, float]) -> float:
    items, shortest, longest = bounds
    return min(max(items / rate, shortest), longest)


def _decayed(items: float, days: float, by: float, half_life: float) -> tuple[float, float]:
    """Return items and days of observation after some days more, in which there were no items."""
    left = 2 ** (-by / half_life)
    return items * left, days * left + half_life / _HALVINGS * (1 - left)


def _allowance(rate: float) -> float:
    """Return how much more a busy source must miss: it has more lulls in which to be unlucky."""
    return min(max(1 + 0.2 * log10(rate), 0.7), 1.6)


def moments(pulse: Pulse, factor: float = SILENT) -> tuple[float, float] | None:
    """Return when it will be quiet, and when silent, if nothing more comes; None while too little is known."""
    if pulse.lulls < _LEAST_LULLS:
        return None
    profile = pulse.profile
    allowed = _allowance(profile.rate) * (pulse.longest + 1) / profile.rate
    known_at = pulse.begun_at + _LEAST_DAYS * DAY
    quiet = profile.reached(pulse.newest_at, QUIET * allowed)
    silent = profile.reached(pulse.newest_at, factor * allowed)
    silent = max(silent, known_at)
    return min(max(quiet, known_at), silent), silent


def missed(pulse: Pulse, now: float) -> float:
    """Return how many items were to be expected since the newest one."""
    profile = pulse.profile
    return profile.rate * profile.flat_days(pulse.newest_at, max(now, pulse.newest_at))


def profile_at(pulse: Pulse, now: float, *, items: float = 0.0, days: float = 0.0) -> Profile:
    """Return the profile at a moment: while nothing comes the rate falls. So many items of so many days are added."""
    gap = max(0.0, now - pulse.newest_at) / DAY if pulse.newest_at else 0.0
    seen, span = _decayed(pulse.items, pulse.span, gap, _half_life(pulse.rate, _OF_RATE))
    return profile_from((seen + items + 0.5) / (span + days + 0.25), pulse.hours, pulse.days)
