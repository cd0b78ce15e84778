"""Find spikes: much more is told of something than is usual for it, among all that is told.

A series is all stories on one thing. Its share of all stories is learned over weeks, up to a day ago. How many stories
some hours have is compared with what that share makes of all stories of the same hours, by the upper tail of a negative
binomial distribution, whose dispersion is learned from the days of the series. So a busy news day is no spike, and
neither is what always comes in bursts.

All is computed from counts by hour and day: nothing is kept that a late story or a clock that is set could put wrong.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# The hours that are compared, the newest included.
WINDOWS = (2, 6, 24)
LEAST_STORIES = 4
# Told by others than the outlet that tells most: one may be by the way.
_LEAST_OF_OTHERS = 2
# The usual share is learned from what is older than this, in hours: a spike does not teach while it begins.
LAG = 24
# Days of which counts are kept.
KEPT_DAYS = 60
# An alarm ends when its surprise has been below half the threshold for so many hours; then it rests.
ENDING_HOURS = 6
RESTING_HOURS = 48
# What is new, or has another filter, is judged after so many days. An outlet's stories are judged after as many.
LEARNING_DAYS = 14
# Nothing is a surprise before all stories of a language have been counted for so many days.
_LEAST_DAYS = 10
_SHARE_HALF_LIFE = 14.0
_DISPERSION_DAYS = 28
_PRIOR_SHARE, _PRIOR_STORIES = 0.002, 0.5
_PRIOR_DISPERSION, _PRIOR_WEIGHT = 0.5, 20.0
_LEAST_DISPERSION, _MOST_DISPERSION = 0.05, 3.0
# The threshold was fitted to 1 to .02 false alarms a series-year; fewer are extrapolated, and more are not allowed.
_THRESHOLD_AT_ONE, _THRESHOLD_PER_DECADE = 2.7, 1.0
_DAYS_A_YEAR = 365
# Of a day in UTC: outlets of a country tell most of it while it is awake, and others sleep.
PARTS = 8
_HOURS_A_PART = 24 // PARTS
_PART_WEIGHT = 1.5
_PACKED = struct.Struct(f"<iff{PARTS}e")
_LN_10 = math.log(10)
_TINY = 1e-300
_MOST_STEPS = 10_000
_PRECISION = 1e-12
# A day, counted back from some hour, and a part of the day.
Cell = tuple[int, int]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def hour_of(moment: datetime) -> int:
    """Return in which hour since 1970 a moment is."""
    return (moment - _EPOCH) // _HOUR


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual for a series: its share of all stories, and how much its days vary beyond chance.

    ``parts`` are how many times as large the share is in each part of the day. It was learned from the hours up to
    ``hour``, in hours since 1970.
    """

    hour: int
    share: float
    dispersion: float
    parts: tuple[float, ...] = (1.0,) * PARTS

    def pack(self) -> bytes:
        """Return it in 28 bytes."""
        return _PACKED.pack(self.hour, self.share, self.dispersion, *self.parts)

    @classmethod
    def unpack(cls, packed: bytes) -> Baseline | None:
        """Read it back; None if there is none."""
        if len(packed) != _PACKED.size:
            return None
        hour, share, dispersion, *parts = _PACKED.unpack(packed)
        return cls(hour, share, dispersion, tuple(parts))

    def expected(self, hour: int, total: int) -> float:
        """Return how many of all stories of an hour are usually of the series."""
        return self.share * self.parts[part_of(hour)] * total


@dataclass(frozen=True, slots=True)
class Surprise:
    """How surprising a series is: in how many hours it had how many stories, and how many were to be expected.

    ``score`` is -log10 of the probability of as many, with this ``dispersion``.
    """

    hours: int
    stories: int
    expected: float
    score: float
    dispersion: float = 1.0

    def is_broad(self, others: int, limit: float) -> bool:
        """Return whether it is more than one outlet's doing: the stories that ``others`` tell surprise half as much."""
        return others >= _LEAST_OF_OTHERS and surprise(others, self.expected, self.dispersion) >= limit / 2


NOTHING = Surprise(0, 0, 0.0, 0.0)


