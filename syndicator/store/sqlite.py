"""SQLite: its pragmas, its transactions, its file, and what of SQL is its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from syndicator.errors import StoreError
from syndicator.files import replacing
from syndicator.store.dialect import JSON_BY_MSGSPEC, Database
from syndicator.store.migrate import check_revision, migrate, sqlite_path
from syndicator.store.search_fts5 import FTS5
from syndicator.store.search_index import SearchIndex

_log = structlog.get_logger()
# A lock held for longer is trouble to tell of. Shorter than any watchdog's patience: the writer waits with everybody.
BUSY_SECONDS = 5.0
_LAST_NUMBER = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_HAS_SEQUENCE = text("SELECT 1 FROM sqlite_master WHERE name = :name AND sql LIKE '%AUTOINCREMENT%'")
_FORGET_SEQUENCE = text("DELETE FROM sqlite_sequence WHERE name = :name")
_SET_SEQUENCE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)")
_SIZE = text("select page_count * page_size from pragma_page_count(), pragma_page_size()")


class SQLite:
    """What is SQLite's own; see ``dialect.Dialect``."""

    clock = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"

    def rows(self, types: Sequence[str], count: int) -> str:
        """Return the rows as a list of placeholders."""
        row = f"({', '.join('?' * len(types))})"
        return f"VALUES {', '.join([row] * count)}"

    def values(self, rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        """Return all values of all rows, one after another."""
        return tuple(chain.from_iterable(rows))

    def among(self, type_: str, count: int) -> str:  # noqa: ARG002
        """Return a list of placeholders."""
        return f"IN ({', '.join('?' * count)})"

    def given(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return the values themselves."""
        return tuple(values)

    def is_conflict(self, error: DBAPIError) -> bool:  # noqa: ARG002
        """Return false: whoever writes has the database for himself."""
        return False

    def last_number(self, connection: Connection, table: str) -> int:
        """Return what the table of sequences has."""
        return int(connection.scalar(_LAST_NUMBER, {"name": table}) or 0)

    def count_from(self, connection: Connection, table: str, number: int) -> None:
        """Write it into the table of sequences, where the table has one."""
        if connection.scalar(_HAS_SEQUENCE, {"name": table}):
            connection.execute(_FORGET_SEQUENCE, {"name": table})
            connection.execute(_SET_SEQUENCE, {"name": table, "number": number})

    def search_index(self, connection: Connection) -> SearchIndex:
        """Return the FTS5 table."""
        return FTS5(connection)

    def size(self, connection: Connection) -> int:
        """Return the size of the file, without its log."""
        return int(connection.scalar(_SIZE) or 0)


def open_sqlite(url: str, *, may_migrate: bool, busy: float = BUSY_SECONDS) -> Database:
    """Open a database whose tables are of this version.

    Leave nothing open, and raise, if the tables are of another version and ``may_migrate`` is false. Whoever finds the
    database locked waits for ``busy`` seconds.
    """
    path = sqlite_path(url)
    file = SQLiteFile(path, may_create=may_migrate) if path is not None else None
    engine = _engine(url, file.connect if file else None, busy)
    try:
        (migrate if may_migrate else check_revision)(engine)
        if file is not None:
            file.hold()
    except BaseException:
        engine.dispose()
        raise
    return Database(engine, SQLite(), file)


class SQLiteFile:
    """The file of a database. Once it is held, another in its place is never written to, and none is made empty."""

    def __init__(self, path: Path, *, may_create: bool) -> None:
        """Make the folder. Raise StoreError if the file is missing and may not be created."""
        if not may_create and not path.exists():
            raise StoreError(f"there is no store at {path} yet: the daemon makes it at its first start")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._held = path, _identity(path)
        self._is_held = False

    def connect(self) -> sqlite3.Connection:
        """Open a connection."""
        mode = "rw" if self._is_held else "rwc"
        return sqlite3.connect(f"file:{quote(str(self._path))}?mode={mode}", uri=True, check_same_thread=False)

    def beside(self, name: str) -> Path:
        """Return the path of a file that belongs to the database, as its log does."""
        return self._path.with_name(f"{self._path.name}-{name}")

    @property
    def identity(self) -> str:
        """What tells the database from another in its place."""
        return f"{self._held}"

    def hold(self) -> None:
        """Remember the file as it lies there now."""
        self._held, self._is_held = _identity(self._path), True

    def ensure(self, connection: Connection) -> bool:
        """Return whether the file is where it was. If it was deleted, write it anew from the open ``connection``.

        In that case all connections must be opened again. Raise StoreError if that fails, or if another file lies in
        its place: that one may be older, and its owner should say what counts.
        """
        found = _identity(self._path)
        if found == self._held:
            return True
        if found is not None:
            raise StoreError(f"another file lies in the place of {self._path}: restart the daemon to work with it")
        self._restore(connection)
        return False

    def _restore(self, connection: Connection) -> None:
        """Copy what the open connection still reads; its write-ahead log, if it is left, belongs to what is gone."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._path) as new, closing(sqlite3.connect(new)) as target:
                connection.connection.dbapi_connection.backup(target)  # type: ignore[union-attr]
                for ending in ("-wal", "-shm"):
                    self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path} was deleted, and cannot be written anew: {error}") from error
        self.hold()
        _log.warning("the database was deleted and is written anew", path=str(self._path))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _engine(url: str, connect: Callable[[], sqlite3.Connection] | None, busy: float) -> Engine:
    options: dict[str, Any] = {"creator": connect} if connect else {}
    engine = create_engine(url, **JSON_BY_MSGSPEC, **options)

    def prepare(connection: Any, _record: object) -> None:
        _prepare(connection, busy)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, busy: float) -> None:
    # Python's own transaction handling would commit at odd moments: SQLAlchemy says BEGIN itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: with NORMAL a power cut could forget ids that readers have already seen.
    for pragma in (
        f"busy_timeout={round(1000 * busy)}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.execute(text("BEGIN IMMEDIATE" if connection.get_execution_options().get("is_writer") else "BEGIN"))
