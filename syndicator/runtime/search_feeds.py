"""What a search finds as a feed: made when it is asked for, of the newest stories that readers may see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlencode

from syndicator.markup import cut
from syndicator.models import Feed, Story
from syndicator.models.reader_pages import SEARCH_FEEDS
from syndicator.publish import RENDERERS, PublicationContext, link_bases, render_feed
from syndicator.publish.cache import EntryCache
from syndicator.rules import Rules
from syndicator.runtime.preview_trial import Budget, work_seconds
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search_found import ALL_TIME, normal_form, results_of
from syndicator.runtime.readers_filter import readers_filter
from syndicator.store import Store

_PATIENCE = 0.3
_STORIES = 50
_LONGEST_TITLE = 100
# Rendered entries that several searches and formats share, in bytes.
_ENTRIES = 4 * 1024 * 1024


class _Found(NamedTuple):
    stories: Sequence[Story]
    bases: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _SearchContext(PublicationContext):
    """What feeds have in common, for one whose address holds its filter."""

    query: str = ""

    def address(self, feed: Feed, format_name: str) -> str:  # noqa: ARG002
        return f"{self.base_url}/{SEARCH_FEEDS[format_name]}?{urlencode({'q': self.query})}"

    def duplicates(self, feed: Feed, format_name: str) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def public_hubs(self, feed: Feed) -> tuple[str, ...]:  # noqa: ARG002
        return ()


class SearchFeeds:
    """Renders searches as feeds. One is to be rendered at a time."""

    def __init__(
        self,
        store: Store,
        *,
        rules: Callable[[], Rules],
        context: Callable[[], PublicationContext],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._rules, self._context, self._clock = store, rules, context, clock
        self._entries: tuple[PublicationContext | None, EntryCache] = (None, EntryCache(_ENTRIES))

    async def normal(self, text: str) -> str:
        """Return a filter as we write it. Raise FilterError for one that readers cannot use."""
        return await asyncio.to_thread(_normal, text, self._rules())

    async def render(self, where: str, format_name: str) -> bytes:
        """Render what a filter finds, which is written as ``normal`` returns it. Raise FilterError or StoreError."""
        rules, context = self._rules(), self._context()
        found = await self._store.read(lambda tx: _found(Reading(tx=tx, rules=rules, now=self._clock()), where))
        return await asyncio.to_thread(self._rendered, where, found, context, format_name)

    def _rendered(self, where: str, found: _Found, context: PublicationContext, format_name: str) -> bytes:
        if self._entries[0] is not context:
            self._entries = context, EntryCache(_ENTRIES)
        values = {each.name: getattr(context, each.name) for each in fields(context)}
        of_search = _SearchContext(**{**values, "entry_cache": self._entries[1]}, query=where)
        changed_at = max((story.updated for story in found.stories), default=datetime.fromtimestamp(0, UTC))
        return render_feed(
            RENDERERS[format_name], _feed(where), found.stories, of_search, changed_at=changed_at, bases=found.bases
        )


def _normal(text: str, rules: Rules) -> str:
    return normal_form(rules, readers_filter(rules, text))


def _feed(where: str) -> Feed:
    """Return the feed of a filter; its name, which its id is made of, is the filter."""
    return Feed(name=f"search/{quote(where, safe='')}", title=cut(where, _LONGEST_TITLE), where=where, limit=_STORIES)


def _found(reading: Reading, where: str) -> _Found:
    budget = Budget(work_seconds(), _PATIENCE)
    parsed = readers_filter(reading.rules, where)
    numbers = results_of(reading, parsed, ALL_TIME, budget, enough=_STORIES).numbers[:_STORIES]
    stories = reading.tx.stories.get(numbers)
    outlets = {id_ for story in stories for id_ in (story.outlet, *story.outlets)}
    return _Found(stories, link_bases(reading.tx, outlets, reading.rules.outlets))
