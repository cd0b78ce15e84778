"""The outbox: what happened to stories, in order of commit, and how far each consumer has come."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from syndicator.models import Change, ChangeKind
from syndicator.store.bulk import Insert
from syndicator.store.tables import change, consumer

_ADD = Insert(change, without=["id"])
_ADVANCE = Insert(consumer, by=["name"], always=["position"])


class Changes:
    """Reads and writes of the change and consumer tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def add(self, changes: Iterable[tuple[int, ChangeKind]], now: datetime) -> None:
        """Append changes of stories, given by number."""
        _ADD(self._connection, [{"story": story, "kind": kind.value, "at": now} for story, kind in changes])

    def after(self, position: int, limit: int) -> list[Change]:
        """Return up to ``limit`` changes that follow a position, in order of commit."""
        query = select(change).where(change.c.id > position).order_by(change.c.id).limit(limit)
        return [
            Change(position=row.id, story=row.story, kind=ChangeKind(row.kind), at=row.at)
            for row in self._connection.execute(query)
        ]

    def last_position(self) -> int:
        """Return the position of the newest change, 0 if there is none."""
        return int(self._connection.scalar(select(func.max(change.c.id))) or 0)

    def position_of(self, name: str) -> int:
        """Return how far a consumer has come. One that is new begins at the newest change."""
        found = self._connection.scalar(select(consumer.c.position).where(consumer.c.name == name))
        return self.last_position() if found is None else int(found)

    def advance(self, name: str, position: int) -> None:
        """Store how far a consumer has come."""
        _ADVANCE(self._connection, [{"name": name, "position": position}])

    def prune(self, consumers: Collection[str], limit: int) -> int:
        """Delete up to ``limit`` changes that every one of these consumers has handled. Return how many.

        Cursors of consumers that no longer exist are deleted: they would keep changes for ever.
        """
        self._connection.execute(delete(consumer).where(consumer.c.name.not_in(list(consumers))))
        slowest = self._connection.scalar(select(func.min(consumer.c.position)))
        until = self.last_position() if slowest is None else int(slowest)
        old = select(change.c.id).where(change.c.id <= until).order_by(change.c.id).limit(limit)
        return int(self._connection.execute(delete(change).where(change.c.id.in_(old))).rowcount)
