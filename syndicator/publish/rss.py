"""RSS 2.0. The same stories give the same bytes: no clock, no chance.

An item's guid is our own ``tag:`` URI (RFC 4151). Its origin travels in ``<source>``, its regions and concepts as
categories.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syndicator.markup import clean
from syndicator.models import Feed, Story
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import author_of, categories_of, outlet_name, via_of, whole_second
from syndicator.publish.generator import Layout, document, new_entry, new_generator, with_point

_MARKUP = re.compile(r"<[A-Za-z!/?]")
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
    generator.ttl(context.ttl_minutes)
    generator.lastBuildDate(whole_second(changed_at))
    return document(_LAYOUT, generator, stories, context, bases, make=_item)


def _item(story: Story, context: PublicationContext, link: str) -> Any:
    entry = new_entry(story, context, link)
    if _MARKUP.search(story.title):
        # RSS does not say whether titles are HTML; one that looks like it must not come to life in any reader.
        entry.title(html.escape(clean(story.title), quote=False))
    entry.load_extension("dc", atom=False, rss=True)
    entry.dc.dc_creator(author_of(story, context))
    entry.dc.dc_language(story.language)
    entry.source(url=via_of(story, context), title=outlet_name(story, context))
    own, labels = list(map(clean, story.categories)), []
    for tag_scheme, term, label in categories_of(story, context):
        entry.category(term=term, scheme=context.scheme(tag_scheme))
        labels.append(label)
    # RSS has no labels, and readers show terms as they are: a feed that asks for a language gets its words beside them.
    said = [label for label in dict.fromkeys(labels) if label not in own] if context.language else []
    for term in (*said, *own):
        entry.category(term=term)
    if story.enclosure is not None:
        entry.enclosure(story.enclosure.url, str(story.enclosure.length), clean(story.enclosure.type))
    return with_point(entry.rss_entry(), story)
