"""The database: its version, whether it is whole, and whether a daemon works on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from syndicator import urls
from syndicator.config import Config
from syndicator.errors import InUseError, StoreError
from syndicator.models.checkup import Finding, fault, skipped, warning, well
from syndicator.runtime.lock import only_one
from syndicator.store.migrate import HEAD
from syndicator.store.snapshot import database_file, stored_revision

# A daemon writes its heartbeat every few seconds, or less often with a long watchdog.
_RECENT = timedelta(minutes=2)
_LARGE_LOG = 1 << 30  # bytes


def check_store(config: Config, now: datetime) -> Iterator[Finding]:
    """Look at the database, and at who works on it."""
    path = database_file(config.store)
    if path is not None and not path.exists():
        yield skipped("database", f"there is none at {path} yet: the daemon makes it at its first start")
        return
    try:
        revision = stored_revision(config.store)
    except StoreError as error:
        yield fault("database", str(error), "syndicator restore FILE puts a backup in place")
        return
    if revision != HEAD:
        yield warning(
            "database", f"its tables are of an older version ({revision}, not {HEAD})",
            "syndicator backup FILE, then start the daemon, which migrates them",
        )  # fmt: skip
    if path is None:
        yield well("database", f"{urls.redact(config.store)} answers")
        return
    yield _integrity(path)
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size > _LARGE_LOG:
        size = log.stat().st_size / 1e6
        yield warning("database", f"its log {log} has {size:,.0f} MB", "something reads for long: a backup, a copy?")
    yield _daemon(config, path, now)


def _integrity(path: Path) -> Finding:
    try:
        with closing(_opened(path)) as connection:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        found = str(error)
    if found == "ok":
        return well("database", f"{path} is whole ({path.stat().st_size / 1e6:,.1f} MB)")
    return fault("database", f"{path} is damaged: {found}", "stop the daemon; syndicator restore FILE --force")


def _daemon(config: Config, path: Path, now: datetime) -> Finding:
    """Say whether a daemon works on the state folder, and whether it has done so of late."""
    try:
        with only_one(config.state):
            return skipped("daemon", f"none works on {config.state} now")
    except InUseError:
        pass
    except OSError as error:
        return skipped("daemon", f"whether one works on {config.state} cannot be seen: {error.strerror}")
    try:
        with closing(_opened(path)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'heartbeat'").fetchone()
    except sqlite3.Error:
        row = None
    last = datetime.fromisoformat(row[0]) if row else None
    if last is not None and abs(now - last) <= _RECENT:
        return well("daemon", f"one works on {config.state}")
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "yet"
    return warning("daemon", f"one has {config.state}, but has written nothing {since}", "see its log, or restart it")


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
