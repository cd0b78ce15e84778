"""What an entry says in any format: its link, its source, categories, point and dates. Pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from syndicator import urls
from syndicator.markup import clean, safe_html
from syndicator.models import Enclosure, Origin, Outlet, Picture, Republish, Story
from syndicator.publish.cache import BoundedCache
from syndicator.publish.context import PublicationContext
from syndicator.publish.excerpt import excerpt
from syndicator.text import direction
from syndicator.titles import fill_in

_CERTAIN = 0.9
_OLDEST_YEAR = 1990
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,50}/[\w.+-]{1,50}", re.ASCII)
_UNKNOWN_TYPE = "application/octet-stream"
_INCIDENTAL_ROLES = frozenset(("mention", "dateline"))
# Each format of a feed shows the same bodies, and the first has sanitized them all before the second begins.
_BODIES: BoundedCache[tuple[str, str], str] = BoundedCache(8 * 1024 * 1024)
_as_uri = lru_cache(maxsize=4096)(urls.as_uri)


@dataclass(frozen=True, slots=True)
class RelatedPage:
    """Where a copy of a story can be read: its address, and the name of the outlet it is below, if that is known."""

    link: str
    outlet: str


@dataclass(frozen=True, slots=True)
class Item:
    """A story as a feed shows it: its own page, and the pages of its copies, where they answer now."""

    story: Story
    link: str
    related: tuple[RelatedPage, ...] = ()


def item_of(story: Story, context: PublicationContext, bases: Mapping[str, str]) -> Item:
    """Return a story with the addresses that its entry leads to."""
    link = link_of(story, context, bases)
    return Item(story, link, related_of(story, context, bases, link) if story.copies else ())


def title_of(story: Story, context: PublicationContext) -> str:
    """Return the title of a story's entry, by the feed's template if it has one."""
    if not context.entry_title:
        return clean(story.title).strip() or outlet_name(story, context)
    outlet = context.outlets.get(story.outlet)
    values = {
        "title": story.title,
        "outlet": outlet_name(story, context),
        "author": author_of(story, context),
        "language": story.language,
        "country": outlet.country if outlet else "",
    }
    return " ".join(clean(fill_in(context.entry_title, values)).split())


def policy_of(story: Story, context: PublicationContext) -> Republish:
    """Return how much of a story feeds show: as its outlet says, also when it has left the configuration."""
    found = context.outlets.get(story.outlet) or context.past.get(story.source)
    return found.republish if found else Republish.FULL


def republished(html: str, policy: Republish) -> str:
    """Return as much of a sanitized text as a policy lets readers have."""
    match policy:
        case Republish.LINK:
            return ""
        case Republish.EXCERPT:
            return excerpt(html)
        case Republish.FULL:
            return html


def body_of(story: Story, context: PublicationContext) -> str:
    """Return what readers see of a story's HTML, below the notes on it.

    It is sanitized again: what is in the store may be older than today's sanitizer. Where the text runs from right to
    left, it is in an element that says so.
    """
    text = republished(_sanitized(story.html, story, context), policy_of(story, context))
    if text and direction(story.language) == "rtl":
        text = f'<div dir="rtl">{text}</div>'
    notes = _sanitized(story.notes, story, context) if story.notes else ""
    return notes + ("<hr>" if notes and text else "") + text


def _sanitized(html: str, story: Story, context: PublicationContext) -> str:
    key = html, story.link or context.base_url
    body = _BODIES.get(key)
    if body is None:
        # U+0085 is a line's end in XML, and a control that HTML does not know.
        body = safe_html(*key).replace("\x85", " ")
        _BODIES.put(key, body, sys.getsizeof(html) + sys.getsizeof(body))
    return body


def link_of(story: Story, context: PublicationContext, bases: Mapping[str, str]) -> str:
    """Return a story's address at its outlet's home, or at the mirror that ``bases`` names while the home is down."""
    outlet = context.outlets.get(story.outlet)
    link = _as_uri(story.link) if story.link else None
    if link is None:
        past = context.past.get(story.source)
        return bases.get(story.outlet) or (outlet.home if outlet else past.home if past else context.base_url)
    return urls.lead(link, bases.get(story.outlet, outlet.home), outlet.bases) if outlet else link


def related_of(
    story: Story, context: PublicationContext, bases: Mapping[str, str], link: str
) -> tuple[RelatedPage, ...]:
    """Return where a story's copies at other outlets can be read now: each page once, never the entry's own ``link``.

    A copy's address may be below any outlet that has the story: a paper may link to the agency's page.
    """
    outlets = [context.outlets[id_] for id_ in (story.outlet, *story.outlets) if id_ in context.outlets]
    owners = tuple((each.name, bases.get(each.id, each.home), each.bases) for each in outlets)
    return _related(link, story.copies, owners)


# The same for each format of each feed that shows the story, and again whenever one of them is rendered.
@lru_cache(maxsize=2048)
def _related(
    link: str, copies: tuple[str, ...], owners: tuple[tuple[str, str, tuple[str, ...]], ...]
) -> tuple[RelatedPage, ...]:
    found = {urls.link_key(link) or link: RelatedPage(link, "")}
    for copy in filter(None, map(_as_uri, copies)):
        name, base, below = next((each for each in owners if urls.is_below(copy, each[2])), ("", "", ()))
        led = urls.lead(copy, base, below) if base else copy
        found.setdefault(urls.link_key(led) or led, RelatedPage(led, clean(name)))
    return tuple(found.values())[1:]


def enclosure_of(story: Story) -> Enclosure | None:
    """Return a story's enclosure, if its address is one."""
    if story.enclosure is None or (url := _as_uri(story.enclosure.url)) is None:
        return None
    kind = story.enclosure.type
    return replace(story.enclosure, url=url, type=kind if _MEDIA_TYPE.fullmatch(kind) else _UNKNOWN_TYPE)


