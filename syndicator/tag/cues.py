"""Cue words in many languages, which are evidence for or against a name beside them: "in", "President", "Street"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from syndicator.tag import tables
from syndicator.text import APOSTROPHE, fold, forms


class Cue:
    """What a word is, as bits. An enumeration would be clearer, but its members take twice as long to look up."""

    CAPITAL = 1 << 0  # begins with a capital
    UPPERCASE = 1 << 1  # nothing but capitals
    SMALL = 1 << 2  # begins with a small letter
    LOCATIVE = 1 << 3
    OF = 1 << 4
    TITLE = 1 << 5
    FIRST_NAME = 1 << 6
    SURNAME = 1 << 7
    STREET = 1 << 8
    ORGANISATION = 1 << 9
    DIVISION = 1 << 10
    AREA = 1 << 11
    SAID = 1 << 12
    DIRECTION = 1 << 13
    FUNCTION = 1 << 14
    ACTS = 1 << 15
    CALENDAR = 1 << 16
    NUMBER = 1 << 17
    ROAD = 1 << 18
    INITIAL = 1 << 19
    UNCASED = 1 << 20  # of a script without capitals
    POSSESSIVE = 1 << 21
    LOCATIVE_CASE = 1 << 22  # has a case ending for "in": Turkish İdlib'de
    AGAINST = 1 << 23
    ARTICLE = 1 << 24
    MARKED = 1 << 25  # of one of the kinds that false_friends.py asks for, or a short number
    ELIDED = 1 << 26  # d'Idlib, l'Iran
    FROM = 1 << 27
    AND = 1 << 28
    INSTITUTION = 1 << 29  # may begin the name of an institution of a country, see institutions.py
    # Integers of more than 30 bits are slower: these are asked of few words.
    GOVERNOR = 1 << 30  # an office of divisions, not of countries
    DISEASE = 1 << 31
    THING = 1 << 32  # food, animals and games that a people gave its name to
    PRESS = 1 << 33  # ends the name of a paper or company, or has "of" and a place after it
    CALLED = 1 << 34  # the name of a paper or company follows it
    LANE = 1 << 35
    SPORT = 1 << 36  # a verb of matches
    VERSUS = 1 << 37
    ORGAN = 1 << 38  # of a state
    TEAM = 1 << 39
    AGENCY = 1 << 40
    UNSPACED = 1 << 41  # of a script without spaces between words: Han, kana


_KINDS = {
    "locative": Cue.LOCATIVE, "of": Cue.OF, "title": Cue.TITLE, "street": Cue.STREET, "org": Cue.ORGANISATION,
    "division": Cue.DIVISION, "area": Cue.AREA, "said": Cue.SAID, "direction": Cue.DIRECTION, "small": Cue.FUNCTION,
    "government": Cue.ACTS, "calendar": Cue.CALENDAR, "digit": Cue.ROAD,
    "against": Cue.AGAINST, "article": Cue.ARTICLE, "from": Cue.FROM, "and": Cue.AND, "agency": Cue.AGENCY,
    "governor": Cue.GOVERNOR, "disease": Cue.DISEASE, "press": Cue.PRESS, "called": Cue.CALLED,
    "lane": Cue.LANE, "sport": Cue.SPORT, "versus": Cue.VERSUS, "organ": Cue.ORGAN, "team": Cue.TEAM,
}  # fmt: skip
_MARKED = Cue.DISEASE | Cue.THING | Cue.PRESS | Cue.CALLED | Cue.LANE | Cue.SPORT | Cue.VERSUS
_LONGEST_SCORE = 2
TURKISH_CASES = frozenset("de da te ta den dan ten tan nde nda nden ndan ye ya e a ne na deki daki teki taki".split())
SIGN = re.compile(r"[\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fc-\u30fe\u3005\u3006\u3400-\u4dbf\u4e00-\u9fff]")
_ELIDED = frozenset(("d", "l", "qu", "dell", "all", "nell", "un"))
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_NOUN_CAPITALS, _WITH_ARTICLE, _ARTICLE = frozenset(("de",)), frozenset(("ar",)), "ال"


@cache
def cue_words() -> tuple[Mapping[str, int], Mapping[str, Sequence[tuple[str, int]]]]:
    """Return cues by folded word; and stems of words that take endings, with their cues, by the first letter."""
    whole: dict[str, int] = {}
    stems: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)

    def add(word: str, cue: int) -> None:
        whole[word] = whole.get(word, 0) | cue

    def add_all(words: Iterable[str], cue: int) -> None:
        for word in words:
            if word.endswith("*"):
                stem = fold(word[:-1])
                stems[stem[0]].append((stem, cue))
            else:
                add(fold(word), cue)

    for row in tables.rows("cues.tsv"):
        for language in tables.LANGUAGES:
            add_all(tables.cell(row, language), _KINDS[row["kind"]])
    add_all(things(), Cue.THING)
    for row in tables.rows("people.tsv"):
        for name in tables.cell(row, "names"):
            add(fold(name), Cue.FIRST_NAME if row["kind"] == "first" else Cue.SURNAME)
    return whole, stems


@cache
def things() -> Mapping[str, Sequence[str]]:
    """Return, by noun as the table has it, how the names begin that it makes a thing with: coffee has turkish."""
    found: dict[str, list[str]] = {}
    for row in tables.rows("things.tsv"):
        for language in tables.LANGUAGES:
            for pair in tables.cell(row, language):
                first, last = pair.split()
                noun, name = (last, first) if first[0].isupper() and not last[0].isupper() else (first, last)
                if language in _NOUN_CAPITALS:
                    noun, name = last, first
                found.setdefault(noun.lower(), []).append(fold(name.rstrip("*")))
                if language in _WITH_ARTICLE:
                    found.setdefault(_ARTICLE + noun, []).append(fold(name.rstrip("*")))
    return found


def cues_of(word: str) -> int:
    """Return the ``Cue`` bits of a word as it is written."""
    found = _read(word)
    if found & Cue.PRESS and found & Cue.SMALL and not _CYRILLIC.match(word):
        found &= ~Cue.PRESS  # "times" and "post" are words
    is_score = found & Cue.NUMBER and len(word) <= _LONGEST_SCORE
    return found | Cue.MARKED if found & _MARKED or is_score else found


def _read(word: str) -> int:
    parts = APOSTROPHE.split(word)
    start = elision(word) if len(parts) > 1 else 0
    found = _letters(parts[bool(start)])
    whole, stems = cue_words()
    folded = fold(word) if found & Cue.UNCASED else next(iter(forms(word)), "")
    found |= whole.get(folded, 0)
    if _CYRILLIC.match(folded):
        for stem, cue in stems.get(folded[0], ()):
            if folded.startswith(stem):
                found |= cue
    if start:
        return found | Cue.ELIDED | Cue.OF * (word[0] in "dD")
    if len(parts) > 1:
        if parts[-1] in ("s", "S", ""):
            found |= Cue.POSSESSIVE
        elif fold(parts[-1]) in TURKISH_CASES:
            found |= Cue.LOCATIVE_CASE
        found |= whole.get(fold(parts[0]), 0)
    return found


def elision(word: str) -> int:
    """Return the length of an elided article or preposition before a word: 2 in d'Idlib, 0 for most words."""
    parts = APOSTROPHE.split(word, maxsplit=1)
    is_elided = len(parts) > 1 and parts[0].lower() in _ELIDED and len(parts[1]) > 1
    return len(parts[0]) + 1 if is_elided else 0


def _letters(word: str) -> int:
    first = word[0]
    if first.isdecimal():
        return Cue.NUMBER | Cue.UNSPACED * bool(SIGN.search(word))
    if first.isupper():
        if len(word) == 1:
            return Cue.CAPITAL | Cue.INITIAL
        return Cue.CAPITAL | Cue.UPPERCASE if word.isupper() else Cue.CAPITAL
    if first.islower():
        return Cue.SMALL
    return Cue.UNCASED | Cue.UNSPACED * bool(SIGN.search(word))
