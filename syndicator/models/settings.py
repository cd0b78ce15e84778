"""Settings that rooms take from the configuration. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollBounds:
    """The operator's limits on how often a source is asked; ``probe`` paces the retrying of failed endpoints."""

    interval: timedelta = timedelta(minutes=30)
    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = _DAY
    probe: timedelta = timedelta(minutes=10)
