"""Web nodes: processes that serve readers beside the daemon, on one store in PostgreSQL."""

import asyncio
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import pytest
from structlog.testing import capture_logs

from syndicator.config import own_settings
from syndicator.errors import InUseError, StoreError
from syndicator.runtime.web_node import run_web_node
from tests.newsroom import CEASEFIRE, EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.ports import port_of, reserve
from tests.processes import started
from tests.stores import postgres, postgres_stopped, store_url
from tests.waiting import FAST, eventually, get, get_now, running

pytestmark = pytest.mark.xdist_group("postgresql")
QUICK = replace(FAST, follow=0.05, share=0.05, outbox=0.05, report=0.1)
STORIES = ("هدنة في إدلب", "آتش‌بس در ادلب", "Перемирие в Идлибе", "İdlib ateşkes ılık")
FORMATS = 'formats = ["atom", "rss", "json", "geojson", "kml"]\n'
FILES = ("feeds/all.atom", "feeds/all.rss", "feeds/all.json", "feeds/all.geojson", "feeds/all.kml", "feeds.opml")
TOKEN = "0123456789abcdef0123456789abcdef"


def shown(*titles):
    return rss(*(Item(each, link=f"https://o.example/{crc32(each.encode())}", guid=each, text=each) for each in titles))


@dataclass
class Network:
    """A daemon with its outlet, and nodes beside it."""

    folder: Path
    site: Site
    url: str
    port: int
    feeds: dict
    daemon: object = None
    nodes: tuple = ()

    @property
    def bases(self):
        """The daemon's address, and those of the nodes."""
        return [f"http://127.0.0.1:{self.port}", *(f"http://{each.listening}" for each in self.nodes)]

    def configure(self):
        return write_config(
            self.folder / "c",
            port=self.port,
            outlets={"one": outlet(self.site.base)},
            feeds=self.feeds,
            concepts={"ceasefire": CEASEFIRE},
            main=f'store = "{self.url}"\n{MAIN}',
        )

    def own(self, name):
        return own_settings(
            None,
            environ={},
            state=self.folder / name,
            overrides={"store": self.url, "listen": "127.0.0.1:0"},
        )

    async def pages(self, path, **headers):
        return [await get(f"{base}/{path}", **headers) for base in self.bases]

    async def everywhere(self, path, status=200, *, has=""):
        """Wait until all answer with this status, and with these words."""

        async def do():
            return all(each.status == status and has in each.body.decode() for each in await self.pages(path))

        await eventually(do)

    async def news(self, *titles):
        await self.daemon.dispatcher.settled()
        self.site.answers["/feed.xml"] = shown(*titles)


@asynccontextmanager
async def node(own):
    """Run a node; yield it when it is ready."""
    ready = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_web_node(own, intervals=QUICK, ready=ready.set_result))
    try:
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield ready.result()
    finally:
        if ready.done():
            ready.result().stop()
        await task


@asynccontextmanager
async def network(tmp_path, port, *, count=1, feeds=None):
    """Run a daemon and nodes beside it."""
    async with Site({"/feed.xml": shown(STORIES[0])}) as site, AsyncExitStack() as stack:
        feeds = feeds or {"all": EVERYTHING + FORMATS}
        made = Network(tmp_path, site, store_url(tmp_path / "x.db", "postgresql"), port, feeds)
        made.daemon = await stack.enter_async_context(running(made.configure(), tmp_path / "s", intervals=QUICK))
        made.nodes = tuple([await stack.enter_async_context(node(made.own(f"n{each}"))) for each in range(count)])
        yield made


def identity(page):
    return page.status, page.body, *map(page.headers.get, ("ETag", "Last-Modified", "Content-Type", "Link", "Vary"))