def threshold(spikes_a_day: float, series: int) -> float:
    """Return the score that an alarm takes, where so many false ones a day are allowed for so many series."""
    allowed = min(1.0, spikes_a_day * _DAYS_A_YEAR / max(1, series))
    return math.inf if allowed <= 0 else _THRESHOLD_AT_ONE - _THRESHOLD_PER_DECADE * math.log10(allowed)


def part_of(hour: int) -> int:
    """Return the part of the day that an hour since 1970 is in."""
    return hour % 24 // _HOURS_A_PART


def learn(hour: int, stories: Mapping[Cell, int], totals: Mapping[Cell, int]) -> Baseline:
    """Learn what is usual from counts by day and part of the day, of the series and of all stories, up to ``hour``.

    Day 0 ends with that hour; older days have higher numbers. Where there are too few of them, all is usual.
    """
    if max((day for day, _ in totals), default=0) < _LEAST_DAYS:
        return Baseline(hour, 1.0, _PRIOR_DISPERSION)
    of_it, of_all = _sums(stories, 0), _sums(totals, 0)
    share = min(1.0, (_faded(of_it) + _PRIOR_STORIES) / (_faded(of_all) + _PRIOR_STORIES / _PRIOR_SHARE))
    excess, weight = _PRIOR_DISPERSION * _PRIOR_WEIGHT, _PRIOR_WEIGHT
    for day, total in of_all.items():
        if day < _DISPERSION_DAYS:
            expected = share * total
            excess += (of_it.get(day, 0) - expected) ** 2 - expected
            weight += expected**2
    dispersion = min(_MOST_DISPERSION, max(_LEAST_DISPERSION, excess / weight))
    return Baseline(hour, share, dispersion, _parts(_sums(stories, 1), _sums(totals, 1)))


def _parts(of_it: Mapping[int, int], of_all: Mapping[int, int]) -> tuple[float, ...]:
    """Return how many times as large a share is in each part of the day. Few stories say little of that."""
    usual = sum(of_it.values()) / max(1, sum(of_all.values()))
    parts = range(PARTS)
    return tuple((of_it.get(n, 0) + _PART_WEIGHT) / (usual * of_all.get(n, 0) + _PART_WEIGHT) for n in parts)


def _sums(cells: Mapping[Cell, int], by: int) -> dict[int, int]:
    """Return sums of counts, by day (0) or by part of the day (1)."""
    found: dict[int, int] = {}
    for cell, count in cells.items():
        found[cell[by]] = found.get(cell[by], 0) + count
    return found


def _faded(days: Mapping[int, int]) -> float:
    return sum(count * math.exp2(-day / _SHARE_HALF_LIFE) for day, count in days.items())


def judge(
    hour: int, stories: Mapping[int, int], totals: Mapping[int, int], usual: Baseline, *, least: int = LEAST_STORIES
) -> Surprise:
    """Return the greatest surprise of the windows that end with ``hour``, by counts by hour."""
    found = NOTHING
    for window in WINDOWS:
        hours = range(hour - window + 1, hour + 1)
        count = sum(stories.get(each, 0) for each in hours)
        if count >= least:
            expected = sum(usual.expected(each, totals.get(each, 0)) for each in hours)
            score = surprise(count, expected, usual.dispersion)
            if score > found.score:
                found = Surprise(window, count, expected, score, usual.dispersion)
    return found


def surprise(count: int, mean: float, dispersion: float) -> float:
    """Return -log10 of the probability that a negative binomial variable is ``count`` or more.

    Its variance is mean + dispersion x mean². The tail is a regularized incomplete beta function; its logarithm is
    taken, so that no probability is too small.
    """
    if count <= 0:
        return 0.0
    if mean <= 0:
        return math.inf
    size = 1 / dispersion
    chance = mean / (mean + size)
    log_ends = count * math.log(chance) - size * math.log1p(mean / size) - _log_beta(count, size)
    if chance < (count + 1) / (count + size + 2):
        log_tail = log_ends + math.log(_fraction(chance, count, size) / count)
        return max(0.0, -log_tail / _LN_10)
    below = math.exp(log_ends) * _fraction(size / (mean + size), size, count) / size
    return max(0.0, -math.log10(max(_TINY, 1 - below)))


def _log_beta(first: float, second: float) -> float:
    return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method."""
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _nonzero(1 + term * d)
            c = _nonzero(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return found


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
