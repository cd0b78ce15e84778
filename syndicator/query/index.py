"""Evaluate thousands of filters on a story: only those are tried whose necessary terms the story has.

Every term is a number. Each filter is filed under one set of terms of which a story must have at least one: see
``necessary``. The terms of a story lead to the filters worth trying. Each of these is then an expression over sets of
numbers, compiled when it is first tried. Words are looked up in the ``Lexicon``, patterns are one ``re2.Set``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from syndicator.lexicon import Lexicon, ReadText
from syndicator.query.necessary import necessary
from syndicator.query.patterns import PatternSet, literal
from syndicator.query.subject import Subject, copies_of, texts_of, values_of
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
    feeds_in,
    leaves,
)
from syndicator.text import words_of

_Numbers = set[int]
# Title and text together, title, text, and all else.
_Test = Callable[[_Numbers, _Numbers, _Numbers, "_Story"], bool]
_UNKNOWN_AGE = -1.0
# As few alternatives are written one by one, more as a set.
_FEW = 4
_SETS = {TextField.ANYWHERE: "A", TextField.TITLE: "T", TextField.TEXT: "X"}


class Terms:
    """The numbers of all terms of all filters: of words from 0 up, of all others from -1 down."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()
        self.values: dict[tuple[str, str], int] = {}
        self.patterns: dict[tuple[str, bool], int] = {}
        self.url_parts: dict[str, int] = {}
        self.phrases: list[tuple[TextField, tuple[int, ...]]] = []
        self.nears: list[tuple[TextField, int, tuple[tuple[tuple[int, ...], ...], ...]]] = []
        self.fields: set[TextField] = set()
        self._next = 0

    def _new(self) -> int:
        self._next -= 1
        return self._next

    def words(self, phrase: Phrase) -> tuple[int, ...]:
        """Return the numbers of a phrase's words."""
        self.fields.add(phrase.field)
        return self.lexicon.numbers(phrase.words, phrase.match)

    def value(self, field: str, value: str) -> int:
        """Return the number of a field's value."""
        key = (field, value)
        if key not in self.values:
            self.values[key] = self._new()
        return self.values[key]

    def pattern(self, regex: Regex) -> int:
        """Return the number of a regular expression, whatever its field."""
        self.fields.add(regex.field)
        key = (regex.pattern, regex.is_caseless)
        if key not in self.patterns:
            self.patterns[key] = self._new()
        return self.patterns[key]

    def url_part(self, part: str) -> int:
        """Return the number of a part of addresses."""
        if part not in self.url_parts:
            self.url_parts[part] = self._new()
        return self.url_parts[part]


class _Story:
    """A story as the numbers of its terms."""

    def __init__(self, story: Subject, index: _Index) -> None:
        self._story, self._terms, self._index = story, index.terms, index
        self._hits: dict[tuple[str, int], bool] = {}
        self._reads: dict[TextField, list[ReadText]] = {}
        self.title = self._numbers(TextField.TITLE)
        self.text = self._numbers(TextField.TEXT)
        known = self._terms.values
        self.all = {*self.title, *self.text, *(known[each] for each in values_of(story) if each in known)}
        if self._terms.url_parts:
            self.all.update(index.url_parts(story.details.url.casefold()))

    def reads(self, field: TextField) -> list[ReadText]:
        """Return the texts of a field, ready to be searched for phrases."""
        if field not in self._reads:
            if field is TextField.ANYWHERE:
                self._reads[field] = [*self.reads(TextField.TITLE), *self.reads(TextField.TEXT)]
            else:
                read, language = self._terms.lexicon.read, self._story.language
                self._reads[field] = [read(words_of(text), language) for _, text in texts_of(self._story, field)]
        return self._reads[field]

    def _numbers(self, field: TextField) -> _Numbers:
        """Return the numbers of a field's words and of the regular expressions that it matches."""
        found: _Numbers = set().union(*(read.numbers for read in self.reads(field)))
        if self._terms.patterns:
            found.update(*(self._index.patterns(text) for _, text in texts_of(self._story, field)))
        return found

    @cached_property
    def other(self) -> Mapping[TextField, _Numbers]:
        """The numbers of author, categories and address, as far as filters look there."""
        asked = self._terms.fields & {TextField.AUTHOR, TextField.CATEGORY, TextField.URL}
        return {field: self._numbers(field) for field in asked}

    @property
    def author(self) -> _Numbers:
        """The numbers of the author's name."""
        return self.other[TextField.AUTHOR]

    @property
    def category(self) -> _Numbers:
        """The numbers of its categories."""
        return self.other[TextField.CATEGORY]

    @property
    def url(self) -> _Numbers:
        """The numbers of its address."""
        return self.other[TextField.URL]

    def has_phrase(self, number: int) -> bool:
        """Return whether one of its texts has a phrase, by its number."""
        key = ("phrase", number)
        if key not in self._hits:
            field, words = self._terms.phrases[number]
            self._hits[key] = any(read.has(words) for read in self.reads(field))
        return self._hits[key]

    def has_near(self, number: int) -> bool:
        """Return whether one of its texts has words near each other, by their number."""
        key = ("near", number)
        if key not in self._hits:
            field, within, arguments = self._terms.nears[number]
            self._hits[key] = any(bool(read.nearest(arguments, within)) for read in self.reads(field))
        return self._hits[key]

    @cached_property
    def copies(self) -> int:
        """The number of other outlets that carry it."""
        return copies_of(self._story)

    @cached_property
    def published(self) -> float:
        """When it was published, in seconds; not a number if nobody knows."""
        published = self._story.details.published
        return published.timestamp() if published else math.nan

    @cached_property
    def age(self) -> float:
        """How long ago it was published, in seconds."""
        return _UNKNOWN_AGE if self._story.age is None else self._story.age.total_seconds()


