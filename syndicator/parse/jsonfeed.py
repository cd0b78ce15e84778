"""Parse JSON Feed 1.0 and 1.1 (jsonfeed.org), without known items."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from syndicator import urls
from syndicator.errors import EndedError, NotAFeedError
from syndicator.markup import has_words
from syndicator.models import Picture, RawEntry
from syndicator.parse.candidates import Candidates, Rank, reference
from syndicator.parse.dates import parse_date
from syndicator.parse.raw import MOST_CATEGORIES, MOST_ENTRIES, Markup, ParsedFeed, hash_of, picture, raw_entry

_VERSION = "jsonfeed.org/version/1"
_LENIENT = json.JSONDecoder(strict=False)
_PLAIN, _HTML = "text/plain", "text/html"


def is_json(text: bytes) -> bool:
    """Return whether a document is JSON and not XML."""
    return text.startswith(b"{")


def parse_json(text: bytes, url: str, known: frozenset[bytes]) -> ParsedFeed:
    """Parse a JSON Feed from ``url``; raise NotAFeedError for any other JSON."""
    feed = _decoded(text)
    items = feed.get("items")
    if feed.get("expired") is True:
        raise EndedError("the feed says that it has expired")
    if _VERSION not in str(feed.get("version")) or not isinstance(items, list):
        raise NotAFeedError("this is JSON, but no JSON Feed")
    named = [item for item in items if isinstance(item, dict) and _text(item.get("id"))]
    nameless, items = len(items) - len(named), named
    hashes = tuple(hash_of(item, url) for item in items[:MOST_ENTRIES])
    return ParsedFeed(
        title=_text(feed.get("title")) or "",
        entries=tuple(_entry(item, url) for item, one in zip(items, hashes, strict=False) if one not in known),
        hashes=hashes,
        listed=len(items),
        nameless=nameless,
    )


def _decoded(text: bytes) -> dict[str, Any]:
    """Return a document's object; control characters in strings, and what follows the object, do not matter."""
    try:
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(_mended(text), type=dict[str, Any])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise NotAFeedError(f"this is no JSON that can be read: {error}"[:200]) from error


def _mended(text: bytes) -> str:
    """Return the first value of a text as strict JSON; halves of characters (RFC 8259, 8.2) become U+FFFD."""
    value, _ = _LENIENT.raw_decode(text.decode("utf-8", "replace"))
    strict = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return strict.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _entry(item: Mapping[str, Any], url: str) -> RawEntry:
    content, summary = _texts(item)
    links = [each for each in map(_text, (item.get("url"), item.get("external_url"))) if each]
    link = next((found for each in links if (found := _page(each, url))), None)
    return raw_entry(
        guid=_text(item.get("id")),
        link=link,
        title=_text(item.get("title")),
        title_type=_PLAIN,
        summary=summary,
        content=content,
        author=next((_text(author.get("name")) for author in _authors(item)), None),
        published=parse_date(_text(item.get("date_published"))),
        updated=parse_date(_text(item.get("date_modified"))),
        terms=[_text(tag) for tag in _list(item.get("tags"))[:MOST_CATEGORIES]],
        enclosures=[
            {"href": _text(each.get("url")), "type": each.get("mime_type"), "length": each.get("size_in_bytes")}
            for each in _dicts(item.get("attachments"))
        ],
        base=url,
        other_links=[each for each in links if each != link],
        pictures=_pictures(item, url),
    )


def _pictures(item: Mapping[str, Any], url: str) -> list[Picture]:
    """Return an item's pictures; the wide one for its top counts after its own."""
    given = (_text(item.get("image")), _text(item.get("banner_image")))
    found = (picture({"url": each, "medium": "image"}, url) for each in given)
    return [each for each in found if each is not None]


def _page(link: str, url: str) -> str | None:
    """Return a link as it is written if that is an address, with its scheme if it lacks one, else None."""
    meant = reference(link, url)
    return link if meant and meant == urls.absolute(link, url) else meant


def _texts(item: Mapping[str, Any]) -> tuple[Markup | None, Markup | None]:
    """Return an item's content, in HTML if that has words, and its summary."""
    given = ((item.get("content_html"), _HTML), (item.get("content_text"), _PLAIN))
    contents = [Markup(found, kind) for text, kind in given if (found := _text(text))]
    content = next((each for each in contents if has_words(each.value)), contents[0] if contents else None)
    candidates = Candidates(contents=[content] if content else [])
    if summary := _text(item.get("summary")):
        candidates.add_summary(Rank.OWN, 1, Markup(summary, _PLAIN))
    return candidates.texts()


def _authors(item: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Return an item's authors; version 1.0 has one."""
    return _dicts(item.get("authors")) or _dicts([item.get("author")])


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value)[:MOST_CATEGORIES] if isinstance(each, dict)]


def _text(value: object) -> str | None:
    """Return a text or number as text, None for anything else: an id may be a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)
