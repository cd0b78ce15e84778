"""Time lanes: when each of several outlets told something, on one axis in thirds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from syndicator.models.reader_pages import EventPace, Teller, TellingMark

_WIDE, _MARK = 180, 2
_SHORTEST = timedelta(minutes=30)


def lane(marks: Sequence[TellingMark], first: datetime, last: datetime) -> Markup:
    """Draw marks between two moments: filled for own words, hollow for copies. The same stands beside it in words."""
    span = max(last - first, _SHORTEST)
    own, copies = (
        "".join(
            f"M{(each.at - first) / span * (_WIDE - _MARK):.0f} 3h{_MARK}v14h-{_MARK}z"
            for each in marks
            if each.is_copy is is_copy
        )
        for is_copy in (False, True)
    )
    parts = [f'<path class="{name}" d="{path}"/>' for name, path in (("cp", copies), ("seen", own)) if path]
    return Markup(  # noqa: S704 - made of numbers
        f'<svg class="lane" viewBox="0 0 {_WIDE} 20" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="tick" d="M60 0V20M120 0V20"/>{"".join(parts)}</svg>'
    )


def bars(label: str, numbers: Sequence[int]) -> Markup:
    """Draw a bar for each number, side by side."""
    most = max(numbers, default=0) or 1
    path = "".join(
        f"M{place * 10 + 1} 60v-{number * 58 / most:.0f}h8V60z" for place, number in enumerate(numbers) if number
    )
    return Markup(
        '<svg class="bars" viewBox="0 0 {} 60" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}"/></svg>'
    ).format(len(numbers) * 10, label, path)


def thirds(first: datetime, last: datetime) -> list[datetime]:
    """Return the moments at which the thirds of a lane begin."""
    span = max(last - first, _SHORTEST)
    return [first + span * part / 3 for part in range(3)]


def end_of(tellers: Sequence[Teller]) -> datetime:
    """Return when the last mark of these outlets is."""
    return max(mark.at for each in tellers for mark in each.marks)


def pace_end(first: datetime, pace: EventPace) -> datetime:
    """Return when the last step ends."""
    return first + timedelta(seconds=pace.step * len(pace.tellings))
