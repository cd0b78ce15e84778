"""What usually goes wrong is found, with what to do, beside a daemon and without one; nothing is changed."""

import asyncio
import json
import os
import socket
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from click.testing import CliRunner

from syndicator.cli import cli
from syndicator.config import load
from syndicator.runtime.doctor.local import check_parsing
from syndicator.runtime.lock import only_one
from syndicator.store import open_store
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.stores import postgres_stopped, speaks_sqlite, store_url
from tests.waiting import running


def doctor(config, state, *more):
    words = ["doctor", "--json", "--config", str(config), "--state", str(state), *more]
    done = CliRunner().invoke(cli, words, env={"SYNDICATOR_CONFIG": None})
    return done.exit_code, json.loads(done.stdout)


def of(found, check, grade):
    return [
        f"{each['words']} -> {each['advice']}" for each in found if (each["check"], each["grade"]) == (check, grade)
    ]


async def examine(*arguments):
    return await asyncio.to_thread(doctor, *arguments)


@pytest.fixture
async def site():
    async with Site({"/feed.xml": rss(Item("هدنة", guid="1"))}) as found:
        yield found


@pytest.fixture
def config(tmp_path, free_port, site):
    return write_config(
        tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
    )


async def test_all_is_well_beside_a_daemon(config, tmp_path):
    """It sees who serves, that base_url leads there, that one works; and the daemon goes on."""
    with only_one(tmp_path / "s"):
        async with running(config, tmp_path / "s"):
            code, found = await examine(config, tmp_path / "s")
    assert code == 0, found
    assert {each["grade"] for each in found} <= {"well", "warning"}
    assert {each["check"] for each in found} >= {
        "configuration", "state", "space", "database", "daemon", "open files", "parsing", "port", "base_url", "network", "clock",
    }  # fmt: skip
    assert of(found, "base_url", "well")
    assert "answered by this program" in of(found, "port", "well")[0]


@speaks_sqlite
async def test_without_a_daemon_it_says_what_it_cannot_see(config, tmp_path, site):
    """And makes nothing; each outlet gets one request."""
    code, found = await examine(config, tmp_path / "s")
    assert code == 0, found
    assert not (tmp_path / "s").exists()
    assert "is free" in of(found, "port", "well")[0]
    assert {each["check"] for each in found if each["grade"] == "skipped"} >= {"state", "database", "base_url"}
    assert [request.method for request in site.requests] == ["HEAD"]


@speaks_sqlite
async def test_a_damaged_database_comes_first(config, tmp_path):
    """With how to mend it; a daemon that hangs, files of another's, and one of a version to come, are told."""
    state = tmp_path / "s"
    open_store(f"sqlite:///{state}/syndicator.db").close()
    path = state / "syndicator.db"
    good = path.read_bytes()
    path.write_bytes(good[:8192] + b"\xff" * 4096 + good[12288:])
    code, found = await examine(config, state)
    assert code == 1
    assert (found[0]["check"], found[0]["grade"]) == ("database", "fault")
    assert "syndicator restore" in found[0]["advice"]
    path.write_bytes(good)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    code, found = await examine(config, state)
    assert code == 1
    assert "newer version" in of(found, "database", "fault")[0]


async def test_a_daemon_that_writes_nothing_is_told(config, tmp_path):
    """It holds the folder, and its heartbeat is old."""
    state = tmp_path / "s"
    url = store_url(state / "syndicator.db")
    with only_one(state), closing(open_store(url)) as store:
        _, found = await examine(config, state)
        assert "has written nothing yet" in of(found, "daemon", "warning")[0]
        before = datetime(2026, 3, 6, 12, tzinfo=UTC).isoformat()
        await store.write(lambda tx: tx.set_meta("heartbeat", before))
        _, found = await examine(config, state)
        assert "has written nothing since 2026-03-06 12:00 UTC" in of(found, "daemon", "warning")[0]


@pytest.mark.xdist_group("postgresql")
async def test_a_daemon_elsewhere_on_the_same_server_is_told_and_so_is_a_server_that_is_gone(tmp_path, free_port, site):
    """And what to do: a backup of the file would not help."""
    url = store_url(tmp_path / "shared.db", "postgresql")
    config = write_config(
        tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, main=f'store = "{url}"\n{MAIN}'
    )
    async with running(config, tmp_path / "s"):
        _, found = await examine(config, tmp_path / "elsewhere")
    assert f"one works on postgresql://***@127.0.0.1:{urlsplit(url).port}" in of(found, "daemon", "well")[0]
    with postgres_stopped():
        code, found = await examine(config, tmp_path / "elsewhere")
    assert code == 1
    (told,) = of(found, "database", "fault")
    assert "Connection refused" in told
    assert told.endswith("see whether its server runs, and its log")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
