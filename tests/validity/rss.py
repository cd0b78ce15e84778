"""RSS 2.0 and the Best Practices Profile of the RSS Advisory Board, as far as a document can break them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tests.validity.extensions import MEDIA_AND_PLACES, extension_faults
from tests.validity.values import (
    html_faults,
    inert_faults,
    language_faults,
    media_type_faults,
    number_faults,
    plain_faults,
    rfc822_faults,
    text_faults,
    uri_faults,
    web_faults,
)

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
_CHANNEL = {
    "title": 1, "link": 1, "description": 1, "docs": 0, "generator": 0, "image": 0, "language": 0, "lastBuildDate": 0,
    "pubDate": 0, "ttl": 0,
}  # fmt: skip
_ITEM = {
    "title": 0, "link": 0, "description": 0, "enclosure": 0, "guid": 1, "pubDate": 1, "source": 1, f"{DC}creator": 0,
    f"{DC}language": 0,
}  # fmt: skip


def rss_faults(body: bytes) -> list[str]:
    """Return what is wrong with an RSS document."""
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    if root.tag != "rss" or root.get("version") != "2.0" or [child.tag for child in root] != ["channel"]:
        return ["not one channel in rss 2.0"]
    return [*_channel_faults(root[0]), *_items_faults(root[0])]


def _channel_faults(channel: Any) -> Iterator[str]:
    children = [child.tag for child in channel]
    first = children.index("item") if "item" in children else len(children)
    if set(children[first:]) - {"item"}:
        yield "channel: metadata stands after items"
    yield from _count_faults(channel, "channel", _CHANNEL, many={"item", f"{ATOM}link"})
    for name in ("title", "description"):
        yield from inert_faults(channel.findtext(name), f"channel {name}")
    for name in ("link", "docs"):
        yield from web_faults(channel.findtext(name), f"channel {name}")
    yield from rfc822_faults(channel.findtext("lastBuildDate"), "channel lastBuildDate")
    yield from number_faults(channel.findtext("ttl"), "channel ttl", least=1)
    if channel.find("language") is not None:
        yield from language_faults(channel.findtext("language"), "channel language")
    own = [link for link in channel.iterfind(f"{ATOM}link") if link.get("rel") == "self"]
    if len(own) != 1 or own[0].get("type") != "application/rss+xml":
        yield "channel: not one atom:link to itself (Profile)"
    for link in channel.iterfind(f"{ATOM}link"):
        yield from web_faults(link.get("href"), "channel atom:link")
        if link.get("rel") not in ("self", "hub", "duplicate"):
            yield f"channel: atom:link {link.get('rel')}"
    for image in channel.iterfind("image"):
        yield from _image_faults(image, channel)


def _image_faults(image: Any, channel: Any) -> Iterator[str]:
    if [child.tag for child in image] != ["url", "title", "link"]:
        yield "channel image: not url, title, link"
    yield from web_faults(image.findtext("url"), "channel image")
    for name in ("title", "link"):
        if image.findtext(name) != channel.findtext(name):
            yield f"channel image: its {name} is not the channel's (Profile)"


def _items_faults(channel: Any) -> Iterator[str]:
    items = list(channel.iterfind("item"))
    guids = Counter(item.findtext("guid") for item in items)
    yield from (f"two items have the guid {guid!r}" for guid, count in guids.items() if count > 1)
    for item in items:
        name = f"item {item.findtext('guid')}"
        foreign = [child for child in item if child.tag.startswith(MEDIA_AND_PLACES)]
        yield from _count_faults(item, name, _ITEM, many={"category", *(child.tag for child in foreign)})
        yield from _item_faults(item, name)
        for child in foreign:
            yield from extension_faults(child, name)


def _item_faults(item: Any, name: str) -> Iterator[str]:
    if item.find("title") is None and item.find("description") is None:
        yield f"{name}: neither title nor description"
    yield from inert_faults(item.findtext("title"), f"{name} title")
    yield from web_faults(item.findtext("link"), f"{name} link")
    yield from text_faults(item.findtext("description"), f"{name} description")
    yield from html_faults(item.findtext("description") or "", f"{name} description")
    yield from rfc822_faults(item.findtext("pubDate"), f"{name} pubDate")
    guid, source = item.find("guid"), item.find("source")
    yield from uri_faults(guid.text, f"{name} guid")
    if guid.get("isPermaLink") != "false" and not (guid.text or "").startswith("http"):
        yield f"{name}: its guid is said to be a link"
    yield from web_faults(source.get("url"), f"{name} source")
    yield from inert_faults(source.text, f"{name} source")
    yield from plain_faults(item.findtext(f"{DC}creator"), f"{name} creator")
    if item.find(f"{DC}language") is not None:
        yield from language_faults(item.findtext(f"{DC}language"), f"{name} language")
    for category in item.iterfind("category"):
        yield from inert_faults(category.text, f"{name} category")
        if "domain" in category.attrib:
            yield from uri_faults(category.get("domain"), f"{name} category domain")
    for enclosure in item.iterfind("enclosure"):
        if set(enclosure.attrib) != {"url", "length", "type"}:
            yield f"{name}: enclosure with {dict(enclosure.attrib)}"
        yield from web_faults(enclosure.get("url"), f"{name} enclosure")
        yield from number_faults(enclosure.get("length"), f"{name} enclosure")
        yield from media_type_faults(enclosure.get("type"), f"{name} enclosure")
    pairs = Counter((each.text, each.get("domain")) for each in item.iterfind("category"))
    yield from (f"{name}: category {pair} twice" for pair, count in pairs.items() if count > 1)


def _count_faults(parent: Any, name: str, once: dict[str, int], *, many: set[str]) -> Iterator[str]:
    counts = Counter(child.tag for child in parent)
    for element, least in once.items():
        if not least <= counts[element] <= 1:
            yield f"{name}: {counts[element]} times {element}"
    yield from (f"{name}: unknown element {each}" for each in counts.keys() - once.keys() - many)
    for child in parent:
        if not (child.text or len(child) or child.attrib):
            yield f"{name}: {child.tag} is empty"
