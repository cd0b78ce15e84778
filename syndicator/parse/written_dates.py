"""Read dates that are neither RFC 822 nor ISO 8601: other orders, languages, digits, calendars and zones. Pure.

Every token of a text must be understood, and a day, month and year must be found, else it is no date. Whether 1/12/2024
is in January or December is left open unless the numbers or the weekday tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from time import gmtime, struct_time

from syndicator.parse import date_names, zones
from syndicator.parse.date_tokens import KOREAN, PARTS, TIMES, TOKEN, pairs
from syndicator.parse.moments import moment, solar_hijri
from syndicator.text import fold

_LONGEST = 120
TIMESTAMP = re.compile(r"(1\d{9})(?:\d{3}|\d{6})?(?:\.\d+)?", re.ASCII)
_INVISIBLE = re.compile("[\u200b-\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff]")
_COMMENT = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*")
_PERSIAN_DIGIT = re.compile("[۰-۹]")
_IRAN = frozenset({210, 270})  # minutes east of UTC, in winter and in summer
_KOREA = 540
_GERMAN_ON = "am"
_ERA = "م"  # after a year, of the Gregorian calendar; after a time, of the afternoon
_LONGEST_ZONE, _LONGEST_PHRASE = 5, 3
_MOST_DAYS, _MOST_MONTHS, _NOON = 31, 12, 12
_CENTURY, _PIVOT, _THREE_DIGITS = 2000, 50, 3


class _NoDateError(Exception):
    """A text that is no date, or not a certain one."""


def written_date(text: str) -> struct_time | None:
    """Return the moment that ``text`` names, in UTC; None if it names none, or leaves a choice."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    has_persian_digits = _PERSIAN_DIGIT.search(text) is not None
    folded = fold(_INVISIBLE.sub("", text)).replace("\u2212", "-").strip()
    stamp = TIMESTAMP.fullmatch(folded)
    if stamp:
        return gmtime(int(stamp[1]))
    try:
        return _Reader(has_persian_digits=has_persian_digits).read(folded)
    except _NoDateError:
        return None


