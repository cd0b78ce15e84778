"""How a rate varies with the hour of the day and the day of the week (UTC). Pure; moments are seconds since 1970."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0
# So many items stand for what is not known of an hour, and of a day: days differ less, and a week is soon cut short by
# what nobody saw. Of its rate a source keeps at least a share.
_HOUR_PRIOR, _DAY_PRIOR, _LEAST = 1.5, 20.0, 0.02
# 1970 began on a Thursday, so many seconds after a Monday.
_FROM_MONDAY = 3 * DAY


class Profile:
    """A rate, in items a day, and factors on it: ``hours`` of the day, and ``days`` of the week from Monday.

    A stretch of time is measured in flat days: those in which as many items are to be expected at the plain rate.
    """

    __slots__ = ("_by_day", "_by_hour", "_least", "days", "hours", "rate")

    def __init__(self, rate: float, hours: Sequence[float], days: Sequence[float]) -> None:
        self.rate, self.hours, self.days = rate, hours, days
        self._by_hour = (0.0, *accumulate(hours))
        self._least = min(hours)
        wholes = [scale * by_hour[24] for scale, by_hour in map(self._day, range(7))]
        self._by_day = (0.0, *accumulate(wholes))

    def rate_at(self, moment: float) -> float:
        """Return the rate at a moment, in items a day."""
        hour = int(moment // HOUR) % 24
        return self.rate * max(self.hours[hour] * self.days[weekday(moment)], _LEAST)

    def expected(self, start: float, end: float) -> float:
        """Return how many items are to be expected between two moments."""
        return self.rate * self.flat_days(start, end)

    def flat_days(self, start: float, end: float) -> float:
        """Return the flat days between two moments."""
        return self.passed(end) - self.passed(start)

    def reached(self, start: float, flat_days: float) -> float:
        """Return the moment so many flat days after another."""
        weeks, left = divmod((self.passed(start) + flat_days) * 24, self._by_day[7])
        day = min(bisect_right(self._by_day, left) - 1, 6)
        scale, by_hour = self._day(day)
        within = (left - self._by_day[day]) / scale
        hour = min(bisect_right(by_hour, within) - 1, 23)
        part = (within - by_hour[hour]) / (by_hour[hour + 1] - by_hour[hour])
        return weeks * WEEK + day * DAY + (hour + part) * HOUR - _FROM_MONDAY

    def passed(self, moment: float) -> float:
        """Return the flat days until a moment."""
        weeks, left = divmod(moment + _FROM_MONDAY, WEEK)
        day, left = divmod(left, DAY)
        hour, left = divmod(left, HOUR)
        scale, by_hour = self._day(int(day))
        at = by_hour[int(hour)]
        within = at + (by_hour[int(hour) + 1] - at) * left / HOUR
        return (weeks * self._by_day[7] + self._by_day[int(day)] + scale * within) / 24

    def _day(self, day: int) -> tuple[float, Sequence[float]]:
        """Return the flat hours of a day until each of its hours, in units."""
        scale = self.days[day]
        if scale * self._least >= _LEAST:
            return scale, self._by_hour
        return 1.0, (0.0, *accumulate([max(scale * each, _LEAST) for each in self.hours]))


def weekday(moment: float) -> int:
    """Return the day of the week of a moment, 0 for Monday."""
    return int((moment + _FROM_MONDAY) // DAY) % 7


def profile_from(rate: float, hours: Sequence[float], days: Sequence[float]) -> Profile:
    """Return a profile from counts by hour of the day and day of the week."""
    return Profile(rate, _factors(hours, _HOUR_PRIOR), _factors(days, _DAY_PRIOR))


def _factors(counts: Sequence[float], prior: float) -> list[float]:
    usual = sum(counts) / len(counts) + prior
    return [(each + prior) / usual for each in counts]
