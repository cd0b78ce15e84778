"""A newsroom whose readers' pages are asked for over real HTTP."""

from __future__ import annotations

import html
import re
from contextlib import asynccontextmanager
from html.parser import HTMLParser

import aiohttp

from syndicator.config import load
from syndicator.models import Document, Outcome, Validators
from syndicator.publish import FeedFiles
from syndicator.runtime.app import App
from syndicator.web import SiteContext, serve
from tests.apps import Clock
from tests.newsroom import EVERYTHING, MAIN, rss, write_config
from tests.stages.test_copies import Newsroom


class ReadersRoom(Newsroom):
    """Outlets show what a test says, at addresses that answer unless they are ``down``."""

    def __init__(self, clock):
        super().__init__(None, clock)
        self.down, self.client = {}, None

    async def fetch(self, url, known, options):
        """Answer with what is shown below the first part of an address, as a document of its own each time."""
        self._asked += 1
        base = url.rpartition("/")[0]
        outcome = self.down.get(base, Outcome.OK)
        return Document(
            endpoint=url,
            outcome=outcome,
            url=url,
            status=200,
            body=self.shown.get(base, rss()) if outcome.is_good else None,
            validators=Validators(body_hash=str(self._asked)),
            note="curl: (7) at proxy.internal",
        )

    async def poll(self, id_):
        """Poll all sources of an outlet."""
        for source in self.app.config.outlets[id_].sources:
            await self.app.pipeline.poll(source)

    async def get(self, path, **headers):
        """Return the status and the text of a page."""
        async with self.client.get(path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def page(self, path):
        """Return the text of a page that there must be."""
        status, text = await self.get(path)
        assert status == 200, (path, status, text)
        return text


@asynccontextmanager
async def readers_room(folder, *, outlets, feeds=None, concepts=None, main="", index=False):
    """Make an application with these outlets and serve its pages; its stories are indexed if wanted."""
    texts = {"outlets": outlets, "feeds": feeds or {"all": EVERYTHING}, "concepts": concepts}
    config = load(write_config(folder / "c", main=MAIN + main, **texts), environ={}, state=folder / "s")
    room = ReadersRoom(Clock())
    room.app = app = App(config, fetch=room.fetch, clock=room.clock)
    try:
        await app.adopt(config)
        context = SiteContext(
            files=FeedFiles(folder / "f"), status=None, trouble=tuple, pages=app.reader_pages,
            clock=_never_the_same(), directory=lambda: app.directory,
        )  # fmt: skip
        runner, port = await serve(context, "127.0.0.1", 0)
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as room.client:
                yield room
        finally:
            await runner.cleanup()
    finally:
        await app.close()


def _never_the_same():
    """Return a clock that an hour passes on whenever it is looked at: no page is kept."""
    hours = iter(range(10**9))
    return lambda: float(next(hours) * 3600)


class Elements(HTMLParser):
    """What a page is made of: the names of its elements, and its links."""

    def __init__(self, page):
        super().__init__()
        self.names, self.links, self.attributes = set(), [], set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Collect."""
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "a":
            self.links.append(dict(attrs).get("href"))


def words_of(page):
    """Return what people read of a page, with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def is_harmless(page):
    """Return whether a page has nothing that acts, whatever was written into it."""
    found = Elements(page)
    acting = {"script", "iframe", "object", "embed", "style", "base"}
    return found.names.isdisjoint(acting) and not any(
        each.startswith("on") or each == "style" for each in found.attributes
    )


class HasMost:
    """The files of a copy that has every page but those that are made on request, none of which is a further one."""

    def has(self, path):
        """Return whether there is a file."""
        return path.partition("/")[0].removesuffix(".json") not in ("search", "places", "topics")

    def further(self, path, query):
        """Return no further page."""
        return
