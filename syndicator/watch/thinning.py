"""Whether a source still brings what is usual of it: a feed cut short, a mirror that is half blocked. Pure.

What is lacking is a cumulative sum (Page 1954): of the logarithm of how much likelier the gaps between items are at a
fifth of the usual rate than at the whole of it. It is held against the most that was lacking of late, as a silence is
against the longest lull, since news come in waves.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import NamedTuple

# How much more than the most that was lacking of late is an alarm, and what may be lacking of any source.
THINNED = 1.5
_AT_LEAST = 3.0
# What is looked for is one item in five: each that was to be expected adds, each that comes takes away.
_LEFT = 5.0
PER_EXPECTED, PER_ITEM = 1 - 1 / _LEFT, log(_LEFT)
# No more than this, in alarms, is lacking, so that a source which recovers is soon well; and it teaches no more.
_MOST = 3.0
_DAY = 86400
_MOST_COUNTED = 65_535


class Shortfall(NamedTuple):
    """What is ``lacking`` now, the ``top`` of it since nothing was, and the ``worst`` of late, which is over."""

    lacking: float = 0.0
    top: float = 0.0
    worst: float = 0.0

    @property
    def limit(self) -> float:
        """From where on it is an alarm."""
        return THINNED * (self.worst + _AT_LEAST)


NO_SHORTFALL = Shortfall()


def after_items(before: Shortfall, expected: float, items: int, decay: float) -> Shortfall:
    """Return what is lacking when so many items have come where so many were to be expected, the expectation first."""
    lacking, top, worst = before
    worst *= decay
    limit = THINNED * (worst + _AT_LEAST)
    lacking = min(lacking + PER_EXPECTED * expected, _MOST * limit)
    top = max(top, lacking)
    lacking -= PER_ITEM * items
    if lacking > 0:
        return Shortfall(lacking, top, worst)
    return Shortfall(0.0, 0.0, max(worst, top))


def taken_back(shortfall: Shortfall, expected: float) -> Shortfall:
    """Return what is lacking if so many items less were to be expected."""
    lacking = shortfall.lacking - PER_EXPECTED * expected
    if lacking > 0:
        return shortfall._replace(lacking=lacking, top=max(lacking, shortfall.top - PER_EXPECTED * expected))
    return shortfall._replace(lacking=0.0, top=0.0)


class DailyCounts(NamedTuple):
    """How many items came on each of seven days, the last of them ``day`` (days since 1970), by day modulo seven.

    Whole days are counted from ``begun``.
    """

    day: int = 0
    begun: int = 0
    week: tuple[int, ...] = (0,) * 7


NO_COUNTS = DailyCounts()


def begun_again(counts: DailyCounts, at: float) -> DailyCounts:
    """Count whole days from the next one: what was before is no measure."""
    return counts._replace(begun=int(at) // _DAY + 1)


def count_days(counts: DailyCounts, times: Sequence[float]) -> DailyCounts:
    """Count items by day."""
    day, begun, week = counts.day, counts.begun, list(counts.week)
    for at in times:
        today = int(at) // _DAY
        if not day or today >= day + 7 or today <= day - 7:
            day, begun, week = today, today + 1, [0] * 7
        while day < today:
            day += 1
            week[day % 7] = 0
        week[today % 7] = min(week[today % 7] + 1, _MOST_COUNTED)
    return DailyCounts(day, begun, tuple(week))
