"""Words of any script, made comparable: folding, tokens with offsets, phrases. Pure.

Used by the filter language, the concepts and the region tagger alike, so that a word means the same thing to all
three. Folding loses what newspapers spell differently: case, accents, Arabic alef and yeh forms, Persian and Arabic
kaf, Cyrillic yo, harakat, digits of other scripts, Turkish dotted and dotless i.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")
_SINGLE = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ۀ": "ه",
    "ک": "ك", "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ", "ё": "е", "ß": "ss", "ø": "o", "ł": "l",
    "ı": "i", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "œ": "oe", "ӏ": "", "ـ": "",
}  # fmt: skip
_KEPT_MARKS = "й"  # short i is a letter of its own, not an accented и


class _Folded(dict[int, str]):
    """Characters folded, each worked out when it first comes."""

    def __missing__(self, point: int) -> str:
        folded = "".join(map(self._letter, _SINGLE.get(chr(point), chr(point))))
        self[point] = folded
        return folded

    @staticmethod
    def _letter(char: str) -> str:
        if char in _KEPT_MARKS:
            return char
        if char.isdecimal():
            return str(unicodedata.decimal(char))
        bare = (c for c in unicodedata.normalize("NFD", char) if not unicodedata.category(c).startswith("M"))
        return "".join(_SINGLE.get(c, c) for c in bare)


_FOLDED = _Folded()
_ARABIC_PREFIXES = ("وال", "فال", "بال", "كال", "ولل", "لل", "ال", "وب", "ول", "وك", "و", "ف", "ب", "ك", "ل")
_ARABIC = re.compile(r"[\u0621-\u064a\u066e-\u06d3]")


def _marks(*categories: str) -> str:
    """Give the marks of the basic plane of these categories as a regular expression's ranges."""
    ranges: list[list[int]] = []
    for point in range(0x300, 0xFFFF):
        if unicodedata.category(chr(point)) in categories:
            if ranges and ranges[-1][1] == point - 1:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
    return "".join(f"\\u{low:04x}-\\u{high:04x}" for low, high in ranges)


_MARKS = _marks("Mn", "Mc", "Me")
COMBINING = _marks("Mn", "Me")
# Nothing longer is a word, and what is remembered of words must stay small. Possessive: nothing to go back for.
_REST = rf"[\w{_MARKS}\u200d]{{0,63}}+"
_WORD = re.compile(
    r"(\w(?:"
    r"\.(?<=[^\W\d_]\.)(?:[^\W\d_]\.)++"  # U.S.
    rf"|{_REST}(?:['’ʼ‘ʿ´`]\w{_REST}){{0,3}}+"  # Idlib's, Sana'a, l'armée
    r"))"
)
APOSTROPHE = re.compile("['’ʼ‘ʿ´`]")
_JOINERS = frozenset({"-", "‐", "‑", "\u200c", "־"})  # hyphens, the Persian zero-width non-joiner, maqaf
_SHORTEST_ARABIC = 3
_MOST_REMEMBERED = 65536
_ENDING = "*"  # no word holds one
# A phrase's words, each a choice of forms.
PhraseWords = Sequence[Sequence[str]]


def fold(word: str) -> str:
    """Give the form of ``word`` in which spellings that newspapers mix are equal."""
    if word.isascii():
        return word.lower()
    # Turkish capital dotted I lowers to i plus a combining dot; taking it out first spares the mark.
    return unicodedata.normalize("NFKC", word).replace("İ", "i").lower().translate(_FOLDED)


class MemoDict(dict[_K, _T]):
    """What is made of words or numbers that come again and again, each made once: ``map(memo.__getitem__, words)``.

    A third of the cost of ``lru_cache``, for which every look is a call. One that holds ``most`` begins afresh.
    """

    __slots__ = ("_make", "_most")

    def __init__(self, make: Callable[[_K], _T], most: int = _MOST_REMEMBERED) -> None:
        """Have ``make`` asked for what is not remembered."""
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: _K) -> _T:
        if len(self) >= self._most:
            self.clear()
        made = self[key] = self._make(key)
        return made


