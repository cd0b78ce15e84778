"""The command line."""

import asyncio
import json
import os
import sys
import tomllib

import msgspec
import pytest
from click.testing import CliRunner

from syndicator import __version__
from syndicator.cli import cli
from syndicator.models.alerts import AlertKind, Subject, SubjectKind
from syndicator.models.status import Health, Status
from syndicator.store import open_store
from tests.made_ops import made_alert
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.processes import run
from tests.stores import speaks_sqlite, store_url


def invoke(*arguments, **environ):
    return CliRunner().invoke(cli, [str(a) for a in arguments], env={"SYNDICATOR_CONFIG": None, **environ})


def test_version():
    """What is it?"""
    assert invoke("version").output == f"syndicator {__version__}\n"


def test_check_lists_every_problem_and_exits_2(tmp_path):
    """All at once, on stderr, by file and key."""
    folder = write_config(tmp_path, outlets={"bad": outlet("nonsense", country="XX", extra="x = 1")})
    result = invoke("check", "--config", folder)
    assert result.exit_code == 2
    assert result.output.count("outlets/bad.toml: ") == 3
    assert "3 problems; nothing was changed." in result.output


def test_check_says_well(tmp_path):
    """And where it looked; the option may stand before the command or after it."""
    folder = write_config(tmp_path, feeds={"everything": EVERYTHING})
    assert invoke("check", "--config", folder).exit_code == 0
    assert "0 outlets with 0 sources, 1 feed, 0 concepts." in invoke("--config", folder, "check").output
    assert invoke("check", SYNDICATOR_CONFIG=str(folder)).exit_code == 0


async def test_poll_once_then_publish_and_status(tmp_path):
    """Files are there afterwards, status tells of them, a failing source makes exit code 1."""
    async with Site({"/feed.xml": rss(Item("Story", guid="1"))}) as site:
        folder = write_config(
            tmp_path / "c",
            port=1,
            outlets={"good": outlet(site.base), "bad": outlet(site.base, path="/nothing")},
            feeds={"everything": EVERYTHING},
        )
        where = ("--config", folder, "--state", tmp_path / "s")
        result = await asyncio.to_thread(invoke, "poll", "good", *where)
        assert (result.exit_code, "1 new" in result.output) == (0, True)
        assert b"Story" in (tmp_path / "s" / "feeds" / "everything.rss").read_bytes()
        result = await asyncio.to_thread(invoke, "poll", *where)
        assert (result.exit_code, "1 of 2 sources failed" in result.output) == (1, True)
        status = json.loads((await asyncio.to_thread(invoke, "status", "--json", *where)).stdout)
        assert {o["id"]: o["health"] for o in status["outlets"]} == {"good": "working", "bad": "failing"}
        assert "not found" in (await asyncio.to_thread(invoke, "status", *where)).output
        assert (await asyncio.to_thread(invoke, "poll", "nobody", *where)).exit_code == 2


@speaks_sqlite
def test_status_says_first_what_it_reads(tmp_path):
    """On stderr, so that the output is what it was asked for: nobody looks at another database than they think."""
    folder = write_config(tmp_path / "c", outlets={"one": outlet("https://one.example")}, feeds={"every": EVERYTHING})
    where = ("--config", folder, "--state", tmp_path / "s")
    open_store(store_url(tmp_path / "s/syndicator.db")).close()
    result = invoke("status", *where)
    assert result.stderr.splitlines()[0] == f"reading {tmp_path}/s/syndicator.db"
    assert result.stdout == "0 of 1 outlet not well, 1 not reached yet\nOutlet: not polled yet\n"


async def test_status_begins_with_what_is_not_well(tmp_path):
    """A line that sums up, alerts, outlets the worst first; who is well is listed if asked for."""
    async with Site({"/feed.xml": rss(Item("قصة", guid="1"))}) as site:
        outlets = {
            "anar": outlet(site.base, name="رادیو انار"),
            "bogaz": outlet(site.base, name="Boğaz Postası", path="/nothing"),
            "nevsky": outlet(site.base, name="Невский вестник"),
        }
        folder = write_config(tmp_path / "c", outlets=outlets)
        where = ("--config", folder, "--state", tmp_path / "s")
        await asyncio.to_thread(invoke, "poll", *where)
        store = open_store(store_url(tmp_path / "s/syndicator.db"))
        silent = made_alert(AlertKind.SILENT, Subject(SubjectKind.OUTLET, "nevsky"), outlet="nevsky")
        await store.write(lambda tx: tx.alerts.add(silent))
        store.close()
        lines = (await asyncio.to_thread(invoke, "status", *where)).stdout.splitlines()
        everything = (await asyncio.to_thread(invoke, "status", "--all", *where)).stdout
        told = json.loads((await asyncio.to_thread(invoke, "status", "--json", *where)).stdout)
    assert lines[0] == "2 of 3 outlets not well, 1 open alert"
    assert "silent" in lines[1]
    told_of = [line for line in lines if not line.startswith(" ")]
    assert told_of[1:] == [
        "Boğaz Postası: failing",
        "Невский вестник: silent",
        "1 other outlet is well: syndicator status --all",
    ]
    assert "رادیو انار: working" in everything
    assert "--all" not in everything
    assert [each["subject"] for each in told["alerts"]] == ["outlet:nevsky"]


