"""Rules that say when a feed is silent: ours, from the shipped functions, and its rivals. All learn as items arrive.

Each has one constant, by which its alarm grows. Time in which nobody looked is taken out: moments before it are moved.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from math import inf, log
from typing import Protocol

from syndicator.watch.pulse import EMPTY, Pulse, after_arrivals, moments, shifted

HOUR, DAY = 3600.0, 86400.0
_GAPS = 100
_FEWEST = 8
_LULLS = 8


class Rule(Protocol):
    """A rule at one feed."""

    def arrive(self, at: float) -> None:
        """Learn from an item."""

    def skip(self, seconds: float) -> None:
        """Take out time in which nobody looked."""

    def alarm_at(self, constant: float) -> float:
        """Return when it is silent, if nothing more comes; infinite if never."""


class Ours:
    """The rule of the daemon."""

    def __init__(self) -> None:
        self.pulse = EMPTY

    def arrive(self, at: float) -> None:
        """Learn from an item."""
        self.pulse = after_arrivals(self.pulse, (at,))

    def skip(self, seconds: float) -> None:
        """Move what is known."""
        self.pulse = shifted(self.pulse, seconds)

    def alarm_at(self, constant: float) -> float:
        """Return when it is silent."""
        found = moments(self.pulse, constant) if self.pulse.begun_at else None
        return found[1] if found else inf


class Gaps:
    """The last hundred gaps between items, in hours."""

    def __init__(self) -> None:
        self.newest = self.begun = 0.0
        self.recent: deque[float] = deque(maxlen=_GAPS)
        self.ordered: list[float] = []

    def arrive(self, at: float) -> None:
        """Keep a gap."""
        if self.newest:
            if len(self.recent) == _GAPS:
                del self.ordered[bisect_right(self.ordered, self.recent[0]) - 1]
            self.recent.append(max(at - self.newest, 0.0))
            insort(self.ordered, self.recent[-1])
        self.begun = self.begun or at
        self.newest = max(at, self.newest)

    def skip(self, seconds: float) -> None:
        """Move the newest item."""
        if self.newest:
            self.newest += seconds
            self.begun += seconds

    def alarm_at(self, constant: float) -> float:
        """Return when nothing has come for so long; not in the first week, as with ours."""
        if len(self.recent) < _FEWEST:
            return inf
        return max(self.newest + self.length(constant), self.begun + 7 * DAY)

    def length(self, constant: float) -> float:
        """Return how long it may be quiet: the constant is in hours."""
        return constant * HOUR


class Median(Gaps):
    """So many times the median gap."""

    def length(self, constant: float) -> float:
        """Return how long it may be quiet."""
        return constant * max(self.ordered[len(self.ordered) // 2], 60.0)


class Mean(Gaps):
    """So many times the mean gap."""

    def length(self, constant: float) -> float:
        """Return how long it may be quiet."""
        return constant * sum(self.recent) / len(self.recent)


class Percentile(Gaps):
    """So many times the 95th percentile of the gaps."""

    def length(self, constant: float) -> float:
        """Return how long it may be quiet."""
        return constant * self.ordered[int(0.95 * (len(self.ordered) - 1))]


class Longest(Gaps):
    """So many times the longest of the last hundred gaps."""

    def length(self, constant: float) -> float:
        """Return how long it may be quiet."""
        return constant * self.ordered[-1]


class Poisson(Ours):
    """So many items missed, by the rate and the hour of the week: nothing is held against lulls of before."""

    def alarm_at(self, constant: float) -> float:
        """Return when the chance of nothing is one in ten to the constant."""
        return _reached(self.pulse, constant * log(10))


class Tail(Ours):
    """The eight longest of the last two hundred lulls, in expected items, have an exponential tail."""

    def __init__(self) -> None:
        super().__init__()
        self._recent: deque[float] = deque(maxlen=2 * _GAPS)
        self._mean, self._floor = 0.0, 0.0

    def arrive(self, at: float) -> None:
        """Keep a lull."""
        if self.pulse.begun_at:
            self._recent.append(self.pulse.profile.expected(self.pulse.newest_at, max(at, self.pulse.newest_at)))
        super().arrive(at)

    def alarm_at(self, constant: float) -> float:
        """Return when a lull is so many times as far beyond the eighth longest as those before it are, on average."""
        if len(self._recent) < 2 * _LULLS:
            return inf
        longest = sorted(self._recent)[-_LULLS:]
        beyond = sum(longest) / _LULLS - longest[0]
        return _reached(self.pulse, longest[0] + constant * max(beyond, 0.1))


def _reached(pulse: Pulse, items: float) -> float:
    """Return when so many items are missed; not in the first week, as with ours."""
    if not pulse.begun_at or pulse.lulls < _FEWEST:
        return inf
    profile = pulse.profile
    return max(profile.reached(pulse.newest_at, items / profile.rate), pulse.begun_at + 7 * DAY)


RULES: dict[str, tuple[type[Rule], tuple[float, ...]]] = {
    "fixed hours": (Gaps, (12, 16, 24, 36, 48, 72, 99, 150, 250, 500, 1009)),
    "k x median gap": (Median, (10, 20, 40, 60, 100, 160, 250, 400, 700, 1200, 2000, 3500)),
    "k x mean gap": (Mean, (3, 5, 8, 12, 18, 26, 38, 55, 80)),
    "k x 95th percentile of gaps": (Percentile, (1, 1.5, 2, 3, 4, 6, 8, 12, 18, 27, 40, 60)),
    "k x longest of 100 gaps": (Longest, (1, 1.2, 1.5, 1.8, 2.2, 3, 4, 6, 9, 14)),
    "Poisson, by hour and day": (Poisson, (2, 3, 5, 8, 12, 18, 27, 41, 62)),
    "tail of the 8 longest lulls": (Tail, (1, 2, 3, 5, 7, 10, 15, 22, 33, 50)),
    "ours": (Ours, (1.5,)),
}
__all__ = ["RULES", "Ours", "Rule"]
