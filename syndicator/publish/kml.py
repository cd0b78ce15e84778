"""KML 2.2 (OGC 07-147r2): a placemark for each story of a feed whose place is certain."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from syndicator.markup import clean
from syndicator.models import Feed, Story
from syndicator.models.formats import FORMATS_BY_NAME
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import (
    Item,
    author_of,
    body_of,
    outlet_name,
    place_of,
    published_of,
    title_of,
)
from syndicator.publish.fragments import fragments

_FORMAT = "kml"
_KML = "http://www.opengis.net/kml/2.2"
_ATOM = "http://www.w3.org/2005/Atom"
_END = b"</Document>\n</kml>\n"
_NAMES = {None: _KML, "atom": _ATOM}


def render(
    feed: Feed,
    stories: Sequence[Story],
    context: PublicationContext,
    changed_at: datetime,  # noqa: ARG001 - a document has no date; those of its stories are in their placemarks
    bases: Mapping[str, str],
) -> bytes:
    """Render a KML document."""
    context = context.of_feed(feed)

    def placemarks(fresh: Sequence[Item]) -> list[bytes]:
        return [_bytes(_placemark(each, context)) for each in fresh]

    placed = [each for each in stories if place_of(each) is not None]
    found = fragments(_FORMAT, placed, context, bases, render=placemarks)
    root = _head(feed, context)
    empty = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    start = empty.removesuffix(b"</Document></kml>")
    return b"".join([start, b"\n", *(b"%s\n" % each for each in found), _END])


def _head(feed: Feed, context: PublicationContext) -> Any:
    root = etree.Element(f"{{{_KML}}}kml", nsmap=_NAMES)
    document = _add(root, "Document")
    _add(document, "name", clean(feed.title))
    _add_author(document, clean(context.title))
    kind = FORMATS_BY_NAME[_FORMAT].content_type
    etree.SubElement(document, f"{{{_ATOM}}}link", rel="self", href=context.address(feed, _FORMAT), type=kind)
    _add(document, "description", html.escape(clean(feed.description or feed.title)))
    return root


def _placemark(item: Item, context: PublicationContext) -> Any:
    story = item.story
    latitude, longitude = place_of(story) or ("0", "0")
    placemark = etree.Element(f"{{{_KML}}}Placemark", nsmap=_NAMES, id=f"story-{story.id}")
    _add(placemark, "name", title_of(story, context))
    _add_author(placemark, author_of(story, context))
    etree.SubElement(placemark, f"{{{_ATOM}}}link", href=item.link)
    _add(placemark, "description", _description(item, context))
    _add(_add(placemark, "TimeStamp"), "when", published_of(story).isoformat())
    # Longitude first.
    _add(_add(placemark, "Point"), "coordinates", f"{longitude},{latitude}")
    return placemark


def _description(item: Item, context: PublicationContext) -> str:
    """Return what a balloon shows: the text, and a link to it at its outlet."""
    source = f'<p><a href="{html.escape(item.link)}">{html.escape(outlet_name(item.story, context))}</a></p>'
    return body_of(item.story, context) + source


def _add(parent: Any, name: str, text: str | None = None) -> Any:
    element = etree.SubElement(parent, f"{{{_KML}}}{name}")
    element.text = text
    return element


def _add_author(parent: Any, name: str) -> None:
    author = etree.SubElement(parent, f"{{{_ATOM}}}author")
    etree.SubElement(author, f"{{{_ATOM}}}name").text = name


def _bytes(element: Any) -> bytes:
    """Return an element's bytes within the document, whose root declares the namespaces."""
    found: bytes = etree.tostring(element, encoding="UTF-8")
    declared = f' xmlns="{_KML}" xmlns:atom="{_ATOM}"'.encode()
    return found.replace(declared, b"", 1)
