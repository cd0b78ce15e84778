"""A store that others lock, delete or replace while it is open."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from syndicator.errors import StoreError
from syndicator.models import Outcome
from syndicator.runtime.daemon import Daemon
from syndicator.store import open_store
from syndicator.store.sql_store import SQLStore
from tests.apps import HOME, Shown, an_app, source_of
from tests.newsroom import Item, rss
from tests.stores import speaks_sqlite

BODY = rss(Item("هدنة في سراقب", link=f"{HOME}/1", guid="1", text="x"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "s.db"


@pytest.fixture
def store(path):
    made = SQLStore(f"sqlite:///{path}", busy=0.1)
    yield made
    made.close()


def locked(path):
    """Lock a database for writing, as a backup tool does."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return closing(other)


async def value(store):
    return await store.read(lambda tx: tx.get_meta("k"))


async def write(store, text):
    await store.write(lambda tx: tx.set_meta("k", text))


async def test_a_locked_store_is_told_of_soon_and_goes_on_when_it_is_free(store, path):
    """The wait for a lock ends long before a watchdog's patience; reads go on meanwhile."""
    await write(store, "before")
    with locked(path):
        with pytest.raises(StoreError, match="locked"):
            await write(store, "meanwhile")
        assert await value(store) == "before"
    await write(store, "after")
    assert await value(store) == "after"


def test_by_default_the_wait_for_a_lock_is_shorter_than_the_patience_of_the_service_manager(path, tmp_path):
    """``WatchdogSec`` of the unit file; several waits may follow each other."""
    store = open_store(f"sqlite:///{path}")
    try:
        with store._engine.connect() as connection:
            waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    finally:
        store.close()
    assert waits <= 10_000


@speaks_sqlite
async def test_a_locked_store_is_the_daemons_trouble_and_nothing_is_lost(tmp_path):
    """Polling pauses and no outlet is blamed; when the lock is gone, all goes on by itself."""
    async with an_app(tmp_path, Shown(BODY), store_busy=0.1) as app:
        daemon, source = Daemon(app, lambda: app.config), source_of(app)
        with locked(tmp_path / "s" / "syndicator.db"):
            assert await daemon.dispatcher.poll(source) is None
            await daemon.check_health()
            assert "locked" in "".join(daemon.trouble())
            assert daemon.dispatcher.is_paused
        await daemon.check_health()
        assert not daemon.dispatcher.is_paused
        report = await daemon.dispatcher.poll(source)
        assert report.outcome is Outcome.OK
        assert daemon.trouble() == ()
        assert [each.title for each in await app.store.read(lambda tx: tx.stories.newest(9))] == ["هدنة في سراقب"]


@pytest.mark.parametrize("what", ["file", "file and log", "folder"])
async def test_a_database_that_was_deleted_is_written_anew_with_all_that_was_in_it(store, path, what):
    """What is open is still there: nobody need notice but the log."""
    await write(store, "kept")
    for each in path.parent.iterdir():
        if what != "file" or each == path:
            each.unlink()
    if what == "folder":
        path.parent.rmdir()
    await write(store, "and more")
    assert await value(store) == "and more"
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT value FROM meta WHERE key = 'k'").fetchall() == [("and more",)]
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    await write(store, "again")
    assert await value(store) == "again"


async def test_reads_of_a_deleted_database_make_no_empty_one(store, path):
    """Many at once need more connections than are open."""
    await write(store, "kept")
    path.unlink()
    await asyncio.gather(*(value(store) for _ in range(20)), return_exceptions=True)
    assert not path.exists()
    await write(store, "kept")
    assert await value(store) == "kept"


async def test_a_file_in_the_databases_place_is_not_written_to(store, path):
    """Somebody put a backup there: a restart takes it, and says so; it is not mixed with what is open."""
    await write(store, "ours")
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(copy)) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = copy.read_bytes()
    copy.rename(path)
    with pytest.raises(StoreError, match="restart"):
        await write(store, "more")
    assert path.read_bytes() == before
