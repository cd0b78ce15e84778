"""Archives of output feeds: documents that never change (RFC 5005, 4). Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One archive of a feed. ``number`` counts the feed's archives; ``month`` is a text like "2026-11".

    ``part`` counts those that were made before the month had gone; 0 is the month's last, with all that was left.
    """

    feed: str
    number: int
    month: str
    part: int
    made_at: datetime

    @property
    def label(self) -> str:
        """What tells it from the feed's other archives: "2026-11-3", or "2026-11"."""
        return f"{self.month}-{self.part}" if self.part else self.month


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMember:
    """A member of a feed that stands in no archive as it is now, with the time by which it has its place there."""

    story: int
    placed_at: datetime
