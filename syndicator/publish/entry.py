"""What an entry says in any format: its link, its source, categories, point and dates. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from syndicator import urls
from syndicator.markup import clean, safe_html
from syndicator.models import Story
from syndicator.publish.cache import BoundedCache
from syndicator.publish.context import PublicationContext

_CERTAIN = 0.9
_INCIDENTAL_ROLES = frozenset(("mention", "dateline"))
# Each format of a feed shows the same bodies, and the first has sanitized them all before the second begins.
_BODIES: BoundedCache[tuple[str, str], str] = BoundedCache(8 * 1024 * 1024)


def body_of(story: Story, context: PublicationContext) -> str:
    """Return a story's HTML, sanitized again: what is in the store may be older than today's sanitizer."""
    key = story.html, story.link or context.base_url
    body = _BODIES.get(key)
    if body is None:
        body = safe_html(*key)
        _BODIES.put(key, body, sys.getsizeof(story.html) + sys.getsizeof(body))
    return body


def link_of(story: Story, context: PublicationContext, bases: Mapping[str, str]) -> str:
    """Return a story's address at its outlet's home, or at the mirror that ``bases`` names while the home is down."""
    outlet = context.outlets.get(story.outlet)
    if story.link is None:
        past = context.past.get(story.source)
        return bases.get(story.outlet) or (outlet.home if outlet else past.home if past else context.base_url)
    return urls.lead(story.link, bases.get(story.outlet, outlet.home), outlet.bases) if outlet else story.link


def related_of(story: Story, context: PublicationContext, bases: Mapping[str, str], link: str) -> tuple[str, ...]:
    """Return where a story's copies at other outlets can be read now: each page once, never the entry's own ``link``.

    A copy's address may be below any outlet that has the story: a paper may link to the agency's page.
    """
    outlets = [context.outlets[id_] for id_ in (story.outlet, *story.outlets) if id_ in context.outlets]
    found = {urls.link_key(link) or link: link}
    for copy in story.copies:
        owner = next((outlet for outlet in outlets if urls.is_below(copy, outlet.bases)), None)
        led = urls.lead(copy, bases.get(owner.id, owner.home), owner.bases) if owner else copy
        found.setdefault(urls.link_key(led) or led, led)
    return tuple(found.values())[1:]


def via_of(story: Story, context: PublicationContext) -> str:
    """Return the address of the source that a story came from, at the outlet's home."""
    outlet = context.outlets.get(story.outlet)
    home = next((source.home for source in outlet.sources if source.id == story.source), None) if outlet else None
    if home is None and (past := context.past.get(story.source)):
        return past.address
    return urls.redact(urls.without_user(home or (outlet.home if outlet else story.link or context.base_url)))


def outlet_name(story: Story, context: PublicationContext) -> str:
    """Return the name of a story's outlet: as it was last, if it has left the configuration."""
    outlet = context.outlets.get(story.outlet) or context.past.get(story.source)
    return clean(outlet.name) if outlet else story.outlet


def author_of(story: Story, context: PublicationContext) -> str:
    """Return a story's author, or its outlet."""
    return clean(story.author or outlet_name(story, context))


def categories_of(story: Story, context: PublicationContext) -> Iterator[tuple[str, str, str]]:
    """Yield (scheme, term, label) for every tag and each of its holders, once: SY-ID brings SY.

    Regions that are only mentioned, or where the story was written, are left out: nobody subscribes for those.
    """
    seen = set()
    for tag in story.tags:
        if tag.role in _INCIDENTAL_ROLES:
            continue
        for term in tag.path:
            if (tag.scheme, term) not in seen:
                seen.add((tag.scheme, term))
                label = tag.label if term == tag.term else context.labels.get(term, term)
                yield tag.scheme, term, clean(context.label(tag.scheme, term, label))


def point_of(story: Story) -> tuple[float, float] | None:
    """Return latitude and longitude of a story: as its outlet says, or of the one place that it is surely about."""
    return story.point or _certain_point(story)


def _certain_point(story: Story) -> tuple[float, float] | None:
    about = [tag for tag in story.tags if tag.role == "about" and len(tag.path) > 1]
    holders = {term for tag in about for term in tag.path[:-1]}
    narrowest = [tag for tag in about if tag.term not in holders]
    if len(narrowest) != 1 or narrowest[0].score < _CERTAIN:
        return None
    return narrowest[0].point


def published_of(story: Story) -> datetime:
    """Return when a story was published: never later than it was first seen."""
    return whole_second(min(story.published or story.first_seen, story.first_seen))


def whole_second(moment: datetime) -> datetime:
    """Return a moment in UTC without its fraction of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)
