"""What differs between databases once they are open. Everything else is SQL that all of them know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import msgspec
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from syndicator.store.search_index import SearchIndex

JSON_BY_MSGSPEC: Mapping[str, Any] = {
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}


class Dialect(Protocol):
    """How a database takes many rows at once, and what its errors mean."""

    @property
    def clock(self) -> str:
        """The SQL of what the database's clock shows, in microseconds since 1970."""

    def rows(self, types: Sequence[str], count: int) -> str:
        """Return the SQL of ``count`` given rows, as a query; with the columns ``column1``, ``column2`` and so on."""

    def values(self, rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        """Return the parameters of ``rows``."""

    def among(self, type_: str, count: int) -> str:
        """Return the SQL that a value is among ``count`` given ones of a type."""

    def given(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return the parameters of ``among``."""

    def is_conflict(self, error: DBAPIError) -> bool:
        """Return whether a transaction only met another one: run again, it may succeed."""

    def last_number(self, connection: Connection, table: str) -> int:
        """Return the last number that the database gave to a row of a table by itself; 0 if it gave none."""

    def count_from(self, connection: Connection, table: str, number: int) -> None:
        """Let the rows of a table that numbers them by itself have numbers above ``number`` from now on."""

    def search_index(self, connection: Connection) -> SearchIndex:
        """Return the index for searches, within the connection's transaction."""

    def size(self, connection: Connection) -> int:
        """Return the size of the database in bytes."""


class DatabaseFile(Protocol):
    """The file of a database that is one."""

    def beside(self, name: str) -> Path:
        """Return the path of a file that belongs to the database."""

    @property
    def identity(self) -> str:
        """What tells the database from another in its place."""

    def ensure(self, connection: Connection) -> bool:
        """Return whether the file is where it was; if not, connections must be opened again."""


class Database(NamedTuple):
    """An open database. Transactions of connections with the option ``is_writer`` run one after another.

    Those with the options ``reading`` see one snapshot. Where it ``is_shared``, other processes may work on it too.
    """

    engine: Engine
    dialect: Dialect
    file: DatabaseFile | None = None
    reading: Mapping[str, Any] = MappingProxyType({})
    is_shared: bool = False