class _Reader:
    """Collects what the tokens of a text say."""

    def __init__(self, *, has_persian_digits: bool) -> None:
        self._has_persian_digits = has_persian_digits
        self._numbers: list[str] = []
        self._months: set[int] = set()
        self._solar_months: set[int] = set()
        self._weekdays: set[int] = set()
        self._either: list[tuple[int, int]] = []  # words that are a month here and a weekday there
        self._numeric = ""
        self._day: date | None = None
        self._time: list[int] = []
        self._half: int | None = None
        self._offset: int | None = None
        self._zone: str | None = None
        self._last = ""

    def read(self, text: str) -> struct_time | None:
        comment = _COMMENT.search(text)
        self._take_all(_COMMENT.sub(" ", text, count=1) if comment else text)
        if comment and self._offset is None and self._zone is None:
            self._take_all(comment[1].strip())
        offset = self._minutes_east(text)
        day = self._found_day(offset)
        hour, minute, second = [*self._time, 0, 0, 0][:3]
        if self._half is not None:
            hour = self._of_both_halves(hour)
        return moment((day.year, day.month, day.day), (hour, minute, second), offset)

    # --- tokens ------------------------------------------------------------------------------------------------------

    def _take_all(self, text: str) -> None:
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if found is None:
                raise _NoDateError
            at = self._take(found, text)

    def _take(self, found: re.Match[str], text: str) -> int:
        """Take a token; return where the next begins."""
        kind, value = str(found.lastgroup), found[0]
        if kind in ("by", "by2"):
            kind = "numeric"
        if kind == "word":
            return self._take_words(text, found)
        if kind == "offset" and not self._take_offset(value):
            return self._take_without_offset(text, found)
        if kind in TIMES:
            self._take_time(pairs(value) if kind == "basic" else PARTS.findall(value)[:3])
        elif kind in ("spelt", "week", "ordinal", "compact"):
            self._take_day(kind, value)
        elif kind == "numeric":
            self._numeric = value if not self._numeric else self._fail()
        elif kind == "number":
            self._numbers.append(PARTS.findall(value)[0])
        elif kind == "region":
            self._take_region(value)
        if kind != "gap":
            self._last = kind
        return found.end()

    def _fail(self) -> str:
        raise _NoDateError

    def _take_time(self, parts: Sequence[str]) -> None:
        if self._time:
            raise _NoDateError
        self._time = [int(part) for part in parts]

    def _take_day(self, kind: str, value: str) -> None:
        if self._day:
            raise _NoDateError
        year, rest = int(value[:4]), value[4:]
        parts = [int(part) for part in PARTS.findall(rest)]
        try:
            if kind == "spelt":
                self._day = date(year, *parts)
            elif kind == "week":
                digits = rest.replace("-", "").lstrip("w")
                self._day = date.fromisocalendar(year, int(digits[:2]), int(digits[2]))
            elif kind == "ordinal":
                self._day = date.fromordinal(date(year, 1, 1).toordinal() + parts[0] - 1)
            else:
                self._day = date(year, int(rest[:2]), int(rest[2:4]))
                self._take_time(pairs(rest[4:]))
        except ValueError as error:
            raise _NoDateError from error
        if self._day.year != year:
            raise _NoDateError

    def _take_offset(self, value: str) -> bool:
        """Take an offset, and return whether it is one: after a month's name it is a year, before the time a day."""
        is_late = bool(self._time or self._numeric or self._day) and self._last != "month"
        offset = zones.written_offset(value) if is_late else None
        if offset is None:
            return False
        if self._offset not in (None, offset):
            raise _NoDateError
        self._offset = offset
        return True

    def _take_without_offset(self, text: str, found: re.Match[str]) -> int:
        """Read what looked like an offset as a word, or as a hyphen."""
        name = re.match("[a-z]+", found[0])
        if name:
            return self._take_words(text[: found.start() + name.end()], found)
        if "+" in found[0] or (self._time and self._last in TIMES | {"zone"}):
            raise _NoDateError  # a numeric offset is never left out
        return found.start() + 1

    def _take_region(self, value: str) -> None:
        area, _, name = value.partition("/")
        month, other = (date_names.months().get(each) for each in (area, name))
        if month is not None and month == other:
            self._months.add(month)
            return
        self._offset = zones.region_offset(area, name)
        if self._offset is None or not self._time:
            raise _NoDateError

    # --- words -------------------------------------------------------------------------------------------------------

    def _take_words(self, text: str, found: re.Match[str]) -> int:
        """Take the longest phrase that is known; return where the next token begins."""
        words, ends = [], []
        at = found.start()
        for _ in range(_LONGEST_PHRASE):
            match = TOKEN.match(text, at)
            if match is None or match.lastgroup not in ("word", "region", "offset") or match[0][0] in "+-":
                break
            word = re.match(r"[^\W\d_]+(?:['’׳ʼ.][^\W\d_]+)*['’׳]?", match[0])
            if word is None:
                break
            words.append(word[0].rstrip("'’׳").replace(".", ""))
            at += word.end()
            ends.append(at)
            at += text.startswith(". ", at)
            if text[at : at + 1] not in (" ", "-") or not text[at + 1 : at + 2].isalpha():
                break
            at += 1
        for count in range(len(words), 0, -1):
            if self._take_phrase(" ".join(words[:count]), is_alone=count == 1):
                return ends[count - 1]
        if text[ends[0] : ends[0] + 1] in (",", "،") and not self._last:
            return ends[0]  # a weekday in another language
        raise _NoDateError

    def _take_phrase(self, phrase: str, *, is_alone: bool) -> bool:
        """Take a word or phrase; return whether it is known."""
        is_after_time = self._last in TIMES or self._last in ("half", "compact")
        is_name = phrase in date_names.months() or phrase in date_names.weekdays()
        if zones.is_zone(phrase) and self._time and (is_after_time or not is_name):
            self._zone, self._last = self._zone or phrase, "zone"
            return True
        if self._take_name(phrase) or self._says_nothing(phrase):
            return True
        half = date_names.halves_of_day().get(phrase)
        if half is not None:
            self._half, self._last = half, "half"
            return True
        if is_alone and (self._offset is not None or (is_after_time and _may_be_zone(phrase))):
            self._zone, self._last = self._zone or phrase, "zone"
            return True
        return False

    def _take_name(self, phrase: str) -> bool:
        """Take a month or weekday."""
        month, weekday = date_names.months().get(phrase), date_names.weekdays().get(phrase)
        solar = date_names.solar_hijri_months().get(phrase)
        if month is not None and weekday is not None:
            self._either.append((month, weekday))
        elif month is not None:
            self._months.add(month)
        elif solar is not None:
            self._solar_months.add(solar)
        elif weekday is not None:
            self._weekdays.add(weekday)
            return True
        else:
            return False
        self._last = "month"
        return True

    def _says_nothing(self, phrase: str) -> bool:
        is_era = phrase == _ERA and self._last == "number"
        is_on = phrase == _GERMAN_ON and not self._time
        return is_era or is_on or phrase in date_names.fillers()

    # --- what they say -----------------------------------------------------------------------------------------------

    def _minutes_east(self, text: str) -> int:
        if self._offset is not None:
            return self._offset
        if self._zone is None:
            return _KOREA if KOREAN.search(text) else 0
        offset = zones.named_offset(self._zone)
        if offset is None:
            raise _NoDateError
        return offset

    def _of_both_halves(self, hour: int) -> int:
        """Return the hour of 24 for one of twelve; one of 24 stays if it agrees."""
        if not self._time:
            raise _NoDateError
        if hour > _NOON or (hour == 0 and not self._half):
            if (hour > _NOON) != bool(self._half):
                raise _NoDateError
            return hour
        return hour % _NOON + int(self._half or 0)

    def _found_day(self, offset: int) -> date:
        for month, weekday in self._either:
            if self._months or self._solar_months:
                self._weekdays.add(weekday)
            else:
                self._months.add(month)
        ways = [bool(self._day), bool(self._numeric), bool(self._months), bool(self._solar_months)]
        if sum(ways) != 1 or (self._numbers and (self._day or self._numeric)):
            raise _NoDateError
        try:
            day = self._day or (self._numeric_day(offset) if self._numeric else self._named_day())
        except ValueError as error:
            raise _NoDateError from error
        if day is None:
            raise _NoDateError
        return day

    def _named_day(self) -> date | None:
        """Return the day of a date with the name of its month, in the order of day and year if both are short."""
        months = self._months or self._solar_months
        if len(months) != 1 or len(self._numbers) != 2:  # noqa: PLR2004
            raise _NoDateError
        day, year = self._numbers
        if len(day) >= _THREE_DIGITS or int(day) > _MOST_DAYS:
            day, year = year, day
        month = min(months)
        if self._solar_months:
            return solar_hijri(int(year), month, int(day))
        return date(_full_year(year), month, int(day))

    def _numeric_day(self, offset: int) -> date | None:
        first, second, third = (int(part) for part in PARTS.findall(self._numeric))
        if first > _MOST_DAYS or len(PARTS.findall(self._numeric)[0]) > 2:  # noqa: PLR2004
            day = solar_hijri(first, second, third)
            if day:  # the moon's years have these numbers too, but are not written with Persian digits or in Iran
                return day if self._has_persian_digits or offset in _IRAN else None
            return date(first, second, third)
        if "." in self._numeric and second <= _MOST_MONTHS:
            return date(third, second, first)  # in every language that writes points the day is first
        days = {(first, second), (second, first)}
        found = {date(third, month, day) for day, month in days if month <= _MOST_MONTHS}
        if len(found) > 1:
            found = {day for day in found if day.weekday() in self._weekdays}
        return found.pop() if len(found) == 1 else None


def _may_be_zone(word: str) -> bool:
    return word.isascii() and len(word) <= _LONGEST_ZONE


def _full_year(year: str) -> int:
    """Return the year of one with two or three digits (RFC 2822, 4.3)."""
    number = int(year)
    if len(year) > _THREE_DIGITS:
        return number
    return number + (_CENTURY if len(year) < _THREE_DIGITS and number < _PIVOT else _CENTURY - 100)
