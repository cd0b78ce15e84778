"""Everything in one file while the daemon writes, and back again: every table, id and feed as it was."""

import asyncio
import contextlib
import hashlib
import io
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from syndicator.cli import cli
from syndicator.runtime.backup.archive import zstd
from syndicator.runtime.lock import only_one
from syndicator.store.migrate import HEAD
from syndicator.store.move import move_store
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.processes import started
from tests.stores import IS_POSTGRES, postgres, store_url
from tests.waiting import running

ITEMS = (
    Item("هدنة في إدلب", guid="1", text="نص"), Item("آتش‌بس در ادلب", guid="2"), Item("Перемирие в Идлибе", guid="3"),
    Item("İdlib'de ateşkes", guid="4"),
)  # fmt: skip


def syndicator(*words, **environ):
    return CliRunner().invoke(
        cli, [*map(str, words)], env={"SYNDICATOR_CONFIG": None, "SYNDICATOR_STATE": None, **environ}
    )


def dump(database):
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def rights(folder):
    return {
        path.relative_to(folder).as_posix(): (stat.S_IMODE(path.stat().st_mode), path.stat().st_uid, path.stat().st_gid)
        for path in (folder, *folder.rglob("*"))
    }


def digests(folder, *, without=()):
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            stat.S_IMODE(path.stat().st_mode),
        )
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(without)
    }


class Place:
    """A configuration and a state, with a secret that lies outside of both."""

    def __init__(self, folder, store="", **files):
        self.folder = folder
        self.secret = folder / "secrets" / "mail"
        self.secret.parent.mkdir(parents=True)
        self.secret.write_text("Geheimnis")
        self.secret.chmod(0o600)
        mail = (
            f'\n[mail]\nserver = "127.0.0.1:1"\nsender = "a@b.example"\nuser = "u"\npassword_file = "{self.secret}"\n'
        )
        self.state = folder / "s"
        if IS_POSTGRES and not store:  # most tests look into the file
            store = f"sqlite:///{self.state}/syndicator.db"
        main = f'store = "{store}"\n{MAIN}' if store else MAIN
        self.config = write_config(folder / "c", main=main + mail, feeds={"everything": EVERYTHING}, **files)
        self.database = self.state / "syndicator.db"
        self.file = folder / "b" / "news.backup"
        self.file.parent.mkdir()

    def options(self):
        return ("--config", self.config, "--state", self.state)

    def backup(self, *more):
        return syndicator("backup", self.file, *self.options(), *more)

    def restore(self, *more):
        return syndicator("restore", self.file, *self.options(), *more)

    def lose(self):
        shutil.rmtree(self.config)
        shutil.rmtree(self.state)


@pytest.fixture
async def place(tmp_path):
    """One that has polled, with stories in four scripts, a private file and captures."""
    async with Site({"/feed.xml": rss(*ITEMS)}) as site:
        found = Place(tmp_path, outlets={"one": outlet(site.base)})
        polled = await asyncio.to_thread(syndicator, "poll", *found.options())
        assert polled.exit_code == 0, polled.output
        private = found.state / "feeds" / "private.atom"
        private.write_text("<feed/>")
        private.chmod(0o600)
        (found.state / "captures").mkdir(exist_ok=True)
        (found.state / "captures" / "one.warc").write_bytes(b"WARC" * 1000)
        yield found


async def test_what_is_restored_is_what_was_there(place):
    """Tables, ids, published files with their rights, captures, configuration, the secret outside."""
    tables, state, config = (
        dump(place.database),
        digests(place.state, without=("syndicator.db", "lock")),
        digests(place.config),
    )
    (place.config / "feeds").chmod(0o750)
    if os.geteuid() == 0:
        shutil.chown(place.config / "feeds", group="mail")
        shutil.chown(place.config / "feeds" / "everything.toml", group="mail")
    granted = rights(place.config)
    done = await asyncio.to_thread(place.backup)
    assert done.exit_code == 0, done.output
    assert f"database at {HEAD}" in done.output
    place.lose()
    place.secret.unlink()
    done = await asyncio.to_thread(place.restore)
    assert done.exit_code == 0, done.output
    assert dump(place.database) == tables
    assert len([line for line in tables if line.startswith('INSERT INTO "story" ')]) == len(ITEMS)
    assert digests(place.state, without=("syndicator.db", "lock")) == state
    assert digests(place.config) == config
    assert rights(place.config) == granted
    assert place.secret.read_text() == "Geheimnis"
    assert stat.S_IMODE(place.secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.database.stat().st_mode) & 0o077 == 0
    assert list(place.file.parent.iterdir()) == [place.file]
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600


async def test_captures_may_stay_out(place):
    """They may be many."""
    assert (await asyncio.to_thread(place.backup, "--without-captures")).exit_code == 0
    place.lose()
    assert (await asyncio.to_thread(place.restore)).exit_code == 0
    assert not (place.state / "captures").exists()
    assert (place.state / "feeds" / "everything.atom").exists()


