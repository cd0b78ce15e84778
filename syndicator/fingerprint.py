"""Fingerprint texts, so that copies are found by what they share. Pure, and the same in every process.

A fingerprint is a set of 64-bit keys: hashes of a few words in a row, of which some are chosen by what they are, so
that two texts choose the same ones in a passage that both have. Of the lead, which others quote alone, it is the least
hash of each window (winnowing: Schleimer, Wilkerson and Aiken, 2003); of the whole, the least hashes (a bottom-k
sketch: Broder, 1997). Chinese, Japanese and Thai have no spaces: their units are signs.

A long text is known by its text alone, whatever its headline. A short one has keys of its headline too.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import struct
import sys
from array import array
from collections.abc import Callable, Sequence
from functools import reduce
from operator import xor

from syndicator.text import MemoDict, words_of

MOST_KEYS = 32
# Fewer units (words, or half as many signs) are filler or a coincidence: "Breaking news", "Read more".
LEAST_UNITS = 12
# Text beyond does not count: a copy that shares nothing up to here is none.
MOST_UNITS = 1500
_WIDTH, _SIGNS_WIDTH = 4, 6
_LEAD = 48  # shingles
_WINDOW = 6
_LEAD_KEYS = 14
_SHORT = 40  # units
# Keys that two fingerprints must share, unless one is short.
_LEAST_SHARED = 2
_FEW_KEYS = 12
# Scripts without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff]"
)
_UNIT = re.compile(UNSPACED.pattern + "|(?:(?!" + UNSPACED.pattern + ").)+")


def fingerprint(title: str, text: str) -> bytes:
    """Return the keys of a plain text as little-endian unsigned 64-bit numbers; none where it says too little."""
    said = units(text)[:MOST_UNITS]
    headline = units(title) if len(said) < _SHORT else []
    is_unspaced = _is_unspaced(said or headline)
    if len(said) + len(headline) < LEAST_UNITS * (2 if is_unspaced else 1):
        return b""
    shingles = _shingles_of_signs if is_unspaced else _shingles_of_words
    keys = _keys(shingles(said))
    if headline:
        keys = list(dict.fromkeys((*keys, *sorted(shingles(headline)))))[:MOST_KEYS]
    return struct.pack(f"<{len(keys)}Q", *keys)


def keys_of(blob: bytes) -> Sequence[int]:
    """Return the keys of a fingerprint."""
    keys = array("Q", blob)
    if sys.byteorder == "big":
        keys.byteswap()
    return keys


def least_shared(keys: Sequence[int]) -> int:
    """Return how many of its keys a text must share with another to be compared with it."""
    return 1 if len(keys) <= _FEW_KEYS else _LEAST_SHARED


def units(text: str) -> list[str]:
    """Return the folded words of a text; of scripts without spaces, the signs."""
    words = words_of(text).folded()
    if text.isascii() or not UNSPACED.search(text):
        return words
    return list(itertools.chain.from_iterable(map(_UNIT.findall, words)))


def _shingles_of_words(said: Sequence[str]) -> list[int]:
    """Return a hash of every four words in a row, by simple tabulation (Pătraşcu and Thorup, 2012)."""
    if len(said) < _WIDTH:
        return []
    one, two, three, four = zip(*map(_WORD_HASHES.__getitem__, said), strict=True)
    return [a ^ b ^ c ^ d for a, b, c, d in zip(one, two[1:], three[2:], four[3:], strict=False)]


def _shingles_of_signs(said: Sequence[str]) -> list[int]:
    """Return a hash of every six signs in a row."""
    if len(said) < _SIGNS_WIDTH:
        return []
    columns = zip(*map(_SIGN_HASHES.__getitem__, said), strict=True)
    return [reduce(xor, row) for row in zip(*(column[place:] for place, column in enumerate(columns)), strict=False)]


def _keys(hashes: Sequence[int]) -> list[int]:
    """Return the keys of a text: those of its lead in order, and the least of all others."""
    lead = _winnowed(hashes[:_LEAD])[:_LEAD_KEYS]
    return lead + sorted(set(hashes).difference(lead))[: MOST_KEYS - len(lead)]


def _winnowed(hashes: Sequence[int]) -> list[int]:
    """Return the least hash of each window, once each, in order."""
    windows = [hashes[place : len(hashes) - _WINDOW + 1 + place] for place in range(_WINDOW)]
    least = map(min, *windows) if len(hashes) > _WINDOW else hashes
    return list(dict.fromkeys(least))


def _is_unspaced(said: Sequence[str]) -> bool:
    if "".join(said[:_SHORT]).isascii() or not UNSPACED.search("".join(said)):
        return False
    return 2 * sum(map(bool, map(UNSPACED.match, said))) > len(said)


def _hashes_of(count: int) -> Callable[[str], tuple[int, ...]]:
    """Return a function that gives ``count`` independent hashes of a unit, one for each place in a shingle."""
    numbers = struct.Struct(f"<{count}Q")
    return lambda unit: numbers.unpack(hashlib.blake2b(unit.encode(), digest_size=numbers.size).digest())


_WORD_HASHES = MemoDict(_hashes_of(_WIDTH), 16384)
_SIGN_HASHES = MemoDict(_hashes_of(_SIGNS_WIDTH), 16384)
