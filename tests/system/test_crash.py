"""Killed without warning, again and again."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter

import feedparser

from syndicator.demo import Newsroom, load_play
from tests.waiting import eventually, get_now

KILLS = 50


def read_feed(path):
    """Give (id, title) of every entry of a feed file, insisting that it is whole."""
    if not path.exists():
        return []
    parsed = feedparser.parse(path.read_bytes())
    assert not parsed.bozo, parsed.bozo_exception
    return [(entry.id, entry.title) for entry in parsed.entries]


async def start(folder, log):
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "syndicator", "--config", folder / "config", "--state", folder / "state", "run"),
        stdout=log,
        stderr=log,
    )


async def test_f54_kill_9_at_fifty_random_moments(tmp_path, free_port):
    """No story lost, none twice, no id changed, no feed ever torn or shrunk."""
    chance = random.Random(20200306)
    newsroom = Newsroom(load_play())
    await newsroom.open()
    feeds = tmp_path / "state" / "feeds"
    seen: dict[str, set[str]] = {}
    try:
        newsroom.write_config(tmp_path / "config", listen=f"127.0.0.1:{free_port}")
        with (tmp_path / "log").open("wb") as log:
            for turn in range(KILLS):
                await newsroom.turn_to(1 + turn * len(newsroom.play.beats) // KILLS)
                daemon = await start(tmp_path, log)
                try:
                    await asyncio.wait_for(daemon.wait(), timeout=chance.uniform(0.4, 2.0))
                except TimeoutError:
                    os.kill(daemon.pid, signal.SIGKILL)
                    await daemon.wait()
                assert daemon.returncode == -signal.SIGKILL, (tmp_path / "log").read_text()[-2000:]
                for name in ("everything", "idlib", "syria-ceasefire"):
                    entries = read_feed(feeds / f"{name}.atom")
                    ids = {id_ for id_, _ in entries}
                    assert len(ids) == len(entries), Counter(entries).most_common(1)
                    assert seen.get(name, set()) <= ids, "a feed shrank"
                    seen[name] = ids
            await newsroom.turn_to(len(newsroom.play.beats))
            daemon = await start(tmp_path, log)

            async def is_complete():
                return len(read_feed(feeds / "everything.atom")) == 26

            await eventually(is_complete, within=30)

            async def is_up():
                return await asyncio.to_thread(get_now, f"http://127.0.0.1:{free_port}/healthz")

            await eventually(is_up)
            daemon.terminate()
            assert await asyncio.wait_for(daemon.wait(), timeout=10) == 0
    finally:
        await newsroom.close()
    final = read_feed(feeds / "everything.atom")
    assert seen["everything"] <= {id_ for id_, _ in final}
    titles = Counter(title for _, title in final)
    told = {s["title"] for script in newsroom.play.outlets if script.format != "broken" for s in script.stories(8)}
    assert set(titles) == told
    assert max(titles.values()) == 1
