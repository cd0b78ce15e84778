"""A store on a PostgreSQL server: what can be wrong with the server, its address, and others who write."""

import asyncio
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from threading import Thread
from urllib.parse import urlsplit

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy.exc import DBAPIError

from syndicator.cli import cli
from syndicator.demo.postgres import PostgresServer
from syndicator.errors import InUseError, StoreError
from syndicator.models import Outcome, PollBounds
from syndicator.runtime.daemon import Daemon
from syndicator.runtime.lock import Hold, only_one, own_name
from syndicator.runtime.process import kept
from syndicator.store import open_store
from syndicator.store.migrate import HEAD
from syndicator.store.watch_tables import metadata
from tests.apps import HOME, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import MAIN, Item, rss, write_config
from tests.ports import port_of, reserve
from tests.stages.test_store import SOURCE, take_in
from tests.stores import postgres, postgres_stopped, store_url
from tests.unit.test_identity import entry
from tests.waiting import FAST

pytestmark = pytest.mark.xdist_group("postgresql")
BODY = rss(Item("هدنة في سراقب", link=f"{HOME}/1", guid="1", text="x"))
CONFLICTS = ("40001", "40P01", "23505")


@pytest.fixture
def url(tmp_path):
    return store_url(tmp_path / "s.db", "postgresql")


@pytest.fixture
def store(url):
    made = open_store(url)
    yield made
    made.close()


def refused(url, **options):
    with pytest.raises(StoreError) as caught:
        open_store(url, **options)
    return str(caught.value)


def test_a_server_outlives_the_thread_that_started_it_and_a_start_that_fails_says_why():
    """Parent death is the end of a thread. On a port that is in use it does not start; nothing of it is left."""
    with reserve() as reserved, PostgresServer(port_of(reserved)) as server:
        server.stop()
        thread = Thread(target=server.start)
        thread.start()
        thread.join()
        for _ in range(20):  # a signal would have come with the thread's end
            assert server.execute("SELECT 1") == [(1,)]
        with pytest.raises(StoreError, match=r"(?s)does not start: .*Address already in use"):
            PostgresServer(urlsplit(server.url()).port)


def test_what_is_wrong_with_an_address_is_said_without_its_password():
    """A server that is not there, a database that is not, a password that is wrong, an address that is none."""
    server = postgres()
    with reserve() as nobody:
        free = f"postgresql://u:geheim@127.0.0.1:{port_of(nobody)}/db"
        said = {
            "Connection refused": refused(free),
            'database "гde" does not exist': refused(server.url("гde")),
            "password authentication failed": refused(server.url(password="geheim")),
            "with signs such as @ and / in a password written as %40 and %2F": refused("postgresql://u:geheim/@h:x/db"),
            "begins with sqlite:/// or postgresql://": refused("mysql://u:geheim@h/db"),
            "there is no store in this database yet": refused(server.url(), may_migrate=False),
        }
    for words, message in said.items():
        assert words in message
        assert "geheim" not in message


def test_a_database_that_is_not_the_stores_is_left_alone():
    """One that cannot hold all scripts, and one that another program uses."""
    server = postgres()
    server.execute(
        "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    assert "kept in LATIN1" in refused(server.url("latin"))
    others = server.create("others")
    server.execute("CREATE TABLE source (x int)", "others")
    assert "tables of another program (source)" in refused(others)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert server.execute(tables, "others") == [("source",)]
    for name in ("latin", "others"):
        server.drop(name)


def test_two_that_start_at_once_make_one_store(tmp_path):
    """The one that comes later waits, and finds what the other has made."""
    server = postgres()
    url = server.create("begun")
    command = [
        sys.executable,
        "-c",
        "import sys; from syndicator.store import open_store; open_store(sys.argv[1]).close()",
    ]
    both = [subprocess.Popen([*command, url], stderr=subprocess.PIPE) for _ in range(2)]
    assert [each.communicate()[1] for each in both] == [b"", b""]
    assert [each.returncode for each in both] == [0, 0]
    server.drop("begun")


@pytest.mark.parametrize("state", CONFLICTS)
async def test_work_that_meets_another_transaction_is_run_again_and_counts_once(store, state):
    """Serialization failure, deadlock, a key that was just taken: nobody hears of it."""
    runs = []

    def work(tx):
        runs.append(state)
        tx.add_to_counter("k", 1)
        if len(runs) < 3:
            tx.connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")
        return "done"

    beside = [store.write(lambda tx: tx.add_to_counter("k", 1)) for _ in range(3)]
    results = await asyncio.gather(store.write(work), *beside)
    assert results == ["done", None, None, None]
    assert await store.read(lambda tx: tx.get_meta("k")) == "4"


async def test_a_conflict_without_end_is_told_of(store):
    """No work is run for ever, and the next one goes through."""

    def work(tx):
        tx.connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")

    with pytest.raises(StoreError):
        await store.write(work)
    await store.write(lambda tx: tx.set_meta("k", "v"))


async def test_what_the_server_refuses_fails_its_own_work_alone(store):
    """A NUL, which no cleaned text has, and half a character."""

    def with_title(title):
        return lambda tx: take_in(tx, entry(key=f"guid:{title!a}", link=ascii(title), title=title))

    await store.write(lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, NOW, PollBounds()))
    titles = ["a\0b", "\ud83d", "Ateşkes İdlib'de ı", "کتاب یک", "перемирие 𐏃"]
    results = await asyncio.gather(*(store.write(with_title(each)) for each in titles), return_exceptions=True)
    assert [isinstance(each, DBAPIError | UnicodeError) for each in results] == [True, True, False, False, False]
    stored = await store.read(lambda tx: tx.stories.newest(10))
    assert [each.title for each in reversed(stored)] == titles[2:]


