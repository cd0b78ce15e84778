"""Private feeds, feeds under other names, and operators' pages, with the whole daemon."""

import json
import re
from functools import partial

import feedparser
from click.testing import CliRunner

from syndicator.cli import cli
from tests.conftest import port_of, reserve
from tests.flow.test_daemon import item
from tests.newsroom import EVERYTHING, MAIN, Site, outlet, rss, write_config
from tests.waiting import eventually, get, running

BODY = rss(item(1, "هدنة في سراقب"), item(2, "Перемирие в Идлибе"), item(3, "İdlib'de ateşkes"))
INNER = 'title = "اتاق خبر"\nwhere = ""\n'


async def answer(port, path, **headers):
    """Return the status of a path, where it leads, and how many entries it has."""
    page = await get(f"http://127.0.0.1:{port}{path}", **headers)
    return page.status, len(feedparser.parse(page.body).entries)


async def status(port, path):
    return (await answer(port, path))[0]


def invoke(folder, *words):
    done = CliRunner().invoke(cli, ["--config", str(folder), *words], env={"SYNDICATOR_CONFIG": None})
    assert done.exit_code == 0, done.output
    return done.stdout


def check(folder):
    return CliRunner().invoke(cli, ["--config", str(folder), "check"], env={"SYNDICATOR_CONFIG": None}).output


async def test_stories_that_private_feeds_alone_hold_have_no_page(tmp_path, free_port):
    """Where feeds on demand are off; with them on, anybody may see every story, and `check` says so."""
    closed = f'{INNER}token_file = "tokens.txt"\n'
    for is_on_demand in (False, True):
        async with Site({"/feed.xml": BODY}) as site:
            feeds = {"truce": 'title = "Truce"\nwhere = "هدنة"\n', "inner": closed}
            main = f"{MAIN}[on_demand]\nenabled = {str(is_on_demand).lower()}\n"
            folder = write_config(
                tmp_path / f"c{is_on_demand}",
                port=free_port,
                outlets={"one": outlet(site.base)},
                feeds=feeds,
                main=main,
            )
            (folder / "tokens.txt").write_text("leyla: 0123456789abcdef0123456789abcdef\n")
            async with running(folder, tmp_path / f"s{is_on_demand}"):

                async def is_full():
                    return await answer(free_port, "/feeds/truce.atom") == (200, 1)

                await eventually(is_full)
                found = sorted([await status(free_port, f"/stories/{number}.json") for number in (1, 2, 3)])
                assert found == ([200] * 3 if is_on_demand else [200, 404, 404])
        assert "on_demand.enabled" not in check(folder)
    (folder / "syndicator.toml").write_text((folder / "syndicator.toml").read_text().partition("[on_demand]")[0])
    assert "on_demand.enabled: feeds on demand show anybody every story" in check(folder)


async def test_a_feed_is_made_private_and_its_readers_come_and_go(tmp_path, free_port):
    """From the command line, beside a running daemon: tokens are shown once, listed by name, and revoked."""
    async with Site({"/feed.xml": BODY}) as site:
        outlets, feeds = {"one": outlet(site.base)}, {"everything": EVERYTHING, "inner": f"# نا\n{INNER}"}
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds=feeds)
        path = "/feeds/inner.atom"
        async with running(folder, tmp_path / "s"):

            async def is_full(path):
                return await answer(free_port, path) == (200, 3)

            async def is_closed(path):
                return await status(free_port, path) == 401

            await eventually(partial(is_full, path))
            made = {name: invoke(folder, "token", "new", "inner", name) for name in ("leyla", "hasan")}
            tokens = {name: re.search(r"atom\?token=(\S+)", text)[1] for name, text in made.items()}
            await eventually(partial(is_closed, path))
            for token in tokens.values():
                await eventually(partial(is_full, f"{path}?token={token}"))
            file = (folder / "tokens" / "inner.txt").read_text("utf-8")
            assert not any(token in file for token in tokens.values())
            assert (tmp_path / "s" / "feeds" / "inner.atom").stat().st_mode & 0o077 == 0
            assert (folder / "feeds" / "inner.toml").read_text("utf-8").startswith("# نا\n")
            assert invoke(folder, "token", "list", "inner") == "leyla\nhasan\n"
            assert "is not private" in invoke(folder, "token", "list", "everything")
            front, story = [await get(f"http://127.0.0.1:{free_port}{each}") for each in ("/", "/stories/1.json")]
            assert "اتاق خبر" not in front.body.decode() + json.dumps(json.loads(story.body), ensure_ascii=False)
            assert "Everything" in front.body.decode()

            invoke(folder, "token", "revoke", "inner", "leyla")
            await eventually(partial(is_closed, f"{path}?token={tokens['leyla']}"))
            assert await is_full(f"{path}?token={tokens['hasan']}")
            invoke(folder, "token", "revoke", "inner", "hasan")
            await eventually(partial(is_closed, f"{path}?token={tokens['hasan']}"))

            (folder / "tokens" / "inner.txt").unlink()  # the feed's file is not in force any more: it stays closed

            async def is_said():
                return b"token_file" in (await get(f"http://127.0.0.1:{free_port}/ops/healthz")).body

            await eventually(is_said)
            assert await is_closed(path)


async def test_must_57_f53_a_feed_has_another_name_or_none(tmp_path, free_port):
    """Its readers are sent on and miss nothing, or hear that it is gone; after a restart, too."""
    async with Site({"/feed.xml": BODY}) as site:
        outlets, feeds = {"one": outlet(site.base)}, {"old": EVERYTHING, "ended": EVERYTHING}
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds=feeds)

        async def is_full(path):
            return await answer(free_port, path) == (200, 3)

        async def is_gone():
            return await status(free_port, "/feeds/ended.atom") == 410

        async with running(folder, tmp_path / "s"):
            await eventually(partial(is_full, "/feeds/old.atom"))
            await eventually(partial(is_full, "/feeds/ended.atom"))
        renamed = EVERYTHING.replace('where = ""', 'where = ""\nrenamed_from = ["old"]')
        (folder / "feeds" / "old.toml").rename(folder / "feeds" / "new.toml")
        (folder / "feeds" / "new.toml").write_text(renamed, encoding="utf-8")
        (folder / "feeds" / "ended.toml").unlink()
        for _ in range(2):
            async with running(folder, tmp_path / "s"):
                await eventually(partial(is_full, "/feeds/new.atom"))
                assert await is_full("/feeds/old.atom")  # by the redirect
                await eventually(is_gone)
        (folder / "feeds" / "ended.toml").write_text(EVERYTHING, encoding="utf-8")
        async with running(folder, tmp_path / "s"):
            await eventually(partial(is_full, "/feeds/ended.atom"))


async def test_operators_have_an_address_of_their_own(tmp_path, free_port):
    """Readers' pages are not there, nor is the status at readers' address."""
    with reserve() as reservation:
        other = port_of(reservation)
        main = MAIN.replace("[web]", f'[web]\noperators = "127.0.0.1:{other}"')
        folder = write_config(tmp_path / "c", port=free_port, feeds={"everything": EVERYTHING}, main=main)
        async with running(folder, tmp_path / "s"):
            assert {
                await status(free_port, "/"),
                await status(other, "/ops/"),
                await status(other, "/status.json"),
            } == {200}
            assert {await status(free_port, path) for path in ("/ops/", "/status.json")} == {404}
            assert {await status(other, path) for path in ("/", "/feeds/everything.atom")} == {404}
