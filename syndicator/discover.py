"""What stands behind an address: feeds, news sitemaps or a page with stories, and what the site says of itself.

Nothing is believed: a feed is one when it parses and holds something.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urljoin, urlsplit

from syndicator import urls
from syndicator.errors import SyndicatorError
from syndicator.markup import clean
from syndicator.models import Document, MirrorCandidate, Outlet, Page, ParsedDocument, Rejected, Select, Source
from syndicator.parse import SITEMAP
from syndicator.watch import mirror_candidates

Ask = Callable[[str], Awaitable[Document]]
Read = Callable[[Document, Source], Awaitable[ParsedDocument | Rejected]]
Look = Callable[[Document], Awaitable[Page | None]]

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_FEEDISH = re.compile(r"(?:^|[/._?=-])(?:rss|feeds?|atom|rdf)(?:[/._?=&-]|$|\d)", re.IGNORECASE)
_NOT_WANTED = re.compile(r"comment|kommentar", re.IGNORECASE)
_USUAL_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")
_USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml", "/sitemap_index.xml")
_SITEMAP_LINE = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2048})", re.IGNORECASE | re.MULTILINE)
_SAID_LANGUAGE = re.compile(rb"<language>\s*([A-Za-z-]{2,20})\s*<|xml:lang=[\"']([A-Za-z-]{2,20})[\"']")
_MOST_TRIED, _MOST_FOUND = 12, 5
_TITLE_PARTS = re.compile(r"\s+[|–—•»:·-]\s+|\s*\|\s*")
_HOME = frozenset(
    ("home", "homepage", "home page", "start", "startseite", "accueil", "inicio", "главная", "главная страница",
     "الرئيسية", "الصفحة الرئيسية", "صفحه اصلی", "صفحه نخست", "خانه", "ana sayfa", "anasayfa", "news", "latest news",
     "новости", "أخبار", "اخبار", "haberler", "son dakika")
)  # fmt: skip
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A source that works: its kind and address, its title, how many items it shows now."""

    kind: str
    address: str
    title: str
    items: int
    select: Select | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What was found: ``language`` is a BCP 47 tag as the site says, empty if it does not; ``hints`` are no more."""

    home: str
    name: str
    language: str
    sources: tuple[Found, ...]
    hints: tuple[MirrorCandidate, ...]


async def inspect(
    address: str, *, ask: Ask, read: Read, look: Look, say: Callable[[str], None] = lambda _: None
) -> Site:
    """Find out what ``address``, a page or a feed, offers.

    ``ask`` fetches politely, ``read`` and ``look`` parse in a child. Feeds first; where there is none, news sitemaps;
    where there is none, the page itself. ``say`` is told of each try. Raise SyndicatorError when the address does not
    answer.
    """
    return await _Scout(ask, read, look, say).look(address)


async def look_for_mirrors(outlet: Outlet, pages: Iterable[str], *, ask: Ask, look: Look) -> list[MirrorCandidate]:
    """Look at an outlet's front page and at some others of its ``pages`` for other addresses that they name."""
    found: dict[str, MirrorCandidate] = {}
    for address in dict.fromkeys([outlet.home + "/", *pages]):
        document = await ask(address)
        page = await look(document) if document.body else None
        if page is not None:
            hints = mirror_candidates(outlet, document, page.links, page.named)
            found.update((hint.address, hint) for hint in hints)
    return list(found.values())


