"""What the words of a search caught, among its results."""

from __future__ import annotations

from collections.abc import Iterator

from syndicator.models.preview import CaughtForms
from syndicator.query import Where
from syndicator.runtime.preview_trial import Budget
from syndicator.runtime.preview_words import caught_forms
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search_found import Results
from syndicator.runtime.reader_pages.search_narrow import MOST_COUNTED
from syndicator.store import SearchTooLongError, said

_COLUMNS = ("title", "text", "author", "category")


def caught_in(reading: Reading, where: Where, results: Results, budget: Budget) -> Iterator[CaughtForms]:
    """Yield in which forms the newest results have the words of a filter; as many words as there is time for."""
    search, numbers = reading.tx.search, frozenset(results.numbers[:MOST_COUNTED])
    if not numbers or not search.exists:
        return
    first, last = min(numbers), max(numbers)

    def among(form: str) -> int:
        return len(numbers.intersection(search.find(said([form], _COLUMNS), since=first, until=last)))

    try:
        with search.until(lambda: budget.is_over):
            yield from caught_forms(reading.tx, where, results.trial.look_up, among=among)
    except SearchTooLongError:
        return
