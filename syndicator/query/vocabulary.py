"""What filters may name, and what somebody meant who named something else. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from syndicator.query.tree import REGION_FIELDS


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The values that fields may take, each with a label; a field that is absent takes any value.

    The fields of regions share the values of ``region``. ``find_region`` returns the label of a region that is too
    small to be listed, ``regions_called`` the terms and labels of the regions that a name may mean. ``groups`` has the
    members of groups of regions, and the divisions of areas that have any.
    """

    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    find_region: Callable[[str], str | None] | None = None
    regions_called: Callable[[str], Sequence[tuple[str, str]]] | None = None

    @cached_property
    def folded(self) -> Mapping[str, frozenset[str]]:
        """The values by field, as they are compared: case-folded once, not for every term of every filter."""
        return {name: frozenset(map(str.casefold, known)) for name, known in self.values.items()}

    @cached_property
    def folded_groups(self) -> Mapping[str, Sequence[str]]:
        """The members of groups, by their terms as they are compared."""
        return {group.casefold(): members for group, members in self.groups.items()}

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        return {name: {key.casefold(): label for key, label in known.items()} for name, known in self.values.items()}

    def label(self, name: str, value: str) -> str:
        """Return what a field's value is called; the value itself if it has no label."""
        if name in REGION_FIELDS:
            return (self.find_region(value) if self.find_region else None) or value
        return self._labels.get(name, {}).get(value.casefold()) or value

    def has_region(self, value: str) -> bool:
        """Return whether a region has this term, in lower case; all have if none are listed."""
        known = self.folded.get("region")
        return known is None or value in known or bool(self.find_region and self.find_region(value))

    def meant_regions(self, value: str) -> Sequence[tuple[str, str]]:
        """Return terms and labels of the regions with that name, or else of the one that is spelt like it."""
        called = self.regions_called(value) if self.regions_called else ()
        return called or meant_values(value, self.values["region"])


def suggestion(name: str, meant: Sequence[tuple[str, str]]) -> str:
    """Return what ends a message: the values that may be meant, with their labels."""
    choices = " or ".join(f"{name}:{term} ({label})" for term, label in meant)
    return f": {choices}?" if choices else ""


def meant_values(value: str, known: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Return the value whose term or label is spelt like what was written, with its label; nothing if none is."""
    if (holder := _holder(value, known)) is not None:
        known = {key: label for key, label in known.items() if _holder(key.casefold(), known) == holder} or known
    labels = {label.casefold(): key for key, label in known.items()}
    close = difflib.get_close_matches(value.casefold(), [*labels, *(k.casefold() for k in known)], n=1, cutoff=0.6)
    if not close:
        return ()
    key = labels.get(close[0]) or next(k for k in known if k.casefold() == close[0])
    return ((key, known[key]),)


def _holder(term: str, known: Mapping[str, str]) -> str | None:
    """Return what holds a region, by how its term is written: SY for SY-ID; None for one that nothing holds."""
    holder = next((term[: term.rindex(mark)] for mark in "/-" if mark in term), "")
    return holder if holder.upper() in known else None


def meant_field(name: str, fields: Collection[str]) -> str:
    """Return the field that is spelt like what was written; empty if none is."""
    return next(iter(difflib.get_close_matches(name, fields, n=1, cutoff=0.5)), "")
