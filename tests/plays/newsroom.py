"""Outlets on loopback that know what they showed, and when they were asked.

Each has two domains that show the same links; every second one has another source at home, every third a mirror. What is
in the news is a matter: one report, at one outlet or, if an agency has written it, at eight.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from aiohttp import web

from tests.flow.made_news import LANGUAGES, Words, Writer
from tests.newsroom import Item, Site, rss

AGENCYS_OUTLETS = 8
# Enough for each of four processes that polls one at a time to claim as many as it may.
OUTLETS = 26
_LISTED = 30
_TICK = 0.005


@dataclass(eq=False, slots=True)
class Request:
    """One that came to a domain. ``noticed`` is when this process saw it, ``late`` by how much at most it saw it late."""

    noticed: float
    late: float
    transport: asyncio.Transport | None
    answered: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody waits for the answer."""
        return self.answered is None and self.transport is not None and not self.transport.is_closing()


@dataclass(eq=False, slots=True)
class Matter:
    """One report, by its number, and where it is shown: by the names of outlets."""

    number: int
    language: str
    words: Words
    outlets: tuple[str, ...]
    editions: int = 1


@dataclass(eq=False)
class Domain:
    """A host of an outlet, with all requests that it had but those for robots.txt."""

    site: Site
    paths: tuple[str, ...]
    requests: list[Request] = field(default_factory=list)
    # Requests that came while another one was under way.
    crowded: int = 0
    # While it is not set, requests wait for their answers.
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def host(self) -> str:
        """Return the politeness key of its addresses."""
        return f"{self.site.host}:{self.site.port}"

    @property
    def is_waited_for(self) -> bool:
        """Whether a request waits for an answer."""
        return any(each.is_open for each in self.requests[-5:])


@dataclass(eq=False)
class Outlet:
    """An outlet, and what it shows."""

    name: str
    language: str
    home: Domain
    other: Domain
    mirror: Domain | None
    labels: tuple[str, ...] = ()
    matters: list[Matter] = field(default_factory=list)

    @property
    def domains(self) -> Iterator[Domain]:
        """Yield its hosts."""
        yield from (self.home, self.other)
        if self.mirror is not None:
            yield self.mirror

    @property
    def sources(self) -> int:
        """How many it has."""
        return len(self.home.paths) + 1

    def link(self, matter: Matter) -> str:
        """Return where it tells of a matter."""
        return f"https://{self.name}.example/{matter.number}"

    def toml(self, interval: str) -> str:
        """Write its file."""
        lines = [
            f'name = "{self.name.title()}"',
            'country = "SY"',
            f'language = "{self.language}"',
            f'home = "{self.home.site.base}"',
            f"mirrors = {json.dumps([self.mirror.site.base] if self.mirror else [])}",
            f"ask_from = {json.dumps(self.labels)}" if self.labels else "",
        ]
        for path in self.home.paths:
            lines += ["[[source]]", f'path = "{path}"', f'interval = "{interval}"']
        lines += ["[[source]]", f'url = "{self.other.site.base}{self.other.paths[0]}"', f'interval = "{interval}"', ""]
        return "\n".join(lines)

    def document(self) -> bytes:
        """Return what all its addresses show."""
        shown = reversed(self.matters[-_LISTED:])
        items = (
            Item(each.words.title, link=self.link(each), guid=self.link(each), text=each.words.text) for each in shown
        )
        return rss(*items, title=self.name.title(), language=self.language)


