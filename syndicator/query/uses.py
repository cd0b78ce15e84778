"""Filters that use other feeds' filters, ``feed:other``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from syndicator.query.tree import AllOf, AnyOf, FieldEquals, Not, Where, YoungerThan, conjuncts, feeds_in, leaves

MAX_CHAIN = 20
# Of a filter, with those of the feeds that it uses.
MAX_TERMS = 20_000


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
    """Return how many terms each filter has with those of the feeds that it uses; there must be no loop."""
    sizes: dict[str, int] = {}

    def size_of(name: str) -> int:
        if name not in sizes:
            terms = leaves(filters[name])
            sizes[name] = sum(size_of(term.value) if _is_feed(term, filters) else 1 for term in terms)
        return sizes[name]

    for name in filters:
        size_of(name)
    return sizes


def misplaced_windows(filters: Mapping[str, Where]) -> Mapping[str, str]:
    """Return the feeds that use one with a window inside of ``or`` or ``not``, each with it; there must be no loop.

    A story does not leave half a feed: ``age:`` is refused there when it is written out.
    """
    windows: dict[str, bool] = {}

    def has_window(name: str) -> bool:
        if name not in windows:
            windows[name] = any(
                has_window(term.value) if _is_feed(term, filters) else isinstance(term, YoungerThan)
                for term in leaves(filters[name])
            )
        return windows[name]

    found: dict[str, str] = {}
    for name, where in filters.items():
        inner = (term for part in conjuncts(where) if isinstance(part, AnyOf | Not) for term in leaves(part))
        for term in inner:
            if _is_feed(term, filters) and has_window(term.value):
                found.setdefault(name, term.value)
    return found


def _is_feed(where: Where, filters: Mapping[str, Where]) -> TypeGuard[FieldEquals]:
    return isinstance(where, FieldEquals) and where.field == "feed" and where.value in filters


def chain_in(filters: Mapping[str, Where]) -> tuple[str, ...]:
    """Return feeds that use each other in a loop, the first one again at the end, or in a chain that is too long.

    Return nothing if there is neither.
    """
    lengths: dict[str, int] = {}
    for name in filters:
        if found := _chain_from(name, filters, (), lengths):
            return found
    return ()


def _chain_from(
    name: str, filters: Mapping[str, Where], path: tuple[str, ...], lengths: dict[str, int]
) -> tuple[str, ...]:
    """Return a chain that goes on from a ``path``; ``lengths`` are of the longest from each feed that was visited."""
    if name in path:
        return (*path[path.index(name) :], name)
    if len(path) + lengths.get(name, 0) > MAX_CHAIN:
        return (*path, name)
    if name in lengths:
        return ()
    used = sorted(feeds_in(filters[name]) & filters.keys())
    for each in used:
        if found := _chain_from(each, filters, (*path, name), lengths):
            return found
    lengths[name] = 1 + max((lengths[each] for each in used), default=0)
    return ()