def test_status_prints_the_json_that_the_page_serves(tmp_path):
    """Every key with its type."""
    folder = write_config(tmp_path / "c", outlets={"one": outlet("https://one.example")})
    open_store(store_url(tmp_path / "s/syndicator.db")).close()
    result = invoke("status", "--json", "--config", folder, "--state", tmp_path / "s")
    found = msgspec.json.decode(result.stdout, type=Status)
    assert [(each.id, each.health) for each in found.outlets] == [("one", Health.UNPOLLED)]


@speaks_sqlite
@pytest.mark.parametrize("more", [(), ("--json",)])
async def test_who_reads_only_the_first_line_sees_no_traceback(tmp_path, more):
    """As in "syndicator status | head -1": whoever read our output has gone before it came."""
    outlets = {f"o{n}": outlet(f"https://o{n}.example", name="A name of some length " * 20) for n in range(300)}
    folder = write_config(tmp_path / "c", outlets=outlets)
    open_store(store_url(tmp_path / "s/syndicator.db")).close()
    command = (sys.executable, "-m", "syndicator", "status", *more, "--config", folder, "--state", tmp_path / "s")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = await run(*command, stdout=writer)
    finally:
        os.close(writer)
    assert done.stderr.decode().splitlines() == [f"reading {tmp_path}/s/syndicator.db"]


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "demo",
        "poll",
        "check",
        "status",
        "import",
        "export",
        "release",
        "confirm",
        "replay",
        "version",
        "migrate",
    ],
)
def test_every_command_explains_itself(command):
    """--help, with a sentence."""
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.long
async def test_the_demo_plays_to_the_end():
    """Nine outlets, fail-overs, a copy, an edited headline, mirrors that lag, drop and edit, a domain that is sold."""
    result = await run(sys.executable, "-m", "syndicator", "demo", "--once")
    assert result.returncode == 0, result.stderr
    shown = result.stdout.decode()
    table = dict(line.strip().rsplit(None, 1) for line in shown.splitlines() if line[-1:].isdigit())
    counts = {name: int(count) for name, count in table.items()}
    assert counts["outlets"] == 9
    assert counts["stories"] == 26
    assert counts["copies"] == 1
    assert counts["updates"] == 1
    assert counts["failovers"] >= 1
    assert counts["members of everything"] == 26
    assert counts["members of idlib"] == 14
    assert counts["members of syria-ceasefire"] == 13
    for remark in ("lags by at least", "does not show", "shows another title", "looks like another outlet's"):
        assert remark in shown


def test_lists_of_other_readers_come_in_and_go_out(tmp_path):
    """What is there already stays; a second import finds nothing new."""
    folder = write_config(tmp_path / "c", outlets={"one": outlet("https://one.example")})
    (tmp_path / "mine.opml").write_text(
        '<opml><outline text="خبر" xmlUrl="https://two.example/rss"/><outline xmlUrl="https://one.example/feed.xml"/></opml>'
    )
    options = ("--config", str(folder), "--state", str(tmp_path / "s"))
    command = ("import", str(tmp_path / "mine.opml"), "--country", "IR", "--language", "fa", *options)
    first, again, out = (CliRunner().invoke(cli, words) for words in (command, command, ("export", *options)))
    assert first.output.startswith("Wrote 1 feed of 1 outlet to ")
    assert "1 known already, 0 left out." in first.output
    assert again.output.startswith("Wrote 0 feeds of 0 outlets to ")
    assert tomllib.loads((folder / "outlets" / "two-example.toml").read_text())["name"] == "خبر"
    assert [address in out.output for address in ("https://one.example/feed.xml", "https://two.example/rss")] == [
        True,
        True,
    ]
    wrong = CliRunner().invoke(
        cli, ("import", str(tmp_path / "mine.opml"), "--country", "XX", "--language", "fa", *options)
    )
    assert wrong.exit_code == 0  # nothing new, so nothing wrong is written
    (folder / "outlets" / "two-example.toml").unlink()
    wrong = CliRunner().invoke(
        cli, ("import", str(tmp_path / "mine.opml"), "--country", "XX", "--language", "fa", *options)
    )
    assert (wrong.exit_code, "XX" in wrong.output) == (2, True)
    assert not (folder / "outlets" / "two-example.toml").exists()