async def test_files_of_another_user_are_told(config, tmp_path):
    """What a command of root left, with the line that mends it."""
    state = tmp_path / "s"
    (state / "feeds").mkdir(parents=True)
    os.chown(state, 61200, 61200)
    code, found = await examine(config, state)
    (told,) = of(found, "state", "fault")
    assert code == 1
    assert f"chown -R --reference={state}" in told
    assert "feeds" in told


def refuse(listening):
    listening.accept()[0].close()


async def test_a_taken_port_is_told(config, tmp_path, free_port):
    """By a program that answers otherwise, and by one that does not answer at all."""
    with socket.create_server(("127.0.0.1", free_port)) as taken:
        accepting = asyncio.get_running_loop().run_in_executor(None, refuse, taken)
        code, found = await examine(config, tmp_path / "s")
        await accepting
    assert code == 1
    assert "taken by another program" in of(found, "port", "fault")[0]


async def test_a_base_url_that_leads_elsewhere_is_told(tmp_path, free_port, site):
    """A name that was sold, a proxy that leads to another; one that nobody answers at is a warning."""
    for base, grade in ((site.base, "fault"), ("http://127.0.0.1:1", "warning")):
        main = MAIN.replace('base_url = "http://127.0.0.1:{port}"', f'base_url = "{base}"')
        config = write_config(
            tmp_path / "c", port=free_port, main=main, outlets={"one": outlet(site.base)}, feeds={"all": EVERYTHING}
        )
        async with running(config, tmp_path / "s"):
            _, found = await examine(config, tmp_path / "s")
        assert base in of(found, "base_url", grade)[0]


async def test_a_wrong_clock_is_told(tmp_path, free_port):
    """By what outlets say; a little off is a warning, hours are a fault."""
    for off, grade in ((60, "warning"), (-7200, "fault")):

        async def answer(_, off=off):
            return web.Response(headers={"Date": formatdate(time.time() + off, usegmt=True)})

        async with Site({"/": answer, "/feed.xml": answer}) as site:
            config = write_config(
                tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"all": EVERYTHING}
            )
            _, found = await examine(config, tmp_path / "s")
        (told,) = of(found, "clock", grade)
        assert "behind" in told if off > 0 else "ahead" in told


async def test_no_network_is_told(tmp_path, free_port):
    """No name, or nobody there; and one of several is a warning only."""
    homes = {"a": "http://nobody.invalid", "b": "http://nothing.invalid"}
    config = write_config(
        tmp_path / "c",
        port=free_port,
        outlets={name: outlet(home) for name, home in homes.items()},
        feeds={"all": EVERYTHING},
    )
    code, found = await examine(config, tmp_path / "s")
    assert code == 1
    assert "no name is resolved" in of(found, "network", "fault")[0]
    assert of(found, "clock", "skipped")


async def test_a_configuration_that_is_not_in_force_is_told(config, tmp_path):
    """Each file; and one that keeps everything from starting comes alone."""
    (config / "feeds" / "bad.toml").write_text('title = "x"\nwhere = "region:Nirgendwo"\n')
    code, found = await examine(config, tmp_path / "s")
    assert code == 1
    assert "feeds/bad.toml" in of(found, "configuration", "fault")[0]
    (config / "syndicator.toml").write_text("nonsense = 1\n")
    code, found = await examine(config, tmp_path / "s")
    assert code == 1
    assert [each["check"] for each in found] == ["configuration"]


async def test_want_of_processes_is_told(config, tmp_path):
    """No child can be started, by a program that ends at once."""
    found = await check_parsing(load(config, state=tmp_path / "s", environ={}), command=("false",))
    assert (found.check, found.grade) == ("parsing", "fault")
    assert "no process for parsing can be started" in found.words


def test_it_reads_well(tmp_path):
    """A line for each finding, and what to do below it."""
    config = write_config(tmp_path / "c", feeds={"all": EVERYTHING}, main="nonsense = 1\n")
    done = CliRunner().invoke(cli, ["doctor", "--config", str(config)], env={"SYNDICATOR_CONFIG": None})
    assert done.exit_code == 1
    assert done.output.startswith("FAULT    configuration: syndicator.toml: nonsense: ")
    assert "\n         -> mend it" in done.output
