"""The front page, and the pages of feeds."""

from __future__ import annotations

from syndicator.models import Feed
from syndicator.models.reader_pages import FeedCard, FrontPage, FrontWanted, Shelf
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows

SHELVES = 20
_LATEST = 5


def front_page(reading: Reading, wanted: FrontWanted) -> FrontPage | None:
    """Return a page of the public feeds, by title; None for a page after the last."""
    feeds = sorted(reading.feeds.values(), key=lambda each: (each.title.casefold(), each.name))
    pages = max(1, -(-len(feeds) // SHELVES))
    if wanted.number > pages:
        return None
    shown = feeds[(wanted.number - 1) * SHELVES : wanted.number * SHELVES]
    outlets = reading.rules.outlets.values()
    return FrontPage(
        number=wanted.number,
        pages=pages,
        count=len(feeds),
        outlets=len(outlets),
        languages=len({each.language for each in outlets}),
        shelves=tuple(_shelf(reading, each) for each in shown),
    )


def _shelf(reading: Reading, feed: Feed) -> Shelf:
    latest = reading.stories(reading.tx.feeds.members(feed.name, _LATEST))
    return Shelf(feed=card(feed), stories=tuple(rows(reading, latest)))


def card(feed: Feed) -> FeedCard:
    """Return what pages say of a feed."""
    return FeedCard(
        name=feed.name,
        title=feed.title,
        description=feed.description,
        where=feed.where.strip(),
        language=feed.language,
        formats=feed.formats,
    )
