"""Read the dates of items: RFC 822 and ISO 8601 at once, whatever else people write by ``written_dates``. Pure.

A date is whole or none. Nothing that is missing is taken from the clock, from the machine's zone, or from a guess: a
wrong date moves a story for good, and without one it has the time at which it was seen. A missing time is midnight, and
a missing zone UTC.
"""

from __future__ import annotations

import re
from time import struct_time

from syndicator.parse.moments import moment
from syndicator.parse.written_dates import written_date

_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))?"
    r" (?:([+-])(\d{2}):?(\d{2})|GMT|UTC|UT|Z)",
    re.ASCII,
)
_ISO_8601 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:Z|([+-])(\d{2}):?(\d{2}))?", re.ASCII
)
_MONTHS = {
    name: number
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}  # fmt: skip
_YEAR_ENDS = 4
_HOUR = 60


def parse_date(text: str | None) -> struct_time | None:
    """Return the moment that ``text`` names, in UTC; None if it names none, or leaves a choice."""
    if not text:
        return None
    if text[_YEAR_ENDS : _YEAR_ENDS + 1] == "-":
        found = _ISO_8601.fullmatch(text)
        month = int(found[2]) if found else 0
        year, day_at = (1, 3)
    else:
        found = _RFC_822.fullmatch(text)
        month = _MONTHS.get(found[2], 0) if found else 0
        year, day_at = (3, 1)
    if found is None or not month:
        return written_date(text)
    sign, hours, minutes = found[7], found[8], found[9]
    offset = int(hours) * _HOUR + int(minutes) if sign else 0
    if sign and int(minutes) >= _HOUR:
        return None
    day = (int(found[year]), month, int(found[day_at]))
    time = (int(found[4]), int(found[5]), int(found[6] or 0))
    return moment(day, time, -offset if sign == "-" else offset) or written_date(text)
