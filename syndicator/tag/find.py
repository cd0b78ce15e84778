"""Where in a text may a place be named? Every name of the gazetteer that the words may be read as.

One pass. Most words begin no name, which is remembered by word; what remains is followed word by word through the
trie. Nothing is decided here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from syndicator.tag.cues import elision
from syndicator.tag.gazetteer import Gazetteer, Means
from syndicator.tag.inflect import russian_bases
from syndicator.text import Memo, Words, forms

_LONGEST_NAME = 7
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
# Arabic names keep their article small in Latin letters (al-Bab), seas their noun in some languages (mer Rouge).
_SMALL_BEGINNINGS = frozenset(
    "al el as ar ad an at ash az ez mer mar golfe golfo ocean oceano detroit estrecho canal bande franja pays paises"
    " peninsula peninsule iles islas rio monts accord accords acuerdo acuerdos processus proceso convention convenio"
    " сектор река море залив пролив".split()
)
_WITHIN = frozenset((" ", "-", "‐", "‑", "\u200c", "־", "–", "\n", "'", "’", "\xa0"))


class Match(NamedTuple):
    """Words ``start`` up to, without, ``end`` may be the name of this number in the gazetteer."""

    start: int
    end: int
    number: int


class _Alone(NamedTuple):
    """What a word is by itself: numbers of names, and the forms that longer names begin with."""

    numbers: tuple[int, ...]
    begins: tuple[str, ...]


class Finder:
    """Finds names in texts."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Look in this gazetteer."""
        self.gazetteer = gazetteer
        self._alone = Memo(self._read_alone)

    def __call__(self, words: Words) -> Iterator[Sequence[Match]]:
        """Yield, for each word that may begin a name, all it may begin, longer names first."""
        alone = list(map(self._alone.__getitem__, words.words))
        joined = frozenset(words.joined())
        places = itertools.compress(itertools.count(), alone)
        for place in sorted({*places, *joined}) if joined else places:
            known = alone[place]
            found = [] if known is None else self._from(words, place, known)
            if place in joined:
                found = [*self._joined(words, place), *found]
            if found:
                yield found

    def _from(self, words: Words, place: int, known: _Alone) -> list[Match]:
        found = [Match(place, place + 1, number) for number in known.numbers]
        if not known.begins:
            return found
        number_of, has_more = self.gazetteer.number, self.gazetteer.trie.has_keys_with_prefix
        size = len(words.words)
        longer: list[Match] = []
        paths = [(form, place + 1) for form in known.begins]
        while paths:
            name, at = paths.pop()
            if at >= size or at - place >= _LONGEST_NAME or not _goes_on(words, at):
                continue
            for form, after in words.arcs(at):
                grown = f"{name} {form}"
                if not has_more(grown):  # most end here
                    continue
                number = number_of(grown)
                if number >= 0:
                    longer.append(Match(place, after, number))
                paths.append((grown, after))
        longer.sort(key=_longest_first)
        return longer + found

    def _joined(self, words: Words, place: int) -> list[Match]:
        arcs = ((self.gazetteer.number(form), after) for form, after in words.arcs(place) if after == place + 2)
        return [Match(place, after, number) for number, after in arcs if number >= 0]

    def _read_alone(self, word: str) -> _Alone | None:
        first = word[elision(word)]
        if first.isdecimal():
            return None
        readings, number_of = forms(word), self.gazetteer.number
        numbers = [number for form in readings if (number := number_of(form)) >= 0]
        if not numbers and readings and _CYRILLIC.match(readings[0]):
            numbers = [number for base in russian_bases(readings[0]) if (number := number_of(base)) >= 0]
        beginnings: Iterable[str] = readings
        if first.islower():
            numbers = [number for number in numbers if self._is_people(number)]
            beginnings = _SMALL_BEGINNINGS.intersection(readings)
        begins = [form for form in beginnings if self.gazetteer.begins(form)]
        return _Alone(tuple(numbers), tuple(begins)) if numbers or begins else None

    def _is_people(self, number: int) -> bool:
        return any(meaning.means & Means.PEOPLE for meaning in self.gazetteer.meanings(number))


def _goes_on(words: Words, at: int) -> bool:
    gap = words.gap(at - 1)
    return gap in _WITHIN or (gap in (".", ". ") and len(words.words[at - 1]) <= 2)  # noqa: PLR2004 - St. Louis


def _longest_first(match: Match) -> tuple[int, int]:
    return -match.end, match.number
