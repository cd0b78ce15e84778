"""Many rows in one statement, made ready once.

SQLite's driver lets go of the interpreter at every step, and then has to win it back from a busy loop, and PostgreSQL's
waits for the server: a statement for each row costs several times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, CursorResult, Dialect, Table

from syndicator.store.chunks import chunks
from syndicator.store.dialects import dialect_of

_Row = Mapping[str, Any]
_Value = TypeVar("_Value")
_ROWS_AT_ONCE = 100


class _Made(NamedTuple):
    """How a database wants the values of some columns, and what it calls their types."""

    binders: Sequence[tuple[str, Callable[[Any], Any] | None]]
    types: Sequence[str]


class _Columns:
    """Columns that rows give."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._table, self.names = table, tuple(names)
        self._made: dict[str, _Made] = {}

    def execute(
        self, connection: Connection, start: str, rows: Sequence[_Row], end: str = "", *, is_nested: bool = False
    ) -> CursorResult[Any]:
        """Run the statement that has the given rows between ``start`` and ``end``."""
        made = self._made.get(connection.dialect.name) or self._make(connection.dialect)
        bound = [[bind(row[name]) if bind else row[name] for name, bind in made.binders] for row in rows]
        dialect = dialect_of(connection)
        given = dialect.rows(made.types, len(rows))
        query = f"{start} ({given}) {end}" if is_nested else f"{start} {given} {end}"
        return connection.exec_driver_sql(query, dialect.values(bound))

    def _make(self, dialect: Dialect) -> _Made:
        types = [self._table.c[name].type for name in self.names]
        binders = [each.dialect_impl(dialect).bind_processor(dialect) for each in types]
        made = _Made(list(zip(self.names, binders, strict=True)), [_type_name(each, dialect) for each in types])
        self._made[dialect.name] = made
        return made


class Insert:
    """Inserts rows that have a value for every column of a table, or all but some.

    Rows with the same values in the columns ``by`` as one that is there change it: ``always`` are the columns that get
    what they give, and what they give in the columns ``adding`` is added. Without any of these they are left out.
    """

    def __init__(
        self,
        table: Table,
        *,
        without: Collection[str] = (),
        by: Sequence[str] = (),
        always: Sequence[str] = (),
        adding: Sequence[str] = (),
    ) -> None:
        """Leave the columns ``without`` to the database."""
        self._by = tuple(by)
        self._columns = _Columns(table, [column.name for column in table.c if column.name not in without])
        self._start = f"INSERT INTO {table.name} ({_listed(self._columns.names)})"
        changes = [f'"{name}" = excluded."{name}"' for name in always]
        changes += [f'"{name}" = {table.name}."{name}" + excluded."{name}"' for name in adding]
        does = f"UPDATE SET {', '.join(changes)}" if changes else "NOTHING"
        self._end = f"ON CONFLICT ({_listed(by)}) DO {does}" if by else ""

    def __call__(self, connection: Connection, rows: Sequence[_Row]) -> None:
        """Insert ``rows``, in their order."""
        for some in _parts(rows, self._by):
            self._columns.execute(connection, self._start, some, self._end)

    def numbered(self, connection: Connection, rows: Sequence[_Row]) -> list[int]:
        """Insert rows that get their ``id`` from the database. Return these numbers, which rise in the rows' order."""
        found = (self._columns.execute(connection, self._start, some, "RETURNING id") for some in _parts(rows))
        return sorted(number for some in found for number in some.scalars())


class Existing:
    """Looks up which of many values stand in a column, whose values are what the driver takes."""

    def __init__(self, column: Column[Any]) -> None:
        """Use a column with an index."""
        self._column = column
        self._start = f'SELECT "{column.name}" FROM {column.table.name} WHERE "{column.name}"'  # noqa: S608 - our own
        self._types: dict[str, str] = {}

    def __call__(self, connection: Connection, values: Sequence[_Value]) -> set[_Value]:
        """Return those of ``values`` that are there."""
        found: set[_Value] = set()
        dialect = dialect_of(connection)
        type_ = self._types.get(connection.dialect.name) or self._type(connection.dialect)
        for some in chunks(values):
            query = f"{self._start} {dialect.among(type_, len(some))}"
            found.update(connection.exec_driver_sql(query, dialect.given(some)).scalars())
        return found

    def _type(self, dialect: Dialect) -> str:
        return self._types.setdefault(dialect.name, _type_name(self._column.type, dialect))


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
        self._start = f"UPDATE {table.name} SET {', '.join(changes)} FROM"  # noqa: S608 - our own names
        self._end = f"AS given WHERE {' AND '.join(same)}"

    def __call__(self, connection: Connection, rows: Sequence[_Row]) -> int:
        """Change the rows, in their order. Return how many there were to change."""
        parts = _parts(rows, self._by)
        return sum(
            self._columns.execute(connection, self._start, some, self._end, is_nested=True).rowcount for some in parts
        )


def _type_name(type_: Any, dialect: Dialect) -> str:
    """Return what a database calls the type of a column; the order of texts is the column's own."""
    return str(type_.compile(dialect)).partition(" COLLATE")[0]


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
