"""What an operator is told of silence and thinning, in plain sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.models import Outlet
from syndicator.models.alerts import Subject, SubjectKind
from syndicator.models.pulses import PulseRow
from syndicator.plural import counted
from syndicator.tag import country_labels, language_label
from syndicator.watch.profile import WEEK
from syndicator.watch.pulse import Pulse, last_days, missed
from syndicator.watch.pulse_row import seconds

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_OFTEN = 2
# Half of what is usual of an hour, or twice as much, is worth telling.
_BUSY, _QUIET = 1.5, 0.5
# Of what is usual of some days, more than this share is not few.
_FEW = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom a sentence is about: an outlet, one of its sources, or a group of ``outlets``."""

    name: str
    outlets: int = 0

    @property
    def nothing(self) -> str:
        """The beginning of a sentence on silence."""
        return (
            f"None of the {self.name} has published anything" if self.outlets else f"{self.name} has published nothing"
        )

    @property
    def published(self) -> str:
        """The beginning of a sentence on what was published."""
        return f"The {self.name} have published" if self.outlets else f"{self.name} has published"


def named(subject: Subject, outlet: Outlet | None, outlets: int) -> Named:
    """Return what a sentence calls the subject of an alert."""
    match subject.kind:
        case SubjectKind.COUNTRY:
            of = country_labels().get(subject.id, subject.id)
            return Named(name=f"{outlets} outlets of {of}", outlets=outlets)
        case SubjectKind.LANGUAGE:
            return Named(name=f"{outlets} outlets in {language_label(subject.id)}", outlets=outlets)
        case SubjectKind.SOURCE if outlet is not None:
            return Named(name=f"{outlet.name} ({subject.id.partition('/')[2]})")
    return Named(name=outlet.name if outlet is not None else subject.id)


def silence(who: Named, row: PulseRow, pulse: Pulse, now: datetime, expect: timedelta | None) -> str:
    """Return that nothing has been published, for how long, and what was to be expected."""
    lasting = length(now - row.newest_at)
    if expect is not None:
        return f"{who.nothing} for {lasting}; something is expected at least every {length(expect)}."
    expected, longest = round(missed(pulse, seconds(now))), max(1, round(pulse.longest))
    return (
        f"{who.nothing} for {lasting}, in which {counted(expected, 'story', 'stories')} "
        f"{'was' if expected == 1 else 'were'} to be expected; the longest lull of late was {longest:,}."
    )


def thinning(who: Named, pulse: Pulse) -> str:
    """Return how much less is published than usual: of the last two whole days or six, whichever tells more."""
    had = min((last_days(pulse, window) for window in (2, 6)), key=lambda each: each.share)
    if had.share > _FEW:  # it has begun today, or is ending
        return f"{who.published} far fewer stories than usual of late: {_often(pulse.rate)} is usual."
    stories, days = counted(had.items, "story", "stories"), counted(had.days, "whole day")
    return f"{who.published} {stories} in the last {days}, where {had.usual:,.0f} are usual."


def rhythm(pulse: Pulse, now: datetime) -> str:
    """Return what is usual: how many stories, and when. A week tells; no less does."""
    if not pulse.begun_at or seconds(now) - pulse.begun_at < WEEK:
        return "What is usual is not known before a week."
    profile = pulse.profile
    busy = [hour for hour, factor in enumerate(profile.hours) if factor >= _BUSY]
    rest = [_DAYS[day] for day, factor in enumerate(profile.days) if factor <= _QUIET]
    parts = [f"Usual: {_often(profile.rate)}"]
    if busy:
        parts.append(f"most at {_hours(busy)} UTC")
    if rest:
        parts.append(f"few on {' and '.join(rest)}")
    return ", ".join(parts) + "."


def _often(rate: float) -> str:
    return f"{rate:,.0f} stories a day" if rate >= _OFTEN else f"a story every {length(timedelta(days=1 / rate))}"


def _hours(hours: Sequence[int]) -> str:
    """Return hours, in order, with those that follow each other as one: 05 to 08, 12, 19 to 21."""
    begins = [each for each in hours if each - 1 not in hours]
    ends = [each for each in hours if each + 1 not in hours]
    spans = zip(begins, ends, strict=True)
    return ", ".join(f"{begin:02}" if begin == end else f"{begin:02} to {end:02}" for begin, end in spans)


def length(of: timedelta) -> str:
    """Return a length of time as people say it: 40 min, 31 h, 9 d."""
    if of < timedelta(hours=2):
        return f"{max(1, round(of / timedelta(minutes=1)))} min"
    if of < timedelta(hours=72):
        return f"{round(of / timedelta(hours=1))} h"
    return f"{round(of / timedelta(days=1)):,} d"
