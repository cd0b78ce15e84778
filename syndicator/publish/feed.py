"""Atom 1.0 and RSS 2.0 through feedgen. The same stories give the same bytes: no clock, no chance.

An entry is made once and kept: a feed is written again whenever a story joins it, and the others in it are the same.

Every entry has our own ``tag:`` URI (RFC 4151) for ever; where it came from travels in ``atom:source``, ``rel=via``
and RSS ``<source>``, its regions and concepts as categories.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from syndicator import __version__, urls
from syndicator.markup import clean, safe_html
from syndicator.models import Feed, Outlet, Story

# The same in each format.
_body = lru_cache(maxsize=64)(safe_html)
_MOST_KEPT = 2000
_MARKUP = re.compile(r"<[A-Za-z!/?]")
_GEORSS = "http://www.georss.org/georss"
_SURE = 0.9
_BY_THE_WAY = frozenset(("mention", "dateline"))
_POINT = f"{{{_GEORSS}}}point"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationContext:
    """What feeds say of where they stand: addresses come from ``base_url`` and never from a request.

    ``kept`` are the entries made so far, by format and uid, each with what it was made of.
    """

    base_url: str
    title: str
    authority: str
    outlets: Mapping[str, Outlet]
    labels: Mapping[str, str]
    ttl_minutes: int = 5
    kept: dict[tuple[str, str], tuple[Story, str, Any]] = field(default_factory=dict, compare=False, repr=False)

    def address(self, feed: Feed, kind: str) -> str:
        """Give a feed's own address."""
        return f"{self.base_url}/feeds/{feed.name}.{kind}"

    def scheme(self, scheme: str) -> str:
        """Name the scheme that a tag's terms belong to."""
        return f"tag:{self.authority}:{scheme}"


def render_atom(
    feed: Feed, stories: Sequence[Story], site: PublicationContext, changed_at: datetime, bases: Mapping[str, str]
) -> bytes:
    """Render Atom (RFC 4287)."""
    generator = _generator(feed, site, "atom", changed_at)
    for story in stories:
        generator.add_entry(_made("atom", _atom_entry, story, site, bases), order="append")
    return bytes(generator.atom_str(pretty=True))


def _atom_entry(story: Story, site: PublicationContext, link: str) -> Any:
    entry = _entry(story, site, link)
    entry.updated(_second(max(story.updated, story.first_seen)))
    for tag_scheme, term, label in _categories(story, site):
        entry.category(term=term, scheme=site.scheme(tag_scheme), label=label)
    for own in story.categories:
        entry.category(term=clean(own))
    entry.register_extension("origin", _OriginExtension, atom=True, rss=False)
    entry.origin.tell(story, _outlet_name(story, site), _via(story, site))
    return _placed(entry.atom_entry(), story)


def render_rss(
    feed: Feed, stories: Sequence[Story], site: PublicationContext, changed_at: datetime, bases: Mapping[str, str]
) -> bytes:
    """Render RSS 2.0."""
    generator = _generator(feed, site, "rss", changed_at)
    generator.load_extension("dc", atom=False, rss=True)
    generator.ttl(site.ttl_minutes)
    generator.lastBuildDate(_second(changed_at))
    for story in stories:
        generator.add_entry(_made("rss", _rss_item, story, site, bases), order="append")
    return bytes(generator.rss_str(pretty=True))


def _rss_item(story: Story, site: PublicationContext, link: str) -> Any:
    entry = _entry(story, site, link)
    if _MARKUP.search(story.title):
        # RSS does not say whether titles are HTML; one that looks like it must not come to life in any reader.
        entry.title(html.escape(clean(story.title), quote=False))
    entry.load_extension("dc", atom=False, rss=True)
    entry.dc.dc_creator(clean(story.author or _outlet_name(story, site)))
    entry.dc.dc_language(story.language)
    entry.source(url=_via(story, site), title=_outlet_name(story, site))
    for tag_scheme, term, _ in _categories(story, site):
        entry.category(term=term, scheme=site.scheme(tag_scheme))
    for own in story.categories:
        entry.category(term=clean(own))
    if story.enclosure is not None:
        entry.enclosure(story.enclosure.url, str(story.enclosure.length), clean(story.enclosure.type))
    return _placed(entry.rss_entry(), story)


def _placed(element: Any, story: Story) -> Any:
    """Say where a story is, if its outlet does (GeoRSS Simple): latitude, then longitude."""
    point = story.point or _sure_point(story)
    if point is not None:
        place = " ".join(f"{each:.6g}" for each in point)
        etree.SubElement(element, _POINT, nsmap={"georss": _GEORSS}).text = place
    return element


RENDERERS: Mapping[str, Callable[..., bytes]] = {
    "atom": render_atom,
    "rss": render_rss,
}


def _generator(feed: Feed, site: PublicationContext, kind: str, changed_at: datetime) -> Any:
    generator = FeedGenerator()
    generator.id(f"tag:{site.authority}:feed/{feed.name}")
    generator.title(clean(feed.title))
    # RSS takes the last link that is not "self" for the channel's own.
    generator.link(href=site.address(feed, kind), rel="self", type=f"application/{kind}+xml")
    generator.link(href=f"{site.base_url}/", rel="alternate", type="text/html")
    generator.description(clean(feed.description or feed.title))
    generator.author(name=clean(site.title))
    generator.generator("syndicator", version=__version__)
    generator.updated(_second(changed_at))
    return generator


