"""What feedparser does with the elements of plain items, for the fields of a RawEntry.

Each rule is that of feedparser's handler for the element, with its order and its side effects on what comes after.
Elements that feedparser handles and that have no rule here make an item irregular.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import struct_time

from feedparser.datetimes import _parse_date
from feedparser.html import _cp1252
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin

from syndicator import urls
from syndicator.models import RawEntry
from syndicator.parse import names
from syndicator.parse.raw import MOST_CATEGORIES, Markup, raw_entry

Attributes = Mapping[str, str]
# Items that say when they were updated often say what they said of their publication.
_date = lru_cache(maxsize=64)(_parse_date)

_XML = "http://www.w3.org/XML/1998/namespace "
ABOUT = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"
HARMLESS_ATTRIBUTES = frozenset({_XML + "lang", _XML + "space"})
_TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html"}
_PAGES = frozenset({"text/html", "application/xhtml+xml", "xhtml"})
_TEXTS = frozenset({"text/plain", "text/html"})
_C1 = re.compile("[\x80-\x9f]")
_BEYOND_LATIN = re.compile("[^\x00-\xff]")
_QUERY_ENTITY = re.compile("&([A-Za-z0-9_]+);")
# No address, so nothing to be resolved.
_NAME = re.compile(r"(?:tag|urn):[A-Za-z0-9/:@!$&'()*+,=~._-]+")
_PERSON = frozenset({"name", "email", "uri", "url", "homepage"})
_ABOUT_SOURCE = _PERSON | {
    "title", "id", "link", "updated", "published", "author", "contributor", "category", "rights", "logo", "icon",
}  # fmt: skip
_MOST_NAMES = 4096


def repaired(text: str) -> str:
    """Undo what feedparser undoes in every text: UTF-8 read as Latin-1, Windows' characters in place of controls."""
    if text.isascii():
        return text
    if not _BEYOND_LATIN.search(text):
        with contextlib.suppress(UnicodeDecodeError):
            text = text.encode("iso-8859-1").decode("utf-8")
    return text if text.isprintable() or not _C1.search(text) else text.translate(_cp1252)


@dataclass(slots=True, kw_only=True)
class Item:
    """What feedparser would hold of an item while reading it.

    Addresses are relative to ``base``. Atom says what type a text has; elsewhere that is guessed. ``depth`` is that of
    the element at its end, 1 for the item's own children. ``type``, ``is_content`` and the like are of the element in
    hand.
    """

    base: str
    is_atom: bool
    depth: int = 0
    person: dict[str, str] = field(default_factory=dict)
    type: str = ""
    is_content: bool = False
    is_linked: bool = False
    is_permalink: bool = False
    has_source: bool = False
    has_summary: bool = False
    has_content: bool = False
    title_from: int = -1
    title_depth: int = -1
    guid: str | None = None
    link: str | None = None
    title: str | None = None
    title_type: str | None = None
    summary: Markup | None = None
    contents: list[Markup] = field(default_factory=list)
    author: str | None = None
    published: struct_time | None = None
    updated: struct_time | None = None
    tags: list[list[str | None]] = field(default_factory=list)
    enclosures: list[Attributes] = field(default_factory=list)

    def entry(self) -> RawEntry:
        """Give what was read."""
        has_text = self.contents or self.summary or self.title_type
        return raw_entry(
            guid=self.guid,
            link=self.link,
            title=self.title,
            title_type=self.title_type or "text/html",
            summary=self.summary,
            content=max(self.contents, key=lambda each: len(each.value), default=None),
            author=self.author,
            published=self.published,
            updated=self.updated,
            terms=[term for term, _, _ in self.tags[:MOST_CATEGORIES]],
            enclosures=self.enclosures[:MOST_CATEGORIES],
            base=self.base if has_text else None,
        )


# --- texts: what feedparser calls content ----------------------------------------------------------------------


def _begin_text(item: Item, attributes: Attributes, default: str) -> bool:
    given = attributes.get("type", default)
    item.type = _TYPES.get(given, given)
    return item.type in _TEXTS and "mode" not in attributes and "src" not in attributes


def _begin_title(item: Item, attributes: Attributes) -> bool:
    return _begin_text(item, attributes, "text/plain") and not item.has_source


def _finish_title(item: Item, text: str) -> None:
    depth = item.depth
    found = _markup(item, text)
    if not -1 < item.title_depth <= depth:
        if item.title_from == -1 or depth <= item.title_from:
            item.title_from, item.title = depth, found.value
        item.title_type = found.type
    if found.value:
        item.title_depth = depth


def _finish_media_title(item: Item, text: str) -> None:
    before = item.title_depth
    _finish_title(item, text)
    item.title_depth = before


def _begin_description(item: Item, attributes: Attributes) -> bool:
    return _begin_summary(item, attributes, "text/html")


