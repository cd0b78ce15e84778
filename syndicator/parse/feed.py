"""Parse a feed document: cut out known items, read plain ones by rules, and leave all others to feedparser."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from html.entities import html5
from typing import Any

from syndicator.errors import NotAFeedError
from syndicator.models import RawEntry
from syndicator.parse.bounded_feedparser import call_feedparser
from syndicator.parse.candidates import Candidates
from syndicator.parse.encoding import as_utf8
from syndicator.parse.feedparser_handlers import CANDIDATES
from syndicator.parse.header import declared_language, read_header
from syndicator.parse.jsonfeed import is_json, parse_json
from syndicator.parse.raw import MOST_CATEGORIES, MOST_ENTRIES, Markup, ParsedFeed, raw_entry
from syndicator.parse.safety import refuse_declarations
from syndicator.parse.split_items import IllFormedError, OddDocumentError, Slices, split_items, without

_ROOT = re.compile(rb"<((?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel))[\s>/]", re.IGNORECASE)
_HEAD, _TAIL = 65536, 4096
_POLE, _DATE_LINE = 90, 180
_MOST_GUESSED = 2_000_000
_COMMENT, _INSTRUCTION, _CDATA = (b"<!--", b"-->"), (b"<?", b"?>"), (b"<![CDATA[", b"]]>")
# What feedparser fails on or changes: references to surrogates or to no character, stray ampersands. As in feedparser,
# an unclosed CDATA section ends with the document; otherwise each of its beginnings is searched to the end.
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:#(?:[xX]([0-9A-Fa-f]{1,20})|([0-9]{1,20}));|([A-Za-z0-9]*;?)(=?))", re.DOTALL
)
_XML_NAMES = frozenset({b"lt", b"gt", b"amp", b"quot", b"apos"})
_NO_TEXT = Markup("", "")
_FIRST_SURROGATE, _LAST_SURROGATE, _LAST_CHARACTER = 0xD800, 0xDFFF, 0x10FFFF


def parse_feed(body: bytes, *, url: str, content_type: str = "", known: Collection[bytes] = ()) -> ParsedFeed:
    """Parse RSS 0.9x to 2.0, RDF, Atom 0.3 or 1.0, CDF or JSON Feed, without items whose hashes are ``known``.

    ``url`` is the document's address after redirects. The result is not sanitized. Raise NotAFeedError for any other
    document and for a truncated one, and UnsafeDocumentError for one that declares entities.
    """
    text = _text_of(body, content_type)
    if is_json(text):
        return parse_json(text, url, frozenset(known))
    try:
        return _parse_slices(text, url, frozenset(known))
    except OddDocumentError as error:
        return _parse_whole(text, url, is_well_formed=not isinstance(error, IllFormedError))


def parse_whole(body: bytes, *, url: str, content_type: str = "", is_well_formed: bool = False) -> ParsedFeed:
    """Parse all of a document by feedparser, as ``parse_feed`` does where items cannot be split.

    Unless the document is known to be well-formed, it must be complete and no larger than 2 MB.
    """
    text = _text_of(body, content_type)
    if is_json(text):
        return parse_json(text, url, frozenset())
    return _parse_whole(text, url, is_well_formed=is_well_formed)


def _text_of(body: bytes, content_type: str) -> bytes:
    text = as_utf8(body, content_type).lstrip()
    if not is_json(text):
        refuse_declarations(text)
    return text


def _parse_whole(text: bytes, url: str, *, is_well_formed: bool) -> ParsedFeed:
    root = _ROOT.search(_without_sections(text[:_HEAD], (_COMMENT, _INSTRUCTION)))
    if root is None:
        raise NotAFeedError(_what_it_is(text))
    if not is_well_formed and not _is_closed(text, root[1]):
        raise NotAFeedError("the document breaks off before its end")
    if not is_well_formed and len(text) > _MOST_GUESSED:
        raise NotAFeedError("the document is not well-formed, and too large to guess what it means")
    parsed = call_feedparser(_AMPERSAND.sub(_mended, text), url)
    # feedparser reads CDF, but sets no version.
    if not parsed.get("version") and not (parsed.entries and root[1].lower() == b"channel"):
        raise NotAFeedError(_what_it_is(text))
    polling_hints, links = read_header(text, url)
    language = declared_language(text)
    return ParsedFeed(
        title=_encodable(parsed.feed.get("title")) or "",
        polling_hints=polling_hints,
        links=links,
        entries=tuple(_entry(entry, language) for entry in parsed.entries[:MOST_ENTRIES]),
        listed=len(parsed.entries),
    )


def _is_closed(text: bytes, root: bytes) -> bool:
    """Return whether the end tag of the root is near the end, outside of comments and CDATA sections.

    That of RSS's only child does as well: all items stand before it.
    """
    last = re.escape(root) + (rb"|channel" if root.lower() == b"rss" else b"")
    end = re.compile(rb"</\s*(?:" + last + rb")\s*>", re.IGNORECASE)
    return end.search(_without_sections(text, (_CDATA, _COMMENT), endless=_CDATA[0])[-_TAIL:]) is not None


def _without_sections(text: bytes, kinds: Iterable[tuple[bytes, bytes]], *, endless: bytes = b"") -> bytes:
    """Remove sections, each given by its beginning and end. An unclosed section stays unless it is ``endless``.

    A missing end is searched for once, not from each beginning.
    """
    ends = dict(kinds)
    kept, at = [], 0
    for found in re.finditer(b"|".join(map(re.escape, ends)), text):
        if found.start() < at or found[0] not in ends:
            continue
        end = text.find(ends[found[0]], found.end())
        if end < 0 and found[0] != endless:
            del ends[found[0]]
            continue
        kept.append(text[at : found.start()])
        at = len(text) if end < 0 else end + len(ends[found[0]])
    return b"".join([*kept, text[at:]])


def _parse_slices(text: bytes, url: str, known: frozenset[bytes]) -> ParsedFeed:
    language = declared_language(text)
    slices = split_items(text, url, most=MOST_ENTRIES, known=known, language=language)
    title, entries = _read(text, slices, url, language)
    polling_hints, links = read_header(text, url)
    return ParsedFeed(
        title=title,
        polling_hints=polling_hints,
        links=links,
        entries=entries,
        hashes=tuple(slices.hashes),
        listed=len(slices.ranges),
    )


def _read(text: bytes, slices: Slices, url: str, language: str) -> tuple[str, tuple[RawEntry, ...]]:
    """Return title and entries; irregular items are parsed by feedparser, together with the header."""
    entries = slices.entries
    irregular = {number: None for number, entry in entries.items() if entry is None}
    if not irregular and slices.is_header_plain:
        return slices.title, tuple(entries.values())  # type: ignore[arg-type]
    done = (place for number, place in enumerate(slices.ranges) if number not in irregular)
    parsed = call_feedparser(without(text, done), url)
    if parsed.get("bozo") or len(parsed.entries) != len(irregular):
        raise OddDocumentError("feedparser finds other items than we do")
    for place, entry in zip(irregular, parsed.entries, strict=True):
        entries[place] = _entry(entry, language)
    return _encodable(parsed.feed.get("title")) or "", tuple(entries.values())  # type: ignore[arg-type]


def _mended(found: re.Match[bytes]) -> bytes:
    hexadecimal, decimal, name, equals = found.groups()
    if hexadecimal or decimal:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        is_character = code <= _LAST_CHARACTER and not _FIRST_SURROGATE <= code <= _LAST_SURROGATE
        return found[0] if is_character else b"&#xFFFD;"
    is_stray = name is not None and (name.decode() not in html5 or (equals and _is_parameter(name, found)))
    return b"&amp;" + name + equals if is_stray else found[0]


def _is_parameter(name: bytes, found: re.Match[bytes]) -> bool:
    """Return whether a name before an equals sign is a parameter's in an address (HTML standard, 13.2.5.73).

    "a &lt= b" is none: an address has no space before its ampersand.
    """
    before = found.string[max(0, found.start() - 1) : found.start()]
    return not name.endswith(b";") and (name not in _XML_NAMES or (bool(before) and not before.isspace()))


def _what_it_is(body: bytes) -> str:
    start = body[:1024].lstrip().lower()
    if not start:
        return "the document is empty"
    if b"<html" in start or start.startswith(b"<!doctype html"):
        return "this is a web page, not a feed"
    return "this is no feed of a known kind"


def _entry(entry: Mapping[str, Any], language: str) -> RawEntry:
    candidates: Candidates = entry.get(CANDIDATES) or Candidates()
    candidates.language = candidates.language or language
    for each in entry.get("content") or ():
        candidates.contents.append(Markup(each.get("value") or "", each.get("type", ""), each.get("base")))
    title, link, (content, summary) = candidates.title, candidates.link, candidates.texts()
    base = (content or summary or title or _NO_TEXT).base
    # FeedParserDict returns "published" for a missing "updated", except with "in".
    updated = entry["updated_parsed"] if "updated_parsed" in entry else None  # noqa: SIM401
    return raw_entry(
        guid=_encodable(entry.get("id")),
        link=_encodable(link),
        title=_encodable(title.value) if title else None,
        title_type=title.type if title else "text/html",
        summary=_markup(summary) if summary else None,
        content=_markup(content) if content else None,
        author=_encodable(entry.get("author")),
        published=entry.get("published_parsed") or (None if updated else entry.get("created_parsed")),
        updated=updated,
        terms=[_encodable(tag.get("term")) for tag in entry.get("tags", ())[:MOST_CATEGORIES]],
        enclosures=[
            {name: _encodable(value) for name, value in each.items()}
            for each in (entry.get("enclosures") or ())[:MOST_CATEGORIES]
        ],
        point=_point(entry),
        base=_encodable(base),
        other_links=[_encodable(each) or "" for each in candidates.others_than(link)],
        pictures=candidates.pictures,
    )


def _point(entry: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return an item's GeoRSS, GML or W3C Geo point as latitude and longitude; None if it is out of range."""
    where = entry.get("where") or {}
    latitude, longitude = entry.get("geo_lat"), entry.get("geo_long")
    if where.get("type") == "Point":
        longitude, latitude = where["coordinates"][:2]
    try:
        point = float(latitude), float(longitude)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return point if abs(point[0]) <= _POLE and abs(point[1]) <= _DATE_LINE else None


def _encodable(value: str | None) -> str | None:
    """Replace lone surrogates: character references can produce them, and no encoding can represent them."""
    return value if not isinstance(value, str) or value.isascii() else value.encode("utf-8", "replace").decode()


def _markup(text: Markup) -> Markup:
    return Markup(_encodable(text.value) or "", text.type)
