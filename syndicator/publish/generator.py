"""XML documents through feedgen: it writes the head and what entries are new; known ones are spliced in as bytes."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from syndicator import __version__
from syndicator.markup import clean
from syndicator.models import Feed, Link, Story
from syndicator.models.formats import FORMATS_BY_NAME
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import (
    Item,
    author_of,
    body_of,
    pictures_of,
    place_of,
    published_of,
    title_of,
    whole_second,
)
from syndicator.publish.fragments import fragments

ATOM = "http://www.w3.org/2005/Atom"
_GEORSS = "http://www.georss.org/georss"
_MEDIA = "http://search.yahoo.com/mrss/"
_HISTORY = "http://purl.org/syndication/history/1.0"
_FOOTNOTE = "Who tells this, and what changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a format's documents are written.

    ``write`` serializes a generator, indented. Each entry begins with the bytes ``start``, and ``end`` follows the last
    one: texts and attributes hold no "<", so that these bytes stand nowhere else.
    """

    format_name: str
    start: bytes
    end: bytes
    write: Callable[[Any], bytes]


def new_generator(
    feed: Feed,
    context: PublicationContext,
    format_name: str,
    changed_at: datetime,
    *,
    links: Sequence[Link] = (),
    is_archive: bool = False,
) -> Any:
    """Return a feedgen generator with everything about a feed but its entries; ``links`` are more than it always has.

    One of them that is ``self`` takes the place of the feed's own address.
    """
    own = next((link.href for link in links if link.rel == "self"), context.address(feed, format_name))
    content_type = FORMATS_BY_NAME[format_name].content_type
    generator = FeedGenerator()
    generator.id(f"tag:{context.authority}:feed/{feed.name}")
    generator.title(clean(feed.title))
    # RSS takes the last link that is not "self" for the channel's own.
    generator.link(href=own, rel="self", type=content_type)
    generator.link(href=f"{context.base_url}/", rel="alternate", type="text/html")
    generator.description(clean(feed.description or feed.title))
    generator.author(name=clean(context.title))
    generator.generator("syndicator", version=__version__)
    generator.updated(whole_second(changed_at))
    if language := feed.language or feed.labels:
        generator.language(language)
    generator.register_extension("head", _Head)
    hubs = [Link(rel="hub", href=hub) for hub in context.public_hubs(feed)]
    # RFC 6249, 6: the same resource elsewhere. As "alternate" it would be one more of the same type (RFC 4287, 4.1.1).
    duplicates = [Link(rel="duplicate", href=href, type=content_type) for href in context.duplicates(feed, format_name)]
    others = [link for link in links if link.rel != "self"]
    generator.head.set_head([*hubs, *duplicates, *others], is_archive=is_archive, sheet=_sheet(own, context.base_url))
    return generator


def _sheet(address: str, base_url: str) -> str:
    """Return the relative address of the style sheet for a document: it holds in copies elsewhere."""
    return "../" * (urlsplit(address.removeprefix(base_url)).path.count("/") - 1) + "static/feed.css"


class _Head(BaseExtension):  # type: ignore[misc]
    """What feedgen does not write into a head: links of any relation, in RSS as in Atom, and the mark of an archive."""

    def __init__(self) -> None:
        self._links: Sequence[Link] = ()
        self._is_archive, self._sheet = False, ""

    def set_head(self, links: Sequence[Link], *, is_archive: bool, sheet: str) -> None:
        """Set the links, whether the document is an archive (RFC 5005, 4), and where its style sheet is."""
        self._links, self._is_archive, self._sheet = links, is_archive, sheet

    def styled(self, head: bytes) -> bytes:
        """Return a document's head with an instruction for browsers which style sheet to show it by."""
        declaration, _, rest = head.partition(b"\n")
        return b'%s\n<?xml-stylesheet type="text/css" href="%s"?>\n%s' % (declaration, self._sheet.encode(), rest)

    def extend_ns(self) -> dict[str, str]:
        """Name what entries use, so that not each of them has to."""
        names = {"georss": _GEORSS, "media": _MEDIA}
        return {**names, "fh": _HISTORY} if self._is_archive else names

    def extend_atom(self, feed: Any) -> Any:
        """Add them to an Atom feed."""
        self._extend(feed, "link")
        return feed

    def extend_rss(self, feed: Any) -> Any:
        """Add them to the channel of an RSS document."""
        self._extend(feed[0], f"{{{ATOM}}}link")
        return feed

    def _extend(self, parent: Any, name: str) -> None:
        for link in self._links:
            kind = {"type": link.type} if link.type else {}
            etree.SubElement(parent, name, href=link.href, rel=link.rel, **kind)
        if self._is_archive:
            etree.SubElement(parent, f"{{{_HISTORY}}}archive")