@dataclass(slots=True)
class _Level:
    """Filters that use only feeds of levels before: by the terms of which a story must have one, and those without."""

    by_term: dict[int, list[int]]
    always: list[int]


class _Index:
    """All filters by number, and where each is filed."""

    def __init__(self, filters: Mapping[str, Where]) -> None:
        self.names, self.trees, self.terms = tuple(filters), tuple(filters.values()), Terms()
        self.tests: list[_Test | None] = [None] * len(self.names)
        used = {name for where in self.trees for name in feeds_in(where)}
        self.feeds = {name: self.terms.value("feed", name) for name in self.names if name in used}
        depths = _depths(filters) if used else {}
        self.levels = [_Level(by_term={}, always=[]) for _ in range(max(depths.values(), default=0) + 1)]
        filed = [defaultdict[int, list[int]](list) for _ in self.levels]
        for number, (name, where) in enumerate(filters.items()):
            depth = depths.get(name, 0)
            self._number_all(where)
            terms = necessary(where, self.terms)
            if terms is None:
                self.levels[depth].always.append(number)
            else:
                for term in terms:
                    filed[depth][term].append(number)
        for level, by_term in zip(self.levels, filed, strict=True):
            level.by_term = dict(by_term)
        patterns = [PatternSet(list(self.terms.patterns)), PatternSet([literal(each) for each in self.terms.url_parts])]
        self._patterns, self._url_parts = patterns
        self._pattern_numbers = tuple(self.terms.patterns.values())
        self._url_numbers = tuple(self.terms.url_parts.values())

    def _number_all(self, where: Where) -> None:
        """Give numbers to all terms now: a text is read once, for all of them."""
        for leaf in leaves(where):
            match leaf:
                case Phrase():
                    self.terms.words(leaf)
                case Near(_, arguments):
                    for choices in arguments:
                        for phrase in choices:
                            self.terms.words(phrase)
                case Regex():
                    self.terms.pattern(leaf)
                case UrlContains(part):
                    self.terms.url_part(part)
                case FieldEquals(field, value):
                    self.terms.value(field, value)
                case _:
                    pass

    def patterns(self, text: str) -> list[int]:
        return [self._pattern_numbers[each] for each in self._patterns(text)]

    def url_parts(self, url: str) -> list[int]:
        return [self._url_numbers[each] for each in self._url_parts(url)]

    def test(self, number: int) -> _Test:
        """Return the compiled test of a filter."""
        test = self.tests[number]
        if test is None:
            test = self.tests[number] = _Code(self.terms).test(self.trees[number])
        return test


class Filters:
    """The filters of all output feeds by name, evaluated together."""

    def __init__(self, filters: Mapping[str, Where]) -> None:
        """File each filter under the terms that it cannot do without."""
        self._index = _Index(filters)

    def __call__(self, story: Subject) -> frozenset[str]:
        """Return the names of the filters that match the story."""
        index, subject = self._index, _Story(story, self._index)
        matching: list[str] = []
        for level in index.levels:
            found = [index.names[number] for number in self._tried(level, subject) if self._holds(number, subject)]
            matching += found
            if index.feeds:
                subject.all.update(index.feeds[name] for name in found if name in index.feeds)
        return frozenset(matching)

    def _holds(self, number: int, subject: _Story) -> bool:
        test = self._index.tests[number] or self._index.test(number)
        return test(subject.all, subject.title, subject.text, subject)

    @staticmethod
    def _tried(level: _Level, subject: _Story) -> Collection[int]:
        """Return the filters worth trying: those without necessary terms, and those of whose terms it has one."""
        terms = subject.all.union(*subject.other.values()) if subject.other else subject.all
        return set(level.always).union(*filter(None, map(level.by_term.get, terms)))