async def test_it_is_one_moment_while_the_daemon_writes(tmp_path):
    """A daemon that polls, and a writer that writes pairs: no pair is torn, the file opens, nobody waits."""
    async with Site({"/feed.xml": rss(*ITEMS)}) as site:
        place = Place(tmp_path, outlets={"one": outlet(site.base)})
        async with running(place.config, place.state):
            stop, written = threading.Event(), []

            def write():
                with contextlib.closing(
                    sqlite3.connect(place.database, isolation_level=None, timeout=60)
                ) as connection:
                    connection.execute("CREATE TABLE pair (a, b)")
                    connection.execute("CREATE TABLE filler AS SELECT zeroblob(20000000) AS x")
                    while not stop.is_set():
                        connection.execute("BEGIN IMMEDIATE")
                        connection.execute("INSERT INTO pair (a) VALUES (1)")
                        connection.execute("UPDATE pair SET b = (SELECT count(*) FROM pair)")
                        connection.execute("COMMIT")
                        written.append(1)

            writer = threading.Thread(target=write)
            writer.start()
            try:
                while not written:
                    await asyncio.sleep(0.01)
                before = len(written)
                done = await asyncio.to_thread(place.backup)
                during = len(written) - before
            finally:
                stop.set()
                writer.join()
        assert done.exit_code == 0, done.output
        assert during > 0
        place.lose()
        assert (await asyncio.to_thread(place.restore)).exit_code == 0
        with contextlib.closing(sqlite3.connect(place.database)) as connection:
            rows = connection.execute("SELECT count(*), min(b), max(b) FROM pair").fetchone()
            assert rows[0] == rows[1] == rows[2] >= before
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_what_is_there_is_not_lost(place):
    """Neither a database nor another configuration, nor a running daemon's; with --force they are kept beside."""
    assert (await asyncio.to_thread(place.backup)).exit_code == 0
    done = place.restore()
    assert (done.exit_code, f"there is a database at {place.database}" in done.output) == (1, True)
    (place.config / "feeds" / "everything.toml").write_text('title = "Mine"\nwhere = ""\n')
    place.database.rename(place.folder / "aside.db")
    done = place.restore()
    assert (done.exit_code, f"there is a configuration in {place.config}" in done.output) == (1, True)
    (place.folder / "aside.db").rename(place.database)
    with only_one(place.state):
        done = place.restore("--force")
        assert (done.exit_code, "another syndicator works on" in done.output) == (1, True)
    tables = dump(place.database)
    with contextlib.closing(sqlite3.connect(place.database)) as connection:
        connection.execute("CREATE TABLE newer (x)")
        connection.commit()
    done = place.restore("--force")
    assert done.exit_code == 0, done.output
    assert dump(place.database) == tables
    assert any("newer" in line for line in dump(place.state / "syndicator.db.before-restore"))
    assert "Mine" in (place.folder / "c.before-restore" / "feeds" / "everything.toml").read_text()
    assert "Mine" not in (place.config / "feeds" / "everything.toml").read_text()
    assert "left as it is" in done.output


def flip(content):
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 255
    return bytes(damaged)


