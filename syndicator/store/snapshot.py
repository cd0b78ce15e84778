"""Copy a database while others write to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from syndicator.errors import StoreError
from syndicator.store.dialects import open_database
from syndicator.store.migrate import _open_existing, refuse_newer, sqlite_path, stored_meta, stored_revision
from syndicator.store.move import move_store, refuse_filled
from syndicator.store.sqlite import BUSY_SECONDS

__all__ = [
    "copy_database",
    "database_file",
    "fill_database",
    "refuse_filled",
    "refuse_newer",
    "stored_meta",
    "stored_revision",
]

_PAGES = 2048  # copied at a time


def database_file(url: str) -> Path | None:
    """Return the path of an SQLite database; None for one that a server keeps."""
    return sqlite_path(url)


def copy_database(url: str, target: Path, progress: Callable[[int, int], None]) -> None:
    """Copy a database as it is at one moment to the empty file ``target``, as one of SQLite's; writers go on.

    ``progress`` gets the bytes that are copied and all there are; of a server's database, rows of a table. The copy is
    checked. Raise StoreError if the database cannot be copied, or is damaged.
    """
    path = database_file(url)
    if path is None:
        move_store(url, f"sqlite:///{target}", lambda _, done, count: progress(done, count))
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")
        return
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


def fill_database(copy: Path, url: str, progress: Callable[[int, int], None]) -> None:
    """Fill the empty store at an address with what a ``copy`` holds, perhaps of an older version. Raise StoreError."""
    address = f"sqlite:///{copy}"
    open_database(address, may_migrate=True, busy=BUSY_SECONDS).engine.dispose()
    move_store(address, url, lambda _, done, count: progress(done, count))
