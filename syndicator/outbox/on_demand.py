"""What feeds on demand hold: the stories of an outlet, a region, a concept or an event.

Membership follows from what is stored with a story, so that a new feed changes nothing for those who classify: a
consumer of changes adds stories to the feeds whose keys they have, and another one fills new feeds from the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from syndicator.models import Change, ChangeKind, Story
from syndicator.models.on_demand import OnDemandFeed
from syndicator.outbox.backfill import RETAG_BELOW
from syndicator.outbox.consumer import ChangeConsumer
from syndicator.query.subject import fields_of
from syndicator.store import Store, Transaction

_PER_READ = 200
_SCANNED_PER_STEP = 600
# How far back a feed is filled: looking at so many stories takes three seconds, whoever asks for what there is not.
_DEEPEST = 50_000
Feeds = Callable[[], Mapping[str, OnDemandFeed]]
Matching = dict[int, datetime]
Held = Mapping[int, Collection[str]]


def keys_of(story: Story) -> Iterator[str]:
    """Yield the keys by which feeds on demand have a story; regions as ``region:`` finds them."""
    for outlet in story.outlets:
        yield f"outlet/{outlet}"
    for tag in story.tags:
        if tag.scheme == "concept":
            yield f"concept/{tag.term}"
        elif "region" in fields_of(tag):
            yield from (region_key(term) for term in (*tag.path, *tag.namesakes))


def region_key(term: str) -> str:
    """Return the key of a region."""
    return f"region/{term.casefold()}"


def first_members(tx: Transaction, wanted: OnDemandFeed, *, scanned: int) -> tuple[Matching, int]:
    """Return the newest stories of a new feed among so many, each with its place; and below which to go on, or 0."""
    if wanted.event is not None:
        return members_of_event(tx, wanted), 0
    return members_below(tx, wanted, tx.stories.last_number() + 1, scanned=scanned)


def members_below(tx: Transaction, wanted: OnDemandFeed, below: int, *, scanned: int) -> tuple[Matching, int]:
    """Return a feed's stories with lower numbers, among so many, up to its limit; and below which to go on, or 0."""
    matching: Matching = {}
    deepest = tx.stories.last_number() - _DEEPEST
    for _ in range(0, scanned, _PER_READ):
        stories = tx.stories.below(below, _PER_READ)
        matching |= {each.id: each.placed_at for each in stories if not wanted.keys.isdisjoint(keys_of(each))}
        if len(stories) < _PER_READ or len(matching) >= wanted.feed.limit or stories[-1].id <= deepest:
            return matching, 0
        below = stories[-1].id
    return matching, below


def members_of_event(tx: Transaction, wanted: OnDemandFeed) -> Matching:
    """Return the latest stories of an event, or of the one that it was merged into, each with its place."""
    event = tx.events.get(wanted.event or 0)
    numbers = [number for number, _ in tx.events.members(event.id)] if event is not None else []
    return {each.id: each.placed_at for each in tx.stories.get(numbers[-wanted.feed.limit :])}


class OnDemandJoiner:
    """Adds changed stories to the feeds on demand that have their keys; ``changed`` is called when some have joined."""

    def __init__(
        self, store: Store, feeds: Feeds, *, clock: Callable[[], datetime], changed: Callable[[], None]
    ) -> None:
        """Ask ``feeds`` for those that there are."""
        self._store, self._feeds, self._clock, self._changed = store, feeds, clock, changed

    def consumer(self) -> ChangeConsumer:
        """Return the consumer of changes."""
        return ChangeConsumer("on demand", self._store, self)

    async def __call__(self, changes: Sequence[Change]) -> None:
        """Add what the changes are about."""
        by_key = _by_key(self._feeds())
        if not by_key:
            return
        numbers = list(dict.fromkeys(each.story for each in changes if each.kind is not ChangeKind.RETRACTED))
        held, placed = await self._store.read(partial(_held, numbers=numbers, by_key=by_key))
        if held:
            await self._join(held, placed)

    async def _join(self, held: Held, placed: Matching) -> None:
        now = self._clock()
        if await self._store.write(lambda tx: tx.on_demand.join(held, placed, now), may_wait=True):
            self._changed()


