"""SQLite: one writer thread that commits in groups, three reader threads. Any SQLAlchemy URL opens, for now."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, RootTransaction, insert, select, update
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from syndicator import urls
from syndicator.errors import StoreError
from syndicator.models import PollRecord, SourceState
from syndicator.store.archives import Archives
from syndicator.store.captures import Captures
from syndicator.store.changes import Changes
from syndicator.store.copies import Copies
from syndicator.store.copy_index import CopyIndex
from syndicator.store.engine import BUSY_SECONDS, opened
from syndicator.store.entries import Entries
from syndicator.store.events import Events
from syndicator.store.feeds import Feeds
from syndicator.store.mirrors import Mirrors
from syndicator.store.on_demand import OnDemandFeeds
from syndicator.store.origins import Origins
from syndicator.store.page_checks import PageChecks
from syndicator.store.records import PendingRecord, write_records
from syndicator.store.replicas import Replicas
from syndicator.store.retention import Retention
from syndicator.store.shift import shift_times
from syndicator.store.sources import Sources
from syndicator.store.stories import Stories
from syndicator.store.subscribers import Subscribers
from syndicator.store.subscriptions import Subscriptions
from syndicator.store.tables import meta

T = TypeVar("T")
_MOST_PER_COMMIT = 100
_READERS = 3


class SQLiteTransaction:
    """One transaction; see ``api.Transaction``. Ends of polls gather in ``pending``, from all works of a commit."""

    def __init__(
        self,
        connection: Connection,
        pending: list[PendingRecord] | None = None,
        index: CopyIndex | None = None,
    ) -> None:
        """Read with ``connection``, and write too if there are ``pending`` records to add to, and an ``index``."""
        self.connection, self._pending, self._index = connection, pending, index

    @property
    def sources(self) -> Sources:
        """The due queue, the endpoints with their validators and health."""
        return Sources(self._up_to_date)

    @property
    def mirrors(self) -> Mirrors:
        """What endpoints show, what sources are recognised by."""
        return Mirrors(self.connection)

    @property
    def origins(self) -> Origins:
        """Where stories come from, also those of outlets that have left the configuration."""
        return Origins(self.connection)

    @property
    def subscriptions(self) -> Subscriptions:
        """Hubs that sources name, and subscriptions there."""
        return Subscriptions(self._up_to_date)

    @property
    def subscribers(self) -> Subscribers:
        """Subscribers at our own hub."""
        return Subscribers(self.connection)

    @property
    def entries(self) -> Entries:
        """What sources' items are known by."""
        return Entries(self.connection)

    @property
    def stories(self) -> Stories:
        """Stories and their revisions."""
        return Stories(self.connection)

    @property
    def copies(self) -> Copies:
        """Fingerprints of stories, and what an entry may be a copy of."""
        return Copies(self.connection, self._index)

    @property
    def retention(self) -> Retention:
        """Stories past retention."""
        return Retention(self.connection)

    @property
    def feeds(self) -> Feeds:
        """Output feeds and their members."""
        return Feeds(self.connection)

    @property
    def archives(self) -> Archives:
        """Archives of output feeds."""
        return Archives(self.connection)

    @property
    def replicas(self) -> Replicas:
        """What was written to copies of the readers' face."""
        return Replicas(self.connection)

    @property
    def page_checks(self) -> PageChecks:
        """Stories' pages that are looked at again."""
        return PageChecks(self.connection)

    @property
    def on_demand(self) -> OnDemandFeeds:
        """Feeds that are made when they are asked for."""
        return OnDemandFeeds(self.connection)

    @property
    def changes(self) -> Changes:
        """The outbox."""
        return Changes(self.connection)

    @property
    def events(self) -> Events:
        """Events and the stories assigned to them."""
        return Events(self.connection)

    @property
    def captures(self) -> Captures:
        """Where documents were captured."""
        return Captures(self.connection)

    def record_poll(self, record: PollRecord, rebuild: Callable[[SourceState], PollRecord]) -> None:
        """Write the end of a poll, together with those of other polls."""
        assert self._pending is not None
        self._pending.append(PendingRecord(record, rebuild))

    def shift_times(self, *, since: datetime, by: timedelta) -> None:
        """Move by a step of the clock what was planned and noted by it since ``since``."""
        shift_times(self._up_to_date(), since=since, by=by)

    def get_meta(self, key: str) -> str | None:
        """Return the value stored under ``key``."""
        return self.connection.scalar(select(meta.c.value).where(meta.c.key == key))

    def set_meta(self, key: str, value: str) -> None:
        """Store a value under ``key``."""
        done = self.connection.execute(update(meta).where(meta.c.key == key).values(value=value))
        if not done.rowcount:
            self.connection.execute(insert(meta).values(key=key, value=value))

    def add_to_counter(self, key: str, count: int) -> None:
        """Add to the number stored under ``key``."""
        self.set_meta(key, str(int(self.get_meta(key) or 0) + count))

    def _up_to_date(self) -> Connection:
        """Return the connection with all pending records written: they are about to be asked for."""
        if self._pending:
            write_records(self.connection, self._pending)
            self._pending.clear()
        return self.connection


