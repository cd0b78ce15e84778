"""Events: stories on the same happening, whoever tells them. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAssignment:
    """The event of a story, and the reason in words. An event has the number of the story that opened it, for ever.

    ``score`` is None where the story opened it. ``merged`` are events that this story showed to be the same: they live
    on as ``event``, the oldest of them. ``related`` are events of other languages that may be the same happening.
    """

    event: int
    reason: str
    score: float | None = None
    merged: tuple[int, ...] = ()
    related: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as the store holds it: ``title`` is the headline that opened it, ``stories`` is how many it has."""

    id: int
    uid: str
    title: str
    first_at: datetime
    last_at: datetime
    stories: int
