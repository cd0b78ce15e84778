"""Events, and the stories assigned to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from syndicator.models import Event, EventAssignment, Story, placed_at
from syndicator.store.chunks import chunks
from syndicator.store.tables import event, event_member, story


class Events:
    """Reads and writes of the event tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def events_of(self, stories: Sequence[int]) -> dict[int, int]:
        """Return the events of those stories that have one."""
        found: dict[int, int] = {}
        columns = (event_member.c.story, event_member.c.event)
        for chunk in chunks(stories):
            rows = self._connection.execute(select(*columns).where(event_member.c.story.in_(chunk)))
            found.update((row.story, row.event) for row in rows)
        return found

    def record(self, assigned: Sequence[tuple[Story, EventAssignment]]) -> None:
        """Store assignments in their order. A story that has an event keeps it; one deleted meanwhile gets none."""
        numbers = [of.id for of, _ in assigned]
        done = self.events_of(numbers)
        for of, assignment in assigned:
            if of.id in done or not self._is_there(of.id):
                continue
            self._ensure(assignment.event, of)
            for gone in assignment.merged:
                self._merge(gone, assignment.event)
            self._join(of, assignment)

    def get(self, number: int) -> Event | None:
        """Return an event by its number, or the one that it has been merged into."""
        row = self._connection.execute(select(event).where(event.c.id == number)).one_or_none()
        if row is not None and row.merged_into is not None:
            return self.get(row.merged_into)
        return None if row is None else _event(row)

    def latest(self, limit: int) -> list[Event]:
        """Return the events with the latest stories."""
        query = select(event).where(event.c.merged_into.is_(None)).order_by(event.c.last_at.desc(), event.c.id.desc())
        return [_event(row) for row in self._connection.execute(query.limit(limit))]

    def members(self, number: int) -> list[tuple[int, EventAssignment]]:
        """Return the stories of an event with their assignments, oldest first."""
        query = select(event_member).where(event_member.c.event == number).order_by(event_member.c.story)
        return [(row.story, _assignment(row)) for row in self._connection.execute(query)]

    def assignment(self, of: int) -> EventAssignment | None:
        """Return how a story was assigned to its event."""
        row = self._connection.execute(select(event_member).where(event_member.c.story == of)).one_or_none()
        return None if row is None else _assignment(row)

    def assigned_since(self, since: datetime, *, after: int, limit: int) -> dict[int, int]:
        """Return up to ``limit`` stories first seen ``since`` then that have an event, from number ``after`` on."""
        query = (
            select(event_member.c.story, event_member.c.event)
            .join(story, story.c.id == event_member.c.story)
            .where(and_(event_member.c.story > after, story.c.first_seen >= since))
            .order_by(event_member.c.story)
            .limit(limit)
        )
        return {row.story: row.event for row in self._connection.execute(query)}

    def _is_there(self, number: int) -> bool:
        return self._connection.scalar(select(story.c.id).where(story.c.id == number)) is not None

    def _ensure(self, number: int, of: Story) -> None:
        """Add an event unless it is there. One that retention has deleted meanwhile begins anew with this story."""
        if self._connection.scalar(select(event.c.id).where(event.c.id == number)) is not None:
            return
        at = placed_at(of.published, of.first_seen)
        values = {"id": number, "uid": of.uid, "title": of.title, "first_at": at, "last_at": at, "stories": 0}
        self._connection.execute(insert(event).values(**values))

    def _join(self, of: Story, assignment: EventAssignment) -> None:
        at = placed_at(of.published, of.first_seen)
        values = {"score": assignment.score, "reason": assignment.reason, "related": assignment.related}
        self._connection.execute(insert(event_member).values(story=of.id, event=assignment.event, **values))
        row = self._connection.execute(select(event).where(event.c.id == assignment.event)).one()
        first, last = min(row.first_at, at), max(row.last_at, at)
        self._change(assignment.event, first_at=first, last_at=last, stories=row.stories + 1)

    def _merge(self, gone: int, into: int) -> None:
        """Move an event's stories to another. It stays, without stories, so that whoever knows it finds them."""
        rows = {row.id: row for row in self._connection.execute(select(event).where(event.c.id.in_((gone, into))))}
        old = rows.get(gone)
        if old is None or old.merged_into is not None:
            return
        kept = rows[into]
        moved = update(event_member).where(event_member.c.event == gone).values(event=into)
        self._connection.execute(moved)
        self._connection.execute(update(event).where(event.c.merged_into == gone).values(merged_into=into))
        self._change(gone, stories=0, merged_into=into)
        first, last = min(kept.first_at, old.first_at), max(kept.last_at, old.last_at)
        self._change(into, first_at=first, last_at=last, stories=kept.stories + old.stories)

    def _change(self, number: int, **values: datetime | int) -> None:
        self._connection.execute(update(event).where(event.c.id == number).values(**values))


def remove_members(connection: Connection, stories: Sequence[int]) -> None:
    """Take stories that are about to be deleted out of their events; an event without stories is deleted."""
    counting = select(event_member.c.event, func.count().label("gone")).where(event_member.c.story.in_(stories))
    counts = connection.execute(counting.group_by(event_member.c.event)).all()
    connection.execute(delete(event_member).where(event_member.c.story.in_(stories)))
    for row in counts:
        fewer = update(event).where(event.c.id == row.event).values(stories=event.c.stories - row.gone)
        connection.execute(fewer)
    empty = and_(event.c.id.in_([row.event for row in counts]), event.c.stories <= 0)
    connection.execute(delete(event).where(empty))


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.id, uid=row.uid, title=row.title, first_at=row.first_at, last_at=row.last_at, stories=row.stories
    )


def _assignment(row: Row[Any]) -> EventAssignment:
    return EventAssignment(event=row.event, reason=row.reason, score=row.score, related=row.related)
