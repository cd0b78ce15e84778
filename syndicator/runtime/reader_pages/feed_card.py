"""What pages say of a feed."""

from __future__ import annotations

from syndicator.models import Feed
from syndicator.models.reader_pages import FeedCard
from syndicator.runtime.reader_pages.reading import Reading


def card(reading: Reading, feed: Feed) -> FeedCard:
    """Return what pages say of a feed. A filter that uses a private feed is not shown: it names that."""
    where = feed.where.strip()
    is_shown = not reading.rules.uses_private(feed.name)
    return FeedCard(
        name=feed.name,
        title=feed.title,
        description=feed.description if is_shown or where not in feed.description else "",
        where=where if is_shown else "",
        language=feed.language,
        formats=feed.formats,
    )
