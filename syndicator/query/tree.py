"""A parsed filter: a tree of plain values, which know nothing of stories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    """Return how old stories may be at most, None if the filter does not say."""
    windows = [leaf.age for leaf in leaves(where) if isinstance(leaf, YoungerThan)]
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


def resolved(where: Where, filters: Mapping[str, Where]) -> Where:
    """Return a filter with the filters of the feeds that it uses in their places; there must be no loop."""
    match where:
        case FieldEquals("feed", name) if name in filters:
            return resolved(filters[name], filters)
        case AllOf(parts):
            return AllOf(tuple(resolved(part, filters) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(resolved(part, filters) for part in parts))
        case Not(part):
            return Not(resolved(part, filters))
        case _:
            return where


def sizes_of(filters: Mapping[str, Where]) -> Mapping[str, int]:
    """Return how many terms each filter has, with those of the feeds that it uses; there must be no loop."""
    sizes: dict[str, int] = {}

    def size_of(name: str) -> int:
        if name not in sizes:
            used = (
                leaf.value for leaf in leaves(filters[name]) if isinstance(leaf, FieldEquals) and leaf.field == "feed"
            )
            sizes[name] = sum(1 for _ in leaves(filters[name])) + sum(size_of(each) for each in used if each in filters)
        return sizes[name]

    for name in filters:
        size_of(name)
    return sizes


def loop_in(filters: Mapping[str, Where]) -> tuple[str, ...]:
    """Return the feeds of a loop, the first one again at the end; nothing if no feed uses itself, by others or not."""
    done: set[str] = set()
    for name in filters:
        if found := _loop_from(name, filters, (), done):
            return found
    return ()


def _loop_from(name: str, filters: Mapping[str, Where], path: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    if name in done or name not in filters:
        return ()
    for used in sorted(feeds_in(filters[name])):
        if found := _loop_from(used, filters, (*path, name), done):
            return found
    done.add(name)
    return ()
