"""A copy of the readers' face on a plain web server, while the daemon is stopped: for readers nothing is missing."""

import asyncio
import json
import re
import shutil
import sqlite3
import threading
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import feedparser
import obstore
import pytest
from lxml import etree, html
from obstore.store import from_url

from tests.conftest import need, unavailable
from tests.documents import ROOT
from tests.newsroom import MAIN, Item, Site, outlet, rss, write_config
from tests.processes import run
from tests.stages.test_replicas import SMALL, copying, credentials
from tests.waiting import eventually, get, running

TITLES = ("Ceasefire agreed in Idlib", "هدنة في سراقب", "Перемирие в Идлибе", "İdlib'de ateşkes", "آتش‌بس در ادلب")
FEED = "title = \"أخبار\"\nwhere = ''\nlimit = 5\nformats = ['atom', 'rss', 'json']\n"
COUNT = 23


class Handler(SimpleHTTPRequestHandler):
    """Serves files as any web server does, and logs nothing."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".atom": "application/atom+xml"}

    def log_message(self, *_):
        return


@contextmanager
def static_server(folder, port):
    """Serve a folder."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def links_of(address, body):
    """Yield where a document of any kind leads."""
    if body.lstrip().startswith(b"{"):
        yield from re.findall(r'"(https?://[^"\\]+)"', body.decode())
    elif body.lstrip()[:15].lower() == b"<!doctype html>":
        yield from (link for _, _, link, _ in html.fromstring(body).iterlinks())
    else:
        root = etree.fromstring(body)
        yield from root.xpath("//@href | //@xmlUrl | //@htmlUrl | //@url")
        yield from (each.text for each in root.iter("{*}link", "{*}comments") if each.text and each.text.strip())
        for text in root.xpath("//*[local-name()='content' or local-name()='encoded']/text()"):
            yield from (link for _, _, link, _ in html.fromstring(f"<div>{text}</div>").iterlinks())


async def check_links(base):
    """Follow every link within a site from its front page; return the pages, and those that are not there."""
    found, dead, waiting = {}, set(), [f"{base}/"]
    for address in waiting:
        page = await get(address)
        if page.status != 200:
            dead.add(address)
            continue
        found[address] = page.body
        if address.endswith((".css", ".svg")):
            continue
        # A folder's address gets a stroke before links are resolved, as in a browser that was sent on.
        place = address if "." in address.rpartition("/")[2] else f"{address.rstrip('/')}/"
        for link in links_of(place, page.body):
            absolute = urljoin(place, link).partition("#")[0]
            if absolute.startswith(base) and absolute not in waiting:
                waiting.append(absolute)
    return found, dead


async def test_readers_miss_nothing_while_the_daemon_is_stopped(tmp_path, free_port):
    """Newsboat subscribes; no link within the copy is dead; walking back through the archives finds every story."""
    newsboat = need("newsboat")
    copy, base = tmp_path / "www", f"http://127.0.0.1:{free_port}"
    main = MAIN.replace('"http://127.0.0.1:{port}"', f'"{base}"') + f"[publish]\nalso_to = [{json.dumps(str(copy))}]\n"
    items = [
        Item(f"{TITLES[n % 5]} {n}", link=f"https://outlet.example/{n}", guid=f"{n}", text=f"Text {n}.")
        for n in range(COUNT)
    ]
    async with Site({"/feed.xml": rss(*items)}) as site:
        folder = write_config(tmp_path / "c", outlets={"one": outlet(site.base)}, feeds={"all": FEED}, main=main)
        async with running(folder, tmp_path / "s") as daemon:

            async def is_copied():
                body = (copy / "feeds" / "all.atom").read_bytes() if (copy / "feeds" / "all.atom").exists() else b""
                served = await daemon.app.files.get("all.atom")
                return b"prev-archive" in body and served is not None and served.body == body

            await eventually(is_copied)
    with static_server(copy, free_port):
        found, dead = await check_links(base)
        assert dead == set()
        assert {f"{base}/feeds/all.{kind}" for kind in ("atom", "rss", "json")} < found.keys()
        assert f"{base}/feeds.opml" in found
        assert len({match[0] for address in found if (match := re.search(r"/stories/[0-9]+(?=/?$)", address))}) == 5
        titles, address = set(), f"{base}/feeds/all.atom"
        while address:
            parsed = feedparser.parse(found[address])
            titles.update(entry.title for entry in parsed.entries)
            address = next((link.href for link in parsed.feed.links if link.rel == "prev-archive"), None)
        assert titles == {item.title for item in items}
        (tmp_path / "urls").write_text(f"{base}/feeds/all.atom\n")
        (tmp_path / "config").write_text("show-read-feeds yes\n")
        command = [newsboat, "-u", tmp_path / "urls", "-c", tmp_path / "db", "-C", tmp_path / "config", "-x", "reload"]
        done = await run(*command)
        assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(tmp_path / "db")) as connection:
        read = {title for (title,) in connection.execute("SELECT title FROM rss_item")}
    assert len(read) == 5
    assert read < titles


@asynccontextmanager
async def bucket(port):
    """A local server that speaks like S3, with a bucket; yields its address."""
    program = shutil.which("moto_server") or ROOT / ".venv/s3/bin/moto_server"
    if not Path(program).exists():
        unavailable("needs a server that speaks like S3: make objectstore")
    server = await asyncio.create_subprocess_exec(
        program,
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"

    async def is_made():
        async with aiohttp.ClientSession() as session:
            try:
                async with session.put(f"{base}/news") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

    try:
        await eventually(is_made)
        yield base
    finally:
        server.kill()
        await server.wait()


async def read(base, path):
    options = {"access_key_id": "AKIAEXAMPLE0", "secret_access_key": "sesame-sesame-sesame", "endpoint": base}
    store = from_url("s3://news/copy", **options, region="us-east-1", client_options={"allow_http": True})
    found = await obstore.get_async(store, path)
    return found.attributes["Content-Type"], bytes(await found.bytes_async())


async def test_an_object_store_gets_the_same_with_content_types(tmp_path, free_port):
    """Below the prefix; what is gone here goes there."""
    async with bucket(free_port) as base:
        more = f"credentials_file = '{credentials(tmp_path, base)}'\n"
        async with copying(tmp_path, "s3://news/copy", more=more) as app:
            assert app.replicator.notices == ()
            wanted = {
                "feeds/all.atom": "application/atom+xml; charset=utf-8",
                "feeds/all.rss": "application/rss+xml; charset=utf-8",
                "feeds/all.json": "application/feed+json; charset=utf-8",
                "feeds/all/2026-03-1.atom": "application/atom+xml; charset=utf-8",
                "feeds.opml": "text/x-opml; charset=utf-8",
                "index.html": "text/html; charset=utf-8",
                "about/index.html": "text/html; charset=utf-8",
                "index.json": "application/json; charset=utf-8",
                "static/style.css": "text/css; charset=utf-8",
                "static/feed.css": "text/css; charset=utf-8",
                "static/icon.svg": "image/svg+xml; charset=utf-8",
            }
            assert {path: (await read(base, path))[0] for path in wanted} == wanted
            _, body = await read(base, "feeds/all.atom")
            assert body == (await app.files.get("all.atom")).body
        async with copying(tmp_path, "s3://news/copy", feeds={"other": SMALL}, more=more):
            with pytest.raises(FileNotFoundError):
                await read(base, "feeds/all.atom")
