"""RSS 2.0. The same stories give the same bytes: no clock, no chance.

An item's guid is our own ``tag:`` URI (RFC 4151). Its origin travels in ``<source>``, its regions and concepts as
categories: with their schemes as terms, and without as labels.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syndicator.models import Feed, Story
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import (
    Item,
    author_of,
    categories_of,
    enclosure_of,
    outlet_name,
    own_categories,
    title_of,
    via_of,
    whole_second,
)
from syndicator.publish.generator import Layout, document, new_entry, new_generator, with_media

# What begins a tag or a character reference in HTML. A word joiner, which nobody sees, keeps it from being one.
_MARKUP = re.compile(r"<(?=[A-Za-z!/?])|&(?=[#A-Za-z])")
_JOINER = "\u2060"
_LAYOUT = Layout(
    format_name="rss",
    start=b"\n    <item>",
    end=b"\n  </channel>",
    write=lambda generator: bytes(generator.rss_str(pretty=True)),
)


def render(
    feed: Feed, stories: Sequence[Story], context: PublicationContext, changed_at: datetime, bases: Mapping[str, str]
) -> bytes:
    """Render an RSS document."""
    context = context.of_feed(feed)
    generator = new_generator(feed, context, _LAYOUT.format_name, changed_at)
    generator.load_extension("dc", atom=False, rss=True)
    generator.title(_inert(feed.title))
    generator.description(_inert(feed.description or feed.title))
    generator.ttl(context.ttl_minutes)
    generator.lastBuildDate(whole_second(changed_at))
    if picture := feed.logo or context.logo or feed.icon or context.icon:
        generator.image(url=picture, title=_inert(feed.title), link=f"{context.base_url}/")
    return document(_LAYOUT, generator, stories, context, bases, make=_item)


def _item(item: Item, context: PublicationContext) -> Any:
    story = item.story
    entry = new_entry(item, context)
    entry.title(_inert(title_of(story, context)))
    entry.load_extension("dc", atom=False, rss=True)
    entry.dc.dc_creator(author_of(story, context))
    if story.language:
        entry.dc.dc_language(story.language)
    entry.source(url=via_of(story, context), title=_inert(outlet_name(story, context)))
    own, labels = own_categories(story), []
    for tag_scheme, term, label in categories_of(story, context):
        entry.category(term=term, scheme=context.scheme(tag_scheme))
        labels.append(label)
    # RSS has no labels, and readers show terms as they are: labels are categories of their own.
    said = [label for label in dict.fromkeys(labels) if label not in own]
    for term in (*said, *own):
        entry.category(term=_inert(term))
    enclosure = enclosure_of(story)
    if enclosure is not None:
        entry.enclosure(enclosure.url, str(enclosure.length), enclosure.type)
    return with_media(entry.rss_entry(), story)


def _inert(text: str) -> str:
    """Return a plain text that is the same as HTML: RSS does not say which of them its titles are.

    One that looks like markup must not come to life in any reader, and is to be read as it is written in all.
    """
    if "<" not in text and html.unescape(text) == text:
        return text
    return _MARKUP.sub(lambda found: found[0] + _JOINER, text)
