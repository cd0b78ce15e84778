"""Which terms a filter cannot do without: a story that has none of them cannot match. Pure."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from syndicator.lexicon import is_unspaced
from syndicator.query.tree import (
    AllOf,
    AnyOf,
    CopiesBetween,
    FieldEquals,
    Near,
    Phrase,
    Regex,
    TextField,
    UrlContains,
    Where,
)

# How large a part of all stories has a term, roughly, as long as none were counted: of several necessary terms the
# rarest is taken. A wrong guess costs time and nothing else.
_SHARES = {"lang": 0.3, "has": 0.3, "outlet": 0.05, "source": 0.05, "revised": 0.1, "deleted": 0.01, "concept": 0.02,
           "event": 0.001, "feed": 0.01, "mentions": 0.1}  # fmt: skip
_COUNTRY, _PLACE = 0.05, 0.005
_COUNTRY_CODE = 2
_PATTERN = 0.02
_COPIES = 0.1  # of having one
_BY_LENGTH = (1.0, 1.0, 0.6, 0.5, 0.2, 0.1, 0.05, 0.03, 0.02)  # of a word's letters
_LONG = 0.01
_UNSPACED = (1.0, 0.3, 0.02)


class Numbers(Protocol):
    """Gives terms their numbers."""

    def words(self, phrase: Phrase) -> tuple[int, ...]: ...  # noqa: D102
    def value(self, field: str, value: str) -> int: ...  # noqa: D102
    def pattern(self, regex: Regex) -> int: ...  # noqa: D102
    def copies(self, least: int) -> int: ...  # noqa: D102
    def url_part(self, part: str) -> int: ...  # noqa: D102
    def share(self, number: int, guess: float) -> float: ...  # noqa: D102


class _Necessary(NamedTuple):
    share: float
    terms: frozenset[int]


def necessary(where: Where, numbers: Numbers) -> frozenset[int] | None:
    """Return terms of which every matching story has at least one; None if stories without any may match."""
    found = _necessary(where, numbers)
    return found.terms if found else None


def is_decided(where: Where) -> bool:
    """Return whether a story that has one of a filter's necessary terms matches, whatever else it has."""
    match where:
        case AnyOf(parts):
            return all(map(is_decided, parts))
        case Phrase(words=[_], field=TextField.ANYWHERE) | Regex(field=TextField.ANYWHERE):
            return True
        case CopiesBetween(least, None):
            return least > 0
        case _:
            return isinstance(where, FieldEquals | UrlContains)


def _necessary(where: Where, numbers: Numbers) -> _Necessary | None:  # noqa: PLR0911 - a table
    match where:
        case AllOf(parts):
            found = [each for part in parts if (each := _necessary(part, numbers))]
            return min(found, key=_share, default=None)
        case AnyOf(parts):
            alternatives = [_necessary(part, numbers) for part in parts]
            return _union([each for each in alternatives if each]) if all(alternatives) else None
        case Phrase(words):
            terms = zip(words, numbers.words(where), strict=True)
            return min((_one(numbers, number, _share_of_word(word)) for word, number in terms), key=_share)
        case Near(_, arguments):
            found = [_union([each for phrase in one if (each := _necessary(phrase, numbers))]) for one in arguments]
            return min(found, key=_share)
        case Regex():
            return _one(numbers, numbers.pattern(where), _PATTERN)
        case UrlContains(part):
            return _one(numbers, numbers.url_part(part), _PATTERN)
        case CopiesBetween(least) if least:
            return _one(numbers, numbers.copies(least), _COPIES / least)
        case FieldEquals(field, value):
            return _one(numbers, numbers.value(field, value), _share_of_value(field, value))
        case _:
            return None


def _one(numbers: Numbers, number: int, guess: float) -> _Necessary:
    return _Necessary(numbers.share(number, guess), frozenset({number}))


def _share(found: _Necessary) -> float:
    return found.share


def _union(found: list[_Necessary]) -> _Necessary:
    return _Necessary(sum(each.share for each in found), frozenset().union(*(each.terms for each in found)))


def _share_of_value(field: str, value: str) -> float:
    return _SHARES.get(field, _COUNTRY if len(value) == _COUNTRY_CODE else _PLACE)


def _share_of_word(word: str) -> float:
    shares, most = (_UNSPACED, _PLACE) if is_unspaced(word) else (_BY_LENGTH, _LONG)
    return shares[len(word)] if len(word) < len(shares) else most
