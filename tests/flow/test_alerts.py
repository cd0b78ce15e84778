"""Alerts of a running daemon: a person sees them in the log of operations and on the command line, and has a say."""

import asyncio
import json

import feedparser
import pytest
from click.testing import CliRunner

from syndicator.cli import cli
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.validity.atom import atom_faults
from tests.waiting import eventually, get, running


@pytest.fixture
async def site():
    async with Site({"/feed.xml": rss(Item("عودة الهدوء إلى إدلب", guid="1"))}) as found:
        yield found


@pytest.fixture
def folder(tmp_path, free_port, site):
    outlets = {"calm": outlet(site.base, name="الهدوء")}
    return write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds={"everything": EVERYTHING})


async def command(folder, tmp_path, *words):
    """Return what a command of the program comes to, given the folders of a daemon."""
    done = await asyncio.to_thread(
        CliRunner().invoke, cli, ["--config", str(folder), "--state", str(tmp_path / "s"), *words]
    )
    return done.exit_code, done.stdout, done.stderr


def as_async(ask):
    async def answer():
        return ask()

    return answer


async def log_of(port):
    """Return the entries of the log of operations; it breaks no rule of Atom."""
    answer = await get(f"http://127.0.0.1:{port}/ops.atom")
    assert answer.status == 200
    # Its entries are of no outlet, and came through nobody.
    assert [each for each in atom_faults(answer.body) if not each.endswith(("(4.2.7.2)", "(4.2.11)"))] == []
    return [(each.id, each.title) for each in feedparser.parse(answer.body).entries]


async def test_a_refused_file_is_an_alert_that_ends_when_it_is_mended(tmp_path, free_port, folder, site):
    bad = folder / "outlets" / "bad.toml"
    async with running(folder, tmp_path / "s") as daemon:
        assert await log_of(free_port) == []
        bad.write_text('name = "Без адреса"\n')
        await eventually(as_async(lambda: daemon.problems))
        await daemon.alerting.look()
        assert await log_of(free_port) == []
        await daemon.alerting.look()
        ((uid, title),) = await log_of(free_port)
        assert title.startswith("outlets/bad.toml was refused for")
        _, listed, _ = await command(folder, tmp_path, "alerts")
        assert "configuration" in listed
        assert "1 open alert." in listed
        bad.unlink()
        await eventually(as_async(lambda: not daemon.problems))
        await daemon.alerting.look()
        await daemon.alerting.look()
        ((same, title),) = await log_of(free_port)
        assert same == uid
        assert title.startswith("Over: ")
        assert "No open alerts." in (await command(folder, tmp_path, "alerts", "list"))[1]
        assert "cleared" in (await command(folder, tmp_path, "alerts", "log"))[1]


async def test_an_operator_acknowledges_confirms_and_mutes_beside_the_daemon(tmp_path, free_port, folder, site):
    (folder / "outlets" / "bad.toml").write_text("name = 3\n")
    async with running(folder, tmp_path / "s") as daemon:
        await daemon.alerting.look()
        await daemon.alerting.look()
        found = json.loads((await command(folder, tmp_path, "alerts", "list", "--json"))[1])
        (alert,) = found["alerts"]
        assert alert["subject"] == "file:outlets/bad.toml"
        code, said, _ = await command(folder, tmp_path, "alerts", "ack", str(alert["id"]))
        assert (code, said.startswith(f"{alert['id']} is acknowledged")) == (0, True)
        code, _, errors = await command(folder, tmp_path, "alerts", "confirm", str(alert["id"]))
        assert (code, "only silences teach anything" in errors) == (1, True)
        assert (await command(folder, tmp_path, "alerts", "mute", "silent outlet:calm", "3d"))[0] == 0
        await daemon.alerting.look()
        listed = (await command(folder, tmp_path, "alerts"))[1]
        assert ", known)" in listed
        assert "silent outlet:calm" in listed
        assert (await command(folder, tmp_path, "alerts", "unmute", "silent outlet:calm"))[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ack", "99"], "no open alert has the number 99"),
        (["mute", "outlet:clam", "3d"], "did you mean outlet:calm?"),
        (["mute", "clam", "3d"], "is no subject"),
        (["mute", "loud outlet:calm", "3d"], "is no kind of alert"),
        (["mute", "outlet:calm", "soon"], "is not a duration"),
        (["mute", "country:sy", "3d"], "there is no country sy"),
        (["ack", "9" * 20], "is not in the range"),
        (["unmute", "outlet:calm"], "is not muted"),
    ],
)
async def test_what_an_operator_mistypes_is_refused_with_what_to_write(tmp_path, folder, site, words, said):
    async with running(folder, tmp_path / "s"):
        pass
    code, _, errors = await command(folder, tmp_path, "alerts", *words)
    assert code != 0
    assert said in errors


async def test_the_log_is_asked_again_by_its_etag(tmp_path, free_port, folder, site):
    async with running(folder, tmp_path / "s"):
        first = await get(f"http://127.0.0.1:{free_port}/ops.atom")
        again = await get(f"http://127.0.0.1:{free_port}/ops.atom", **{"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")
