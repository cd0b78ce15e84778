"""The database: one writer thread that commits in groups, one reader thread, tables migrated on opening."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, text, update
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from syndicator import urls
from syndicator.errors import StoreError
from syndicator.store import schema
from syndicator.store.feeds import Feeds
from syndicator.store.migrate import migrate
from syndicator.store.sources import Sources
from syndicator.store.stories import Stories

T = TypeVar("T")
_MOST_PER_COMMIT = 100


@dataclass(frozen=True, slots=True)
class Transaction:
    """What can be asked and said within one transaction, by subject."""

    connection: Connection

    @property
    def sources(self) -> Sources:
        """The due queue, the endpoints with their validators and health."""
        return Sources(self.connection)

    @property
    def stories(self) -> Stories:
        """Stories, the entries they stand for, revisions, tags."""
        return Stories(self.connection)

    @property
    def feeds(self) -> Feeds:
        """Output feeds and their members."""
        return Feeds(self.connection)

    def recall(self, key: str) -> str | None:
        """Give a value remembered under ``key``."""
        return self.connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == key))

    def remember(self, key: str, value: str) -> None:
        """Keep a value under ``key``."""
        done = self.connection.execute(update(schema.meta).where(schema.meta.c.key == key).values(value=value))
        if not done.rowcount:
            self.connection.execute(insert(schema.meta).values(key=key, value=value))


class Store:
    """An open database.

    ``write`` hands work to the single writer thread, which runs what has gathered in one transaction, each piece in a
    savepoint of its own, and answers only when all of it is on disk. ``read`` sees what was committed.
    """

    def __init__(self, url: str) -> None:
        """Open and migrate.

        Raise StoreError, having changed nothing, when the database cannot be read, or comes from a newer version.
        """
        try:
            self._engine = _engine(url)
            migrate(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"cannot open the store {urls.redact(url)}: {_first_line(error)}") from error
        self._writing = self._engine.execution_options(is_writer=True)
        self._queue: queue.SimpleQueue[tuple[Callable[[Transaction], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._writer.start()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction; what it returns comes back after the commit."""
        done: Future[T] = Future()
        self._queue.put((work, done))
        # Work once begun is finished: cancelling the waiter must not cancel a commit half told.
        return await asyncio.shield(asyncio.wrap_future(done))

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work``, which must only read, beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, partial(self._read, work))

    def close(self) -> None:
        """Finish what is queued and close; call it once, last."""
        self._queue.put(None)
        self._writer.join()
        self._reader.shutdown()
        self._engine.dispose()

    def _read(self, work: Callable[[Transaction], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return work(Transaction(connection))
        except DatabaseError as error:
            raise _as_told(error) from error

    def _write_all(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, is_last = [first], False
            while len(batch) < _MOST_PER_COMMIT and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    is_last = True
                    break
                batch.append(following)
            self._commit(batch)
            if is_last:
                return

    def _commit(self, batch: list[tuple[Callable[[Transaction], Any], Future[Any]]]) -> None:
        """Run a batch in one transaction. Nobody is told of success before all of it is on disk."""
        results: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._writing.connect() as connection, connection.begin():
                for work, done in batch:
                    try:
                        with connection.begin_nested():
                            results.append((done, work(Transaction(connection)), None))
                    except Exception as error:
                        # A full disk makes SQLite roll back everything, not only this piece.
                        if not _is_open(connection):
                            raise
                        results.append((done, None, error))
        except Exception as error:  # noqa: BLE001 - handed on to everybody who asked for a write
            results = [(done, None, error) for _, done in batch]
        for done, result, failure in results:
            if failure is None:
                done.set_result(result)
            else:
                done.set_exception(_as_told(failure))


def _as_told(failure: BaseException) -> BaseException:
    """Tell trouble of the store itself (a full disk, a locked or damaged file) from faults in what was asked of it."""
    if isinstance(failure, DatabaseError) and not isinstance(failure, IntegrityError | DataError | ProgrammingError):
        return StoreError(f"the store fails: {_first_line(failure)}")
    return failure


def _is_open(connection: Connection) -> bool:
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", True))


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        if engine.url.database and engine.url.database != ":memory:":
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's own transaction handling would commit at odd moments: SQLAlchemy says BEGIN itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: with NORMAL a power cut could forget ids that readers have already seen.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.execute(text("BEGIN IMMEDIATE" if connection.get_execution_options().get("is_writer") else "BEGIN"))


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
