"""What one more story costs a feed of 100, in each format, beside feedgen writing all of it.

The stories are about three places each, have a copy at another outlet and some 2,000 characters in Arabic and English.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from feedgen.feed import FeedGenerator

from syndicator.models import Feed, Outlet, Source, Story, Tag
from syndicator.models.formats import FORMAT_NAMES
from syndicator.publish import RENDERERS, PublicationContext
from syndicator.publish.cache import EntryCache
from tests.conftest import NOW

_STORIES, _ROUNDS = 100, 40
_FEED = Feed(name="f", title="Feed", where="")
_HOME = "https://o.example"
_BODY = "<p>" + "أخبار هدنة word truce " * 90 + "</p>"


def render() -> None:
    """Print the table: medians of CPU milliseconds."""
    print(f"rendering a feed of {_STORIES} stories: CPU ms")
    print(f"  {'':<10} {'all new':>8} {'one story more':>15} {'nothing new':>12} {'feedgen, whole':>15}")
    stories = [_story(number) for number in range(_STORIES)]
    for kind in FORMAT_NAMES:
        context = _context()
        new = _median(lambda kind=kind: RENDERERS[kind](_FEED, stories, _context(), NOW, {}), 5)
        RENDERERS[kind](_FEED, stories, context, NOW, {})
        more = iter([[_story(_STORIES + number), *stories[:-1]] for number in range(_ROUNDS)])
        one = _median(
            lambda kind=kind, more=more, context=context: RENDERERS[kind](_FEED, next(more), context, NOW, {})
        )
        same = _median(lambda kind=kind, context=context: RENDERERS[kind](_FEED, stories, context, NOW, {}))
        whole = _median(lambda kind=kind: _by_feedgen(kind, stories), 5) if kind in ("atom", "rss") else None
        print(f"  {kind:<10} {new:>8.1f} {one:>15.2f} {same:>12.2f} {f'{whole:.1f}' if whole else '':>15}", flush=True)


def _by_feedgen(kind: str, stories: list[Story]) -> bytes:
    """Write a document the obvious way: everything anew, and less in it than in ours."""
    generator = FeedGenerator()
    generator.id("tag:h,2026:f")
    generator.title("Feed")
    generator.link(href=_HOME, rel="alternate")
    generator.description("Feed")
    for story in stories:
        entry = generator.add_entry(order="append")
        entry.guid(story.uid)
        entry.title(story.title)
        entry.link(href=story.link)
        entry.content(story.html, type="html")
        entry.published(story.first_seen)
        entry.updated(story.updated)
        for tag in story.tags:
            entry.category(term=tag.term, label=tag.label)
    write: Callable[..., Any] = generator.atom_str if kind == "atom" else generator.rss_str
    return bytes(write(pretty=True))


def _median(work: Callable[[], object], rounds: int = _ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        times.append((time.process_time() - before) * 1000)
    return statistics.median(times)


def _context() -> PublicationContext:
    source = Source(id="o/f", outlet="o", endpoints=(f"{_HOME}/f",), language="ar")
    outlet = Outlet(id="o", name="Outlet", country="SY", language="ar", home=_HOME, sources=(source,))
    other = replace(outlet, id="p", name="Other", home="https://p.example", sources=())
    return PublicationContext(
        base_url="https://h.example",
        title="T",
        authority="h,2026",
        outlets={"o": outlet, "p": other},
        labels={"SY": "Syria", "TR": "Türkiye"},
        entry_cache=EntryCache(),
    )


def _story(number: int) -> Story:
    seen = NOW - timedelta(minutes=number)
    places = (("SY-ID", "Idlib"), ("SY-HL", "Aleppo"), ("TR-31", "Hatay"))
    tags = tuple(
        Tag(
            scheme="region",
            term=term,
            label=label,
            path=(term[:2], term),
            evidence=(),
            role="about",
            point=(36.0, 37.0),
        )
        for term, label in places
    )
    return Story(
        id=number + 1,
        uid=f"tag:h,2026:o/{number}",
        outlet="o",
        source="o/f",
        source_title="Outlet",
        title=f"هدنة {number}",
        html=_BODY.replace("truce", f"truce {number}", 1),
        link=f"{_HOME}/{number}",
        author="Writer",
        language="ar",
        published=seen,
        first_seen=seen,
        updated=seen,
        point=(35.9, 36.6),
        tags=tags,
        outlets=("o", "p"),
        copies=(f"https://p.example/{number}",),
    )
