"""Documents through feedgen: it writes the head and the entries that are new; known entries are spliced in as bytes."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from syndicator import __version__
from syndicator.markup import clean
from syndicator.models import Feed, Story
from syndicator.models.formats import FORMATS_BY_NAME
from syndicator.publish.cache import CachedEntry, entry_digest
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import author_of, body_of, link_of, point_of, published_of, related_of, whole_second
from syndicator.publish.hub_links import HubLinks

_GEORSS = "http://www.georss.org/georss"
_FOOTNOTE = "Who tells this, and what changed"
_POINT = f"{{{_GEORSS}}}point"


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


def new_generator(feed: Feed, context: PublicationContext, format_name: str, changed_at: datetime) -> Any:
    """Return a feedgen generator with everything about a feed but its entries."""
    generator = FeedGenerator()
    generator.id(f"tag:{context.authority}:feed/{feed.name}")
    generator.title(clean(feed.title))
    # RSS takes the last link that is not "self" for the channel's own.
    content_type = FORMATS_BY_NAME[format_name].content_type
    generator.link(href=context.address(feed, format_name), rel="self", type=content_type)
    generator.link(href=f"{context.base_url}/", rel="alternate", type="text/html")
    generator.description(clean(feed.description or feed.title))
    generator.author(name=clean(context.title))
    generator.generator("syndicator", version=__version__)
    generator.updated(whole_second(changed_at))
    generator.register_extension("hub", HubLinks, None)
    generator.hub.set_hubs(context.hubs_of(feed))
    return generator


def new_entry(story: Story, context: PublicationContext, link: str) -> Any:
    """Return a feedgen entry with what every format shows of a story."""
    entry = FeedEntry()
    entry.guid(story.uid, permalink=False)
    entry.title(clean(story.title))
    entry.link(href=link, rel="alternate", type="text/html")
    body = body_of(story, context)
    if body:
        entry.content(body + _footnote(story, context), type="html")
    else:
        entry.description(html.escape(clean(story.title)))
    entry.author(name=author_of(story, context))
    entry.published(published_of(story))
    return entry


def _footnote(story: Story, context: PublicationContext) -> str:
    """Return the line below a story's text that leads to its page here."""
    page = context.story_page(story)
    return f'<p dir="ltr"><small><a href="{html.escape(page)}">{_FOOTNOTE}</a></small></p>' if page else ""


def with_point(element: Any, story: Story) -> Any:
    """Add where a story is to its element, if that is known (GeoRSS Simple): latitude, then longitude."""
    point = point_of(story)
    if point is not None:
        place = " ".join(f"{each:.6g}" for each in point)
        etree.SubElement(element, _POINT, nsmap={"georss": _GEORSS}).text = place
    return element


def document(
    layout: Layout,
    generator: Any,
    stories: Sequence[Story],
    context: PublicationContext,
    bases: Mapping[str, str],
    *,
    make: Callable[[Story, PublicationContext, str], Any],
) -> bytes:
    """Write a document of these stories in their order; ``make`` renders one whose entry is not in the cache.

    Raise ValueError or TypeError if XML cannot carry one of them.
    """
    cache = context.entry_cache
    name = f"{layout.format_name} {context.language}{'' if context.has_story_links else ' unlinked'}"
    entries: list[bytes | None] = []
    fresh: list[tuple[int, str, bytes]] = []
    for place, story in enumerate(stories):
        link = link_of(story, context, bases)
        if story.copies:
            story = replace(story, copies=related_of(story, context, bases, link))  # noqa: PLW2901 - what is shown of it
        digest = entry_digest(story, link)
        entries.append(cache.get(name, story.uid, digest))
        if entries[-1] is None:
            fresh.append((place, story.uid, digest))
            generator.add_entry(_RenderedEntry(make(story, context, link)), order="append")
    head, written, tail = _taken_apart(layout, layout.write(generator))
    for (place, uid, digest), xml in zip(fresh, written, strict=True):
        entries[place] = xml
        cache.put(name, uid, CachedEntry(digest, xml))
    return b"".join([head, *(each for each in entries if each is not None), tail])


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
