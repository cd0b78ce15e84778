"""Whether a source still brings what is usual of it: a feed cut short, a mirror that is half blocked. Pure.

The items of the last two and seven whole days are held against what is usual of those days of the week, by the lower
tail of a negative binomial distribution: days of news vary by more than chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log1p, log10
from typing import NamedTuple

# Minus the decimal logarithm of how improbable it is: what is an alarm, and what makes one that is raised stay.
THINNED, THIN = 3.5, 1.5
_WINDOWS = (2, 7)
_DAY = 86400
_FIRST_DAY = 3
_MOST = 65_535
# Days by which the spread is learned, what it is taken for before, with the weight of so many squared items.
_MEMORY, _PRIOR, _WEIGHT = 28.0, 0.3, 20.0
_LEAST_SPREAD, _MOST_SPREAD = 0.02, 3.0
_LEAST_DAYS = 14.0


class DailyCounts(NamedTuple):
    """How many items came on each of seven days, the last of them ``day`` (days since 1970), by day modulo seven.

    Whole days are counted from ``begun``. By how much days exceed what chance explains: ``excess`` in ``squares``.
    ``score`` is how improbable the last whole days are, minus its decimal logarithm.
    """

    day: int = 0
    begun: int = 0
    week: tuple[int, ...] = (0,) * 7
    excess: float = 0.0
    squares: float = 0.0
    score: float = 0.0

    @property
    def spread(self) -> float:
        """By how much the variance of a day exceeds its mean, in squares of the mean."""
        spread = (self.excess + _PRIOR * _WEIGHT) / (self.squares + _WEIGHT)
        return min(max(spread, _LEAST_SPREAD), _MOST_SPREAD)


NO_COUNTS = DailyCounts()


def begun_again(counts: DailyCounts, at: float) -> DailyCounts:
    """Count whole days from the next one: what was before is no measure, or was silence."""
    return counts._replace(begun=int(at) // _DAY + 1, score=0.0)


def count_days(counts: DailyCounts, times: Sequence[float], usual: Sequence[float], seen: float) -> DailyCounts:
    """Count items by day. Where days are over, hold them against what is ``usual`` of days from Monday.

    ``seen`` are the days of which the usual is known.
    """
    day, week = counts.day, list(counts.week)
    for at in times:
        today = int(at) // _DAY
        if not day or today >= day + 7:
            day, week = today, [0] * 7
            counts = begun_again(counts, at)
        while day < today:
            if day >= counts.begun and seen >= _LEAST_DAYS:
                counts = _after_day(counts, day, week, usual)
            day += 1
            week[day % 7] = 0
        if today > day - 7:
            week[today % 7] = min(week[today % 7] + 1, _MOST)
    return counts._replace(day=day, week=tuple(week))


def _after_day(counts: DailyCounts, day: int, week: Sequence[int], usual: Sequence[float]) -> DailyCounts:
    """Judge the whole days up to one, then learn from it how much days differ."""
    scores = [0.0]
    for window in _WINDOWS:
        days = range(day - window + 1, day + 1)
        if days[0] >= counts.begun:
            expected = [usual[(each + _FIRST_DAY) % 7] for each in days]
            scores.append(_score(sum(week[each % 7] for each in days), expected, counts.spread))
    mean, count = usual[(day + _FIRST_DAY) % 7], week[day % 7]
    left = 1 - 1 / _MEMORY
    return counts._replace(
        score=max(scores),
        excess=counts.excess * left + (count - mean) ** 2 - mean,
        squares=counts.squares * left + mean**2,
    )


def _score(count: int, expected: Sequence[float], spread: float) -> float:
    mean = sum(expected)
    if count >= mean:
        return 0.0
    return -log10(max(lower_tail(count, mean, spread), 1e-30))


def lower_tail(count: int, mean: float, spread: float) -> float:
    """Return how probable it is that there are not more, of a negative binomial of a mean and a spread."""
    size = 1 / spread
    share = mean / (size + mean)
    term = exp(-size * log1p(mean / size))
    total = term
    for each in range(count):
        term *= (each + size) / (each + 1) * share
        total += term
    return min(total, 1.0)
