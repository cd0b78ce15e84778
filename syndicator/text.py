"""Fold and tokenize text of any script. Pure.

The filter language, the concepts and the region tagger share this module, so that they agree on what a word is. Folding
removes what newspapers spell in different ways: case, accents, Arabic alef and yeh forms, Persian and Arabic kaf,
Cyrillic yo, harakat, digits of other scripts, Turkish dotted and dotless i.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from typing import TypeVar

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")
_SINGLE = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ۀ": "ه",
    "ک": "ك", "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ", "ё": "е", "ß": "ss", "ø": "o", "ł": "l",
    "ڕ": "ر", "ڵ": "ل", "ı": "i", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "œ": "oe", "ӏ": "", "ـ": "",
}  # fmt: skip
_RTL = frozenset({"ar", "fa", "he", "ur", "ps", "ckb", "sd", "ug", "yi", "dv"})
_KEPT_MARKS = "й"  # short i is a letter of its own, not an accented и
_KANA = re.compile("[\u3040-\u30ff]")  # so are voiced kana: パリ is Paris, バリ is Bali


class _Folded(dict[int, str]):
    """Folded characters by code point, each computed at its first use."""

    def __missing__(self, point: int) -> str:
        folded = "".join(map(self._letter, _SINGLE.get(chr(point), chr(point))))
        self[point] = folded
        return folded

    @staticmethod
    def _letter(char: str) -> str:
        if char in _KEPT_MARKS or _KANA.match(char):
            return char
        if char.isdecimal():
            return str(unicodedata.decimal(char))
        bare = (c for c in unicodedata.normalize("NFD", char) if not unicodedata.category(c).startswith("M"))
        return "".join(_SINGLE.get(c, c) for c in bare)


_FOLDED = _Folded()
_ARABIC_PREFIXES = ("وال", "فال", "بال", "كال", "ولل", "لل", "ال", "وب", "ول", "وك", "و", "ف", "ب", "ك", "ل")
_HEBREW = re.compile(r"[\u05d0-\u05ea]")
_ARABIC = re.compile(r"[\u0621-\u064a\u066e-\u06d3]")


def _marks(*categories: str) -> str:
    """Return the marks of these categories in the basic plane as ranges of a regular expression."""
    ranges: list[list[int]] = []
    for point in range(0x300, 0xFFFF):
        if unicodedata.category(chr(point)) in categories:
            if ranges and ranges[-1][1] == point - 1:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
    return "".join(f"\\u{low:04x}-\\u{high:04x}" for low, high in ranges)


MARKS = _marks("Mn", "Mc", "Me")
COMBINING = _marks("Mn", "Me")
# Longer runs are split, so that caches of words stay small. Possessive quantifiers prevent backtracking.
_REST = rf"[\w{MARKS}\u200d]{{0,63}}+"
_WORD = re.compile(
    r"(\w(?:"
    r"\.(?<=[^\W\d_]\.)(?:[^\W\d_]\.)++"  # U.S.
    rf"|{_REST}(?:['’ʼ‘ʿ´`׳]\w{_REST}){{0,3}}+"  # Idlib's, Sana'a, l'armée
    r"))"
)
APOSTROPHE = re.compile("['’ʼ‘ʿ´`׳]")
JOINERS = frozenset({"-", "‐", "‑", "\u200c", "־"})  # hyphens, the Persian zero-width non-joiner, maqaf
_SHORTEST_ARABIC = 3
_MOST_REMEMBERED = 65536


def fold(word: str) -> str:
    """Return the form of ``word`` that its usual spellings share."""
    if word.isascii():
        return word.lower()
    # In lower case, the Turkish capital dotted I is i plus a combining dot; replacing it first avoids the mark.
    return unicodedata.normalize("NFKC", word).replace("İ", "i").lower().translate(_FOLDED)


class MemoDict(dict[_K, _T]):
    """A cache that computes missing values, used as ``map(memo.__getitem__, words)``. It is cleared at ``most`` values.

    It costs a third of ``lru_cache``, which needs a call for each lookup.
    """

    __slots__ = ("_make", "_most")

    def __init__(self, make: Callable[[_K], _T], most: int = _MOST_REMEMBERED) -> None:
        """Compute missing values with ``make``."""
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
    """Return the folded forms under which ``word``, as it stands in a text, may be looked up; the fullest first.

    Possessives and Turkish case endings after an apostrophe are removed, and French articles before one. So are Arabic
    conjunctions, prepositions and the article at the beginning.
    """
    parts = APOSTROPHE.split(word)
    found = [fold("".join(parts)).strip(".")]
    if len(parts) > 1 and not _HEBREW.match(word):  # there it marks a sound: ז'נבה
        found.append(fold(parts[0]))
        if len(parts[0]) <= 2:  # noqa: PLR2004 - l', d', qu'
            found.append(fold(parts[1]))
    if _ARABIC.match(word):
        found.extend(_without_clitics(word))
    return tuple(dict.fromkeys(form for form in found if form))


def _without_clitics(word: str) -> Iterator[str]:
    """Yield an Arabic word without each prefix it may have.

    Prefixes are matched before folding: the أل of ألماني is not an article. A single letter is removed only from longer
    words; otherwise ورقة (paper) would name the city of Raqqa.
    """
    bare = "".join(char for char in word if char != "ـ" and not unicodedata.category(char).startswith("M"))
    for prefix in _ARABIC_PREFIXES:
        rest = bare[len(prefix) :]
        if bare.startswith(prefix) and len(rest) >= _SHORTEST_ARABIC + (len(prefix) == 1):
            yield fold(rest)


@lru_cache(maxsize=65536)
def term_forms(word: str) -> tuple[str, ...]:
    """Return the forms of a word in a filter, concept or gazetteer: itself, and without the Arabic article."""
    whole = fold(APOSTROPHE.sub("", word)).strip(".")
    if word.startswith("ال") and len(whole) - len("ال") >= _SHORTEST_ARABIC:
        return (whole, whole[len("ال") :])
    return (whole,) if whole else ()


class Words:
    """The words of a text, with their positions and readings.

    A word has several readings, see ``forms``. Words joined by a hyphen or a zero-width non-joiner are read one by one
    and, from the first, as one word. Readings are computed on demand: most words are never looked up.
    """

    __slots__ = ("_known_bounds", "_pieces", "text", "words")

    def __init__(self, text: str) -> None:
        """Tokenize ``text``, in time linear in its length."""
        self.text = text
        self._pieces = _WORD.split(text)  # gaps and words, in turn
        self.words = self._pieces[1::2]
        self._known_bounds: list[int] = []

    @property
    def _bounds(self) -> list[int]:
        """The end of each piece, in characters."""
        if not self._known_bounds:
            self._known_bounds = list(itertools.accumulate(map(len, self._pieces)))
        return self._known_bounds

    def folded(self) -> list[str]:
        """Return the folded words in order, for comparison without markup, case and punctuation."""
        return list(map(_folded.__getitem__, self.words))

    def arcs(self, place: int) -> list[tuple[str, int]]:
        """Return (form, next place) for every reading of the word at ``place``."""
        found = [(form, place + 1) for form in forms(self.words[place])]
        if self.is_joined(place):
            found += [(form, place + 2) for form in forms(self.words[place] + self.words[place + 1])]
        return found

    def is_joined(self, place: int) -> bool:
        """Return whether the word at ``place`` may be read as one with the next."""
        return self._pieces[2 * place + 2] in JOINERS and place + 1 < len(self.words)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the character range of the words from ``start`` up to, but not including, ``end``."""
        return self._bounds[2 * start], self._bounds[2 * end - 1]

    def raw(self, start: int, end: int) -> str:
        """Return those words as written, with the gaps between them."""
        return self.text[self._bounds[2 * start] : self._bounds[2 * end - 1]]

    def gap(self, place: int) -> str:
        """Return the text between the word at ``place`` and the next."""
        return self._pieces[2 * place + 2]

    def joined(self) -> Iterator[int]:
        """Yield the places of words that may be read as one with the next."""
        gaps = self._pieces[2:-2:2]
        if not JOINERS.isdisjoint(gaps):
            yield from itertools.compress(itertools.count(), map(JOINERS.__contains__, gaps))


# The taggers and the filters read the same title and text, one right after the other.
words_of = lru_cache(maxsize=64)(Words)


def tokens_of(words: str) -> tuple[str, ...]:
    """Return the words of a phrase as they are written; without those that say nothing."""
    return tuple(match.group() for match in _WORD.finditer(words) if term_forms(match.group()))


@lru_cache(maxsize=16384)
def phrase_of(words: str) -> tuple[tuple[str, ...], ...]:
    """Return a word or phrase as the forms of each of its words, for ``Words.find``."""
    return tuple(filter(None, (term_forms(match.group()) for match in _WORD.finditer(words))))


def isolated(text: str) -> str:
    """Return a text that does not reorder what is around it: within isolates where it is written from right to left."""
    is_rtl = any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
    return f"\u2068{text}\u2069" if is_rtl else text


def direction(language: str) -> str:
    """Return the writing direction of a language: rtl or ltr."""
    return "rtl" if language.partition("-")[0] in _RTL else "ltr"
