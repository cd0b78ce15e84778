"""The obvious daemon, of aiohttp, feedparser, sqlite3 and feedgen: ``python -m tests.bench.poll.baseline URLS STATE``."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
from pathlib import Path

import aiohttp
import feedparser
from feedgen.feed import FeedGenerator

from tests.bench.poll.talk import obey
from tests.bench.poll.words import TONGUES

_AT_ONCE, _LIMIT = 50, 100
_SYRIA = "|".join(place for tongue in TONGUES for place in tongue.places[:5])  # the country and four of its towns
_FEEDS = {"syria": re.compile(_SYRIA), "truce": re.compile("ceasefire|truce|перемирие", re.IGNORECASE)}
_SCHEMA = """
CREATE TABLE feed (url TEXT PRIMARY KEY, etag TEXT, modified TEXT);
CREATE TABLE item (feed TEXT, guid TEXT, title TEXT, link TEXT, text TEXT, syria INTEGER, truce INTEGER);
CREATE UNIQUE INDEX item_guid ON item (feed, guid);
"""


class Baseline:
    """Polls every address once a round, keeps what is new, writes its feeds."""

    def __init__(self, addresses: list[str], folder: Path) -> None:
        self._folder = folder
        self._store = sqlite3.connect(folder / "items.db")
        self._store.executescript(_SCHEMA)
        self._store.executemany("INSERT INTO feed (url) VALUES (?)", [(address,) for address in addresses])

    def count(self) -> dict:
        count, syria, truce = self._store.execute("SELECT count(*), sum(syria), sum(truce) FROM item").fetchone()
        return {"entries": count, "feeds": {"syria": syria, "truce": truce}}

    async def again(self) -> None:
        feeds = self._store.execute("SELECT url, etag, modified FROM feed").fetchall()
        turns = asyncio.Semaphore(_AT_ONCE)
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(self._poll(session, turns, *feed) for feed in feeds))
        for name in _FEEDS:
            self._write(name)

    async def _poll(self, session, turns, url, etag, modified) -> None:
        headers = {"If-None-Match": etag, "If-Modified-Since": modified} if etag else {}
        async with turns, session.get(url, headers=headers) as response:
            if response.status == 304:
                return
            parsed = feedparser.parse(await response.read())
        held = {guid for (guid,) in self._store.execute("SELECT guid FROM item WHERE feed = ?", (url,))}
        with self._store:
            for entry in (each for each in reversed(parsed.entries) if each.id not in held):
                self._insert(url, entry)
            fresh = (*map(response.headers.get, ("ETag", "Last-Modified")), url)
            self._store.execute("UPDATE feed SET etag = ?, modified = ? WHERE url = ?", fresh)

    def _insert(self, url: str, entry) -> None:
        text = (entry.get("content") or [entry.summary_detail])[0].value
        wanted_by = [bool(words.search(f"{entry.title} {text}")) for words in _FEEDS.values()]
        insert = "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)"
        self._store.execute(insert, (url, entry.id, entry.title, entry.link, text, *wanted_by))

    def _write(self, name: str) -> None:
        feed = FeedGenerator()
        feed.id(name), feed.title(name), feed.link(href="http://127.0.0.1/"), feed.description(name)
        query = f"SELECT title, link, text FROM item WHERE {name} ORDER BY rowid DESC LIMIT {_LIMIT}"
        for title, link, text in self._store.execute(query):
            entry = feed.add_entry()
            entry.id(link), entry.title(title), entry.link(href=link), entry.summary(text)
        feed.atom_file(self._folder / f"{name}.atom"), feed.rss_file(self._folder / f"{name}.rss")


if __name__ == "__main__":
    daemon = Baseline(Path(sys.argv[1]).read_text(encoding="utf-8").split(), Path(sys.argv[2]))
    obey(lambda: asyncio.run(daemon.again()), daemon.count)
