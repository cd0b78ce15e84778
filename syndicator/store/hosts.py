"""Hosts that processes have claimed to poll, for a lease: no two poll one at a time, and none waits for a dead one.

A claim, a renewal and a release are one statement each for any number of hosts. Leases go by the database's clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from syndicator.models.workers import Claim
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.dialects import dialect_of
from syndicator.store.tables import host, host_wait

_MICROSECOND = timedelta(microseconds=1)
# What is held for longer was claimed before the database's clock was set back.
_LONGEST = timedelta(hours=1) // _MICROSECOND
_PUT_WAITS = Insert(host_wait, by=["host"], always=["until"])


class Hosts:
    """Reads and writes of the host and host_wait tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction. Whoever claims must be the only one who writes."""
        self._connection, self._dialect = connection, dialect_of(connection)

    def held_by_others(self, worker: str) -> frozenset[str]:
        """Return the hosts that other processes than this one hold."""
        query = f"SELECT key, worker FROM host WHERE {self._is_held()}"  # noqa: S608 - our own names
        rows = self._connection.exec_driver_sql(query)
        return frozenset(row.key for row in rows if row.worker != worker)

    def claim(self, keys: Iterable[str], *, worker: str, lease: timedelta) -> list[Claim]:
        """Claim those hosts for a process that no other one holds."""
        claimed: list[Claim] = []
        for some in chunks(sorted(keys)):
            given = self._dialect.rows(("text", "text"), len(some))
            query = (
                "INSERT INTO host (key, worker, claim, held_until)"  # noqa: S608 - our own names
                f" SELECT column1, column2, 1, {self._after(lease)} FROM ({given}) AS given WHERE true"
                " ON CONFLICT (key) DO UPDATE"
                " SET worker = excluded.worker, claim = host.claim + 1, held_until = excluded.held_until"
                f" WHERE host.worker = excluded.worker OR NOT ({self._is_held()})"
                " RETURNING key, claim"
            )
            rows = self._connection.exec_driver_sql(query, self._dialect.values([(key, worker) for key in some]))
            claimed += [Claim(*row) for row in rows]
        return claimed

    def hold(self, claims: Collection[Claim], *, longer: timedelta) -> frozenset[Claim]:
        """Hold hosts ``longer`` from now on, a lease or a pause between two polls. Return those that still are ours."""
        held: set[Claim] = set()
        for some in chunks(sorted(claims)):
            query = (
                f"UPDATE host SET held_until = {self._after(longer)} FROM ({self._rows(some)}) AS given"  # noqa: S608 - our own names
                " WHERE key = column1 AND claim = column2 RETURNING key, claim"
            )
            held.update(Claim(*row) for row in self._connection.exec_driver_sql(query, self._dialect.values(some)))
        return frozenset(held)

    def lost(self, claims: Collection[Claim]) -> frozenset[Claim]:
        """Return the claims whose host another process has claimed since."""
        found: set[Claim] = set()
        for some in chunks(sorted(claims)):
            query = (
                f"SELECT key, claim FROM host JOIN ({self._rows(some)}) AS given"  # noqa: S608 - our own names
                " ON key = column1 AND claim = column2"
            )
            found.update(Claim(*row) for row in self._connection.exec_driver_sql(query, self._dialect.values(some)))
        return frozenset(claims) - found

    def put_waits(self, waits: Mapping[str, datetime], now: datetime) -> None:
        """Store until when hosts asked to be left alone; what is past is deleted."""
        self._connection.execute(delete(host_wait).where(host_wait.c.until <= now))
        _PUT_WAITS(self._connection, [{"host": key, "until": until} for key, until in sorted(waits.items())])

    def waits(self, now: datetime) -> dict[str, datetime]:
        """Return until when hosts asked to be left alone."""
        query = select(host_wait.c.host, host_wait.c.until).where(host_wait.c.until > now)
        return dict(self._connection.execute(query).tuples().all())

    def last_asked_by(self, keys: Collection[str]) -> dict[str, str]:
        """Return the process that has claimed each of these hosts last, by host."""
        found: dict[str, str] = {}
        for some in chunks(sorted(keys)):
            query = select(host.c.key, host.c.worker).where(host.c.key.in_(some))
            found.update(self._connection.execute(query).tuples().all())
        return found

    def _rows(self, claims: Sequence[Claim]) -> str:
        return self._dialect.rows(("text", "bigint"), len(claims))

    def _is_held(self) -> str:
        clock = self._dialect.clock
        return f"host.held_until > {clock} AND host.held_until <= {clock} + {_LONGEST}"

    def _after(self, span: timedelta) -> str:
        return f"{self._dialect.clock} + {span // _MICROSECOND}"