def pictures_of(story: Story) -> tuple[Picture, ...]:
    """Return a story's pictures whose addresses are such."""
    return tuple(replace(each, url=url) for each in story.pictures if (url := _as_uri(each.url)))


def own_categories(story: Story) -> list[str]:
    """Return what the outlet itself files a story under."""
    return [each for each in dict.fromkeys(clean(own).strip() for own in story.categories) if each]


def via_of(story: Story, context: PublicationContext) -> str:
    """Return the address of the source that a story came from, at the outlet's home."""
    outlet = context.outlets.get(story.outlet)
    home = next((source.home for source in outlet.sources if source.id == story.source), None) if outlet else None
    if home is None and (past := context.past.get(story.source)):
        return _as_uri(past.address) or past.address
    address = urls.redact(urls.without_user(home or (outlet.home if outlet else story.link or "")))
    return _as_uri(address) or f"{context.base_url}/"


def home_of(story: Story, context: PublicationContext) -> str:
    """Return the home of a story's outlet, empty if that is not known any more."""
    found: Outlet | Origin | None = context.outlets.get(story.outlet) or context.past.get(story.source)
    return _as_uri(found.home) or "" if found else ""


def outlet_name(story: Story, context: PublicationContext) -> str:
    """Return the name of a story's outlet: as it was last, if it has left the configuration."""
    outlet = context.outlets.get(story.outlet) or context.past.get(story.source)
    return clean(outlet.name) if outlet else clean(story.outlet)


def author_of(story: Story, context: PublicationContext) -> str:
    """Return a story's author, or its outlet. No format says whether a name is HTML: angle brackets are none of it."""
    author = clean(story.author or "").replace("<", "").replace(">", "").strip()
    return author or outlet_name(story, context)


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


def place_of(story: Story) -> tuple[str, str] | None:
    """Return latitude and longitude of a story in decimal notation, some ten metres exact."""
    point = point_of(story)
    return (_decimal(point[0]), _decimal(point[1])) if point else None


def _decimal(degrees: float) -> str:
    written = f"{degrees:.4f}".rstrip("0").removesuffix(".")
    return "0" if written == "-0" else written


def published_of(story: Story) -> datetime:
    """Return when a story was published: never later than it was first seen, and not before there were feeds."""
    published = story.published
    if published is None or published.year < _OLDEST_YEAR:
        return whole_second(story.first_seen)
    return whole_second(min(published, story.first_seen))


def whole_second(moment: datetime) -> datetime:
    """Return a moment in UTC without its fraction of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)
