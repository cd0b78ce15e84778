"""How fast the clocks of all sources turn, so that together they make the polls that are granted. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from syndicator.models import PollBounds

_DAY = 86400.0
_MOST_ROUNDS, _NEAR = 60, 1e-4
# How much of a difference is made up for at once: an hour is one sample, and news come in waves.
_PATIENCE = 0.3
_AT_ONCE, _FARTHEST = 2.0, 3.0


def clock_speed(turns: Iterable[float], granted: float, bounds: PollBounds) -> float:
    """Return the speed at which sources are polled so often a day, in all; ``turns`` are theirs at a speed of 1.

    None is polled more often than every ``bounds.shortest``, nor less than every ``bounds.longest_wait``.
    """
    weights = list(turns)
    most = _DAY / max(bounds.shortest.total_seconds(), 1.0)
    least = min(most, _DAY / max(bounds.longest_wait.total_seconds(), 1.0))
    low, high = 0.0, most / max(min(weights, default=1.0), 1e-6)
    for _ in range(_MOST_ROUNDS):
        speed = (low + high) / 2
        made = sum(min(max(speed * each, least), most) for each in weights)
        if abs(made - granted) <= _NEAR * granted:
            return speed
        low, high = (speed, high) if made < granted else (low, speed)
    return (low + high) / 2


def corrected(before: float, *, made: int, granted: float) -> float:
    """Return by what the speed is multiplied, after so many polls were made where so many were granted."""
    if granted < 1 or not made:
        return before
    ratio = min(max(granted / made, 1 / _AT_ONCE), _AT_ONCE)
    return min(max(before * float(ratio**_PATIENCE), 1 / _FARTHEST), _FARTHEST)
