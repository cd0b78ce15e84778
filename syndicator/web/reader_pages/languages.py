"""The languages of readers' pages: their messages, and how they write dates, numbers and names.

Messages are English in templates and in ``messages/LANGUAGE.po`` for the others (GNU gettext); what CLDR knows, such as
the names of days, countries and languages, comes from there. Dates are those of the Gregorian calendar, in the digits
0 to 9 everywhere: pages are quoted and compared across languages.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources

from syndicator import cldr
from syndicator.text import direction
from syndicator.web.reader_pages.catalog import Catalog

# The first is that of pages whose path names none.
LANGUAGES = ("en", "ar", "fa", "ru", "tr")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True, eq=False)
class PageLanguage:
    """A language of pages, with what CLDR knows of it."""

    code: str
    names: cldr.PageNames
    messages: gettext.NullTranslations

    @property
    def name(self) -> str:
        """What it calls itself."""
        return self.names.languages[self.code].capitalize()

    @property
    def direction(self) -> str:
        """Where its lines run: "ltr" or "rtl"."""
        return direction(self.code)

    @property
    def prefix(self) -> str:
        """What paths of its pages begin with: "/ar", and nothing for the first."""
        return "" if self.code == LANGUAGES[0] else f"/{self.code}"

    def clock(self, at: datetime) -> str:
        """Return a moment: "Thu 5 Mar 2020, 21:52"."""
        day, month = self.names.short_days[at.weekday()], self.names.short_months[at.month - 1]
        return f"{day} {at.day} {month} {at.year}, {at:%H:%M}"

    def time(self, at: datetime) -> str:
        """Return the time of a moment: "21:52"."""
        return f"{at:%H:%M}"

    def day(self, at: date) -> str:
        """Return a day, written out: "Friday 6 March 2020"."""
        return f"{self.names.days[at.weekday()]} {at.day} {self.names.months[at.month - 1]} {at.year}"

    def short_day(self, at: date, year: int | None = None) -> str:
        """Return a day, of another year than this one with its year: "6 Mar", "6 Mar 2020"."""
        day = f"{at.day} {self.names.short_months[at.month - 1]}"
        return day if at.year == year else f"{day} {at.year}"

    def number(self, value: float) -> str:
        """Return a number with its thousands apart."""
        return f"{value:,g}" if value % 1 else f"{int(value):,}"

    def language(self, code: str) -> str:
        """Return the name of a language by its BCP 47 tag, or the tag where CLDR has none."""
        names = self.names.languages
        return names.get(code.replace("-", "_")) or names.get(code.partition("-")[0].lower()) or code

    def country(self, code: str) -> str:
        """Return the name of a country by its ISO 3166-1 code, or the code where CLDR has none."""
        return cldr.territories(self.code).get(code) or code

    def listed(self, names: Iterable[str]) -> str:
        """Return names as a list: "English, Arabic, and Turkish"."""
        return self.names.listed(list(names))

    def later(self, seconds: int) -> str:
        """Return how much later something came: "39 min later"."""
        _ = self.messages.gettext
        hours, minutes = seconds // _HOUR, seconds % _HOUR // _MINUTE
        if hours:
            words = _("%(hours)s h %(minutes)s min later") if minutes else _("%(hours)s h later")
            return words % {"hours": hours, "minutes": minutes}
        if minutes:
            return _("%(minutes)s min later") % {"minutes": minutes}
        return _("%(seconds)s s later") % {"seconds": seconds}

    def span(self, length: timedelta) -> str:
        """Return a length of time, rounded to its largest unit of which there are two or more: "30 minutes"."""
        ngettext, seconds = self.messages.ngettext, round(length.total_seconds())
        if seconds >= 2 * _DAY:
            words = ngettext("%(num)s day", "%(num)s days", num := round(seconds / _DAY))
        elif seconds >= 2 * _HOUR:
            words = ngettext("%(num)s hour", "%(num)s hours", num := round(seconds / _HOUR))
        elif seconds >= 2 * _MINUTE:
            words = ngettext("%(num)s minute", "%(num)s minutes", num := round(seconds / _MINUTE))
        else:
            words = ngettext("%(num)s second", "%(num)s seconds", num := max(seconds, 1))
        return words % {"num": self.number(num)}


@cache
def language_of(code: str) -> PageLanguage:
    """Return a language of pages by its code, one of ``LANGUAGES``."""
    return PageLanguage(code, cldr.tables().pages[code], _messages(code))


def _messages(code: str) -> gettext.NullTranslations:
    if code == LANGUAGES[0]:
        return gettext.NullTranslations()
    file = resources.files(__package__).joinpath("messages", f"{code}.po")
    return Catalog(file.read_text("utf-8"))


def languages() -> Mapping[str, PageLanguage]:
    """Return all languages by code."""
    return {code: language_of(code) for code in LANGUAGES}