def _begin_summary(item: Item, attributes: Attributes, default: str = "text/plain") -> bool:
    """Take a second summary for content, as feedparser does; its type is then text unless it says otherwise."""
    item.is_content = item.has_summary and not item.has_content
    if item.is_content:
        return _begin_content(item, attributes)
    return _begin_text(item, attributes, default)


def _finish_summary(item: Item, text: str) -> None:
    if item.is_content:
        _finish_content(item, text)
    else:
        item.summary = _markup(item, text)
        item.has_summary = True


def _begin_content(item: Item, attributes: Attributes) -> bool:
    item.has_content = True
    return _begin_text(item, attributes, "text/plain")


def _begin_encoded(item: Item, attributes: Attributes) -> bool:
    item.has_content = True
    return _begin_text(item, attributes, "text/html")


def _finish_content(item: Item, text: str) -> None:
    item.contents.append(_markup(item, text))
    item.has_summary = True


def _markup(item: Item, text: str) -> Markup:
    is_guess = item.type == "text/plain" and not item.is_atom and ("&" in text or "</" in text)
    if is_guess and _FeedParserMixin.looks_like_html(text):
        item.type = "text/html"
    return Markup(repaired(text), item.type)


# --- addresses ---------------------------------------------------------------------------------------------------


def _begin_guid(item: Item, attributes: Attributes) -> bool:
    item.is_permalink = attributes.get("ispermalink", "true") == "true"
    return True


def _finish_guid(item: Item, text: str) -> None:
    item.guid = _joined(item.base, text) if text and item.is_permalink else repaired(text)
    if item.is_permalink and item.link is None:
        item.link = item.guid


def _joined(base: str, link: str) -> str:
    return link if urls.is_plain(link) or _NAME.fullmatch(link) else repaired(_urljoin(base, link))


def _begin_link(item: Item, attributes: dict[str, str]) -> bool:
    relation = attributes.setdefault("rel", "alternate")
    kind = attributes.setdefault("type", "application/atom+xml" if relation == "self" else "text/html")
    href = _take_href(attributes)
    item.is_linked = href is not None
    if href is None:
        return relation != "enclosure"
    attributes["href"] = href = href if urls.is_plain(href) else _urljoin(item.base, href)
    if relation == "alternate" and _TYPES.get(kind, kind) in _PAGES:
        item.link = href
    elif relation == "enclosure":
        item.enclosures.append(attributes)
    return True


def _finish_link(item: Item, text: str) -> None:
    if not item.is_linked:
        address = _joined(item.base, text) if text else text
        item.link = _QUERY_ENTITY.sub(r"&\g<1>", address.replace("&amp;", "&"))


def _begin_enclosure(item: Item, attributes: dict[str, str]) -> bool:
    href = _take_href(attributes)
    if href is not None:
        attributes["href"] = href
    item.enclosures.append(attributes)
    return True


# --- names, subjects, dates --------------------------------------------------------------------------------------


def _begin_author(item: Item, _attributes: Attributes) -> bool:
    item.person = {}
    return True


def _finish_author(item: Item, text: str) -> None:
    name, email = item.person.get("name"), item.person.get("email")
    item.author = f"{name} ({email})" if name and email else name or email or repaired(text)


def _begin_category(item: Item, attributes: Attributes) -> bool:
    scheme = attributes.get("scheme", attributes.get("domain"))
    _add_tag(item, attributes.get("term"), scheme, attributes.get("label"))
    return True


def _finish_category(item: Item, text: str) -> None:
    term = repaired(text)
    if not term:
        return
    if item.tags and not item.tags[-1][0]:
        item.tags[-1][0] = term
    else:
        _add_tag(item, term, None, None)


def _add_tag(item: Item, term: str | None, scheme: str | None, label: str | None) -> None:
    tag = [term, scheme, label]
    if any(tag) and len(item.tags) <= MOST_CATEGORIES and tag not in item.tags:
        item.tags.append(tag)


def _finish_published(item: Item, text: str) -> None:
    item.published = _date(repaired(text))


def _finish_updated(item: Item, text: str) -> None:
    item.updated = _date(repaired(text))


