"""How a rate varies with the hour of the day and the day of the week (UTC). Pure; moments are seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0
# So many items stand for what is not known of an hour, and of a day: days differ less, and a week is soon cut short by
# what nobody saw. Of its rate a source keeps at least a share.
_HOUR_PRIOR, _DAY_PRIOR, _LEAST = 1.5, 20.0, 0.02
# 1970 began on a Thursday.
_FIRST_DAY = 3


class Profile:
    """A rate, in items a day, and factors on it: ``hours`` of the day, and ``days`` of the week from Monday.

    A stretch of time is measured in flat days: those in which as many items are to be expected at the plain rate.
    """

    __slots__ = ("_totals", "days", "hours", "rate")

    def __init__(self, rate: float, hours: Sequence[float], days: Sequence[float]) -> None:
        self.rate, self.hours, self.days = rate, hours, days
        self._totals: list[float] | None = None

    def rate_at(self, moment: float) -> float:
        """Return the rate at a moment, in items a day."""
        return self.rate * self._factor(int(moment))

    def expected(self, start: float, end: float) -> float:
        """Return how many items are to be expected between two moments."""
        return self.rate * self.flat_days(start, end)

    def flat_days(self, start: float, end: float) -> float:
        """Return the flat days between two moments."""
        total, at = 0.0, start
        if end - start >= WEEK:
            weeks = (end - start) // WEEK
            total, at = weeks * sum(self._days()), start + weeks * WEEK
        while at < end:
            if end - at >= DAY and at % DAY == 0:
                total += self._days()[int(at // DAY + _FIRST_DAY) % 7]
                at += DAY
                continue
            until = min((at // HOUR + 1) * HOUR, end)
            total += self._factor(int(at)) * (until - at)
            at = until
        return total / DAY

    def reached(self, start: float, flat_days: float) -> float:
        """Return the moment so many flat days after another."""
        left, at = flat_days * DAY, start
        totals = self._days()
        if left >= (week := sum(totals)):
            weeks = left // week
            left, at = left - weeks * week, at + weeks * WEEK
        while True:
            if at % DAY == 0 and left >= (total := totals[int(at // DAY + _FIRST_DAY) % 7]):
                left, at = left - total, at + DAY
                continue
            factor = self._factor(int(at))
            until = (at // HOUR + 1) * HOUR
            if factor * (until - at) >= left:
                return at + left / factor
            left, at = left - factor * (until - at), until

    def _factor(self, moment: int) -> float:
        factor = self.hours[moment // 3600 % 24] * self.days[(moment // 86400 + _FIRST_DAY) % 7]
        return max(factor, _LEAST)

    def _days(self) -> list[float]:
        """Return the flat seconds of each day of the week."""
        if self._totals is None:
            least, whole = min(self.hours), HOUR * sum(self.hours)
            self._totals = [
                day * whole if day * least >= _LEAST else HOUR * sum(max(day * hour, _LEAST) for hour in self.hours)
                for day in self.days
            ]
        return self._totals


def profile_from(rate: float, hours: Sequence[float], days: Sequence[float]) -> Profile:
    """Return a profile from counts by hour of the day and day of the week."""
    return Profile(rate, _factors(hours, _HOUR_PRIOR), _factors(days, _DAY_PRIOR))


def _factors(counts: Sequence[float], prior: float) -> list[float]:
    usual = sum(counts) / len(counts) + prior
    return [(each + prior) / usual for each in counts]