def _depths(filters: Mapping[str, Where]) -> Mapping[str, int]:
    """Return after how many others each filter can be tried: 0 for those that use no feed."""
    depths: dict[str, int] = {}

    def depth_of(name: str) -> int:
        if name not in depths:
            depths[name] = 0  # a loop is refused before
            used = feeds_in(filters[name]) & filters.keys()
            depths[name] = max((depth_of(each) + 1 for each in used), default=0)
        return depths[name]

    for name in filters:
        depth_of(name)
    return depths


class _Code:
    """Writes one filter as an expression over numbers; nothing that a user wrote gets into it."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._sets: list[frozenset[int]] = []

    def test(self, where: Where) -> _Test:
        """Return a function that evaluates a filter."""
        code = f"lambda A, T, X, S: {self._of(where)}"
        test: _Test = eval(code, {"K": self._sets, "__builtins__": {}})  # noqa: S307 - integers and names of our own
        return test

    def _of(self, where: Where) -> str:  # noqa: C901, PLR0911 - a table
        match where:
            case Every():
                return "True"
            case AllOf(parts):
                return "(" + " and ".join(map(self._of, parts)) + ")"
            case AnyOf(parts):
                return self._any(parts)
            case Not(part):
                return f"(not {self._of(part)})"
            case Phrase(field=field):
                words = self._terms.words(where)
                return self._in(field, words[0]) if len(words) == 1 else f"S.has_phrase({self._phrase(field, words)})"
            case Near():
                return f"S.has_near({self._near(where)})"
            case Regex(field=field):
                return self._in(field, self._terms.pattern(where))
            case UrlContains(part):
                return f"({self._terms.url_part(part)} in A)"
            case FieldEquals(field, value):
                return f"({self._terms.value(field, value)} in A)"
            case CopiesBetween(least, most):
                return f"({least} <= S.copies)" if most is None else f"({least} <= S.copies <= {most})"
            case PublishedBetween(since, before):
                return f"({_seconds(since, -math.inf)} <= S.published < {_seconds(before, math.inf)})"
            case YoungerThan(age):
                return f"(S.age <= {age.total_seconds()!r})"

    @staticmethod
    def _in(field: TextField, number: int) -> str:
        return f"({number} in {_SETS.get(field) or f'S.{field.value}'})"

    def _any(self, parts: Sequence[Where]) -> str:
        """Return alternatives; single words and values of fields are looked up as one set."""
        sets: dict[str, list[int]] = defaultdict(list)
        others: list[str] = []
        for part in parts:
            if (term := self._single(part)) is not None:
                sets[term[0]].append(term[1])
            else:
                others.append(self._of(part))
        return "(" + " or ".join([*self._looked_up(sets), *others]) + ")"

    def _looked_up(self, sets: Mapping[str, Sequence[int]]) -> Iterator[str]:
        for name, numbers in sets.items():
            if len(numbers) <= _FEW:
                yield from (f"{number} in {name}" for number in numbers)
            else:
                self._sets.append(frozenset(numbers))
                yield f"(not {name}.isdisjoint(K[{len(self._sets) - 1}]))"

    def _single(self, where: Where) -> tuple[str, int] | None:
        """Return the set and the number that decide a term, None if it takes more."""
        match where:
            case Phrase(words=[_], field=field) if field in _SETS:
                return _SETS[field], self._terms.words(where)[0]
            case Regex(field=field) if field in _SETS:
                return _SETS[field], self._terms.pattern(where)
            case FieldEquals(field, value):
                return "A", self._terms.value(field, value)
            case _:
                return None

    def _phrase(self, field: TextField, words: tuple[int, ...]) -> int:
        self._terms.phrases.append((field, words))
        return len(self._terms.phrases) - 1

    def _near(self, near: Near) -> int:
        arguments = tuple(tuple(map(self._terms.words, choices)) for choices in near.arguments)
        self._terms.nears.append((near.field, near.within, arguments))
        return len(self._terms.nears) - 1


def _seconds(at: datetime | None, otherwise: float) -> str:
    seconds = at.timestamp() if at else otherwise
    return repr(seconds) if math.isfinite(seconds) else ("-1e999" if seconds < 0 else "1e999")
