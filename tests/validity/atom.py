"""RFC 4287, RFC 5005, GeoRSS Simple and Media RSS 1.5.1, as far as an Atom document can break them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tests.validity.extensions import extension_faults
from tests.validity.values import (
    html_faults,
    language_faults,
    media_type_faults,
    number_faults,
    plain_faults,
    rfc3339_faults,
    text_faults,
    uri_faults,
    web_faults,
)

NS = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
XML = "{http://www.w3.org/XML/1998/namespace}"
_ONCE_IN_FEED = {"id": 1, "title": 1, "updated": 1, "generator": 0, "icon": 0, "logo": 0, "rights": 0, "subtitle": 0}
_ONCE_IN_ENTRY = {
    "id": 1,
    "title": 1,
    "updated": 1,
    "content": 0,
    "published": 0,
    "rights": 0,
    "source": 0,
    "summary": 0,
}
_MANY = {"author", "category", "contributor", "link"}
_RELATIONS = {
    "alternate", "self", "related", "via", "enclosure", "describedby", "hub", "duplicate", "current", "prev-archive",
    "next-archive",
}  # fmt: skip
_LINK_ATTRIBUTES = {"href", "rel", "type", "hreflang", "title", "length"}
_HISTORY_RELATIONS = {"current", "prev-archive", "next-archive"}


def atom_faults(body: bytes) -> list[str]:
    """Return what is wrong with an Atom document."""
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    if root.tag != f"{NS}feed":
        return [f"the root is {root.tag}"]
    return [*_feed_faults(root), *_entries_faults(root)]


def _feed_faults(root: Any) -> Iterator[str]:
    children = [child.tag for child in root]
    first = children.index(f"{NS}entry") if f"{NS}entry" in children else len(children)
    if set(children[first:]) - {f"{NS}entry"}:
        yield "feed: metadata stands after entries (4.1.1 in practice)"
    yield from _common_faults(root, "feed", {**_ONCE_IN_FEED}, extra={"entry"})
    links = list(root.iterfind(f"{NS}link"))
    own = [link for link in links if link.get("rel") == "self"]
    if len(own) != 1 or own[0].get("type") != "application/atom+xml":
        yield "feed: not one self link of its type (4.1.1, WebSub 4)"
    is_archive = root.find(f"{HISTORY}archive") is not None
    relations = {link.get("rel") for link in links}
    if is_archive and not {"current"} <= relations:
        yield "feed: an archive does not lead to the current document (RFC 5005, 4)"
    for name in ("icon", "logo"):
        for element in root.iterfind(f"{NS}{name}"):
            yield from web_faults(element.text, f"feed {name} (4.2.5, 4.2.8)")
    if root.find(f"{NS}author") is None and any(e.find(f"{NS}author") is None for e in root.iterfind(f"{NS}entry")):
        yield "feed: an entry has no author, and neither has the feed (4.1.1)"


def _entries_faults(root: Any) -> Iterator[str]:
    entries = list(root.iterfind(f"{NS}entry"))
    ids = Counter(entry.findtext(f"{NS}id") for entry in entries)
    yield from (f"two entries have the id {id_!r} (4.1.1)" for id_, count in ids.items() if count > 1)
    for entry in entries:
        name = f"entry {entry.findtext(f'{NS}id')}"
        yield from _common_faults(entry, name, _ONCE_IN_ENTRY, extra=set())
        yield from _entry_faults(entry, name)
        for child in entry:
            if not child.tag.startswith(NS):
                yield from extension_faults(child, name)


def _entry_faults(entry: Any, name: str) -> Iterator[str]:
    links = [(link.get("rel", "alternate"), link.get("href")) for link in entry.iterfind(f"{NS}link")]
    pages = [href for rel, href in links if rel == "alternate"]
    if not pages and entry.find(f"{NS}content") is None:
        yield f"{name}: neither content nor alternate link (4.1.2)"
    if entry.find(f"{NS}content") is None and entry.find(f"{NS}summary") is None:
        yield f"{name}: neither content nor summary"
    yield from (f"{name}: related to itself (4.2.7.2)" for rel, href in links if rel == "related" and href in pages)
    yield from (f"{name}: {rel} belongs to feeds (RFC 5005)" for rel, _ in links if rel in _HISTORY_RELATIONS)
    if "via" not in [rel for rel, _ in links]:
        yield f"{name}: does not say through what it came (4.2.7.2)"
    if max(Counter(links).values()) > 1:
        yield f"{name}: the same link twice"
    for element in entry.iterfind(f"{NS}published"):
        yield from rfc3339_faults(element.text, f"{name} published (3.3)")
    source = entry.find(f"{NS}source")
    if source is None:
        yield f"{name}: no source (4.2.11)"
    else:
        yield from _common_faults(source, f"{name} source", _ONCE_IN_FEED, extra=set())
        if not any(link.get("rel") == "self" for link in source.iterfind(f"{NS}link")):
            yield f"{name} source: no self link"


def _common_faults(parent: Any, name: str, once: dict[str, int], *, extra: set[str]) -> Iterator[str]:
    """Yield what is wrong with an element of feeds, entries and sources."""
    counts = Counter(child.tag.removeprefix(NS) for child in parent if child.tag.startswith(NS))
    for element, least in once.items():
        if not least <= counts[element] <= 1:
            yield f"{name}: {counts[element]} times {element}"
    yield from (f"{name}: unknown element {each}" for each in counts.keys() - once.keys() - _MANY - extra)
    if parent.text and parent.text.strip():
        yield f"{name}: text beside elements"
    if f"{XML}lang" in parent.attrib:
        yield from language_faults(parent.get(f"{XML}lang"), f"{name} xml:lang (2)")
    yield from uri_faults(parent.findtext(f"{NS}id"), f"{name} id (4.2.6)")
    yield from rfc3339_faults(parent.findtext(f"{NS}updated"), f"{name} updated (3.3)")
    for element in ("title", "subtitle", "summary", "content"):
        for found in parent.iterfind(f"{NS}{element}"):
            yield from _construct_faults(found, f"{name} {element}")
    for found in (*parent.iterfind(f"{NS}author"), *parent.iterfind(f"{NS}contributor")):
        yield from _person_faults(found, f"{name} author")
    for found in parent.iterfind(f"{NS}category"):
        yield from _category_faults(found, f"{name} category")
    yield from _links_faults(parent, name)


def _construct_faults(element: Any, name: str) -> Iterator[str]:
    """Yield what is wrong with a text construct (3.1), or content (4.1.3)."""
    kind = element.get("type", "text")
    if len(element) or set(element.attrib) - {"type"}:
        yield f"{name}: elements or odd attributes"
    if kind == "html":
        yield from html_faults(element.text or "", name)
    elif kind == "text":
        yield from text_faults(element.text, name)
    else:
        yield f"{name}: of type {kind!r}"


def _person_faults(element: Any, name: str) -> Iterator[str]:
    counts = Counter(child.tag.removeprefix(NS) for child in element)
    if counts["name"] != 1 or counts["uri"] > 1 or counts["email"] > 1 or counts.keys() - {"name", "uri", "email"}:
        yield f"{name}: {dict(counts)} (3.2)"
    yield from plain_faults(element.findtext(f"{NS}name"), f"{name} name (3.2.1)")


def _category_faults(element: Any, name: str) -> Iterator[str]:
    if set(element.attrib) - {"term", "scheme", "label"}:
        yield f"{name}: odd attributes"
    yield from text_faults(element.get("term"), f"{name} term (4.2.2.1)")
    if "scheme" in element.attrib:
        yield from uri_faults(element.get("scheme"), f"{name} scheme (4.2.2.2)")
        yield from text_faults(element.get("label"), f"{name} label of {element.get('term')}")


def _links_faults(parent: Any, name: str) -> Iterator[str]:
    alternates = Counter()
    for link in parent.iterfind(f"{NS}link"):
        relation = link.get("rel", "alternate")
        if relation not in _RELATIONS:
            yield f"{name}: unknown relation {relation!r} (4.2.7.2)"
        if set(link.attrib) - _LINK_ATTRIBUTES or link.text or len(link):
            yield f"{name}: a link with odd attributes or content (4.2.7)"
        yield from web_faults(link.get("href"), f"{name} link {relation} (4.2.7.1)")
        if "type" in link.attrib:
            yield from media_type_faults(link.get("type"), f"{name} link {relation} (4.2.7.3)")
        if "length" in link.attrib:
            yield from number_faults(link.get("length"), f"{name} link {relation} length (4.2.7.6)", least=1)
        if "title" in link.attrib:
            yield from text_faults(link.get("title"), f"{name} link {relation} title")
        if relation == "alternate":
            alternates[link.get("type"), link.get("hreflang")] += 1
    yield from (f"{name}: two alternates of {key} (4.1.1, 4.1.2)" for key, count in alternates.items() if count > 1)
