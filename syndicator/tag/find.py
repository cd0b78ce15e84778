"""Look up a text in the gazetteer: yield every name that its words may be read as.

One pass over the words. Most words begin no name, which is memoized by word. The others are followed word by word
through the trie. Nothing is decided here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from syndicator.tag.cues import SIGN, TURKISH_CASES, elision
from syndicator.tag.gazetteer import Gazetteer, Kind, Usage
from syndicator.tag.inflect import russian_bases
from syndicator.tag.inflect_more import ukrainian_bases
from syndicator.tag.unspaced import SignFinder, SignWords
from syndicator.text import APOSTROPHE, MemoDict, Words, fold, forms

_LONGEST_NAME = 7
_SHORTEST_GENITIVE = 4
_GENITIVES = frozenset(("s", "S"))  # America's is not the Americas
_SHORT_AFTER_IN, _IN, _ARABIC_ARTICLE = 4, "ب", "ال"  # three letters after an Arabic "in": بغزة
_CYRILLIC, _UKRAINIAN = re.compile(r"[\u0400-\u04ff]"), re.compile("[іїєґ]")
_HEBREW_PREFIXES, _HEBREW_ARTICLE, _MOST_PREFIXES, _SHORTEST_HEBREW = "והבלמכש", "ה", 3, 3
_KURDISH, _KURDISH_ENDINGS = re.compile("[êîûÊÎÛ]"), ("yê", "yî", "ya", "ê", "î", "a")
# Names may begin with a small letter: an Arabic article in Latin script (al-Bab), a generic noun (mer Rouge).
_LOWERCASE_BEGINNINGS = frozenset(
    "al el as ar ad an at ash az ez mer mar golfe golfo ocean oceano detroit estrecho canal bande franja pays paises"
    " peninsula peninsule iles islas rio monts accord accords acuerdo acuerdos processus proceso convention convenio"
    " сектор река море залив пролив озеро гора озере озера реке реки горе горы долина долине"
    " lac lacs mont monts fleuve lago lagos monte montes embalse presa cordillera barrage désert desierto"
    " озеро озері озера річка річці річки сектор секторі гора горі".split()
)
_GAPS_IN_NAMES = frozenset((" ", '"', "״", "-", "‐", "‑", "\u200c", "־", "–", "\n", "'", "’", "\xa0"))


class Match(NamedTuple):
    """Words ``start`` to ``end`` (exclusive) may be the name with this number in the gazetteer."""

    start: int
    end: int
    number: int


class _WordReadings(NamedTuple):
    """How a word may be read: numbers of names of one word, and forms that longer names begin with."""

    numbers: tuple[int, ...]
    prefixes: tuple[str, ...]


class Finder:
    """Finds names of a gazetteer in texts."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Look names up in this gazetteer."""
        self.gazetteer = gazetteer
        self._readings = MemoDict(self._read_word)
        self._find_signs = SignFinder(gazetteer)

    def __call__(self, words: Words) -> Iterator[Sequence[Match]]:
        """Yield, for each word that may begin a name, all names that may begin there, longer ones first."""
        return self._among_signs(words) if isinstance(words, SignWords) else self._among_words(words)

    def _among_signs(self, words: SignWords) -> Iterator[Sequence[Match]]:
        """Yield the names in a text without spaces, those in other scripts among them."""
        signs = {each.start: [Match(each.start, each.end, each.number)] for each in self._find_signs(words)}
        others = {found[0].start: found for found in self._among_words(words)}
        for _, found in sorted({**others, **signs}.items()):
            yield found

    def _among_words(self, words: Words) -> Iterator[Sequence[Match]]:
        readings = list(map(self._readings.__getitem__, words.words))
        joined = frozenset(words.joined())
        places = itertools.compress(itertools.count(), readings)
        for place in sorted({*places, *joined}) if joined else places:
            known = readings[place]
            found = [] if known is None else self._follow(words, place, known)
            if place in joined:
                found = sorted([*self._compounds(words, place), *found], key=_last_first)
            if found:
                yield found

    def _follow(self, words: Words, place: int, readings: _WordReadings) -> list[Match]:
        found = [Match(place, place + 1, number) for number in readings.numbers]
        if not readings.prefixes or not _may_continue(words, place + 1):
            return found
        has_more = self.gazetteer.trie.has_keys_with_prefix
        longer: list[Match] = []
        paths = [(form, place + 1) for form in readings.prefixes]
        while paths:
            name, at = paths.pop()
            for form, after in words.arcs(at):
                grown = f"{name} {form}"
                if not has_more(grown):  # true of most
                    continue
                number = self.gazetteer.number(grown)
                if number >= 0:
                    longer.append(Match(place, after, number))
                if after - place < _LONGEST_NAME and _may_continue(words, after):
                    paths.append((grown, after))
        if len(longer) > 1:
            longer.sort(key=lambda match: (-match.end, not self._is_curated(match.number)))
        return longer + found

    def _compounds(self, words: Words, place: int) -> list[Match]:
        arcs = ((self.gazetteer.number(form), after) for form, after in words.arcs(place) if after == place + 2)
        return [Match(place, after, number) for number, after in arcs if number >= 0]

    def _read_word(self, word: str) -> _WordReadings | None:
        first = word[elision(word)]
        if first.isdecimal() or SIGN.match(first):
            return None
        readings = _likeliest_first(word)
        numbers = self._numbers(readings) or self._numbers(_bases(word, *readings[:1]))
        if first in _HEBREW_PREFIXES:
            bases = list(_hebrew_bases(readings[0]))
            numbers = numbers or self._without_prefixes(readings[0], bases)
            readings = [*readings, *bases]
        if not numbers and len(word) == _SHORT_AFTER_IN and word[0] == _IN:
            numbers = list(filter(self._is_curated, self._numbers((fold(word[1:]),))))
        numbers.sort(key=self._is_curated, reverse=True)
        beginnings: Iterable[str] = readings
        if first.islower():
            numbers = [number for number in numbers if self._is_demonym(number)]
            beginnings = filter(_LOWERCASE_BEGINNINGS.__contains__, readings)
        prefixes = [form for form in beginnings if self.gazetteer.begins(form)]
        return _WordReadings(tuple(numbers), tuple(prefixes)) if numbers or prefixes else None

    def _numbers(self, names: Iterable[str]) -> list[int]:
        return [number for name in names if (number := self.gazetteer.number(name)) >= 0]

    def _is_demonym(self, number: int) -> bool:
        return self._has_usage(number, Usage.DEMONYM)

    def _is_curated(self, number: int) -> bool:
        return self._has_usage(number, Usage.CURATED)

    def _without_prefixes(self, form: str, bases: Sequence[str]) -> list[int]:
        """Return the first name that a Hebrew word is without prefixes; only peoples have the article among them."""
        for base in bases:
            has_article = _HEBREW_ARTICLE in form[: len(form) - len(base)]
            for number in self._numbers((base,) if len(base) >= _SHORTEST_HEBREW else ()):
                if self._is_demonym(number) or (not has_article and self._is_well_known(number)):
                    return [number]
        return []

    def _is_well_known(self, number: int) -> bool:
        """Return whether a name is curated or that of a large town, as plain as the Latin one."""
        plain = (each.place for each in self.gazetteer.meanings(number) if not each.usage & Usage.ALTERNATE)
        return self._is_curated(number) or any(place.kind is Kind.TOWN for place in plain)

    def _has_usage(self, number: int, bits: int) -> bool:
        return any(meaning.usage & bits for meaning in self.gazetteer.meanings(number))


