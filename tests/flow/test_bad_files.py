"""Bad files of the configuration, met by a daemon at its start, at a reload and at a restart."""

import json

import pytest

from tests.flow.test_daemon import entries, titles
from tests.newsroom import CEASEFIRE, EVERYTHING, Item, Site, outlet, rss, write_config
from tests.stores import any_store
from tests.unit.test_bad_files import BAD, spoil
from tests.waiting import eventually, get, running

pytestmark = any_store

TRUCE = 'title = "Truce"\nwhere = "concept:ceasefire"\n'


@pytest.fixture
async def sites():
    """Two outlets, one of them about a ceasefire."""
    async with (
        Site({"/feed.xml": rss(Item("عودة الهدوء إلى إدلب", guid="1"))}) as calm,
        Site({"/feed.xml": rss(Item("Перемирие в Алеппо", guid="2"))}) as truce,
    ):
        yield calm, truce


@pytest.fixture
def folder(tmp_path, free_port, sites):
    return write_config(
        tmp_path / "c",
        port=free_port,
        outlets={"calm": outlet(sites[0].base, name="الهدوء"), "truce": outlet(sites[1].base)},
        feeds={"everything": EVERYTHING, "truce": TRUCE},
        concepts={"ceasefire": CEASEFIRE},
    )


def publishes(port, feed, *wanted):
    async def ask():
        return set(await titles(port, feed)) == set(wanted)

    return ask


async def reported(port, name):
    """Return whether the page, its JSON and /healthz, which stays 200, name a file that is not in force."""
    status = json.loads((await get(f"http://127.0.0.1:{port}/status.json")).body)
    health = await get(f"http://127.0.0.1:{port}/healthz")
    page = (await get(f"http://127.0.0.1:{port}/ops/configuration")).body.decode()
    shown = (*status["config_problems"], health.body.decode(), page)
    return health.status == 200 and len(shown) > 2 and all(name in each for each in shown)


@pytest.mark.parametrize("how", BAD.values(), ids=BAD)
async def test_a_bad_file_takes_nothing_else_down_at_a_reload_or_a_restart(tmp_path, free_port, folder, sites, how):
    """Its own last good version stays in force, and every other file's changes are taken."""
    first, second = "عودة الهدوء إلى إدلب", "Перемирие в Алеппо"
    bad = folder / "outlets" / "calm.toml"
    async with running(folder, tmp_path / "s") as daemon:
        await eventually(publishes(free_port, "everything", first, second))
        spoil(bad, how)
        (folder / "feeds" / "more.toml").write_text('title = "More"\nwhere = "outlet:truce"\n')
        await eventually(publishes(free_port, "more", second))
        await eventually(lambda: reported(free_port, "outlets/calm.toml"))
        assert set(daemon.app.config.outlets) == {"calm", "truce"}
    sites[0].answers["/feed.xml"] = rss(Item("سلام في حلب", guid="3"))
    async with running(folder, tmp_path / "s") as daemon:
        assert set(daemon.app.config.outlets) == {"calm", "truce"}
        await eventually(publishes(free_port, "everything", first, second, "سلام في حلب"))
        assert await reported(free_port, "outlets/calm.toml")
        bad.rmdir() if bad.is_dir() else bad.unlink()
        bad.write_text(outlet(sites[0].base, name="الهدوء"))

        async def is_well():
            return (await get(f"http://127.0.0.1:{free_port}/healthz")).body == b"ok\n"

        await eventually(is_well)


async def test_a_first_start_with_a_bad_file_does_without_it_alone(tmp_path, free_port, folder):
    """And takes it as soon as it is mended."""
    text = (folder / "outlets" / "calm.toml").read_text()
    (folder / "outlets" / "calm.toml").write_text(text[:-20])
    async with running(folder, tmp_path / "s"):
        await eventually(publishes(free_port, "everything", "Перемирие в Алеппо"))
        (folder / "outlets" / "calm.toml").write_text(text)
        await eventually(publishes(free_port, "everything", "عودة الهدوء إلى إدلب", "Перемирие в Алеппо"))


async def test_a_feed_whose_file_is_bad_is_served_as_it_was_and_filled_when_it_is_mended(
    tmp_path, free_port, folder, sites
):
    """Even where no good text of it is known any more; stories that came meanwhile are in it afterwards."""
    path = folder / "feeds" / "truce.toml"
    async with running(folder, tmp_path / "s"):
        await eventually(publishes(free_port, "truce", "Перемирие в Алеппо"))
        before = await entries(free_port, "truce")
    (tmp_path / "s" / "accepted.json").unlink()
    path.write_text("title = ")
    async with running(folder, tmp_path / "s"):
        assert await entries(free_port, "truce") == before
        sites[1].answers["/feed.xml"] = rss(Item("Ateşkes uzatıldı", guid="3"))
        await eventually(
            publishes(free_port, "everything", "عودة الهدوء إلى إدلب", "Перемирие в Алеппо", "Ateşkes uzatıldı")
        )
        assert await entries(free_port, "truce") == before
        path.write_text(TRUCE)
        await eventually(publishes(free_port, "truce", "Перемирие в Алеппо", "Ateşkes uzatıldı"))
        assert before[0].id in {entry.id for entry in await entries(free_port, "truce")}


async def test_a_removed_outlets_stories_keep_its_name_and_address(tmp_path, free_port, folder, sites):
    """Readers are told where a story is from for as long as it is there, after a restart too."""

    async def of_the_removed():
        found = [each for each in await entries(free_port) if each.title == "عودة الهدوء إلى إدلب"]
        return found[0] if found else None

    async with running(folder, tmp_path / "s") as daemon:
        before = await eventually(of_the_removed)
        assert before.source.title == "الهدوء"
        (folder / "outlets" / "calm.toml").unlink()

        async def is_gone():
            return set(daemon.app.config.outlets) == {"truce"}

        await eventually(is_gone)
    async with running(folder, tmp_path / "s"):
        (folder / "feeds" / "again.toml").write_text(EVERYTHING)

        async def is_written():
            return [each for each in await entries(free_port, "again") if each.title == before.title]

        (after,) = await eventually(is_written)
        assert (after.source, after.links, after.author) == (before.source, before.links, before.author)
