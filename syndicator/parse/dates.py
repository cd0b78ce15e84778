"""Read the dates of items: RFC 822 and ISO 8601 at once, whatever else people write by ``written_dates``. Pure.

A date is whole or none. Nothing that is missing is taken from the clock, from the machine's zone, or from a guess: a
wrong date moves a story for good, and without one it has the time at which it was seen. A missing time is midnight, and
a missing zone UTC.
"""

from __future__ import annotations

import re
from time import struct_time

from syndicator.parse import zones
from syndicator.parse.moments import moment
from syndicator.parse.written_dates import written_date

_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3,9}, )?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))?"
    r" (?:([+-])(\d{2}):?([0-5]\d)|([A-Z]{1,4}))",
    re.ASCII,
)
_ISO_8601 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:([+-])(\d{2}):?([0-5]\d)|(Z))?)?",
    re.ASCII,
)
_MONTHS = {
    name: number
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}  # fmt: skip
_UTC = ("GMT", "Z", "UTC", None)
_YEAR_ENDS = 4
_HOUR = 60


def parse_date(text: str | None) -> struct_time | None:
    """Return the moment that ``text`` names, in UTC; None if it names none, or leaves a choice."""
    return (_plain_date(text) or written_date(text)) if text else None


def _plain_date(text: str) -> struct_time | None:
    """Return the moment of a date that follows RFC 822 or ISO 8601 to the letter; None for any other."""
    if text[_YEAR_ENDS : _YEAR_ENDS + 1] == "-":
        found = _ISO_8601.fullmatch(text)
        day = (int(found[1]), int(found[2]), int(found[3])) if found else None
    else:
        found = _RFC_822.fullmatch(text)
        day = (int(found[3]), _MONTHS.get(found[2], 0), int(found[1])) if found else None
    offset = _minutes_east(found) if found else None
    if found is None or day is None or offset is None:
        return None
    return moment(day, (int(found[4] or 0), int(found[5] or 0), int(found[6] or 0)), offset)


def _minutes_east(found: re.Match[str]) -> int | None:
    sign, hours, minutes, name = found.group(7, 8, 9, 10)
    if sign:
        return (int(hours) * _HOUR + int(minutes)) * (-1 if sign == "-" else 1)
    if name in _UTC:
        return 0
    name = name.lower()
    return zones.named_offset(name) if zones.is_zone(name) else None
