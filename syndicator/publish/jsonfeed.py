"""JSON Feed 1.1 (jsonfeed.org). The same stories give the same bytes: no clock, no chance.

Where a story comes from, and what is known of it, is in the extension ``_syndicator`` of each item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from syndicator.markup import clean
from syndicator.models import Feed, Story, Tag
from syndicator.publish.context import PublicationContext
from syndicator.publish.documents import joined
from syndicator.publish.entry import (
    Item,
    author_of,
    body_of,
    categories_of,
    enclosure_of,
    home_of,
    outlet_name,
    own_categories,
    pictures_of,
    published_of,
    title_of,
    via_of,
    whole_second,
)
from syndicator.publish.fragments import fragments
from syndicator.publish.generator import footnote

_FORMAT = "json"
_VERSION = "https://jsonfeed.org/version/1.1"
_EXTENSION = "_syndicator"


def render(
    feed: Feed, stories: Sequence[Story], context: PublicationContext, changed_at: datetime, bases: Mapping[str, str]
) -> bytes:
    """Render a JSON Feed."""
    context = context.of_feed(feed)

    def items(fresh: Sequence[Item]) -> list[bytes]:
        return [msgspec.json.encode(_item(each, context)) for each in fresh]

    found = fragments(_FORMAT, stories, context, bases, render=items)
    return joined(_head(feed, context, changed_at), "items", found)


def _head(feed: Feed, context: PublicationContext, changed_at: datetime) -> dict[str, object]:
    icon, logo = feed.icon or context.icon, feed.logo or context.logo
    hubs = [{"type": "WebSub", "url": hub} for hub in context.public_hubs(feed)]
    ours = {
        "id": f"tag:{context.authority}:feed/{feed.name}",
        "updated": _moment(changed_at),
        "duplicates": list(context.duplicates(feed, _FORMAT)),
    }
    return _filled(
        {
            "version": _VERSION,
            "title": clean(feed.title),
            "home_page_url": f"{context.base_url}/",
            "feed_url": context.address(feed, _FORMAT),
            "description": clean(feed.description or feed.title),
            "icon": logo or icon,
            "favicon": icon,
            "authors": [{"name": clean(context.title), "url": f"{context.base_url}/"}],
            "language": feed.language or feed.labels,
            "hubs": hubs,
            _EXTENSION: _filled(ours),
        }
    )


def _item(item: Item, context: PublicationContext) -> dict[str, object]:
    story = item.story
    body = body_of(story, context)
    title = title_of(story, context)
    content = {"content_html": body + footnote(story, context)} if body else {"content_text": title}
    labels = [label for _, _, label in categories_of(story, context)]
    return {
        "id": story.uid,
        **_filled({"url": item.link, "title": title, **content, "image": _image(story)}),
        "date_published": _moment(published_of(story)),
        "date_modified": _moment(story.updated),
        **_filled(
            {
                "authors": [{"name": author_of(story, context)}],
                "tags": list(dict.fromkeys([*labels, *own_categories(story)])),
                "language": story.language,
                "attachments": _attachments(story),
            }
        ),
        _EXTENSION: _filled(_origin(item, context)),
    }


def _image(story: Story) -> str:
    """Return the address of the picture that stands for a story: the first, and thumbnails last."""
    pictures = sorted(pictures_of(story), key=lambda each: each.is_thumbnail)
    return pictures[0].url if pictures else ""


def _attachments(story: Story) -> list[dict[str, object]]:
    enclosure = enclosure_of(story)
    if enclosure is None:
        return []
    return [_filled({"url": enclosure.url, "mime_type": enclosure.type, "size_in_bytes": enclosure.length})]


def _origin(item: Item, context: PublicationContext) -> dict[str, object]:
    """Return where a story comes from, who else tells it, what it is about, and what happened to it."""
    story = item.story
    outlet = {"id": story.outlet, "name": outlet_name(story, context), "url": home_of(story, context)}
    return {
        "outlet": _filled(outlet),
        "source": _filled({"id": story.source, "title": clean(story.source_title), "url": via_of(story, context)}),
        "page": context.story_page(story) or "",
        "first_seen": _moment(story.first_seen),
        "copies": [_filled({"url": each.link, "outlet": each.outlet}) for each in item.related],
        "outlets": list(story.outlets),
        "regions": list(_regions(story, context)),
        "concepts": [
            {"id": term, "label": label} for scheme, term, label in categories_of(story, context) if scheme == "concept"
        ],
        "pictures": [
            _filled({"url": each.url, "type": each.type, "width": each.width, "height": each.height})
            for each in pictures_of(story)
        ],
        "revised": list(story.revised),
        "deleted_at": _moment(story.deleted_at) if story.deleted_at else "",
    }


def _regions(story: Story, context: PublicationContext) -> Iterator[dict[str, object]]:
    """Yield the places that a story names, in any role, each with the regions around it."""
    for tag in story.tags:
        if tag.scheme == "region":
            yield _filled(
                {
                    "term": tag.term,
                    "label": clean(context.label(tag.scheme, tag.term, tag.label)),
                    "within": list(tag.path[:-1]),
                    "role": tag.role,
                    "score": round(tag.score, 3),
                    "geonameid": tag.geonameid or 0,
                    "point": _point(tag),
                }
            )


def _point(tag: Tag) -> dict[str, object]:
    """Return a place's latitude and longitude by name: lists of two have been read in either order."""
    return {"latitude": round(tag.point[0], 4), "longitude": round(tag.point[1], 4)} if tag.point else {}


def _moment(at: datetime) -> str:
    return whole_second(at).isoformat()


def _filled(values: Mapping[str, object]) -> dict[str, object]:
    """Return an object without what is empty or unknown."""
    return {name: value for name, value in values.items() if value not in ("", 0, [], {})}
