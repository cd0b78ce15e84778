"""What the words of a search caught, among its results."""

from __future__ import annotations

from collections.abc import Iterator

from syndicator.models.preview import CaughtForms
from syndicator.query import Where
from syndicator.runtime.preview_words import caught_forms
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search_found import Results


def caught_in(reading: Reading, where: Where, results: Results) -> Iterator[CaughtForms]:
    """Yield in which forms results have the words of a filter."""
    if not reading.shows_all or not results.numbers or not reading.tx.search.exists:
        return
    yield from caught_forms(reading.tx, where, results.trial.look_up)
