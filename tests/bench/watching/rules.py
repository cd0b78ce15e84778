"""Rules that say when a source is silent: ours, from the shipped functions, and its rivals. All learn as items arrive."""

from __future__ import annotations

from math import inf
from typing import Protocol

from syndicator.watch.pulse import EMPTY, after_arrivals, moments, shifted

HOUR, DAY = 3600.0, 86400.0
_GAPS = 100


class Rule(Protocol):
    """A rule at one source."""

    def arrive(self, at: float) -> None:
        """Learn from an item."""

    def skip(self, seconds: float) -> None:
        """Take out time in which nobody looked."""

    def alarm_at(self, constant: float) -> float:
        """Return when it is silent, if nothing more comes; infinite if never."""


class Ours:
    """The rule of the daemon."""

    name = "ours"

    def __init__(self) -> None:
        """Know nothing."""
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


class Tail(Ours):
    """The longest lulls of late, in expected items, have an exponential tail."""

    name = "exponential tail of the 8 longest lulls"
