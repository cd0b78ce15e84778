"""Sources and endpoints: when each is due, what the last answer was, and the validators for the next question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, select, update

from syndicator.models import NO_HINTS, EndpointState, Outcome, PollingHints, Quarantine, Source, Validators
from syndicator.store.bulk import Update
from syndicator.store.chunks import chunks
from syndicator.store.tables import endpoint, source


class SourceState(NamedTuple):
    """What is remembered of a source."""

    id: str
    due_at: datetime
    working: str | None
    title: str
    polled_at: datetime | None
    good_at: datetime | None
    news_at: datetime | None
    polling_hints: PollingHints
    pushed_until: datetime | None
    endpoints: tuple[EndpointState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """A poll's end, to be written down: see ``Sources.record_poll``."""

    source: dict[str, Any]
    endpoints: list[dict[str, Any]]


_RECORD_SOURCE = Update(
    source,
    by=("id",),
    always=("due_at", "polled_at"),
    if_given=("working", "good_at", "title", "news_at", "polling_hints"),
)
_RECORD_ENDPOINT = Update(
    endpoint,
    by=("source", "url"),
    always=(
        "etag", "last_modified", "body_hash", "outcome", "note", "failures", "tried_at", "good_at", "next_try_at",
        "parser_crashes", "last_full_at", "redirect", "latency", "missing_archive",
    ),
    if_given=("seen_items", "quarantine"),
)  # fmt: skip


def write_records(connection: Connection, polls: Iterable[PollRecord]) -> None:
    """Write down the ends of any number of polls with two statements."""
    polls = list(polls)
    _RECORD_SOURCE(connection, [poll.source for poll in polls])
    _RECORD_ENDPOINT(connection, [row for poll in polls for row in poll.endpoints])


