"""Many rows in one statement, made ready once.

SQLite's driver lets go of the interpreter at every step, and then has to win it back from a busy loop: a statement for
each row costs several times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Dialect, Table, and_, bindparam, func, insert, select, update

from syndicator.store.chunks import chunks

_Row = Mapping[str, Any]
_Value = TypeVar("_Value")
_ROWS_AT_ONCE = 100


class _Columns:
    """Columns that rows give, and how a database wants their values."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._table, self.names = table, tuple(names)
        self._made: dict[str, list[tuple[str, Callable[[Any], Any] | None]]] = {}

    def bound(self, rows: Iterable[_Row], dialect: Dialect) -> tuple[Any, ...]:
        """Return all values of all rows, one after another."""
        binders = self._made.get(dialect.name) or self._make(dialect)
        given = ([bind(row[name]) if bind else row[name] for name, bind in binders] for row in rows)
        return tuple(chain.from_iterable(given))

    def places(self, rows: Sequence[_Row]) -> str:
        """Return the placeholders of as many rows."""
        row = f"({', '.join('?' * len(self.names))})"
        return ", ".join([row] * len(rows))

    def _make(self, dialect: Dialect) -> list[tuple[str, Callable[[Any], Any] | None]]:
        types = ((name, self._table.c[name].type.dialect_impl(dialect)) for name in self.names)
        made = self._made[dialect.name] = [(name, each.bind_processor(dialect)) for name, each in types]
        return made


class Insert:
    """Inserts rows that have a value for every column of a table, or all but some."""

    def __init__(self, table: Table, *, without: Collection[str] = ()) -> None:
        """Leave the columns ``without`` to the database."""
        self._table = table
        self._columns = _Columns(table, [column.name for column in table.c if column.name not in without])
        self._start = f"INSERT INTO {table.name} ({_listed(self._columns.names)}) VALUES "  # noqa: S608 - our own names

    def __call__(self, connection: Connection, rows: Sequence[_Row]) -> None:
        """Insert ``rows``, in their order."""
        if connection.dialect.name != "sqlite":
            if rows:
                connection.execute(insert(self._table), [dict(row) for row in rows])
            return
        for some in _parts(rows):
            connection.exec_driver_sql(
                self._start + self._columns.places(some), self._columns.bound(some, connection.dialect)
            )


class Existing:
    """Looks up which of many values stand in a column, whose values are what the driver takes."""

    def __init__(self, column: Column[Any]) -> None:
        """Use a column with an index."""
        self._start = f'SELECT "{column.name}" FROM {column.table.name} WHERE "{column.name}" IN '  # noqa: S608 - our own
        self._elsewhere = select(column).where(column.in_(bindparam("values", expanding=True)))

    def __call__(self, connection: Connection, values: Sequence[_Value]) -> set[_Value]:
        """Return those of ``values`` that are there."""
        found: set[_Value] = set()
        for some in chunks(values):
            if connection.dialect.name == "sqlite":
                sql = f"{self._start}({', '.join('?' * len(some))})"
                found.update(connection.exec_driver_sql(sql, tuple(some)).scalars())
            else:
                found.update(connection.scalars(self._elsewhere, {"values": some}))
        return found


class Update:
    """Update rows that are there: those with the same values in the columns ``by``.

    The columns ``if_given`` keep what they have where a row gives None.
    """

    def __init__(self, table: Table, *, by: Sequence[str], always: Sequence[str], if_given: Sequence[str] = ()) -> None:
        """Rows have a value for each of these columns."""
        self._by = tuple(by)
        self._columns = _Columns(table, (*by, *always, *if_given))
        place = {name: f"given.column{number}" for number, name in enumerate(self._columns.names, 1)}
        changes = [f'"{name}" = {place[name]}' for name in always]
        changes += [f'"{name}" = coalesce({place[name]}, {table.name}."{name}")' for name in if_given]
        same = [f'{table.name}."{name}" = {place[name]}' for name in by]
        self._start = f"UPDATE {table.name} SET {', '.join(changes)} FROM (VALUES "  # noqa: S608 - our own names
        self._end = f") AS given WHERE {' AND '.join(same)}"
        new = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in self._columns.names}
        self._elsewhere = (
            update(table)
            .where(and_(*(table.c[name] == new[name] for name in by)))
            .values({name: new[name] for name in always})
            .values({name: func.coalesce(new[name], table.c[name]) for name in if_given})
        )

    def __call__(self, connection: Connection, rows: Sequence[_Row]) -> int:
        """Change the rows, in their order. Return how many there were to change."""
        if connection.dialect.name != "sqlite":
            new = [{f"new_{name}": row[name] for name in self._columns.names} for row in rows]
            return connection.execute(self._elsewhere, new).rowcount if new else 0
        count = 0
        for some in _parts(rows, self._by):
            sql = self._start + self._columns.places(some) + self._end
            count += connection.exec_driver_sql(sql, self._columns.bound(some, connection.dialect)).rowcount
        return count


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _parts(rows: Sequence[_Row], by: Sequence[str] = ()) -> Iterator[list[_Row]]:
    """Yield rows in parts, each of which has no two for the same ``by``: of those one statement would take either."""
    part: list[_Row] = []
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        key = tuple([row[name] for name in by])
        if len(part) == _ROWS_AT_ONCE or (by and key in seen):
            yield part
            part, seen = [], set()
        part.append(row)
        seen.add(key)
    if part:
        yield part
