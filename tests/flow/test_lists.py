"""Outlets that come in by add, import and accept: each site once; and sources that a daemon is told to poll."""

import asyncio
import tomllib

import pytest
from aiohttp import web
from click.testing import CliRunner

from syndicator.cli import cli
from syndicator.runtime.lock import only_one
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.waiting import eventually, running

QUIET = MAIN.replace('interval = "1s"', 'interval = "12h"').replace('shortest = "1s"', 'shortest = "6h"')


async def command(*words):
    done = await asyncio.to_thread(CliRunner().invoke, cli, [str(word) for word in words])
    return done.exit_code, done.output


def newspaper(*, title="Gazete"):
    """A site with a front page, a story and two feeds."""
    links = "".join(f'<link rel=alternate type="text/xml" href="/{path}">' for path in ("gundem", "spor"))

    def page(words):
        text = f"<html lang=tr><head><title>{words}</title>{links}</head><body><p>.</p></body></html>"
        return lambda _: web.Response(text=text, content_type="text/html")

    feeds = {f"/{path}": rss(Item(path, guid=path), title=title) for path in ("gundem", "spor")}
    return {"/": page(title), "/haber/1": page(f"Köprü bu sabah trafiğe açıldı - {title}"), **feeds}


async def test_a_second_add_of_a_site_makes_no_second_outlet(tmp_path):
    """It is said which outlet has it, and how the source is added; an id of its own makes another one all the same."""
    async with Site(newspaper()) as site:
        folder = write_config(tmp_path / "c")
        add = ("add", "--country", "TR", "--config", folder)
        code, told = await command(*add, f"127.0.0.1:{site.port}/haber/1")
        assert code == 0, told
        (file,) = (folder / "outlets").iterdir()
        before = file.read_bytes()
        assert tomllib.loads(before.decode())["name"] == "Gazete"
        for address in (site.base, f"{site.base}/haber/1", f"{site.base}/gundem", f"feed:{site.base}/gundem"):
            code, told = await command(*add, address, "--id", "again")
            assert (code, f"{site.base}/gundem is a source of Gazete ({file}) already" in told) == (1, True), told
        code, told = await command(*add, f"{site.base}/spor")
        assert (code, f"{site.base} is the site of Gazete ({file})" in told) == (1, True), told
        assert f'[[source]]\nurl = "{site.base}/spor"' in told
        assert ([*(folder / "outlets").iterdir()], file.read_bytes()) == ([file], before)
        code, told = await command(*add, f"{site.base}/spor", "--id", "spor")
        assert (code, (folder / "outlets" / "spor.toml").exists()) == (0, True), told


async def test_f08_a_page_that_sends_its_visitors_inward_is_not_followed(tmp_path):
    """Nor is a feed that a Link header names there."""
    text = '<html lang=tr><meta http-equiv=refresh content="0; url={}/f"><title>Gazete</title>'
    async with Site({"/f": rss(Item("a", guid="1"))}, host="127.0.0.2") as inner, Site() as site:
        headers = {"Link": f'<{inner.base}/f>; rel=alternate; type="application/rss+xml"'}
        site.answers["/"] = lambda _: web.Response(
            text=text.format(inner.base), content_type="text/html", headers=headers
        )
        folder = write_config(tmp_path / "c", main=MAIN.replace("127.0.0.0/8", "127.0.0.1/32"))
        code, told = await command("add", site.base, "--country", "TR", "--config", folder)
    assert (code, "found no feed" in told, inner.requests) == (1, True, []), told


async def test_a_list_adds_nothing_to_a_site_that_is_an_outlet(tmp_path):
    """What is left out is named with what to do, and the rest is taken."""
    folder = write_config(tmp_path / "c", outlets={"one": outlet("https://www.one.example")})
    feeds = ("http://one.example/other.xml", "feed://one.example/feed.xml", "two.example/rss")
    (tmp_path / "l.opml").write_text("".join(f"<outline text=T xmlUrl='{feed}'/>" for feed in feeds))
    code, told = await command("import", tmp_path / "l.opml", "--country", "TR", "--language", "tr", "--config", folder)
    assert (code, "1 known already, 1 left out" in told) == (0, True), told
    assert 'add to outlets/one.toml: [[source]] with url = "http://one.example/other.xml"' in told
    assert {path.name for path in (folder / "outlets").iterdir()} == {"one.toml", "two-example.toml"}


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("https://two.example", "an address of another outlet, Two (outlets/two.toml)"),
        ("http://www.two.example/", "an address of another outlet, Two (outlets/two.toml)"),
        ("https://mirror-of-two.example", "an address of another outlet, Two (outlets/two.toml)"),
        ("https://feeds.example", "an address of another outlet, Two (outlets/two.toml)"),
        ("http://one.example", "is the home of One"),
    ],
)
async def test_f48_an_address_of_another_outlet_is_accepted_as_no_mirror(tmp_path, address, complaint):
    """Its stories would be taken for those of the outlet that has the mirror."""
    source = '[[source]]\nurl = "https://feeds.example/two"\n'
    two = outlet("https://two.example", "https://mirror-of-two.example", name="Two", extra=source)
    folder = write_config(tmp_path / "c", outlets={"one": outlet("https://one.example", name="One"), "two": two})
    before = (folder / "outlets" / "one.toml").read_bytes()
    code, told = await command("mirrors", "accept", address, "--outlet", "one", "--config", folder)
    assert (code, complaint in told) == (1, True), told
    assert (folder / "outlets" / "one.toml").read_bytes() == before
    code, told = await command("mirrors", "accept", "https://three.example", "--outlet", "one", "--config", folder)
    assert code == 0, told


def is_asked(site, path, times):
    async def ask():
        return [each.path for each in site.requests].count(path) >= times

    return ask


async def test_poll_beside_a_daemon_makes_the_daemon_poll(tmp_path, free_port):
    """At once, though the source is due in half a day; one that was just added is waited for."""
    async with Site({"/feed.xml": rss(Item("Story", guid="1"))}) as site, Site(newspaper(), host="127.0.0.2") as other:
        text = outlet(site.base).replace('interval = "1s"', "")
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": text}, feeds={"e": EVERYTHING}, main=QUIET
        )
        where = ("--config", folder, "--state", tmp_path / "s")
        with only_one(tmp_path / "s"):
            async with running(folder, tmp_path / "s") as daemon:
                await eventually(is_asked(site, "/feed.xml", 1))
                await daemon.dispatcher.settled()
                code, told = await command("poll", "one", *where)
                assert (code, f"A daemon works on {tmp_path / 's'} and polls 1 source now" in told) == (0, True), told
                await eventually(is_asked(site, "/feed.xml", 2))
                code, told = await command("add", other.base, "--country", "TR", "--id", "two", *where)
                hint = f"to try it: syndicator --config {folder} --state {tmp_path / 's'} poll two"
                assert (code, hint in told) == (0, True), told
                code, told = await command("poll", "two", *where)
                assert code == 0, told
                await eventually(is_asked(other, "/gundem", 2))


async def test_poll_beside_another_process_that_is_no_daemon_says_so(tmp_path):
    """Nobody would poll what is due."""
    folder = write_config(tmp_path / "c", outlets={"one": outlet("https://one.example")})
    with only_one(tmp_path / "s"):
        code, told = await command("poll", "--config", folder, "--state", tmp_path / "s")
    assert (code, "another syndicator works on" in told) == (1, True), told
