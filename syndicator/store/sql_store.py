"""A store in a database: one writer thread that commits in groups, three reader threads."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, RootTransaction
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError, ProgrammingError

from syndicator.errors import LateError, StoreError
from syndicator.models.workers import Claim
from syndicator.store.copy_index import CopyIndex
from syndicator.store.dialects import first_line, open_database
from syndicator.store.hosts import Hosts
from syndicator.store.records import PendingRecord, write_records
from syndicator.store.sqlite import BUSY_SECONDS
from syndicator.store.transaction import SQLTransaction
from syndicator.store.workers import SharedConfiguration

T = TypeVar("T")
_MOST_PER_COMMIT = 100
_READERS = 3
_MOST_TRIES = 5
# Seconds after which what is done is committed: over a slow line to a server, a document alone takes half of one.
_LONGEST = 0.5


class _Work(NamedTuple):
    """Something to be written, and who waits for it."""

    run: Callable[[SQLTransaction], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    may_wait: bool
    claim: Claim | None
    rules: Callable[[], str] | None


_Result = tuple[_Work, Any, BaseException | None]


class SQLStore:
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
        self._database = open_database(url, may_migrate=may_migrate, busy=busy)
        self._engine, file = self._database.engine, self._database.file
        self._reading = self._engine.execution_options(**self._database.reading)
        self._writing = self._engine.execution_options(is_writer=True)
        self._index = CopyIndex(*((file.beside("copies"), file.identity) if file else (None,)))
        self._patience = patience
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._urgent, self._is_closed = threading.Event(), False
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._writer.start()

    @property
    def is_shared(self) -> bool:
        """Whether several processes may work on it: a file is its process's own."""
        return self._database.is_shared

    async def write(
        self,
        work: Callable[[SQLTransaction], T],
        *,
        may_wait: bool = False,
        claim: Claim | None = None,
        rules: Callable[[], str] | None = None,
    ) -> T:
        """Run ``work`` in a transaction and return its result after the commit, unless it comes too late for that."""
        if self._is_closed:
            raise StoreError("the store is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Work(work, done, loop, may_wait, claim, rules))
        if not may_wait:
            self._urgent.set()
        return await done

    async def read(self, work: Callable[[SQLTransaction], T]) -> T:
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

    def _read(self, work: Callable[[SQLTransaction], T]) -> T:
        try:
            with self._reading.connect() as connection:
                return work(SQLTransaction(connection))
        except DBAPIError as error:
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
        """Commit a batch, in one transaction unless that takes long: others wait for it."""
        while batch:
            batch = batch[self._commit_some(batch) :]

    def _commit_some(self, batch: Sequence[_Work]) -> int:
        """Commit the first works of a batch in one transaction; where that fails for a fault of one, each by itself.

        Nobody learns of success before all of it is on disk. Return how many have been told.
        """
        try:
            results = self._run_until_alone(batch)
        except _ReopenError:
            self._engine.dispose()
            return 0
        except Exception as error:  # noqa: BLE001 - handed on to everybody who asked for a write
            failure = _classified(error)
            if _is_readonly(failure):  # what was opened while it was so stays so
                self._engine.dispose()
            is_one_works = len(batch) > 1 and not isinstance(failure, StoreError)
            results = None if is_one_works else [(work, None, failure) for work in batch]
        if results is None:
            for work in batch:
                self._commit([work])
            return len(batch)
        for loop, reported in groupby(results, key=lambda result: result[0].loop):
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_report, list(reported))
        return len(results)

    def _transaction(self, connection: Connection) -> RootTransaction:
        """Begin a transaction, if the database's file is where it was: what is written elsewhere would be lost."""
        file = self._database.file
        if file is not None and not file.ensure(connection):
            raise _ReopenError
        return connection.begin()

    def _run_until_alone(self, batch: Sequence[_Work]) -> list[_Result] | None:
        """Run a batch; where it meets another process that writes, again."""
        for _ in range(_MOST_TRIES - 1):
            try:
                return self._run(batch)
            except DBAPIError as error:
                if not self._database.dialect.is_conflict(error):
                    raise
        return self._run(batch)

    def _run(self, batch: Sequence[_Work]) -> list[_Result] | None:
        """Run the first works of a batch in one transaction; take all back and return None if one of several fails.

        A savepoint for each work would keep the others, and cost each that changes something a tenth of its writing.
        """
        results: list[_Result] = []
        end = time.monotonic() + _LONGEST
        with (
            self._index.settling(),
            self._writing.connect() as connection,
            self._transaction(connection) as transaction,
        ):
            pending: list[PendingRecord] = []
            is_late = _late(connection, batch)
            for work in batch:
                if late := is_late(work):
                    results.append((work, None, late))
                    continue
                if results and time.monotonic() > end:
                    break
                try:
                    results.append((work, work.run(SQLTransaction(connection, pending, self._index)), None))
                except Exception:
                    # A full disk makes SQLite roll back by itself; a server may be gone. That is no fault of the work.
                    if len(batch) == 1 or not _is_open(connection):
                        raise
                    transaction.rollback()
                    self._index.forget()
                    return None
            write_records(connection, pending)
        return results


def _late(connection: Connection, batch: Sequence[_Work]) -> Callable[[_Work], LateError | None]:
    """Return what tells why a work of a batch comes too late, if it does. Nothing of that changes in a transaction."""
    claims = {work.claim for work in batch if work.claim is not None}
    lost = Hosts(connection).lost(claims) if claims else frozenset()
    follows = any(work.rules is not None for work in batch)
    in_force = SharedConfiguration(connection).stamp()[1] if follows else ""

    def late(work: _Work) -> LateError | None:
        if work.claim in lost:
            return LateError(f"another process polls {work.claim.host} now")
        if work.rules is not None and work.rules() != in_force:
            return LateError("the daemon has put another configuration in force")
        return None

    return late


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
    """Return a StoreError for trouble of the store itself (a full disk, a server that is gone), else the failure."""
    is_works = isinstance(failure, IntegrityError | DataError | ProgrammingError)
    is_lost = isinstance(failure, DBAPIError) and failure.connection_invalidated
    if is_lost or (isinstance(failure, DatabaseError) and not is_works):
        return StoreError(f"the store fails: {first_line(failure)}")
    return failure


def _is_open(connection: Connection) -> bool:
    return not connection.invalidated and bool(getattr(connection.connection.dbapi_connection, "in_transaction", True))
