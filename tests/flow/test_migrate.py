"""Whose business the store's tables are: the daemon's, a single poll's, and that of one command."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from sqlalchemy import create_engine

from syndicator.cli import cli
from syndicator.errors import StoreError
from syndicator.runtime.lock import only_one
from syndicator.store import open_store, tables
from syndicator.store.migrate import HEAD
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.stores import speaks_sqlite

pytestmark = speaks_sqlite
OLDER = "0004"
MIGRATIONS = Path(tables.__file__).parent / "migrations"
# Whatever they do, the tables are not theirs to change.
OTHERS = (
    ("status",), ("status", "--json"), ("mirrors",), ("mirrors", "find"), ("release", "https://one.example"),
    ("confirm", "https://one.example"), ("mirrors", "accept", "https://two.example"),
    ("mirrors", "dismiss", "https://two.example"),
)  # fmt: skip


def make_store(path, revision):
    """Make a database with the tables of a revision, and one source in it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with create_engine(f"sqlite:///{path}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.exec_driver_sql(
            "INSERT INTO source (id, outlet, is_active, due_at, title) VALUES ('one/feed.xml', 'one', 1, 0, 'Title')"
        )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return path


def revision_of(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def schema_of(connection):
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()


class Installed:
    """A configuration, and the state that an older version of the program left behind."""

    def __init__(self, folder):
        self.config = write_config(
            folder / "c", outlets={"one": outlet("https://one.example")}, feeds={"everything": EVERYTHING}
        )
        self.state = folder / "s"
        self.state.mkdir()
        self.store = self.state / "syndicator.db"

    def command(self, *words):
        line = [*words, "--config", str(self.config), "--state", str(self.state)]
        return CliRunner().invoke(cli, line)


@pytest.fixture
def installed(tmp_path):
    found = Installed(tmp_path)
    make_store(found.store, OLDER)
    return found


@contextmanager
def older_daemon(installed):
    """Stand in for a running daemon of the version before: it holds the lock and has the store open."""
    with only_one(installed.state), closing(sqlite3.connect(installed.store, isolation_level=None)) as connection:
        connection.execute("UPDATE source SET title = 'written by the older one'")
        yield connection


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_a_store_of_an_older_version_is_left_as_it_is(installed, words):
    """Not a byte changes, and the operator is told what to do."""
    before = installed.store.read_bytes()
    result = installed.command(*words)
    assert installed.store.read_bytes() == before
    log = installed.state / "syndicator.db-wal"
    assert not log.exists() or not log.stat().st_size
    assert result.exit_code == 1
    assert f"its tables are at {OLDER}, this program needs {HEAD}" in result.output
    assert "start the daemon, which migrates it, or stop the daemon and run: syndicator migrate" in result.output


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_no_command_changes_tables_under_a_running_daemon(installed, words):
    """An older daemon goes on reading and writing its own tables after each command beside it."""
    with older_daemon(installed) as connection:
        before = schema_of(connection)
        assert installed.command(*words).exit_code == 1
        assert schema_of(connection) == before
        connection.execute("UPDATE source SET rhythm = NULL")  # a column that the next version calls otherwise
        assert connection.execute("SELECT title FROM source").fetchall() == [("written by the older one",)]


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_a_store_that_there_is_not_is_not_made_by_looking(installed, words):
    """Neither the database nor its folder appears."""
    installed.store.unlink()
    installed.state.rmdir()
    result = installed.command(*words)
    assert result.exit_code == 1
    assert f"there is no store at {installed.store} yet" in result.output
    assert not installed.state.exists()


def test_migrate_says_from_where_to_where_and_copies_first(installed):
    """The copy has the tables and rows from before, and the database those of this version."""
    result = installed.command("migrate")
    assert result.exit_code == 0, result.output
    copy = installed.state / f"syndicator.db.before-{HEAD}"
    assert f"from {OLDER} to {HEAD}" in result.output
    assert str(copy) in result.output
    assert (revision_of(copy), revision_of(installed.store)) == (OLDER, HEAD)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT title, rhythm FROM source").fetchall() == [("Title", None)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert installed.command("status").exit_code == 0


def test_the_copy_holds_what_was_not_yet_in_the_file_itself(installed):
    """Rows that lie in the write-ahead log after a crash are in it too."""
    log = installed.state / "syndicator.db-wal"
    with closing(sqlite3.connect(installed.store, isolation_level=None)) as connection:
        connection.execute("UPDATE source SET title = 'late'")
        left = installed.store.read_bytes(), log.read_bytes()
    installed.store.write_bytes(left[0])
    log.write_bytes(left[1])
    assert installed.command("migrate").exit_code == 0
    with closing(sqlite3.connect(installed.state / f"syndicator.db.before-{HEAD}")) as connection:
        assert connection.execute("SELECT title FROM source").fetchall() == [("late",)]


def test_the_copy_is_read_by_nobody_who_may_not_read_the_store(installed):
    """Its rights are the database's own."""
    installed.store.chmod(0o600)
    assert installed.command("migrate").exit_code == 0
    assert (installed.state / f"syndicator.db.before-{HEAD}").stat().st_mode & 0o777 == 0o600


def test_migrate_refuses_beside_a_running_daemon(installed):
    """The lock of the state folder says that there is one."""
    with older_daemon(installed) as connection:
        before = schema_of(connection)
        result = installed.command("migrate")
        assert (result.exit_code, "another syndicator works on" in result.output) == (1, True)
        assert schema_of(connection) == before
    assert not list(installed.state.glob("*.before-*"))


def test_migrate_has_nothing_to_do_twice(installed):
    """The second time it says so, and makes no copy."""
    installed.command("migrate")
    (installed.state / f"syndicator.db.before-{HEAD}").unlink()
    result = installed.command("migrate")
    assert (result.exit_code, f"at {HEAD} already" in result.output) == (0, True)
    assert not list(installed.state.glob("*.before-*"))


def test_migrate_makes_no_store(installed):
    """What is not there cannot be of an older version."""
    installed.store.unlink()
    result = installed.command("migrate")
    assert (result.exit_code, "there is no store at" in result.output) == (1, True)
    assert list(installed.state.iterdir()) == []


def test_no_table_changes_when_there_is_no_room_for_the_copy(installed):
    """The copy comes first, and the one that failed does not stay."""
    (installed.state / f"syndicator.db.before-{HEAD}").mkdir()
    result = installed.command("migrate")
    assert result.exit_code == 1
    assert f"syndicator.db.before-{HEAD}" in result.output
    assert revision_of(installed.store) == OLDER
    assert sorted(each.name for each in installed.state.iterdir()) == [
        "lock", "syndicator.db", f"syndicator.db.before-{HEAD}",
    ]  # fmt: skip


async def test_a_poll_migrates_as_the_daemon_does(tmp_path):
    """Both hold the lock, so that nobody else is at work."""
    async with Site({"/feed.xml": rss(Item("Story", guid="1"))}) as site:
        installed = Installed(tmp_path)
        write_config(installed.config, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING})
        make_store(installed.store, OLDER)
        result = await asyncio.to_thread(installed.command, "poll")
    assert result.exit_code == 0, result.output
    assert revision_of(installed.store) == HEAD


