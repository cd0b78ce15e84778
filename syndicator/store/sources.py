"""Sources and endpoints: when each is due, what the last answer was, and the validators for the next request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    type_coerce,
    update,
)

from syndicator.models import (
    NO_HINTS,
    Complaint,
    EndpointState,
    Outcome,
    PollBounds,
    Quarantine,
    Source,
    SourceState,
    Validators,
)
from syndicator.models.pulses import source_subject
from syndicator.store.chunks import chunks
from syndicator.store.meta import SET_META
from syndicator.store.pulses import Pulses
from syndicator.store.tables import UNWELL, endpoint, meta, source

# No endpoint waits longer for its next try: a time beyond that was written under a wrong clock.
_LONGEST_WAIT = timedelta(days=33)
# Due times are spread by five per cent either way.
_SPREAD = 1.05
# What a feed asks not to be polled in, and what a hub pushes is polled every few hours: see ``poll.schedule``.
_LONGEST_REST, _PUSHED = timedelta(days=7), timedelta(hours=2)
_LAST_INTERVAL = "poll.interval"
# In the order of ``Complaint``. The condition is that of a partial index, word for word.
_COMPLAINTS = select(
    endpoint.c.source,
    endpoint.c.url,
    endpoint.c.outcome,
    endpoint.c.note,
    endpoint.c.failures,
    endpoint.c.tried_at,
    endpoint.c.good_at,
    endpoint.c.quarantine,
    endpoint.c.redirect,
).where(text(f"({UNWELL})"))
# As numbers: to make moments of them takes most of the time.
_MARKS = select(
    source.c.id,
    source.c.version,
    *(type_coerce(each, BigInteger) for each in (source.c.polled_at, source.c.due_at, source.c.pushed_until)),
).where(source.c.is_active)
# Where the speed of all sources' clocks is stored, in turns a day at a rate of one item a day.
SPEED = "poll.speed"
_WITHOUT_BLOBS = [column for column in endpoint.c if column.name != "seen_items"]
_ENDPOINTS = select(*_WITHOUT_BLOBS).where(endpoint.c.source.in_(bindparam("ids", expanding=True)))


class Sources:
    """Reads and writes of the source and endpoint tables."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Work within a transaction. Its connection is taken when it is needed, with all ends of polls written."""
        self._connect = connect

    @property
    def _connection(self) -> Connection:
        return self._connect()

    def sync(self, sources: Mapping[str, Source], now: datetime, bounds: PollBounds) -> None:
        """Sync the due queue with these sources: new ones are due at once, others rest until they come back.

        Endpoints that the configuration no longer names are deleted. Due times that lie beyond what the ``bounds`` or
        a source's interval allow are pulled in: the interval was lowered, or a poll ran under a wrong clock.
        """
        columns = (source.c.id, source.c.is_active, source.c.due_at, source.c.polling_hints, source.c.pushed_until)
        known = {row.id: row for row in self._connection.execute(select(*columns))}
        new = [
            {"id": id_, "outlet": each.outlet, "is_active": True, "due_at": now}
            for id_, each in sources.items()
            if id_ not in known
        ]
        if new:
            self._connection.execute(insert(source), new)
        self._sync_endpoints(sources, now)
        for id_ in known.keys() - sources.keys():
            if known[id_].is_active:
                self._set(id_, is_active=False)
        is_lowered = self._is_interval_lowered(bounds.interval)
        for id_ in known.keys() & sources.keys():
            self._pull_in(known[id_], sources[id_], now, bounds, is_lowered=is_lowered)

    def _pull_in(self, row: Row[Any], of: Source, now: datetime, bounds: PollBounds, *, is_lowered: bool) -> None:
        if not row.is_active:
            waits_until = self._waits_until(of.id, now)
            self._set(of.id, is_active=True, due_at=max(row.due_at, now) if waits_until else now)
            return
        hints = row.polling_hints or NO_HINTS
        longest = of.interval or (max(bounds.interval, hints.pause) if is_lowered else max(bounds.longest, hints.pause))
        if row.pushed_until is not None and row.pushed_until > now:
            longest = max(longest, _PUSHED)
        longest = longest * _SPREAD + (_LONGEST_REST if hints.hours or hints.days else timedelta(0))
        if row.due_at <= now + longest:
            return
        # A server may have asked for more: its endpoint is not tried before.
        latest = max(now + longest, self._waits_until(of.id, now) or now)
        if row.due_at > latest:
            self._set(of.id, due_at=latest)

    def _is_interval_lowered(self, interval: timedelta) -> bool:
        """Return whether the general interval is shorter than at the last sync, and store it."""
        before = self._connection.scalar(select(meta.c.value).where(meta.c.key == _LAST_INTERVAL))
        value = str(interval.total_seconds())
        if before != value:
            SET_META(self._connection, [{"key": _LAST_INTERVAL, "value": value}])
        return before is not None and interval.total_seconds() < float(before)

    def _sync_endpoints(self, sources: Mapping[str, Source], now: datetime) -> None:
        known = {(row.source, row.url) for row in self._connection.execute(select(endpoint.c.source, endpoint.c.url))}
        wanted = {(id_, url) for id_, each in sources.items() for url in each.endpoints}
        missing = [{"source": id_, "url": url, "failures": 0.0} for id_, url in sorted(wanted - known)]
        if missing:
            self._connection.execute(insert(endpoint), missing)
        gone = [{"of": id_, "at": url} for id_, url in sorted(known - wanted) if id_ in sources]
        if gone:
            is_it = and_(endpoint.c.source == bindparam("of"), endpoint.c.url == bindparam("at"))
            self._connection.execute(delete(endpoint).where(is_it), gone)
        is_implausible = endpoint.c.next_try_at > now + _LONGEST_WAIT
        corrected = self._connection.scalars(select(endpoint.c.source).where(is_implausible).distinct()).all()
        self._connection.execute(update(endpoint).where(is_implausible).values(next_try_at=now))
        for id_ in corrected:
            self._set(id_)

    def _waits_until(self, id_: str, now: datetime) -> datetime | None:
        """Return when the first endpoint of a source may be asked again, None if one may be asked now."""
        times = self._connection.scalars(select(endpoint.c.next_try_at).where(endpoint.c.source == id_)).all()
        waits = [each for each in times if each is not None and each > now]
        return min(waits) if waits and len(waits) == len(times) else None

    def due(self, now: datetime, limit: int) -> list[str]:
        """Return the ids of sources that are due, the longest waiting first."""
        query = (
            select(source.c.id)
            .where(and_(source.c.is_active, source.c.due_at <= now))
            .order_by(source.c.due_at)
            .limit(limit)
        )
        return list(self._connection.scalars(query))

    def state(self, of: Source) -> SourceState:
        """Return what is known of a source and of each of its endpoints, in the source's own order."""
        return self.states([of])[of.id]

    def states(self, of: Sequence[Source]) -> dict[str, SourceState]:
        """Return the states of several sources."""
        return read_states(self._connection, {each.id: each.endpoints for each in of})

    def overview(self, of: Sequence[Source]) -> dict[str, SourceState]:
        """Return the states of several sources without ``seen_items``, a few KB for each endpoint."""
        return read_states(self._connection, {each.id: each.endpoints for each in of}, with_blobs=False)

    def endpoints(self, of: Sequence[Source]) -> dict[str, tuple[EndpointState, ...]]:
        """Return the endpoints of sources that were ever polled, by source, the home first; no ``seen_items``."""
        rows: dict[str, dict[str, Row[Any]]] = defaultdict(dict)
        for some in chunks([each.id for each in of]):
            for row in self._connection.execute(_ENDPOINTS, {"ids": some}):
                rows[row.source][row.url] = row
        return {
            each.id: tuple(_endpoint(url, rows[each.id].get(url), with_blobs=False) for url in each.endpoints)
            for each in of
            if each.id in rows
        }

    def complaints(self, *, only_suspect: bool = False) -> list[Complaint]:
        """Return the endpoints that fail, are suspect or have moved: few, and found without reading the others."""
        query = _COMPLAINTS.where(endpoint.c.quarantine == Quarantine.SUSPECT) if only_suspect else _COMPLAINTS
        return [
            Complaint(
                source=row[0],
                endpoint=row[1],
                outcome=Outcome(row[2]) if row[2] else None,
                note=row[3],
                failures=row[4],
                tried_at=row[5],
                good_at=row[6],
                quarantine=Quarantine(row[7]),
                redirect=row[8],
            )
            for row in self._connection.execute(query).all()
        ]

    def polled_at(self, ids: Sequence[str]) -> dict[str, datetime | None]:
        """Return when sources were polled last."""
        found: dict[str, datetime | None] = {}
        for some in chunks(ids):
            query = select(source.c.id, source.c.polled_at).where(source.c.id.in_(some))
            found.update((row.id, row.polled_at) for row in self._connection.execute(query))
        return found

    def latest_news(self) -> list[tuple[str, int]]:
        """Return outlets with when one of their sources last brought a story, the latest first, else by id.

        Times are microseconds since 1970: to make moments of them takes most of the time.
        """
        latest = func.max(type_coerce(source.c.news_at, BigInteger))
        where = and_(source.c.is_active, source.c.news_at.is_not(None))
        query = select(source.c.outlet, latest).where(where).group_by(source.c.outlet)
        return list(self._connection.execute(query.order_by(latest.desc(), source.c.outlet)).tuples().all())

    def marks(self) -> dict[str, tuple[object, ...]]:
        """Return for each active source what is another whenever anything about it or its endpoints has changed.

        Each change that is no poll's counts its version up, except a hub's lease and a step of the clock.
        """
        return {row[0]: tuple(row[1:]) for row in self._connection.execute(_MARKS)}

    def decide_quarantine(self, of: Source, url: str, quarantine: Quarantine) -> None:
        """Store the operator's decision on what an endpoint shows. If released, it is asked again at once."""
        where = and_(endpoint.c.source == of.id, endpoint.c.url == url)
        values: dict[str, Any] = {"quarantine": quarantine.value}
        changes: dict[str, Any] = {}
        if quarantine is Quarantine.RELEASED:
            values |= {"next_try_at": None, "body_hash": None, "etag": None, "last_modified": None, "seen_items": None}
            changes["due_at"] = func.coalesce(source.c.polled_at, source.c.due_at)
        self._set(of.id, **changes)
        self._connection.execute(update(endpoint).where(where).values(**values))

    def postpone(self, id_: str, due_at: datetime) -> None:
        """Move a source's due time and nothing else."""
        self._set(id_, due_at=due_at)

    def forgive(self, endpoints: Mapping[str, str], now: datetime) -> None:
        """Take back the failures of endpoints, each with its source, and make them due at once.

        Their last answers count for nothing: they are as well as if they had not been asked.
        """
        for url, id_ in endpoints.items():
            where = and_(endpoint.c.source == id_, endpoint.c.url == url)
            self._connection.execute(update(endpoint).where(where).values(failures=0.0, outcome=None, next_try_at=None))
        for id_ in set(endpoints.values()):
            self._set(id_, due_at=now)

    def turns(self) -> dict[str, float]:
        """Return by source how often a day its clock turns at a speed of 1, where that is known."""
        query = select(source.c.id, source.c.turns).where(source.c.is_active, source.c.turns.is_not(None))
        return {row.id: row.turns for row in self._connection.execute(query)}

    def set_speed(self, speed: float) -> None:
        """Store the speed of all clocks."""
        SET_META(self._connection, [{"key": SPEED, "value": f"{speed:.6g}"}])

    def _set(self, id_: str, **values: Any) -> None:
        """Change a source for a reason that is not a poll's: a poll under way must not write over it."""
        changed = update(source).where(source.c.id == id_).values(version=source.c.version + 1, **values)
        self._connection.execute(changed)


