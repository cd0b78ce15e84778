"""A parsed filter: a tree of plain values."""

from __future__ import annotations

from dataclasses import dataclass

# ``region`` finds stories about a region or with it as an actor; each other field finds one role.
REGION_FIELDS = ("region", "about", "actor", "dateline", "mentions")
# Fields of what happens to a story after it has come.
LATER_FIELDS = frozenset(("revised", "copies", "deleted"))


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
    """Matches stories with the phrase in their title, or in title or text."""

    phrase: tuple[tuple[str, ...], ...]
    is_prefix: bool = False
    only_title: bool = False


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


Where = Every | AllOf | AnyOf | Not | Phrase | FieldEquals | CopiesBetween


def concepts_in(where: Where) -> frozenset[str]:
    """Return the concepts that a filter names."""
    return _values_in(where, "concept")


def languages_in(where: Where) -> frozenset[str]:
    """Return the languages that a filter names."""
    return _values_in(where, "lang")


def _values_in(where: Where, field_name: str) -> frozenset[str]:
    match where:
        case FieldEquals(field, value) if field == field_name:
            return frozenset({value})
        case Not(part):
            return _values_in(part, field_name)
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*(_values_in(part, field_name) for part in parts))
        case _:
            return frozenset()


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
