"""Evaluate one filter's tree on a story, and find the words that it rests on. Pure.

``index`` does the same for thousands of filters at once; a test holds both against each other.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from syndicator.lexicon import Lexicon, ReadText
from syndicator.query.patterns import spans_of
from syndicator.query.subject import Subject, copies_of, tags_behind, texts_of, values_of
from syndicator.query.tree import (
    AllOf,
    AnyOf,
    CopiesBetween,
    Every,
    FieldEquals,
    Near,
    Not,
    Phrase,
    PublishedBetween,
    Regex,
    TextField,
    UrlContains,
    Where,
    YoungerThan,
    phrases_in,
)
from syndicator.text import words_of


class Mark(NamedTuple):
    """Where in title, text or another field something stands, in characters."""

    field: str
    start: int
    end: int


class IndexedSubject:
    """A story prepared for any number of filters: values by field in lower case, words indexed when first needed.

    ``filters`` are those that ``feed:`` may name.
    """

    def __init__(self, story: Subject, lexicon: Lexicon, filters: Mapping[str, Where] | None = None) -> None:
        """Index the values of fields; ``lexicon`` has the words of all phrases that filters may look for."""
        self.story, self.lexicon, self._filters = story, lexicon, filters or {}
        self._read: dict[TextField, list[tuple[TextField, ReadText]]] = {}
        self._feeds: dict[str, bool] = {}

    @cached_property
    def values(self) -> Mapping[str, set[str]]:
        """The values by field."""
        found: dict[str, set[str]] = defaultdict(set)
        for field, value in values_of(self.story):
            found[field].add(value)
        return found

    def read(self, field: TextField) -> list[tuple[TextField, ReadText]]:
        """Return the texts of a field, ready to be searched for phrases."""
        if field not in self._read:
            language = self.story.language
            self._read[field] = [
                (part, self.lexicon.read(words_of(text), language)) for part, text in texts_of(self.story, field)
            ]
        return self._read[field]

    def is_in(self, feed: str) -> bool:
        """Return whether another feed's filter matches the story."""
        if feed not in self._feeds:
            self._feeds[feed] = feed in self._filters and matches(self._filters[feed], self)
        return self._feeds[feed]


def lexicon_of(filters: Iterable[Where]) -> Lexicon:
    """Return a lexicon with the words of all phrases of some filters."""
    lexicon = Lexicon()
    for where in filters:
        for phrase in phrases_in(where):
            lexicon.numbers(phrase.words, phrase.match)
    return lexicon


def matches(where: Where, subject: IndexedSubject) -> bool:  # noqa: C901, PLR0911 - a table
    """Return whether ``where`` matches the story."""
    match where:
        case Every():
            return True
        case AllOf(parts):
            return all(matches(part, subject) for part in parts)
        case AnyOf(parts):
            return any(matches(part, subject) for part in parts)
        case Not(part):
            return not matches(part, subject)
        case FieldEquals("feed", name):
            return subject.is_in(name)
        case FieldEquals(field, value):
            return value in subject.values.get(field, ())
        case CopiesBetween(least, most):
            return least <= copies_of(subject.story) <= (math.inf if most is None else most)
        case PublishedBetween(since, before):
            return is_between(subject.story.details.published, since, before)
        case YoungerThan(age):
            return subject.story.age is None or subject.story.age <= age
        case UrlContains(part):
            return part in subject.story.details.url.casefold()
        case Phrase() | Near() | Regex():
            return any(True for _ in marks_of(where, subject))


def is_between(published: datetime | None, since: datetime | None, before: datetime | None) -> bool:
    """Return whether a date is known and within an interval."""
    return published is not None and (since is None or since <= published) and (before is None or published < before)


def marks_of(where: Phrase | Near | Regex, subject: IndexedSubject) -> Iterator[Mark]:
    """Yield where in a story a term's words are."""
    if isinstance(where, Regex):
        for field, text in texts_of(subject.story, where.field):
            for start, end in spans_of(where.pattern, text, is_caseless=where.is_caseless):
                yield Mark(field.value, start, end)
        return
    for field, read in subject.read(where.field):
        for start, end in _found(where, read, subject.lexicon):
            yield Mark(field.value, *read.words.span(start, end))


def _found(where: Phrase | Near, read: ReadText, lexicon: Lexicon) -> Iterable[tuple[int, int]]:
    if isinstance(where, Phrase):
        return read.find(lexicon.numbers(where.words, where.match))
    arguments = [[lexicon.numbers(each.words, each.match) for each in choices] for choices in where.arguments]
    return read.nearest(arguments, where.within)


def marks(where: Where, story: Subject, filters: Mapping[str, Where] | None = None) -> tuple[Mark, ...]:
    """Return where the words of a filter stand in a story, in order, without what the filter excludes.

    For terms that rest on tags these are the tags' words. Overlapping marks are joined.
    """
    subject = IndexedSubject(story, lexicon_of([where, *(filters or {}).values()]), filters)
    return tuple(_joined(sorted(_marks(where, subject, filters or {}))))


def _marks(where: Where, subject: IndexedSubject, filters: Mapping[str, Where]) -> Iterator[Mark]:
    match where:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _marks(part, subject, filters)
        case Phrase() | Near() | Regex():
            yield from marks_of(where, subject)
        case FieldEquals("feed", name):
            if name in filters:
                yield from _marks(filters[name], subject, filters)
        case FieldEquals():
            for tag in tags_behind(where, subject.story):
                yield from (Mark(each.field, each.start, each.end) for each in tag.evidence)
        case _:
            return


def _joined(found: Iterable[Mark]) -> Iterator[Mark]:
    last: Mark | None = None
    for mark in found:
        if last is not None and mark.field == last.field and mark.start <= last.end:
            last = last._replace(end=max(last.end, mark.end))
            continue
        if last is not None:
            yield last
        last = mark
    if last is not None:
        yield last