def _last_first(match: Match) -> int:
    return -match.end


def _likeliest_first(word: str) -> list[str]:
    """Return a word's forms; one without a Turkish case ending, or with the Arabic article, first: Van'da, والعراق."""
    ending = APOSTROPHE.split(word)[-1]
    if len(ending) < len(word) and (ending in _GENITIVES or fold(ending) in TURKISH_CASES):
        bare = fold(word[: -len(ending) - 1])
        return sorted(forms(word), key=lambda form: form != bare)
    return sorted(forms(word), key=lambda form: not form.startswith(_ARABIC_ARTICLE))


def _bases(word: str, form: str = "") -> Iterator[str]:
    """Yield the names of which a word may be a case: Slavic, Kurdish, or the German genitive (Russlands)."""
    if _CYRILLIC.match(form):
        yield from ukrainian_bases(form) if _UKRAINIAN.search(form) else russian_bases(form)
    elif _KURDISH.search(word):
        yield from (fold(word[: -len(ending)]) for ending in _KURDISH_ENDINGS if word.lower().endswith(ending))
    elif form.endswith("s") and form.isascii() and len(form) > _SHORTEST_GENITIVE:
        yield form[:-1]


def _hebrew_bases(form: str) -> Iterator[str]:
    """Yield a Hebrew word without the conjunctions, prepositions and the article that it may begin with."""
    for _ in range(_MOST_PREFIXES):
        if form[0] not in _HEBREW_PREFIXES or len(form) < _SHORTEST_HEBREW:
            return
        form = form[1:]
        yield form


def _may_continue(words: Words, at: int) -> bool:
    """Return whether the word at this place, if there is one, may belong to the same name as the one before it."""
    if at >= len(words.words):
        return False
    gap = words.gap(at - 1)
    return gap in _GAPS_IN_NAMES or (gap in (".", ". ") and len(words.words[at - 1]) <= 2)  # noqa: PLR2004 - St. Louis
