"""Words of any script, made comparable: folding, tokens with offsets, phrases. Pure.

Used by the filter language, the concepts and the region tagger alike, so that a word means the same thing to all
three. Folding loses what newspapers spell differently: case, accents, Arabic alef and yeh forms, Persian and Arabic
kaf, Cyrillic yo, harakat, digits of other scripts, Turkish dotted and dotless i.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

_SINGLE = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ۀ": "ه",
    "ک": "ك", "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ", "ё": "е", "ß": "ss", "ø": "o", "ł": "l",
    "ı": "i", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "œ": "oe", "ӏ": "", "ـ": "",
}  # fmt: skip
_TABLE = str.maketrans(_SINGLE)
_KEPT_MARKS = "й"  # short i is a letter of its own, not an accented и
_ARABIC_PREFIXES = ("وال", "فال", "بال", "كال", "ولل", "لل", "ال", "وب", "ول", "وك", "و", "ف", "ب", "ك", "ل")
_ARABIC = re.compile(r"[\u0621-\u064a\u066e-\u06d3]")


def _marks() -> str:
    """Give the combining marks of the basic plane as a regular expression's ranges."""
    ranges: list[list[int]] = []
    for point in range(0x300, 0xFFFF):
        if unicodedata.category(chr(point)).startswith("M"):
            if ranges and ranges[-1][1] == point - 1:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
    return "".join(f"\\u{low:04x}-\\u{high:04x}" for low, high in ranges)


_LETTER = rf"[^\W_](?:[{_marks()}\u200d]{{0,4}})"
_WORD = re.compile(
    rf"(?:[^\W\d_]\.){{2,}}"  # U.S.
    # Idlib's, Sana'a, l'armée; nothing that long is a word, and what is remembered of words must stay small.
    rf"|(?:{_LETTER}|_){{1,64}}(?:['’ʼ‘ʿ´`](?:{_LETTER}){{1,64}}){{0,3}}"
)
APOSTROPHE = re.compile("['’ʼ‘ʿ´`]")
_JOINERS = frozenset({"-", "‐", "‑", "\u200c", "־"})  # hyphens, the Persian zero-width non-joiner, maqaf
_SHORTEST_ARABIC = 3


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Give the form of ``word`` in which spellings that newspapers mix are equal."""
    # Turkish capital dotted I lowers to i plus a combining dot; taking it out first spares the mark.
    lowered = unicodedata.normalize("NFKC", word).replace("İ", "i").lower()
    out: list[str] = []
    for char in lowered.translate(_TABLE):
        if char in _KEPT_MARKS:
            out.append(char)
        elif char.isdecimal():
            out.append(str(unicodedata.decimal(char)))
        else:
            out.extend(c for c in unicodedata.normalize("NFD", char) if not unicodedata.category(c).startswith("M"))
    return "".join(out).translate(_TABLE)


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


def fold_all(text: str) -> list[str]:
    """Give a text's words folded, in order: what remains when markup, case and punctuation do not count."""
    return [fold(word) for word in _WORD.findall(text)]


class Words:
    """A text as folded words that know where they stood.

    ``arcs[i]`` holds (form, next position) for every reading of the word at position i; a word written with a
    hyphen or a zero-width non-joiner reads as its parts and, from its first part, as one.
    """

    __slots__ = ("arcs", "spans", "text")

    def __init__(self, text: str) -> None:
        """Read ``text`` once; linear in its length."""
        self.text = text
        self.spans: list[tuple[int, int]] = [match.span() for match in _WORD.finditer(text)]
        self.arcs: list[list[tuple[str, int]]] = []
        for place, (start, end) in enumerate(self.spans):
            self.arcs.append([(form, place + 1) for form in forms(text[start:end])])
        for place in range(len(self.spans) - 1):
            if self._is_joined(place):
                head, tail = self._raw(place), self._raw(place + 1)
                self.arcs[place].extend((form, place + 2) for form in forms(head + tail))

    def _is_joined(self, place: int) -> bool:
        end, start = self.spans[place][1], self.spans[place + 1][0]
        return start - end == 1 and self.text[end] in _JOINERS

    def _raw(self, place: int) -> str:
        start, end = self.spans[place]
        return self.text[start:end]

    def vocabulary(self) -> frozenset[str]:
        """Give every form that occurs."""
        return frozenset(form for arcs in self.arcs for form, _ in arcs)

    def find(self, phrase: Sequence[Sequence[str]], *, is_prefix: bool = False) -> Iterator[tuple[int, int]]:
        """Yield character spans where the phrase stands; each of its words is a choice of forms.

        With ``is_prefix`` the last word need only begin so.
        """
        for place in range(len(self.arcs)):
            end = self._follow(phrase, 0, place, is_prefix)
            if end:
                yield self.spans[place][0], self.spans[end - 1][1]

    def _follow(self, phrase: Sequence[Sequence[str]], at: int, place: int, is_prefix: bool) -> int:
        if place >= len(self.arcs):
            return 0
        choices, is_last = phrase[at], at == len(phrase) - 1
        for form, after in self.arcs[place]:
            fits = form in choices or (is_prefix and is_last and form.startswith(tuple(choices)))
            if fits and (end := after if is_last else self._follow(phrase, at + 1, after, is_prefix)):
                return end
        return 0


# A story's title and text are read by the taggers and by the filters, one right after the other.
words_of = lru_cache(maxsize=64)(Words)


@lru_cache(maxsize=16384)
def phrase_of(words: str) -> tuple[tuple[str, ...], ...]:
    """Give a written word or phrase as choices of forms, to be used with ``Words.find``."""
    return tuple(filter(None, (term_forms(match.group()) for match in _WORD.finditer(words))))
