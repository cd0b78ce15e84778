"""Events, and the stories assigned to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    RowMapping,
    Text,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from syndicator.models import Event, EventAssignment, Story, placed_at
from syndicator.store.bulk import Existing, Insert, Update
from syndicator.store.chunks import chunks
from syndicator.store.tables import event, event_member, story

# One that was merged has none left. To ask for that as well would lead SQLite to the index of merged events.
_SEVERAL = event.c.stories > 1
_EXISTING_STORIES = Existing(story.c.id)
_ADD_EVENTS = Insert(event)
_ADD_MEMBERS = Insert(event_member)
_CHANGE_EVENTS = Update(event, by=("id",), always=("first_at", "last_at", "stories"))
# Made once: to build a statement costs more than to run it.
_STANDING = (
    select(event, event_member.c.event, event_member.c.reason, event_member.c.score, event_member.c.related)
    .join(event_member, event_member.c.event == event.c.id)
    .where(event_member.c.story == bindparam("of"))
)
_OUTLETS_OF = (
    select(event_member.c.story, story.c.outlet)
    .join(story, story.c.id == event_member.c.story)
    .where(event_member.c.event == bindparam("number"))
    .order_by(event_member.c.story.desc())
    .limit(bindparam("most"))
)
_BEFORE = select(func.count()).where(
    and_(event_member.c.event == bindparam("number"), event_member.c.story < bindparam("story"))
)


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
        done, there = self.events_of(numbers), self._existing(numbers)
        left = [each for each in assigned if each[0].id in there and each[0].id not in done]
        while left:
            merging = next((place for place, (_, each) in enumerate(left) if each.merged), len(left))
            self._join(left[: merging + 1])
            for gone in left[merging][1].merged if merging < len(left) else ():
                self._merge(gone, left[merging][1].event)
            left = left[merging + 1 :]

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

    def told_by_several(self, after: tuple[datetime, int] | None, limit: int) -> list[Event]:
        """Return the events of several stories with the latest ones, after the event of that time and number."""
        query = select(event).where(_SEVERAL)
        if after is not None:
            at, number = after
            query = query.where(event.c.last_at <= at, or_(event.c.last_at < at, event.c.id < number))
        newest_first = query.order_by(event.c.last_at.desc(), event.c.id.desc())
        return [_event(row) for row in self._connection.execute(newest_first.limit(limit))]

    def largest(self, since: datetime, among: int, limit: int) -> list[Event]:
        """Return those with most stories of the latest events of several stories: ``among`` so many since then."""
        latest = select(event).where(_SEVERAL, event.c.last_at >= since).order_by(event.c.last_at.desc()).limit(among)
        some = latest.subquery()
        query = select(some).order_by(some.c.stories.desc(), some.c.id.desc()).limit(limit)
        return [_event(row) for row in self._connection.execute(query)]

    def told_by(self, events: Collection[int], *, language: str = "", outlets: Collection[str] = ()) -> set[int]:
        """Return those of these events that have a story in a language, or of one of some outlets, if any are named."""
        wanted = [or_(story.c.language == language, story.c.language.startswith(f"{language}-"))] if language else []
        if outlets:
            # As an expression, or SQLite would begin with all stories of the outlets.
            wanted.append(func.coalesce(story.c.outlet, "").in_(sorted(outlets)))
        found: set[int] = set()
        for chunk in chunks(sorted(events)):
            query = select(event_member.c.event).join(story, story.c.id == event_member.c.story).distinct()
            found.update(self._connection.scalars(query.where(event_member.c.event.in_(chunk), *wanted)))
        return found

    def sizes(self, events: Collection[int]) -> dict[int, int]:
        """Return how many stories events have, by event; those that were merged are there as what they became."""
        found: dict[int, int] = {}
        left = set(events)
        columns = (event.c.id, event.c.stories, event.c.merged_into)
        while left:
            merged: set[int] = set()
            for chunk in chunks(sorted(left)):
                for id_, stories, into in self._connection.execute(select(*columns).where(event.c.id.in_(chunk))):
                    if into is None:
                        found[id_] = stories
                    else:
                        merged.add(into)
            left = merged - found.keys()
        return found

    def members_after(self, number: int, after: int, limit: int) -> list[tuple[int, EventAssignment]]:
        """Return the stories of an event numbered above ``after``, with their assignments, oldest first."""
        wanted = and_(event_member.c.event == number, event_member.c.story > after)
        query = select(event_member).where(wanted).order_by(event_member.c.story).limit(limit)
        return [(row.story, _assignment(row)) for row in self._connection.execute(query)]

    def naming(self, number: int, *, first: int, last: int) -> list[int]:
        """Return the events that one is related to by those of their stories that are numbered from first to last."""
        names = type_coerce(event_member.c.related, Text)
        is_named = and_(names != "[]", names.contains(str(number)))
        query = select(event_member).where(event_member.c.story.between(first, last), is_named)
        rows = self._connection.execute(query.order_by(event_member.c.story))
        return list(dict.fromkeys(row.event for row in rows if number in row.related))

    def members(self, number: int) -> list[tuple[int, EventAssignment]]:
        """Return the stories of an event with their assignments, oldest first."""
        query = select(event_member).where(event_member.c.event == number).order_by(event_member.c.story)
        return [(row.story, _assignment(row)) for row in self._connection.execute(query)]

    def members_of(self, events: Collection[int]) -> dict[int, list[int]]:
        """Return the numbers of the stories of events, by event, oldest first."""
        found: dict[int, list[int]] = defaultdict(list)
        columns = (event_member.c.event, event_member.c.story)
        for chunk in chunks(sorted(events)):
            query = select(*columns).where(event_member.c.event.in_(chunk)).order_by(event_member.c.story)
            for row in self._connection.execute(query):
                found[row.event].append(row.story)
        return found

    def assignment(self, of: int) -> EventAssignment | None:
        """Return how a story was assigned to its event."""
        row = self._connection.execute(select(event_member).where(event_member.c.story == of)).one_or_none()
        return None if row is None else _assignment(row)

    def standing(self, of: int) -> tuple[EventAssignment, Event] | None:
        """Return how a story was assigned to its event, and the event."""
        row = self._connection.execute(_STANDING, {"of": of}).one_or_none()
        return None if row is None else (_assignment(row), _event(row))

    def outlets_of(self, number: int, most: int) -> dict[int, str]:
        """Return the outlets of an event's latest stories by number, the oldest first."""
        rows = self._connection.execute(_OUTLETS_OF, {"number": number, "most": most}).all()
        return {row[0]: row[1] for row in reversed(rows)}

    def count_before(self, number: int, story: int) -> int:
        """Return how many of an event's stories came before one."""
        return int(self._connection.scalar(_BEFORE, {"number": number, "story": story}) or 0)

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

    def _existing(self, numbers: Sequence[int]) -> set[int]:
        return _EXISTING_STORIES(self._connection, numbers)

    def _join(self, assigned: Sequence[tuple[Story, EventAssignment]]) -> None:
        """Add stories to their events. An event that is not there, or no more, begins with the first of them."""
        known = {each["id"]: each for each in self._rows([each.event for _, each in assigned])}
        rows: dict[int, dict[str, Any]] = {}
        for of, each in assigned:
            row = rows.get(each.event) or dict(known.get(each.event) or _begun(each.event, of))
            at = placed_at(of.published, of.first_seen)
            row |= {
                "first_at": min(row["first_at"], at),
                "last_at": max(row["last_at"], at),
                "stories": row["stories"] + 1,
            }
            rows[each.event] = row
        _ADD_EVENTS(self._connection, [row for number, row in rows.items() if number not in known])
        _CHANGE_EVENTS(self._connection, [row for number, row in rows.items() if number in known])
        _ADD_MEMBERS(self._connection, [_member(of, each) for of, each in assigned])

    def _rows(self, numbers: Sequence[int]) -> list[RowMapping]:
        found: list[RowMapping] = []
        for chunk in chunks(list(dict.fromkeys(numbers))):
            found.extend(self._connection.execute(select(event).where(event.c.id.in_(chunk))).mappings())
        return found

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


def _begun(number: int, of: Story) -> dict[str, Any]:
    """Return the row of an event that a story begins, without stories."""
    at = placed_at(of.published, of.first_seen)
    times = {"first_at": at, "last_at": at}
    return {"id": number, "uid": of.uid, "title": of.title, **times, "stories": 0, "merged_into": None}


def _member(of: Story, assignment: EventAssignment) -> dict[str, Any]:
    values = {"score": assignment.score, "reason": assignment.reason, "related": assignment.related}
    return {"story": of.id, "event": assignment.event, **values}


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.id, uid=row.uid, title=row.title, first_at=row.first_at, last_at=row.last_at, stories=row.stories
    )


def _assignment(row: Row[Any]) -> EventAssignment:
    return EventAssignment(event=row.event, reason=row.reason, score=row.score, related=row.related)
