"""Atom 1.0 (RFC 4287). The same stories give the same bytes: no clock, no chance.

Every entry has our own ``tag:`` URI (RFC 4151) for ever. Its origin travels in ``atom:source`` and ``rel=via``, its
regions and concepts as categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from syndicator.models import Feed, Link, Story
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import (
    Item,
    categories_of,
    enclosure_of,
    home_of,
    outlet_name,
    own_categories,
    via_of,
    whole_second,
)
from syndicator.publish.generator import Layout, document, new_entry, new_generator, with_media

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LAYOUT = Layout(
    format_name="atom",
    start=b"\n  <entry",
    end=b"\n</feed>",
    write=lambda generator: bytes(generator.atom_str(pretty=True)),
)


def render(
    feed: Feed,
    stories: Sequence[Story],
    context: PublicationContext,
    changed_at: datetime,
    bases: Mapping[str, str],
    *,
    links: Sequence[Link] = (),
    is_archive: bool = False,
) -> bytes:
    """Render an Atom document; ``links`` are added to its head, and one that is ``self`` takes the place of its own.

    An archive is marked as such (RFC 5005, 4).
    """
    context = context.of_feed(feed)
    generator = new_generator(feed, context, _LAYOUT.format_name, changed_at, links=links, is_archive=is_archive)
    if icon := feed.icon or context.icon:
        generator.icon(icon)
    if logo := feed.logo or context.logo:
        generator.logo(logo)
    return document(_LAYOUT, generator, stories, context, bases, make=_entry)


def _entry(item: Item, context: PublicationContext) -> Any:
    story = item.story
    entry = new_entry(item, context)
    entry.updated(whole_second(story.updated))
    for tag_scheme, term, label in categories_of(story, context):
        entry.category(term=term, scheme=context.scheme(tag_scheme), label=label)
    for own in own_categories(story):
        entry.category(term=own)
    element = entry.atom_entry()
    if story.language:
        element.attrib[_LANGUAGE] = story.language
    _add_links(element, item, context)
    _add_source(element, story, context)
    return with_media(element, story)


def _add_links(element: Any, item: Item, context: PublicationContext) -> None:
    """Add links that feedgen cannot write: feedgen 1.0.0 drops ``rel``, which makes each one more alternate."""
    story = item.story
    etree.SubElement(element, "link", href=via_of(story, context), rel="via")
    page = context.story_page(story)
    if page is not None:
        etree.SubElement(element, "link", href=page, rel="describedby", type="text/html")
    for related in item.related:
        title = {"title": related.outlet} if related.outlet else {}
        etree.SubElement(element, "link", href=related.link, rel="related", **title)
    enclosure = enclosure_of(story)
    if enclosure is not None:
        size = {"length": str(enclosure.length)} if enclosure.length else {}
        etree.SubElement(element, "link", href=enclosure.url, rel="enclosure", type=enclosure.type, **size)


def _add_source(element: Any, story: Story, context: PublicationContext) -> None:
    """Add ``atom:source``: feedgen writes neither its id nor when it was updated (RFC 4287, 4.2.11)."""
    address, name, home = via_of(story, context), outlet_name(story, context), home_of(story, context)
    source = etree.SubElement(element, "source")
    etree.SubElement(source, "id").text = address
    etree.SubElement(source, "title").text = name
    etree.SubElement(source, "updated").text = whole_second(story.updated).isoformat()
    author = etree.SubElement(source, "author")
    etree.SubElement(author, "name").text = name
    etree.SubElement(source, "link", href=address, rel="self")
    if home:
        etree.SubElement(source, "link", href=home, rel="alternate", type="text/html")
