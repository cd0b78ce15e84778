"""Spans of days of publication as marks of the search index: few of them, for whole months, years and decades. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from syndicator.outbox.search_text import PUBLISHED
from syndicator.store.search_terms import ANYTHING, Expression, Marked, both, either, mark_of, without

_DAY = timedelta(days=1)
_DECEMBER = 12


def published_from(since: datetime, *, is_certain: bool) -> Expression:
    """Return an expression for stories published at ``since`` or later.

    The index knows days only: with ``is_certain`` that day counts if all of it does, else if any of it may.
    """
    day = since.date()
    if is_certain and since > datetime.combine(day, time(), UTC):
        day += _DAY
    return either(_marked(beginning) for beginning in _days_from(day))


def published_between(since: datetime | None, before: datetime | None, *, is_certain: bool) -> Expression:
    """Return an expression for stories published from ``since`` on and before ``before``; None leaves an end open."""
    begun = ANYTHING if since is None else published_from(since, is_certain=is_certain)
    ended = ANYTHING if before is None else without(published_from(before, is_certain=not is_certain))
    return both((_marked(""), begun, ended))


def _marked(beginning: str) -> Expression:
    return Marked(mark_of(PUBLISHED, beginning), is_prefix=True)


def _days_from(day: date) -> Iterator[str]:
    """Yield beginnings that a day of the form YYYY-MM-DD has if, and only if, it is ``day`` or later."""
    while day.day > 1:
        yield day.isoformat()
        if day == date.max:
            return
        day += _DAY
    year = day.year
    if day.month > 1:
        yield from (f"{year:04}-{month:02}" for month in range(day.month, _DECEMBER + 1))
        year += 1
    # By digits: what is left of the decade, the century, the millennium, and all later ones.
    digits = f"{year - 1:04}"
    for place in (3, 2, 1, 0):
        yield from (digits[:place] + str(digit) for digit in range(int(digits[place]) + 1, 10))