class _Made(FeedEntry):  # type: ignore[misc]
    """An entry that has been made into an element before. A document takes a copy of it."""

    def __init__(self, element: Any) -> None:
        super().__init__()
        self._element = element

    def atom_entry(self, extensions: bool = True) -> Any:  # noqa: ARG002 - feedgen's own signature
        """Give it."""
        return copy.deepcopy(self._element)

    rss_entry = atom_entry


def _made(
    kind: str,
    make: Callable[[Story, PublicationContext, str], Any],
    story: Story,
    site: PublicationContext,
    bases: Mapping[str, str],
) -> _Made:
    """Give a story's entry as it was made before, unless the story or its link have changed since."""
    link, key = _link(story, site, bases), (kind, story.uid)
    kept = site.kept.get(key)
    if kept is None or kept[:2] != (story, link):
        if len(site.kept) >= _MOST_KEPT:
            site.kept.clear()
        kept = site.kept[key] = story, link, make(story, site, link)
    return _Made(kept[2])


def _entry(story: Story, site: PublicationContext, link: str) -> Any:
    entry = FeedEntry()
    entry.guid(story.uid, permalink=False)
    entry.title(clean(story.title))
    entry.link(href=link, rel="alternate", type="text/html")
    body = _body(story.html, story.link or site.base_url)
    if body:
        entry.content(body, type="html")
    else:
        entry.description(html.escape(clean(story.title)))
    entry.author(name=clean(story.author or _outlet_name(story, site)))
    entry.published(_second(min(story.published or story.first_seen, story.first_seen)))
    return entry


def _link(story: Story, site: PublicationContext, bases: Mapping[str, str]) -> str:
    """Lead to the outlet's home, or to the mirror that works while it is down."""
    outlet = site.outlets.get(story.outlet)
    if story.link is None:
        return bases.get(story.outlet) or (outlet.home if outlet else site.base_url)
    return urls.lead(story.link, bases.get(story.outlet, outlet.home), outlet.bases) if outlet else story.link


def _via(story: Story, site: PublicationContext) -> str:
    """Give the address of the source a story came from, at the outlet's home."""
    outlet = site.outlets.get(story.outlet)
    home = next((source.home for source in outlet.sources if source.id == story.source), None) if outlet else None
    return urls.redact(urls.without_user(home or (outlet.home if outlet else story.link or site.base_url)))


def _outlet_name(story: Story, site: PublicationContext) -> str:
    outlet = site.outlets.get(story.outlet)
    return clean(outlet.name) if outlet else story.outlet


def _categories(story: Story, site: PublicationContext) -> Iterator[tuple[str, str, str]]:
    """Yield (scheme, term, label) for every tag and everything that holds it, each once: SY-ID brings SY.

    Regions that are only mentioned, or where it was written, are left out: nobody subscribes for those.
    """
    seen = set()
    for tag in story.tags:
        if tag.role in _BY_THE_WAY:
            continue
        for term in tag.path:
            if (tag.scheme, term) not in seen:
                seen.add((tag.scheme, term))
                label = tag.label if term == tag.term else site.labels.get(term, term)
                yield tag.scheme, term, clean(label)


def _sure_point(story: Story) -> tuple[float, float] | None:
    """Give the one place that a story is about, if there is no doubt which and no other beside it."""
    about = [tag for tag in story.tags if tag.role == "about" and len(tag.path) > 1]
    holders = {term for tag in about for term in tag.path[:-1]}
    narrowest = [tag for tag in about if tag.term not in holders]
    if len(narrowest) != 1 or narrowest[0].score < _SURE:
        return None
    return narrowest[0].point


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


class _OriginExtension(BaseEntryExtension):  # type: ignore[misc]
    """Writes what feedgen cannot: ``atom:source`` with id and updated, the entry's language, links with their rel.

    feedgen 1.0.0 drops ``rel`` from an entry's links, which would turn each into one more alternate.
    """

    def __init__(self) -> None:
        self._told: tuple[Story, str, str] | None = None

    def tell(self, story: Story, name: str, address: str) -> None:
        """Say where the entry comes from."""
        self._told = (story, name, address)

    def extend_atom(self, entry: Any) -> Any:
        """Add the elements."""
        if self._told is None:
            return entry
        story, name, address = self._told
        entry.attrib[_LANGUAGE] = story.language
        etree.SubElement(entry, "link", href=address, rel="via")
        for link in story.copies:
            etree.SubElement(entry, "link", href=link, rel="related")
        if story.enclosure is not None:
            size, kind = str(story.enclosure.length), clean(story.enclosure.type)
            etree.SubElement(entry, "link", href=story.enclosure.url, rel="enclosure", type=kind, length=size)
        source = etree.SubElement(entry, "source")
        etree.SubElement(source, "id").text = address
        etree.SubElement(source, "title").text = clean(name)
        etree.SubElement(source, "updated").text = _second(story.updated).isoformat()
        etree.SubElement(source, "link", href=address, rel="self")
        return entry