def read_states(
    connection: Connection, of: Mapping[str, Iterable[str] | None], *, with_blobs: bool = True
) -> dict[str, SourceState]:
    """Return the states of sources by id, with the endpoints asked for in that order, or with all for None."""
    by_source: dict[str, dict[str, Row[Any]]] = defaultdict(dict)
    rows: dict[str, Row[Any]] = {}
    pulses = Pulses(connection).rows([source_subject(each) for each in of])
    speed = float(connection.scalar(select(meta.c.value).where(meta.c.key == SPEED)) or 0)
    columns = list(endpoint.c) if with_blobs else _WITHOUT_BLOBS
    for ids in chunks(list(of)):
        for found in connection.execute(select(*columns).where(endpoint.c.source.in_(ids))):
            by_source[found.source][found.url] = found
        rows.update((each.id, each) for each in connection.execute(select(source).where(source.c.id.in_(ids))))
    return {
        id_: SourceState(
            id=id_,
            due_at=row.due_at,
            working=row.working,
            title=row.title,
            polled_at=row.polled_at,
            good_at=row.good_at,
            news_at=row.news_at,
            polling_hints=row.polling_hints or NO_HINTS,
            pushed_until=row.pushed_until,
            version=row.version,
            pulse=pulses.get(source_subject(id_)),
            timing=row.timing,
            speed=speed,
            endpoints=tuple(
                _endpoint(url, by_source[id_].get(url), with_blobs=with_blobs)
                for url in (urls if urls is not None else by_source[id_])
            ),
        )
        for id_, urls in of.items()
        if (row := rows.get(id_)) is not None
    }


def _endpoint(url: str, row: Row[Any] | None, *, with_blobs: bool) -> EndpointState:
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
        seen_items=(row.seen_items or b"") if with_blobs else b"",
        redirect=row.redirect,
        latency=row.latency,
        missing_archive=row.missing_archive,
        tried_at=row.tried_at,
        good_at=row.good_at,
        good_since=row.good_since,
        next_try_at=row.next_try_at,
    )
