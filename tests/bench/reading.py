"""What readers' pages cost in a store of very many stories: CPU milliseconds with their queries, bytes, bytes compressed.

A reader begins at the front page and follows links, each page once, so that no page is one that is kept: kinds of
pages are those that it meets, searches among them. What a file costs over HTTP is taken off. Beside them stands the
least that a page of twenty stories can cost: one SELECT by key and a bare template. Then a robot crawls what robots.txt
allows. The bars are 50 ms, 30 KB, 8 KB compressed, and 60 s for 10,000 pages of a robot.

    make bench BENCH_ARGS="reading --stories 1000000 --folder /tmp/reading_bench"
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import statistics
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import aiohttp
from jinja2 import Environment
from sqlalchemy import select

from syndicator.fetch.robots import Robots, read_robots
from syndicator.runtime.app import App
from syndicator.store import Transaction, tables
from syndicator.web import Face, serve
from syndicator.web.snapshot import represented
from tests.bench.reading_store import reading_app
from tests.made_readers import context_of
from tests.ports import port_of, reserve
from tests.walk import is_file, kind_of

_PLAIN = {"Accept-Encoding": "identity"}
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
    reader.add_argument("--pages", type=int, default=2000, help="how many are asked for")
    reader.add_argument("--crawled", type=int, default=2000, help="how many the robot asks for")
    reader.add_argument("--folder", type=Path)
    chosen = reader.parse_args(options)
    with tempfile.TemporaryDirectory(prefix="syndicator-reading-") as folder:
        asyncio.run(
            _measure(chosen.folder or Path(folder), chosen.stories, chosen.indexed, (chosen.pages, chosen.crawled))
        )


async def _measure(folder: Path, count: int, indexed: int, pages: tuple[int, int]) -> None:
    with reserve() as reservation:
        await _crawl(folder, count, indexed, pages, port_of(reservation))


async def _crawl(folder: Path, count: int, indexed: int, pages: tuple[int, int], port: int) -> None:
    app = await reading_app(folder, count, port, indexed=indexed)
    try:
        bare = await _bare(app)
        runner, _ = await serve(context_of(app), "127.0.0.1", port, faces={Face.READERS})
        try:
            async with aiohttp.ClientSession() as session:
                base = f"http://127.0.0.1:{port}"
                reader = Walker(session, base)
                await reader.walk(pages[0], _ASKED)
                async with session.get(f"{base}/robots.txt") as answer:
                    rules = read_robots(await answer.read(), "bench")
                robot = Walker(session, base, rules)
                spent = await robot.walk(pages[1])
        finally:
            await runner.cleanup()
        made = sum(len(each.times) for each in robot.costs.values())
        below = await app.store.read(lambda tx: tx.search.unfilled_below())
        print(f"readers' pages at {count:,} stories, of which {count - below:,} can be searched")
        print(f"{'kind':<22} {'pages':>6} {'ms':>7} {'worst':>7} {'/bare':>7} {'bytes':>8} {'packed':>7}")
        for kind, costs in sorted(reader.costs.items()):
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


class Walker:
    """Asks for pages over loopback, and notes what each costs. What answering costs that makes nothing does not count."""

    def __init__(self, session: aiohttp.ClientSession, base: str, rules: Robots | None = None) -> None:
        """Ask for nothing yet; later for what the rules allow."""
        self._rules = rules or Robots()
        self.costs: dict[str, Costs] = defaultdict(Costs)
        self._session, self._base, self._overhead = session, base, 0.0

    async def walk(self, count: int, asked: Sequence[str] = ()) -> float:
        """Ask for so many pages, each once; return the CPU seconds that they took."""
        file = f"{self._base}/static/icon.svg"
        self._overhead = statistics.median([(await self._ask(file))[0] for _ in range(_ROUNDS)])
        waiting = deque(f"{self._base}/{path}" for path in ("", *asked))
        seen, spent = set(waiting), 0.0
        while waiting and count > 0:
            address = waiting.popleft()
            took, page = await self._ask(address)
            if page is None:
                continue
            spent, count = spent + took - self._overhead, count - 1
            self._note(address, 1000 * (took - self._overhead), page)
            new = [each for each in self._links(page.decode(), address) if each not in seen]
            seen.update(new)
            waiting.extend(new)
        return spent

    async def _ask(self, address: str) -> tuple[float, bytes | None]:
        """Return CPU seconds, and a page's HTML."""
        before = time.process_time()
        async with self._session.get(address, headers=_PLAIN, allow_redirects=False) as answer:
            body = await answer.read()
        took = time.process_time() - before
        is_page = answer.content_type == "text/html" and answer.status in (200, 400)
        return took, body if is_page else None

    def _note(self, address: str, milliseconds: float, page: bytes) -> None:
        costs = self.costs[kind_of(address)]
        if not costs.times or milliseconds > max(costs.times):
            costs.slowest = address.removeprefix(self._base)
        costs.times.append(milliseconds)
        costs.sizes.append(len(page))
        costs.packed.append(len(gzip.compress(page, 6)))

    def _links(self, html: str, address: str) -> Iterator[str]:
        for href in dict.fromkeys(_HREF.findall(html)):
            link = urldefrag(urljoin(address, unescape(href)))[0]
            if link.startswith(f"{self._base}/") and not is_file(link) and self._rules.allows(link):
                yield link
