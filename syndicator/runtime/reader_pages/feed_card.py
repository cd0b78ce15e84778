"""What pages say of a feed."""

from __future__ import annotations

from syndicator.models import Feed
from syndicator.models.reader_pages import FeedCard
from syndicator.query.tree import feeds_in
from syndicator.runtime.reader_pages.reading import Reading


def card(reading: Reading, feed: Feed) -> FeedCard:
    """Return what pages say of a feed. A filter that uses a private feed is not shown: it names that."""
    where = feed.where.strip()
    is_shown = not _uses_private(reading, feed)
    return FeedCard(
        name=feed.name,
        title=feed.title,
        description=feed.description if is_shown or where not in feed.description else "",
        where=where if is_shown else "",
        language=feed.language,
        formats=feed.formats,
    )


def _uses_private(reading: Reading, feed: Feed) -> bool:
    where = reading.rules.filters.get(feed.name)
    return where is not None and any(name not in reading.feeds for name in feeds_in(where))
