"""Find what an address offers: feeds, news sitemaps or a page with stories, and how the site describes itself.

A candidate counts as a source only if it parses and has items.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urljoin, urlsplit

from syndicator import domains, urls
from syndicator.errors import SyndicatorError
from syndicator.markup import clean
from syndicator.models import (
    Document,
    Link,
    MirrorCandidate,
    Outcome,
    Outlet,
    Page,
    ParsedDocument,
    Rejected,
    Select,
    Source,
    SourceKind,
)
from syndicator.parse import SITEMAP
from syndicator.plural import counted
from syndicator.watch import mirror_candidates

Fetch = Callable[[str], Awaitable[Document]]
Parse = Callable[[Document, Source], Awaitable[ParsedDocument | Rejected]]
ReadPage = Callable[[Document], Awaitable[Page | None]]

# What feeds are linked as, registered or not; and what may be one: worth a try, for nothing counts until it parses.
_FEED_TYPES = frozenset(
    (
        *("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"),
        *("application/x-rss+xml", "application/x-atom+xml", "application/rss", "application/atom", "text/rss"),
        *("text/rss+xml", "text/atom+xml", "text/x-rss"),
    )
)
_MAY_BE_FEED = re.compile(r"\b(?:rss|atom|rdf|feed|(?:text|application)/(?:x-)?(?:xml|json))\b")
_FEED_LIKE = re.compile(r"(?:^|[/._?=-])(?:rss|feeds?|atom|rdf)(?:[/._?=&-]|$|\d)", re.IGNORECASE)
_CALLED_FEED = re.compile(r"(?:[\w-]+ ){0,2}(?:rss|atom|xml|rdf)(?:[ -]?2\.0)?(?: [\w-]+){0,2}", re.IGNORECASE)
_FEED_HOST = re.compile(r"(?:feeds?|rss)\d*\.|feedproxy\.", re.IGNORECASE)
_FRONT = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-z]{2,4})?/?|index\.\w{2,5}|home/?)?", re.IGNORECASE)
_UNWANTED = re.compile(r"comment|kommentar", re.IGNORECASE)
_COMMON_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")
_COMMON_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml", "/sitemap_index.xml")
_SITEMAP_LINE = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2048})", re.IGNORECASE | re.MULTILINE)
_LANGUAGE = re.compile(rb"<language>\s*([A-Za-z-]{2,20})\s*<|xml:lang=[\"']([A-Za-z-]{2,20})[\"']")
_NO_ANSWER = (Outcome.CONNECT_ERROR, Outcome.TLS_ERROR, Outcome.TIMEOUT)
_MAX_TRIED, _MAX_FOUND, _MAX_SENT_ON = 12, 5, 3
_TITLE_PARTS = re.compile(r"\s+[|–—•»:·-]\s+|\s*\|\s*")
_HOME = frozenset(
    ("home", "homepage", "home page", "start", "startseite", "accueil", "inicio", "главная", "главная страница",
     "الرئيسية", "الصفحة الرئيسية", "صفحه اصلی", "صفحه نخست", "خانه", "ana sayfa", "anasayfa", "news", "latest news",
     "новости", "أخبار", "اخبار", "haberler", "son dakika", "rss", "rss feed", "feed", "atom", "atom feed", "all news",
     "top stories", "все новости", "лента новостей", "все материалы", "كل الأخبار", "همه اخبار", "tüm haberler")
)  # fmt: skip
_MAX_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A source that works: its kind, address and title, and how many items it lists now."""

    kind: SourceKind
    address: str
    title: str
    items: int
    select: Select | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What an address offers.

    ``language`` is the BCP 47 tag that the site declares, empty if it declares none. ``mirrors`` are unverified.
    """

    home: str
    name: str
    language: str
    sources: tuple[Found, ...]
    mirrors: tuple[MirrorCandidate, ...]


async def inspect(
    address: str,
    *,
    fetch: Fetch,
    parse: Parse,
    read_page: ReadPage,
    report: Callable[[str], None] = lambda _: None,
) -> Site:
    """Find what ``address``, a page or a feed, offers: feeds, else news sitemaps, else stories on the page itself.

    ``fetch`` must be polite; ``parse`` and ``read_page`` must survive hostile documents. ``report`` gets a line for
    each try. Raise SyndicatorError when the address cannot be fetched.
    """
    return await _Inspector(fetch, parse, read_page, report).inspect(address)


async def find_mirrors(
    outlet: Outlet, pages: Iterable[str], *, fetch: Fetch, read_page: ReadPage
) -> list[MirrorCandidate]:
    """Search an outlet's front page and some of its other ``pages`` for other addresses of the outlet."""
    found: dict[str, MirrorCandidate] = {}
    for address in dict.fromkeys([outlet.home + "/", *pages]):
        document = await fetch(address)
        page = await read_page(document) if document.body else None
        if page is not None:
            candidates = mirror_candidates(outlet, document, page.links, page.named)
            found.update((candidate.address, candidate) for candidate in candidates)
    return list(found.values())


