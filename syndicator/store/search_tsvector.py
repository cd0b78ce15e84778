"""The index for searches in PostgreSQL: a table with a tsvector, whose lexemes are words and marks as they are.

A lexeme begins with a letter for its column, and has no place: how words follow each other is read off the columns
themselves, whatever their length (a tsvector knows no more than 256 places of a word, and none after 16,383).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from syndicator.store.search_index import SearchRow, SearchTooLongError
from syndicator.store.search_terms import (
    EVERY_MARK,
    Anything,
    Both,
    Close,
    Either,
    Except,
    Expression,
    Marked,
    Nothing,
    Said,
)

_LETTERS = {"title": "t", "text": "x", "author": "a", "category": "c", "url": "u", "marks": "m"}
_CREATE = (
    "CREATE TABLE IF NOT EXISTS search (number bigint PRIMARY KEY, words tsvector NOT NULL, title text NOT NULL,"
    ' "text" text NOT NULL, author text NOT NULL, category text NOT NULL, url text NOT NULL)'
)
_CREATE_INDEX = "CREATE INDEX IF NOT EXISTS search_words ON search USING gin (words)"
_INSERT = (
    'INSERT INTO search (number, title, "text", author, category, url, words)'
    " SELECT n, t, x, a, c, u, array_to_tsvector(string_to_array(w, ' ')) FROM unnest"
    "(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"
    " AS given(n, t, x, a, c, u, w)"
)
# Lexemes end after 2,046 bytes, and a tsvector after a megabyte.
_LONGEST, _LARGEST = 500, 900_000
_CANCELED = "57014"
# A statement that takes longer is given up, where somebody waits whose time may be over.
_LIMIT = text("SET LOCAL statement_timeout = 2000")


class TSVector:
    """See ``search_index.SearchIndex``."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    @property
    def exists(self) -> bool:
        """Whether there is the table."""
        return bool(self._connection.scalar(text("SELECT to_regclass('search') IS NOT NULL")))

    def is_supported(self) -> bool:
        """Return true."""
        return True

    def create(self) -> None:
        """Create the table."""
        self._connection.execute(text(_CREATE))
        self._connection.execute(text(_CREATE_INDEX))

    def last(self) -> int:
        """Return the highest number."""
        return int(self._connection.scalar(text("SELECT max(number) FROM search")) or 0)

    def add(self, rows: Sequence[SearchRow]) -> None:
        """Add stories."""
        values = [[row.number, *map(_spaced, row[1:6]), _lexemes(row)] for row in rows]
        self._connection.exec_driver_sql(_INSERT, tuple(map(list, zip(*values, strict=True))))

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove stories."""
        self._connection.exec_driver_sql("DELETE FROM search WHERE number = ANY(%s::bigint[])", (list(numbers),))

    def count(self, word: str) -> int:
        """Return how many stories have it in any column."""
        query = "SELECT count(*) FROM search WHERE words @@ %s::tsquery"
        return int(self._connection.exec_driver_sql(query, (_word(word, _LETTERS),)).scalar() or 0)

    def find(self, wanted: Expression, since: int, until: int, limit: int | None) -> list[int]:
        """Return the stories that the index bounds and, where it cannot decide, the columns confirm."""
        where, values = "words @@ %s::tsquery AND number BETWEEN %s AND %s", [_bound(wanted), since, until]
        if not _is_decided(wanted):
            confirmed, more = _confirmed(wanted)
            where, values = f"{where} AND {confirmed}", [*values, *more]
        query = f"SELECT number FROM search WHERE {where} ORDER BY number DESC LIMIT %s"  # noqa: S608 - values are apart
        return list(self._connection.exec_driver_sql(query, (*values, limit)).scalars().all())

    @contextmanager
    def until(self, is_over: Callable[[], bool]) -> Iterator[None]:  # noqa: ARG002 - the server cannot ask
        """Have the server give up a statement that takes very long."""
        with self._connection.begin_nested() as savepoint:
            self._connection.execute(_LIMIT)
            try:
                yield
            except DBAPIError as error:
                savepoint.rollback()  # the transaction goes on
                if getattr(error.orig, "sqlstate", None) == _CANCELED:
                    raise SearchTooLongError from error
                raise


def _spaced(words: str) -> str:
    """Return words with a space around each, so that they are found as whole ones."""
    return f" {words.lower()} "


def _lexemes(row: SearchRow) -> str:
    """Return the lexemes of a story, with a space between two."""
    columns = dict(zip(("title", "text", "author", "category", "url", "marks"), row[1:7], strict=True))
    found = dict.fromkeys(
        f"{_LETTERS[name]}:{word[:_LONGEST]}"
        for name in ("marks", *_LETTERS)
        for word in str(columns[name]).lower().split()
    )
    size, kept = 0, []
    for lexeme in found:
        size += len(lexeme.encode()) + 4
        if size > _LARGEST:
            break
        kept.append(lexeme)
    return " ".join(kept)


def _is_decided(wanted: Expression) -> bool:
    """Return whether lexemes alone decide: no words are to follow each other."""
    match wanted:
        case Said(wordings):
            return not any(" " in each for each in wordings)
        case Close():
            return False
        case Both(parts) | Either(parts):
            return all(map(_is_decided, parts))
        case Except(part):
            return _is_decided(part)
        case _:
            return True


def _bound(wanted: Expression) -> str:  # noqa: PLR0911 - a table
    """Write a query of lexemes that finds at least what an expression finds."""
    match wanted:
        case Anything():
            return _mark(EVERY_MARK)
        case Nothing():
            return f"(!{_mark(EVERY_MARK)})"
        case Marked(mark, is_prefix):
            return _mark(mark) + (":*" if is_prefix else "")
        case Said(wordings, columns):
            return _any(_all(each.split(), name) for each in wordings for name in columns)
        case Close(groups, _, columns):
            return _any(_all(" ".join(group).split(), name) for group in groups for name in columns)
        case Both(parts):
            return f"({' & '.join(map(_bound, parts))})"
        case Either(parts):
            return _any(map(_bound, parts))
        case Except(part):
            return f"({_mark(EVERY_MARK)} & !{_bound(part)})" if _is_decided(part) else _mark(EVERY_MARK)


def _confirmed(wanted: Expression) -> tuple[str, list[str]]:
    """Write a condition that decides, given that lexemes are there: SQL, and its values."""
    match wanted:
        case Said(wordings, columns):
            return _either(_follow(each, name) for each in wordings for name in columns)
        case Close(groups, within, columns):
            return _either(_near(group, within, name) for group in groups for name in columns)
        case Both(parts):
            return _united(" AND ", map(_confirmed, parts))
        case Either(parts):
            return _either(map(_confirmed, parts))
        case Except(part):
            condition, values = _confirmed(part)
            return f"NOT {condition}", values
        case _:
            return "words @@ %s::tsquery", [_bound(wanted)]


def _follow(words: str, column: str) -> tuple[str, list[str]]:
    return f'strpos("{column}", %s) > 0', [_spaced(words)]


def _near(group: Sequence[str], within: int, column: str) -> tuple[str, list[str]]:
    """Decide on two wordings that share no word; of others, find at least those that have all: see ``preview_plan``."""
    words = [each.lower().split() for each in group]
    if len(group) != 2 or not set(words[0]).isdisjoint(words[1]):  # noqa: PLR2004
        return _united(" AND ", (_follow(each, column) for each in group))
    first, second = (" ".join(map(_literal, some)) for some in words)
    between = f"( [^ ]+){{0,{within}}} "
    return f'"{column}" ~ %s', [f" ({first}{between}{second}|{second}{between}{first}) "]


def _either(conditions: Iterable[tuple[str, list[str]]]) -> tuple[str, list[str]]:
    return _united(" OR ", conditions)


def _united(joint: str, conditions: Iterable[tuple[str, list[str]]]) -> tuple[str, list[str]]:
    written, values = zip(*conditions, strict=True)
    return f"({joint.join(written)})", list(chain.from_iterable(values))


def _literal(word: str) -> str:
    return re.sub(r"([^\w\s])", r"\\\1", word)


def _any(queries: Iterable[str]) -> str:
    return f"({' | '.join(queries)})"


def _all(words: Iterable[str], column: str) -> str:
    return f"({' & '.join(_lexeme(_LETTERS[column], word) for word in words)})"


def _word(word: str, columns: Iterable[str]) -> str:
    return _any(_lexeme(_LETTERS[name], word) for name in columns)


def _mark(mark: str) -> str:
    return _lexeme(_LETTERS["marks"], mark)


def _lexeme(letter: str, word: str) -> str:
    quoted = word.lower()[:_LONGEST].replace("\\", "\\\\").replace("'", "''")
    return f"'{letter}:{quoted}'"
