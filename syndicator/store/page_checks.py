"""Stories' pages that are looked at again: which are due, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select, update

from syndicator.models import PageCheck, PageVerdict
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.tables import page_check, story

_FOUND = ("checks", "checked_at", "gone_at", "restored_at", "outcome", "note")
_ADD = Insert(page_check, without=_FOUND, by=["story"])


class WatchedStory(NamedTuple):
    """What is to be known of a story to look at its page."""

    number: int
    source: str
    link: str | None
    first_seen: datetime
    is_deleted: bool


_WATCHED = (story.c.id, story.c.source, story.c.link, story.c.first_seen, story.c.deleted_at)


class PageChecks:
    """Reads and writes of the page_check table."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def since(self, moment: datetime) -> int:
        """Return the lowest number of a story first seen at ``moment`` or later, 0 if there is none."""
        first = select(story.c.id).where(story.c.first_seen >= moment).order_by(story.c.first_seen, story.c.id)
        return int(self._connection.scalar(first.limit(1)) or 0)

    def stories(self, outlet: str, after: int, limit: int) -> list[WatchedStory]:
        """Return up to ``limit`` stories of an outlet with numbers above ``after``, in order."""
        of_it = and_(story.c.outlet == outlet, story.c.id > after)
        return self._stories(of_it, story.c.id.asc(), limit)

    def add(self, number: int, outlet: str, next_at: datetime) -> None:
        """Schedule looks at a story's page, unless it has some."""
        _ADD(self._connection, [{"story": number, "outlet": outlet, "next_at": next_at}])

    def get(self, number: int) -> PageCheck | None:
        """Return what is known of a story's page, None if it is not looked at."""
        return self.of([number]).get(number)

    def of(self, numbers: Sequence[int]) -> dict[int, PageCheck]:
        """Return what is known of stories' pages, by number."""
        found = {}
        for chunk in chunks(numbers):
            for row in self._connection.execute(select(page_check).where(page_check.c.story.in_(chunk))):
                found[row.story] = _check(row)
        return found

    def due(self, outlet: str, now: datetime) -> int | None:
        """Return the story of an outlet whose page is to be looked at next, None if no look is due.

        Those that were gone come first: the second look tells.
        """
        is_due = and_(page_check.c.outlet == outlet, page_check.c.next_at <= now)
        for where in (and_(is_due, page_check.c.gone_at.is_not(None)), is_due):
            query = select(page_check.c.story).where(where).order_by(page_check.c.next_at).limit(1)
            if (found := self._connection.scalar(query)) is not None:
                return int(found)
        return None

    def story(self, number: int) -> WatchedStory | None:
        """Return a story, None if it was deleted."""
        return next(iter(self._stories(story.c.id == number, story.c.id.asc(), 1)), None)

    def others(self, outlet: str, number: int, limit: int) -> list[WatchedStory]:
        """Return other stories of an outlet that are not known to be gone: the newest, and those next to ``number``."""
        of_it = and_(story.c.outlet == outlet, story.c.id != number, story.c.deleted_at.is_(None))
        gone = select(page_check.c.story).where(
            and_(page_check.c.story == story.c.id, page_check.c.gone_at.is_not(None))
        )
        there = and_(of_it, ~gone.exists())
        newest = self._stories(there, story.c.id.desc(), limit)
        before = self._stories(and_(there, story.c.id < number), story.c.id.desc(), limit)
        after = self._stories(and_(there, story.c.id > number), story.c.id.asc(), limit)
        ordered = [*newest[:1], *before[:1], *after[:1], *newest, *before, *after]
        return list({each.number: each for each in ordered}.values())[:limit]

    def has_others(self, outlet: str, number: int) -> bool:
        """Return whether an outlet has any other story."""
        of_it = and_(story.c.outlet == outlet, story.c.id != number)
        return self._connection.scalar(select(story.c.id).where(of_it).limit(1)) is not None

    def save(self, check: PageCheck) -> None:
        """Store what is known of a page. A page that is never looked at again and was never gone is forgotten."""
        of_it = page_check.c.story == check.story
        if check.next_at is None and check.gone_at is None:
            self._connection.execute(delete(page_check).where(of_it))
            return
        values = {
            "next_at": check.next_at,
            "checks": check.checks,
            "checked_at": check.checked_at,
            "gone_at": check.gone_at,
            "restored_at": check.restored_at,
            "outcome": check.verdict.value,
            "note": check.note,
        }
        self._connection.execute(update(page_check).where(of_it).values(**values))

    def _stories(self, where: ColumnElement[bool], order: ColumnElement[Any], limit: int) -> list[WatchedStory]:
        rows = self._connection.execute(select(*_WATCHED).where(where).order_by(order).limit(limit))
        return [WatchedStory(row.id, row.source, row.link, row.first_seen, row.deleted_at is not None) for row in rows]


def _check(row: Row[Any]) -> PageCheck:
    return PageCheck(
        story=row.story,
        outlet=row.outlet,
        next_at=row.next_at,
        checks=row.checks,
        checked_at=row.checked_at,
        gone_at=row.gone_at,
        restored_at=row.restored_at,
        verdict=PageVerdict(row.outcome or PageVerdict.UNKNOWN),
        note=row.note,
    )
