"""When new items arrived, and the rhythms of sources and of groups of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, literal, or_, select

from syndicator.models.pulses import Arrival, PulseRow, arrival_times, source_subject
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.tables import endpoint, source, story
from syndicator.store.watch_tables import arrival, pulse

_ADD = Insert(arrival, without=["id"])
_SAVE = Insert(pulse, by=["subject"], always=[column.name for column in pulse.c if column.name != "subject"])
# Polls are at most a day apart, and some are late.
_LATE = timedelta(hours=30)
_GROUPS = ("outlet:", "country:", "language:")


class Pulses:
    """Reads and writes of the arrival and pulse tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within a transaction."""
        self._connection = connection

    def note(
        self, source_id: str, published: Sequence[datetime | None], *, since: datetime | None, now: datetime
    ) -> None:
        """Append new items that came since a moment, by their own dates. Without it, they are the first."""
        if not published:
            return
        if since is None:
            newest = max((each for each in published if each is not None and each <= now), default=now)
            _ADD(self._connection, [_arrival(source_id, newest, now, is_first=True)])
            return
        is_late = now - since > _LATE
        times = arrival_times(published, since=since, now=now)
        _ADD(self._connection, [_arrival(source_id, at, now, is_late=is_late) for at in times])

    def arrivals(self, limit: int) -> list[Arrival]:
        """Return the next items that nothing was learned from yet, in order of commit."""
        query = select(arrival).order_by(arrival.c.id).limit(limit)
        return [
            Arrival(row.id, row.source, row.at, row.seen_at, row.is_first, row.is_late)
            for row in self._connection.execute(query)
        ]

    def forget_arrivals(self, until: int) -> None:
        """Delete items up to a number: they have been learned from."""
        self._connection.execute(delete(arrival).where(arrival.c.id <= until))

    def waiting(self, limit: int) -> list[str]:
        """Return the sources of the next items that nothing was learned from yet."""
        return list(self._connection.scalars(select(arrival.c.source).order_by(arrival.c.id).limit(limit)))

    def rows(self, subjects: Sequence[str]) -> dict[str, PulseRow]:
        """Return rhythms by subject."""
        found: dict[str, PulseRow] = {}
        for some in chunks(subjects):
            rows = self._connection.execute(select(pulse).where(pulse.c.subject.in_(some)))
            found.update((row.subject, _row(row)) for row in rows)
        return found

    def after(self, subject: str, limit: int) -> list[PulseRow]:
        """Return the next rhythms, in order of their subjects."""
        query = select(pulse).where(pulse.c.subject > subject).order_by(pulse.c.subject).limit(limit)
        return [_row(row) for row in self._connection.execute(query)]

    def groups(self) -> list[PulseRow]:
        """Return the rhythms of groups."""
        is_group = or_(*(pulse.c.subject.startswith(each) for each in _GROUPS))
        return [_row(row) for row in self._connection.execute(select(pulse).where(is_group))]

    def quiet(self, now: datetime) -> dict[str, datetime | None]:
        """Return the subjects of rhythms that are quiet by now, each with when it is silent."""
        query = select(pulse.c.subject, pulse.c.silent_at).where(pulse.c.quiet_at <= now).order_by(pulse.c.subject)
        return dict(self._connection.execute(query).tuples().all())

    def thinned(self) -> list[str]:
        """Return the subjects of rhythms that are thinned."""
        query = select(pulse.c.subject).where(pulse.c.thinned_at.is_not(None)).order_by(pulse.c.subject)
        return list(self._connection.scalars(query))

    def save(self, rows: Sequence[PulseRow]) -> None:
        """Store rhythms, in place of those before."""
        _SAVE(self._connection, [each._asdict() for each in rows])

    def forget(self, subjects: Sequence[str]) -> None:
        """Delete rhythms."""
        for some in chunks(subjects):
            self._connection.execute(delete(pulse).where(pulse.c.subject.in_(some)))

    def without_source(self, within: timedelta) -> list[str]:
        """Return the subjects of sources that are gone, and were not polled within a time of the last poll of all."""
        last = self._connection.scalar(select(func.max(source.c.polled_at)))
        if last is None:
            return []
        kept = select(literal(source_subject("")) + source.c.id).where(
            or_(source.c.is_active, source.c.polled_at >= last - within)
        )
        is_gone = and_(pulse.c.subject.startswith(source_subject("")), pulse.c.subject.not_in(kept))
        return list(self._connection.scalars(select(pulse.c.subject).where(is_gone)))

    def answered_at(self, sources: Iterable[str]) -> dict[str, datetime]:
        """Return when sources last answered well: those that ever did."""
        found: dict[str, datetime] = {}
        for some in chunks(sorted(set(sources))):
            query = select(source.c.id, source.c.good_at).where(source.c.id.in_(some), source.c.good_at.is_not(None))
            found.update(self._connection.execute(query).tuples().all())
        return found

    def endpoints_answered_at(self, source_id: str, since: datetime) -> list[tuple[str, datetime]]:
        """Return the addresses of a source that have answered well since a moment, each with when it last did."""
        query = (
            select(endpoint.c.url, endpoint.c.good_at)
            .where(endpoint.c.source == source_id, endpoint.c.good_at >= since)
            .order_by(endpoint.c.url)
        )
        return [(row.url, row.good_at) for row in self._connection.execute(query)]

    def last_title(self, outlet: str, source_id: str | None = None) -> str | None:
        """Return the headline of the newest story of an outlet, or of one of its sources."""
        where = story.c.outlet == outlet
        if source_id is not None:
            where = and_(where, story.c.source == source_id)
        return self._connection.scalar(select(story.c.title).where(where).order_by(story.c.id.desc()).limit(1))


def _arrival(
    source_id: str, at: datetime, seen_at: datetime, *, is_first: bool = False, is_late: bool = False
) -> dict[str, object]:
    return {"source": source_id, "at": at, "seen_at": seen_at, "is_first": is_first, "is_late": is_late}


def _row(row: Row[Any]) -> PulseRow:
    return PulseRow(
        subject=row.subject,
        state=row.state,
        begun_at=row.begun_at,
        newest_at=row.newest_at,
        quiet_at=row.quiet_at,
        silent_at=row.silent_at,
        thinned_at=row.thinned_at,
        members=row.members,
    )
