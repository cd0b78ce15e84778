"""Web nodes: processes that serve readers beside the daemon, on one store in PostgreSQL."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from zlib import crc32

import pytest

from syndicator.config import own_settings
from syndicator.errors import StoreError
from syndicator.runtime.web_node import run_web_node
from tests.newsroom import MAIN, Item, Site, outlet, rss, write_config
from tests.stores import postgres, store_url
from tests.waiting import FAST, eventually, get, running

pytestmark = pytest.mark.xdist_group("postgresql")
QUICK = replace(FAST, follow=0.05, share=0.05, outbox=0.05, report=0.1)
STORIES = ("هدنة في إدلب", "آتش‌بس در ادلب", "Перемирие в Идлибе", "İdlib'de ateşkes ılık")
ALL = 'title = "كل شيء"\nwhere = ""\nformats = ["atom", "rss", "json", "geojson", "kml"]\n'
FILES = ("all.atom", "all.rss", "all.json", "all.geojson", "all.kml")


def shown(*titles):
    return rss(*(Item(each, link=f"https://o.example/{crc32(each.encode())}", guid=each, text=each) for each in titles))


@dataclass
class Network:
    """A daemon with its outlet, and the nodes beside it."""

    folder: object
    site: Site
    url: str
    daemon: object = None
    nodes: tuple = ()

    @property
    def bases(self):
        return [f"http://{each.listening}" for each in self.nodes]

    def configure(self, main="", **feeds):
        return write_config(
            self.folder / "c",
            outlets={"one": outlet(self.site.base)},
            feeds=feeds or {"all": ALL},
            main=f'store = "{self.url}"\n{MAIN}{main}',
        )

    def own(self, name, url=""):
        overrides = {"store": url or self.url, "listen": "127.0.0.1:0"}
        return own_settings(None, environ={}, state=self.folder / name, overrides=overrides)

    async def everywhere(self, path, status=200, **headers):
        """Wait until all answer with this status; return the answers."""

        async def answers():
            found = [await get(f"{base}/{path}", **headers) for base in self.bases]
            return found if all(each.status == status for each in found) else None

        return await eventually(answers)


@asynccontextmanager
async def node(network, name):
    """Run a node; yield it when it is ready."""
    ready = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_web_node(network.own(name), intervals=QUICK, ready=ready.set_result))
    try:
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield ready.result()
    finally:
        if ready.done():
            ready.result().stop()
        else:
            task.cancel()
        await asyncio.gather(task, return_exceptions=not ready.done())


@asynccontextmanager
async def network(tmp_path, count=3, main="", **feeds):
    """Run a daemon and nodes beside it."""
    async with Site({"/feed.xml": shown(STORIES[0])}) as site, AsyncExitStack() as stack:
        made = Network(tmp_path, site, store_url(tmp_path / "x.db", "postgresql"))
        folder = made.configure(main, **feeds)
        made.daemon = await stack.enter_async_context(running(folder, tmp_path / "s", intervals=QUICK))
        made.nodes = tuple([await stack.enter_async_context(node(made, f"n{each}")) for each in range(count)])
        yield made


def identity(page):
    names = ("ETag", "Last-Modified", "Content-Type", "Link", "Vary")
    return page.status, page.body, *(page.headers.get(name) for name in names)


async def test_all_nodes_have_the_same_bytes_and_dates_as_the_daemon(tmp_path):
    """After news in four scripts, in each format and encoding, with the list of feeds; conditions hold anywhere."""
    async with network(tmp_path) as net:
        await net.daemon.dispatcher.settled()
        net.site.answers["/feed.xml"] = shown(*STORIES)
        files = net.daemon.app.files

        async def are_same():
            own = [files.read(each) for each in (*FILES, "feeds.opml")]
            if None in own or STORIES[3].encode() not in own[0].body.replace(b"&#39;", b"'"):
                return False
            path = {name: f"feeds/{name}" for name in FILES} | {"feeds.opml": "feeds.opml"}
            for name, file in zip(path, own, strict=True):
                for headers in ({}, {"Accept-Encoding": "gzip"}):
                    found = [identity(await get(f"{base}/{path[name]}", **headers)) for base in net.bases]
                    if len(set(found)) != 1 or file.digest not in (found[0][2] or ""):
                        return False
            return True

        await eventually(are_same)
        for text in STORIES:
            assert text in (await get(f"{net.bases[0]}/feeds/all.json")).body.decode()
        etag = (await get(f"{net.bases[0]}/feeds/all.atom")).headers["ETag"]
        for base in net.bases[1:]:
            assert (await get(f"{base}/feeds/all.atom", **{"If-None-Match": etag})).status == 304
            page = await get(f"{base}/ar/feeds/all")
            assert page.status == 200
            assert STORIES[0] in page.body.decode()
