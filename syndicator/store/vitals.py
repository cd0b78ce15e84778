"""What metrics are made of: a few numbers that indexes give, and rows of sources and endpoints where asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, literal, select

from syndicator.models import Outcome, Quarantine
from syndicator.models.alerts import AlertState
from syndicator.store.dialects import dialect_of
from syndicator.store.tables import change, consumer, endpoint, feed, source, story
from syndicator.store.watch_tables import alert, door, pulse

# Made once: to build a statement costs more than to run it.
_DUE = select(source.c.due_at).where(source.c.is_active).order_by(source.c.due_at).limit(1)
_LAST_STORY = select(func.max(story.c.id))
_BEHIND = select(func.count(), func.min(feed.c.changed_at)).where(feed.c.version > feed.c.rendered)
_ALERTS = select(alert.c.kind, func.count()).where(alert.c.state == AlertState.RAISED).group_by(alert.c.kind)
_LAST_CHANGE = select(func.max(change.c.id))
_CONSUMERS = select(consumer.c.name, consumer.c.position)
_ENDPOINTS = (
    select(
        endpoint.c.source,
        endpoint.c.url,
        endpoint.c.outcome,
        endpoint.c.failures,
        endpoint.c.good_at.is_not(None),
        endpoint.c.quarantine,
    )
    .join(source, source.c.id == endpoint.c.source)
    .where(source.c.is_active)
)
_MOMENTS = (
    select(source.c.id, source.c.outlet, source.c.good_at, source.c.news_at, pulse.c.newest_at, pulse.c.silent_at)
    .join_from(source, pulse, pulse.c.subject == literal("source:") + source.c.id, isouter=True)
    .where(source.c.is_active)
    .order_by(source.c.id)
)
_CERTIFICATES = select(door.c.host, door.c.valid_until).where(door.c.valid_until.is_not(None)).order_by(door.c.host)


class StoreVitals(NamedTuple):
    """How the store is. ``lags`` are how many changes consumers have still to handle; ``size`` is in bytes.

    ``behind`` feeds are to be written, the first of them since ``behind_since``.
    """

    due_at: datetime | None
    last_story: int
    behind: int
    behind_since: datetime | None
    alerts: Mapping[str, int]
    lags: Mapping[str, int]
    size: int


class EndpointVitals(NamedTuple):
    """What the health of an endpoint rests on."""

    source: str
    url: str
    outcome: Outcome | None
    failures: float
    was_good: bool
    quarantine: Quarantine


class SourceMoments(NamedTuple):
    """When a source brought news and answered well, when its newest item came, and when it counts as silent."""

    source: str
    outlet: str
    good_at: datetime | None
    news_at: datetime | None
    newest_at: datetime | None
    silent_at: datetime | None


class Vitals:
    """Reads for metrics."""

    def __init__(self, connection: Connection) -> None:
        """Work within a transaction."""
        self._connection = connection

    def read(self) -> StoreVitals:
        """Return how the store is. No statement reads more than an index, or a small table."""
        connection = self._connection
        behind, behind_since = connection.execute(_BEHIND).one()
        last_change = int(connection.scalar(_LAST_CHANGE) or 0)
        positions = connection.execute(_CONSUMERS).tuples()
        return StoreVitals(
            due_at=connection.scalar(_DUE),
            last_story=int(connection.scalar(_LAST_STORY) or 0),
            behind=int(behind),
            behind_since=behind_since,
            alerts=dict(connection.execute(_ALERTS).tuples().all()),
            lags={name: max(0, last_change - position) for name, position in positions},
            size=dialect_of(connection).size(connection),
        )

    def endpoints(self) -> list[EndpointVitals]:
        """Return all endpoints of sources in force. This reads the whole table."""
        return [
            EndpointVitals(of, url, Outcome(outcome) if outcome else None, failures, was_good, Quarantine(quarantine))
            for of, url, outcome, failures, was_good, quarantine in self._connection.execute(_ENDPOINTS)
        ]

    def moments(self, outlet: str, *, after: str, limit: int) -> list[SourceMoments]:
        """Return the next sources in force behind one, of an outlet, or of all if that is empty; by their ids."""
        query = _MOMENTS.where(source.c.id > after).limit(limit)
        if outlet:
            query = query.where(source.c.outlet == outlet)
        return [SourceMoments(*row) for row in self._connection.execute(query)]

    def certificates(self) -> Sequence[tuple[str, datetime]]:
        """Return the hosts whose certificates are known, and until when each is valid."""
        return list(self._connection.execute(_CERTIFICATES).tuples())
