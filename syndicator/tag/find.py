"""Where in a text may a place be named? Every name of the gazetteer that the words may be read as.

One pass. Most words begin no name, which is remembered by word; what remains is followed word by word through the
trie. Nothing is decided here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from syndicator.tag.cues import TURKISH_CASES, elision
from syndicator.tag.gazetteer import Gazetteer, Means
from syndicator.tag.inflect import russian_bases
from syndicator.text import APOSTROPHE, MemoDict, Words, fold, forms

_LONGEST_NAME = 7
_SHORTEST_GENITIVE = 4
_SHORT_BEHIND_IN, _IN, _ARABIC_ARTICLE = 4, "ب", "ال"  # three letters behind an Arabic "in": بغزة
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
        self._alone = MemoDict(self._read_alone)

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
        if len(longer) > 1:
            longer.sort(key=lambda match: (-match.end, not self._is_curated(match.number)))
        return longer + found

    def _joined(self, words: Words, place: int) -> list[Match]:
        arcs = ((self.gazetteer.number(form), after) for form, after in words.arcs(place) if after == place + 2)
        return [Match(place, after, number) for number, after in arcs if number >= 0]

    def _read_alone(self, word: str) -> _Alone | None:
        first = word[elision(word)]
        if first.isdecimal():
            return None
        readings = _likeliest_first(word)
        numbers = self._numbers(readings) or self._numbers(_bases(*readings[:1]))
        if not numbers and len(word) == _SHORT_BEHIND_IN and word[0] == _IN:
            numbers = list(filter(self._is_curated, self._numbers((fold(word[1:]),))))
        numbers.sort(key=self._is_curated, reverse=True)
        beginnings: Iterable[str] = readings
        if first.islower():
            numbers = [number for number in numbers if self._is_people(number)]
            beginnings = _SMALL_BEGINNINGS.intersection(readings)
        begins = [form for form in beginnings if self.gazetteer.begins(form)]
        return _Alone(tuple(numbers), tuple(begins)) if numbers or begins else None

    def _numbers(self, names: Iterable[str]) -> list[int]:
        return [number for name in names if (number := self.gazetteer.number(name)) >= 0]

    def _is_people(self, number: int) -> bool:
        return self._means(number, Means.PEOPLE)

    def _is_curated(self, number: int) -> bool:
        return self._means(number, Means.CURATED)

    def _means(self, number: int, bits: int) -> bool:
        return any(meaning.means & bits for meaning in self.gazetteer.meanings(number))


def _likeliest_first(word: str) -> list[str]:
    """Give a word's readings, first that without a Turkish ending, or with the Arabic article: Van'da, والعراق."""
    ending = APOSTROPHE.split(word)[-1]
    if len(ending) < len(word) and fold(ending) in TURKISH_CASES:
        bare = fold(word[: -len(ending) - 1])
        return sorted(forms(word), key=lambda form: form != bare)
    return sorted(forms(word), key=lambda form: not form.startswith(_ARABIC_ARTICLE))


def _bases(form: str = "") -> Iterator[str]:
    """Yield what a word that is no name may be a case of: Russian ones, and the German genitive (Russlands)."""
    if _CYRILLIC.match(form):
        yield from russian_bases(form)
    elif form.endswith("s") and form.isascii() and len(form) > _SHORTEST_GENITIVE:
        yield form[:-1]


def _goes_on(words: Words, at: int) -> bool:
    gap = words.gap(at - 1)
    return gap in _WITHIN or (gap in (".", ". ") and len(words.words[at - 1]) <= 2)  # noqa: PLR2004 - St. Louis