def _begin_source(item: Item, _attributes: Attributes) -> bool:
    item.has_source = True
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done with an element.

    ``is_known`` is false for what only feedparser knows how to read; ``is_open`` elements may hold others, which count
    as if they stood outside; of other elements' children only ``parts`` are allowed; ``is_deep`` ones may stand deeper
    than the item's own children.
    """

    name: str = ""
    begin: Callable[[Item, dict[str, str]], bool] | None = None
    finish: Callable[[Item, str], None] | None = None
    parts: frozenset[str] = frozenset()
    is_known: bool = True
    is_open: bool = False
    is_deep: bool = False


_TITLE = Kind("title", _begin_title, _finish_title)
_DESCRIPTION = Kind("description", _begin_description, _finish_summary)
_CATEGORY = Kind("category", _begin_category, _finish_category)
_AUTHOR = Kind("author", _begin_author, _finish_author, parts=_PERSON)
_PUBLISHED = Kind("published", None, _finish_published)
_UPDATED = Kind("updated", None, _finish_updated)
_GUID = Kind("id", _begin_guid, _finish_guid)
_OPEN = Kind(is_open=True, is_deep=True)
_CLOSED = Kind("rights")
_IRREGULAR = Kind(is_known=False)
_BY_NAME: dict[str, Kind] = {
    "title": _TITLE,
    "dc:title": _TITLE,
    "media:title": Kind("media:title", _begin_title, _finish_media_title, is_deep=True),
    "description": _DESCRIPTION,
    "dc:description": _DESCRIPTION,
    "media:description": Kind("media:description", _begin_description, _finish_summary, is_deep=True),
    "summary": Kind("summary", _begin_summary, _finish_summary),
    "itunes:summary": Kind("itunes:summary", _begin_summary, _finish_summary),
    "content": Kind("content", _begin_content, _finish_content),
    "content:encoded": Kind("content:encoded", _begin_encoded, _finish_content),
    "link": Kind("link", _begin_link, _finish_link),
    "guid": _GUID,
    "id": _GUID,
    "enclosure": Kind("enclosure", _begin_enclosure),
    "author": _AUTHOR,
    "dc:creator": _AUTHOR,
    "dc:author": _AUTHOR,
    "itunes:author": _AUTHOR,
    "category": _CATEGORY,
    "dc:subject": _CATEGORY,
    "pubdate": _PUBLISHED,
    "published": _PUBLISHED,
    "issued": _PUBLISHED,
    "dcterms:issued": _PUBLISHED,
    "updated": _UPDATED,
    "modified": _UPDATED,
    "dc:date": _UPDATED,
    "dcterms:modified": _UPDATED,
    "contributor": Kind("contributor", parts=_PERSON),
    "source": Kind("source", _begin_source, parts=_ABOUT_SOURCE),
    "logo": Kind("logo", is_open=True, is_deep=True),
    "icon": Kind("icon", is_open=True, is_deep=True),
    **{name: Kind(name, is_known=False) for name in (*_PERSON, "georss:point", "geo:lat", "geo:long", "geo:point")},
    **dict.fromkeys(("rights", "copyright", "dc:rights", "subtitle", "itunes:subtitle", "generator"), _CLOSED),
    **dict.fromkeys(
        (
            "created", "dcterms:created", "webmaster", "dc:publisher", "language", "dc:language",
            "georss:line", "georss:polygon", "georss:box", "itunes:image", "itunes:block", "itunes:explicit",
            "media:content", "media:thumbnail", "media:group", "media:credit", "media:rating", "media:restriction",
            "media:license", "media:player",
        ),
        _OPEN,
    ),
}  # fmt: skip
KINDS: dict[str, Kind] = {}
# Keys under which feedparser keeps what we read, when an element unknown to it happens to be called so.
_TAKEN = frozenset({"links", "authors", "enclosures", "items", "entries"})


def kind_of(name: str) -> Kind:
    """Look an element up by expat's name for it, once."""
    kind = _find(name)
    if len(KINDS) < _MOST_NAMES:  # a hostile document can make up any number
        KINDS[name] = kind
    return kind


def _find(name: str) -> Kind:
    spelt = names.spelt(name)
    local = name.rpartition(" ")[2].lower()
    if spelt in _BY_NAME:
        return _BY_NAME[spelt]
    if (spelt and names.is_handled(spelt)) or local in ("detail", "parsed"):
        return _IRREGULAR
    is_taken = spelt == local and ("_" in local or local in _TAKEN)
    return _IRREGULAR if is_taken else _OPEN


def is_mistaken(name: str) -> bool:
    """Say whether an element of an unknown namespace would be taken for one of the feed's own."""
    return names.spelt(name) is None and _find(name.rpartition(" ")[2]) is not _OPEN


def has_base(attributes: Attributes) -> bool:
    """Say whether an element has a base of its own: feedparser takes ``base`` of any namespace for one."""
    return any(name.rpartition(" ")[2].lower() == "base" for name in attributes)


def plain(attributes: Attributes) -> dict[str, str] | None:
    """Give attributes as feedparser sees them; None where foreign ones might be taken for the feed's own."""
    found = {}
    for name, value in attributes.items():
        if " " not in name:
            key = name.lower()
            found[key] = value.lower() if key in ("rel", "type") else value
        elif name not in HARMLESS_ATTRIBUTES:
            return None
    return found


def _take_href(attributes: dict[str, str]) -> str | None:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if href:
        attributes.pop("url", None)
        attributes.pop("uri", None)
        return href
    return attributes.get("href")
