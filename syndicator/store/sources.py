"""Sources and endpoints: when each is due, what the last answer was, and the validators for the next question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from syndicator.models import EndpointState, Outcome, Source, Validators
from syndicator.store.schema import endpoint, source


class SourceState(NamedTuple):
    """What is remembered of a source."""

    id: str
    due_at: datetime
    working: str | None
    title: str
    polled_at: datetime | None
    good_at: datetime | None
    news_at: datetime | None
    endpoints: tuple[EndpointState, ...]


class Sources:
    """Reads and writes of the source and endpoint tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def sync(self, sources: Mapping[str, Source], now: datetime) -> None:
        """Make the due queue hold these sources: new ones are due at once, others rest until they come back."""
        columns = (source.c.id, source.c.is_active, source.c.due_at)
        known = {row.id: row for row in self._connection.execute(select(*columns))}
        for id_, new in sources.items():
            if id_ not in known:
                values = {"id": id_, "outlet": new.outlet, "is_active": True, "due_at": now}
                self._connection.execute(insert(source).values(**values))
            elif not known[id_].is_active:
                self._connection.execute(update(source).where(source.c.id == id_).values(is_active=True, due_at=now))
            elif new.interval is not None and known[id_].due_at > now + new.interval and not self._is_waiting(id_, now):
                self.postpone(id_, now + new.interval)
        for id_ in known.keys() - sources.keys():
            self._connection.execute(update(source).where(source.c.id == id_).values(is_active=False))

    def _is_waiting(self, id_: str, now: datetime) -> bool:
        """Say whether an endpoint of a source must not be asked before a later time: a server may have said so."""
        query = select(endpoint.c.url).where(and_(endpoint.c.source == id_, endpoint.c.next_try_at > now))
        return self._connection.scalar(query.limit(1)) is not None

    def due(self, now: datetime, limit: int) -> list[str]:
        """Give the ids of sources that are due, the longest waiting first."""
        query = (
            select(source.c.id)
            .where(and_(source.c.is_active, source.c.due_at <= now))
            .order_by(source.c.due_at)
            .limit(limit)
        )
        return list(self._connection.scalars(query))

    def state(self, of: Source) -> SourceState:
        """Give what is known of a source and of each of its endpoints, in the source's own order."""
        return self.states([of])[of.id]

    def states(self, of: Sequence[Source]) -> dict[str, SourceState]:
        """Give the states of several sources."""
        ids = [each.id for each in of]
        by_source: dict[str, dict[str, Row[tuple[object, ...]]]] = defaultdict(dict)
        for row in self._connection.execute(select(endpoint).where(endpoint.c.source.in_(ids))):
            by_source[row.source][row.url] = row
        rows = {row.id: row for row in self._connection.execute(select(source).where(source.c.id.in_(ids)))}
        found = ((each, rows.get(each.id)) for each in of)
        return {
            each.id: SourceState(
                id=each.id,
                due_at=row.due_at,
                working=row.working,
                title=row.title,
                polled_at=row.polled_at,
                good_at=row.good_at,
                news_at=row.news_at,
                endpoints=tuple(_endpoint(url, by_source[each.id].get(url)) for url in each.endpoints),
            )
            for each, row in found
            if row is not None
        }

    def settle(
        self,
        of: Source,
        *,
        endpoints: Sequence[EndpointState],
        due_at: datetime,
        working: str | None,
        title: str,
        has_news: bool,
        now: datetime,
    ) -> None:
        """Write down a poll's end: the endpoints that were asked, with their validators, and when it is due again."""
        values: dict[str, object] = {"due_at": due_at, "polled_at": now}
        if working is not None:
            values |= {"working": working, "good_at": now}
        if title:
            values["title"] = title
        if has_news:
            values["news_at"] = now
        self._connection.execute(update(source).where(source.c.id == of.id).values(**values))
        for state in endpoints:
            self._put(of.id, state)

    def postpone(self, id_: str, due_at: datetime) -> None:
        """Move a source's due time and nothing else."""
        self._connection.execute(update(source).where(source.c.id == id_).values(due_at=due_at))

    def most_overdue(self) -> datetime | None:
        """Give the earliest due time of all."""
        query = select(source.c.due_at).where(source.c.is_active).order_by(source.c.due_at).limit(1)
        return self._connection.scalar(query)

    def _put(self, id_: str, state: EndpointState) -> None:
        values = {
            "etag": state.validators.etag,
            "last_modified": state.validators.last_modified,
            "body_hash": state.validators.body_hash,
            "outcome": state.outcome,
            "note": state.note,
            "failures": state.failures,
            "tried_at": state.tried_at,
            "good_at": state.good_at,
            "next_try_at": state.next_try_at,
        }
        where = and_(endpoint.c.source == id_, endpoint.c.url == state.endpoint)
        if not self._connection.execute(update(endpoint).where(where).values(**values)).rowcount:
            self._connection.execute(insert(endpoint).values(source=id_, url=state.endpoint, **values))

    def forget_endpoints(self, of: Source) -> None:
        """Drop endpoints that the configuration no longer names."""
        where = and_(endpoint.c.source == of.id, endpoint.c.url.not_in(of.endpoints))
        self._connection.execute(delete(endpoint).where(where))


def _endpoint(url: str, row: Row[tuple[object, ...]] | None) -> EndpointState:
    if row is None:
        return EndpointState(endpoint=url)
    return EndpointState(
        endpoint=url,
        validators=Validators(etag=row.etag, last_modified=row.last_modified, body_hash=row.body_hash),
        outcome=Outcome(row.outcome) if row.outcome else None,
        note=row.note,
        failures=row.failures,
        tried_at=row.tried_at,
        good_at=row.good_at,
        next_try_at=row.next_try_at,
    )
