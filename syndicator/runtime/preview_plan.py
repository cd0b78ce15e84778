"""From a filter to what the search index is asked for: which stories it surely matches, and which it may match.

An index cannot answer everything that a filter asks: it knows no regular expressions, and not in which order joined
words stand. So a plan has two bounds. What ``certain`` finds, the filter matches; what ``possible`` does not find, it
does not match; only what is between the two has to be tried. A negation swaps the bounds. Pure, but for the words that
are looked up in the index.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import NamedTuple, Protocol

from syndicator.lexicon import Match, is_unspaced
from syndicator.outbox.search_text import MOST_COPIES, parts_of_run, segments, stem_key
from syndicator.query.tree import (
    REGION_FIELDS,
    AllOf,
    AnyOf,
    CopiesBetween,
    Every,
    FieldEquals,
    Near,
    Not,
    Phrase,
    PublishedBetween,
    TextField,
    UrlContains,
    Where,
    YoungerThan,
)
from syndicator.runtime.preview_dates import published_between
from syndicator.stems import STEMMED_LANGUAGES, is_written_in, stems_in
from syndicator.store.search_terms import (
    ANYTHING,
    NOTHING,
    Expression,
    Marked,
    both,
    close,
    either,
    mark_of,
    said,
    without,
)
from syndicator.text import term_forms

# A phrase whose words have more forms than that together is looked for as words in any order, and tried.
_MOST_WORDINGS = 200
# Fields whose values are marks of the index, as ``search_text.marks_of`` makes them.
_MARKED_FIELDS = frozenset((*REGION_FIELDS, "concept", "outlet", "lang", "source", "has", "revised", "deleted"))
_COLUMNS = {
    TextField.ANYWHERE: ("title", "text"),
    TextField.TITLE: ("title",),
    TextField.TEXT: ("text",),
    TextField.AUTHOR: ("author",),
    TextField.CATEGORY: ("category",),
}


class LookUp(Protocol):
    """Returns the words that the index has under some keys, or keys that begin so; None where they are too many."""

    def __call__(self, keys: tuple[str, ...], *, is_prefix: bool = False) -> Sequence[str] | None: ...  # noqa: D102


class Plan(NamedTuple):
    """The bounds of what a filter matches."""

    certain: Expression
    possible: Expression


# What each word of a phrase may look like; None where that is too much.
_Words = list[Sequence[str] | None]
_UNKNOWN = Plan(NOTHING, ANYTHING)


def plan(where: Where, look_up: LookUp, now: datetime) -> Plan:
    """Return the plan of a filter in which no other feed's filter is left to be put in; ages are counted at ``now``."""
    return _Planner(look_up, now).plan(where)


