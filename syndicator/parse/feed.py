"""A feed document to raw entries, through feedparser."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import Any

import feedparser
import feedparser.api

from syndicator import urls
from syndicator.errors import NotAFeedError, UnsafeDocumentError
from syndicator.models import Enclosure, RawEntry

MOST_ENTRIES = 2000
_MOST_CATEGORIES = 50
_MOST_DIGITS = 16
_HTML = ("text/html", "application/xhtml+xml")
_PROLOG = re.compile(rb"<!ENTITY|<[A-Za-z_]", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_CLOSED = re.compile(rb"</\s*(?:rss|feed|rdf|[\w-]+:(?:rdf|feed|rss)|channel|cdf)\s*>", re.IGNORECASE)
_TAIL = 4096
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9A-Fa-f]{4})|0*(\d{5}));")
_FIRST_SURROGATE, _LAST_SURROGATE = 0xD800, 0xDFFF
# Every parse would try, and fail, to import libxml2's driver.
feedparser.api.PREFERRED_XML_PARSERS[:] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What a document says: its title, how long it asks to be left alone, its items in their order."""

    title: str
    ttl: timedelta
    entries: tuple[RawEntry, ...]


def parse_feed(body: bytes, *, url: str, content_type: str = "") -> ParsedFeed:
    """Parse RSS 0.9x to 2.0, RDF, Atom 0.3 or 1.0; ``url`` is the address it was read from at last.

    Nothing in the result is trusted or cleaned. Raise NotAFeedError for anything else, also for a document that
    breaks off, and UnsafeDocumentError for one that declares entities.
    """
    refuse_entities(body)
    headers = {"content-location": url, **({"content-type": content_type} if content_type else {})}
    parsed = feedparser.parse(
        io.BytesIO(_REFERENCE.sub(_without_surrogate, body)),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version"):
        raise NotAFeedError(_what_it_is(body))
    if parsed.get("bozo") and not _CLOSED.search(body[-_TAIL:].replace(b"\0", b"")):
        raise NotAFeedError("the document breaks off before its end")
    return ParsedFeed(
        title=_text(parsed.feed.get("title")) or "",
        ttl=_ttl(parsed.feed),
        entries=tuple(_entry(entry) for entry in parsed.entries[:MOST_ENTRIES]),
    )


def _without_surrogate(reference: re.Match[bytes]) -> bytes:
    """Replace a reference to half a character, over which feedparser stumbles."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return b"&#xFFFD;" if _FIRST_SURROGATE <= code <= _LAST_SURROGATE else reference[0]


def refuse_entities(body: bytes) -> None:
    """Raise UnsafeDocumentError if the prolog declares entities: no feed needs them, every XML bomb does."""
    plain = body.replace(b"\0", b"") if b"\0" in body[:64] else body
    found = _PROLOG.search(_COMMENT.sub(b"", plain[:65536]))
    if found and found.group().upper() == b"<!ENTITY":
        raise UnsafeDocumentError("the document declares XML entities")


def _what_it_is(body: bytes) -> str:
    start = body[:1024].lstrip().lower()
    if not start:
        return "the document is empty"
    if b"<html" in start or start.startswith(b"<!doctype html"):
        return "this is a web page, not a feed"
    return "this is no feed of a known kind"


def _entry(entry: Mapping[str, Any]) -> RawEntry:
    title = entry.get("title_detail") or {}
    # FeedParserDict answers "updated" with "published" unless asked with "in".
    content = max(entry.get("content") or (), key=lambda c: len(c.get("value") or ""), default=None)
    summary = entry.get("summary_detail") or {}
    return RawEntry(
        guid=_text(entry.get("id")),
        link=_text(entry.get("link")),
        title=_text(entry.get("title")),
        title_is_html=title.get("type", "text/html") in _HTML,
        summary=_html(summary),
        content=_html(content) if content else None,
        author=_text(entry.get("author")),
        published=_date(entry["published_parsed"]) if "published_parsed" in entry else None,
        updated=_date(entry["updated_parsed"]) if "updated_parsed" in entry else None,
        categories=tuple(filter(None, (_text(tag.get("term")) for tag in entry.get("tags", ())[:_MOST_CATEGORIES]))),
        enclosure=_enclosure(entry),
        base=_text((content or summary or title).get("base")) or None,
    )


def _html(detail: Mapping[str, Any]) -> str | None:
    value = detail.get("value")
    if value and detail.get("type") == "text/plain":
        return _text(str(value).replace("&", "&amp;").replace("<", "&lt;"))
    return _text(value)


def _text(value: str | None) -> str | None:
    """Take out lone surrogates, which a character reference can make and nothing can encode."""
    return value if value is None else value.encode("utf-8", "replace").decode()


def _enclosure(entry: Mapping[str, Any]) -> Enclosure | None:
    for candidate in (entry.get("enclosures") or ())[:_MOST_CATEGORIES]:
        url = urls.absolute(candidate.get("href"))
        if url:
            kind = _text(str(candidate.get("type") or "application/octet-stream")) or ""
            return Enclosure(url=url, type=kind[:100], length=_number(candidate.get("length")))
    return None


def _date(parsed: struct_time | None) -> datetime | None:
    """Make feedparser's UTC time tuple an aware datetime; None for what no calendar holds."""
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _ttl(feed: Mapping[str, Any]) -> timedelta:
    """Read RSS ``ttl``, in minutes."""
    return timedelta(minutes=min(_number(feed.get("ttl")), 7 * 24 * 60))


def _number(value: object) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else 0
