"""Independent readers subscribe over HTTP."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing

import aiohttp
from aiohttp import web
from reader import make_reader

from tests.conftest import need
from tests.newsroom import CEASEFIRE, Item, Site, outlet, rss, write_config
from tests.processes import run
from tests.validity.reading import FEEDS, read
from tests.waiting import eventually, get, running

TRUCE = "title = \"Syria ceasefire\"\nwhere = 'region:SY and concept:ceasefire'\n"
STORIES = [
    Item("Ceasefire agreed in Idlib", link="https://outlet.example/1", guid="1", text="The guns fell silent."),
    Item("هدنة في سراقب", link="https://outlet.example/2", guid="2", text="هدوء حذر"),
    Item("Перемирие в Идлибе", link="https://outlet.example/3", guid="3", text="Тихо"),
    Item("İdlib'de ateşkes", link="https://outlet.example/4", guid="4", text="Sessizlik"),
    Item("آتش‌بس در ادلب", link="https://outlet.example/5", guid="5", text="آرامش"),
    Item("Harvest in Normandy", link="https://outlet.example/6", guid="6"),
]
WANTED = {item.title for item in STORIES[:5]}


@asynccontextmanager
async def published(tmp_path, port):
    """A daemon with five stories in its feed, behind a proxy that notes how each request was answered."""
    answers = []

    async def forward(request):
        passed = {name: value for name, value in request.headers.items() if name.startswith("If-")}
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            url = f"http://127.0.0.1:{port}{request.path}"
            async with session.get(url, headers={**passed, "Accept-Encoding": "identity"}) as answer:
                answers.append((request.path, answer.status))
                return web.Response(body=await answer.read(), status=answer.status, headers=answer.headers)

    async with Site({"/feed.xml": rss(*STORIES)}) as site, Site() as proxy:
        proxy.answers = {f"/feeds/syria-ceasefire.{kind}": forward for kind in FEEDS}
        folder = write_config(
            tmp_path / "c",
            port=port,
            outlets={"one": outlet(site.base)},
            feeds={"syria-ceasefire": TRUCE},
            concepts={"ceasefire": CEASEFIRE},
        )
        async with running(folder, tmp_path / "s"):

            async def is_there():
                pages = {kind: await get(f"http://127.0.0.1:{port}/feeds/syria-ceasefire.{kind}") for kind in FEEDS}
                return all(
                    each.status == 200 and len(read(kind, each.body).entries) == 5 for kind, each in pages.items()
                )

            await eventually(is_there)
            yield proxy.base, answers


async def test_newsboat_reads_both_feeds_and_gets_304_once_it_asks_conditionally(tmp_path, free_port):
    """Debian's newsboat, with an empty cache for each: it keeps one row per guid, and ours are the same in both.

    It writes validators before the feed has a row in its cache, so its first conditional request is the third.
    """
    newsboat = need("newsboat")
    (tmp_path / "config").write_text("show-read-feeds yes\n")
    found = {}
    async with published(tmp_path, free_port) as (base, answers):
        for kind in ("atom", "rss"):
            urls, cache = tmp_path / f"urls-{kind}", tmp_path / f"{kind}.db"
            urls.write_text(f"{base}/feeds/syria-ceasefire.{kind}\n")
            command = [newsboat, "-u", urls, "-c", cache, "-C", tmp_path / "config", "-x", "reload"]
            for _ in range(3):
                done = await run(*command)
                assert done.returncode == 0, done.stderr
            with closing(sqlite3.connect(cache)) as connection:
                found[kind] = set(connection.execute("SELECT title, guid, url FROM rss_item"))
            assert [status for path, status in answers if path.endswith(kind)] == [200, 200, 304]
    assert found["atom"] == found["rss"]
    assert {title for title, _, _ in found["atom"]} == WANTED


async def test_the_reader_library_reads_all_feeds_and_gets_304_the_second_time(tmp_path, free_port):
    """lemon24/reader, with an empty store."""

    def subscribe(base):
        with make_reader(str(tmp_path / "reader.db")) as reader:
            for kind in FEEDS:
                reader.add_feed(f"{base}/feeds/syria-ceasefire.{kind}", exist_ok=True)
                reader.update_feed(f"{base}/feeds/syria-ceasefire.{kind}")
            return {
                kind: {(e.id, e.title) for e in reader.get_entries(feed=f"{base}/feeds/syria-ceasefire.{kind}")}
                for kind in FEEDS
            }

    async with published(tmp_path, free_port) as (base, answers):
        first = await asyncio.to_thread(subscribe, base)
        second = await asyncio.to_thread(subscribe, base)
    assert first == second
    assert first["atom"] == first["rss"] == first["json"]
    assert {title for _, title in first["atom"]} == WANTED
    for kind in FEEDS:
        assert [status for path, status in answers if path.endswith(kind)] == [200, 304]