def new_entry(item: Item, context: PublicationContext) -> Any:
    """Return a feedgen entry with what every format shows of a story."""
    story = item.story
    title = title_of(story, context)
    entry = FeedEntry()
    entry.guid(story.uid, permalink=False)
    entry.title(title)
    entry.link(href=item.link, rel="alternate", type="text/html")
    body = body_of(story, context)
    if body:
        entry.content(body + footnote(story, context), type="html")
    else:
        entry.summary(html.escape(title), type="html")
    entry.author(name=author_of(story, context))
    entry.published(published_of(story))
    return entry


def footnote(story: Story, context: PublicationContext) -> str:
    """Return the line below a story's text that leads to its page here."""
    page = context.story_page(story)
    return f'<p dir="ltr"><small><a href="{html.escape(page)}">{_FOOTNOTE}</a></small></p>' if page else ""


def with_media(element: Any, story: Story) -> Any:
    """Add a story's pictures (Media RSS 1.5.1) and where it is, if that is known (GeoRSS Simple), to its element."""
    for picture in pictures_of(story):
        size = {name: str(each) for name in ("width", "height") if (each := getattr(picture, name))}
        if picture.is_thumbnail:
            etree.SubElement(element, f"{{{_MEDIA}}}thumbnail", url=picture.url, **size)
        else:
            kind = {"type": picture.type} if picture.type else {}
            etree.SubElement(element, f"{{{_MEDIA}}}content", url=picture.url, **kind, medium="image", **size)
    place = place_of(story)
    if place is not None:
        # Latitude, then longitude.
        etree.SubElement(element, f"{{{_GEORSS}}}point").text = " ".join(place)
    return element


def document(
    layout: Layout,
    generator: Any,
    stories: Sequence[Story],
    context: PublicationContext,
    bases: Mapping[str, str],
    *,
    make: Callable[[Item, PublicationContext], Any],
) -> bytes:
    """Write a document of these stories in their order; ``make`` renders one whose entry is not in the cache.

    Raise ValueError or TypeError if XML cannot carry one of them.
    """
    head, tail = b"", b""

    def render(items: Sequence[Item]) -> list[bytes]:
        nonlocal head, tail
        for item in items:
            generator.add_entry(_RenderedEntry(make(item, context)), order="append")
        head, entries, tail = _taken_apart(layout, layout.write(generator))
        return entries

    body = fragments(layout.format_name, stories, context, bases, render=render)
    return b"".join([generator.head.styled(head), *body, tail])


def _taken_apart(layout: Layout, body: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Split a document into what stands before the entries, each entry, and the rest."""
    end = body.rindex(layout.end)
    head, *entries = body[:end].split(layout.start)
    return head, [layout.start + entry for entry in entries], body[end:]


class _RenderedEntry(FeedEntry):  # type: ignore[misc]
    """An entry whose element exists already; it goes into one document."""

    def __init__(self, element: Any) -> None:
        super().__init__()
        self._element = element

    def atom_entry(self, extensions: bool = True) -> Any:  # noqa: ARG002 - feedgen's own signature
        """Return the element."""
        return self._element

    rss_entry = atom_entry
