"""Find many phrases in a text at once: words become numbers, each distinct word is folded and stemmed once.

Filters and concepts share it. A lexicon is filled with the words of all phrases, then reads any number of texts.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from syndicator.stems import is_written_in, stemmed_language, stems_in
from syndicator.text import MemoDict, Words, forms, term_forms

# Scripts without spaces between words: a word of a phrase is looked for within the run of letters that a text has.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
# Of ``near``: words between, where it does not say how many; the most that may be; and its words and phrases.
NEAREST, FARTHEST, MOST_ARGUMENTS = 10, 100, 5
_MOST_REMEMBERED = 20_000  # of each language; the commonest words are back at once


class Match(StrEnum):
    """How the words of a phrase compare with those of a text: in any form, as they are, or as a beginning."""

    FORMS = "forms"
    EXACT = "exact"
    PREFIX = "prefix"


def is_unspaced(word: str) -> bool:
    """Return whether a word is in a script that does not put spaces between words."""
    return _UNSPACED.search(word) is not None


class Lexicon:
    """Numbers for words. A number stands for a word and how it is to match, and stays the same for ever."""

    def __init__(self) -> None:
        """Know no word yet."""
        self._next = itertools.count()
        self._known: dict[tuple[tuple[str, ...], Match], int] = {}
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._unspaced: dict[str, list[int]] = defaultdict(list)
        self._prefixes: dict[str, list[int]] = defaultdict(list)
        self._in_any_form: list[tuple[str, int]] = []
        self._memos: dict[str, MemoDict[str, tuple[int, ...]]] = {}

    def number(self, word: str, match: Match = Match.EXACT) -> int:
        """Return the number of a word that a phrase asks for."""
        readings = term_forms(word)
        if (known := self._known.get((readings, match))) is not None:
            return known
        number = self._known[readings, match] = next(self._next)
        for form in readings:
            self._register(form, match, number)
        self._memos.clear()
        return number

    def numbers(self, words: Iterable[str], match: Match) -> tuple[int, ...]:
        """Return the numbers of a phrase's words; of beginnings, only the last word is one."""
        words = tuple(words)
        if match is not Match.PREFIX:
            return tuple(self.number(word, match) for word in words)
        return (*(self.number(word) for word in words[:-1]), *(self.number(word, match) for word in words[-1:]))

    def _register(self, form: str, match: Match, number: int) -> None:
        if is_unspaced(form):
            self._unspaced[form].append(number)
        elif match is Match.PREFIX:
            self._prefixes[form].append(number)
        else:
            self._exact[form].append(number)
            if match is Match.FORMS:
                self._in_any_form.append((form, number))

    def read(self, words: Words, language: str) -> ReadText:
        """Read a text in a language, a BCP 47 tag."""
        language = stemmed_language(language)
        memo = self._memos.get(language)
        if memo is None:
            memo = self._memos[language] = self._reader(language)
        return ReadText(words, memo)

    def _reader(self, language: str) -> MemoDict[str, tuple[int, ...]]:
        """Return the numbers of each word of texts in a language."""
        stems = stems_in(language) if language else None
        by_stem: dict[str, list[int]] = defaultdict(list)
        for form, number in self._in_any_form if stems else ():
            if stems and is_written_in(language, form):
                by_stem[stems(form)[0]].append(number)
        lengths = sorted({len(prefix) for prefix in self._prefixes})
        unspaced_lengths = sorted({len(form) for form in self._unspaced})

        def numbers_of(word: str) -> tuple[int, ...]:
            found: set[int] = set()
            for form in forms(word):
                found.update(self._exact.get(form, ()))
                for length in lengths:
                    if length > len(form):
                        break
                    found.update(self._prefixes.get(form[:length], ()))
                for stem in stems(form) if stems else ():
                    found.update(by_stem.get(stem, ()))
                if unspaced_lengths and is_unspaced(form):
                    found.update(self._within(form, unspaced_lengths))
            return tuple(found)

        return MemoDict(numbers_of, _MOST_REMEMBERED)

    def _within(self, run: str, lengths: Sequence[int]) -> Iterator[int]:
        for start in range(len(run)):
            for length in lengths:
                yield from self._unspaced.get(run[start : start + length], ())


