"""Subscriptions at hubs (WebSub): what could be had, what was asked for, what is in force until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, insert, or_, select, update

from syndicator.models import HubLink, Subscription
from syndicator.store.bulk import Insert
from syndicator.store.tables import hub_link, source, subscription

_OFFER = Insert(hub_link, by=["source"], always=["hub", "topic"])


class Subscriptions:
    """Reads and writes of the hub_link and subscription tables."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Work within a transaction, whose connection is taken when it is needed."""
        self._connect = connect

    def offer(self, found: HubLink) -> None:
        """Store the hub that a source's home names; one for each source."""
        where = hub_link.c.source == found.source
        known = self._connection.execute(select(hub_link.c.hub, hub_link.c.topic).where(where)).one_or_none()
        if known is None or tuple(known) != (found.hub, found.topic):
            _OFFER(self._connection, [{"source": found.source, "hub": found.hub, "topic": found.topic}])

    def withdraw(self, of: str) -> None:
        """Delete the hub of a source whose home names none any more: a subscription there is not renewed."""
        self._connection.execute(delete(hub_link).where(hub_link.c.source == of))

    def wanted(self, now: datetime, again: timedelta, limit: int) -> list[HubLink]:
        """Return hubs of active sources without a subscription that is in force, or was asked for or refused lately."""
        holds = or_(
            and_(subscription.c.is_active, subscription.c.renew_at > now),
            and_(~subscription.c.is_active, subscription.c.asked_at > now - again),
        )
        same = and_(
            subscription.c.source == hub_link.c.source,
            subscription.c.hub == hub_link.c.hub,
            subscription.c.topic == hub_link.c.topic,
        )
        query = (
            select(hub_link)
            .join(source, and_(source.c.id == hub_link.c.source, source.c.is_active))
            .where(~exists().where(and_(same, holds)))
            .limit(limit)
        )
        return [HubLink(source=row.source, hub=row.hub, topic=row.topic) for row in self._connection.execute(query)]

    def add(self, asked: Subscription, now: datetime) -> None:
        """Store that a subscription was asked for, and delete those that have ended."""
        ended = or_(subscription.c.until < now, and_(~subscription.c.is_active, subscription.c.source == asked.source))
        self._connection.execute(delete(subscription).where(ended))
        self._connection.execute(
            insert(subscription).values(
                token=asked.token,
                source=asked.source,
                hub=asked.hub,
                topic=asked.topic,
                secret=asked.secret,
                asked_at=now,
                is_active=False,
            )
        )

    def by_token(self, token: str) -> Subscription | None:
        """Return the subscription that a callback's path names."""
        row = self._connection.execute(select(subscription).where(subscription.c.token == token)).one_or_none()
        return None if row is None else _subscription(row)

    def confirm(self, known: Subscription, *, renew_at: datetime, until: datetime) -> None:
        """Put a subscription in force."""
        in_force = {"is_active": True, "renew_at": renew_at, "until": until}
        self._connection.execute(update(subscription).where(subscription.c.token == known.token).values(in_force))
        self._connection.execute(update(source).where(source.c.id == known.source).values(pushed_until=until))

    def refuse(self, known: Subscription, now: datetime) -> None:
        """Store that the hub denies a subscription, or ends it."""
        ended = {"is_active": False, "asked_at": now, "until": None}
        self._connection.execute(update(subscription).where(subscription.c.token == known.token).values(ended))
        self._connection.execute(update(source).where(source.c.id == known.source).values(pushed_until=None))

    @property
    def _connection(self) -> Connection:
        return self._connect()


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        token=row.token,
        source=row.source,
        hub=row.hub,
        topic=row.topic,
        secret=row.secret,
        is_active=row.is_active,
        until=row.until,
    )
