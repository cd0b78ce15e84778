"""Subscribers at our own hub (WebSub): who gets which file, until when, and what came of the last delivery."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, true, update

from syndicator.models.hub import Delivered, HubRequest, Subscriber
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.tables import subscriber

_ADD = Insert(
    subscriber,
    without=["id"],
    by=["file", "callback"],
    always=["secret", "asked_at", "until", "failures", "failing_since", "tried_at", "next_try_at"],
)


class Subscribers:
    """Reads and writes of the subscriber table."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def add(self, confirmed: HubRequest, *, domain: str, digest: str, now: datetime) -> None:
        """Store a subscription, or renew it: with a new lease and secret, and past failures forgotten.

        A new subscriber has the file as it is, with ``digest``; one that renews has what was delivered last.
        """
        fresh = {
            "secret": confirmed.secret,
            "asked_at": now,
            "until": now + confirmed.lease,
            "failures": 0,
            "failing_since": None,
            "tried_at": None,
            "next_try_at": None,
        }
        of_new = {"file": confirmed.file, "callback": confirmed.callback, "domain": domain, "digest": digest}
        _ADD(self._connection, [{**of_new, **fresh}])

    def remove(self, file: str, callback: str) -> None:
        """Delete a subscription."""
        self._connection.execute(delete(subscriber).where(_is(file, callback)))

    def find(self, file: str, callback: str) -> Subscriber | None:
        """Return the subscription of a callback to a file."""
        row = self._connection.execute(select(subscriber).where(_is(file, callback))).one_or_none()
        return None if row is None else _subscriber(row)

    def get(self, id_: int) -> Subscriber | None:
        """Return a subscription as it is now."""
        row = self._connection.execute(select(subscriber).where(subscriber.c.id == id_)).one_or_none()
        return None if row is None else _subscriber(row)

    def count(self, domain: str | None = None) -> int:
        """Return how many subscriptions there are, in all or at a domain."""
        where = true() if domain is None else subscriber.c.domain == domain
        return int(self._connection.scalar(select(func.count()).select_from(subscriber).where(where)) or 0)

    def files(self) -> set[str]:
        """Return the files that somebody subscribes to."""
        return set(self._connection.scalars(select(subscriber.c.file).distinct()))

    def behind(self, digests: Mapping[str, str], now: datetime) -> list[Subscriber]:
        """Return who has not the bytes of files, by the digests of those, and need not be waited for: oldest first."""
        is_due = and_(
            subscriber.c.until > now, or_(subscriber.c.next_try_at.is_(None), subscriber.c.next_try_at <= now)
        )
        found = []
        for file, digest in digests.items():
            lacks = and_(subscriber.c.file == file, subscriber.c.digest != digest)
            query = select(subscriber).where(lacks, is_due).order_by(subscriber.c.id)
            found += [_subscriber(row) for row in self._connection.execute(query)]
        return found

    def record(self, id_: int, delivered: Delivered) -> None:
        """Store what came of a delivery."""
        values = {
            "digest": delivered.digest,
            "failures": delivered.failures,
            "failing_since": delivered.failing_since,
            "tried_at": delivered.tried_at,
            "next_try_at": delivered.next_try_at,
        }
        self._connection.execute(update(subscriber).where(subscriber.c.id == id_).values(values))

    def drop(self, id_: int) -> None:
        """Delete the subscription with a number."""
        self._connection.execute(delete(subscriber).where(subscriber.c.id == id_))

    def prune(self, now: datetime, *, gone: Collection[str] = ()) -> int:
        """Delete subscriptions whose lease has ended, and those to files that are ``gone``. Return how many."""
        removed = self._connection.execute(delete(subscriber).where(subscriber.c.until <= now)).rowcount
        for chunk in chunks(sorted(gone)):
            removed += self._connection.execute(delete(subscriber).where(subscriber.c.file.in_(chunk))).rowcount
        return int(removed)


def _is(file: str, callback: str) -> ColumnElement[bool]:
    return and_(subscriber.c.file == file, subscriber.c.callback == callback)


def _subscriber(row: Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id,
        file=row.file,
        callback=row.callback,
        domain=row.domain,
        secret=row.secret,
        until=row.until,
        delivered=Delivered(
            digest=row.digest,
            failures=row.failures,
            failing_since=row.failing_since,
            tried_at=row.tried_at,
            next_try_at=row.next_try_at,
        ),
    )
