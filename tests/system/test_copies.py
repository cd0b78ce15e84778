"""A copy of the readers' face on a plain web server, while the daemon is stopped: for readers nothing is missing."""

import json
import re
import sqlite3
import threading
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin

import feedparser
from lxml import etree, html

from tests.conftest import need
from tests.newsroom import MAIN, Item, Site, outlet, rss, write_config
from tests.processes import run
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
        assert len([address for address in found if re.search(r"/stories/[0-9]+/?$", address)]) == 5
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