class Sources:
    """Reads and writes of the source and endpoint tables."""

    def __init__(self, connect: Callable[[], Connection], record_poll: Callable[[PollRecord], None]) -> None:
        """Work within a transaction, whose connection is taken when it is needed."""
        self._connect, self._record_poll = connect, record_poll

    def sync(self, sources: Mapping[str, Source], now: datetime) -> None:
        """Make the due queue hold these sources: new ones are due at once, others rest until they come back.

        Endpoints that the configuration no longer names are forgotten.
        """
        columns = (source.c.id, source.c.is_active, source.c.due_at)
        known = {row.id: row for row in self._connection.execute(select(*columns))}
        new = [
            {"id": id_, "outlet": each.outlet, "is_active": True, "due_at": now}
            for id_, each in sources.items()
            if id_ not in known
        ]
        if new:
            self._connection.execute(insert(source), new)
        self._sync_endpoints(sources)
        for id_, row in known.items():
            each = sources.get(id_)
            if each is None:
                self._connection.execute(update(source).where(source.c.id == id_).values(is_active=False))
            elif not row.is_active:
                due_at = max(row.due_at, now) if self._is_waiting(id_, now) else now
                back = update(source).where(source.c.id == id_)
                self._connection.execute(back.values(is_active=True, due_at=due_at))
            elif each.interval is not None and row.due_at > now + each.interval and not self._is_waiting(id_, now):
                self.postpone(id_, now + each.interval)

    def _sync_endpoints(self, sources: Mapping[str, Source]) -> None:
        known = {(row.source, row.url) for row in self._connection.execute(select(endpoint.c.source, endpoint.c.url))}
        wanted = {(id_, url) for id_, each in sources.items() for url in each.endpoints}
        missing = [{"source": id_, "url": url, "failures": 0.0} for id_, url in sorted(wanted - known)]
        if missing:
            self._connection.execute(insert(endpoint), missing)
        gone = [{"of": id_, "at": url} for id_, url in sorted(known - wanted) if id_ in sources]
        if gone:
            is_it = and_(endpoint.c.source == bindparam("of"), endpoint.c.url == bindparam("at"))
            self._connection.execute(delete(endpoint).where(is_it), gone)

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
        by_source: dict[str, dict[str, Row[Any]]] = defaultdict(dict)
        rows: dict[str, Row[Any]] = {}
        for ids in chunks([each.id for each in of]):
            for row in self._connection.execute(select(endpoint).where(endpoint.c.source.in_(ids))):
                by_source[row.source][row.url] = row
            rows.update((row.id, row) for row in self._connection.execute(select(source).where(source.c.id.in_(ids))))
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
                polling_hints=row.polling_hints or NO_HINTS,
                pushed_until=row.pushed_until,
                endpoints=tuple(_endpoint(url, by_source[each.id].get(url)) for url in each.endpoints),
            )
            for each, row in found
            if row is not None
        }

    def record_poll(
        self,
        of: Source,
        *,
        endpoints: Sequence[EndpointState],
        due_at: datetime,
        working: str | None,
        title: str,
        has_news: bool,
        now: datetime,
        polling_hints: PollingHints | None = None,
        items: Mapping[str, bytes] | None = None,
        quarantine: Mapping[str, Quarantine] | None = None,
    ) -> None:
        """Write down a poll's end: the endpoints that were asked, with their validators, and when it is due again.

        ``polling_hints`` is what its feed now asks for, ``items`` what their documents listed, by endpoint,
        ``quarantine`` what is newly held back or no more: the operator may have decided on others meanwhile.
        All is written with the transaction, together with the ends of other polls.
        """
        row = {"id": of.id, "due_at": due_at, "polled_at": now, "working": working, "title": title or None}
        row |= {
            "good_at": now if working else None,
            "news_at": now if has_news else None,
            "polling_hints": polling_hints,
        }
        items, quarantine = items or {}, quarantine or {}
        asked = [
            _endpoint_row(of.id, state)
            | {"seen_items": items.get(state.endpoint), "quarantine": quarantine.get(state.endpoint)}
            for state in endpoints
        ]
        self._record_poll(PollRecord(source=row, endpoints=asked))

    def hold(self, of: Source, url: str, quarantine: Quarantine) -> None:
        """Note the operator's decision on what an endpoint shows; released, it is asked again at once."""
        where = and_(endpoint.c.source == of.id, endpoint.c.url == url)
        values: dict[str, Any] = {"quarantine": quarantine.value}
        if quarantine is Quarantine.RELEASED:
            values |= {"next_try_at": None, "body_hash": None, "etag": None, "last_modified": None, "seen_items": None}
            due = func.coalesce(source.c.polled_at, source.c.due_at)
            self._connection.execute(update(source).where(source.c.id == of.id).values(due_at=due))
        self._connection.execute(update(endpoint).where(where).values(**values))

    def postpone(self, id_: str, due_at: datetime) -> None:
        """Move a source's due time and nothing else."""
        self._connection.execute(update(source).where(source.c.id == id_).values(due_at=due_at))

    def most_overdue(self) -> datetime | None:
        """Give the earliest due time of all."""
        query = select(source.c.due_at).where(source.c.is_active).order_by(source.c.due_at).limit(1)
        return self._connection.scalar(query)

    @property
    def _connection(self) -> Connection:
        return self._connect()


def _endpoint_row(of: str, state: EndpointState) -> dict[str, Any]:
    return {
        "source": of,
        "url": state.endpoint,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "body_hash": state.validators.body_hash,
        "outcome": state.outcome,
        "note": state.note,
        "failures": state.failures,
        "tried_at": state.tried_at,
        "good_at": state.good_at,
        "next_try_at": state.next_try_at,
        "parser_crashes": state.parser_crashes,
        "last_full_at": state.last_full_at,
        "redirect": state.redirect,
        "latency": state.latency,
        "missing_archive": state.missing_archive,
    }


def _endpoint(url: str, row: Row[tuple[object, ...]] | None) -> EndpointState:
    if row is None:
        return EndpointState(endpoint=url)
    return EndpointState(
        endpoint=url,
        validators=Validators(etag=row.etag, last_modified=row.last_modified, body_hash=row.body_hash),
        outcome=Outcome(row.outcome) if row.outcome else None,
        note=row.note,
        failures=row.failures,
        parser_crashes=row.parser_crashes,
        last_full_at=row.last_full_at,
        quarantine=Quarantine(row.quarantine),
        seen_items=row.seen_items or b"",
        redirect=row.redirect,
        latency=row.latency,
        missing_archive=row.missing_archive,
        tried_at=row.tried_at,
        good_at=row.good_at,
        next_try_at=row.next_try_at,
    )