class _Inspector:
    def __init__(self, fetch: Fetch, parse: Parse, read_page: ReadPage, report: Callable[[str], None]) -> None:
        self._fetch, self._parse, self._read_page, self._report = fetch, parse, read_page, report

    async def inspect(self, address: str) -> Site:
        first, page, feed = await self._arrive(await self._first(address))
        home = urls.origin(urls.without_user(first.url))
        front = first
        if feed:
            front = await self._get(home + "/")
            page = await self._read_page(front) if front.body else None
        sources = [feed] if feed else [found async for found in self._sources(first, page)]
        language = (page.language if page else "") or _language_of(first)
        outlet = Outlet(id="", name="", country="", language="", home=home)
        return Site(
            home=home,
            name=_name_of(page, [source.title for source in sources], front.url),
            language=language,
            sources=tuple(sources),
            mirrors=mirror_candidates(outlet, front, page.links if page else (), page.named if page else ()),
        )

    async def _first(self, address: str) -> Document:
        """Fetch the address; without a scheme it is tried with https, and with http if nothing answers there."""
        candidates = list(dict.fromkeys(urls.written(address, scheme) for scheme in ("https", "http")))
        for url in candidates:
            if url is None:
                raise SyndicatorError(f"{urls.redact(address)}: this is no address of a site or feed")
            document = await self._get(url if urlsplit(url).path else f"{url}/")
            if document.outcome not in _NO_ANSWER:
                break
        if document.body is None:
            outcome = document.outcome.value.replace("_", " ")
            raise SyndicatorError(f"{urls.redact(document.endpoint)}: {outcome} {document.note}".strip())
        return document

    async def _arrive(self, document: Document) -> tuple[Document, Page | None, Found | None]:
        """Follow a page that sends its visitors on; return the document at the end, as a page or as a feed."""
        been = {document.url}
        while True:
            feed = await self._try(SourceKind.FEED, document)
            page = await self._read_page(document) if feed is None else None
            if page is None or not page.refresh or page.refresh in been or len(been) > _MAX_SENT_ON:
                return document, page, feed
            been.add(page.refresh)
            following = await self._get(page.refresh)
            if following.body is None:
                return document, page, feed
            document = following

    async def _sources(self, first: Document, page: Page | None) -> AsyncIterator[Found]:
        """Yield working feeds that a page links to or that have a common address; else sitemaps; else the page."""
        count = 0
        for kind, candidates in (
            (SourceKind.FEED, _feeds_of(first, page)),
            (SourceKind.SITEMAP, [urljoin(first.url, path) for path in _COMMON_SITEMAPS]),
        ):
            listed = await self._listed_sitemaps(first.url) if kind is SourceKind.SITEMAP else []
            for address in islice(dict.fromkeys([*listed, *candidates]), _MAX_TRIED):
                found = await self._try(kind, await self._get(address))
                if found is not None:
                    count += 1
                    yield found
                if count == _MAX_FOUND or (count and kind is SourceKind.SITEMAP):
                    return
            if count:
                return
        found = await self._try(SourceKind.PAGE, first, page.select) if page and page.select else None
        if found is not None:
            yield found

    async def _listed_sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that robots.txt lists, those with news in their names first."""
        robots = await self._get(urljoin(url, "/robots.txt"))
        lines = (line.decode("utf-8", "replace") for line in _SITEMAP_LINE.findall(robots.body or b""))
        listed = [address for line in lines if (address := urls.absolute(line, url))]
        return sorted(listed, key=lambda address: "news" not in address.lower())

    async def _try(self, kind: SourceKind, document: Document, select: Select | None = None) -> Found | None:
        """Return the source that a document is, or None if it does not parse as this kind or has no items."""
        if document.body is None:
            return None
        source = Source(id="", outlet="", endpoints=(document.endpoint,), language="und", kind=kind, select=select)
        parsed = await self._parse(document, source)
        if not isinstance(parsed, ParsedDocument):
            return None
        items = len(parsed.entries)
        if not items and (sitemaps := [link.href for link in parsed.links if link.rel == SITEMAP]):
            for address in sitemaps[:_MAX_FOUND]:
                newest = await self._try(kind, await self._get(address))
                if newest is not None:
                    return replace(newest, address=urls.without_user(document.endpoint))
        if not items:
            return None
        found = Found(kind=kind, address=document.endpoint, title=parsed.title, items=items, select=select)
        self._report(f"found: {urls.redact(found.address)} ({kind}, {counted(items, 'item')})")
        return found

    async def _get(self, address: str) -> Document:
        self._report(f"fetching {urls.redact(address)}")
        return await self._fetch(address)


def _feeds_of(document: Document, page: Page | None) -> list[str]:
    """Return addresses that may be feeds, the likeliest first: linked as feeds, named like feeds, common.

    Links in the answer's head (RFC 8288) and in the page's say the same.
    """
    links = (*document.links, *(page.links if page else ()))
    linked = [link.href for link in links if _is_feed_link(link)]
    possible = [link.href for link in links if link.rel == "alternate" and _may_be_feed(link)]
    anchors = [address for address, _ in page.anchors if _is_feed_like(address)] if page else []
    called = [address for address, words in page.anchors if _CALLED_FEED.fullmatch(words.strip())] if page else []
    named = [address for address in anchors if urls.site(address) == urls.site(document.url)]
    domain = domains.registrable(document.url)
    beside = [
        address
        for address in anchors
        if domains.registrable(address) == domain or _FEED_HOST.match(urls.host_key(address))
    ]
    common = [urljoin(document.url, path) for path in _COMMON_FEEDS]
    every = dict.fromkeys([*linked, *possible, *named, *beside, *called[:_MAX_FOUND], *common])
    return [address for address in every if not _UNWANTED.search(address)]


def _media_type(text: str) -> str:
    """Return a media type without parameters, case and spaces (WHATWG MIME Sniffing, 4.4)."""
    return text.partition(";")[0].strip().lower()


def _is_feed_link(link: Link) -> bool:
    return link.rel in ("feed", "service.feed") or (link.rel == "alternate" and _media_type(link.type) in _FEED_TYPES)


def _may_be_feed(link: Link) -> bool:
    kind = _media_type(link.type)
    return _MAY_BE_FEED.search(kind) is not None or (not kind and _is_feed_like(link.href))


def _is_feed_like(address: str) -> bool:
    parts = urlsplit(address)
    is_named_so = _FEED_LIKE.search(f"{parts.path}?{parts.query}") is not None
    return is_named_so or _FEED_HOST.match(parts.netloc) is not None


def _language_of(document: Document) -> str:
    found = _LANGUAGE.search((document.body or b"")[:4096])
    return (found[1] or found[2]).decode() if found else ""


def _name_of(page: Page | None, titles: Iterable[str], url: str) -> str:
    """Return the site's name: the declared one, or the part of a title that most likely is it.

    A front page's title may be a name; a story's ends with it, and a feed's title is a better witness.
    """
    in_page = _names_in(page.title) if page else []
    in_feeds = [part for title in titles for part in _names_in(title)]
    shared = [part for part in in_page if part.lower() in {each.lower() for each in in_feeds}]
    is_front = _FRONT.fullmatch(urlsplit(url).path) is not None
    tail = in_page[-1:] if len(in_page) > 1 else []
    best = (shared, in_page, in_feeds) if is_front else (shared, in_feeds, tail)
    declared = page.name if page else ""
    name = declared or next((max(parts, key=len) for parts in best if parts), "")
    return clean(name)[:_MAX_NAME].strip() or urls.site(url)


def _names_in(title: str) -> list[str]:
    """Return the parts of a title that do not mean home, news or feed."""
    parts = (part.strip() for part in _TITLE_PARTS.split(title))
    return [part for part in parts if part and part.lower().replace("i̇", "i") not in _HOME]
