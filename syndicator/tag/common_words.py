"""The common words of languages: what is not among them may be a name where capitals do not tell."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

from syndicator.tag import shipped
from syndicator.text import fold

# On the Zipf scale: once in 300,000 words. A list's place is its words' rarity in hundredths below 9.
_COMMON = 3.5
_MOST_COMMON = 9.0
_PREFIX, _SUFFIX = "small_", ".msgpack.gz"


@cache
def common_words(language: str) -> frozenset[str]:
    """Return the common words of a language, folded: some 20,000; none if the language is unknown.

    They are what the release carries, else wordfreq's.
    """
    if not language.isalpha():
        return frozenset()
    carried = shipped.common_words(language)
    return _read(language) if carried is None else carried


def languages_with_words() -> Iterator[str]:
    """Yield the languages that wordfreq has lists of."""
    names = (path.name for path in _lists().glob(f"{_PREFIX}*{_SUFFIX}"))
    languages = (name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for name in names)
    yield from sorted(filter(str.isalpha, languages))


def _lists() -> Path:
    spec = find_spec("wordfreq")
    return Path(spec.origin).parent / "data" if spec and spec.origin else Path()


def _read(language: str) -> frozenset[str]:
    """Read wordfreq's lists without importing it: that takes half a second and 50 MB more."""
    path = _lists() / f"{_PREFIX}{language}{_SUFFIX}"
    if not path.is_file():
        return frozenset()
    _, *lists = msgspec.msgpack.decode(gzip.decompress(path.read_bytes()), type=list[dict[str, str | int] | list[str]])
    common = lists[: round(100 * (_MOST_COMMON - _COMMON)) + 1]
    return frozenset(fold(word) for words in common for word in words)
