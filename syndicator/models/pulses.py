"""New items as they arrived, and what is stored of a rhythm. Plain values; datetimes are aware UTC.

Named tuples: there are many of them, and a frozen dataclass costs several times as much to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

_OLD = timedelta(days=2)


def source_subject(id_: str) -> str:
    """Return the subject of a source's own rhythm."""
    return f"source:{id_}"


def arrival_times(published: Sequence[datetime | None], *, since: datetime, now: datetime) -> list[datetime]:
    """Return when new items came that a document lists, by their own dates, after what was seen at a moment.

    What is not dated, or dated before, came right after that moment: a time in which nobody could look is no lull. What
    is dated long before counts once, however much it is: an archive that opens is no rhythm.
    """
    begin = min(since, now)
    recent = [each for each in published if each is None or begin - each <= _OLD]
    times = [begin if each is None else min(max(each, begin), now) for each in recent]
    return times if len(recent) == len(published) else [*times, begin]


class Arrival(NamedTuple):
    """A new item of a source, as a poll brought it.

    ``at`` is when the outlet says that it was published, within the time since the source last answered well. If it
    ``is_first``, it stands for the source's first document. If it ``is_late``, nobody had looked for more than a day.
    """

    id: int
    source: str
    at: datetime
    seen_at: datetime
    is_first: bool = False
    is_late: bool = False


class PulseRow(NamedTuple):
    """The rhythm of a ``subject`` as it is stored: ``source:``, or ``outlet:``, ``country:`` or ``language:`` of some.

    ``state`` is packed: see ``watch.pulse_row``. Nothing is newer than ``newest_at``; without more it will be quiet at
    ``quiet_at`` and silent at ``silent_at``. ``thinned_at`` is the last look that found it thin. A group has
    ``members``.
    """

    subject: str
    state: bytes
    begun_at: datetime
    newest_at: datetime
    quiet_at: datetime | None = None
    silent_at: datetime | None = None
    thinned_at: datetime | None = None
    members: tuple[str, ...] = ()
