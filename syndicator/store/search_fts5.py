"""The index for searches in SQLite: an FTS5 table, which some builds of SQLite cannot have."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from syndicator.store.search_index import SearchRow, SearchTooLongError
from syndicator.store.search_terms import Expression, as_fts5

# What a word is made of, beside letters, digits and marks: see ``text.Words`` and ``search_terms.mark_of``.
_IN_WORDS = "''_.=/-~%&+\u200d"
_CREATE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(title, text, author, category, url, marks, "
    f"tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc Me' tokenchars '{_IN_WORDS}'\")"
)
_CREATE_COUNTS = "CREATE VIRTUAL TABLE IF NOT EXISTS search_count USING fts5vocab(search, row)"
_INSERT = "INSERT INTO search (rowid, title, text, author, category, url, marks) VALUES (?, ?, ?, ?, ?, ?, ?)"
_FIND = "SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"
# SQLite asks whether time is over after so many of its steps: some tenths of a millisecond.
_STEPS = 20_000


class FTS5:
    """See ``search_index.SearchIndex``."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    @property
    def exists(self) -> bool:
        """Whether there is the table."""
        return bool(self._connection.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'search'")))

    def is_supported(self) -> bool:
        """Return whether SQLite has the module."""
        return bool(self._connection.scalar(text("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'")))

    def create(self) -> None:
        """Create the table."""
        self._connection.execute(text(_CREATE))
        self._connection.execute(text(_CREATE_COUNTS))

    def last(self) -> int:
        """Return the highest number."""
        return int(self._connection.scalar(text("SELECT max(rowid) FROM search")) or 0)

    def add(self, rows: Sequence[SearchRow]) -> None:
        """Add stories, whose numbers should rise: FTS5 writes at once what does not, at three times the cost."""
        self._connection.exec_driver_sql(_INSERT, [row[:-1] for row in rows])

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove stories."""
        places = ", ".join("?" * len(numbers))
        self._connection.exec_driver_sql(f"DELETE FROM search WHERE rowid IN ({places})", tuple(numbers))  # noqa: S608

    def count(self, word: str) -> int:
        """Return what the vocabulary has."""
        query = "SELECT doc FROM search_count WHERE term = ?"
        return int(self._connection.exec_driver_sql(query, (word,)).scalar() or 0)

    def find(self, wanted: Expression, since: int, until: int, limit: int | None) -> list[int]:
        """Return the stories that match."""
        values = (as_fts5(wanted), since, until, -1 if limit is None else limit)
        return list(self._connection.exec_driver_sql(_FIND, values).scalars().all())

    @contextmanager
    def until(self, is_over: Callable[[], bool]) -> Iterator[None]:
        """Have SQLite ask, within a query, whether time is over."""
        connection = cast("sqlite3.Connection", self._connection.connection.driver_connection)
        connection.set_progress_handler(is_over, _STEPS)
        try:
            yield
        except OperationalError as error:
            if is_over():
                raise SearchTooLongError from error
            raise
        finally:
            connection.set_progress_handler(None, 0)
