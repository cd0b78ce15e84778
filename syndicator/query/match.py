"""Evaluate filters' trees on stories. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from syndicator.models import Tag
from syndicator.query.tree import REGION_FIELDS, AllOf, AnyOf, CopiesBetween, Every, FieldEquals, Not, Phrase, Where
from syndicator.text import Beginnings, PhraseWords, Words, places_of, words_of

LIKELY = 0.5  # the least score from which ``region`` finds a story
_Indexed = tuple[Words, Mapping[str, list[int]]]


class Subject(NamedTuple):
    """The part of a story that filters look at: at first sight it is neither revised, copied nor deleted."""

    title: str
    text: str
    language: str
    outlets: Collection[str]
    tags: Collection[Tag]
    revised: Collection[str] = ()
    is_deleted: bool = False


class IndexedSubject:
    """A story prepared for any number of filters: values by field in lower case, words indexed when first needed."""

    def __init__(self, story: Subject, beginnings: Beginnings) -> None:
        """Index the values of fields; ``beginnings`` are those of all phrases that filters may look for."""
        self._story, self._beginnings = story, beginnings
        self._title: _Indexed | None = None
        self._text: _Indexed | None = None
        values: dict[str, set[str]] = {field: set() for field in (*REGION_FIELDS, "concept")}
        for tag in story.tags:
            path = [term.casefold() for term in (*tag.path, *tag.namesakes)]
            for field in fields_of(tag):
                values.setdefault(field, set()).update(path)
        values["outlet"] = {name.casefold() for name in story.outlets}
        language = story.language.casefold()
        values["lang"] = {language, language.partition("-")[0]}
        values["revised"] = {*story.revised, "yes"} if story.revised else set()
        values["deleted"] = {"yes"} if story.is_deleted else set()
        self.values = values

    @property
    def copies(self) -> int:
        """The number of other outlets that carry it."""
        return len(self.values["outlet"]) - 1

    @property
    def title(self) -> _Indexed:
        """The title's words, and the positions in it where phrases may begin."""
        if self._title is None:
            self._title = self._index(self._story.title)
        return self._title

    @property
    def text(self) -> _Indexed:
        """The same for the text."""
        if self._text is None:
            self._text = self._index(self._story.text)
        return self._text

    def _index(self, text: str) -> _Indexed:
        words = words_of(text)
        return words, self._beginnings.index(words)


def fields_of(tag: Tag) -> Iterator[str]:
    """Yield the fields by which filters find a tag."""
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
    """The filters of all output feeds by name, evaluated together."""

    def __init__(self, filters: Mapping[str, Where]) -> None:
        """Collect the beginnings of all phrases, so that each text is searched for them once."""
        self._filters = dict(filters)
        phrases = (phrase for where in self._filters.values() for phrase in phrases_in(where))
        self._beginnings = Beginnings((each.phrase, each.is_prefix) for each in phrases)

    def __call__(self, story: Subject) -> frozenset[str]:
        """Return the names of the filters that match the story."""
        subject = IndexedSubject(story, self._beginnings)
        return frozenset(name for name, where in self._filters.items() if matches(where, subject))


def matches(where: Where, subject: IndexedSubject) -> bool:  # noqa: PLR0911 - a table
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
        case CopiesBetween(least, most):
            return least <= subject.copies and (most is None or subject.copies <= most)
        case FieldEquals(field, value):
            return value in subject.values.get(field, ())
        case Phrase(phrase, is_prefix, only_title):
            fields = (subject.title,) if only_title else (subject.title, subject.text)
            return any(_contains(words, index, phrase, is_prefix=is_prefix) for words, index in fields)


def _contains(words: Words, index: Mapping[str, list[int]], phrase: PhraseWords, *, is_prefix: bool) -> bool:
    places = places_of(phrase, index, is_prefix=is_prefix)
    return bool(places) and any(True for _ in words.find(phrase, places, is_prefix=is_prefix))


def phrases_in(where: Where) -> Iterator[Phrase]:
    """Yield the phrases of a filter."""
    match where:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from phrases_in(part)
        case Not(part):
            yield from phrases_in(part)
        case Phrase():
            yield where
