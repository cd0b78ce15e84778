"""Turn a story's words into numbered features that stories on the same happening share. Pure.

There are two kinds. Character n-grams compare stories of one language, whatever its endings. Shared features (the first
letters of words in Latin letters, numbers, places) compare stories of any two languages, because names are alike.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from syndicator.text import MemoDict, fold, words_of

# Features are hashed to numbers: n-grams lie below ``SHARED``, shared features from there to ``FEATURES``. Half a
# million different ones of a kind in use leave few collisions, and a collision costs little.
SHARED = 1 << 21
FEATURES = 2 * SHARED
_GRAMS = (3, 4, 5)
_GRAMS_WITHOUT_SPACES = (1, 2, 3)
_PREFIX = 5
_TITLE_WORDS, _TEXT_WORDS = 40, 100
_LONGEST_WORD = 16  # characters a word of a text takes, for cutting off its beginning
_TEXT_WEIGHT = 0.5  # against 1 for a word of the headline, or a place
_MOST_REMEMBERED = 16384
_SIGNS = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SIGN_NAME = 2
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_UNSPACED_NAME = 4
_ARABIC = re.compile("[\u0621-\u064a\u066e-\u06d3]")
_ARTICLES = ("وال", "فال", "بال", "كال", "ولل", "لل", "ال")
_ENDINGS = ("ها", "ات", "ون", "ين", "ان", "يه", "ه", "ي")
_SHORTEST_STEM = 3
_LATIN = str.maketrans(
    "абвгдезийклмнопрстуфыэіїєґўјљњћђџқғңөүұһәαβγδεζηικλμνξοπρσςτυφω",
    "abvgdeziiklmnoprstufyeiiegujlncdjkgnouuhaavgdeziiklmnxoprsstyfo",
) | str.maketrans(
    {
        "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
        "θ": "th", "χ": "ch", "ψ": "ps",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """How much a story has of each feature, by the feature's number. Words of the headline count most."""

    grams: Mapping[int, float]
    shared: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Word:
    grams: array[int]
    shared: array[int]


def features_of(title: str, text: str = "", places: Iterable[str] = ()) -> Features:
    """Return the features of a headline, of the beginning of its text, and of the terms of places."""
    grams: Counter[int] = Counter()
    shared: dict[int, float] = {}
    for word in map(_word.__getitem__, words_of(title).words[:_TITLE_WORDS]):
        grams.update(word.grams)
        _add(shared, word.shared, 1.0)
    for word in map(_word.__getitem__, _beginning(text)):
        _add(shared, word.shared, _TEXT_WEIGHT)
    _add(shared, (_shared("@" + place) for place in places), 1.0)
    return Features(grams=grams, shared=shared)


def words_by_feature(title: str) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield the words of a headline, each with its shared features."""
    for word in words_of(title).words[:_TITLE_WORDS]:
        yield word, _word[word].shared


def latin(word: str) -> str:
    """Return a folded word in Latin letters if it is Cyrillic or Greek; leave any other as it is."""
    return word if word.isascii() else word.translate(_LATIN)


def stem(word: str) -> str:
    """Return a folded Arabic word without article, conjunction and the commonest endings (Larkey's light stemming)."""
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= _SHORTEST_STEM:
            word = word[len(article) :]
            break
    else:
        if word.startswith("و") and len(word) > _SHORTEST_STEM + 1:
            word = word[1:]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def _beginning(text: str) -> Sequence[str]:
    return words_of(text[: _LONGEST_WORD * _TEXT_WORDS]).words[:_TEXT_WORDS] if text else ()


def _add(to: dict[int, float], features: Iterable[int], weight: float) -> None:
    for each in features:
        to[each] = to.get(each, 0.0) + weight


def _read(word: str) -> _Word:
    folded = fold(word)
    if _SIGNS.search(folded):
        return _packed(_cut(folded, _GRAMS_WITHOUT_SPACES), _pieces(folded, _SIGN_NAME))
    if _UNSPACED.search(folded):
        return _packed(_cut(folded, _GRAMS), _pieces(folded, _UNSPACED_NAME))
    if _ARABIC.search(folded):
        folded = stem(folded)
    return _packed(_cut(f" {folded} ", _GRAMS), (latin(folded)[:_PREFIX],))


_word = MemoDict(_read, _MOST_REMEMBERED)


def _packed(grams: Iterable[str], shared: Iterable[str]) -> _Word:
    return _Word(array("I", [crc32(gram.encode()) % SHARED for gram in grams]), array("I", map(_shared, shared)))


def _cut(word: str, lengths: Iterable[int]) -> Iterator[str]:
    return (word[at : at + length] for length in lengths for at in range(len(word) - length + 1))


def _pieces(word: str, length: int) -> Iterator[str]:
    """Yield the pieces of a run of words without spaces that may be a name."""
    return _cut(word, (length,)) if len(word) >= length else iter((word,))


def _shared(name: str) -> int:
    return SHARED + crc32(name.encode()) % SHARED
