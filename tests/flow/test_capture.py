"""Documents kept as they were received, and played again."""

import asyncio
import gzip
import io
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from syndicator.cli import cli
from syndicator.config import load
from syndicator.runtime.app import App, utc_now
from tests.apps import Clock
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config

CAPTURED = 'capture = true\n'


def records(*paths):
    """Return type, fields and block of all records of files, as warcio reads them."""
    found = []
    for path in paths:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                found.append((record.rec_type, record.rec_headers, record.http_headers, record.raw_stream.read()))
    return found


def captured_files(folder):
    return sorted((folder / "captures").glob("*/*.warc.gz"))


def is_sound(path):
    """Return whether warcio's own check finds every digest right."""
    return Checker(SimpleNamespace(inputs=[str(path)], verbose=False)).process_all() == 0


async def play(captures, config, out):
    """Play by the command, in a thread: it has a loop of its own."""
    command = ["replay", str(captures), "--config", str(config), "--out", str(out), "--json", f"{out}.json"]
    done = await asyncio.to_thread(CliRunner().invoke, cli, command)
    assert done.exit_code == 0, done.output
    return json.loads(Path(f"{out}.json").read_text("utf-8"))


class Live:
    """An application on the network of loopback, with everything captured."""

    def __init__(self, folder, outlets, clock=utc_now, feeds=None, main=""):
        self.folder, self.clock = folder, clock
        self.config_folder = write_config(folder / "c", outlets=outlets, feeds=feeds or {"all": EVERYTHING})
        path = self.config_folder / "syndicator.toml"
        path.write_text(CAPTURED + main + path.read_text("utf-8"), encoding="utf-8")

    async def __aenter__(self):
        self.config = load(self.config_folder, environ={}, state=self.folder / "s")
        self.app = App(self.config, clock=self.clock)
        await self.app.adopt(self.config)
        return self

    async def __aexit__(self, *_):
        await self.app.close()

    async def poll(self, *names):
        sources = [each for each in self.config.sources.values() if not names or each.outlet in names]
        reports = await asyncio.gather(*(self.app.pipeline.poll(each) for each in sources))
        await self.app.outbox.run()
        await self.app.publisher.publish()
        return reports

    def feeds(self):
        return {path.name: path.read_bytes() for path in sorted((self.folder / "s" / "feeds").glob("*.*"))}


def same_as_live(live, out):
    replayed = {path.name: path.read_bytes() for path in sorted(out.glob("*.*"))}
    assert live.keys() == replayed.keys()
    for name, data in live.items():
        assert replayed[name] == data, name


async def newsroom_day(live, one, two, mirror, clock_moves=lambda: None):
    """A day: news, nothing new, the same bytes without validators, a retitled item, a home that fails."""
    await live.poll()
    clock_moves()
    await live.poll()  # 304 from one, the same bytes from two
    clock_moves()
    one.answers["/feed.xml"] = rss(
        Item("انهيار الهدنة في سراقب", "https://one.example/1", "1", "نص الخبر الأول كما كتبه المراسل"),
        Item("Idlib road opens again", "https://one.example/2", "2", "The road between the towns is open."),
    )
    mirror.answers["/feed.xml"] = one.answers["/feed.xml"]
    await live.poll()
    clock_moves()
    two.answers["/feed.xml"] = lambda _: web.Response(status=503)
    one.answers["/feed.xml"] = lambda _: web.Response(status=404, text="نه", content_type="text/plain")
    await live.poll()  # the mirror answers for one
    clock_moves()
    await live.poll()


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_day_played_again_gives_the_same_bytes(tmp_path, is_scripted):
    """With mirrors, failures and revisions, by a scripted clock and by the real one."""
    clock = Clock()
    move = (lambda: clock.move(timedelta(minutes=31))) if is_scripted else (lambda: None)
    koi8 = rss(Item("Мост в Алеппо открыт", "https://two.example/мост", "a", "Движение восстановлено.")).decode()
    koi8 = koi8.replace("UTF-8", "koi8-r").encode("koi8-r")
    async with Site() as one, Site() as two, Site() as mirror:
        first = rss(Item("الهدنة في سراقب صامدة", "https://one.example/1", "1", "نص الخبر الأول كما كتبه المراسل"))
        one.answers["/feed.xml"] = mirror.answers["/feed.xml"] = first
        two.answers["/feed.xml"] = lambda _: web.Response(
            body=gzip.compress(koi8), headers={"Content-Encoding": "gzip", "Content-Type": "text/xml"}
        )
        outlets = {
            "one": outlet(one.base, mirror.base, country="SY", language="ar"),
            "two": outlet(two.base, country="RU", language="ru"),
        }
        feeds = {"all": EVERYTHING, "idlib": "title = 'I'\nwhere = 'region:SY-ID'\n"}
        async with Live(tmp_path, outlets, clock if is_scripted else utc_now, feeds) as live:
            await newsroom_day(live, one, two, mirror, move)
            published = live.feeds()
            told = await play(tmp_path / "s" / "captures", live.config_folder, tmp_path / "out")
    assert b"Idlib road opens again" in published["all.atom"]
    assert told["stories"] == 3
    assert told["updated"]["title"] == 1
    assert told["outcomes"]["not_modified"] >= 1
    assert told["outcomes"]["server_error"] >= 1
    same_as_live(published, tmp_path / "out")
    for path in captured_files(tmp_path / "s"):
        assert is_sound(path)
