"""Prepare texts for comparison: sentences of folded words, each word with its kind. Pure.

What tells two stories of one mould apart are numbers, days and names. Numbers are read in digits of any script and in
words, "1,200" as one of them. A name is what has a capital; in scripts without capitals, where all is in capitals, and
at the beginning of a sentence only a rare word can be one. Places are known from the tags of a story, in every script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

from syndicator.fingerprint import UNSPACED, units
from syndicator.parse.date_names import months, solar_hijri_months, weekdays
from syndicator.tag.common_words import common_words
from syndicator.text import MemoDict, Words, fold, forms

# Texts are compared up to here.
LONGEST = 20_000
_THOUSANDS = re.compile(r"(?<=\d)[,.٬'’\u00a0\u202f](?=\d{3}(?!\d))")
_DECIMAL = re.compile(r"(?<=\d)[.,٫:](?=\d)")
_DIGIT = re.compile(r"\d")
# The end of a sentence; not after a capital letter alone, a short title or a month.
_END = re.compile(
    r"(?<![\s.(][^\W\d_])(?<!\b(?:Mr|Dr|St|vs|No))(?<!\b(?:Mrs|Gen|Col|Sen|Rep|Gov|Inc|Ltd|руб|тыс))"
    r"(?<!\b(?:Jan|Feb|Mar|Apr|Aug|Oct|Nov|Dec))(?<!\bSept)"
    r"(?<![.!?؟۔…])[.!?؟۔…]++[\"'”’»)\]]*+\s++|[。！？]++[」』”]?\s*+"
)
_TENS, _UNITS = frozenset(str(ten) for ten in range(20, 100, 10)), frozenset("123456789")
_SHORTEST_NAME = 3
_SHORTEST_DAY = 4
_MORE_DAYS = frozenset(
    fold(day)
    for day in (
        "jan feb apr jun jul aug sep oct nov dec tue wed thu fri май мая мае понедельника понедельнику вторника"
        " вторнику среды среде среду четверга четвергу пятницы пятнице пятницу субботы субботе субботу воскресенья"
        " воскресенью середи середу середі п'ятниці п'ятницю суботи суботу неділі неділю"
        " یکشنبه دوشنبه سهشنبه چهارشنبه پنجشنبه"
    ).split()
)
# Persian weekdays are a number and a word, joined or not.
_PERSIAN_DAY = re.compile("(?<=یک|دو|سه)[\u200c ](?=شنبه)|(?<=چهار)[\u200c ](?=شنبه)|(?<=پنج)[\u200c ](?=شنبه)")


class Kind(IntEnum):
    """What a word is, for a comparison."""

    WORD = 0
    NAME = 1
    PLACE = 2
    DAY = 3
    NUMBER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence: its folded words and their kinds.

    ``has_names`` is false where capitals say nothing: in scripts that have none, in headlines that are all capitals.
    """

    raw: str
    words: tuple[str, ...]
    kinds: tuple[Kind, ...]
    has_names: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """All that is read off a story: only of texts that have enough in common to be aligned."""

    headline: Sentence
    sentences: tuple[Sentence, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyText:
    """A story's words as ``compare`` needs them; see ``prepare``.

    ``shingles`` are three folded words in a row each; ``length`` is how many words there are. All else is read when it
    is first asked for.
    """

    title: str
    text: str
    language: str
    places: frozenset[str]
    length: int = field(compare=False)
    shingles: frozenset[tuple[str, str, str]] = field(compare=False, repr=False)

    @property
    def headline(self) -> Sentence:
        """The headline as a sentence."""
        return _read_text(self).headline

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the text that have words."""
        return _read_text(self).sentences

    @property
    def words(self) -> tuple[str, ...]:
        """The words of all sentences."""
        return _read_text(self).words


def prepare(title: str, text: str, *, language: str = "", places: Iterable[str] = ()) -> CopyText:
    """Return a plain title and text prepared for ``compare``.

    ``language`` is a language code; it says which words are common where there are no capitals. ``places`` are the
    words that the story's region tags rest on: ``evidence.words``.
    """
    said = units(text[:LONGEST])
    return CopyText(
        title=title,
        text=text,
        language=language,
        places=frozenset(places),
        length=len(said),
        shingles=frozenset(zip(said, said[1:], said[2:], strict=False)),
    )


@lru_cache(maxsize=256)
def _read_text(text: CopyText) -> _Read:
    known = frozenset(word for place in text.places for word in _words_of(place))
    read = (_sentence(part, known, text.language) for part in sentences_of(text.text[:LONGEST]))
    sentences = tuple(sentence for sentence in read if sentence.words)
    return _Read(
        headline=_sentence(text.title, known, text.language),
        sentences=sentences,
        words=tuple(word for sentence in sentences for word in sentence.words),
    )


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a plain text, without the marks that end them."""
    return [part for part in map(str.strip, _END.split(text)) if part]


def parts_of(text: str) -> list[str]:
    """Return the sentences of a plain text with their marks and the spaces behind: joined, they are the text."""
    bounds = [0, *(end.end() for end in _END.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(bounds) if start < end]


def rare(words: Iterable[str], language: str) -> set[str]:
    """Return those words that may be names, by how rare they are in a language; of scripts with spaces only."""
    common = common_words(language.partition("-")[0])
    return {
        word
        for word in words
        if len(word) >= _SHORTEST_NAME and not UNSPACED.match(word) and common.isdisjoint(forms(word))
    }


def _sentence(raw: str, places: frozenset[str], language: str) -> Sentence:
    given = Words(_with_whole_words(raw)).words
    if not raw.isascii() and UNSPACED.search(raw):
        given = [unit for word in given for unit in units(word)]
    read = list(map(_READ.__getitem__, given))
    capitals = sum(each[2] for each in read)
    has_names = 0 < capitals <= max(2, 0.6 * len(read))
    words, kinds = [each[0] for each in read], [each[1] for each in read]
    if has_names:
        kinds = [
            Kind.NAME if kind is Kind.WORD and is_capital else kind
            for kind, (_, _, is_capital) in zip(kinds, read, strict=True)
        ]
        if kinds[0] is Kind.NAME and not rare(words[:1], language):
            kinds[0] = Kind.WORD
    if places and not places.isdisjoint(words):
        kinds = [Kind.PLACE if word in places else kind for word, kind in zip(words, kinds, strict=True)]
    _join_numbers(words, kinds, given)
    return Sentence(raw=raw, words=tuple(words), kinds=tuple(kinds), has_names=has_names)


def _with_whole_words(text: str) -> str:
    """Return a text in which "1,200" is one word, "3.5" another, and so is a Persian weekday."""
    if "شنبه" in text:
        text = _PERSIAN_DAY.sub("", text)
    return _DECIMAL.sub("_", _THOUSANDS.sub("", text)) if _DIGIT.search(text) else text


def _join_numbers(words: list[str], kinds: list[Kind], given: Sequence[str]) -> None:
    """Write "twenty five" as one number, as "25" is."""
    for place in range(len(words) - 1, 0, -1):
        is_in_words = not any(map(_DIGIT.match, given[place - 1 : place + 1]))
        if words[place] in _UNITS and words[place - 1] in _TENS and is_in_words:
            words[place - 1 : place + 1] = [words[place - 1][0] + words[place]]
            del kinds[place]


def _words_of(text: str) -> list[str]:
    return [_READ[word][0] for word in Words(text).words]


def _read(word: str) -> tuple[str, Kind, bool]:
    """Return a word folded, or a number's value; its kind; and whether it has a capital."""
    folded, is_capital = fold(word), word[0].isupper()
    if _DIGIT.search(folded):
        return folded, Kind.NUMBER, False
    for form in forms(word):
        if form in _number_words():
            return _number_words()[form], Kind.NUMBER, False
        if form in _days():
            return form, Kind.DAY, False
    return folded, Kind.WORD, is_capital


_READ = MemoDict(_read, 16384)


@cache
def _number_words() -> dict[str, str]:
    table = resources.files("syndicator.ingest").joinpath("data", "number_words.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {form: value for value, words in rows for word in words.split() for form in forms(word)[:1]}


@cache
def _days() -> frozenset[str]:
    """Return the names of months and weekdays that are one word; of the shortest only those that mean nothing else."""
    names = (*months(), *solar_hijri_months(), *weekdays())
    return frozenset(name for name in names if " " not in name and len(name) >= _SHORTEST_DAY) | _MORE_DAYS
