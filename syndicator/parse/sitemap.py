"""News sitemaps (sitemaps.org, with Google's news extension) and sitemap indexes to raw entries."""

from __future__ import annotations

import calendar
import zlib
from collections.abc import Collection, Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, XMLPullParser

from syndicator import urls
from syndicator.errors import NotAFeedError
from syndicator.models import Link, RawEntry
from syndicator.parse.encoding import as_utf8
from syndicator.parse.raw import MOST_ENTRIES, ParsedFeed, hash_of, raw_entry, written_date
from syndicator.parse.safety import refuse_entities

SITEMAP = "sitemap"
_GZIP = b"\x1f\x8b"
_LARGEST = 50 * 1024 * 1024
_PIECE = 65536
_MOST_SITEMAPS = 1000


def parse_sitemap(body: bytes, *, url: str, content_type: str = "", known: Collection[bytes] = ()) -> ParsedFeed:
    """Parse a news sitemap, or an index, whose sitemaps come as links, the latest changed first.

    Only addresses with a headline are news. It may be packed as ``.gz`` files are. Raise NotAFeedError for anything
    else, also for a sitemap without any news, and UnsafeDocumentError for one that declares entities.
    """
    text = as_utf8(_unpacked(body), content_type).lstrip()
    refuse_entities(text)
    entries: list[RawEntry] = []
    hashes: list[bytes] = []
    sitemaps: list[Link] = []
    name, listed = "", 0
    for element in _elements(text):
        said = _said(element)
        if element.tag.rpartition("}")[2] == SITEMAP:
            address = urls.absolute(said.get("loc"), url)
            if address and len(sitemaps) < _MOST_SITEMAPS:
                sitemaps.append(Link(rel=SITEMAP, href=address, type=said.get("lastmod", "")))
            continue
        if not said.get("title"):
            continue
        listed += 1
        if len(hashes) == MOST_ENTRIES:
            continue
        name = name or said.get("name", "")
        hashes.append(hash_of(said, url))
        if hashes[-1] not in known:
            entries.append(_entry(said, url))
    if not listed and not sitemaps:
        raise NotAFeedError("this is no news sitemap: it lists no address with a headline")
    links = tuple(sorted(sitemaps, key=_promise, reverse=True))
    return ParsedFeed(title=name, links=links, entries=tuple(entries), hashes=tuple(hashes), listed=listed)


def _promise(sitemap: Link) -> tuple[bool, float]:
    """Say how likely a sitemap has the latest news: by its name, then by when it changed."""
    changed = written_date(sitemap.type)
    return "news" in sitemap.href.lower(), calendar.timegm(changed) if changed else 0.0


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(47)
    try:
        text = unpacker.decompress(body, _LARGEST)
    except zlib.error as error:
        raise NotAFeedError(f"the packed sitemap cannot be unpacked: {error}") from error
    if not unpacker.eof:
        raise NotAFeedError("the packed sitemap breaks off, or is larger than 50 MB")
    return text


def _elements(text: bytes) -> Iterator[Element]:
    """Yield each address's element when it is whole, and forget it again."""
    # The text is UTF-8 by now, whatever its prolog still says.
    builder = XMLParser(target=TreeBuilder(), encoding="utf-8")  # noqa: S314 - entities were refused
    parser: Any = XMLPullParser(events=("start", "end"), _parser=builder)
    root: Element | None = None
    try:
        for at in range(0, len(text), _PIECE):
            parser.feed(text[at : at + _PIECE])
            for event, element in parser.read_events():
                kind = element.tag.rpartition("}")[2]
                if root is None:
                    root = element
                    if kind not in ("urlset", "sitemapindex"):
                        raise NotAFeedError("this is no sitemap")
                if event == "end" and kind in ("url", SITEMAP):
                    yield element
                    root.clear()
        parser.close()
    except ParseError as error:
        raise NotAFeedError(f"the sitemap is not well-formed, or breaks off: {error}") from error


def _said(element: Element) -> dict[str, str]:
    """Give what an address's element says itself, and what its news do; what stands first counts."""
    found: dict[str, str] = {}
    for child in element:
        name = child.tag.rpartition("}")[2]
        for inner in child.iter() if name == "news" else (child,):
            text = (inner.text or "").strip()
            if text:
                found.setdefault(inner.tag.rpartition("}")[2], text)
    return found


def _entry(said: dict[str, str], url: str) -> RawEntry:
    keywords = [each.strip() for each in said.get("keywords", "").split(",")]
    return raw_entry(
        guid=None,
        link=said.get("loc"),
        title=said.get("title"),
        title_type="text/html",
        summary=None,
        content=None,
        author=None,
        published=written_date(said.get("publication_date") or said.get("lastmod") or ""),
        updated=None,
        terms=keywords,
        enclosures=(),
        base=url,
    )
