"""Raw entries and parsed feeds: the result of every parser."""

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

from syndicator import urls
from syndicator.models import NO_HINTS, Enclosure, Link, Picture, PollingHints, RawEntry

MOST_ENTRIES = 2000
MOST_CATEGORIES = 50
HASH_SIZE = 8
# The version of reading items. If it changes, known items are read again.
READING = b"2"
_MOST_DIGITS = 16
# Of a longer text only so much is kept; sanitizing shortens it further, with an ellipsis.
LONGEST_TEXT = 400_000
_CDATA = "<![CDATA["
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,50}/[\w.+-]{1,50}", re.ASCII)
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_IMAGE = "image/"
_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)\Z", re.IGNORECASE)
# Whatever is smaller counts readers.
_SMALLEST_PICTURE = 3
_LARGEST_PICTURE = 100_000


class Markup(NamedTuple):
    """A text with its media type, and the base of the links in it if that is known."""

    value: str
    type: str
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A parsed document: its title, polling hints, links, and entries in document order.

    ``hashes`` has one for each item, also for known items, which have no entry; it is empty if the items could not be
    split. ``listed`` is the number of items in the document, of which the first 2,000 are read. Not among them are
    ``nameless`` ones, which lack the id that their format demands. A document that ``is_cut`` breaks off: its last item
    may be missing.
    """

    title: str
    entries: tuple[RawEntry, ...]
    polling_hints: PollingHints = NO_HINTS
    links: tuple[Link, ...] = ()
    hashes: tuple[bytes, ...] = ()
    listed: int = 0
    is_cut: bool = False
    nameless: int = 0


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
    other_links: Iterable[str] = (),
    pictures: Iterable[Picture] = (),
) -> RawEntry:
    """Return a RawEntry; of several enclosures the first with a valid address is used.

    An enclosure that is a picture is one of its ``pictures`` as well.
    """
    enclosure = _enclosure(enclosures)
    enclosed = picture({"url": enclosure.url, "type": enclosure.type}) if enclosure else None
    return RawEntry(
        guid=guid,
        link=link,
        title=without_cdata(title[:LONGEST_TEXT]) if title else title,
        title_is_html=title_type in _HTML,
        summary=_html(summary),
        content=_html(content),
        author=author,
        published=_date(published),
        updated=_date(updated),
        categories=tuple(filter(None, terms)),
        enclosure=enclosure,
        point=point,
        base=base or None,
        other_links=tuple(other_links),
        pictures=_each_once(pictures, enclosed),
    )


def picture(attributes: Mapping[str, Any], base: str | None = None, *, is_thumbnail: bool = False) -> Picture | None:
    """Return the picture that these attributes of Media RSS, or of an enclosure, describe; None if it is none."""
    kind = str(attributes.get("type") or "").partition(";")[0].strip().lower()
    kind = kind if _MEDIA_TYPE.fullmatch(kind) else ""
    url = urls.absolute(attributes.get("url"), base)
    if url is None or not (is_thumbnail or _is_image(kind, attributes.get("medium"), url)):
        return None
    width, height = _pixels(attributes.get("width")), _pixels(attributes.get("height"))
    if 0 < width < _SMALLEST_PICTURE or 0 < height < _SMALLEST_PICTURE:
        return None
    kind = kind if kind.startswith(_IMAGE) else ""
    return Picture(url=url, type=kind, width=width, height=height, is_thumbnail=is_thumbnail)


def _is_image(kind: str, medium: object, url: str) -> bool:
    """Return whether a media object is a picture: as it says itself, else by the name of its file."""
    if medium or kind:
        return str(medium).lower() == "image" or kind.startswith(_IMAGE)
    return _IMAGE_NAME.search(url.partition("?")[0]) is not None


def _each_once(pictures: Iterable[Picture], enclosed: Picture | None) -> tuple[Picture, ...]:
    """Return pictures by their addresses; what is said of a picture itself counts more than its enclosure."""
    found = {each.url: each for each in pictures}
    if enclosed is not None:
        found.setdefault(enclosed.url, enclosed)
    return tuple(found.values())


def _pixels(value: object) -> int:
    """Return a width or height in pixels, 0 if it is none: some are written "640px", some in percent."""
    size = number(str(value or "").strip().removesuffix("px"))
    return size if size <= _LARGEST_PICTURE else 0


def is_permalink(value: str) -> bool:
    """Return whether a guid with this ``isPermaLink`` is said to be an address (RSS 2.0); programs write ``True``."""
    return value == "true" or value.strip().lower() in ("true", "1", "yes", "")


def without_cdata(text: str) -> str:
    """Return a text without the marks of a CDATA section around it, which programs write and then escape."""
    if "![" not in text:
        return text
    inner = text.strip()
    is_marked = inner[: len(_CDATA)].upper() == _CDATA and inner.endswith("]]>")
    return inner[len(_CDATA) : -3] if is_marked else text


def hash_of(item: Mapping[str, Any], url: str) -> bytes:
    """Return the hash of an item that is not XML, as read from ``url``."""
    written = msgspec.json.encode(item, order="deterministic")
    return hashlib.blake2b(written + url.partition("?")[0].encode(), digest_size=HASH_SIZE, key=READING).digest()


def number(value: object) -> int:
    """Return a non-negative decimal number, 0 for anything else."""
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else 0


def _html(text: Markup | None) -> str | None:
    if text is None:
        return None
    value = without_cdata(text.value[:LONGEST_TEXT])
    if text.type == "text/plain" and len(value) == len(text.value[:LONGEST_TEXT]):
        return value.replace("&", "&amp;").replace("<", "&lt;")
    return value


def _enclosure(candidates: Iterable[Mapping[str, Any]]) -> Enclosure | None:
    for candidate in candidates:
        url = urls.absolute(candidate.get("href"))
        if url:
            kind = str(candidate.get("type"))
            kind = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
            return Enclosure(url=url, type=kind, length=number(candidate.get("length")))
    return None


def _date(parsed: struct_time | None) -> datetime | None:
    """Return feedparser's UTC time tuple as an aware datetime, None if it is out of range."""
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
