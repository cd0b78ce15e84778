"""How much is told of what, and when that is unusually much. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syndicator.models.stories import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """That a series has more stories than usual, as it was when it was judged last.

    In ``hours`` up to then it had so many ``stories`` of so many ``outlets``, where ``expected`` were; ``score`` is
    -log10 of the probability of that. It ``is_high`` if that is enough to raise it, and was enough to keep it until
    ``held_at``. ``numbers`` are the stories of the last day, one of each outlet first. ``head`` is the series whose
    spike is the same happening, empty if it stands for that itself.
    """

    hours: int
    stories: int
    outlets: int
    expected: float
    score: float
    is_high: bool
    held_at: datetime
    numbers: tuple[int, ...]
    head: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesState:
    """What the store holds of a series besides its counts. ``usual`` is packed: see ``watch.spikes``."""

    id: int
    name: str
    usual: bytes
    raised_at: datetime | None = None
    ended_at: datetime | None = None
    spike: Spike | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStory:
    """What a story is counted by."""

    number: int
    outlet: str
    source: str
    language: str
    tags: tuple[Tag, ...]
    feeds: tuple[str, ...]
    published: datetime | None
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedStory:
    """A story with the hour, since 1970, and the series it was counted in."""

    number: int
    hour: int
    outlet: str
    series: tuple[int, ...]