def test_a_store_of_a_newer_version_is_refused_by_all(installed):
    """With or without the right to migrate, and by the command for it."""
    with closing(sqlite3.connect(installed.store, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (("migrate",), ("status",)):
        result = installed.command(*words)
        assert (result.exit_code, "newer version" in result.output) == (1, True)
    with pytest.raises(StoreError, match="newer version"):
        open_store(f"sqlite:///{installed.store}", may_migrate=False)


def test_what_is_no_store_is_refused_by_all(installed):
    """Somebody's file, or a database of somebody else's."""
    installed.store.write_bytes(b"not a database, but somebody's file " * 100)
    with pytest.raises(StoreError, match="cannot open the store"):
        open_store(f"sqlite:///{installed.store}", may_migrate=False)
    assert installed.command("migrate").exit_code == 1
    assert installed.store.read_bytes().startswith(b"not a database")


KILLED_AT = """
import os, signal, sys
from sqlalchemy import Engine, event
from syndicator.store import open_store

statements = 0

def count(*_):
    global statements
    statements += 1
    if statements == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "before_cursor_execute", count)
open_store(f"sqlite:///{sys.argv[1]}").close()
print(statements)
"""


def test_a_migration_that_is_killed_leaves_the_store_as_it_was_and_is_done_at_the_next_start(tmp_path):
    """At whichever of its statements."""
    killed, at = 0, 1
    while True:
        store = make_store(tmp_path / f"{at}.db", OLDER)
        done = subprocess.run([sys.executable, "-c", KILLED_AT, store, str(at)], capture_output=True, check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert revision_of(store) == OLDER
        open_store(f"sqlite:///{store}").close()
        with closing(sqlite3.connect(store)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("SELECT id, title FROM source").fetchall() == [("one/feed.xml", "Title")]
        assert revision_of(store) == HEAD
        killed, at = killed + 1, at + 7
    assert killed >= 3
