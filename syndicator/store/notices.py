"""Who is told of alerts: how far each recipient has come in the log of operations, and messages still to be sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update

from syndicator.models.alerts import AlertState, Phase
from syndicator.models.notify import FailingRecipient, Message, Notice, RecipientState
from syndicator.store.bulk import Insert
from syndicator.store.watch_tables import alert, notice, ops_event, recipient

_SAVE = Insert(recipient, by=["name"], always=["position", "state"])
_ADD = Insert(notice, without=["id", "tries", "tried_at", "sent_at", "error"], by=["key"])
# A sent notice has no due time, and neither has one that was given up.
_IS_GIVEN_UP = and_(notice.c.due_at.is_(None), notice.c.sent_at.is_(None))


class Notices:
    """Reads and writes of the recipient and notice tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within a transaction."""
        self._connection = connection

    def recipients(self) -> dict[str, tuple[int, RecipientState]]:
        """Return how far each recipient has come in the log, and what is known of it, by name."""
        rows = self._connection.execute(select(recipient.c.name, recipient.c.position, recipient.c.state))
        return {row.name: (row.position, row.state) for row in rows}

    def save(self, name: str, position: int, state: RecipientState) -> None:
        """Store how far a recipient has come, and what is known of it."""
        _SAVE(self._connection, [{"name": name, "position": position, "state": state}])

    def forget(self, names: Collection[str]) -> None:
        """Delete recipients, with all that was to be sent to them."""
        for of_name in (notice.c.recipient, recipient.c.name):
            self._connection.execute(delete(of_name.table).where(of_name.in_(list(names))))

    def open_events(self) -> list[int]:
        """Return for each alert that is open, and of which people are told, the event that tells of it."""
        is_open = and_(alert.c.state == AlertState.RAISED, ~alert.c.is_covered, alert.c.acknowledged_at.is_(None))
        tells = ops_event.c.phase.in_([Phase.RAISED, Phase.UNSTEADY, Phase.REMINDER])
        query = (
            select(func.max(ops_event.c.id))
            .where(ops_event.c.alert.in_(select(alert.c.id).where(is_open)), tells)
            .group_by(ops_event.c.alert)
        )
        return sorted(self._connection.scalars(query))

    def made_since(self, moment: datetime) -> dict[str, list[datetime]]:
        """Return when messages were made after a moment, by recipient; digests do not count."""
        query = select(notice.c.recipient, notice.c.made_at).where(notice.c.made_at > moment, notice.c.topic == "alert")
        found: dict[str, list[datetime]] = {}
        for row in self._connection.execute(query):
            found.setdefault(row.recipient, []).append(row.made_at)
        return found

    def add(self, name: str, message: Message, events: Iterable[int]) -> None:
        """Store a message to a recipient, to be sent at once; nothing if the store has it already."""
        values = {
            "recipient": name,
            "key": message.key,
            "made_at": message.made_at,
            "events": tuple(events),
            "topic": message.topic,
            "title": message.title,
            "body": message.body,
            "payload": message.payload,
            "due_at": message.made_at,
            "reached": (),
        }
        _ADD(self._connection, [values])

    def due(self, now: datetime, names: Collection[str]) -> list[str]:
        """Return to which of these recipients something is to be sent now."""
        query = select(notice.c.recipient).where(_is_due(now), notice.c.recipient.in_(list(names))).distinct()
        return sorted(self._connection.scalars(query))

    def next_due(self, name: str, now: datetime) -> Notice | None:
        """Return the oldest notice that is to be sent to a recipient now."""
        query = select(notice).where(_is_due(now), notice.c.recipient == name).order_by(notice.c.id).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _notice(row)

    def sent(self, id_: int, now: datetime, reached: Collection[str]) -> None:
        """Store that a notice has reached all addresses. What the recipient lacks from before is due, too."""
        done = {"sent_at": now, "due_at": None, "tried_at": now, "error": "", "reached": tuple(sorted(reached))}
        self._connection.execute(update(notice).where(notice.c.id == id_).values(done))
        name = select(notice.c.recipient).where(notice.c.id == id_).scalar_subquery()
        others = and_(notice.c.recipient == name, notice.c.due_at > now)
        self._connection.execute(update(notice).where(others).values(due_at=now))

    def failed(self, id_: int, now: datetime, reached: Collection[str], error: str, due_at: datetime | None) -> None:
        """Store that a notice lacks some addresses, and when they are tried again; it is given up without a time."""
        values = {
            "tries": notice.c.tries + 1,
            "tried_at": now,
            "due_at": due_at,
            "error": error,
            "reached": tuple(sorted(reached)),
        }
        self._connection.execute(update(notice).where(notice.c.id == id_).values(values))

    def held(self, id_: int, now: datetime, reached: Collection[str], due_at: datetime) -> None:
        """Store that a notice waits for a time, for which the other end is not to blame: no try is counted."""
        values = {"tried_at": now, "due_at": due_at, "reached": tuple(sorted(reached))}
        self._connection.execute(update(notice).where(notice.c.id == id_).values(values))

    def failing(self, tries: int) -> list[FailingRecipient]:
        """Return recipients whose last notices have failed so many times or were given up, since the last that came."""
        newest = select(notice.c.recipient, func.max(notice.c.id).label("id")).where(notice.c.sent_at.is_not(None))
        last_sent = newest.group_by(notice.c.recipient).subquery()
        lacks = and_(notice.c.sent_at.is_(None), or_(notice.c.tries >= tries, _IS_GIVEN_UP))
        query = (
            select(notice.c.recipient, notice.c.made_at, notice.c.error, notice.c.due_at)
            .join(last_sent, last_sent.c.recipient == notice.c.recipient, isouter=True)
            .where(lacks, or_(last_sent.c.id.is_(None), notice.c.id > last_sent.c.id))
            .order_by(notice.c.id)
        )
        found: dict[str, FailingRecipient] = {}
        for row in self._connection.execute(query):
            since = found[row.recipient].since if row.recipient in found else row.made_at
            found[row.recipient] = FailingRecipient(
                name=row.recipient, since=since, error=row.error, is_given_up=row.due_at is None
            )
        return list(found.values())

    def counts(self) -> Mapping[str, tuple[int, int, int]]:
        """Return how many notices were sent to each recipient, wait to be sent, and were given up."""
        waits = notice.c.due_at.is_not(None)
        counts = [func.count().filter(each) for each in (notice.c.sent_at.is_not(None), waits, _IS_GIVEN_UP)]
        rows = self._connection.execute(select(notice.c.recipient, *counts).group_by(notice.c.recipient))
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def prune(self, before: datetime) -> None:
        """Delete what was made before a moment and is sent or given up."""
        is_old = and_(notice.c.made_at < before, notice.c.due_at.is_(None))
        self._connection.execute(delete(notice).where(is_old))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Return whether a notice is to be sent; a new one is, whatever clock it was made by."""
    is_new = and_(notice.c.due_at.is_not(None), notice.c.tried_at.is_(None))
    return or_(notice.c.due_at <= now, is_new)


def _notice(row: Row[Any]) -> Notice:
    message = Message(
        key=row.key, topic=row.topic, title=row.title, body=row.body, payload=row.payload, made_at=row.made_at
    )
    return Notice(id=row.id, recipient=row.recipient, message=message, tries=row.tries, reached=row.reached)
