"""The databases that there are: which of them an address means, and which a connection is one of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from syndicator import urls
from syndicator.errors import StoreError
from syndicator.store.dialect import Database, Dialect
from syndicator.store.postgres import PostgreSQL, hold_postgres, open_postgres
from syndicator.store.sqlite import SQLite, open_sqlite

_Open = Callable[..., Database]
_OPENERS: Mapping[str, _Open] = {"sqlite": open_sqlite, "postgresql": open_postgres, "postgres": open_postgres}
_DIALECTS: Mapping[str, Dialect] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}


def open_database(url: str, *, may_migrate: bool, busy: float) -> Database:
    """Open the database at an address: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME``."""
    backend = _backend(url)
    if backend not in _OPENERS:
        raise StoreError("an address of a store begins with sqlite:/// or postgresql://")
    try:
        return _OPENERS[backend](url, may_migrate=may_migrate, busy=busy)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "the address of the store cannot be read; it is postgresql://USER:PASSWORD@HOST:PORT/NAME, with signs such "
            "as @ and / in a password written as %40 and %2F"
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise _cannot_open(url, error) from error


def is_shared(url: str) -> bool:
    """Return whether several processes may work on the store at an address."""
    return _OPENERS.get(_backend(url)) is open_postgres


@contextmanager
def hold_store(url: str, name: str = "") -> Iterator[Callable[[], bool]]:
    """Yield what holds the store at an address, or a name in it, until the end, and returns whether nobody else does.

    Call it every now and then: a server that is restarted forgets. It raises StoreError, as this does, if the server
    does not answer. A file is held by the lock of the folder that it is in.
    """
    if not is_shared(url):
        yield lambda: True
        return
    with ExitStack() as stack:
        with _reached(url):
            hold = stack.enter_context(hold_postgres(url, name))

        def hold_it() -> bool:
            with _reached(url):
                return hold()

        yield hold_it


@contextmanager
def _reached(url: str) -> Iterator[None]:
    """Raise StoreError where what is done with an address fails."""
    try:
        yield
    except (SQLAlchemyError, ValueError) as error:
        raise _cannot_open(url, error) from error


def _cannot_open(url: str, error: Exception) -> StoreError:
    return StoreError(f"cannot open the store {urls.redact(url)}: {first_line(error)}")


def first_line(error: BaseException) -> str:
    """Return what a database says of an error, without the statement that SQLAlchemy adds."""
    return str(error).partition("\n")[0]


def _backend(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]


def dialect_of(connection: Connection) -> Dialect:
    """Return what is special about a connection's database."""
    return _DIALECTS[connection.dialect.name]
