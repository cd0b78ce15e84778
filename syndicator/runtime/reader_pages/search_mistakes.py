"""A filter that cannot be read: where it goes wrong, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from syndicator.errors import FilterError
from syndicator.models.reader_pages import Repair, SearchMistake, SearchMistakes, SearchWanted
from syndicator.query import Where
from syndicator.runtime.preview_trial import Budget
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search_examples import examples
from syndicator.runtime.reader_pages.search_found import results_of, span_of
from syndicator.runtime.readers_filter import readers_filter

_MOST_REPAIRS = 5
_MOST_MISTAKES = 3


def mistakes_page(reading: Reading, wanted: SearchWanted, error: FilterError, budget: Budget) -> SearchMistakes:
    """Return what is wrong, with the repairs and how many stories each finds."""
    return SearchMistakes(
        text=wanted.text,
        span=wanted.span,
        mistakes=tuple(_mistakes(reading, wanted, error, budget)),
        examples=tuple(examples(reading)),
    )


def _mistakes(reading: Reading, wanted: SearchWanted, error: FilterError, budget: Budget) -> Iterator[SearchMistake]:
    """Yield the first mistake; and where no repair mends all, the next one of what the first repair leaves."""
    errors = [error]
    for _ in range(_MOST_MISTAKES):
        repairs, following = list[Repair](), list[FilterError]()
        for text in dict.fromkeys(text for each in errors for text in each.repairs[:_MOST_REPAIRS]):
            try:
                where = readers_filter(reading.rules, text)
            except FilterError as other:
                following.append(other)
            else:
                repairs.append(Repair(where=text, stories=_count(reading, wanted, where, budget)))
        yield _mistake(errors[0], repairs)
        if repairs or not following:
            return
        errors = following


def _mistake(error: FilterError, repairs: Sequence[Repair]) -> SearchMistake:
    lines = error.source.splitlines() or [""]
    shown = lines[error.line - 1] if error.line <= len(lines) else ""
    start, end = error.column - 1, error.column - 1 + error.width
    return SearchMistake(
        message=error.message,
        line=error.line,
        column=error.column,
        shown=shown,
        start=start,
        width=error.width,
        word=shown[start:end],
        repairs=tuple(repairs),
    )


def _count(reading: Reading, wanted: SearchWanted, where: Where, budget: Budget) -> int | None:
    """Return how many stories a filter finds, None where there is no time left to count them."""
    if budget.is_over:
        return None
    found = results_of(reading, where, span_of(wanted, reading.now), budget)
    return None if found.below else len(found.numbers)
