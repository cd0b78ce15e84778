"""The stories of one outlet, as readers ask for them: the latest, those rewritten, copied and taken away.

Each read follows an index from the outlet to its own stories, and is bounded: none costs more in a larger store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    exists,
    func,
    literal_column,
    select,
    type_coerce,
)

from syndicator.models import Verdict
from syndicator.store.tables import entry, page_check, revision, story


class Retitling(NamedTuple):
    """A headline that an outlet wrote anew: when, what it was and what it became."""

    story: int
    at: datetime
    before: str
    after: str


class Removal(NamedTuple):
    """A story whose page is gone."""

    story: int
    since: datetime


class Carried(NamedTuple):
    """How many of a source's latest ``items`` were copies of others' stories."""

    copies: int
    items: int


class OutletStories:
    """Reads of the stories of an outlet."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def latest(self, outlet: str, limit: int, *, below: int = 0) -> list[int]:
        """Return the numbers of an outlet's latest stories, those below a number if one is given."""
        of_it = _of(outlet) if not below else and_(_of(outlet), story.c.id < below)
        query = select(story.c.id).where(of_it).order_by(story.c.id.desc()).limit(limit)
        return list(self._connection.scalars(query))

    def carried_by(self, outlet: str, limit: int) -> list[int]:
        """Return the numbers of some stories that an outlet has or had, its own or copies of others'."""
        of_it = and_(entry.c.outlet == outlet, entry.c.story.is_not(None))
        return list(self._connection.scalars(select(entry.c.story).where(of_it).limit(limit)))

    def retitlings(self, outlet: str, since: int) -> list[tuple[int, int]]:
        """Return the changes of headlines of an outlet's stories from number ``since`` on, each with its story.

        The latest come first.
        """
        of_it = and_(_of(outlet), story.c.id >= since, _RETITLES)
        query = select(revision.c.id, revision.c.story).join(story, story.c.id == revision.c.story).where(of_it)
        return [(row[0], row[1]) for row in self._connection.execute(query.order_by(revision.c.id.desc()))]

    def retitled(self, changes: Sequence[int]) -> list[Retitling]:
        """Return changes of headlines by their numbers, the latest first; each against the headline that followed."""
        columns = (revision.c.id, revision.c.story, revision.c.replaced_at, revision.c.title)
        of_them = select(revision.c.story).where(revision.c.id.in_(changes))
        now = dict(
            self._connection.execute(select(story.c.id, story.c.title).where(story.c.id.in_(of_them))).tuples().all()
        )
        wanted, found = frozenset(changes), list[Retitling]()
        latest_first = select(*columns).where(revision.c.story.in_(of_them)).order_by(revision.c.id.desc())
        for number, of, at, title in self._connection.execute(latest_first).tuples():
            if number in wanted:
                found.append(Retitling(of, at, title, now[of]))
            now[of] = title
        return found

    def removed(self, outlet: str, since: datetime, limit: int) -> list[Removal]:
        """Return the stories of an outlet whose pages are gone since a moment or later, the latest first."""
        query = (
            select(page_check.c.story, story.c.deleted_at)
            .join(story, story.c.id == page_check.c.story)
            .where(page_check.c.outlet == outlet, page_check.c.gone_at >= since, story.c.deleted_at.is_not(None))
            .order_by(story.c.deleted_at.desc(), page_check.c.story.desc())
            .limit(limit)
        )
        return [Removal(row.story, row.deleted_at) for row in self._connection.execute(query)]

    def copied_by_others(self, outlet: str, since: int) -> list[int]:
        """Return the numbers of an outlet's stories from number ``since`` on that others carry as well."""
        by_other = exists().where(entry.c.story == story.c.id, entry.c.outlet != story.c.outlet)
        return list(self._connection.scalars(select(story.c.id).where(_of(outlet), story.c.id >= since, by_other)))

    def carried(self, source: str, since: datetime, most: int) -> Carried:
        """Return how many of the latest items of a source, ``most`` at most, were copies, of those seen since then."""
        latest = _latest_entries(source, most).subquery()
        count = func.count()
        is_copy = entry.c.verdict == Verdict.COPY.value
        query = (
            select(count.filter(is_copy), count)
            .select_from(latest.join(entry, entry.c.id == latest.c.id))
            .where(entry.c.seen_at >= since)
        )
        row = self._connection.execute(query).one()
        return Carried(int(row[0]), int(row[1]))


# What the index of names has between spaces: a headline that was rewritten, with its text or without.
_RETITLES = revision.c.changed.in_([("title",), ("title", "text")])


def _of(outlet: str) -> ColumnElement[bool]:
    return story.c.outlet == outlet


def _latest_entries(source: str, most: int) -> Select[tuple[int]]:
    """Select a source's latest entries, from the index of its keys alone.

    The sign has SQLite sort what that index has of the source: else it would walk the entries of all sources.
    """
    newest = type_coerce(literal_column("+entry.id"), Integer).desc()
    return select(entry.c.id).where(entry.c.source == source).order_by(newest).limit(most)
