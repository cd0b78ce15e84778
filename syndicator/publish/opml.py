"""The list of all public feeds, for readers that take one: OPML 2.0. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from syndicator.markup import clean
from syndicator.models import Feed
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
