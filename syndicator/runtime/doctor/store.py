"""The database: its version, whether it is whole, and whether a daemon works on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from syndicator import urls
from syndicator.config import Config
from syndicator.errors import InUseError, StoreError
from syndicator.models.checkup import Finding, fault, skipped, warning, well
from syndicator.runtime.lock import only_in
from syndicator.store import is_shared
from syndicator.store.migrate import HEAD
from syndicator.store.snapshot import database_file, stored_meta, stored_revision

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
        advice = (
            "syndicator restore FILE puts a backup in place" if path else "see whether its server runs, and its log"
        )
        yield fault("database", str(error), advice)
        return
    if revision != HEAD:
        yield warning(
            "database", f"its tables are of an older version ({revision}, not {HEAD})",
            "syndicator backup FILE, then start the daemon, which migrates them",
        )  # fmt: skip
    if path is None:
        yield well("database", f"{urls.redact(config.store)} answers")
    else:
        yield from _check_file(path)
    yield _daemon(config, now)


def _check_file(path: Path) -> Iterator[Finding]:
    yield _integrity(path)
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size > _LARGE_LOG:
        size = log.stat().st_size / 1e6
        yield warning("database", f"its log {log} has {size:,.0f} MB", "something reads for long: a backup, a copy?")


def _integrity(path: Path) -> Finding:
    try:
        with closing(_opened(path)) as connection:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        found = str(error)
    if found == "ok":
        return well("database", f"{path} is whole ({path.stat().st_size / 1e6:,.1f} MB)")
    return fault("database", f"{path} is damaged: {found}", "stop the daemon; syndicator restore FILE --force")


def _daemon(config: Config, now: datetime) -> Finding:
    """Report whether a daemon works on the state folder, or elsewhere on the same store, and has done so of late."""
    try:
        is_here = _is_held(config.state)
    except OSError as error:
        return skipped("daemon", f"whether one works on {config.state} cannot be seen: {error.strerror}")
    found = None
    with suppress(StoreError):
        found = stored_meta(config.store, "heartbeat")
    last = datetime.fromisoformat(found) if found else None
    is_recent = last is not None and abs(now - last) <= _RECENT
    if is_here and not is_recent:
        since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "yet"
        return warning(
            "daemon", f"one has {config.state}, but has written nothing {since}", "see its log, or restart it"
        )
    if is_here:
        return well("daemon", f"one works on {config.state}")
    if is_recent and is_shared(config.store):
        return well("daemon", f"one works on {urls.redact(config.store)}, but not on {config.state}")
    return skipped("daemon", f"none works on {config.state} now")


def _is_held(state: Path) -> bool:
    """Return whether a process holds the folder; make none."""
    if not state.is_dir():
        return False
    try:
        with only_in(state):
            return False
    except InUseError:
        return True


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
