"""Terms of filters as numbers, and a story as the numbers of those that it has."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from functools import cached_property

from syndicator.lexicon import Lexicon, ReadText
from syndicator.query.patterns import PatternSet, literal
from syndicator.query.subject import Subject, copies_of, texts_of, values_of
from syndicator.query.tree import (
    CopiesBetween,
    FieldEquals,
    Near,
    Phrase,
    Regex,
    TextField,
    UrlContains,
    Where,
    leaves,
)
from syndicator.text import words_of

Numbers = set[int]
_UNKNOWN_AGE = -1.0


class Terms:
    """The numbers of all terms of all filters: of words from 0 up, of all others from -1 down."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()
        self.values: dict[tuple[str, str], int] = {}
        self.patterns: dict[tuple[str, bool], int] = {}
        self.url_parts: dict[str, int] = {}
        self.least_copies: dict[int, int] = {}
        self.phrases: dict[int, tuple[TextField, tuple[int, ...]]] = {}
        self.nears: dict[int, tuple[TextField, int, tuple[tuple[tuple[int, ...], ...], ...]]] = {}
        self.new_key = itertools.count().__next__  # of phrases and nears; several threads may compile tests
        self.fields: set[TextField] = set()
        self._next = 0
        self._counts: Counter[int] = Counter()
        self._counted = 0

    def add(self, where: Where) -> None:
        """Assign numbers to all terms of a filter: a text is read once, for all of them."""
        for leaf in leaves(where):
            match leaf:
                case Phrase():
                    self.words(leaf)
                case Near(_, arguments):
                    for choices in arguments:
                        for phrase in choices:
                            self.words(phrase)
                case Regex():
                    self.pattern(leaf)
                case UrlContains(part):
                    self.url_part(part)
                case CopiesBetween(least) if least:
                    self.copies(least)
                case FieldEquals(field, value):
                    self.value(field, value)
                case _:
                    pass

    @cached_property
    def _pattern_sets(self) -> tuple[PatternSet, PatternSet]:
        return PatternSet(list(self.patterns)), PatternSet([literal(each) for each in self.url_parts])

    def patterns_in(self, text: str) -> list[int]:
        """Return the numbers of the regular expressions that a text matches, once all filters are added."""
        numbers = self._pattern_numbers
        return [numbers[each] for each in self._pattern_sets[0](text)]

    def url_parts_in(self, url: str) -> list[int]:
        """Return the numbers of the parts that an address has, once all filters are added."""
        numbers = self._url_numbers
        return [numbers[each] for each in self._pattern_sets[1](url.casefold())]

    @cached_property
    def _pattern_numbers(self) -> tuple[int, ...]:
        return tuple(self.patterns.values())

    @cached_property
    def _url_numbers(self) -> tuple[int, ...]:
        return tuple(self.url_parts.values())

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

    def count(self, terms: Numbers) -> int:
        """Count the terms of a story; return how many stories were counted."""
        self._counts.update(terms)
        self._counted += 1
        return self._counted

    def share(self, number: int, guess: float) -> float:
        """Return which part of the stories has a term: as counted, or a guess before any were."""
        return (self._counts[number] + 0.5) / self._counted if self._counted else guess

    def copies(self, least: int) -> int:
        """Return the number of having so many copies or more."""
        if least not in self.least_copies:
            self.least_copies[least] = self._new()
        return self.least_copies[least]

    def url_part(self, part: str) -> int:
        """Return the number of a part of addresses."""
        if part not in self.url_parts:
            self.url_parts[part] = self._new()
        return self.url_parts[part]


class TermsOfStory:
    """A story as the numbers of its terms."""

    def __init__(self, story: Subject, terms: Terms) -> None:
        self._story, self._terms = story, terms
        self._hits: dict[tuple[str, int], bool] = {}
        self._reads: dict[TextField, list[ReadText]] = {}
        self.title = self._numbers(TextField.TITLE)
        self.text = self._numbers(TextField.TEXT)
        known = self._terms.values
        self.all = {*self.title, *self.text, *(known[each] for each in values_of(story) if each in known)}
        if self._terms.least_copies:
            copies = self.copies
            self.all.update(number for least, number in self._terms.least_copies.items() if least <= copies)
        if self._terms.url_parts:
            self.all.update(terms.url_parts_in(story.details.url))

    def reads(self, field: TextField) -> list[ReadText]:
        """Return the texts of a field, ready to be searched for phrases."""
        if field not in self._reads:
            if field is TextField.ANYWHERE:
                self._reads[field] = [*self.reads(TextField.TITLE), *self.reads(TextField.TEXT)]
            else:
                read, language = self._terms.lexicon.read, self._story.language
                self._reads[field] = [read(words_of(text), language) for _, text in texts_of(self._story, field)]
        return self._reads[field]

    def _numbers(self, field: TextField) -> Numbers:
        """Return the numbers of a field's words and of the regular expressions that it matches."""
        found: Numbers = set().union(*(read.numbers for read in self.reads(field)))
        if self._terms.patterns:
            found.update(*(self._terms.patterns_in(text) for _, text in texts_of(self._story, field)))
        return found

    @cached_property
    def other(self) -> Mapping[TextField, Numbers]:
        """The numbers of author, categories and address, as far as filters look there."""
        asked = self._terms.fields & {TextField.AUTHOR, TextField.CATEGORY, TextField.URL}
        return {field: self._numbers(field) for field in asked}

    @property
    def author(self) -> Numbers:
        """The numbers of the author's name."""
        return self.other[TextField.AUTHOR]

    @property
    def category(self) -> Numbers:
        """The numbers of its categories."""
        return self.other[TextField.CATEGORY]

    @property
    def url(self) -> Numbers:
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
