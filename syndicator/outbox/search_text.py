"""What the search index has of a story: its words as they are written, and marks for its other values. Pure.

Whatever a filter looks for among words has a key, and the index knows by key the words that satisfy it. A plan of a
filter (``runtime.preview_plan``) asks for the same keys.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from syndicator.lexicon import is_unspaced
from syndicator.query import Subject
from syndicator.query.subject import copies_of, values_of
from syndicator.stems import STEMMED_LANGUAGES, stems_in
from syndicator.store import EVERY_MARK, SearchRow, mark_of
from syndicator.text import APOSTROPHE, forms, words_of

# Raise it when what is made of the same story differs: the index is then filled anew.
VERSION = "1"
# Stories with more copies than that have the same marks.
MOST_COPIES = 30
# The field of the marks of days.
PUBLISHED = "published"
# Ends a key that is only the beginning of a word.
_OPEN_END = "\uffff"
_MOST_KNOWN = 100_000
_IN_ADDRESS = re.compile(r"\w+")
# Stands between categories, that no phrase is found across two: a word that no filter can ask for.
_BETWEEN = " = "
_Pair = tuple[str, str]


class Searchable:
    """Makes rows of stories. A word's pairs are in the first row that has it: rows must be stored in their order."""

    def __init__(self) -> None:
        """Know no words."""
        self._known: dict[str, set[str]] = defaultdict(set)

    def __call__(self, number: int, story: Subject) -> SearchRow:
        """Return the row of a story."""
        language = primary(story.language)
        if sum(map(len, self._known.values())) > _MOST_KNOWN:
            self._known.clear()
        pairs: set[_Pair] = set()
        title, text = (self._words(each, language, pairs) for each in (story.title, story.text))
        author = self._words(story.details.author, language, pairs)
        category = _BETWEEN.join(self._words(each, language, pairs) for each in story.details.categories)
        marks = " ".join(dict.fromkeys((EVERY_MARK, *marks_of(story))))
        url = " ".join(segments(story.details.url))
        return SearchRow(number, title, text, author, category, url, marks, pairs)

    def _words(self, text: str, language: str, pairs: set[_Pair]) -> str:
        """Return a text's words as they are written, and what runs are found by; add to ``pairs`` what is not known."""
        words, known = words_of(text), self._known[language]
        distinct = set(words.words)
        new = distinct - known
        pairs.update((key, as_written(word)) for word in new for key in keys_of(word, language))
        known |= new
        runs: set[str] = set()
        if is_unspaced(text):
            runs.update(form for word in distinct if is_unspaced(word) for form in forms(word))
        for place in words.joined():
            some = words.words[place : place + 2]
            both = "".join(some)
            runs.update(form for form in forms(both) if is_unspaced(form))
            if both not in known:
                known.add(both)
                pairs.update((key, as_written(" ".join(some))) for key in keys_of(both, language))
        parts = dict.fromkeys(part for run in sorted(runs) for part in parts_of_run(run))
        return " ".join((as_written(" ".join(words.words)), *parts))


def as_written(word: str) -> str:
    """Return a word, or words with a space between two, in lower case and with one kind of apostrophe."""
    return APOSTROPHE.sub("'", word.lower())


def primary(language: str) -> str:
    """Return the language of a BCP 47 tag without script and country."""
    return language.casefold().partition("-")[0]


def keys_of(word: str, language: str) -> Iterator[str]:
    """Yield the keys of a word of a text: its forms, and their stems in the text's language."""
    stems = stems_in(language) if language in STEMMED_LANGUAGES else None
    for form in forms(word):
        if is_unspaced(form):
            if begun := _spaced_beginning(form):
                yield begun + _OPEN_END
            continue
        yield form
        for stem in stems(form) if stems else ():
            yield stem_key(stem, language)


def stem_key(stem: str, language: str) -> str:
    """Return the key of a stem."""
    return f":{language}:{stem}"


def _spaced_beginning(form: str) -> str:
    return next((form[:end] for end, letter in enumerate(form) if is_unspaced(letter)), form)


def parts_of_run(run: str) -> Iterator[str]:
    """Yield what a run of letters without spaces is found by: its single letters and its pairs of neighbours."""
    yield from run
    yield from map("".join, pairwise(run))


def segments(address: str) -> list[str]:
    """Return the words of an address."""
    return _IN_ADDRESS.findall(address.lower())


def marks_of(story: Subject) -> Iterator[str]:
    """Yield a mark for each value by which filters may find a story; events are assigned later, and have none."""
    yield from (mark_of(field, value) for field, value in values_of(story) if field != "event")
    yield from (mark_of("copies", str(count)) for count in range(1, min(copies_of(story), MOST_COPIES) + 1))
    if story.details.published is not None:
        yield mark_of(PUBLISHED, story.details.published.date().isoformat())
