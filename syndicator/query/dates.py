"""Dates, ages and numbers of filters. Pure: text in, a tree's value or None out. Days are of UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from syndicator.query.tree import CopiesBetween, PublishedBetween, YoungerThan
from syndicator.text import fold

_DATE = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?")
_SLASHED = re.compile(r"(\d\d?)[/.](\d\d?)[/.](\d{4})")
_AGE = re.compile(r"(\d{1,5})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_COMPARISON = re.compile(r"(>=|<=|[<>=≤≥])?\s*(.+)")
_NUMBER = re.compile(r"\d{1,6}")
# No press is older, and years are written with four digits.
_FIRST_YEAR = 1600
_SIGNS = {"≥": ">=", "≤": "<=", None: "=", "": "="}
_Interval = tuple[datetime, datetime]


def _compared(value: str) -> tuple[str, str]:
    """Return the sign of a comparison and what stands behind it, with plain digits."""
    found = _COMPARISON.fullmatch(fold(value))
    return (_SIGNS.get(found[1], found[1]), found[2]) if found else ("=", "")


def copies_between(value: str) -> CopiesBetween | None:
    """Return what ``>=3``, ``3`` or ``2..5`` says."""
    first, dots, last = fold(value).partition("..")
    if dots:
        ends = [int(end) if _NUMBER.fullmatch(end) else None for end in (first, last)]
        wrong = any(end is None and text for end, text in zip(ends, (first, last), strict=True))
        return None if wrong or ends == [None, None] else CopiesBetween(ends[0] or 0, ends[1])
    sign, number = _compared(value)
    if not _NUMBER.fullmatch(number):
        return None
    count = int(number)
    ranges = {">=": (count, None), ">": (count + 1, None), "<=": (0, count), "<": (0, count - 1)}
    return CopiesBetween(*ranges.get(sign, (count, count)))


def published_between(value: str) -> PublishedBetween | None:
    """Return what ``2026-11``, ``2026-11-01..2026-11-15``, ``..2026-11-01`` or ``>=2026-11-01`` says."""
    first, dots, last = fold(value).partition("..")
    if dots:
        start, end = _interval(first), _interval(last)
        if (first and not start) or (last and not end) or not (start or end):
            return None
        return PublishedBetween(start[0] if start else None, end[1] if end else None)
    sign, date = _compared(value)
    interval = _interval(date)
    if interval is None:
        return None
    start_at, end_at = interval
    ends = {">=": (start_at, None), ">": (end_at, None), "<=": (None, end_at), "<": (None, start_at)}
    return PublishedBetween(*ends.get(sign, interval))


def _interval(date: str) -> _Interval | None:
    """Return the beginning of a year, month or day, and its end."""
    found = _DATE.fullmatch(date)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    if year is None or year < _FIRST_YEAR:
        return None
    try:
        start = datetime(year, month or 1, day or 1, tzinfo=UTC)
        if day:
            return start, start + timedelta(days=1)
        following = start.year * 12 + start.month + (0 if month else 11)
        return start, datetime(following // 12, following % 12 + 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def meant_dates(value: str) -> list[str]:
    """Return what ``1/11/2026`` may mean, the day before the month first."""
    found = _SLASHED.fullmatch(fold(value))
    if found is None:
        return []
    first, second, year = found.groups()
    dates = [f"{year}-{int(month):02}-{int(day):02}" for day, month in ((first, second), (second, first))]
    return [date for date in dict.fromkeys(dates) if _interval(date)]


def younger_than(value: str) -> tuple[str, YoungerThan | None]:
    """Return the sign of ``<2d`` and the window that it says."""
    sign, age = _compared(value)
    found = _AGE.fullmatch(age)
    return sign, YoungerThan(int(found[1]) * _UNITS[found[2]]) if found else None