@pytest.mark.parametrize("id_", ["../x", "x/y", "/tmp/x", "x\n", "X", "", ".x", "x" * 65, "x.toml"])
async def test_an_id_cannot_lead_out_of_the_folder(tmp_path, id_):
    """What is no file's name for the reader is none for the writer; nothing is asked and nothing is written."""
    async with Site({"/feed.xml": rss(Item("Story", guid="1"))}) as site:
        folder = write_config(tmp_path / "c")
        before = sorted(tmp_path.rglob("*"))
        result = await asyncio.to_thread(
            invoke, "add", f"{site.base}/feed.xml", "--id", id_, "--country", "GB", "--config", folder
        )
    assert (result.exit_code, "a file's name is an id: a to z, 0 to 9, - and _ only" in result.output) == (2, True)
    assert (sorted(tmp_path.rglob("*")), site.requests) == (before, [])


async def test_lists_are_not_written_by_halves(tmp_path):
    """When the disk is full in the middle, the folder that the daemon watches is as it was."""
    folder = write_config(tmp_path / "c")
    outlines = "".join(f'<outline text="N" xmlUrl="https://{n}.example/{"p" * 700}"/>' for n in "abc")
    outlines += "".join(f'<outline xmlUrl="https://d.example/{"p" * 700}{n}"/>' for n in range(5))
    (tmp_path / "mine.opml").write_text(f"<opml>{outlines}</opml>")
    script = (
        "import resource, sys; from syndicator.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)); sys.argv[0] = 'syndicator'; main()"
    )
    words = ["import", tmp_path / "mine.opml", "--country", "IR", "--language", "fa", "--config", folder]
    done = await run(sys.executable, "-B", "-c", script, *words)
    assert (done.returncode, b"File too large" in done.stderr) == (1, True), done.stderr
    assert list((folder / "outlets").iterdir()) == []


def test_a_list_in_another_encoding_comes_in(tmp_path):
    """By its byte order mark, or by what its prolog says."""
    folder = write_config(tmp_path / "c")
    outline = '<opml><outline text="Утро" xmlUrl="https://{}.example/rss"/></opml>'
    (tmp_path / "a.opml").write_bytes(outline.format("a").encode("utf-16"))
    prolog = '<?xml version="1.0" encoding="windows-1251"?>'
    (tmp_path / "b.opml").write_bytes((prolog + outline.format("b")).encode("cp1251"))
    lists = (tmp_path / "a.opml", tmp_path / "b.opml")
    assert invoke("import", *lists, "--country", "RU", "--language", "ru", "--config", folder).exit_code == 0
    for name in ("a-example", "b-example"):
        assert tomllib.loads((folder / "outlets" / f"{name}.toml").read_text())["name"] == "Утро"


def test_a_file_that_is_no_list_is_not_passed_over(tmp_path):
    """It is named, and nothing of the others is written."""
    folder = write_config(tmp_path / "c")
    (tmp_path / "mine.opml").write_text('<opml><outline xmlUrl="https://two.example/rss"/></opml>')
    (tmp_path / "README.md").write_text("# Not a list")
    result = invoke(
        "import", tmp_path / "mine.opml", tmp_path / "README.md",
        "--country", "IR", "--language", "fa", "--config", folder,
    )  # fmt: skip
    assert (result.exit_code, f"{tmp_path / 'README.md'}: no feed found" in result.output) == (1, True)
    assert list((folder / "outlets").iterdir()) == []


def test_what_would_not_be_read_is_not_written(tmp_path):
    """The configuration is read with the new files before they exist: a daemon that watches never sees a bad one."""
    folder = write_config(tmp_path / "c")
    (folder / "outlets").rmdir()
    (tmp_path / "mine.opml").write_text('<opml><outline xmlUrl="https://two.example/rss"/></opml>')
    result = invoke("import", tmp_path / "mine.opml", "--country", "XX", "--language", "fa", "--config", folder)
    assert (result.exit_code, "outlets/two-example.toml: country:" in result.output) == (2, True)
    assert not (folder / "outlets").exists()