class _Planner:
    def __init__(self, look_up: LookUp, now: datetime) -> None:
        self._look_up, self._now = look_up, now

    def plan(self, where: Where) -> Plan:  # noqa: C901, PLR0911 - a table
        match where:
            case Every():
                return _exactly(ANYTHING)
            case AllOf(parts):
                return _joined(both, map(self.plan, parts))
            case AnyOf(parts):
                return _joined(either, map(self.plan, parts))
            case Not(part):
                certain, possible = self.plan(part)
                return Plan(without(possible), without(certain))
            case Phrase():
                return self._phrase(where)
            case Near():
                return self._near(where)
            case UrlContains(part):
                return _address(part)
            case FieldEquals(field, value):
                return _exactly(Marked(mark_of(field, value))) if field in _MARKED_FIELDS else _UNKNOWN
            case CopiesBetween(least, most):
                return _copies(least, most)
            case PublishedBetween(since, before):
                return _published(since, before)
            case YoungerThan(age):
                return _young(self._now - age)
            case _:
                return _UNKNOWN

    def _phrase(self, phrase: Phrase) -> Plan:
        """Return the plan of a phrase: its words in a row, in every combination of their forms."""
        columns = _COLUMNS.get(phrase.field)
        if columns is None or not phrase.words:
            return _UNKNOWN
        if _is_unspaced(phrase):
            return Plan(NOTHING, both(self._unspaced(word, phrase, columns) for word in phrase.words))
        plans = [self._in_a_row(self._written(phrase), columns)]
        for language, (words,) in self._by_language([phrase]):
            plans.append(_in_language(language, self._in_a_row(words, columns)))
        return _joined(either, plans)

    def _near(self, near: Near) -> Plan:
        """Return the plan of phrases near each other, in every combination of their forms.

        Where these are too many, it is of phrases anywhere in a text. Words of a text count for one argument only,
        which the index does not know; and between more than two, the words of those in the middle do not count.
        """
        choices = [[replace(each, field=near.field) for each in argument] for argument in near.arguments]
        phrases = [each for argument in choices for each in argument]
        apart = Plan(NOTHING, both(either(self._phrase(each).possible for each in argument) for argument in choices))
        columns = _COLUMNS.get(near.field)
        # Words of two categories are not near each other, which the index cannot tell.
        if columns is None or near.field is TextField.CATEGORY or any(map(_is_unspaced, phrases)):
            return apart
        plans = []
        for language, words in (("", [self._written(each) for each in phrases]), *self._by_language(phrases)):
            of_phrase = iter(words)
            found = _close([[next(of_phrase) for _ in argument] for argument in choices], near.within, columns)
            if found is None:
                return apart
            plans.append(_in_language(language, found) if language else found)
        return _joined(either, plans)

    def _by_language(self, phrases: Sequence[Phrase]) -> Iterator[tuple[str, list[_Words]]]:
        """Yield what the words of phrases may look like in each language whose stems add something to that."""
        written = [self._written(each) for each in phrases]
        keys = [
            [dict(stem_keys(word)) if phrase.match is Match.FORMS else {} for word in phrase.words]
            for phrase in phrases
        ]
        for language in dict.fromkeys(language for some in keys for each in some for language in each):
            words = [
                [
                    _united(each, self._look_up(of[language])) if language in of else each
                    for each, of in zip(*pair, strict=True)
                ]
                for pair in zip(written, keys, strict=True)
            ]
            if words != written:
                yield language, words

    def _written(self, phrase: Phrase) -> _Words:
        """Return what each word of a phrase may look like, whatever the language; None for what is too much."""
        last = len(phrase.words) - 1
        return [
            self._look_up(term_forms(word), is_prefix=phrase.match is Match.PREFIX and place == last)
            for place, word in enumerate(phrase.words)
        ]

    def _in_a_row(self, words: _Words, columns: Sequence[str]) -> Plan:
        """Return the plan of words in a row, each of which may look in some ways.

        What a hyphen joined stands in the index as two words: whether there was one has to be tried.
        """
        known = [each for each in words if each is not None]
        if not all(known):
            return _exactly(NOTHING)
        if len(known) < len(words) or (len(known) > 1 and math.prod(map(len, known)) > _MOST_WORDINGS):
            return Plan(NOTHING, both(said(each, columns) for each in known))
        return Plan(said(_rows(known, is_apart=True), columns), said(_rows(known), columns))

    def _unspaced(self, word: str, phrase: Phrase, columns: Sequence[str]) -> Expression:
        """Return an expression for a word of a phrase in a script without spaces: by its pairs of letters."""
        found = []
        for form in term_forms(word):
            if is_unspaced(form):
                pairs = [part for part in parts_of_run(form) if len(part) > 1] or [form]
                found.append(both(said((pair,), columns) for pair in pairs))
            else:
                spaced = Phrase((word,), phrase.match, phrase.field)
                found.append(self._phrase(spaced).possible)
        return either(found)


