"""What a reader's filter finds of the stories that readers may see."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from syndicator.models.reader_pages import SEARCH_SPANS, DayStories, SaidPart, SearchWanted
from syndicator.query import Where, in_words, without_members, written
from syndicator.rules import Rules
from syndicator.runtime.preview_trial import Budget, Trial, Wanted
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.web.reader_pages import language_of

# The newest stories that are looked at first; then twice as many, and so on.
_AT_ONCE = 25_000
_SEEN_AT_ONCE = 1_000
# So many are looked at in any case: the time may be over when they have been found.
_ALWAYS_SEEN = 2000
_MOST_BARS = 62
_DAY = timedelta(days=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Stories first seen at ``since`` or later, and before ``before`` where that is given."""

    since: datetime
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The numbers of the stories that were found, newest first; those below ``below`` may have been missed."""

    trial: Trial
    numbers: Sequence[int]
    below: int
    is_indexing: bool


ALL_TIME = Span(since=_BEGINNING)


def span_of(wanted: SearchWanted, now: datetime) -> Span:
    """Return which stories a search looks at."""
    if wanted.day is not None:
        since = datetime.combine(wanted.day, time(), UTC)
        return Span(since=since, before=since + _DAY)
    hours = SEARCH_SPANS[wanted.span]
    return Span(since=now - timedelta(hours=hours) if hours else _BEGINNING)


def results_of(reading: Reading, where: Where, span: Span, budget: Budget, *, enough: int | None = None) -> Results:
    """Return what a filter finds in time, of the stories that readers may see; ``enough`` of the newest, or more."""
    asked = Wanted(text="", where=where, since=span.since, before=span.before)
    trial = Trial(reading.tx, reading.rules.filters, asked, reading.now)
    found = trial.find_newest(budget, at_once=_AT_ONCE, enough=enough if reading.shows_all else None)
    below = max([found.below, *(number + 1 for number in found.untried[:1])])
    numbers: Sequence[int] = found.numbers
    if not reading.shows_all:
        numbers, unseen = _visible(reading, numbers, budget)
        below = max(below, unseen)
    is_indexing = found.reach.is_supported and not found.reach.is_complete
    return Results(trial=trial, numbers=numbers, below=below, is_indexing=is_indexing)


def _visible(reading: Reading, numbers: Sequence[int], budget: Budget) -> tuple[list[int], int]:
    """Return those that readers may see, and below which number there was no time to look; 0 if there was."""
    found: list[int] = []
    for start in range(0, len(numbers), _SEEN_AT_ONCE):
        if start >= _ALWAYS_SEEN and budget.is_over:
            return found, numbers[start] + 1
        found += reading.visible(numbers[start : start + _SEEN_AT_ONCE])
    return found, 0


def days_of(reading: Reading, numbers: Sequence[int], span: Span) -> tuple[DayStories, ...]:
    """Return how many of these stories came on each day, or in each few days of a long span: numbers rise with time."""
    last = reading.now.date() if span.before is None else (span.before - _DAY).date()
    first = _first_day(reading, numbers, last) if span.since == _BEGINNING else span.since.date()
    step = -(-((last - first).days + 1) // _MOST_BARS)
    rising, found, begin, day = numbers[::-1], [], 0, first
    while day <= last:
        following = day + step * _DAY
        number = reading.tx.search.first_since(datetime.combine(following, time(), UTC))
        end = len(rising) if number is None else bisect_left(rising, number)
        found.append(DayStories(day=day, stories=end - begin))
        day, begin = following, end
    return tuple(found)


def _first_day(reading: Reading, numbers: Sequence[int], otherwise: date) -> date:
    """Return when the first of these stories came."""
    return next((story.first_seen.date() for story in reading.tx.stories.get(numbers[-1:])), otherwise)


def normal_form(rules: Rules, where: Where) -> str:
    """Return a filter as we write it: the same for all spellings of it."""
    return written(without_members(where, rules.readers_vocabulary.folded_groups))


def said(reading: Reading, where: Where) -> tuple[SaidPart, ...]:
    """Return a filter as a sentence."""
    vocabulary = reading.rules.readers_vocabulary
    english = language_of("en")

    def name_of(field: str, value: str) -> str:
        return english.language(value) if field == "lang" else vocabulary.label(field, value)

    spoken = in_words(without_members(where, vocabulary.folded_groups), name_of)
    return tuple(SaidPart(text=part.text, of_filter=part.of_filter) for part in spoken)
