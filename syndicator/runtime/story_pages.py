"""Which stories copies of the readers' face have pages of: those that public feeds show just now."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import msgspec

from syndicator.models import Feed, Story
from syndicator.store import Store, Transaction

_FEEDS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStory:
    """A story that public feeds show. ``digest`` changes when anything does that is told of it.

    ``outlets`` have it, ``day`` is that of its place in feeds, and it is on ``event``.
    """

    digest: str
    outlets: tuple[str, ...]
    day: date
    event: int | None


class ShownStories:
    """The stories that public feeds show, by number; ``by_feed`` has their numbers by feed."""

    def __init__(self, store: Store) -> None:
        """Look at no feed yet."""
        self._store = store
        self._counts: Counter[int] = Counter()
        self._stories: dict[int, ShownStory] = {}
        self.by_feed: dict[str, frozenset[int]] = {}

    @property
    def stories(self) -> Mapping[int, ShownStory]:
        """The stories by number."""
        return self._stories

    def by_outlet(self) -> Mapping[str, list[int]]:
        """Return the numbers of stories by outlet that has them."""
        found = defaultdict[str, list[int]](list)
        for number, story in self._stories.items():
            for outlet in story.outlets:
                found[outlet].append(number)
        return found

    def by_event(self) -> Mapping[int, list[int]]:
        """Return the numbers of stories by event that they are on."""
        found = defaultdict[int, list[int]](list)
        for number, story in self._stories.items():
            if story.event is not None:
                found[story.event].append(number)
        return found

    async def look_at(self, feeds: Iterable[Feed]) -> None:
        """Find out which stories these feeds show."""
        wanted = sorted(feeds, key=lambda feed: feed.name)
        for start in range(0, len(wanted), _FEEDS_AT_ONCE):
            some = wanted[start : start + _FEEDS_AT_ONCE]
            for name, stories in (await self._store.read(partial(_stories_of, feeds=some))).items():
                self._put(name, stories)

    def forget(self, names: Iterable[str]) -> None:
        """Forget what these feeds show: they are gone, or not for everybody."""
        for name in names:
            self._put(name, {})

    def _put(self, feed: str, stories: Mapping[int, ShownStory]) -> None:
        before = self.by_feed.pop(feed, frozenset())
        if stories:
            self.by_feed[feed] = frozenset(stories)
        self._counts.update(stories.keys())
        self._stories.update(stories)
        self._counts.subtract(before)
        for number in before:
            if not self._counts[number]:
                del self._counts[number], self._stories[number]


def _stories_of(tx: Transaction, *, feeds: Iterable[Feed]) -> dict[str, dict[int, ShownStory]]:
    numbers = {feed.name: tx.feeds.members(feed.name, feed.limit) for feed in feeds}
    wanted = sorted({each for some in numbers.values() for each in some})
    events = tx.events.events_of(wanted)
    stories = {story.id: _shown(story, events.get(story.id)) for story in tx.stories.get(wanted)}
    return {name: {each: stories[each] for each in some if each in stories} for name, some in numbers.items()}


def _shown(story: Story, event: int | None) -> ShownStory:
    digest = hashlib.blake2b(msgspec.msgpack.encode(story), digest_size=16).hexdigest()
    return ShownStory(digest=digest, outlets=story.outlets, day=story.placed_at.date(), event=event)
