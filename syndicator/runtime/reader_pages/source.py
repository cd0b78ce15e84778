"""Answers what readers' pages ask: which module makes which page is one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from syndicator.models.reader_pages import (
    FrontWanted,
    OutletsWanted,
    OutletWanted,
    StoryWanted,
    TopicsWanted,
    TopicWanted,
)
from syndicator.rules import Rules
from syndicator.runtime.reader_pages.feeds import front_page
from syndicator.runtime.reader_pages.outlet import outlet_page
from syndicator.runtime.reader_pages.outlets import outlets_page
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.stories import story_page
from syndicator.runtime.reader_pages.topic import topic_page
from syndicator.runtime.reader_pages.topics import topics_page
from syndicator.store import Store

# By what is wanted, what returns the page; None where there is none.
_READERS: Mapping[type, Callable[[Reading, Any], object | None]] = {
    FrontWanted: front_page,
    StoryWanted: story_page,
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

    async def __call__(self, wanted: object) -> object | None:
        """Return the page that is wanted, or None if there is none. Raise StoreError."""
        rules, read, now = self._rules(), _READERS[type(wanted)], self._clock()
        return await self._store.read(lambda tx: read(Reading(tx=tx, rules=rules, now=now), wanted))
