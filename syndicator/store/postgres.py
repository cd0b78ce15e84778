"""PostgreSQL: its connections, its transactions, and what of SQL is its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, TextClause, create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError

from syndicator.errors import StoreError
from syndicator.store.dialect import JSON_BY_MSGSPEC, Database
from syndicator.store.migrate import address_of, check_revision, migrate
from syndicator.store.search_index import SearchIndex
from syndicator.store.search_tsvector import TSVector

# Serialization failure, deadlock, and a unique key that another transaction has just taken.
_CONFLICTS = frozenset({"40001", "40P01", "23505"})
# Held by whoever writes, until the end of the transaction. A number of ours: such locks are each database's own.
_WRITERS_LOCK = 0x73796E64
_LOCK = text(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")
# Several processes take turns, each for half a second and what it has begun: so many times the usual patience.
_TURNS = 4
# Held by the daemon that publishes, and by each process for its name, as long as they work on the store.
_TRY_DAEMONS_LOCK = text(f"SELECT pg_try_advisory_lock({_WRITERS_LOCK + 1})")
_TRY_NAME = text(f"SELECT pg_try_advisory_lock({_WRITERS_LOCK}, hashtext(:name))")
_READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_SEQUENCE = text(
    "SELECT pg_get_serial_sequence(table_name, column_name) FROM information_schema.columns"
    " WHERE table_schema = current_schema AND table_name = :table AND column_name = 'id'"
)
_LAST_NUMBER = text("SELECT pg_sequence_last_value(CAST(CAST(:name AS text) AS regclass))")
_SET_NUMBER = text("SELECT setval(CAST(CAST(:name AS text) AS regclass), :number, :is_used)")
_SIZE = select(func.pg_database_size(func.current_database()))
# Of seconds, unless the address says otherwise.
_CONNECT_SECONDS = 5
# A server whose machine is gone is noticed in half a minute, not after hours.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
# The server notices a machine of ours that is gone as soon, and ends the transaction of a process that has stopped
# within one: everybody waits for it.
_OF_SERVER = {f"tcp_{name.removeprefix('tcp_')}": value for name, value in _KEEPALIVE.items()} | {
    "idle_in_transaction_session_timeout": 10_000
}


class PostgreSQL:
    """What is PostgreSQL's own; see ``dialect.Dialect``."""

    # Not ``now()``, which is when the transaction began: it may have waited for others since.
    clock = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"

    def rows(self, types: Sequence[str], count: int) -> str:  # noqa: ARG002
        """Return the rows as one array for each column: the same text for any number of them is prepared once."""
        arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
        names = ", ".join(f"column{number}" for number in range(1, len(types) + 1))
        return f"SELECT * FROM unnest({arrays}) AS given({names})"  # noqa: S608 - our own names

    def values(self, rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        """Return the values of each column."""
        return tuple(map(list, zip(*rows, strict=True)))

    def among(self, type_: str, count: int) -> str:  # noqa: ARG002
        """Return a comparison with an array."""
        return f"= ANY(%s::{type_}[])"

    def given(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return the array."""
        return (list(values),)

    def is_conflict(self, error: DBAPIError) -> bool:
        """Return whether the server says so."""
        return getattr(error.orig, "sqlstate", None) in _CONFLICTS

    def last_number(self, connection: Connection, table: str) -> int:
        """Return how far the sequence of the table's ``id`` has come."""
        name = _sequence(connection, table)
        return int(connection.scalar(_LAST_NUMBER, {"name": name}) or 0) if name else 0

    def count_from(self, connection: Connection, table: str, number: int) -> None:
        """Move the sequence of the table's ``id``, where it has one, beyond all that is there."""
        if name := _sequence(connection, table):
            highest = connection.exec_driver_sql(f"SELECT max(id) FROM {table}").scalar() or 0  # noqa: S608 - our own name
            last = max(number, highest)
            connection.execute(_SET_NUMBER, {"name": name, "number": max(last, 1), "is_used": last > 0})

    def search_index(self, connection: Connection) -> SearchIndex:
        """Return the table with a tsvector."""
        return TSVector(connection)

    def size(self, connection: Connection) -> int:
        """Return the size on the server."""
        return int(connection.scalar(_SIZE) or 0)


def _sequence(connection: Connection, table: str) -> str | None:
    """Return the sequence that numbers the rows of a table."""
    found = connection.scalar(_SEQUENCE, {"table": table})
    return None if found is None else str(found)


def open_postgres(url: str, *, may_migrate: bool, busy: float) -> Database:
    """Open a database whose tables are of this version.

    Leave nothing open, and raise, if the tables are of another version and ``may_migrate`` is false. Whoever finds
    another writer waits for ``busy`` seconds.
    """
    engine = _engine(address_of(url), busy)
    try:
        _check_encoding(engine)
        (migrate if may_migrate else check_revision)(engine)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine, PostgreSQL(), reading=_READING, is_shared=True)


@contextmanager
def hold_postgres(url: str, name: str = "") -> Iterator[Callable[[], bool]]:
    """Yield what holds a database, or a name in it, and returns whether nobody else does, on whichever machine.

    It is held until the end; but a server that is restarted forgets, and wants to be told again.
    """
    engine = _engine(address_of(url), busy=0)
    lock = _TRY_NAME.bindparams(name=name) if name else _TRY_DAEMONS_LOCK
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield partial(_hold, connection, lock)
        finally:
            _forget(connection)
            connection.close()
    finally:
        engine.dispose()


def _hold(connection: Connection, lock: TextClause) -> bool:
    """Take a lock of a session, which may have it; of a new one if it is gone with its server."""
    try:
        connection.rollback()  # of what failed before
        return bool(connection.scalar(lock))
    except DBAPIError:
        _forget(connection)
    return bool(connection.scalar(lock))


def _forget(connection: Connection) -> None:
    """End the session of a connection, without a word to the server: it may be gone."""
    connection.invalidate()
    connection.rollback()


def _engine(address: URL, busy: float) -> Engine:
    of_server = {"lock_timeout": round(1000 * _TURNS * busy), **_OF_SERVER}
    options = {
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": "syndicator",
        "options": " ".join(f"-c {name}={value}" for name, value in of_server.items()),
        **_KEEPALIVE,
    }
    arguments = {name: value for name, value in options.items() if name not in address.query}
    try:
        engine = create_engine(address, **JSON_BY_MSGSPEC, connect_args={**arguments, "client_encoding": "utf8"})
    except ImportError as error:
        raise StoreError("a store in PostgreSQL needs a driver: pip install 'syndicator[postgres]'") from error
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Let one transaction write at a time, as SQLite does: numbers rise in order of commit, and none meets another.

    The lock comes before all reads: what they see includes what the writer before has committed.
    """
    if connection.get_execution_options().get("is_writer"):
        connection.execute(_LOCK)


def _check_encoding(engine: Engine) -> None:
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if found != "UTF8":
        raise StoreError(
            f"the database is kept in {found}, which cannot hold the news of all scripts: "
            "make one with createdb --encoding=UTF8 --template=template0"
        )
