"""The common words of languages: what is not among them may be a name where capitals do not tell."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

from syndicator.text import fold

# On the Zipf scale: once in 300,000 words. A list's place is its words' rarity in hundredths below 9.
_COMMON = 3.5
_MOST_COMMON = 9.0


@cache
def common_words(language: str) -> frozenset[str]:
    """Return the common words of a language, folded: some 20,000; none if the language is unknown.

    The lists are wordfreq's, which are read without importing it: that takes half a second and 50 MB more.
    """
    spec = find_spec("wordfreq")
    if spec is None or spec.origin is None or not language.isalpha():
        return frozenset()
    path = Path(spec.origin).parent / "data" / f"small_{language}.msgpack.gz"
    if not path.is_file():
        return frozenset()
    _, *lists = msgspec.msgpack.decode(gzip.decompress(path.read_bytes()), type=list[dict[str, str | int] | list[str]])
    common = lists[: round(100 * (_MOST_COMMON - _COMMON)) + 1]
    return frozenset(fold(word) for words in common for word in words)