_folded = MemoDict(fold)


@lru_cache(maxsize=65536)
def forms(word: str) -> tuple[str, ...]:
    """Give the folded forms under which ``word``, as it stands in a text, may be looked up; the fullest first.

    Possessives and Turkish case endings after an apostrophe are cut, French articles before one as well; Arabic
    conjunctions, prepositions and the article are taken off the front.
    """
    parts = APOSTROPHE.split(word)
    found = [fold("".join(parts)).strip(".")]
    if len(parts) > 1:
        found.append(fold(parts[0]))
        if len(parts[0]) <= 2:  # noqa: PLR2004 - l', d', qu'
            found.append(fold(parts[1]))
    if _ARABIC.match(word):
        found.extend(_without_clitics(word))
    return tuple(dict.fromkeys(form for form in found if form))


def _without_clitics(word: str) -> Iterator[str]:
    """Yield an Arabic word without each prefix it may have.

    Read off the letters as written: the أل of ألماني is no article. A single letter is cut only from longer words, or
    ورقة (paper) would name the city of Raqqa.
    """
    bare = "".join(char for char in word if char != "ـ" and not unicodedata.category(char).startswith("M"))
    for prefix in _ARABIC_PREFIXES:
        rest = bare[len(prefix) :]
        if bare.startswith(prefix) and len(rest) >= _SHORTEST_ARABIC + (len(prefix) == 1):
            yield fold(rest)


@lru_cache(maxsize=65536)
def term_forms(word: str) -> tuple[str, ...]:
    """Give the forms a word of a filter, concept or gazetteer stands for: itself, and without the Arabic article."""
    whole = fold(APOSTROPHE.sub("", word)).strip(".")
    if word.startswith("ال") and len(whole) - len("ال") >= _SHORTEST_ARABIC:
        return (whole, whole[len("ال") :])
    return (whole,) if whole else ()


