"""Answers what readers' pages ask: which module makes which page is one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from syndicator.models.reader_pages import (
    AboutWanted,
    EventFeedWanted,
    EventsWanted,
    EventTableWanted,
    EventWanted,
    FeedOutletsWanted,
    FeedsWanted,
    FeedWanted,
    FrontWanted,
    OutletsWanted,
    OutletWanted,
    PlaceIndexWanted,
    PlacesWanted,
    PlaceWanted,
    SearchWanted,
    StoryWanted,
    TopicsWanted,
    TopicWanted,
)
from syndicator.rules import Rules
from syndicator.runtime.reader_pages.about import about_page
from syndicator.runtime.reader_pages.events import event_feed, event_page, event_table, events_page
from syndicator.runtime.reader_pages.feed import feed_outlets, feed_page
from syndicator.runtime.reader_pages.feed_days import Tallies
from syndicator.runtime.reader_pages.feeds import feeds_page, front_page
from syndicator.runtime.reader_pages.outlet import outlet_page
from syndicator.runtime.reader_pages.outlets import outlets_page
from syndicator.runtime.reader_pages.places import place_index, place_page, places_page
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search import search_page
from syndicator.runtime.reader_pages.stories import story_page
from syndicator.runtime.reader_pages.topic import topic_page
from syndicator.runtime.reader_pages.topics import topics_page
from syndicator.store import Store

# By what is wanted, what returns the page; None where there is none.
_READERS: Mapping[type, Callable[[Reading, Any], object | None]] = {
    FeedOutletsWanted: feed_outlets,
    FeedsWanted: feeds_page,
    FeedWanted: feed_page,
    AboutWanted: about_page,
    FrontWanted: front_page,
    SearchWanted: search_page,
    PlacesWanted: places_page,
    PlaceIndexWanted: place_index,
    PlaceWanted: place_page,
    StoryWanted: story_page,
    EventsWanted: events_page,
    EventWanted: event_page,
    EventTableWanted: event_table,
    EventFeedWanted: event_feed,
    OutletsWanted: outlets_page,
    OutletWanted: outlet_page,
    TopicsWanted: topics_page,
    TopicWanted: topic_page,
}


class PageSource:
    """Makes readers' pages from a store, each in one transaction."""

    def __init__(self, store: Store, rules: Callable[[], Rules], clock: Callable[[], datetime]) -> None:
        """Read nothing yet."""
        self._store, self._rules, self._clock = store, rules, clock
        self._counted: tuple[Rules, Tallies] | None = None

    async def __call__(self, wanted: object) -> object | None:
        """Return the page that is wanted, or None if there is none. Raise StoreError."""
        rules, read, now = self._rules(), _READERS[type(wanted)], self._clock()
        tallies = self._tallies(rules)
        return await self._store.read(lambda tx: read(Reading(tx=tx, rules=rules, now=now, tallies=tallies), wanted))

    def _tallies(self, rules: Rules) -> Tallies:
        """Return what was counted under these rules: a reload may give a feed another filter, or another its name."""
        if self._counted is None or self._counted[0] is not rules:
            self._counted = rules, Tallies()
        return self._counted[1]
