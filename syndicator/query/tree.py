"""A parsed filter: a tree of plain values, which know nothing of stories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syndicator.lexicon import Match

# ``region`` finds stories about a region or with it as an actor; each other field finds one role.
REGION_FIELDS = ("region", "about", "actor", "dateline", "mentions")
# Fields of what happens to a story after it has come.
LATER_FIELDS = frozenset(("revised", "copies", "deleted"))


class TextField(StrEnum):
    """Where words are looked for; ``ANYWHERE`` is in title or text. ``CATEGORY`` is any one of them."""

    ANYWHERE = ""
    TITLE = "title"
    TEXT = "text"
    AUTHOR = "author"
    CATEGORY = "category"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Every:
    """Matches every story."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Matches what every one of ``parts`` matches."""

    parts: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Matches what at least one of ``parts`` matches."""

    parts: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Matches what ``part`` does not match."""

    part: Where


@dataclass(frozen=True, slots=True)
class Phrase:
    """Matches stories with these words in a row, as they were typed, in one field.

    ``match`` says how words compare: in any form, as they are, or with the last one as the beginning of a word.
    """

    words: tuple[str, ...]
    match: Match = Match.FORMS
    field: TextField = TextField.ANYWHERE


@dataclass(frozen=True, slots=True)
class Near:
    """Matches stories with one phrase of each argument, in any order, and at most ``within`` other words between."""

    within: int
    arguments: tuple[tuple[Phrase, ...], ...]
    field: TextField = TextField.ANYWHERE


@dataclass(frozen=True, slots=True)
class Regex:
    """Matches stories in whose text, as it is read, RE2 finds the pattern."""

    pattern: str
    is_caseless: bool = False
    field: TextField = TextField.ANYWHERE


@dataclass(frozen=True, slots=True)
class UrlContains:
    """Matches stories with ``part``, in lower case, somewhere in their address."""

    part: str


@dataclass(frozen=True, slots=True)
class FieldEquals:
    """Matches stories with ``value`` among what they have of a field: regions, outlets and others."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class CopiesBetween:
    """Matches stories that so many other outlets carry: at least and, unless it is None, at most."""

    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class PublishedBetween:
    """Matches stories that were published from ``since`` on and before ``before``; None leaves an end open."""

    since: datetime | None
    before: datetime | None


@dataclass(frozen=True, slots=True)
class YoungerThan:
    """Matches stories that were published at most ``age`` ago: a feed's window, always a conjunct of the whole."""

    age: timedelta


Where = (
    Every
    | AllOf
    | AnyOf
    | Not
    | Phrase
    | Near
    | Regex
    | UrlContains
    | FieldEquals
    | CopiesBetween
    | PublishedBetween
    | YoungerThan
)


def leaves(where: Where) -> Iterator[Where]:
    """Yield the terms of a filter, those that are excluded too, in the order in which they were written."""
    match where:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield where


def conjuncts(where: Where) -> Iterator[Where]:
    """Yield the parts of a filter that each matching story must match."""
    if isinstance(where, AllOf):
        for part in where.parts:
            yield from conjuncts(part)
    else:
        yield where


def phrases_in(where: Where) -> Iterator[Phrase]:
    """Yield the phrases of a filter, those of ``near`` too."""
    for leaf in leaves(where):
        if isinstance(leaf, Phrase):
            yield leaf
        elif isinstance(leaf, Near):
            for choices in leaf.arguments:
                yield from choices


def concepts_in(where: Where) -> frozenset[str]:
    """Return the concepts that a filter names."""
    return _values_in(where, "concept")


def languages_in(where: Where) -> frozenset[str]:
    """Return the languages that a filter names."""
    return _values_in(where, "lang")


def feeds_in(where: Where) -> frozenset[str]:
    """Return the feeds whose filters a filter uses."""
    return _values_in(where, "feed")


def _values_in(where: Where, field: str) -> frozenset[str]:
    return frozenset(leaf.value for leaf in leaves(where) if isinstance(leaf, FieldEquals) and leaf.field == field)


def fields_in(where: Where) -> frozenset[str]:
    """Return the fields whose values a filter names, those that it excludes too."""
    return frozenset(leaf.field for leaf in leaves(where) if isinstance(leaf, FieldEquals))


def window_of(where: Where) -> timedelta | None:
    """Return how old stories may be at most, None if the filter does not say.

    What it excludes, or may do without, says nothing.
    """
    windows = [each.age for each in conjuncts(where) if isinstance(each, YoungerThan)]
    return min(windows, default=None)


def asked_fields(where: Where) -> frozenset[str]:
    """Return the fields that a filter asks for; what it excludes is not asked for."""
    match where:
        case FieldEquals(field):
            return frozenset({field})
        case CopiesBetween():
            return frozenset({"copies"})
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*map(asked_fields, parts))
        case _:
            return frozenset()