async def test_three_nodes_answer_as_the_daemon_does_whatever_becomes_of_the_database(tmp_path, free_port):
    """Bytes, ETag and date of each format and encoding after news in four scripts; while it is stopped; when it is back."""
    async with network(tmp_path, free_port, count=3) as net:

        async def are_same():
            for path in FILES:
                for encoding in ("identity", "gzip"):
                    found = {identity(each) for each in await net.pages(path, **{"Accept-Encoding": encoding})}
                    if len(found) != 1 or 200 not in found.pop():
                        return False
            return True

        await net.news(*STORIES)
        for title in STORIES:
            await net.everywhere("feeds/all.json", has=title)
        await eventually(are_same)
        etag = (await get(f"{net.bases[0]}/feeds/all.atom")).headers["ETag"]
        assert [each.status for each in await net.pages("feeds/all.atom", **{"If-None-Match": etag})] == [304] * 4
        await net.everywhere("ar/feeds/all", has=STORIES[0])
        nodes = net.bases[1:]
        with postgres_stopped():
            await eventually(lambda: _all(nodes, "healthz", 503))
            assert await are_same()
            assert await _all(nodes, "readyz", 200)
            for base in nodes:  # pages are kept for a minute: another one than before
                page = await get(f"{base}/tr/feeds/all")
                assert (page.status, page.headers["Retry-After"]) == (503, "10")
                assert "cannot be made just now" in page.body.decode()
        await eventually(lambda: _all(nodes, "healthz", 200))
        await net.news(*STORIES, "خبر بعد العودة")
        await net.everywhere("feeds/all.json", has="خبر بعد العودة")
        await eventually(are_same)


async def _all(bases, path, status):
    return all([(await get(f"{base}/{path}")).status == status for base in bases])


async def test_nodes_follow_the_configuration(tmp_path, free_port):
    """A feed renamed leads to its new name, one removed is gone, one made private is nobody's there."""
    feeds = {"all": EVERYTHING, "other": EVERYTHING, "inner": EVERYTHING}
    async with network(tmp_path, free_port, feeds=feeds) as net:
        for name in feeds:
            await net.everywhere(f"feeds/{name}.atom")
        (own,) = net.nodes
        folder = own.app.files.folder
        private = 'token_file = "tokens"\n'
        net.feeds = {"all": EVERYTHING, "renamed": EVERYTHING + 'renamed_from = ["other"]\n'}
        (net.folder / "c" / "tokens").write_text(f"reader: {TOKEN}\n")
        for name in ("other", "inner"):
            (net.folder / "c" / "feeds" / f"{name}.toml").unlink()
        net.feeds["all"] += private
        net.configure()
        await net.everywhere("feeds/renamed.atom")
        for each in await net.pages("feeds/renamed.atom"):
            assert f"{net.bases[0]}/feeds/renamed.atom" in each.headers["Link"]
        await net.everywhere("feeds/inner.atom", 410)
        await net.everywhere("feeds/other.atom")  # by the address that it has moved to
        page = await get(f"{net.bases[1]}/feeds/all.atom?token={TOKEN}")
        assert (page.status, b"daemon's own address" in page.body) == (403, True)
        assert (await get(f"{net.bases[0]}/feeds/all.atom?token={TOKEN}")).status == 200

        async def are_gone():
            return not [each for name in ("all", "other", "inner") for each in folder.glob(f"{name}.*")]

        await eventually(are_gone)
        assert {each.file for each in await own.app.store.read(lambda tx: tx.renderings.newer(0))} == {
            "feeds.opml",
            *(f"renamed.{suffix}" for suffix in ("atom", "rss", "json")),
        }


async def test_a_feed_on_demand_that_a_node_is_asked_for_is_made(tmp_path, free_port):
    """By the daemon, for all; what there cannot be is refused at once, with what may be meant."""
    async with network(tmp_path, free_port) as net:
        await net.everywhere("feeds/all.json", has=STORIES[0])
        base = net.bases[1]
        page = await get(f"{base}/feeds/concept/ceasefire.atom")
        assert (page.status, page.headers["Retry-After"]) == (503, "10")
        await net.everywhere("feeds/concept/ceasefire.json", has=STORIES[0])
        await eventually(lambda: _same(net, "feeds/concept/ceasefire.atom"))
        page = await get(f"{base}/feeds/concept/ceasefyre.atom")
        assert (page.status, "ceasefire" in page.body.decode()) == (404, True)
        # Who asks a node only keeps it.
        store = net.daemon.app.store
        (before,) = await store.read(lambda tx: tx.on_demand.all())

        async def is_noted():
            await get(f"{base}/feeds/concept/ceasefire.rss")
            (record,) = await store.read(lambda tx: tx.on_demand.all())
            return record.asked_at > before.asked_at

        await eventually(is_noted)


