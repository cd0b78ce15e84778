"""GeoJSON (RFC 7946): a point for each story of a feed whose place is certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from syndicator.markup import clean
from syndicator.models import Feed, Story
from syndicator.publish.context import PublicationContext
from syndicator.publish.documents import joined
from syndicator.publish.entry import (
    Item,
    categories_of,
    outlet_name,
    place_of,
    published_of,
    title_of,
    whole_second,
)
from syndicator.publish.fragments import fragments

_FORMAT = "geojson"


def render(
    feed: Feed, stories: Sequence[Story], context: PublicationContext, changed_at: datetime, bases: Mapping[str, str]
) -> bytes:
    """Render a feature collection."""
    context = context.of_feed(feed)
    # Members that are foreign to RFC 7946 are allowed (6.1): these say what is shown, and where.
    head = {
        "type": "FeatureCollection",
        "title": clean(feed.title),
        "description": clean(feed.description or feed.title),
        "self": context.address(feed, _FORMAT),
        "updated": whole_second(changed_at).isoformat(),
    }

    def features(fresh: Sequence[Item]) -> list[bytes]:
        return [msgspec.json.encode(_feature(each, context)) for each in fresh]

    placed = [each for each in stories if place_of(each) is not None]
    return joined(head, "features", fragments(_FORMAT, placed, context, bases, render=features))


def _feature(item: Item, context: PublicationContext) -> dict[str, object]:
    story = item.story
    latitude, longitude = map(float, place_of(story) or ("0", "0"))
    return {
        "type": "Feature",
        "id": story.uid,
        # Longitude first (RFC 7946, 3.1.1).
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": {
            "title": title_of(story, context),
            "url": item.link,
            "page": context.story_page(story),
            "outlet": outlet_name(story, context),
            "language": story.language or None,
            "published": published_of(story).isoformat(),
            "updated": whole_second(story.updated).isoformat(),
            "regions": [label for scheme, _, label in categories_of(story, context) if scheme == "region"],
        },
    }
