"""Atom 1.0 (RFC 4287). The same stories give the same bytes: no clock, no chance.

Every entry has our own ``tag:`` URI (RFC 4151) for ever. Its origin travels in ``atom:source`` and ``rel=via``, its
regions and concepts as categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from feedgen.ext.base import BaseEntryExtension
from lxml import etree

from syndicator.markup import clean
from syndicator.models import Feed, Story
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import categories_of, outlet_name, via_of, whole_second
from syndicator.publish.generator import Layout, document, new_entry, new_generator, with_point

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LAYOUT = Layout(
    format_name="atom",
    start=b"\n  <entry",
    end=b"\n</feed>",
    write=lambda generator: bytes(generator.atom_str(pretty=True)),
)


def render(
    feed: Feed, stories: Sequence[Story], context: PublicationContext, changed_at: datetime, bases: Mapping[str, str]
) -> bytes:
    """Render an Atom document."""
    context = context.of_feed(feed)
    generator = new_generator(feed, context, _LAYOUT.format_name, changed_at)
    return document(_LAYOUT, generator, stories, context, bases, make=_entry)


def _entry(story: Story, context: PublicationContext, link: str) -> Any:
    entry = new_entry(story, context, link)
    entry.updated(whole_second(story.updated))
    for tag_scheme, term, label in categories_of(story, context):
        entry.category(term=term, scheme=context.scheme(tag_scheme), label=label)
    for own in story.categories:
        entry.category(term=clean(own))
    entry.register_extension("origin", _OriginExtension, atom=True, rss=False)
    entry.origin.set_origin(story, outlet_name(story, context), via_of(story, context), context.story_page(story))
    return with_point(entry.atom_entry(), story)


class _OriginExtension(BaseEntryExtension):  # type: ignore[misc]
    """Writes what feedgen cannot: ``atom:source`` with id and updated, the entry's language, links with their rel.

    feedgen 1.0.0 drops ``rel`` from an entry's links, which would turn each into one more alternate.
    """

    def __init__(self) -> None:
        self._origin: tuple[Story, str, str, str | None] | None = None

    def set_origin(self, story: Story, name: str, address: str, page: str | None) -> None:
        """Set the outlet's name, the source's address, and that of the story's page here."""
        self._origin = (story, name, address, page)

    def extend_atom(self, entry: Any) -> Any:
        """Add the elements."""
        if self._origin is None:
            return entry
        story, name, address, page = self._origin
        entry.attrib[_LANGUAGE] = story.language
        etree.SubElement(entry, "link", href=address, rel="via")
        if page is not None:
            etree.SubElement(entry, "link", href=page, rel="describedby", type="text/html")
        for link in story.copies:
            etree.SubElement(entry, "link", href=link, rel="related")
        if story.enclosure is not None:
            size, type_ = str(story.enclosure.length), clean(story.enclosure.type)
            etree.SubElement(entry, "link", href=story.enclosure.url, rel="enclosure", type=type_, length=size)
        source = etree.SubElement(entry, "source")
        etree.SubElement(source, "id").text = address
        etree.SubElement(source, "title").text = clean(name)
        etree.SubElement(source, "updated").text = whole_second(story.updated).isoformat()
        etree.SubElement(source, "link", href=address, rel="self")
        return entry
