"""What readers' pages cost in a store of very many stories: CPU milliseconds with their queries, bytes, bytes compressed.

A polite robot begins at the front page and follows links, each page once, so that no page is one that is kept: kinds of
pages are those that it meets. Beside them stands the least that a page of twenty stories can cost: one SELECT by key and
a bare template. The bars are 50 ms, 30 KB, 8 KB compressed, and 60 s for 10,000 pages.

    make bench BENCH_ARGS="reading --stories 1000000 --folder /tmp/reading_bench"
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from jinja2 import Environment
from sqlalchemy import select

from syndicator.runtime.app import App
from syndicator.store import Transaction, tables
from syndicator.web.page_routes import _frame
from syndicator.web.reader_pages import LANGUAGES
from syndicator.web.reader_pages.wanted import PAGES, WantedFrom
from syndicator.web.rendered import RenderedPages
from syndicator.web.snapshot import Fresh, represented
from tests.bench.reading_store import reading_app
from tests.walk import is_file, kind_of

_BASE = "http://127.0.0.1:9"
_MOST_MS, _MOST_HTML, _MOST_PACKED, _MOST_CRAWL = 50, 30 * 1024, 8 * 1024, 60
_SHEET = Path(__file__).parents[2] / "syndicator/web/static/style.css"
_HREF = re.compile(r'<a [^>]*?href="([^"]+)"')
_ASKED = ("search?q=ceasefire", "search?q=region%3ASY+concept%3Aceasefire", "search?q=region%3ASYY+%28")
_BARE = """<!doctype html><title>x</title><ol>{% for each in stories %}<li><time>{{ each.first_seen.isoformat() }}</time>
<a href="stories/{{ each.id }}" lang="{{ each.language }}">{{ each.title }}</a> {{ each.outlet }}</li>{% endfor %}</ol>"""
_ROUNDS = 15


@dataclass
class Costs:
    """What the pages of a kind cost: CPU milliseconds, bytes, bytes compressed."""

    times: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    packed: list[int] = field(default_factory=list)
    slowest: str = ""

    def line(self, kind: str, bare: float) -> str:
        """Return a row of the table; what is over its bar is marked."""
        middle, worst = statistics.median(self.times), max(self.times)
        over = [
            name
            for name, value, most in (
                ("ms", middle, _MOST_MS),
                ("bytes", max(self.sizes), _MOST_HTML),
                ("compressed", max(self.packed), _MOST_PACKED),
            )
            if value > most
        ]
        marked = f"  OVER: {', '.join(over)}" if over else ""
        return (
            f"{kind:<22} {len(self.times):>6,} {middle:7.1f} {worst:7.1f} {middle / bare:6.1f}x {max(self.sizes):>8,}"
            f" {max(self.packed):>7,}{marked}  {self.slowest if worst > _MOST_MS else ''}"
        )


def reading(*options: str) -> None:
    """Print the table."""
    reader = argparse.ArgumentParser(prog="reading")
    reader.add_argument("--stories", type=int, default=20_000)
    reader.add_argument("--indexed", type=int, default=10**9, help="how many of the newest can be searched")
    reader.add_argument("--pages", type=int, default=2000, help="how many the robot asks for")
    reader.add_argument("--folder", type=Path)
    chosen = reader.parse_args(options)
    with tempfile.TemporaryDirectory(prefix="syndicator-reading-") as folder:
        asyncio.run(_measure(chosen.folder or Path(folder), chosen.stories, chosen.indexed, chosen.pages))


async def _measure(folder: Path, count: int, indexed: int, pages: int) -> None:
    app = await reading_app(folder, count, 9, indexed=indexed)
    try:
        bare = await _bare(app)
        robot = Robot(app)
        spent = await robot.crawl(pages)
        made = sum(len(each.times) for each in robot.costs.values())
        below = await app.store.read(lambda tx: tx.search.unfilled_below())
        print(f"readers' pages at {count:,} stories, of which {count - below:,} can be searched")
        print(f"{'kind':<22} {'pages':>6} {'ms':>7} {'worst':>7} {'/bare':>7} {'bytes':>8} {'packed':>7}")
        for kind, costs in sorted(robot.costs.items()):
            print(costs.line(kind, bare))
        print(f"{'SELECT, bare template':<22} {_ROUNDS:>6} {bare:7.1f}")
        for_many = spent * 10_000 / max(made, 1)
        print(f"a robot's {made:,} pages took {spent:.1f} s of CPU: 10,000 would take {for_many:.0f}", end="")
        print("  OVER" if for_many > _MOST_CRAWL else "")
        sheet = represented(_SHEET.read_bytes())
        print(f"the sheet has {len(sheet.body):,} bytes, {len(sheet.compressed):,} compressed")
    finally:
        await app.close()


async def _bare(app: App) -> float:
    """Return the CPU milliseconds of a list of the newest twenty, without anything."""
    template = Environment(autoescape=True).from_string(_BARE)
    times = []
    for _ in range(_ROUNDS):
        before = time.process_time()
        represented(template.render(stories=await app.store.read(_newest)).encode())
        times.append(1000 * (time.process_time() - before))
    return statistics.median(times)


def _newest(tx: Transaction) -> list[object]:
    connection = tx.connection  # type: ignore[attr-defined]
    return list(connection.execute(select(tables.story).order_by(tables.story.c.id.desc()).limit(20)))


class Robot:
    """Asks for pages as a server would, without HTTP, and notes what each costs."""

    def __init__(self, app: App) -> None:
        """Ask for nothing yet."""
        self.costs: dict[str, Costs] = defaultdict(Costs)
        self._app = app
        self._router = web.UrlDispatcher()
        for path, wanted_from in PAGES.items():
            for prefix in ("/", f"/{{language:{'|'.join(LANGUAGES[1:])}}}/"):
                self._router.add_get(f"{prefix}{path}", partial(_wanted, wanted_from))

    async def crawl(self, count: int) -> float:
        """Ask for so many pages, each once; return the CPU seconds that they took. The robot's own do not count."""
        rendered = RenderedPages(self._app.reader_pages, time.monotonic)
        waiting = deque(f"{_BASE}/{path}" for path in ("", *_ASKED))
        seen, spent = set(waiting), 0.0
        while waiting and count > 0:
            address = waiting.popleft()
            before = time.process_time()
            found = await self._ask(rendered, address)
            took = time.process_time() - before
            if found is None:
                continue
            spent, count = spent + took, count - 1
            self._note(address, 1000 * took, found)
            new = [each for each in _links(found.representation.body.decode(), address) if each not in seen]
            seen.update(new)
            waiting.extend(new)
        return spent

    async def _ask(self, rendered: RenderedPages, address: str) -> Fresh | None:
        request = make_mocked_request("GET", address.removeprefix(_BASE))
        match = await self._router.resolve(request)
        if match.http_exception is not None:
            return None
        request._match_info = match
        try:
            wanted = await match.handler(request)
        except web.HTTPException:
            return None
        found = await rendered.get(wanted, _frame(request, "Border Desk", _BASE))
        return found if isinstance(found, Fresh) else None

    def _note(self, address: str, milliseconds: float, found: Fresh) -> None:
        costs = self.costs[kind_of(address)]
        if not costs.times or milliseconds > max(costs.times):
            costs.slowest = address.removeprefix(_BASE)
        costs.times.append(milliseconds)
        costs.sizes.append(len(found.representation.body))
        costs.packed.append(len(found.representation.compressed))


async def _wanted(wanted_from: WantedFrom, request: web.Request) -> Any:
    return wanted_from(request)


def _links(html: str, address: str) -> Iterator[str]:
    for href in dict.fromkeys(_HREF.findall(html)):
        link = urldefrag(urljoin(address, unescape(href)))[0]
        if link.startswith(f"{_BASE}/") and not is_file(link):
            yield link
