"""How common words are: wordfreq's counts, and a dictionary that tells small letters from capitals."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from itertools import islice
from typing import NamedTuple

import wordfreq

from syndicator.tag.gazetteer import ARABIC, CYRILLIC, FREQUENCIES, FREQUENCY_STEP, LATIN
from syndicator.text import fold

_ZIPF = 9.0  # of a word that is all words; one less for each tenth of that
_RARE, _TIMES_TEN = 3.0, 1.0
_MOST_TELLTALES = 1000  # are looked for among so many words of a language
_UNSPACED = frozenset(("ja", "zh"))  # whose texts are not split into words here
_NAMED_OTHERWISE = {"nb": "no"}


class Words(NamedTuple):
    """What is known of words.

    ``frequencies``: how common names of one word are in each language of their script; ``everyday``: what a dictionary
    writes with a small letter; ``marker_words``, by language: what no other uses much.
    """

    frequencies: Mapping[str, bytes]
    everyday: frozenset[str]
    marker_words: Mapping[str, Sequence[str]]


def read_words(names: Iterable[str]) -> Words:
    """Read all of it, frequencies for ``names`` only."""
    return Words(_frequencies(names), _everyday_words(), _telltales())


def _frequencies(names: Iterable[str]) -> dict[str, bytes]:
    """Give, for each name of one word that is known in a language of its script, how common it is in each."""
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


def _telltales() -> dict[str, list[str]]:
    """Give, by language, its common words that are ten times rarer in any other: who uses some writes in it."""
    languages = sorted(wordfreq.available_languages("small").keys() - _UNSPACED)
    common = {language: dict(islice(_by_frequency(language), _MOST_TELLTALES)) for language in languages}
    zipfs: dict[str, list[float]] = {word: [_RARE] for words in common.values() for word in words}
    for language in languages:
        for word, zipf in _by_frequency(language):
            if word in zipfs:
                zipfs[word].append(zipf)

    def is_telltale(word: str, zipf: float) -> bool:
        first, second = heapq.nlargest(2, zipfs[word])
        return zipf == first and first - second >= _TIMES_TEN and len(word) > 1 and word[0].isalpha()

    return {
        _NAMED_OTHERWISE.get(language, language): [word for word, zipf in words.items() if is_telltale(word, zipf)]
        for language, words in common.items()
    }


def _by_frequency(language: str) -> Iterator[tuple[str, float]]:
    """Yield a language's words with their Zipf, the most common first."""
    lists = wordfreq.get_frequency_list(language, "small")
    wordfreq.get_frequency_list.cache_clear()
    return ((word, _ZIPF - centibel / 100) for centibel, words in enumerate(lists) for word in words)


def _everyday_words() -> frozenset[str]:
    """Give the English words that a dictionary writes with a small letter."""
    dictionary = resources.files("spylls").joinpath("hunspell/data/en/en_US.dic").read_text("latin-1")
    return frozenset(
        word for word in (line.partition("/")[0] for line in dictionary.splitlines()[1:]) if word == word.lower()
    )