class _Scout:
    def __init__(self, ask: Ask, read: Read, look: Look, say: Callable[[str], None]) -> None:
        self._ask, self._read, self._look, self._say = ask, read, look, say

    async def look(self, address: str) -> Site:
        first = await self._get(address if urlsplit(address).path else f"{address}/")
        if first.body is None:
            raise SyndicatorError(
                f"{urls.redact(address)}: {first.outcome.value.replace('_', ' ')} {first.note}".strip()
            )
        home = urls.origin(urls.without_user(first.url))
        feed = await self._try("feed", first)
        front = await self._get(home + "/") if feed else first
        page = await self._look(front) if front.body else None
        sources = [feed] if feed else [found async for found in self._sources(first, page)]
        language = (page.language if page else "") or _language_of(first)
        outlet = Outlet(id="", name="", country="", language="", home=home)
        return Site(
            home=home,
            name=_name_of(page, feed, home),
            language=language,
            sources=tuple(sources),
            hints=mirror_candidates(outlet, front, page.links if page else (), page.named if page else ()),
        )

    async def _sources(self, first: Document, page: Page | None) -> AsyncIterator[Found]:
        """Yield the working feeds that a page leads to or that stand where they usually do, or else what there is."""
        count = 0
        for kind, candidates in (
            ("feed", _feeds_of(first.url, page)),
            (SITEMAP, [urljoin(first.url, path) for path in _USUAL_SITEMAPS]),
        ):
            told = await self._told_sitemaps(first.url) if kind == SITEMAP else []
            for address in islice(dict.fromkeys([*told, *candidates]), _MOST_TRIED):
                found = await self._try(kind, await self._get(address))
                if found is not None:
                    count += 1
                    yield found
                if count == _MOST_FOUND or (count and kind == SITEMAP):
                    return
            if count:
                return
        found = await self._try("page", first, page.select) if page and page.select else None
        if found is not None:
            yield found

    async def _told_sitemaps(self, url: str) -> list[str]:
        """Give the sitemaps that robots.txt names, those with news in their names first."""
        robots = await self._get(urljoin(url, "/robots.txt"))
        named = (each.decode("utf-8", "replace") for each in _SITEMAP_LINE.findall(robots.body or b""))
        told = [address for each in named if (address := urls.absolute(each, url))]
        return sorted(told, key=lambda each: "news" not in each.lower())

    async def _try(self, kind: str, document: Document, select: Select | None = None) -> Found | None:
        """See whether a document is a source of this kind that holds something."""
        if document.body is None:
            return None
        source = Source(id="", outlet="", endpoints=(document.endpoint,), language="und", kind=kind, select=select)
        prepared = await self._read(document, source)
        if not isinstance(prepared, ParsedDocument):
            return None
        items = len(prepared.entries)
        if not items and (sitemaps := [link.href for link in prepared.links if link.rel == SITEMAP]):
            for address in sitemaps[:_MOST_FOUND]:
                newest = await self._try(kind, await self._get(address))
                if newest is not None:
                    return replace(newest, address=urls.without_user(document.endpoint))
        if not items:
            return None
        found = Found(kind=kind, address=document.endpoint, title=prepared.title, items=items, select=select)
        self._say(f"found: {urls.redact(found.address)} ({kind}, {items} items)")
        return found

    async def _get(self, address: str) -> Document:
        self._say(f"asking {urls.redact(address)}")
        return await self._ask(address)


def _feeds_of(url: str, page: Page | None) -> list[str]:
    """Give addresses that may be feeds, the likeliest first: linked as such, named so, usual."""
    links = page.links if page else ()
    linked = [link.href for link in links if link.rel == "alternate" and link.type in _FEED_TYPES]
    anchors: Iterable[str] = (address for address, _ in page.anchors) if page else ()
    named = [address for address in anchors if urls.site(address) == urls.site(url) and _is_feedish(address)]
    usual = [urljoin(url, path) for path in _USUAL_FEEDS]
    return [address for address in dict.fromkeys([*linked, *named, *usual]) if not _NOT_WANTED.search(address)]


def _is_feedish(address: str) -> bool:
    parts = urlsplit(address)
    return _FEEDISH.search(f"{parts.path}?{parts.query}") is not None


def _language_of(document: Document) -> str:
    found = _SAID_LANGUAGE.search((document.body or b"")[:4096])
    return (found[1] or found[2]).decode() if found else ""


def _name_of(page: Page | None, feed: Found | None, home: str) -> str:
    """Give the site's own name, or the part of a title that is most likely it: the longest that does not say home."""
    parts = [part.strip() for part in _TITLE_PARTS.split(page.title)] if page else []
    telling = [part for part in parts if part.lower().replace("i̇", "i") not in _HOME]
    said = (page.name if page else "") or max(telling, key=len, default="") or (feed.title if feed else "")
    return clean(said)[:_LONGEST_NAME].strip() or urls.site(home)
