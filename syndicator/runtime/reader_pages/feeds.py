"""The front page, and the list of all feeds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from syndicator.models import Feed, Story
from syndicator.models.reader_pages import (
    FeedLine,
    FeedsPage,
    FeedsWanted,
    FrontPage,
    FrontWanted,
    Moved,
    Shelf,
    StoryRow,
)
from syndicator.runtime.reader_pages.feed_card import card
from syndicator.runtime.reader_pages.feed_days import DayCounts, day_counts, languages_of
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows

SHELVES = 10
LINES = 100
# Stories on a shelf; where there are many shelves, the page would be too long.
_LATEST, _LATEST_OF_MANY, _FEW_SHELVES = 5, 3, 8
_PLAIN_TERM = re.compile(r"[A-Za-z0-9_/-]+")


def front_page(reading: Reading, wanted: FrontWanted) -> FrontPage | None:
    """Return a page of the public feeds, by title; None for a page after the last."""
    feeds = by_title(reading)
    pages = max(1, -(-len(feeds) // SHELVES))
    if wanted.number > pages:
        return None
    shown = feeds[(wanted.number - 1) * SHELVES : wanted.number * SHELVES]
    names = [each.name for each in shown]
    counts = day_counts(reading.tx, names, reading.now)
    latest = _LATEST if len(shown) <= _FEW_SHELVES else _LATEST_OF_MANY
    numbers = reading.tx.feed_days.heads(names, latest)
    stories = reading.stories(list(dict.fromkeys(number for some in numbers.values() for number in some)))
    lines = {row.id: row for row in rows(reading, stories)}
    outlets = reading.rules.outlets.values()
    return FrontPage(
        number=wanted.number,
        pages=pages,
        count=len(feeds),
        outlets=len(outlets),
        languages=len({each.language for each in outlets}),
        shelves=tuple(_shelf(reading, each, numbers.get(each.name, ()), lines, counts) for each in shown),
        since=counts.since,
        examples=tuple(_examples(stories)),
    )


def by_title(reading: Reading) -> list[Feed]:
    """Return the public feeds in the order of their titles."""
    return sorted(reading.feeds.values(), key=lambda each: (each.title.casefold(), each.name))


def _shelf(
    reading: Reading, feed: Feed, numbers: Sequence[int], lines: dict[int, StoryRow], counts: DayCounts
) -> Shelf:
    days = counts.of(feed.name)
    told = reading.tallies.told(reading.tx, feed.name, days)
    return Shelf(
        feed=card(reading, feed),
        stories=tuple(lines[number] for number in numbers if number in lines),
        days=days,
        usual=counts.usual(feed.name),
        outlets=len({outlet for outlet, _ in told}),
        languages=tuple(languages_of(told)),
    )


def _examples(stories: Sequence[Story]) -> Iterator[str]:
    """Yield filters that find some of these stories: by a place, and by a topic in the languages it is told in."""
    places: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    for story in stories:
        places.update({tag.term for tag in story.tags if tag.scheme == "region" and tag.role == "about"})
        topics.update({tag.term for tag in story.tags if tag.scheme == "concept"})
    if place := _most_frequent(places):
        yield f"region:{_written(place)}"
    if topic := _most_frequent(topics):
        spoken = Counter(story.language for story in stories if any(tag.term == topic for tag in story.tags))
        languages = sorted((each for each in spoken if each), key=lambda each: (-spoken[each], each))[:2]
        yield f"concept:{_written(topic)}" + _in_languages(languages)


def _most_frequent(counts: Counter[str]) -> str | None:
    return min(counts, key=lambda each: (-counts[each], each), default=None)


def _in_languages(languages: Sequence[str]) -> str:
    if not languages:
        return ""
    return f" lang:{languages[0]}" if len(languages) == 1 else f" lang:({' or '.join(languages)})"


def _written(term: str) -> str:
    return term if _PLAIN_TERM.fullmatch(term) else f'"{term}"'


def feeds_page(reading: Reading, wanted: FeedsWanted) -> FeedsPage | Moved:
    """Return a part of the list of all public feeds, by title."""
    feeds = by_title(reading)
    names = [each.name for each in feeds]
    if wanted.after and wanted.after not in names:
        return Moved(path="feeds/")
    start = names.index(wanted.after) + 1 if wanted.after else 0
    shown = feeds[start : start + LINES]
    counts = day_counts(reading.tx, [each.name for each in shown], reading.now)
    return FeedsPage(
        count=len(feeds),
        feeds=tuple(_line(reading, each, counts) for each in shown),
        after=shown[-1].name if shown and start + LINES < len(feeds) else "",
    )


def _line(reading: Reading, feed: Feed, counts: DayCounts) -> FeedLine:
    days = counts.of(feed.name)
    return FeedLine(feed=card(reading, feed), today=days[-1].stories, month=sum(each.stories for each in days))
