"""The databases that there are: which of them an address means, and which a connection is one of."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError

from syndicator.errors import StoreError
from syndicator.store.dialect import Database, Dialect
from syndicator.store.postgres import PostgreSQL, open_postgres
from syndicator.store.sqlite import SQLite, open_sqlite

_Open = Callable[..., Database]
_OPENERS: Mapping[str, _Open] = {"sqlite": open_sqlite, "postgresql": open_postgres, "postgres": open_postgres}
_DIALECTS: Mapping[str, Dialect] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}


def open_database(url: str, *, may_migrate: bool, busy: float) -> Database:
    """Open the database at an address: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME``."""
    backend = url.partition(":")[0].partition("+")[0]
    if backend not in _OPENERS:
        raise StoreError("an address of a store begins with sqlite:/// or postgresql://")
    try:
        return _OPENERS[backend](url, may_migrate=may_migrate, busy=busy)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "the address of the store cannot be read; it is postgresql://USER:PASSWORD@HOST:PORT/NAME, with signs such "
            "as @ and / in a password written as %40 and %2F"
        ) from error


def dialect_of(connection: Connection) -> Dialect:
    """Return what is special about a connection's database."""
    return _DIALECTS[connection.dialect.name]
