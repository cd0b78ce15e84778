"""Which stories are on a place: looked up in the search index, or where there is none among the latest stories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from syndicator.models import Tag
from syndicator.models.reader_pages import Index, PlaceRole
from syndicator.query.subject import fields_of
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.store import TaggedStory
from syndicator.store.search_terms import ANYTHING, Expression, Marked, both, either, mark_of, without

# Without an index so many of the latest stories are looked at.
MOST_SCANNED = 1000
_BEYOND = 2**62
# Where readers may not see all, so many are read at a time, and so many in all.
_STEP, _MOST_READ = 200, 2000
_SPOKEN = (PlaceRole.ABOUT, PlaceRole.ACTOR, PlaceRole.DATELINE)


class Numbers(NamedTuple):
    """Numbers of stories, newest first; there may be more below ``next_below``, unless it is 0."""

    found: list[int]
    next_below: int


class PlaceStories:
    """Finds the stories that have one of some regions: a place, or a group and its members."""

    def __init__(self, reading: Reading, terms: Iterable[str]) -> None:
        """Read nothing yet but how far the index reaches."""
        self._reading, self._terms = reading, frozenset(term.casefold() for term in terms)
        reach = reading.tx.search.reach()
        self._since = reach.below
        self.index = Index.NONE if not reach.has_index else Index.READY if reach.is_complete else Index.FILLING

    def latest(self, role: PlaceRole, limit: int, *, since: int = 0, below: int = 0) -> Numbers:
        """Return the latest stories with the place in a role that readers may see, up to ``limit``."""
        below = below or _BEYOND
        step = limit + 1 if self._reading.shows_all else max(limit + 1, _STEP)
        found: list[int] = []
        for _ in range(0, max(step, _MOST_READ), step):
            some = self._find(role, since, below, step)
            found += self._reading.visible(some)
            if len(some) < step or len(found) > limit:
                break
            below = some[-1]
        if len(found) > limit:
            return Numbers(found[:limit], found[limit - 1])
        return Numbers(found, some[-1] if len(some) == step else 0)

    def _find(self, role: PlaceRole, since: int, below: int, limit: int) -> list[int]:
        if self.index is Index.NONE:
            wanted = (number for number, roles in self._scanned.items() if role in roles and since <= number < below)
            return list(islice(wanted, limit))
        expression = _expression(role, self._terms)
        return self._reading.tx.search.find(expression, since=max(since, self._since), until=below - 1, limit=limit)

    @cached_property
    def _scanned(self) -> Mapping[int, frozenset[PlaceRole]]:
        """The roles of the place in those of the latest stories that have it, newest first."""
        tx = self._reading.tx
        found = tx.stories.tagged(tx.search.find(ANYTHING, limit=MOST_SCANNED))
        roles = ((number, self._roles(found[number])) for number in sorted(found, reverse=True))
        return {number: some for number, some in roles if some}

    def _roles(self, tagging: TaggedStory) -> frozenset[PlaceRole]:
        fields = {field for tag in tagging.tags if self.has(tag) for field in fields_of(tag)}
        found = {role for role in PlaceRole if role.value in fields}
        return frozenset({PlaceRole.MENTION} if "mentions" in fields and found.isdisjoint(_SPOKEN) else found)

    def has(self, tag: Tag) -> bool:
        """Return whether a tag is that of the place, of what lies in it, or of what may as well be meant."""
        terms = (term.casefold() for term in (*tag.path, *tag.namesakes))
        return tag.scheme == "region" and not self._terms.isdisjoint(terms)


def _expression(role: PlaceRole, terms: Iterable[str]) -> Expression:
    if role is not PlaceRole.MENTION:
        return _marked(role.value, terms)
    return both((_marked("mentions", terms), without(either(_marked(each.value, terms) for each in _SPOKEN))))


def _marked(field: str, terms: Iterable[str]) -> Expression:
    return either(Marked(mark_of(field, term)) for term in sorted(terms))