class _Work(NamedTuple):
    """Something to be written, and who waits for it."""

    run: Callable[[SQLiteTransaction], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    may_wait: bool


_Result = tuple[_Work, Any, BaseException | None]


class SQLiteStore:
    """An open database; see ``api.Store``.

    ``write`` hands work to the single writer thread. It runs what has gathered in one transaction, and reports success
    only when all of it is on disk.
    """

    def __init__(
        self, url: str, *, patience: float = 0.0, may_migrate: bool = True, busy: float = BUSY_SECONDS
    ) -> None:
        """Open the database, and migrate it unless ``may_migrate`` is false.

        The writer waits up to ``patience`` seconds for more work that may wait, and up to ``busy`` seconds for a lock.
        Raise StoreError, having changed nothing, when the database cannot be read, comes from a newer version, or would
        have to be migrated.
        """
        try:
            self._engine, self._file = opened(url, may_migrate=may_migrate, busy=busy)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"cannot open the store {urls.redact(url)}: {_first_line(error)}") from error
        self._writing = self._engine.execution_options(is_writer=True)
        self._index = CopyIndex(*((self._file.beside("copies"), self._file.identity) if self._file else (None,)))
        self._patience = patience
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._urgent, self._is_closed = threading.Event(), False
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._writer.start()

    async def write(self, work: Callable[[SQLiteTransaction], T], *, may_wait: bool = False) -> T:
        """Run ``work`` in a transaction and return its result after the commit."""
        if self._is_closed:
            raise StoreError("the store is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Work(work, done, loop, may_wait))
        if not may_wait:
            self._urgent.set()
        return await done

    async def read(self, work: Callable[[SQLiteTransaction], T]) -> T:
        """Run ``work``, which must only read, beside the writer."""
        if self._is_closed:
            raise StoreError("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(self._read, work))

    def close(self) -> None:
        """Finish what is queued and close. Later calls change nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._queue.put(None)
        self._urgent.set()
        self._writer.join()
        self._readers.shutdown()
        self._index.close()
        self._engine.dispose()

    def _read(self, work: Callable[[SQLiteTransaction], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return work(SQLiteTransaction(connection))
        except DatabaseError as error:
            raise _classified(error) from error

    def _write_all(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = self._gather(first)
            self._commit([work for work in batch if work is not None])
            if batch[-1] is None:
                return

    def _gather(self, first: _Work) -> list[_Work | None]:
        """Return what is to be committed together; None is the last there will be.

        Wake for urgent work only: waking for every queued poll costs as much as writing it.
        """
        if first.may_wait:
            self._urgent.wait(self._patience)
        self._urgent.clear()
        batch: list[_Work | None] = [first]
        with contextlib.suppress(queue.Empty):
            while batch[-1] is not None and len(batch) < _MOST_PER_COMMIT:
                batch.append(self._queue.get_nowait())
        return batch

    def _commit(self, batch: Sequence[_Work]) -> None:
        """Commit a batch in one transaction; where that fails for a fault of one work, commit each by itself.

        Nobody learns of success before all of it is on disk.
        """
        try:
            results = self._run(batch)
        except _ReopenError:
            self._engine.dispose()
            self._commit(batch)
            return
        except Exception as error:  # noqa: BLE001 - handed on to everybody who asked for a write
            failure = _classified(error)
            if _is_readonly(failure):  # what was opened while it was so stays so
                self._engine.dispose()
            is_one_works = len(batch) > 1 and not isinstance(failure, StoreError)
            results = None if is_one_works else [(work, None, failure) for work in batch]
        if results is None:
            for work in batch:
                self._commit([work])
            return
        for loop, reported in groupby(results, key=lambda result: result[0].loop):
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_report, list(reported))

    def _transaction(self, connection: Connection) -> RootTransaction:
        """Begin a transaction, if the database's file is where it was: what is written elsewhere would be lost."""
        if self._file is not None and not self._file.ensure(connection):
            raise _ReopenError
        return connection.begin()

    def _run(self, batch: Sequence[_Work]) -> list[_Result] | None:
        """Run a batch in one transaction; take all of it back and return None if one work of several fails.

        A savepoint for each work would keep the others, and cost each that changes something a tenth of its writing.
        """
        results: list[_Result] = []
        with (
            self._index.settling(),
            self._writing.connect() as connection,
            self._transaction(connection) as transaction,
        ):
            pending: list[PendingRecord] = []
            for work in batch:
                try:
                    results.append((work, work.run(SQLiteTransaction(connection, pending, self._index)), None))
                except Exception:
                    # A full disk makes SQLite roll back by itself: that is no fault of the work.
                    if len(batch) == 1 or not _is_open(connection):
                        raise
                    transaction.rollback()
                    self._index.forget()
                    return None
            write_records(connection, pending)
        return results


class _ReopenError(Exception):
    """The database lies in a new file: connections must be opened again."""


def _is_readonly(failure: BaseException) -> bool:
    return isinstance(failure, StoreError) and "readonly" in str(failure)


def _report(results: Sequence[_Result]) -> None:
    for work, result, failure in results:
        if work.done.done():  # its waiter was cancelled
            continue
        if failure is None:
            work.done.set_result(result)
        else:
            work.done.set_exception(_classified(failure))


def _classified(failure: BaseException) -> BaseException:
    """Return a StoreError for trouble of the store itself (a full disk, a locked or damaged file), else the failure."""
    if isinstance(failure, DatabaseError) and not isinstance(failure, IntegrityError | DataError | ProgrammingError):
        return StoreError(f"the store fails: {_first_line(failure)}")
    return failure


def _is_open(connection: Connection) -> bool:
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", True))


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