class ReadText:
    """A text as the numbers of those of its words that phrases ask for."""

    __slots__ = ("_memo", "_places", "numbers", "words")

    def __init__(self, words: Words, memo: Mapping[str, tuple[int, ...]]) -> None:
        """Look up each word; where phrases begin is only found out when it is asked for."""
        self.words, self._memo = words, memo
        self._places: dict[int, list[int]] | None = None
        self.numbers: set[int] = set().union(*map(memo.__getitem__, words.words))
        for place in words.joined():
            self.numbers.update(memo[words.words[place] + words.words[place + 1]])

    @property
    def places(self) -> Mapping[int, Sequence[int]]:
        """The places of words by number, in order; of two joined words, that of the first."""
        if self._places is None:
            self._places = self._find_places()
        return self._places

    def _find_places(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        joined = set(self.words.joined())
        for place, word in enumerate(self.words.words):
            numbers = self._memo[word]
            if place in joined:
                numbers = tuple({*numbers, *self._memo[word + self.words.words[place + 1]]})
            for number in numbers:
                found[number].append(place)
        return found

    def find(self, phrase: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield from which word up to, but not including, which other the text has a phrase."""
        if self.numbers.issuperset(phrase):
            for place in self.places.get(phrase[0], ()):
                if end := self._follow(phrase, 0, place):
                    yield place, end

    def has(self, phrase: Sequence[int]) -> bool:
        """Return whether the text has a phrase."""
        return any(True for _ in self.find(phrase))

    def _follow(self, phrase: Sequence[int], at: int, place: int) -> int:
        """Return the end of the phrase whose word ``at`` is to be at ``place``, 0 if it is not there."""
        words = self.words.words
        if place >= len(words):
            return 0
        ends = [place + 1] if phrase[at] in self._memo[words[place]] else []
        if self.words.is_joined(place) and phrase[at] in self._memo[words[place] + words[place + 1]]:
            ends.append(place + 2)
        for end in ends:
            if at == len(phrase) - 1:
                return end
            if last := self._follow(phrase, at + 1, end):
                return last
        return 0

    def nearest(self, arguments: Sequence[Collection[Sequence[int]]], within: int) -> Sequence[tuple[int, int]]:
        """Return where one phrase of each argument stands so close that at most ``within`` other words are between.

        Nothing if they do not. No word counts for two arguments.
        """
        if not all(any(map(self.numbers.issuperset, choices)) for choices in arguments):
            return ()
        found = [sorted({span for phrase in choices for span in self.find(phrase)}) for choices in arguments]
        return nearest_spans(found, within) if all(found) else ()


def nearest_spans(found: Sequence[Sequence[tuple[int, int]]], within: int) -> Sequence[tuple[int, int]]:
    """Return one span of each of several sorted lists with at most ``within`` words outside of them in between.

    From each span on, the others are taken as they come. Return nothing if there is no such group.
    """
    for first in sorted({(span, number) for number, spans in enumerate(found) for span in spans}):
        span, number = first
        group, rest = [span], set(range(len(found))) - {number}
        between = 0
        while rest and between <= within:
            after = {other: _next_span(found[other], group[-1][1]) for other in rest}
            if None in after.values():
                break
            chosen = min(rest, key=lambda other: after[other] or span)
            following = after[chosen] or span
            between += following[0] - group[-1][1]
            group.append(following)
            rest.remove(chosen)
        if not rest and between <= within:
            return group
    return ()


def _next_span(spans: Sequence[tuple[int, int]], start: int) -> tuple[int, int] | None:
    place = bisect.bisect_left(spans, (start, 0))
    return spans[place] if place < len(spans) else None
