"""Parse news sitemaps (sitemaps.org, with Google's news extension) and sitemap indexes, as leniently as feeds."""

from __future__ import annotations

import calendar
import zlib
from collections.abc import Collection, Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from syndicator import urls
from syndicator.errors import NotAFeedError
from syndicator.models import Link, RawEntry
from syndicator.parse.candidates import reference
from syndicator.parse.dates import parse_date
from syndicator.parse.encoding import as_utf8
from syndicator.parse.loose_sitemap import HOLDERS, LEAVES, ROOTS, LooseSitemap, Said
from syndicator.parse.raw import MOST_ENTRIES, ParsedFeed, hash_of, raw_entry
from syndicator.parse.safety import Namespaces, check_depth, refuse_declarations

SITEMAP = "sitemap"
_GZIP = b"\x1f\x8b"
_LARGEST = 50 * 1024 * 1024
_PIECE = 65536
_MOST_SITEMAPS = 1000
_MOST_MEMBERS = 1000
_BELOW_ROOT = 2


def parse_sitemap(body: bytes, *, url: str, content_type: str = "", known: Collection[bytes] = ()) -> ParsedFeed:
    """Parse a news sitemap, or an index, whose sitemaps become links, the most recently changed first.

    Only addresses with a headline are news. The document may be gzipped, ill-formed, and break off: what it has whole
    is read. Raise NotAFeedError for anything else and for a sitemap without news, and UnsafeDocumentError for one that
    declares entities or attributes.
    """
    text = as_utf8(_unpacked(body), content_type).lstrip()
    refuse_declarations(text)
    listing, is_cut = _Listing(url, known), False
    try:
        listing.add_all(_read_strictly(text))
    except ParseError:
        loose, listing = LooseSitemap(text), _Listing(url, known)
        listing.add_all(loose)
        is_cut = loose.is_cut
    if not listing.count and not listing.sitemaps:
        raise NotAFeedError("this is no news sitemap: it lists no address with a headline")
    return listing.parsed(is_cut=is_cut)


class _Listing:
    """What a sitemap lists, while it is read."""

    def __init__(self, url: str, known: Collection[bytes]) -> None:
        self._url, self._known = url, known
        self._entries: list[RawEntry] = []
        self._hashes: list[bytes] = []
        self._name = ""
        self.sitemaps: list[Link] = []
        self.count = 0

    def add_all(self, found: Iterable[tuple[str, Said]]) -> None:
        """Add addresses and sitemaps, each with what it says."""
        for kind, said in found:
            if kind == SITEMAP:
                self._add_sitemap(said)
            elif said.get("title"):
                self._add_address(said)

    def _add_sitemap(self, said: Said) -> None:
        address = urls.absolute(_location(said, self._url), self._url)
        if address and len(self.sitemaps) < _MOST_SITEMAPS:
            self.sitemaps.append(Link(rel=SITEMAP, href=address, type=said.get("lastmod", "")))

    def _add_address(self, said: Said) -> None:
        self.count += 1
        if len(self._hashes) == MOST_ENTRIES:
            return
        self._name = self._name or said.get("name", "")
        self._hashes.append(hash_of(said, self._url))
        if self._hashes[-1] not in self._known:
            self._entries.append(_entry(said, self._url))

    def parsed(self, *, is_cut: bool) -> ParsedFeed:
        """Return the result; a document that breaks off says so."""
        return ParsedFeed(
            title=self._name,
            links=tuple(sorted(self.sitemaps, key=_promise, reverse=True)),
            entries=tuple(self._entries),
            hashes=tuple(self._hashes),
            listed=self.count,
            is_cut=is_cut,
        )


def _promise(sitemap: Link) -> tuple[bool, float]:
    """Return a sort key for how likely a sitemap has the latest news: by its name, then by its change date."""
    changed = parse_date(sitemap.type)
    return "news" in sitemap.href.lower(), calendar.timegm(changed) if changed else 0.0


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    pieces: list[bytes] = []
    room = _LARGEST
    while body.startswith(_GZIP):  # a file may have several members (RFC 1952, 2.2)
        unpacker = zlib.decompressobj(47)
        try:
            pieces.append(unpacker.decompress(body, room))
        except zlib.error as error:
            raise NotAFeedError(f"the packed sitemap cannot be unpacked: {error}") from error
        room -= len(pieces[-1])
        if room <= 0 or unpacker.unconsumed_tail or len(pieces) == _MOST_MEMBERS:
            raise NotAFeedError("the packed sitemap is larger than 50 MB")
        body = unpacker.unused_data
    return b"".join(pieces)


def _read_strictly(text: bytes) -> Iterator[tuple[str, Said]]:
    """Yield addresses and sitemaps as soon as they are complete; raise ParseError where the text is not well-formed."""
    target = _Target()
    # The text is UTF-8 by now, whatever its XML declaration says.
    parser = XMLParser(target=target, encoding="utf-8")  # noqa: S314 - declarations were refused
    at, size = 0, _PIECE
    while at < len(text):
        parser.feed(text[at : at + size])
        at, size = at + size, 2 * size
        if target.has_moved:  # else a token is longer than a piece: before 2.6, expat reads it again from its start
            target.has_moved, size = False, _PIECE
        yield from ((_local_name(element), _said(element)) for element in target.complete)
        target.complete.clear()
    parser.close()


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
        if self._depth == 1 and tag.rpartition("}")[2].lower() not in ROOTS:
            raise ParseError("this is no sitemap")
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
            if _local_name(element) in HOLDERS:
                self.complete.append(element)

    def close(self) -> None:
        """Do nothing; the result is ``complete``."""


def _local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _said(element: Element) -> Said:
    """Return the texts of an address's element and of its news, by name; of equal names the first."""
    found: Said = {}
    for child in element:
        for inner in child.iter() if _local_name(child) == "news" else (child,):
            name = _local_name(inner)
            text = (_text_of(inner) if name in LEAVES else inner.text or "").strip()
            if text:
                found.setdefault(name, text)
    return found


def _text_of(element: Element) -> str:
    """Return the text of an element with that of its children: a title may hold markup."""
    return (element.text or "") + "".join((child.text or "") + (child.tail or "") for child in element)


def _location(said: Said, url: str) -> str | None:
    """Return the address in ``loc``, which may lack its scheme."""
    written = said.get("loc")
    return (reference(written, url, is_loose=True) or written) if written else None


def _entry(said: Said, url: str) -> RawEntry:
    keywords = [each.strip() for each in said.get("keywords", "").split(",")]
    return raw_entry(
        guid=None,
        link=_location(said, url),
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