class OnDemandFiller:
    """Fills new feeds on demand from the store, and those of events with what was assigned to them."""

    name = "on demand: filling"

    def __init__(
        self, store: Store, feeds: Feeds, *, clock: Callable[[], datetime], changed: Callable[[], None]
    ) -> None:
        """Ask ``feeds`` for those that there are."""
        self._store, self._feeds, self._clock, self._changed = store, feeds, clock, changed
        self._events: dict[str, tuple[int, int]] = {}

    async def step(self) -> bool:
        """Do a small piece of work. Return whether there is more to do at once."""
        feeds = self._feeds()
        if not feeds:
            return False
        await self._follow_events([each for each in feeds.values() if each.event is not None])
        below, name = await self._store.read(partial(_next_fill, feeds=feeds))
        if not name:
            return False
        look = partial(members_below, wanted=feeds[name], below=below, scanned=_SCANNED_PER_STEP)
        found, next_below = await self._store.read(look) if feeds[name].event is None else ({}, 0)
        write = partial(_fill, name=name, below=below, found=found, next_below=next_below, now=self._clock())
        if await self._store.write(write):
            self._changed()
        return True

    async def _follow_events(self, feeds: Sequence[OnDemandFeed]) -> None:
        """Add what was assigned to events since the last time."""
        if not feeds:
            return
        found = await self._store.read(partial(_counts_of_events, feeds=feeds))
        grown = [each for each in feeds if found.get(each.feed.name) != self._events.get(each.feed.name)]
        if grown:
            held, placed = await self._store.read(partial(_of_events, feeds=grown))
            now = self._clock()
            if await self._store.write(lambda tx: tx.on_demand.join(held, placed, now)):
                self._changed()
        self._events = found


def _by_key(feeds: Mapping[str, OnDemandFeed]) -> Mapping[str, Collection[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, each in feeds.items():
        for key in each.keys:
            found[key].append(name)
    return found


def _held(
    tx: Transaction, *, numbers: Sequence[int], by_key: Mapping[str, Collection[str]]
) -> tuple[dict[int, set[str]], Matching]:
    """Return which feeds have which stories, and the stories' places."""
    stories = tx.stories.get(numbers)
    held = {each.id: {name for key in keys_of(each) for name in by_key.get(key, ())} for each in stories}
    return {number: names for number, names in held.items() if names}, {each.id: each.placed_at for each in stories}


def _next_fill(tx: Transaction, *, feeds: Collection[str]) -> tuple[int, str]:
    """Return the next feed with stories to be tried, and below which number; an empty name if there is none.

    While stories are tagged anew it is too early.
    """
    pending = tx.feeds.backfills()
    if int(tx.get_meta(RETAG_BELOW) or 0) and pending.keys() - feeds:
        return 0, ""
    name = next((each for each in sorted(pending) if each in feeds), "")
    return pending[name][0] if name else 0, name


def _counts_of_events(tx: Transaction, *, feeds: Sequence[OnDemandFeed]) -> dict[str, tuple[int, int]]:
    """Return by feed the number of the event that it is of by now, and of that one's stories."""
    found = {each.feed.name: tx.events.get(each.event or 0) for each in feeds}
    return {name: (event.id, event.stories) for name, event in found.items() if event is not None}


def _of_events(tx: Transaction, *, feeds: Sequence[OnDemandFeed]) -> tuple[dict[int, set[str]], Matching]:
    held: dict[int, set[str]] = defaultdict(set)
    placed: Matching = {}
    for each in feeds:
        matching = members_of_event(tx, each)
        placed |= matching
        for number in matching:
            held[number].add(each.feed.name)
    return held, placed


def _fill(tx: Transaction, *, name: str, below: int, found: Matching, next_below: int, now: datetime) -> bool:
    """Store one step of filling a feed, unless it was begun anew meanwhile; return whether it has more now."""
    if tx.feeds.backfills().get(name, (0, False))[0] != below:
        return False
    joined = tx.on_demand.join({number: {name} for number in found}, found, now)
    tx.feeds.backfilled(name, tried=(), matching={}, removes=False, next_below=next_below, now=now)
    return bool(joined)