async def _same(net, path):
    return len({identity(each) for each in await net.pages(path)}) == 1


async def test_what_only_the_daemon_answers_is_said_and_a_folder_that_was_deleted_is_filled_again(tmp_path, free_port):
    """Operators' pages, the hub and hubs' callbacks; nobody's file is lost for good."""
    async with network(tmp_path, free_port) as net:
        await net.everywhere("feeds/all.atom")
        base = net.bases[1]
        for path in ("ops/", "ops/outlets/one.json", "ops.atom", "status.json", "metrics", "hub", "websub/x"):
            page = await get(f"{base}/{path}")
            assert (page.status, "answered by the daemon" in page.body.decode()) == (404, True)
        files = net.nodes[0].app.files
        (files.folder / "all.atom").unlink()
        (files.folder / "all.rss").write_bytes(b"forged")
        net.nodes[0]._renderings._seen = None  # as after a restart
        await eventually(lambda: _same(net, "feeds/all.atom"))
        await eventually(lambda: _same(net, "feeds/all.rss"))


async def test_a_node_waits_for_the_daemon_and_is_refused_where_it_cannot_be(tmp_path, free_port):
    """An empty database, then one without a configuration; a file for a store; a folder of another process."""
    on_file = own_settings(None, environ={}, state=tmp_path / "f", overrides={"store": f"sqlite:///{tmp_path}/x.db"})
    with pytest.raises(StoreError, match="a web node needs a store that several processes can work on"):
        await run_web_node(on_file)
    async with Site({"/feed.xml": shown(*STORIES)}) as site:
        server = postgres()
        server.drop("later")
        net = Network(tmp_path, site, server.create("later"), free_port, {"all": EVERYTHING})
        with capture_logs() as logs:
            ready = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(run_web_node(net.own("n"), intervals=QUICK, ready=ready.set_result))

            async def waits():
                return [each for each in logs if each["event"] == "waiting for the daemon"]

            assert "no store in this database yet" in (await eventually(waits))[0]["reason"]
            async with running(net.configure(), tmp_path / "s", intervals=QUICK) as net.daemon:
                net.nodes = (await ready,)
                await net.everywhere("feeds/all.json", has=STORIES[2])
                with pytest.raises(InUseError):
                    await run_web_node(net.own("n"))
                net.nodes[0].stop()
                await task


async def test_a_node_that_is_killed_goes_on_with_what_it_had(tmp_path, free_port):
    """Started by the command, killed with -9, started again while the outlet has news; SIGTERM ends it at once."""
    async with network(tmp_path, free_port, count=0) as net:
        with reserve() as reservation:
            base = f"http://127.0.0.1:{port_of(reservation)}"
            options = ("--state", tmp_path / "p", "--set", f"store={net.url}", "--set", f"listen={base[7:]}")
            command = (sys.executable, "-m", "syndicator", "run", "--role", "web", *options)
            for title in STORIES[:2]:
                await net.news(title)
                async with started(*command, stderr=asyncio.subprocess.DEVNULL) as process:

                    async def has_news(title=title):
                        return title.encode() in await asyncio.to_thread(get_now, f"{base}/feeds/all.json")

                    await eventually(has_news)
                    own = net.daemon.app.files.read("all.json")
                    assert (await get(f"{base}/feeds/all.json")).headers["ETag"] == f'"{own.digest}"'
                    if title == STORIES[1]:
                        process.terminate()
                        assert await process.wait() == 0