class Newsroom:
    """Some outlets. Requests take ``delay`` seconds to be answered, and wait while their domain is shut."""

    def __init__(self, count: int, *, seed: int = 7, delay: float = 0.05, is_plain: bool = False) -> None:
        """Make ``count`` outlets, whose servers are started by ``open``; ``is_plain``: with two domains and no more."""
        self._writer, self._is_plain = Writer(seed), is_plain
        self.delay = delay
        self.outlets = [self._outlet(number) for number in range(count)]
        self.matters: list[Matter] = []
        self._documents: dict[str, bytes] = {}
        self._ticked = time.monotonic()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Newsroom]:
        """Run the servers of all outlets."""
        ticking = asyncio.create_task(self._tick())
        try:
            self.let_go()
            for domain in self.domains:
                await domain.site.rise()
            yield self
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking
            self.let_go()
            for domain in self.domains:
                await domain.site.__aexit__()

    @property
    def domains(self) -> Iterator[Domain]:
        """Yield the hosts of all outlets."""
        for outlet in self.outlets:
            yield from outlet.domains

    @property
    def entries(self) -> int:
        """How many entries all sources together have shown."""
        return sum(len(outlet.matters) * outlet.sources for outlet in self.outlets)

    def shut(self, domains: Iterable[Domain] = ()) -> None:
        """Answer no request any more, at all domains or only at some; what is answered is what was shown by then."""
        for domain in domains or self.domains:
            domain.gate.clear()

    def let_go(self) -> None:
        """Answer all requests."""
        for domain in self.domains:
            domain.gate.set()

    def forget_requests(self) -> None:
        """Count requests from now on."""
        for domain in self.domains:
            domain.requests.clear()
            domain.crowded = 0

    def publish(self, own: int = 1, agencys: int = 1) -> None:
        """Put so many reports of its own on each outlet's list, and some of an agency's on those of eight outlets."""
        for outlet in self.outlets:
            for _ in range(own):
                self._add(outlet.language, [outlet])
        for number in range(agencys):
            first = (len(self.matters) * 3 + number) % len(self.outlets)
            chosen = [*self.outlets[first:], *self.outlets[:first]][:AGENCYS_OUTLETS]
            self._add(LANGUAGES[len(self.matters) % len(LANGUAGES)], chosen)
        self._documents.clear()

    def edit(self) -> None:
        """Rewrite the headline of the latest report that is one outlet's own, at each outlet."""
        for outlet in self.outlets:
            latest = next(each for each in reversed(outlet.matters) if len(each.outlets) == 1)
            latest.words = replace(latest.words, title=self._writer.headline(outlet.language))
            latest.editions += 1
        self._documents.clear()

    async def add(self, labels: tuple[str, ...] = ()) -> Outlet:
        """Open one more outlet, with something to tell."""
        outlet = self._outlet(len(self.outlets), labels)
        for domain in outlet.domains:
            domain.gate.set()
            await domain.site.rise()
        self.outlets.append(outlet)
        self._add(outlet.language, [outlet])
        return outlet

    def longest_gap(self, since: float) -> float:
        """Return for how many seconds since a moment the domain was not asked that waited longest."""
        now, gaps = time.monotonic(), [0.0]
        for domain in self.asked_domains():
            moments = [since, *(each.noticed for each in domain.requests if each.noticed > since), now]
            gaps += [later - earlier for earlier, later in itertools.pairwise(moments)]
        return max(gaps)

    def asked_domains(self) -> list[Domain]:
        """Return the domains that are asked all the time: mirrors are only while a home fails."""
        return [domain for outlet in self.outlets for domain in (outlet.home, outlet.other)]

    def _add(self, language: str, outlets: list[Outlet]) -> None:
        words = self._writer.report(language)
        matter = Matter(len(self.matters), language, words, tuple(each.name for each in outlets))
        self.matters.append(matter)
        for outlet in outlets:
            outlet.matters.append(matter)

    def _outlet(self, number: int, labels: tuple[str, ...] = ()) -> Outlet:
        has_more, has_mirror = (not self._is_plain and number % each == each - 1 for each in (2, 3))
        paths = ("/feed.xml", "/more.xml") if has_more else ("/feed.xml",)
        outlet = Outlet(
            name=f"outlet{number}",
            language=LANGUAGES[number % len(LANGUAGES)],
            home=Domain(Site(), paths),
            other=Domain(Site(), ("/feed.xml",)),
            mirror=Domain(Site(), paths) if has_mirror else None,
            labels=labels,
        )
        for domain in outlet.domains:
            for path in domain.paths:
                domain.site.answers[path] = lambda request, o=outlet, d=domain: self._answer(request, o, d)
        return outlet

    async def _answer(self, request: web.Request, outlet: Outlet, domain: Domain) -> web.StreamResponse:
        noticed = time.monotonic()
        own = Request(noticed, noticed - self._ticked, request.transport)
        domain.crowded += domain.is_waited_for
        domain.requests.append(own)
        try:
            # What is shown is what there was when the request came, however long it takes.
            body = self._documents.get(outlet.name) or self._documents.setdefault(outlet.name, outlet.document())
            await domain.gate.wait()
            await asyncio.sleep(self.delay)
            headers = {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return web.Response(status=304, headers=headers)
            return web.Response(body=body, content_type="application/rss+xml", headers=headers)
        finally:
            own.answered = time.monotonic()

    async def _tick(self) -> None:
        """Note when the loop was free: what comes is noticed late by no more than the time since."""
        while True:
            self._ticked = time.monotonic()
            await asyncio.sleep(_TICK)


def shown_by_source(newsroom: Newsroom) -> dict[str, dict[str, Matter]]:
    """Return by outlet what it has shown: the matters by link."""
    shown: dict[str, dict[str, Matter]] = defaultdict(dict)
    for outlet in newsroom.outlets:
        shown[outlet.name] = {outlet.link(each): each for each in outlet.matters}
    return shown
