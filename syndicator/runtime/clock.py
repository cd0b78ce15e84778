"""The time of day may be wrong, and is set right in steps: notice a step, and move what was planned by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

# A clock that is slewed runs up to 500 millionths fast or slow (adjtimex(2)): that is no step.
_SLEW = 0.001
_TOLERANCE = timedelta(seconds=10)
# How long the status page tells of a step, in seconds.
_TOLD = 86_400.0


def steady_seconds() -> float:
    """Return seconds since the machine started, those that it slept included: a long sleep is no step of the clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class ClockWatch:
    """Compares the time of day with a clock that nobody sets."""

    def __init__(self, clock: Callable[[], datetime], steady: Callable[[], float] = steady_seconds) -> None:
        """Begin with what both show now."""
        self._clock, self._steady = clock, steady
        self._looked_at, self._wall = steady(), clock()
        self._started_at = self._wall  # by the clock as it is now
        self._told: tuple[str, float] | None = None
        # By how much plans made since when (by the clock before) are still to be moved.
        self.pending: tuple[datetime, timedelta] | None = None

    def look(self) -> timedelta | None:
        """Return by how much the clock was set since the last look, None if it was not."""
        steady, wall = self._steady(), self._clock()
        passed = steady - self._looked_at
        # By what the clock should show, so that many small steps add up to one that counts.
        expected = self._wall + timedelta(seconds=passed)
        off = wall - expected
        if abs(off) <= _TOLERANCE:
            slewed = timedelta(seconds=_SLEW * passed)
            self._looked_at, self._wall = steady, expected + max(-slewed, min(off, slewed))
            return None
        self._looked_at, self._wall = steady, wall
        since, earlier = self.pending or (self._started_at, timedelta(0))
        self.pending = since, earlier + off
        self._started_at += off
        self._told = describe_step(off, wall), steady
        return off

    @property
    def notice(self) -> str | None:
        """What to tell the operator of the last step, for a day."""
        if self._told is None or self._steady() - self._told[1] > _TOLD:
            return None
        return self._told[0]


def describe_step(step: timedelta, now: datetime) -> str:
    """Return a step in words."""
    way = "forward" if step > timedelta(0) else "back"
    return f"the clock was set {way} by {_words(abs(step))}, to {now:%Y-%m-%d %H:%M:%S} UTC"


def _words(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
