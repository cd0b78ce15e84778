"""A filter that cannot be read: where it goes wrong, and what to write instead."""

from __future__ import annotations

from syndicator.errors import FilterError
from syndicator.models.reader_pages import Repair, SearchMistake, SearchMistakes, SearchWanted
from syndicator.query import parse
from syndicator.runtime.preview_trial import Budget
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search_examples import examples
from syndicator.runtime.reader_pages.search_found import results_of, span_of

_MOST_REPAIRS = 4


def mistakes_page(reading: Reading, wanted: SearchWanted, error: FilterError, budget: Budget) -> SearchMistakes:
    """Return what is wrong, with the repairs and how many stories each finds."""
    lines = error.source.splitlines() or [""]
    start = error.column - 1
    shown = lines[error.line - 1] if error.line <= len(lines) else ""
    repairs = (_repair(reading, wanted, each, budget) for each in error.repairs[:_MOST_REPAIRS])
    mistake = SearchMistake(
        message=error.message,
        line=error.line,
        column=error.column,
        shown=shown,
        start=start,
        width=error.width,
        word=shown[start : start + error.width],
        repairs=tuple(repairs),
    )
    return SearchMistakes(text=wanted.text, span=wanted.span, mistakes=(mistake,), examples=tuple(examples(reading)))


def _repair(reading: Reading, wanted: SearchWanted, text: str, budget: Budget) -> Repair:
    """Return a filter to write instead; what it finds is counted while there is time."""
    try:
        where = parse(text, reading.rules.readers_vocabulary)
    except FilterError:
        return Repair(where=text, stories=None)
    found = None if budget.is_over else results_of(reading, where, span_of(wanted, reading.now), budget)
    return Repair(where=text, stories=None if found is None or found.below else len(found.numbers))
