"""Killed without warning, again and again."""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import feedparser
import pytest

from syndicator.demo import Newsroom, load_play
from syndicator.tag import ensure_gazetteer
from tests.processes import started
from tests.waiting import eventually, get_now

KILLS = 50
ROOT = Path(__file__).parents[2]
# Seconds, enough for any machine; nothing waits longer than it must.
PATIENCE = 240.0


def read_feed(path):
    """Return (id, title) of every entry of a feed file; fail if it is not whole."""
    if not path.exists():
        return []
    parsed = feedparser.parse(path.read_bytes())
    assert not parsed.bozo, parsed.bozo_exception
    return [(entry.id, entry.title) for entry in parsed.entries]


def shares(kills, beats):
    """Divide the kills among the beats, as evenly as possible."""
    return [kills * (beat + 1) // beats - kills * beat // beats for beat in range(beats)]


class Stage:
    """A newsroom, and the daemons that run beside it one after another on the same folder."""

    def __init__(self, newsroom, folder, port):
        self.newsroom, self.folder, self.url = newsroom, folder, f"http://127.0.0.1:{port}/healthz"
        self.log, self.feeds = folder / "log", folder / "state" / "feeds"
        self.seen = {}

    @asynccontextmanager
    async def daemon(self, module="tests.system.brisk", state="state"):
        """Run a daemon: with short job intervals, or as shipped."""
        config, state = self.folder / "config", self.folder / state
        words = ("--config", config, "--state", state, "run") if module == "syndicator" else (config, state)
        with self.log.open("ab") as log:
            async with started(sys.executable, "-m", module, *words, cwd=ROOT, stdout=log, stderr=log) as process:
                yield process

    async def start_up(self):
        """Measure how many seconds a daemon needs on this machine to answer, in state folders of its own: the best of two."""
        took = []
        for attempt in ("first", "second"):
            begun = time.monotonic()
            async with self.daemon(state=attempt) as daemon:
                await self.wait_until(self.is_up, daemon)
            took.append(time.monotonic() - begun)
        return min(took)

    async def wait_until(self, condition, daemon):
        """Wait for a condition while the daemon runs; fail when it ends."""

        async def ask():
            assert daemon.returncode is None, self.log.read_text()[-2000:]
            return await condition()

        await eventually(ask, within=PATIENCE)

    async def is_up(self):
        return await asyncio.to_thread(get_now, self.url)

    def expected_titles(self):
        """Return the titles of all stories up to this beat, except those of the outlet whose feed is broken."""
        scripts = (script for script in self.newsroom.play.outlets if script.format != "broken")
        return {story["title"] for script in scripts for story in script.stories(self.newsroom.beat)}

    async def is_published(self):
        return self.expected_titles() <= {title for _, title in read_feed(self.feeds / "everything.atom")}

    async def wait_until_seen(self, daemon):
        """Wait until every outlet has been polled at this beat and all its stories are published."""
        asked = asyncio.create_task(self.newsroom.all_asked())

        async def is_seen():
            return asked.done() and await self.is_published()

        try:
            await self.wait_until(is_seen, daemon)
        finally:
            asked.cancel()
            with suppress(asyncio.CancelledError):
                await asked

    async def kill(self, daemon):
        """Kill the daemon, and check the feeds that it leaves."""
        if daemon.returncode is None:
            os.kill(daemon.pid, signal.SIGKILL)
        assert await daemon.wait() == -signal.SIGKILL, self.log.read_text()[-2000:]
        for name in ("everything", "idlib", "syria-ceasefire"):
            entries = read_feed(self.feeds / f"{name}.atom")
            ids = {id_ for id_, _ in entries}
            assert len(ids) == len(entries), Counter(entries).most_common(1)
            assert self.seen.get(name, set()) <= ids, "a feed shrank"
            self.seen[name] = ids


@asynccontextmanager
async def stage(folder, port):
    newsroom = Newsroom(load_play())
    try:
        await newsroom.open()
        newsroom.write_config(folder / "config", listen=f"127.0.0.1:{port}")
        yield Stage(newsroom, folder, port)
    finally:
        await newsroom.close()


@pytest.mark.long
async def test_f54_kill_9_at_fifty_random_moments(tmp_path, free_port):
    """No story lost, none twice, no id changed, no feed ever torn or shrunk.

    Moments are spread from the loading of the program to twice the time that it needs to start. The play moves on when
    the daemon has seen all of a beat: it gets the time for that before the last kill of each.
    """
    chance = random.Random(20200306)
    async with stage(tmp_path, free_port) as on:
        ensure_gazetteer()  # compiling the gazetteer is no part of starting
        start_up = await on.start_up()
        beats = len(on.newsroom.play.beats)
        for beat, kills in enumerate(shares(KILLS, beats), start=1):
            await on.newsroom.turn_to(beat)
            for left in reversed(range(kills)):
                async with on.daemon() as daemon:
                    if left == 0:
                        await on.wait_until_seen(daemon)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(daemon.wait(), timeout=chance.uniform(0.3, 2.0) * start_up)
                    await on.kill(daemon)
        async with on.daemon("syndicator") as daemon:

            async def is_complete():
                return len(read_feed(on.feeds / "everything.atom")) == 26

            await on.wait_until(is_complete, daemon)
            await on.wait_until(on.is_up, daemon)
            daemon.terminate()
            assert await asyncio.wait_for(daemon.wait(), PATIENCE) == 0
        final = read_feed(on.feeds / "everything.atom")
        assert on.seen["everything"] <= {id_ for id_, _ in final}
        titles = Counter(title for _, title in final)
        assert set(titles) == on.expected_titles()
        assert max(titles.values()) == 1