class Words:
    """A text's words, which know where they stood and how they may be read.

    A word has several readings, see ``forms``; one written with a hyphen or a zero-width non-joiner reads as its parts
    and, from its first part, as one. Readings are made when asked for: most words of most texts are never looked up.
    """

    __slots__ = ("_known_bounds", "_pieces", "text", "words")

    def __init__(self, text: str) -> None:
        """Read ``text`` once; linear in its length."""
        self.text = text
        self._pieces = _WORD.split(text)  # what is between words and the words, in turn
        self.words = self._pieces[1::2]
        self._known_bounds: list[int] = []

    @property
    def _bounds(self) -> list[int]:
        """Where each piece ends."""
        if not self._known_bounds:
            self._known_bounds = list(itertools.accumulate(map(len, self._pieces)))
        return self._known_bounds

    def folded(self) -> list[str]:
        """Give the words folded, in order: what remains when markup, case and punctuation do not count."""
        return list(map(_folded.__getitem__, self.words))

    def arcs(self, place: int) -> list[tuple[str, int]]:
        """Give (form, next place) for every reading of the word at ``place``."""
        found = [(form, place + 1) for form in forms(self.words[place])]
        if self._pieces[2 * place + 2] in _JOINERS and place + 1 < len(self.words):
            found += [(form, place + 2) for form in forms(self.words[place] + self.words[place + 1])]
        return found

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give where the words from ``start`` up to, without, ``end`` stand in the text, in characters."""
        return self._bounds[2 * start], self._bounds[2 * end - 1]

    def raw(self, start: int, end: int) -> str:
        """Give those words as they stand, with all between them."""
        return self.text[self._bounds[2 * start] : self._bounds[2 * end - 1]]

    def gap(self, place: int) -> str:
        """Give what stands between the word at ``place`` and the next."""
        return self._pieces[2 * place + 2]

    def joined(self) -> Iterator[int]:
        """Yield the places of words that read as one with the next."""
        gaps = self._pieces[2:-2:2]
        if not _JOINERS.isdisjoint(gaps):
            yield from itertools.compress(itertools.count(), map(_JOINERS.__contains__, gaps))

    def find(
        self, phrase: PhraseWords, places: Iterable[int] | None = None, *, is_prefix: bool = False
    ) -> Iterator[tuple[int, int]]:
        """Yield character spans where the phrase stands; with ``is_prefix`` its last word need only begin so.

        ``places``, if known, are those where it may begin: see ``Beginnings``.
        """
        for place in range(len(self.words)) if places is None else places:
            end = self._follow(phrase, 0, place, is_prefix)
            if end:
                yield self.span(place, end)

    def _follow(self, phrase: PhraseWords, at: int, place: int, is_prefix: bool) -> int:
        if place >= len(self.words):
            return 0
        choices, is_last = phrase[at], at == len(phrase) - 1
        for form, after in self.arcs(place):
            fits = form in choices or (is_prefix and is_last and form.startswith(tuple(choices)))
            if fits and (end := after if is_last else self._follow(phrase, at + 1, after, is_prefix)):
                return end
        return 0


class Beginnings:
    """The words that any of many phrases begin with: one look at a word tells which, and for most words it is none."""

    def __init__(self, phrases: Iterable[tuple[PhraseWords, bool]]) -> None:
        """Take phrases, each with whether it is a prefix."""
        firsts = {first for phrase, is_prefix in phrases for first in _firsts(phrase, is_prefix=is_prefix)}
        self._forms = frozenset(first for first in firsts if not first.endswith(_ENDING))
        self._prefixes = tuple(first.removesuffix(_ENDING) for first in firsts - self._forms)
        self._of_word = MemoDict(self._read)

    def index(self, words: Words) -> Mapping[str, list[int]]:
        """Give the places of a text where phrases may begin, for ``places_of``."""
        begun = list(map(self._of_word.__getitem__, words.words))
        found: dict[str, list[int]] = defaultdict(list)
        if any(begun):
            for place in itertools.compress(itertools.count(), begun):
                for first in begun[place]:
                    found[first].append(place)
        joined: dict[str, set[int]] = defaultdict(set)
        for place in words.joined():
            for form, _ in words.arcs(place):
                for first in self._begun_by(form):
                    joined[first].add(place)
        for first, places in joined.items():
            found[first] = sorted(places.union(found[first]))
        return found

    def _read(self, word: str) -> tuple[str, ...]:
        return tuple({first: None for form in forms(word) for first in self._begun_by(form)})

    def _begun_by(self, form: str) -> list[str]:
        begun = [form] if form in self._forms else []
        if form.startswith(self._prefixes):
            begun += [prefix + _ENDING for prefix in self._prefixes if form.startswith(prefix)]
        return begun


def places_of(phrase: PhraseWords, index: Mapping[str, list[int]], *, is_prefix: bool) -> list[int]:
    """Give the places where a phrase may begin, in order, from the index of a text."""
    if not index:
        return []
    return sorted({place for first in _firsts(phrase, is_prefix=is_prefix) for place in index.get(first, ())})


def _firsts(phrase: PhraseWords, *, is_prefix: bool) -> Iterator[str]:
    is_begun = is_prefix and len(phrase) == 1
    return (form + _ENDING if is_begun else form for form in phrase[0])


# A story's title and text are read by the taggers and by the filters, one right after the other.
words_of = lru_cache(maxsize=64)(Words)


@lru_cache(maxsize=16384)
def phrase_of(words: str) -> tuple[tuple[str, ...], ...]:
    """Give a written word or phrase as choices of forms, to be used with ``Words.find``."""
    return tuple(filter(None, (term_forms(match.group()) for match in _WORD.finditer(words))))
