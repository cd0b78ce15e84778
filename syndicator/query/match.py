"""Does a story match? Pure evaluation of a filter's tree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from syndicator.models import Tag
from syndicator.query.grammar import REGION_FIELDS, AllOf, AnyOf, Every, FieldEquals, Not, Phrase, Where
from syndicator.text import Beginnings, PhraseWords, Words, places_of, words_of

LIKELY = 0.5  # from this score on, a story is of a region
_Read = tuple[Words, Mapping[str, list[int]]]


class Subject(NamedTuple):
    """What filters look at in a story."""

    title: str
    text: str
    language: str
    outlets: Collection[str]
    tags: Collection[Tag]


class IndexedSubject:
    """A story as filters see it: its words, read when one asks for any; members of each field in lower case."""

    def __init__(self, story: Subject, beginnings: Beginnings) -> None:
        """Get a story ready for any number of filters, whose words begin so."""
        self._story, self._beginnings = story, beginnings
        self._title: _Read | None = None
        self._text: _Read | None = None
        tags: dict[str, set[str]] = {field: set() for field in (*REGION_FIELDS, "concept")}
        for tag in story.tags:
            path = [term.casefold() for term in tag.path]
            for field in _fields_of(tag):
                tags.setdefault(field, set()).update(path)
        self.members: dict[str, set[str]] = tags
        tags["outlet"] = {name.casefold() for name in story.outlets}
        language = story.language.casefold()
        tags["lang"] = {language, language.partition("-")[0]}

    @property
    def title(self) -> _Read:
        """The title's words, and the places in it where anything that is asked for may begin."""
        if self._title is None:
            self._title = self._read(self._story.title)
        return self._title

    @property
    def text(self) -> _Read:
        """The same of the text."""
        if self._text is None:
            self._text = self._read(self._story.text)
        return self._text

    def _read(self, text: str) -> _Read:
        words = words_of(text)
        return words, self._beginnings.index(words)


def _fields_of(tag: Tag) -> Iterator[str]:
    """Yield the fields by which a filter finds a tag."""
    if tag.scheme != "region":
        yield tag.scheme
        return
    yield "mentions"
    if tag.role in ("about", "actor", "dateline"):
        yield tag.role
    # Tags from before there were roles have none.
    if tag.role in ("", "about", "actor") and tag.score >= LIKELY:
        yield "region"


class Filters:
    """The filters of all output feeds, by name, asked together."""

    def __init__(self, filters: Mapping[str, Where]) -> None:
        """Look through them once for the words they ask for."""
        self._filters = dict(filters)
        said = (said for where in self._filters.values() for said in _said_in(where))
        self._beginnings = Beginnings((each.phrase, each.is_prefix) for each in said)

    def __call__(self, story: Subject) -> frozenset[str]:
        """Give the names of those that hold the story."""
        subject = IndexedSubject(story, self._beginnings)
        return frozenset(name for name, where in self._filters.items() if matches(where, subject))


def matches(where: Where, subject: IndexedSubject) -> bool:
    """Say whether ``where`` holds the story."""
    match where:
        case Every():
            return True
        case AllOf(parts):
            return all(matches(part, subject) for part in parts)
        case AnyOf(parts):
            return any(matches(part, subject) for part in parts)
        case Not(part):
            return not matches(part, subject)
        case FieldEquals(field, value):
            return value in subject.members.get(field, ())
        case Phrase(phrase, is_prefix, only_title):
            fields = (subject.title,) if only_title else (subject.title, subject.text)
            return any(_is_said(phrase, words, index, is_prefix=is_prefix) for words, index in fields)


def _is_said(phrase: PhraseWords, words: Words, index: Mapping[str, list[int]], *, is_prefix: bool) -> bool:
    places = places_of(phrase, index, is_prefix=is_prefix)
    return bool(places) and any(True for _ in words.find(phrase, places, is_prefix=is_prefix))


def _said_in(where: Where) -> Iterator[Phrase]:
    match where:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _said_in(part)
        case Not(part):
            yield from _said_in(part)
        case Phrase():
            yield where