async def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(url, store):
    """A feed's version and its members are read with several statements."""
    await store.write(lambda tx: tx.set_meta("k", "1"))
    other, loop = open_store(url), asyncio.get_running_loop()

    def look(tx):
        before = tx.get_meta("k")
        asyncio.run_coroutine_threadsafe(other.write(lambda tx: tx.set_meta("k", "2")), loop).result()
        return before, tx.get_meta("k")

    assert await store.read(look) == ("1", "1")
    assert await store.read(lambda tx: tx.get_meta("k")) == "2"
    other.close()


WRITER = """
import asyncio, sys
from syndicator.store import open_store
from syndicator.store.migrate import HEAD
from syndicator.store.watch_tables import metadata

async def count(store):
    while True:
        await store.write(lambda tx: tx.add_to_counter("k", 1))
        print("written", flush=True)

asyncio.run(count(open_store(sys.argv[1])))
"""


async def test_writers_of_several_processes_lose_nothing_and_one_that_is_killed_holds_nobody_up(url, store):
    """Each reads, and writes what it read and one more; all of it is there in the end."""
    other = subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True)
    other.stdout.readline()
    written = 1
    for _ in range(50):
        await store.write(lambda tx: tx.add_to_counter("k", 1))
    other.send_signal(signal.SIGKILL)
    written += len(other.stdout.readlines())
    other.wait()
    other.stdout.close()
    await store.write(lambda tx: tx.add_to_counter("k", 1))
    found = int(await store.read(lambda tx: tx.get_meta("k")))
    assert found - 51 - written in (0, 1)  # it may have been killed before it told of its last


async def test_a_server_that_stops_pauses_polling_and_blames_nobody(tmp_path, url):
    """As a full disk does; when it is back, polling goes on. Crashed or stopped is the same."""
    shown = Shown(BODY)
    async with an_app(tmp_path, shown, store=url) as app:
        daemon, source = Daemon(app, lambda: app.config), source_of(app)
        for how in (signal.SIGQUIT, signal.SIGINT):
            await app.store.read(lambda tx: tx.sources.state(source))  # connections that are cut
            with postgres_stopped(how):
                for _ in range(3):
                    assert await daemon.dispatcher.poll(source) is None
                assert daemon.dispatcher.is_paused
                assert any("connect" in each for each in daemon.trouble())
                await daemon.check_health()
                assert daemon.dispatcher.is_paused
            while daemon.dispatcher.is_paused:
                await daemon.check_health()
            report = await daemon.dispatcher.poll(source)
            assert report.outcome is Outcome.OK
            assert daemon.trouble() == ()
        state = await app.store.read(lambda tx: tx.sources.state(source))
        assert state.endpoints[0].failures == 0
        assert await app.store.read(lambda tx: tx.stories.count()) == 1


def test_a_second_daemon_on_the_same_store_is_refused(tmp_path, url):
    """Wherever it runs, and whatever its state folder; once the first has ended, it may."""
    with only_one(tmp_path / "here", url):
        with pytest.raises(InUseError, match="another syndicator works on postgresql://") as caught:
            only_one(tmp_path / "there", url).__enter__()
        assert urlsplit(url).password not in str(caught.value)
        with only_one(tmp_path / "there", store_url(tmp_path / "other.db", "postgresql")):
            pass
    with only_one(tmp_path / "there", url):
        pass


def test_what_is_held_is_taken_again_when_a_server_is_back_and_given_up_without_one(tmp_path, url):
    """While it is gone that is said, again and again, and whoever ends does so as always."""
    with ExitStack() as stack, only_one(tmp_path / "here", url) as store, own_name(url, "حلب") as name:
        with postgres_stopped():
            for hold in (store, name) * 2:
                with pytest.raises(StoreError, match="Connection refused"):
                    hold.keep()
        for hold in (store, name) * 2:
            hold.keep()
        with pytest.raises(InUseError, match="another syndicator works on"):
            only_one(tmp_path / "there", url).__enter__()
        with pytest.raises(InUseError, match='another syndicator is called "حلب"'):
            own_name(url, "حلب").__enter__()
        stack.enter_context(postgres_stopped())


async def test_a_session_that_was_cut_off_ends_no_process_but_another_process_does():
    """The server knows it until it notices: what is refused twice and then granted was our own."""
    answers, stopped = iter([False, False, True, False, False, False, *[True] * 1000]), asyncio.Event()

    async def work():
        async with kept([Hold(lambda: next(answers), "taken")], replace(FAST, lease=0.03), stop=stopped.set):
            await stopped.wait()

    with pytest.raises(InUseError, match="taken"):
        await work()
    assert next(answers)
    assert sum(answers) > 900  # it was told at the third in a row, and no sooner


def test_an_older_store_is_migrated_where_it_is(tmp_path, url):
    """By the command as by the daemon; others leave it alone. Its server makes the copies."""
    open_store(url).close()
    name = url.rpartition("/")[2]
    postgres().execute("ALTER TABLE source DROP COLUMN timing, DROP COLUMN turns", name)
    postgres().execute("DROP TABLE host, host_wait, worker, config_file, rendering", name)
    postgres().execute("UPDATE alembic_version SET version_num = '0017'", name)
    assert "its tables are at 0017" in refused(url, may_migrate=False)
    folder = write_config(tmp_path / "c", main=f'store = "{url}"\n{MAIN}')
    command = ["migrate", "--config", str(folder), "--state", str(tmp_path / "s")]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    assert f"Migrated the store from 0017 to {HEAD}." in done.output
    assert "No copy was made" in done.output
    store = open_store(url, may_migrate=False)
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()
    assert "there is nothing to do" in CliRunner().invoke(cli, command).output
