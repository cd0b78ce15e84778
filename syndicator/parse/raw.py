"""What all ways of reading end in: raw entries, and the feed they came in."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import struct_time
from typing import Any, NamedTuple

import msgspec
from feedparser.datetimes import _parse_date

from syndicator import urls
from syndicator.models import NO_HINTS, Enclosure, Link, PollingHints, RawEntry

MOST_ENTRIES = 2000
MOST_CATEGORIES = 50
HASH_SIZE = 8
_MOST_DIGITS = 16
# As much of a text as anybody will look at: a longer one is cut with a mark when it is cleaned.
LONGEST_TEXT = 400_000
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,50}/[\w.+-]{1,50}", re.ASCII)
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}(?:$|[T ])|(?:[A-Za-z]{3,9}, *)?\d{1,2} [A-Za-z]{3,9} \d{4}\b")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2)
_HTML = frozenset({"text/html", "application/xhtml+xml"})


class Markup(NamedTuple):
    """A text and its media type."""

    value: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What a document says: its title, when it asks to be polled, its links, its items in their order.

    ``hashes`` has one for each item of the document, also for those that were known and have no entry here; none where
    the document could not be taken apart. ``listed`` counts the items of the document, of which the first 2,000 are
    read.
    """

    title: str
    entries: tuple[RawEntry, ...]
    polling_hints: PollingHints = NO_HINTS
    links: tuple[Link, ...] = ()
    hashes: tuple[bytes, ...] = ()
    listed: int = 0


def raw_entry(
    *,
    guid: str | None,
    link: str | None,
    title: str | None,
    title_type: str,
    summary: Markup | None,
    content: Markup | None,
    author: str | None,
    published: struct_time | None,
    updated: struct_time | None,
    terms: Iterable[str | None],
    enclosures: Iterable[Mapping[str, Any]],
    base: str | None,
    point: tuple[float, float] | None = None,
) -> RawEntry:
    """Put an item together; of several enclosures the first with an address counts."""
    return RawEntry(
        guid=guid,
        link=link,
        title=title[:LONGEST_TEXT] if title else title,
        title_is_html=title_type in _HTML,
        summary=_html(summary),
        content=_html(content),
        author=author,
        published=_date(published),
        updated=_date(updated),
        categories=tuple(filter(None, terms)),
        enclosure=_enclosure(enclosures),
        point=point,
        base=base or None,
    )


def hash_of(item: Mapping[str, Any], url: str) -> bytes:
    """Give the hash of an item that is no XML of its own, as read at ``url``."""
    written = msgspec.json.encode(item, order="deterministic")
    return hashlib.blake2b(written + url.partition("?")[0].encode(), digest_size=HASH_SIZE).digest()


def written_date(text: str) -> struct_time | None:
    """Read a date as people write them beside stories: ISO 8601 or RFC 822, whole, or it is none.

    feedparser would complete what is missing from today's calendar.
    """
    written = text.strip().translate(_DIGITS)
    return _parse_date(written) if _WRITTEN.match(written) else None


def number(value: object) -> int:
    """Read a plain non-negative number, 0 for anything else."""
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else 0


def _html(text: Markup | None) -> str | None:
    if text is None:
        return None
    if text.value and text.type == "text/plain":
        return text.value[:LONGEST_TEXT].replace("&", "&amp;").replace("<", "&lt;")
    return text.value[:LONGEST_TEXT]


def _enclosure(candidates: Iterable[Mapping[str, Any]]) -> Enclosure | None:
    for candidate in candidates:
        url = urls.absolute(candidate.get("href"))
        if url:
            kind = str(candidate.get("type"))
            kind = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
            return Enclosure(url=url, type=kind, length=number(candidate.get("length")))
    return None


def _date(parsed: struct_time | None) -> datetime | None:
    """Make feedparser's UTC time tuple an aware datetime; None for what no calendar holds."""
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
