"""A configuration folder made of symbolic links, as deployments have them: every change is seen."""

import pytest

from syndicator.runtime import watching
from tests.newsroom import EVERYTHING, write_config
from tests.waiting import eventually, running


@pytest.fixture
def folder(tmp_path, free_port):
    return write_config(tmp_path / "c", port=free_port, feeds={"everything": EVERYTHING})


def titled(title):
    return EVERYTHING.replace("Everything", title)


async def has_title(daemon, name, title):
    async def is_so():
        feed = daemon.app.config.feeds.get(name)
        return feed is not None and feed.title == title

    await eventually(is_so)


def point(link, target):
    """Make a link lead elsewhere in one step, as ``ln -sfn`` and Kubernetes do."""
    new = link.with_name(".next")
    new.symlink_to(target)
    new.rename(link)


async def test_a_folder_behind_a_link_is_watched_and_so_is_the_one_that_the_link_leads_to_next(folder, tmp_path):
    """``feeds -> elsewhere``: a new file there, an edited one, and the link led on."""
    rooms = [tmp_path / name for name in ("one", "two")]
    (folder / "feeds").rename(rooms[0])
    rooms[1].mkdir()
    (folder / "feeds").symlink_to(rooms[0])
    (rooms[1] / "everything.toml").write_text(titled("Второй"))
    async with running(folder, tmp_path / "s") as daemon:
        (rooms[0] / "new.toml").write_text(titled("خبر"))
        await has_title(daemon, "new", "خبر")
        (rooms[0] / "new.toml").write_text(titled("Haber"))
        await has_title(daemon, "new", "Haber")
        point(folder / "feeds", rooms[1])
        await has_title(daemon, "everything", "Второй")
        (rooms[1] / "late.toml").write_text(titled("Late"))
        await has_title(daemon, "late", "Late")


async def test_a_file_behind_a_link_is_watched_edited_replaced_gone_and_back(folder, tmp_path):
    """Whatever happens to the file itself, and to the link."""
    target = tmp_path / "real.toml"
    target.write_text(titled("One"))
    (folder / "feeds" / "linked.toml").symlink_to(target)
    async with running(folder, tmp_path / "s") as daemon:
        await has_title(daemon, "linked", "One")
        target.write_text(titled("Two"))
        await has_title(daemon, "linked", "Two")
        for title in ("Three", "Four"):
            (tmp_path / "next.toml").write_text(titled(title))
            (tmp_path / "next.toml").rename(target)
            await has_title(daemon, "linked", title)
        target.unlink()
        (folder / "feeds" / "other.toml").write_text(titled("Other"))
        target.write_text(titled("Five"))
        await has_title(daemon, "linked", "Five")


async def test_a_whole_folder_behind_a_link_is_exchanged(folder, tmp_path, free_port):
    """``/etc/syndicator -> releases/2``."""
    current = tmp_path / "current"
    current.symlink_to(folder)
    async with running(current, tmp_path / "s") as daemon:
        after = write_config(tmp_path / "c2", port=free_port, feeds={"everything": titled("Next release")})
        point(current, after)
        await has_title(daemon, "everything", "Next release")
        (after / "feeds" / "new.toml").write_text(titled("New"))
        await has_title(daemon, "new", "New")


def test_links_in_a_circle_and_to_nothing_end(tmp_path):
    """Whatever a folder holds, looking at it is short."""
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "up").symlink_to("..")
    (tmp_path / "room" / "self").symlink_to("self")
    (tmp_path / "nothing.toml").symlink_to("missing.toml")
    found = watching.look(tmp_path)
    assert [stamp is None for link, stamp in found.links if link.endswith(("self", "nothing.toml"))].count(True) >= 2
    assert found.targets == []
    assert watching.look(tmp_path / "no such folder") is None
