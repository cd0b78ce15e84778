"""A daemon on trial: a hostile outlet beside a healthy one, time as the test tells it, and what must hold throughout."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import urlsplit

import feedparser
import lxml.html
from lxml import etree

from syndicator.models import Outcome
from syndicator.runtime.daemon import JobIntervals
from tests.conftest import NOW
from tests.contention import Contention, family
from tests.newsroom import MAIN, Item, Site, outlet, raw_server, rss, write_config
from tests.waiting import eventually, get, moment, running

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
KINDS = ("atom", "rss")
BRISK = JobIntervals(poll=0.02, publish=0.1, heartbeat=0.5, settle=50)
LAST_GOOD = Item("Last good", link="https://outlet.example/good", guid="good", text="Kept whatever comes.")
RECOVERED = Item("Recovered", link="https://outlet.example/recovered", guid="recovered", text="All is well again.")
CALM = MAIN.replace('probe = "1s"', 'probe = "10m"')


def reply(body: bytes = b"", *headers: str | bytes, status: str = "200 OK") -> bytes:
    """Write a whole response; a header given here stands instead of the usual one of that name."""
    given = [each.encode() if isinstance(each, str) else each for each in headers]
    usual = [b"Content-Type: application/rss+xml", b"Content-Length: %d" % len(body), b"Connection: close"]
    named = {each.partition(b":")[0].lower().replace(b"transfer-encoding", b"content-length") for each in given}
    kept = [each for each in usual if each.partition(b":")[0].lower() not in named]
    return b"\r\n".join([b"HTTP/1.1 " + status.encode(), *kept, *given, b"", b""]) + body


class Clock:
    """Stands still until it is told to move."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Hostile:
    """An outlet on loopback whose every answer is the bytes, or the behaviour, that a test gives for a path."""

    answers: dict[str, bytes | Behaviour] = field(default_factory=dict)
    asked: list[dict[str, bytes]] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        self._server, self.port = await raw_server(self._speak, ssl=self.tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start, *lines = (await reader.readuntil(b"\r\n\r\n")).rstrip().split(b"\r\n")
        fields = (line.partition(b": ") for line in lines)
        path = start.split()[1].decode()
        self.asked.append({"path": path.encode(), **{name.decode().lower(): value for name, _, value in fields}})
        answer = self.answers.get(path, reply(status="404 Not Found"))
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await answer(reader, writer)


def conditions(asked: dict[str, bytes]) -> tuple[bytes | None, bytes | None]:
    """Give the validators that a request carried."""
    return asked.get("if-none-match"), asked.get("if-modified-since")


@dataclass
class Trial:
    """A running daemon with its two outlets. Every poll, and the end, checks what must hold whatever is answered."""

    clock: Clock
    hostile: Hostile
    neighbour: Site
    base: str
    file: Path
    contention: Contention
    stories: int = 0
    kept: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    stall: float = 0.0
    _refused: tuple[bytes | None, bytes | None] | None = None
    _has_taken_in: bool = False

    async def status(self) -> dict:
        return json.loads((await get(f"{self.base}/status.json")).body)

    async def rename(self, home: str) -> None:
        """Give the hostile outlet another home in the configuration, and wait until it is taken."""
        home = home.replace("{port}", str(self.hostile.port))
        self.file.write_text(outlet(home))

        async def is_taken() -> bool:
            return (await self.source()).url.startswith(home)

        await eventually(is_taken)

    async def without_file(self) -> None:
        """Take the hostile outlet out of the configuration, and put it back."""
        text = self.file.read_text()

        async def outlets() -> set[str]:
            return {each["id"] for each in (await self.status())["outlets"]}

        async def is_out() -> bool:
            return "hostile" not in await outlets()

        async def is_in() -> bool:
            return "hostile" in await outlets()

        self.file.unlink()
        await eventually(is_out)
        self.file.write_text(text)
        await eventually(is_in)

    async def source(self, outlet_id: str = "hostile") -> SimpleNamespace:
        """Give how a source is by the status page: its outcome and note, and when it is due again."""
        (found,) = [each for each in (await self.status())["outlets"] if each["id"] == outlet_id]
        (source,) = found["sources"]
        (endpoint,) = source["endpoints"]
        due = datetime.fromisoformat(source["due_at"])
        told = {**endpoint, "last_try_at": moment(endpoint["last_try_at"])}
        return SimpleNamespace(**{**told, "word": found["health"], "due": due, "wait": due - self.clock.now})

    async def entries(self, kind: str) -> list:
        """Give a feed's entries, after making sure that strict parsers take it and that it harms nobody (I4)."""
        page = await get(f"{self.base}/feeds/everything.{kind}")
        check_feed(page.body)
        parsed = feedparser.parse(page.body)
        assert not parsed.bozo, parsed.bozo_exception
        return parsed.entries

    async def shown(self, kind: str, what: str) -> list[str]:
        """Give one thing of every entry of a feed, at once."""
        page = await get(f"{self.base}/feeds/everything.{kind}")
        if page.status == 404:  # not written yet
            return []
        path = f"//*[local-name()='entry' or local-name()='item']/*[local-name()='{what}']/text()"
        return etree.fromstring(page.body).xpath(path)

    async def titles(self) -> list[str]:
        return await self.shown("atom", "title")

    async def holds(self, *titles: str) -> None:
        """Wait until stories are published, in both kinds of feed."""
        missing, ids = set(titles), {}

        async def has_all() -> bool:
            missing.difference_update(await self.titles())
            ids.update(atom=await self.shown("atom", "id"), rss=await self.shown("rss", "guid"))
            return not missing and ids["atom"] == ids["rss"]

        with suppress(AssertionError):
            await eventually(has_all)
        assert not missing
        assert ids["atom"] == ids["rss"]

    def tell(self) -> None:
        """Let the neighbour have one more story."""
        self.stories += 1
        stories = (Item(title, guid=title, link=f"https://neighbour.example/{title}") for title in self.told()[-3:])
        self.neighbour.answers["/feed.xml"] = rss(*stories)

    def told(self) -> list[str]:
        return [f"neighbour-{number}" for number in range(self.stories)]

    async def begin_poll(self, answer: bytes | Behaviour | None = None) -> None:
        """Move the clock to when both outlets are due, and see the neighbour asked within a second (I1)."""
        if answer is not None:
            self.hostile.answers["/feed.xml"] = answer
        self.tell()
        asked, self.stall = len(self.neighbour.requests), 0.0
        self.clock.now = max([(await self.source(each)).due for each in ("hostile", "neighbour")])
        begun = self.contention.mark()

        async def is_asked() -> bool:
            return len(self.neighbour.requests) > asked

        await eventually(is_asked)
        assert begun.until(self.contention.mark()) < 1.0, "the neighbour had to wait"

    async def end_poll(self) -> SimpleNamespace:
        """Wait for both outlets' polls to end; the hostile one's outcome is shown with a next due time (I7)."""

        async def are_polled() -> bool:
            tried = [(await self.source(each)).last_try_at for each in ("hostile", "neighbour")]
            return tried == [self.clock.now] * 2

        await eventually(are_polled)
        assert self.stall < 1.0, "whatever fell due meanwhile had to wait"
        source = await self.source()
        assert Outcome(source.outcome)
        assert source.wait > timedelta(0)
        return source

    async def poll(self, answer: bytes | Behaviour | None = None) -> SimpleNamespace:
        """Poll both outlets once. Nothing of an answer that was refused comes back with the next question (I8)."""
        asked = len(self.hostile.asked)
        await self.begin_poll(answer)
        source = await self.end_poll()
        requests = [each for each in self.hostile.asked[asked:] if each["path"] == b"/feed.xml"]
        if requests:
            # After a week the question carries no validators at all, see F19.
            assert self._refused is None or conditions(requests[0]) in (self._refused, (None, None))
            self._refused = None if Outcome(source.outcome).is_good else conditions(requests[0])
        self._has_taken_in |= source.outcome == Outcome.OK
        return source

    async def skip(self, pause: timedelta) -> None:
        """Let time go by in which the neighbour is due; a poll of the hostile outlet ends too if it was due.

        Or the clock would be moved on under a poll, whose next one were due later than a test counts on.
        """
        self.tell()
        asked = len(self.neighbour.requests)
        self.clock.now += pause

        async def is_polled() -> bool:
            source = await self.source("neighbour")
            is_told = len(self.neighbour.requests) > asked and source.last_try_at == self.clock.now
            return is_told and (await self.source()).wait > timedelta(0)

        await eventually(is_polled)

    async def note_state(self) -> None:
        """Note what is published now: it keeps its ids and dates from here on."""
        for kind in KINDS:
            self.kept[kind] = {each.id: (each.title, each.published) for each in await self.entries(kind)}

    async def feel(self) -> None:
        """Keep noting for how long the loop let nobody else in."""
        while True:
            before, mark = time.monotonic(), self.contention.latest
            await asyncio.sleep(0.01)
            stall = time.monotonic() - before
            if stall > self.stall:
                self.stall = max(self.stall, stall - mark.lost(self.contention.mark()))

    async def check(self) -> None:
        """See that the daemon is well, that nothing published was lost or changed, and that the outlet can recover."""
        assert (await get(f"{self.base}/healthz")).status == 200
        may_be_more = self._has_taken_in
        good = reply(rss(RECOVERED, LAST_GOOD), 'ETag: "good again"')
        assert (await self.poll(good)).outcome == "ok"
        wanted = {RECOVERED.title, LAST_GOOD.title, *self.told()}
        await self.holds(*wanted)
        assert may_be_more or set(await self.titles()) == wanted
        for kind in KINDS:
            now = [(each.id, (each.title, each.published)) for each in await self.entries(kind)]
            assert len(dict(now)) == len(now)
            assert self.kept[kind].items() <= dict(now).items()


@asynccontextmanager
async def trial(
    tmp_path: Path,
    port: int,
    *,
    main: str = MAIN,
    home: str = "http://127.0.0.1:{port}",
    tls: ssl.SSLContext | None = None,
    clock: Clock | None = None,
    **parts: Any,
) -> AsyncIterator[Trial]:
    """Run a daemon that has published a story of each of two outlets, the first of which is about to turn hostile.

    ``home`` names that outlet otherwise than by its loopback address; ``parts`` go to the App.
    """
    clock = clock or Clock()
    contention = Contention()
    async with Hostile(tls=tls) as hostile, Site() as neighbour:
        hostile.answers["/feed.xml"] = reply(rss(LAST_GOOD), 'ETag: "good"')
        folder = write_config(
            tmp_path / "c",
            port=port,
            outlets={
                "hostile": outlet(home.replace("{port}", str(hostile.port))),
                "neighbour": outlet(neighbour.base),
            },
            feeds={"everything": 'title = "Everything"\nwhere = ""\nstory_links = false\nlimit = 1000\n'},
            main=main,
        )
        base, file = f"http://127.0.0.1:{port}", folder / "outlets" / "hostile.toml"
        trial = Trial(clock=clock, hostile=hostile, neighbour=neighbour, base=base, file=file, contention=contention)
        trial.tell()
        async with running(folder, tmp_path / "s", intervals=BRISK, clock=clock, **parts) as daemon:
            await daemon.app.pool.warm_up()  # a second worker: the one for who comes after a slow document is no growth
            await trial.holds(LAST_GOOD.title, *trial.told())
            await trial.note_state()
            with contention:
                feeling = asyncio.create_task(trial.feel())
                try:
                    yield trial
                    await trial.check()
                finally:
                    feeling.cancel()


# --- what is published -----------------------------------------------------------------------------

_TEXT_ELEMENTS = frozenset(
    "a abbr b blockquote br cite code dd del dl dt em figcaption figure h2 h3 h4 h5 h6 hr i ins li ol p pre q s small"
    " strong sub sup table tbody td th thead tr u ul".split()
)
_TEXT_ATTRIBUTES = frozenset("href rel title lang dir cite datetime colspan rowspan".split())
_ATOM = "{http://www.w3.org/2005/Atom}"
_ADDRESSES = frozenset({"href", "url", "src"})


def check_feed(body: bytes) -> None:
    """Read a feed as strictly as can be, and whatever in it a reader may take for HTML or follow as a link."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter():
        for name, value in element.attrib.items():
            if name in _ADDRESSES:
                check_address(value)
        if element.tag == "link" and element.text:
            check_address(element.text)
        if element.tag == f"{_ATOM}category" and root.tag != "rss":
            check_html(element.get("term") + element.get("label", ""))
        # Atom says what is HTML; in RSS, and wherever a name stands, it is left to guess.
        if element.text and (root.tag == "rss" or element.get("type") == "html" or element.tag == f"{_ATOM}name"):
            check_html(element.text)


def check_address(address: str) -> None:
    """See that an address is absolute, and for the web."""
    parts = urlsplit(address)
    assert parts.scheme in ("http", "https"), address
    assert parts.hostname, address


def check_html(markup: str) -> None:
    """See that two parsers find nothing but text elements, no handler, and no address but for the web."""
    tokens = _Tokens()
    tokens.feed(markup)
    tokens.close()
    for tag, attributes in (*tokens.found, *_tree(markup)):
        assert tag in _TEXT_ELEMENTS, markup
        assert set(attributes) <= _TEXT_ATTRIBUTES, markup
        for name in attributes.keys() & {"href", "cite"}:
            check_address(attributes[name])


class _Tokens(HTMLParser):
    """Notes every start tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def _tree(markup: str) -> list[tuple[str, dict[str, str]]]:
    (root,) = lxml.html.document_fromstring(f"<body><hr>{markup}").iter("body")
    return [(str(each.tag), dict(each.attrib)) for each in root.iterdescendants()]


# --- what it costs ---------------------------------------------------------------------------------


class Meter:
    """Watches this process and all below it: the growth of their memory in MB at its peak, their CPU seconds (I2)."""

    def __enter__(self) -> Self:
        self._cpu: dict[int, float] = {}
        self._memory = self._peak = 0.0
        self._look()
        self._memory, self._cpu_before = self._peak, sum(self._cpu.values())
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._look()
        self._end.set()
        self._thread.join()

    @property
    def growth(self) -> float:
        return self._peak - self._memory

    @property
    def cpu(self) -> float:
        return sum(self._cpu.values()) - self._cpu_before

    def _watch(self) -> None:
        while not self._end.wait(0.02):
            self._look()

    def _look(self) -> None:
        total = 0.0
        for pid in family(os.getpid()):
            with suppress(OSError, IndexError):  # it may have ended meanwhile
                total += int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0]) / 1024
                ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
                self._cpu[pid] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        self._peak = max(self._peak, total)
