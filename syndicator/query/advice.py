"""What a filter says and perhaps does not mean. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from syndicator.lexicon import Match
from syndicator.query.tree import (
    LATER_FIELDS,
    AllOf,
    AnyOf,
    CopiesBetween,
    Every,
    FieldEquals,
    Not,
    TextField,
    Where,
    YoungerThan,
    leaves,
    phrases_in,
)

# Words that are also written in capitals for something else.
_COMMON = frozenset(
    "ai all am an and any are as at be by can eu for he her his if in is it may me no not of on or our she so the to un"
    " up us was we who".split()
)
_TEXTS = (TextField.ANYWHERE, TextField.TITLE, TextField.TEXT)


def advice_on(where: Where) -> Iterator[str]:
    """Yield what somebody who wrote this should know."""
    if is_only_negative(where) and not all(map(_is_later, leaves(where))):
        yield "only excludes, so that it matches nearly every story; add what the stories must have"
    for phrase in phrases_in(where):
        word = phrase.words[0]
        is_name = len(phrase.words) == 1 and len(word) > 1 and word.isupper() and word.casefold() in _COMMON
        if is_name and phrase.match is not Match.PREFIX and phrase.field in _TEXTS:
            yield f'{word} also finds "{word.lower()}", since case is ignored; to have it count write /\\b{word}\\b/'


def _is_later(where: Where) -> bool:
    """Return whether a term says what happened to a story later: all but the deleted ones is a feed of its own."""
    return isinstance(where, CopiesBetween) or (isinstance(where, FieldEquals) and where.field in LATER_FIELDS)


def is_only_negative(where: Where) -> bool:
    """Return whether a filter says only what stories must not have."""
    match where:
        case Not():
            return True
        case AllOf(parts):
            return all(is_only_negative(part) or isinstance(part, Every | YoungerThan) for part in parts)
        case AnyOf(parts):
            return all(map(is_only_negative, parts))
        case _:
            return False
