"""The forms of a word, language by language: what is left of it when the endings of its language are taken off.

Snowball where it is good enough for news (docs/decisions.md has the figures); rules of our own for Arabic, Persian and
Hebrew. Most Arabic clitics are taken off for every reader of words: see ``text.forms``. All take and return folded
words. Pure.
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
    """Return the word, and it without the article that a conjunction and a preposition leave: بالهدنة, وبالهدنة."""
    has_article = word.startswith(_ARTICLE) and len(word) >= len(_ARTICLE) + _SHORTEST
    return (word, word[len(_ARTICLE) :]) if has_article else (word,)


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
