"""What is known of words: how frequent they are (wordfreq), and which a dictionary writes with a small letter."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from itertools import islice
from typing import NamedTuple

import wordfreq

from syndicator.tag.gazetteer import ARABIC, CYRILLIC, FREQUENCIES, FREQUENCY_STEP, LATIN
from syndicator.text import fold

_ZIPF = 9.0  # on the Zipf scale, of a word that every word of a text is; one less for each tenth of that
_RARE, _TIMES_TEN = 3.0, 1.0
_MOST_COMMON = 1000  # words of each language that may be marker words
_UNSPACED = frozenset(("ja", "zh"))  # whose texts are not split into words here
_NAMED_OTHERWISE = {"nb": "no"}


class Words(NamedTuple):
    """What is known of words.

    ``frequencies`` are those of one-word names, in each language of their script. ``everyday`` words are common nouns,
    verbs and the like of English. ``marker_words``, by language, are common in it and rare in any other.
    """

    frequencies: Mapping[str, bytes]
    everyday: frozenset[str]
    marker_words: Mapping[str, Sequence[str]]


def read_words(names: Iterable[str]) -> Words:
    """Read everything; frequencies of ``names`` only."""
    return Words(_frequencies(names), _everyday_words(), _marker_words())


def _frequencies(names: Iterable[str]) -> dict[str, bytes]:
    """Return the frequency bytes of each one-word name, one for every language of its script."""
    found: dict[str, bytearray] = {}
    wanted = {name for name in names if " " not in name}
    for script in (LATIN, ARABIC, CYRILLIC):
        for place, language in enumerate(script):
            # Lists of words, each list a centibel rarer than the one before.
            for centibel, words in enumerate(wordfreq.get_frequency_list(language, "best")):
                value = min(255, max(0, round((_ZIPF - centibel / 100) / FREQUENCY_STEP)))
                for folded in wanted.intersection(map(fold, words)):
                    row = found.setdefault(folded, bytearray(FREQUENCIES))
                    row[place] = max(row[place], value)
            wordfreq.get_frequency_list.cache_clear()
    return {name: bytes(row) for name, row in found.items()}


def _marker_words() -> dict[str, list[str]]:
    """Return, by language, its common words that are at least ten times rarer in any other."""
    languages = sorted(wordfreq.available_languages("small").keys() - _UNSPACED)
    common = {language: dict(islice(_by_frequency(language), _MOST_COMMON)) for language in languages}
    zipfs: dict[str, list[float]] = {word: [_RARE] for words in common.values() for word in words}
    for language in languages:
        for word, zipf in _by_frequency(language):
            if word in zipfs:
                zipfs[word].append(zipf)

    def is_marker(word: str, zipf: float) -> bool:
        first, second = heapq.nlargest(2, zipfs[word])
        return zipf == first and first - second >= _TIMES_TEN and len(word) > 1 and word[0].isalpha()

    return {
        _NAMED_OTHERWISE.get(language, language): [word for word, zipf in words.items() if is_marker(word, zipf)]
        for language, words in common.items()
    }


def _by_frequency(language: str) -> Iterator[tuple[str, float]]:
    """Yield a language's words with their Zipf frequency, the most frequent first."""
    lists = wordfreq.get_frequency_list(language, "small")
    wordfreq.get_frequency_list.cache_clear()
    return ((word, _ZIPF - centibel / 100) for centibel, words in enumerate(lists) for word in words)


def _everyday_words() -> frozenset[str]:
    """Return the English words that a dictionary writes with a small letter."""
    dictionary = resources.files("spylls").joinpath("hunspell/data/en/en_US.dic").read_text("latin-1")
    return frozenset(
        word for word in (line.partition("/")[0] for line in dictionary.splitlines()[1:]) if word == word.lower()
    )
