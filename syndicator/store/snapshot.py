"""Copy a database while others write to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from syndicator import urls
from syndicator.errors import StoreError
from syndicator.store.migrate import _open_existing, refuse_newer, sqlite_path, stored_revision

__all__ = ["copy_database", "database_file", "refuse_newer", "stored_revision"]

_PAGES = 2048  # copied at a time


def database_file(url: str) -> Path | None:
    """Return the path of an SQLite database; None for one that a server keeps."""
    return sqlite_path(url)


def copy_database(url: str, target: Path, progress: Callable[[int, int], None]) -> None:
    """Copy the SQLite database as it is at one moment to ``target``; writers go on.

    ``progress`` gets the bytes that are copied and all there are. The copy is checked. Raise StoreError if the database
    cannot be copied, or is damaged.
    """
    path = database_file(url)
    if path is None:
        raise StoreError(f"{urls.redact(url)} is no SQLite database")
    try:
        with closing(_open_existing(path)) as source, closing(sqlite3.connect(target)) as copy:
            (size,) = source.execute("PRAGMA page_size").fetchone()
            # One reading transaction for all steps: else the copy begins anew with each commit of the daemon.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(
                copy, pages=_PAGES, progress=lambda _, left, all_: progress((all_ - left) * size, all_ * size)
            )
            copy.execute("PRAGMA journal_mode=DELETE")
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"cannot copy the store {path}: {error}") from error
    if found != "ok":
        raise StoreError(f"the store {path} is damaged ({found}): restore an earlier backup; this one was not written")
