"""Lists for readers that take one: of all public feeds, or of the feeds of outlets. OPML 2.0. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from syndicator import domains, urls
from syndicator.markup import clean
from syndicator.models import Feed, Outlet, SourceKind
from syndicator.models.formats import FORMATS_BY_NAME
from syndicator.publish.context import PublicationContext

# Of those that feed readers take, the best first.
_PREFERRED = ("atom", "rss", "json")
_GROUPS = {"": "Feeds", "outlet": "Outlets", "region": "Places", "concept": "Topics", "event": "Events"}


def render(feeds: Iterable[Feed], context: PublicationContext) -> bytes:
    """Render the list of the feeds that are public, grouped by their kind, each group by title.

    It has no date, so that the same feeds give the same bytes.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = clean(context.title)
    body = etree.SubElement(root, "body")
    for kind, listed in _grouped(feeds):
        name = _GROUPS.get(kind, kind)
        group = etree.SubElement(body, "outline", text=name, title=name)
        for feed, format_name in listed:
            _add_outline(group, feed, format_name, context)
    if not len(body):
        etree.SubElement(body, "outline", text="There is no public feed")
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def render_outlets(title: str, outlets: Iterable[Outlet]) -> bytes:
    """Render the list of outlets with their own feeds, by name: each address that anybody may ask.

    An outlet without one is there with its home.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean(title)
    body = etree.SubElement(root, "body")
    for outlet in sorted(outlets, key=lambda each: (each.name, each.id)):
        common = {"text": clean(outlet.name), "title": clean(outlet.name)}
        home = urls.redact(urls.without_user(outlet.home))
        addresses = _public_feeds(outlet)
        for address in addresses:
            known = {"language": outlet.language, "htmlUrl": home}
            etree.SubElement(body, "outline", type="rss", **common, xmlUrl=address, **known)
        if not addresses:
            etree.SubElement(body, "outline", type="link", **common, url=home)
    if not len(body):
        etree.SubElement(body, "outline", text="There is no outlet")
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def _public_feeds(outlet: Outlet) -> list[str]:
    """Return the addresses of an outlet's feeds, without those that need a password or are in the operator's network.

    What is below the outlet's own home is known to readers anyway, wherever that is.
    """
    feeds = dict.fromkeys(source.home for source in outlet.sources if source.kind is SourceKind.FEED)
    return [each for each in feeds if _is_public(each, outlet)]


def _is_public(address: str, outlet: Outlet) -> bool:
    if urls.redact(address) != address or urls.as_uri(address) is None:
        return False
    return urls.is_below(address, outlet.bases[:1]) or domains.is_public(urlsplit(address).hostname or "")


def _grouped(feeds: Iterable[Feed]) -> list[tuple[str, Sequence[tuple[Feed, str]]]]:
    found: dict[str, list[tuple[Feed, str]]] = defaultdict(list)
    for feed in sorted(feeds, key=lambda each: (each.title, each.name)):
        format_name = next((each for each in _PREFERRED if each in feed.formats), None)
        if format_name is not None and not feed.is_private:
            found[feed.name.rpartition("/")[0].partition("/")[0]].append((feed, format_name))
    return sorted(found.items())


def _add_outline(parent: Any, feed: Feed, format_name: str, context: PublicationContext) -> None:
    """Add a feed. ``type`` is rss for feeds of all formats (OPML 2.0, subscription lists)."""
    title = clean(feed.title)
    known = {
        "description": clean(feed.description),
        "language": feed.language or feed.labels,
        "version": "RSS2" if FORMATS_BY_NAME[format_name].name == "rss" else "",
    }
    etree.SubElement(
        parent,
        "outline",
        type="rss",
        text=title,
        title=title,
        xmlUrl=context.address(feed, format_name),
        htmlUrl=f"{context.base_url}/",
        **{name: value for name, value in known.items() if value},
    )
