"""Read a document of any of our formats to the same few values, as a reader would."""

from __future__ import annotations

import json
from typing import NamedTuple

import feedparser
from lxml import etree

KML = "{http://www.opengis.net/kml/2.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
# Formats that show all stories of a feed; the others show those that have a place.
FEEDS = ("atom", "rss", "json")


class ReadEntry(NamedTuple):
    """What every format says of a story."""

    id: str
    title: str
    link: str
    html: str


class ReadFeed(NamedTuple):
    """A feed's title and entries."""

    title: str
    entries: list[ReadEntry]


def read(kind: str, body: bytes) -> ReadFeed:
    """Read a document by the parser that its kind asks for; fail where that has anything to complain of."""
    if kind in ("atom", "rss"):
        return _by_feedparser(body)
    return {"json": _json_feed, "geojson": _geojson, "kml": _kml}[kind](body)


def _by_feedparser(body: bytes) -> ReadFeed:
    parsed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo, parsed.bozo_exception
    return ReadFeed(
        parsed.feed.title,
        [
            ReadEntry(each.id, each.title, each.link, each.content[0].value if "content" in each else each.summary)
            for each in parsed.entries
        ],
    )


def _json_feed(body: bytes) -> ReadFeed:
    feed = json.loads(body)
    return ReadFeed(
        feed["title"],
        [
            ReadEntry(each["id"], each["title"], each["url"], each.get("content_html") or each["content_text"])
            for each in feed["items"]
        ],
    )


def _geojson(body: bytes) -> ReadFeed:
    collection = json.loads(body)
    return ReadFeed(
        collection["title"],
        [
            ReadEntry(each["id"], each["properties"]["title"], each["properties"]["url"], "")
            for each in collection["features"]
        ],
    )


def _kml(body: bytes) -> ReadFeed:
    document = etree.fromstring(body).find(f"{KML}Document")
    return ReadFeed(
        document.findtext(f"{KML}name"),
        [
            ReadEntry(
                each.get("id"),
                each.findtext(f"{KML}name"),
                each.find(f"{ATOM}link").get("href"),
                each.findtext(f"{KML}description"),
            )
            for each in document.iter(f"{KML}Placemark")
        ],
    )
