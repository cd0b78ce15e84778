"""A filter's tree as one would write it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeGuard

from syndicator.lexicon import Match
from syndicator.query.tree import (
    REGION_FIELDS,
    AllOf,
    AnyOf,
    CopiesBetween,
    Every,
    FieldEquals,
    Near,
    Not,
    Phrase,
    PublishedBetween,
    Regex,
    TextField,
    UrlContains,
    Where,
    YoungerThan,
)

_COUNTRY_CODE = 2
_PLAIN = re.compile(r"[\w/.-]+")


def written(where: Where) -> str:  # noqa: C901, PLR0911 - a table
    """Return a filter as one would write it."""
    match where:
        case Every():
            return "*"
        case AllOf(parts):
            return " ".join(_in_parentheses(part) if isinstance(part, AnyOf) else written(part) for part in parts)
        case AnyOf(parts):
            alternatives = without_joined(parts)
            return " or ".join(_alternative(part, parts) for part in alternatives)
        case Not(part):
            return f"not {_in_parentheses(part)}"
        case Phrase(field=field):
            return _in_field(field, _phrase(where))
        case Near(within, arguments, field):
            listed = ", ".join(map(_argument, arguments))
            return _in_field(field, f"near/{within}({listed})")
        case Regex(pattern, is_caseless, field):
            return _in_field(field, "/" + pattern.replace("/", r"\/") + "/" + "i" * is_caseless)
        case UrlContains(part):
            return f"url:{_quoted(part)}"
        case FieldEquals(field, value):
            return f"{field}:{_quoted(_value(field, value))}"
        case CopiesBetween(least, most):
            return f"copies:{_range(least, most)}"
        case PublishedBetween(since, before):
            return f"published:{_day(since)}..{_day(before and before - timedelta(days=1))}"
        case YoungerThan(age):
            return f"age:<{_age(age)}"


def _in_parentheses(where: Where) -> str:
    """Return a filter in parentheses, if it needs them."""
    match where:
        case AnyOf(parts):
            count = len(without_joined(parts))
        case AllOf(parts):
            count = len(parts)
        case _:
            count = 1
    return f"({written(where)})" if count > 1 else written(where)


def _alternative(where: Where, beside: Sequence[Where]) -> str:
    if isinstance(where, Phrase):
        return _in_field(where.field, _phrase(where, beside))
    return _in_parentheses(where) if isinstance(where, AllOf) else written(where)


def _argument(choices: Sequence[Phrase]) -> str:
    """Return an argument of ``near``, whose phrases have its field."""
    return _in_parentheses(AnyOf(tuple(replace(each, field=TextField.ANYWHERE) for each in choices)))


def without_members(where: Where, groups: Mapping[str, Sequence[str]]) -> Where:
    """Return a filter in which groups of regions stand for themselves, and not for their members too.

    ``groups`` has the members of each, as terms are compared. What is returned is to be shown, and finds less.
    """
    match where:
        case AnyOf((FieldEquals(field, group), *members)) if field in REGION_FIELDS and members:
            of_it = [FieldEquals(field, member.casefold()) for member in groups.get(group, ())]
            if members == of_it:
                return FieldEquals(field, group)
    match where:
        case AllOf(parts):
            return AllOf(tuple(without_members(part, groups) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(without_members(part, groups) for part in parts))
        case Not(part):
            return Not(without_members(part, groups))
        case _:
            return where


def without_joined(parts: Sequence[Where]) -> list[Where]:
    """Return alternatives without the words in one that a word with a hyphen also finds."""
    hyphened = {"".join(part.words) for part in parts if _is_hyphened(part)}
    return [part for part in parts if not (_is_bare(part) and len(part.words) == 1 and part.words[0] in hyphened)]


def _is_bare(where: Where) -> TypeGuard[Phrase]:
    return isinstance(where, Phrase) and where.match is Match.FORMS


def _is_hyphened(where: Where) -> TypeGuard[Phrase]:
    return _is_bare(where) and len(where.words) > 1


def _in_field(field: str, term: str) -> str:
    return f"{field}:{term}" if field else term


def _phrase(phrase: Phrase, beside: Sequence[Where] = ()) -> str:
    if phrase.match is Match.FORMS:
        return spelled(phrase, beside)
    words = " ".join(phrase.words) + ("*" if phrase.match is Match.PREFIX else "")
    return words if phrase.match is Match.PREFIX and len(phrase.words) == 1 else f'"{words}"'


def spelled(phrase: Phrase, beside: Sequence[Where] = ()) -> str:
    """Return words in any form as one term: with a hyphen if ``beside`` them they are found joined too, as in AT&T."""
    is_joined = any(_is_bare(each) and each.words == ("".join(phrase.words),) for each in beside)
    return ("-" if is_joined else "&").join(phrase.words)


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) and not value.startswith("/") else '"' + value.replace('"', r"\"") + '"'


def _value(field: str, value: str) -> str:
    country, slash, town = value.partition("/")
    is_code = field in REGION_FIELDS and len(country.partition("-")[0]) == _COUNTRY_CODE
    return f"{country.upper() if is_code else country}{slash}{town}"


def _range(least: int, most: int | None) -> str:
    if most is None:
        return f">={least}"
    return f"{least}" if least == most else f"<={most}" if not least else f"{least}..{most}"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _age(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    size, unit = next((size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "m")) if not seconds % size)
    return f"{seconds // size}{unit}"