def stem_keys(word: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each language in which a filter's word has stems, with the keys of these."""
    for language in STEMMED_LANGUAGES:
        if forms := [form for form in term_forms(word) if is_written_in(language, form)]:
            stems = stems_in(language)
            yield language, tuple(stem_key(stems(form)[0], language) for form in forms)


def _exactly(expression: Expression) -> Plan:
    return Plan(expression, expression)


def _joined(join: Callable[[Sequence[Expression]], Expression], plans: Collection[Plan] | Iterator[Plan]) -> Plan:
    parts = list(plans)
    return Plan(join([part.certain for part in parts]), join([part.possible for part in parts]))


def _in_language(language: str, found: Plan) -> Plan:
    return _joined(both, [found, _exactly(Marked(mark_of("lang", language)))])


def _is_unspaced(phrase: Phrase) -> bool:
    return any(is_unspaced(form) for word in phrase.words for form in term_forms(word))


def _rows(words: Sequence[Sequence[str]], *, is_apart: bool = False) -> list[str]:
    """Return every row of words, or only those in which no word stands for two that a hyphen joined."""
    chosen = [[each for each in some if " " not in each] for some in words] if is_apart else words
    return list(map(" ".join, product(*chosen)))


def _close(arguments: Sequence[Sequence[_Words]], within: int, columns: Sequence[str]) -> Plan | None:
    """Return the plan of one phrase of each argument near each other; None where that has too many forms.

    An argument has phrases, a phrase has words, and a word has forms.
    """
    rows: list[list[str]] = []
    apart: list[list[str]] = []
    for phrases in arguments:
        known = [[each for each in words if each is not None] for words in phrases]
        if (
            any(None in words for words in phrases)
            or sum(math.prod(map(len, words)) for words in known) > _MOST_WORDINGS
        ):
            return None
        rows.append([row for words in known for row in _rows(words)])
        apart.append([row for words in known for row in _rows(words, is_apart=True)])
    if math.prod(map(len, rows)) > _MOST_WORDINGS:
        return None
    if len(rows) > 2:  # noqa: PLR2004 - of a pair, no phrase is in the middle
        middle = sum(max((len(row.split()) for row in some), default=0) for some in rows)
        return Plan(NOTHING, close(product(*rows), within + middle, columns))
    is_told_apart = _words_in(rows[0]).isdisjoint(_words_in(rows[-1]))
    certain = close(product(*apart), within, columns) if is_told_apart else NOTHING
    return Plan(certain, close(product(*rows), within, columns))


def _words_in(rows: Sequence[str]) -> set[str]:
    return {word for row in rows for word in row.split()}


def _united(some: Sequence[str] | None, others: Sequence[str] | None) -> Sequence[str] | None:
    return None if some is None or others is None else sorted({*some, *others})


def _address(part: str) -> Plan:
    """Return the plan for a part of an address: the words in its middle are whole ones."""
    is_begun, is_ended = (letter.isalnum() or letter == "_" for letter in (part[0], part[-1]))
    words = segments(part)[1 if is_begun else 0 :]
    inner = words[:-1] if is_ended else words
    return Plan(NOTHING, both(said((word,), ("url",)) for word in inner))


def _copies(least: int, most: int | None) -> Plan:
    if most is not None and most < least:
        return _exactly(NOTHING)
    at_least, more = _copied(least), NOTHING if most is None else _copied(most + 1)
    is_told = most is None or most < MOST_COPIES
    exact = both((at_least, without(more)))
    return _exactly(exact) if least <= MOST_COPIES and is_told else Plan(NOTHING, at_least)


def _copied(least: int) -> Expression:
    """Return an expression for stories with so many copies, as far as they are told apart."""
    return Marked(mark_of("copies", str(min(least, MOST_COPIES)))) if least > 0 else ANYTHING


def _published(since: datetime | None, before: datetime | None) -> Plan:
    certain, possible = (published_between(since, before, is_certain=is_certain) for is_certain in (True, False))
    return Plan(certain, possible)


def _young(since: datetime) -> Plan:
    """Return the plan for what was published at ``since`` or later; a story without a date is not left out."""
    certain, possible = _published(since, None)
    return Plan(certain, either((possible, without(published_between(None, None, is_certain=False)))))
