"""Move a store to another database, row by row: every number, id and date stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    cast,
    delete,
    func,
    select,
    type_coerce,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine, UserDefinedType

from syndicator import urls
from syndicator.errors import StoreError
from syndicator.store.bulk import Insert, Update
from syndicator.store.dialects import dialect_of, first_line, open_database
from syndicator.store.search import STATE_KEYS
from syndicator.store.sqlite import BUSY_SECONDS
from syndicator.store.tables import meta, search_word
from syndicator.store.watch_tables import metadata

# Called with a table's name, how many of its rows are written, and how many there are.
Progress = Callable[[str, int, int], None]
_ROWS_AT_ONCE = 1000
# The index for searches is made anew, by a database that can have one.
_TABLES = [table for table in metadata.sorted_tables if table is not search_word]


class _WrittenJSON(UserDefinedType[str]):
    """JSON as the text that it is: read and written, it is the same to the byte."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "JSON"


class _Bytes(TypeDecorator[bytes]):
    """Bytes; SQLite has the text that is a column's default."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | str | None, dialect: object) -> bytes | None:  # noqa: ARG002
        return value.encode() if isinstance(value, str) else value


def move_store(source: str, target: str, progress: Progress) -> None:
    """Copy all that the store at the address ``source`` holds into the empty one at ``target``, whole or not at all.

    The tables at ``target`` are made if there are none. Raise StoreError if it holds anything, or if the tables of
    ``source`` are not those of this version. Nobody else may write to either.
    """
    here = open_database(source, may_migrate=False, busy=BUSY_SECONDS)
    there = open_database(target, may_migrate=True, busy=BUSY_SECONDS)
    reading = here.engine.execution_options(**here.reading)
    writing = there.engine.execution_options(is_writer=True)
    try:
        with reading.connect() as old, writing.begin() as new:
            _refuse_rows(new, target)
            for table in _TABLES:
                _copy(table, old, new, progress)
            new.execute(delete(meta).where(meta.c.key.in_(STATE_KEYS)))
    except SQLAlchemyError as error:
        raise StoreError(f"the store was not moved, and is as it was: {first_line(error)}") from error
    finally:
        here.engine.dispose()
        there.engine.dispose()


def refuse_filled(url: str) -> None:
    """Raise StoreError if the store at an address holds anything. Its tables are made if there are none."""
    there = open_database(url, may_migrate=True, busy=BUSY_SECONDS)
    try:
        with there.engine.connect() as connection:
            _refuse_rows(connection, url)
    finally:
        there.engine.dispose()


def _refuse_rows(connection: Connection, url: str) -> None:
    held = [table.name for table in _TABLES if connection.execute(select(table).limit(1)).first() is not None]
    if held:
        raise StoreError(
            f"the store {urls.redact(url)} is not empty (there are rows in {', '.join(held[:3])}): nothing was moved"
        )


def _copy(table: Table, old: Connection, new: Connection, progress: Progress) -> None:
    count = int(old.scalar(select(func.count()).select_from(table)) or 0)
    plain = Table(table.name, MetaData(), *(Column(each.name, _plain(each)) for each in table.c))
    # A row may name a later one of its own table.
    own = [each.parent.name for each in table.foreign_keys if each.column.table is table]
    insert = Insert(plain)
    done = 0
    naming: list[dict[str, Any]] = []
    for rows in _batches(table, old):
        insert(new, [{**row, **dict.fromkeys(own)} for row in rows])
        naming += [row for row in rows if any(row[name] is not None for name in own)]
        done += len(rows)
        progress(table.name, done, count)
    if own:
        Update(plain, by=[each.name for each in table.primary_key], always=own)(new, naming)
    dialect_of(new).count_from(new, table.name, dialect_of(old).last_number(old, table.name))


def _batches(table: Table, connection: Connection) -> Iterator[list[dict[str, Any]]]:
    columns = [_read(each).label(each.name) for each in table.c]
    query = select(*columns).order_by(*table.primary_key)
    found = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query).mappings()
    while some := [dict(row) for row in islice(found, _ROWS_AT_ONCE)]:
        yield some


def _plain(column: Column[Any]) -> TypeEngine[Any]:
    """Return the type of a column as the database has it: values are copied, not understood."""
    if isinstance(column.type, JSON):
        return _WrittenJSON()
    if isinstance(column.type, LargeBinary):
        return _Bytes()
    return column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type


def _read(column: Column[Any]) -> ColumnElement[Any]:
    return cast(column, Text) if isinstance(column.type, JSON) else type_coerce(column, _plain(column))
