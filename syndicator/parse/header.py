"""Read a feed's polling hints and links from the UTF-8 bytes before its first item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from syndicator import urls
from syndicator.models import Link, PollingHints
from syndicator.parse.candidates import relations
from syndicator.parse.raw import number
from syndicator.tagsoup import unescape_attribute

_LARGEST = 65536
_MOST_LINKS = 20
_ITEMS = re.compile(rb"<(?:item|entry)[\s>/]", re.IGNORECASE)
_NUMBERS = re.compile(
    rb"<(ttl|(?:\w{1,20}:)?update(?:Period|Frequency))\b[^<>]{0,200}>\s*(\w{1,20})\s*<", re.IGNORECASE
)
_RESTS = re.compile(rb"<(skipHours|skipDays)\s*>(.{0,2000}?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_REST = re.compile(rb"<(?:hour|day)\s*>\s*(\w{1,10})\s*<", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINK = re.compile(rb"<(?:\w{1,20}:)?link\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ROOT_LANGUAGE = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)\b[^<>]{0,4000}?\sxml:lang\s*=\s*[\"']\s*([\w-]{1,35})", re.IGNORECASE
)
_LANGUAGE = re.compile(rb"<(?:dc:)?language\b[^<>]{0,200}>\s*([\w-]{1,35})\s*<", re.IGNORECASE)
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST = timedelta(days=7)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_header(text: bytes, url: str) -> tuple[PollingHints, tuple[Link, ...]]:
    """Return the polling hints and links in the first 64 KB of a feed from ``url``.

    The pause is the longer of RSS ``ttl`` (minutes) and the syndication module's period by frequency, at most a week.
    """
    head = _head(text)
    return _rhythm(head), tuple(_links(head, url))


def declared_language(text: bytes) -> str:
    """Return the language that a feed declares, empty if it declares none."""
    head = _head(text)
    found = _ROOT_LANGUAGE.search(head) or _LANGUAGE.search(head)
    return found[1].decode("ascii", "replace") if found else ""


def _head(text: bytes) -> bytes:
    first = _ITEMS.search(text, 0, _LARGEST)
    return _COMMENT.sub(b"", text[: first.start() if first else _LARGEST])


def _rhythm(head: bytes) -> PollingHints:
    found = ((name.rpartition(b":")[2].lower(), value) for name, value in _NUMBERS.findall(head))
    said = {name: value.decode("ascii", "replace") for name, value in found}
    ttl = timedelta(minutes=min(number(said.get(b"ttl")), _LONGEST // timedelta(minutes=1)))
    period = _PERIODS.get(said.get(b"updateperiod", "").lower(), timedelta(0))
    period /= max(1, number(said.get(b"updatefrequency", "1")))
    hours, days = set[int](), set[int]()
    for kind, inner in _RESTS.findall(head):
        rests = [each.decode("ascii", "replace").lower() for each in _REST.findall(inner)]
        if kind.lower() == b"skiphours":
            hours.update(number(each) % 24 for each in rests if each.isdigit())
        else:
            days.update(_DAYS.index(each) for each in rests if each in _DAYS)
    return PollingHints(pause=min(max(ttl, period), _LONGEST), hours=frozenset(hours), days=frozenset(days))


def _links(head: bytes, url: str) -> Iterator[Link]:
    for place, found in enumerate(_LINK.finditer(head)):
        if place == _MOST_LINKS:
            return
        pairs = _ATTRIBUTE.findall(found[1].decode("utf-8", "replace"))
        given = {name.lower(): unescape_attribute(double or single) for name, double, single in pairs}
        address = urls.absolute(given.get("href"), url)
        if address:
            for rel in relations(given.get("rel", "alternate"))[:3]:
                yield Link(rel=rel, href=address, type=given.get("type", ""))
