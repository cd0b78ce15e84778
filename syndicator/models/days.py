"""What became of each day of a source: counts as the store holds them, and the letters that strips are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from syndicator.models.documents import Outcome

_EPOCH = date(1970, 1, 1)
# What a strip shows.
STRIP_DAYS = 90
# Of how many days a mean is made.
MEAN_DAYS = 30
# The counts of all sources together stand under this name: to add up those of ten thousand would take too long.
EVERY_SOURCE = ""


class DayState(StrEnum):
    """What a day was, as the letter that stands for it in a strip."""

    NEWS = "n"
    QUIET = "q"
    SILENT = "s"
    FAILING = "f"
    UNSEEN = "u"

    @property
    def words(self) -> str:
        """What a person reads."""
        return _WORDS[self]


_WORDS = {
    DayState.NEWS: "news",
    DayState.QUIET: "quiet",
    DayState.SILENT: "silent",
    DayState.FAILING: "failing",
    DayState.UNSEEN: "not looked at",
}


class DayCount(NamedTuple):
    """Polls of a source on a day (days since 1970), how many ``failed``, and how many ``new`` items they brought.

    ``worst`` is the worst outcome among those that failed, empty if none did. Polls that failed while this machine
    was offline are in none of these. A named tuple: a page of outlets reads tens of thousands.
    """

    source: str
    day: int
    new: int
    polls: int
    failed: int
    worst: str = ""

    def plus(self, other: DayCount) -> DayCount:
        """Return both together, under the name of this one."""
        return DayCount(
            self.source,
            self.day,
            self.new + other.new,
            self.polls + other.polls,
            self.failed + other.failed,
            max(self.worst, other.worst, key=gravity),
        )

    @property
    def state(self) -> DayState:
        """What the day was, unless it was silent: counts do not tell that."""
        if self.new:
            return DayState.NEWS
        if not self.polls:
            return DayState.UNSEEN
        return DayState.FAILING if self.failed == self.polls else DayState.QUIET


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment until another, or until now."""

    since: datetime
    until: datetime | None = None

    def days(self, today: int) -> range:
        """Return the days that it touches."""
        return range(day_of(self.since), (today if self.until is None else day_of(self.until)) + 1)


def gravity(outcome: str) -> int:
    """Return how much a failure says: that another sits at the address, that it is gone for good, that one refuses."""
    if not outcome:
        return 0
    found = Outcome(outcome)
    if found in (Outcome.SUSPECT, Outcome.SUSPENDED):
        return 4
    return 3 if found is Outcome.GONE else 2 - found.is_unreached


def day_of(moment: datetime) -> int:
    """Return the day of a moment, in UTC, as days since 1970."""
    return (moment.astimezone(UTC).date() - _EPOCH).days


def date_of(day: int) -> date:
    """Return the date of a day."""
    return _EPOCH + timedelta(days=day)


def by_day(counts: Iterable[DayCount]) -> dict[int, DayCount]:
    """Return counts by their days; those of several sources are added up."""
    found: dict[int, DayCount] = {}
    for each in counts:
        found[each.day] = found[each.day].plus(each) if each.day in found else each
    return found


def letters(counts: Mapping[int, DayCount], today: int, silent: Sequence[Span] = (), days: int = STRIP_DAYS) -> str:
    """Return a letter for each of the last ``days`` until ``today``.

    A day without news in one of the ``silent`` spans is silent if somebody was asked and answered.
    """
    first = today - days + 1
    drawn = [str(counts[day].state) if day in counts else _UNSEEN for day in range(first, today + 1)]
    for day in {day for span in silent for day in span.days(today) if day >= first}:
        if drawn[day - first] == DayState.QUIET:
            drawn[day - first] = str(DayState.SILENT)
    return "".join(drawn)


_UNSEEN = str(DayState.UNSEEN)
