"""How common names are as words: wordfreq's counts, and a dictionary that tells small letters from capitals."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

import wordfreq

from syndicator.tag.gazetteer import ARABIC, CYRILLIC, FREQUENCIES, FREQUENCY_STEP, LATIN
from syndicator.text import fold


def frequencies(names: Iterable[str]) -> dict[str, bytes]:
    """Give, for each name of one word that is known in a language of its script, how common it is in each."""
    found: dict[str, bytearray] = {}
    wanted = {name for name in names if " " not in name}
    for script in (LATIN, ARABIC, CYRILLIC):
        for place, language in enumerate(script):
            # Lists of words, each list a centibel rarer than the one before; a Zipf of 9 is a word that is all words.
            for centibel, words in enumerate(wordfreq.get_frequency_list(language, "best")):
                value = min(255, max(0, round((9 - centibel / 100) / FREQUENCY_STEP)))
                for folded in wanted.intersection(map(fold, words)):
                    row = found.setdefault(folded, bytearray(FREQUENCIES))
                    row[place] = max(row[place], value)
            wordfreq.get_frequency_list.cache_clear()
    return {name: bytes(row) for name, row in found.items()}


def everyday_words() -> frozenset[str]:
    """Give the English words that a dictionary writes with a small letter."""
    dictionary = resources.files("spylls").joinpath("hunspell/data/en/en_US.dic").read_text("latin-1")
    return frozenset(
        word for word in (line.partition("/")[0] for line in dictionary.splitlines()[1:]) if word == word.lower()
    )
