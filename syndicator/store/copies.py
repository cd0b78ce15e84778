"""Stories that an entry may be a copy of: by shared fingerprints, and by a page that several outlets lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, func, select

from syndicator.fingerprint import keys_of
from syndicator.models import CopyCandidate, Entry
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.copy_index import CopyIndex
from syndicator.store.tables import boilerplate, entry, fingerprint, story

# Each is compared word by word; those that share most come first.
_MOST_CANDIDATES = 5
_ADD = Insert(fingerprint)
_LEARN = Insert(boilerplate, by=["outlet"], always=["learned"])
_OUTLETS: BindParameter[Any] = bindparam("outlets", expanding=True)
_BOILERPLATE = select(boilerplate).where(boilerplate.c.outlet.in_(_OUTLETS))
_LINKS: BindParameter[Any] = bindparam("links", expanding=True)
_BY_PAGE = (
    select(entry.c.link_key, entry.c.outlet, entry.c.story)
    .where(and_(entry.c.link_key.in_(_LINKS), entry.c.story.is_not(None)))
    .order_by(entry.c.id)
)
_CREDIT = (
    select(func.max(entry.c.credit)).where(and_(entry.c.story == story.c.id, entry.c.outlet == story.c.outlet))
).scalar_subquery()
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_FINGERPRINTS = select(fingerprint.c.story, fingerprint.c["keys"]).where(fingerprint.c.story.in_(_NUMBERS))
_OF_OUTLET = (
    select(fingerprint.c.story, fingerprint.c["keys"])
    .join(story, story.c.id == fingerprint.c.story)
    .where(story.c.outlet == bindparam("outlet"))
    .limit(bindparam("count"))
)
_BEFORE = _OF_OUTLET.where(story.c.id < bindparam("number")).order_by(story.c.id.desc())
_AFTER = _OF_OUTLET.where(story.c.id > bindparam("number")).order_by(story.c.id)


class Page(NamedTuple):
    """A page by its link key, at one outlet or at ``None``: at any but ``not_at``."""

    link_key: str
    outlet: str | None = None
    not_at: str = ""


class Copies:
    """Finds candidates, and keeps the fingerprints of new stories."""

    def __init__(self, connection: Connection, index: CopyIndex | None) -> None:
        """Work within the connection's transaction; only the writer has an index."""
        self._connection, self._index = connection, index

    def add(self, new: Mapping[int, bytes]) -> None:
        """Store the fingerprints of new stories, by number."""
        known = {number: keys for number, keys in new.items() if keys}
        _ADD(self._connection, [{"story": number, "keys": keys} for number, keys in known.items()])
        if self._index is not None:
            for number, keys in known.items():
                self._index.add(number, keys_of(keys))

    def replace(self, number: int, keys: bytes) -> None:
        """Store the fingerprint of a story whose words have changed. It is found by both until the index is rebuilt."""
        self._connection.execute(delete(fingerprint).where(fingerprint.c.story == number))
        self.add({number: keys})

    def candidates(
        self,
        entries: Sequence[Entry],
        pages: Mapping[str, Sequence[Page]],
        texts: Mapping[str, int],
        since: datetime,
        *,
        told_so_far: Mapping[str, int | None] = MappingProxyType({}),
    ) -> dict[str, tuple[CopyCandidate, ...]]:
        """Return stories that entries may be copies of, by entry key, the likeliest first.

        ``pages`` are those that an entry leads to, by entry key; ``texts`` maps copy digests to stories. Stories first
        seen before ``since`` are left out, unless they are at the same page. What an entry has ``told_so_far``, by its
        key, is always among them.
        """
        by_page = self._at_pages([page for each in pages.values() for page in each])
        same_page = {
            each.key: {number for page in pages.get(each.key, ()) for number in by_page.get(page, ())}
            for each in entries
        }
        alike = {each.key: self._alike(each.fingerprint, since) for each in entries}
        exact = {each.key: texts.get(each.copy_digest or "") for each in entries}
        own = {each.key: told_so_far.get(each.key) for each in entries}
        numbers = (*chain(*same_page.values(), *alike.values()), *exact.values(), *own.values())
        stories = self._stories({each for each in numbers if each is not None})
        found: dict[str, tuple[CopyCandidate, ...]] = {}
        for key, at_page in same_page.items():
            likeliest = dict.fromkeys([exact[key], *sorted(at_page), *alike[key], own[key]])
            found[key] = tuple(
                replace(told, is_same_page=number in at_page, is_exact=number == exact[key])
                for number, (first_seen, told) in ((each, stories[each]) for each in likeliest if each in stories)
                if first_seen > since or number in at_page or number == own[key]
            )
        return found

    def _alike(self, keys: bytes, since: datetime) -> list[int]:
        if not keys or self._index is None:
            return []
        self._index.catch_up(self._connection, since)
        return self._index.candidates(keys_of(keys), most=_MOST_CANDIDATES)

    def fingerprints(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return the fingerprints of stories that have one, by number."""
        found: dict[int, bytes] = {}
        for chunk in chunks(numbers):
            found.update((row[0], row[1]) for row in self._connection.execute(_FINGERPRINTS, {"numbers": chunk}))
        return found

    def fingerprints_beside(self, outlet: str, number: int, count: int) -> dict[int, bytes]:
        """Return those of an outlet's stories that came just before and just after one, up to ``count`` each."""
        values = {"outlet": outlet, "number": number, "count": count}
        rows = (row for query in (_BEFORE, _AFTER) for row in self._connection.execute(query, values))
        return {row[0]: row[1] for row in rows}

    def boilerplate(self, outlets: Collection[str]) -> dict[str, bytes]:
        """Return what is learned of outlets' boilerplate; nothing is an empty one."""
        rows = self._connection.execute(_BOILERPLATE, {"outlets": sorted(outlets)})
        return {**dict.fromkeys(outlets, b""), **{row.outlet: row.learned for row in rows}}

    def learn_boilerplate(self, outlet: str, learned: bytes) -> None:
        """Store what is learned of an outlet's boilerplate."""
        _LEARN(self._connection, [{"outlet": outlet, "learned": learned}])

    def at_pages(self, pages: Sequence[Page]) -> list[int]:
        """Return the numbers of the stories that lead to any of these pages, the oldest entry first."""
        found = self._at_pages(pages)
        return list(dict.fromkeys(number for page in pages for number in found.get(page, ())))

    def _at_pages(self, pages: Sequence[Page]) -> dict[Page, list[int]]:
        """Return the stories of the entries that lead to pages, the oldest entry first."""
        found: dict[Page, list[int]] = defaultdict(list)
        wanted = defaultdict[str, set[Page]](set)
        for page in pages:
            wanted[page.link_key].add(page)
        for chunk in chunks(list(wanted)):
            for row in self._connection.execute(_BY_PAGE, {"links": chunk}):
                for page in wanted[row.link_key]:
                    if row.outlet == page.outlet or (page.outlet is None and row.outlet != page.not_at):
                        found[page].append(row.story)
        return found

    def _stories(self, numbers: Collection[int]) -> dict[int, tuple[datetime, CopyCandidate]]:
        """Return when stories were first seen, and what they say."""
        query = select(story, _CREDIT.label("credit"))
        found = {}
        for chunk in chunks(sorted(numbers)):
            for row in self._connection.execute(query.where(story.c.id.in_(chunk))):
                told = CopyCandidate(
                    story=row.id,
                    outlet=row.outlet,
                    title=row.title,
                    html=row.html,
                    language=row.language,
                    tags=row.tags,
                    credit=row.credit or "",
                    is_confirmed=row.is_confirmed,
                )
                found[row.id] = (row.first_seen, told)
        return found
