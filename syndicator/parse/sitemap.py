"""Parse news sitemaps (sitemaps.org, with Google's news extension) and sitemap indexes."""

from __future__ import annotations

import calendar
import zlib
from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from syndicator import urls
from syndicator.errors import NotAFeedError
from syndicator.models import Link, RawEntry
from syndicator.parse.dates import parse_date
from syndicator.parse.encoding import as_utf8
from syndicator.parse.raw import MOST_ENTRIES, ParsedFeed, hash_of, raw_entry
from syndicator.parse.safety import Namespaces, check_depth, refuse_declarations

SITEMAP = "sitemap"
_GZIP = b"\x1f\x8b"
_LARGEST = 50 * 1024 * 1024
_PIECE = 65536
_MOST_SITEMAPS = 1000
_BELOW_ROOT = 2


def parse_sitemap(body: bytes, *, url: str, content_type: str = "", known: Collection[bytes] = ()) -> ParsedFeed:
    """Parse a news sitemap, or an index, whose sitemaps become links, the most recently changed first.

    Only addresses with a headline are news. The document may be gzipped. Raise NotAFeedError for anything else and for
    a sitemap without news, and UnsafeDocumentError for one that declares entities or attributes.
    """
    text = as_utf8(_unpacked(body), content_type).lstrip()
    refuse_declarations(text)
    entries: list[RawEntry] = []
    hashes: list[bytes] = []
    sitemaps: list[Link] = []
    name, listed = "", 0
    for element in _elements(text):
        said = _said(element)
        if _local_name(element) == SITEMAP:
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
    """Return a sort key for how likely a sitemap has the latest news: by its name, then by its change date."""
    changed = parse_date(sitemap.type)
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
    """Yield the elements of addresses and sitemaps as soon as they are complete."""
    target = _Target()
    # The text is UTF-8 by now, whatever its XML declaration says.
    parser = XMLParser(target=target, encoding="utf-8")  # noqa: S314 - declarations were refused
    at, size = 0, _PIECE
    try:
        while at < len(text):
            parser.feed(text[at : at + size])
            at, size = at + size, 2 * size
            if target.has_moved:  # else a token is longer than a piece: before 2.6, expat reads it again from its start
                target.has_moved, size = False, _PIECE
            yield from target.complete
            target.complete.clear()
        parser.close()
    except ParseError as error:
        raise NotAFeedError(f"the sitemap is not well-formed, or breaks off: {error}") from error


class _Target:
    """Builds the children of the root, and collects those that are addresses or sitemaps in ``complete``."""

    def __init__(self) -> None:
        self.complete: list[Element] = []
        self.has_moved = False
        self._depth = 0
        self._namespaces = Namespaces()
        self._builder: TreeBuilder | None = None

    def start_ns(self, prefix: str, uri: str) -> None:
        self._namespaces.add(prefix, uri)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.has_moved = True
        self._depth += 1
        check_depth(self._depth)
        if self._depth == 1 and tag.rpartition("}")[2] not in ("urlset", "sitemapindex"):
            raise NotAFeedError("this is no sitemap")
        if self._depth == _BELOW_ROOT:
            self._builder = TreeBuilder()
        if self._builder is not None:
            self._builder.start(tag, attributes)

    def data(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._builder is None:
            return
        self._builder.end(tag)
        if self._depth == 1:
            element = self._builder.close()
            self._builder = None
            if _local_name(element) in ("url", SITEMAP):
                self.complete.append(element)

    def close(self) -> None:
        """Do nothing; the result is ``complete``."""


def _local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _said(element: Element) -> dict[str, str]:
    """Return the texts of an address's element and of its news, by name; of equal names the first."""
    found: dict[str, str] = {}
    for child in element:
        name = _local_name(child)
        for inner in child.iter() if name == "news" else (child,):
            text = (inner.text or "").strip()
            if text:
                found.setdefault(_local_name(inner), text)
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
        published=parse_date(said.get("publication_date") or said.get("lastmod") or ""),
        updated=None,
        terms=keywords,
        enclosures=(),
        base=url,
    )
