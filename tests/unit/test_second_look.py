"""Files of the configuration that are gone, or only away for a moment."""

import shutil
from dataclasses import dataclass
from functools import partial

import pytest

from syndicator.config import Config, load
from syndicator.runtime.configuration import Configuration
from tests.newsroom import EVERYTHING, outlet, write_config


@dataclass
class Running:
    """As much of an App as tells what is in force."""

    config: Config


@pytest.fixture
def folder(tmp_path):
    outlets = {name: outlet(f"https://{name}.example") for name in ("idlib", "kazan", "shiraz")}
    return write_config(tmp_path / "c", outlets=outlets, feeds={"all": EVERYTHING, "news": EVERYTHING})


async def looks(folder, tmp_path, *changes):
    """Put the folder in force, and read it again with a change before each look. Return what was read, and how often."""
    read, left, count = partial(load, folder, environ={}, state=tmp_path / "s", is_strict=False), list(changes), 0

    def reads(**_):
        nonlocal count
        count += 1
        if left:
            left.pop(0)()
        return read()

    found = await Configuration(Running(read())).read(reads, second_look=0)
    return set(found.outlets), set(found.feeds), count


ALL, BOTH = {"idlib", "kazan", "shiraz"}, {"all", "news"}


@pytest.mark.parametrize("section", ["outlets", "feeds"])
async def test_a_section_that_is_away_for_a_moment_is_not_gone(tmp_path, folder, section):
    """A folder is swapped for another, synced or checked out while the daemon looks."""
    away = partial(shutil.move, folder / section, tmp_path / "away")
    back = partial(shutil.move, tmp_path / "away", folder / section)
    assert await looks(folder, tmp_path, away, back) == (ALL, BOTH, 3)


async def test_a_file_that_is_written_anew_in_its_place_is_not_gone(tmp_path, folder):
    """Nor does a main file that is empty for a moment mean that all settings are the default."""
    main = folder / "syndicator.toml"
    text = main.read_text()
    read = partial(load, folder, environ={}, state=tmp_path / "s", is_strict=False)
    before = read()
    left = [lambda: main.write_text(""), lambda: main.write_text(text)]

    def reads(**_):
        if left:
            left.pop(0)()
        return read()

    assert await Configuration(Running(before)).read(reads, second_look=0) == before


async def test_a_copy_that_goes_on_is_waited_for(tmp_path, folder):
    """Files come back one after another, with looks in between."""
    kept = tmp_path / "kept"
    shutil.copytree(folder / "outlets", kept)

    def remove():
        shutil.rmtree(folder / "outlets")

    def copy(name):
        (folder / "outlets").mkdir(exist_ok=True)
        shutil.copy(kept / f"{name}.toml", folder / "outlets")

    changes = [remove, *(partial(copy, name) for name in sorted(ALL))]
    assert await looks(folder, tmp_path, *changes) == (ALL, BOTH, 5)


@pytest.mark.parametrize("what", ["outlets", "outlets/kazan.toml", "feeds", "feeds/news.toml"])
async def test_what_its_owner_deletes_is_gone_at_the_second_look(tmp_path, folder, what):
    """One file or all of a section; what is only changed or new is read at once."""

    def delete():
        shutil.rmtree(folder / what) if (folder / what).is_dir() else (folder / what).unlink()

    outlets, feeds, count = await looks(folder, tmp_path, delete)
    section, _, name = what.partition("/")
    left = {"outlets": outlets, "feeds": feeds}[section]
    assert left == ({"outlets": ALL, "feeds": BOTH}[section] - {name.removesuffix(".toml")} if name else set())
    assert count == 2
    new = folder / "feeds" / "new.toml"
    (folder / "feeds").mkdir(exist_ok=True)
    assert (await looks(folder, tmp_path, partial(new.write_text, EVERYTHING)))[2] == 1


async def test_a_folder_that_never_rests_is_not_waited_for_for_ever(tmp_path, folder):
    """A script that writes and deletes without end keeps no change from being taken."""
    path = folder / "feeds" / "news.toml"

    def flip():
        path.unlink() if path.exists() else path.write_text(EVERYTHING)

    changes = [partial(shutil.rmtree, folder / "outlets"), *[flip] * 100]
    assert (await looks(folder, tmp_path, *changes))[2] < 50
