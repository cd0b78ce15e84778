"""The forms of a word, language by language: what is left of it when the endings of its language are taken off.

Snowball where it is good enough for news (docs/decisions.md has the figures); rules of our own for Arabic, Persian and
Hebrew. Most Arabic clitics are taken off for every reader of words: see ``text.forms``. A single letter before three is
taken off here only: in the gazetteer it would make places of ordinary words. All take and return folded words. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

import Stemmer

_SNOWBALL = {
    "ca": "catalan", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
}  # fmt: skip
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ARABIC = re.compile("[\u0620-\u06ff]")
_HEBREW = re.compile("[\u05d0-\u05ea]")
_LATIN = re.compile("[a-z]")
_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(_SNOWBALL, _LATIN),
    "ru": _CYRILLIC,
    "ar": _ARABIC,
    "fa": _ARABIC,
    "he": _HEBREW,
}
STEMMED_LANGUAGES = tuple(sorted(_SCRIPTS))
# Plurals, with the folded yeh that joins what follows.
_PERSIAN_ENDING = re.compile("(?<=..)(?:هايي|هاي|ها)$")
_ARTICLE = "ال"
_ARABIC_PREFIXES = frozenset("وفبكل")
# Common words of four letters, folded, that begin with such a letter themselves and whose rest is another common word:
# paper and Raqqa, committee and paradise, idea and ball, corrupt and Assad, hidden and security.
_WHOLE_ARABIC = frozenset(
    "ورقه فرقه برقه وحده ورده برده لجنه فكره بعيد وعيد كبار فنان فديه وديه كلام وكيل وسام بسام وباء بحار كحول"
    " كامل كانت لاحق بارز وارث واحد كاسر فاسد كامن واثق فقيد وصفه وجهه وصله وعود وجود كسور كسوف كفيل كمال لباس"
    " لطيف فيصل بريه بنيه كنيه لحيه بدون وافق فاهم فاخر كابل كاهل فساد وقود بلال كافه بنات بركه كتله بهاء كيان"
    " بيان".split()
)
_HEBREW_PREFIXES = "והבלמשכ"
_SHORTEST = 3  # letters that a word keeps
_MOST_PREFIXES = 2

# Returns what a word of a text may be a form of.
Stems = Callable[[str], tuple[str, ...]]


def stemmed_language(language: str) -> str:
    """Return the language whose stems a text has, by its BCP 47 tag; empty for one without rules."""
    primary = language.partition("-")[0]
    return primary if primary in _SCRIPTS else ""


@cache
def stems_in(language: str) -> Stems:
    """Return what takes the endings off words of a text in a ``stemmed_language``."""
    if language in _SNOWBALL:
        stem = Stemmer.Stemmer(_SNOWBALL[language], 0).stemWord
        return lambda word: (stem(word),)
    return {"ar": _arabic, "fa": _persian, "he": _hebrew}[language]


def is_written_in(language: str, word: str) -> bool:
    """Return whether a folded word has letters of the script of a ``stemmed_language``."""
    return _SCRIPTS[language].search(word) is not None


def _arabic(word: str) -> tuple[str, ...]:
    """Return the word, and it without the article, or the letter before three, that ``text.forms`` leaves.

    The former stands behind a conjunction and a preposition (وبالهدنة); the latter is one of them (وحرب, لحرب).
    """
    if word.startswith(_ARTICLE) and len(word) >= len(_ARTICLE) + _SHORTEST:
        return word, word[len(_ARTICLE) :]
    has_prefix = len(word) == 1 + _SHORTEST and word[0] in _ARABIC_PREFIXES and word not in _WHOLE_ARABIC
    return (word, word[1:]) if has_prefix else (word,)


def _persian(word: str) -> tuple[str, ...]:
    return (_PERSIAN_ENDING.sub("", word),)


def _hebrew(word: str) -> tuple[str, ...]:
    """Return the word, and it without the conjunction, article or prepositions that it may begin with."""
    found = [word]
    for count in range(1, _MOST_PREFIXES + 1):
        if word[count - 1 : count] not in _HEBREW_PREFIXES or len(word) - count < _SHORTEST:
            break
        found.append(word[count:])
    return tuple(found)
