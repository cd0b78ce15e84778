"""The database: one writer thread that commits in groups, one reader thread, tables migrated on opening."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, NestedTransaction, create_engine, event, insert, select, text, update
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from syndicator import urls
from syndicator.errors import StoreError
from syndicator.store import tables
from syndicator.store.feeds import Feeds
from syndicator.store.migrate import migrate
from syndicator.store.mirrors import Mirrors
from syndicator.store.sources import PollRecord, Sources, write_records
from syndicator.store.stories import Stories
from syndicator.store.subscriptions import Subscriptions

T = TypeVar("T")
_MOST_PER_COMMIT = 100


class Transaction:
    """What can be asked and said within one transaction, by subject.

    A writing one opens a savepoint of its own when it first needs the connection. Ends of polls alone need none: they
    gather in ``polls``, from all works of a commit, and go down together.
    """

    def __init__(self, connection: Connection, polls: list[PollRecord] | None = None) -> None:
        """Read with ``connection``, and write too if there are ``polls`` to add to."""
        self._given, self._polls = connection, polls
        self._savepoint: NestedTransaction | None = None
        self._before = list(polls or ())

    @property
    def connection(self) -> Connection:
        """The connection, within a savepoint if this transaction writes."""
        if self._savepoint is None and self._polls is not None:
            self._savepoint = self._given.begin_nested()
        return self._given

    @property
    def sources(self) -> Sources:
        """The due queue, the endpoints with their validators and health."""
        return Sources(self._recorded_connection, self._record_poll)

    @property
    def mirrors(self) -> Mirrors:
        """What endpoints show, what sources are known by."""
        return Mirrors(self.connection)

    @property
    def pushes(self) -> Subscriptions:
        """Hubs that sources name, and subscriptions there."""
        return Subscriptions(self._recorded_connection)

    @property
    def stories(self) -> Stories:
        """Stories, the entries they stand for, revisions."""
        return Stories(self.connection)

    @property
    def feeds(self) -> Feeds:
        """Output feeds and their members."""
        return Feeds(self.connection)

    def count(self, key: str) -> None:
        """Add one to a number remembered under ``key``."""
        self.set_meta(key, str(int(self.get_meta(key) or 0) + 1))

    def commit(self) -> None:
        """End well."""
        if self._savepoint is not None:
            self._savepoint.commit()

    def rollback(self) -> None:
        """Take everything back."""
        if self._savepoint is not None:
            self._savepoint.rollback()
        if self._polls is not None:
            self._polls[:] = self._before

    def _record_poll(self, poll: PollRecord) -> None:
        assert self._polls is not None
        self._polls.append(poll)

    def _recorded_connection(self) -> Connection:
        """Give the connection with the ends of polls so far written down: they are about to be asked for."""
        if self._polls:
            write_records(self.connection, self._polls)
            self._polls.clear()
        return self.connection

    def get_meta(self, key: str) -> str | None:
        """Give a value remembered under ``key``."""
        return self.connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == key))

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value under ``key``."""
        done = self.connection.execute(update(tables.meta).where(tables.meta.c.key == key).values(value=value))
        if not done.rowcount:
            self.connection.execute(insert(tables.meta).values(key=key, value=value))


class _Work(NamedTuple):
    """Something to be written, and who is to be told."""

    run: Callable[[Transaction], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    may_wait: bool


class Store:
    """An open database.

    ``write`` hands work to the single writer thread, which runs what has gathered in one transaction, each piece in a
    savepoint of its own, and answers only when all of it is on disk. ``read`` sees what was committed.
    """

    def __init__(self, url: str, *, patience: float = 0.0) -> None:
        """Open and migrate.

        A writer with ``patience`` waits up to that many seconds for more work that may wait. Raise StoreError, having
        changed nothing, when the database cannot be read, or comes from a newer version.
        """
        try:
            self._engine = _engine(url)
            migrate(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"cannot open the store {urls.redact(url)}: {_first_line(error)}") from error
        self._writing = self._engine.execution_options(is_writer=True)
        self._patience = patience
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._writer.start()

    async def write(self, work: Callable[[Transaction], T], *, may_wait: bool = False) -> T:
        """Run ``work`` in a transaction; what it returns comes back after the commit.

        What ``may_wait`` is committed together with what else comes while the writer is patient. Work once begun is
        finished: cancelling the waiter does not take it back.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Work(work, done, loop, may_wait))
        if not may_wait:
            self._hurry.set()
        return await done

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work``, which must only read, beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, partial(self._read, work))

    def close(self) -> None:
        """Finish what is queued and close; call it once, last."""
        self._queue.put(None)
        self._hurry.set()
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
            batch = self._gather(first)
            self._commit([work for work in batch if work is not None])
            if batch[-1] is None:
                return

    def _gather(self, first: _Work) -> list[_Work | None]:
        """Give what is to be written together; None is the last there will be.

        Waiting is for what hurries, not for each that comes: waking up for every poll costs as much as writing it.
        """
        if first.may_wait:
            self._hurry.wait(self._patience)
        self._hurry.clear()
        batch: list[_Work | None] = [first]
        with contextlib.suppress(queue.Empty):
            while batch[-1] is not None and len(batch) < _MOST_PER_COMMIT:
                batch.append(self._queue.get_nowait())
        return batch

    def _commit(self, batch: list[_Work]) -> None:
        """Run a batch in one transaction. Nobody is told of success before all of it is on disk."""
        results: list[tuple[_Work, Any, BaseException | None]] = []
        try:
            with self._writing.connect() as connection, connection.begin():
                polls: list[PollRecord] = []
                for work in batch:
                    transaction = Transaction(connection, polls)
                    try:
                        result = work.run(transaction)
                        transaction.commit()
                    except Exception as error:
                        # A full disk makes SQLite roll back everything, not only this piece.
                        if not _is_open(connection):
                            raise
                        transaction.rollback()
                        results.append((work, None, error))
                    else:
                        results.append((work, result, None))
                write_records(connection, polls)
        except Exception as error:  # noqa: BLE001 - handed on to everybody who asked for a write
            results = [(work, None, error) for work in batch]
        for loop, told in groupby(results, key=lambda result: result[0].loop):
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_tell, list(told))


def _tell(results: list[tuple[_Work, Any, BaseException | None]]) -> None:
    for work, result, failure in results:
        if work.done.done():  # its waiter was cancelled
            continue
        if failure is None:
            work.done.set_result(result)
        else:
            work.done.set_exception(_as_told(failure))


def _as_told(failure: BaseException) -> BaseException:
    """Tell trouble of the store itself (a full disk, a locked or damaged file) from faults in what was asked of it."""
    if isinstance(failure, DatabaseError) and not isinstance(failure, IntegrityError | DataError | ProgrammingError):
        return StoreError(f"the store fails: {_first_line(failure)}")
    return failure


def _is_open(connection: Connection) -> bool:
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", True))


def _engine(url: str) -> Engine:
    engine = create_engine(
        url, json_serializer=lambda value: msgspec.json.encode(value).decode(), json_deserializer=msgspec.json.decode
    )
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
