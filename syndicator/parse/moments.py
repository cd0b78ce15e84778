"""Days and times to moments, in the Gregorian calendar and in Iran's. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from time import struct_time

Triple = tuple[int, int, int]
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_HOURS, _MINUTES, _LEAP_SECOND = 24, 60, 60
_MOST_OFFSET = 15 * 60
_NULL = datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC, as all here
# Of Iran's calendar, which has eight leap years in 33, exactly in the years 1178 to 1633 (Borkowski 1996).
_CYCLE, _LEAP_YEARS, _PHASE = 33, 8, 21
_FIRST_SOLAR, _LAST_SOLAR = 1279, 1479
_NEW_YEAR_1403 = date(2024, 3, 20).toordinal()
_LONG_MONTHS, _LAST_MONTH = 6, 12


def moment(day: Triple, time: Triple, offset: int) -> struct_time | None:
    """Return in UTC what is written in a zone ``offset`` minutes east of it; None if there is no such moment.

    ``day`` is year, month and day, ``time`` hour, minute and second. 24:00 is the end
    of the day (ISO 8601), and a leap second the beginning of the next minute. The beginning of 1970 is what programs
    write for no date.
    """
    hour, minute, second = time
    if not _FIRST_YEAR <= day[0] <= _LAST_YEAR or abs(offset) > _MOST_OFFSET:
        return None
    if hour >= _HOURS and (hour, minute, second) != (_HOURS, 0, 0):
        return None
    if minute >= _MINUTES or second > _LEAP_SECOND:
        return None
    try:
        found = datetime(*day) + timedelta(minutes=hour * 60 + minute - offset, seconds=second)  # noqa: DTZ001
    except ValueError:
        return None
    return found.utctimetuple() if found != _NULL else None


def solar_hijri(year: int, month: int, day: int) -> date | None:
    """Return a day of Iran's calendar, as Afghanistan's; None if it has no such day."""
    if not (_FIRST_SOLAR <= year <= _LAST_SOLAR and 1 <= month <= _LAST_MONTH and day >= 1):
        return None
    before = 31 * (month - 1) - max(0, month - 1 - _LONG_MONTHS)
    start = _new_year(year)
    last = _new_year(year + 1) - start - before if month == _LAST_MONTH else 31 - (month > _LONG_MONTHS)
    return date.fromordinal(start + before + day - 1) if day <= last else None


def _new_year(year: int) -> int:
    def leap_days(before: int) -> int:
        return (_LEAP_YEARS * before + _PHASE) // _CYCLE

    return _NEW_YEAR_1403 + 365 * (year - 1403) + leap_days(year) - leap_days(1403)