def made(members):
    """Return a tar archive in zstd, of names and contents."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, content in members.items():
            found = tarfile.TarInfo(name)
            found.size = len(content)
            tar.addfile(found, io.BytesIO(content))
    return zstd.compress(plain.getvalue())


def unpacked(content):
    with tarfile.open(fileobj=io.BytesIO(zstd.decompress(content))) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar}


DAMAGES = {
    "cut": lambda content: content[: len(content) // 2],
    "flipped": flip,
    "empty": lambda _: b"",
    "no archive": lambda _: b"no archive at all",
    "another archive": lambda _: made({"state/x": b"1"}),
    "a changed member": lambda content: made(unpacked(content) | {"config/feeds/everything.toml": b"x"}),
    "a member more": lambda content: made({"state/more": b"1"} | unpacked(content)),
    "a member less": lambda content: made({k: v for k, v in unpacked(content).items() if k != "store.db"}),
    "a way out": lambda content: made({"state/../../out": b"1"} | unpacked(content)),
    "an absolute path": lambda content: made({"/etc/out": b"1"} | unpacked(content)),
    "a folder that leads out": lambda content: made(
        unpacked(content)
        | {"manifest.json": unpacked(content)["manifest.json"].replace(b'"config/feeds": ', b'"config/../../out": ')}
    ),
    "another format": lambda content: made(
        unpacked(content)
        | {"manifest.json": unpacked(content)["manifest.json"].replace(b'"format": 1', b'"format": 9')}
    ),
    "newer tables": lambda content: made(
        unpacked(content)
        | {"manifest.json": unpacked(content)["manifest.json"].replace(f'"{HEAD}"'.encode(), b'"9999"')}
    ),
}


async def test_what_is_not_whole_is_refused_before_anything_is_changed(place):
    """Whatever is wrong, with its name; the folders stay as they are, and nothing is written elsewhere."""
    assert (await asyncio.to_thread(place.backup)).exit_code == 0
    good = place.file.read_bytes()
    before = digests(place.folder, without=("news.backup",))
    for name, damage in DAMAGES.items():
        place.file.write_bytes(damage(good))
        done = place.restore("--force")
        assert done.exit_code == 1, name
        assert "Traceback" not in done.output, name
        assert str(place.file) in done.output or "newer version" in done.output, (name, done.output)
        assert digests(place.folder, without=("news.backup",)) == before, name
    assert not (place.folder / "out").exists()


async def test_a_backup_that_is_killed_leaves_the_one_before(place):
    """And the next one removes what was left; two at once to one file do not mix."""
    assert (await asyncio.to_thread(place.backup)).exit_code == 0
    before = place.file.read_bytes()
    with (place.state / "captures" / "large.warc").open("wb") as large:
        large.write(os.urandom(40_000_000))
    command = (sys.executable, "-m", "syndicator", "backup", place.file, *place.options())
    async with started(*command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        work = place.file.with_name(f".{place.file.name}.part")
        while not work.exists() or not list(place.file.parent.glob(f".{place.file.name}.*.new")):
            assert process.returncode is None
            await asyncio.sleep(0.002)
        second = await asyncio.to_thread(place.backup)
        process.kill()
        await process.wait()
    assert (second.exit_code, "another backup is being written" in second.output) == (1, True)
    assert place.file.read_bytes() == before
    assert (await asyncio.to_thread(place.backup, "--without-captures")).exit_code == 0
    assert list(place.file.parent.iterdir()) == [place.file]


async def test_a_restore_that_is_killed_can_be_done_again(place):
    """The database comes last: until then there is none, or with --force the one before is kept."""
    with (place.state / "captures" / "large.warc").open("wb") as large:
        large.write(os.urandom(40_000_000))
    tables = dump(place.database)
    assert (await asyncio.to_thread(place.backup)).exit_code == 0
    place.lose()
    command = (sys.executable, "-m", "syndicator", "restore", place.file, *place.options())
    async with started(*command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while not (place.state / "lock").exists():
            assert process.returncode is None
            await asyncio.sleep(0.001)
        process.kill()
        await process.wait()
    assert not place.database.exists() or dump(place.database) == tables
    done = await asyncio.to_thread(place.restore, "--force")
    assert done.exit_code == 0, done.output
    assert dump(place.database) == tables


async def test_a_damaged_database_is_told_and_no_backup(place):
    """What is broken would only be found at the restore."""
    with contextlib.closing(sqlite3.connect(place.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(place.database.read_bytes())
    for page in range(2, 40):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    place.database.write_bytes(content)
    done = await asyncio.to_thread(place.backup)
    assert done.exit_code == 1
    assert str(place.database) in done.output
    assert not place.file.exists()


async def test_a_full_disk_leaves_nothing(place):
    """Of a size that is smaller than the backup, by the limit of a file's size."""
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); from syndicator.cli import cli; cli(sys.argv[1:])"
    )
    command = (sys.executable, "-c", code, "backup", place.file, *place.options())
    done = await asyncio.to_thread(subprocess.run, [*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert not place.file.exists()
    assert not list(Path(place.file.parent).glob("*.new"))


@pytest.mark.xdist_group("postgresql")
async def test_a_store_in_postgresql_is_in_it_and_goes_to_either_database(tmp_path):
    """Every number and id; what is there already is never written over."""
    url = store_url(tmp_path / "s.db", "postgresql")
    async with Site({"/feed.xml": rss(*ITEMS)}) as site:
        place = Place(tmp_path, outlets={"one": outlet(site.base)}, store=url)
        polled = await asyncio.to_thread(syndicator, "poll", *place.options())
        assert polled.exit_code == 0, polled.output
    before = moved(url, tmp_path / "before.db")
    assert len([line for line in before if line.startswith('INSERT INTO "story" ')]) == len(ITEMS)
    done = await asyncio.to_thread(place.backup)
    assert done.exit_code == 0, done.output
    assert f"database at {HEAD}" in done.output
    place.lose()
    done = await asyncio.to_thread(place.restore, "--force")
    assert done.exit_code == 1
    assert "is not empty" in done.output
    assert not place.config.exists()
    name = url.rpartition("/")[2]
    postgres().drop(name)
    postgres().create(name)
    done = await asyncio.to_thread(place.restore)
    assert done.exit_code == 0, done.output
    assert f"/{name}." in done.output
    assert moved(url, tmp_path / "after.db") == before
    assert not list(place.state.glob("*.db*"))
    place.lose()
    file = tmp_path / "elsewhere.db"
    done = await asyncio.to_thread(place.restore, "--set", f"store=sqlite:///{file}")
    assert done.exit_code == 0, done.output
    assert moved(f"sqlite:///{file}", tmp_path / "again.db") == before


def moved(url, file):
    """Return all that a store holds, as SQL."""
    move_store(url, f"sqlite:///{file}", lambda *_: None)
    return dump(file)
