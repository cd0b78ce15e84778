"""The pages of a search: a filter of a reader's own is tried on the stories that readers may see, in bounded time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from syndicator.config.write import feed_text
from syndicator.errors import FilterError
from syndicator.markup import cut
from syndicator.models.reader_pages import SearchMistakes, SearchPage, SearchStart, SearchWanted
from syndicator.query import Where, advice_on
from syndicator.runtime.preview_trial import Budget, work_seconds
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search_examples import examples
from syndicator.runtime.reader_pages.search_found import Results, Span, days_of, normal_form, results_of, said, span_of
from syndicator.runtime.reader_pages.search_mistakes import mistakes_page
from syndicator.runtime.reader_pages.search_narrow import Counts, facets, terms
from syndicator.runtime.reader_pages.search_rows import result_rows
from syndicator.runtime.reader_pages.search_words import caught_in
from syndicator.runtime.readers_filter import readers_filter

# Seconds of work for looking, within which a page is answered: what is not found by then is said to be missing.
PATIENCE = 0.3
# And for counting the forms of the words.
_PATIENCE_WITH_WORDS = 0.1
ROWS = 20
_LONGEST_TITLE = 60


def search_page(reading: Reading, wanted: SearchWanted) -> SearchPage | SearchStart | SearchMistakes:
    """Return what a filter finds; where there is none, filters to begin with; where it cannot be read, why."""
    return search(reading, wanted, Budget(work_seconds(), PATIENCE))


def search(reading: Reading, wanted: SearchWanted, budget: Budget) -> SearchPage | SearchStart | SearchMistakes:
    """Do the same within a budget."""
    wanted = replace(wanted, text=wanted.text.strip())
    if not wanted.text:
        return SearchStart(examples=tuple(examples(reading)))
    try:
        where = readers_filter(reading.rules, wanted.text)
    except FilterError as error:
        return mistakes_page(reading, wanted, error, budget)
    span = span_of(wanted, reading.now)
    return _page(reading, wanted, where, span, results_of(reading, where, span, budget))


def _page(reading: Reading, wanted: SearchWanted, where: Where, span: Span, results: Results) -> SearchPage:
    numbers = results.numbers
    ordered = numbers[::-1] if wanted.is_oldest_first else numbers
    begin = _begin(ordered, wanted)
    shown = ordered[begin : begin + ROWS]
    counts = Counts(reading, numbers)
    days = days_of(reading, numbers, span)
    return SearchPage(
        text=wanted.text,
        normal=normal_form(reading.rules, where),
        span=wanted.span,
        day=wanted.day,
        is_oldest_first=wanted.is_oldest_first,
        since=span.since,
        until=span.before or reading.now,
        said=said(reading, where),
        total=len(numbers),
        counted=counts.counted,
        events=counts.events,
        outlets=counts.outlets,
        place=begin + 1,
        stories=tuple(result_rows(reading, results.trial, where, shown)),
        next=shown[-1] if begin + ROWS < len(ordered) else None,
        complete_since=_complete_since(reading, results),
        is_indexing=results.is_indexing,
        days=days,
        bar_days=(days[1].day - days[0].day).days if len(days) > 1 else 1,
        words=tuple(caught_in(reading, where, results, Budget(work_seconds(), _PATIENCE_WITH_WORDS))),
        terms=tuple(terms(reading, where)),
        facets=tuple(facets(reading, where, counts)),
        advice=tuple(advice_on(where)),
        toml=_file(wanted.text),
    )


def _begin(ordered: Sequence[int], wanted: SearchWanted) -> int:
    """Return where the page begins, which follows the story of a number, though that may be gone by now."""
    after = wanted.after
    if after is None:
        return 0
    is_before = (lambda number: number <= after) if wanted.is_oldest_first else (lambda number: number >= after)
    return sum(map(is_before, ordered))


def _complete_since(reading: Reading, results: Results) -> datetime | None:
    """Return from when on all stories were looked at, None if all were."""
    if not results.below:
        return None
    oldest = reading.tx.stories.first_from(results.below)
    return reading.now if oldest is None else oldest


def _file(text: str) -> str:
    title = cut(" ".join(text.split()), _LONGEST_TITLE)
    return f"# feeds/my-search.toml\n{feed_text(title=title, where=text)}"
