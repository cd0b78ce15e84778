"""Assign stories to events as they are added: a consumer of changes, off the hot path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from syndicator.ingest.joining import join_changed, leave_by_event
from syndicator.markup import words_of_safe
from syndicator.models import Change, ChangeKind, EventAssignment, Story, Tag, placed_at
from syndicator.outbox.consumer import ChangeConsumer
from syndicator.outbox.event_index import WINDOW, EventIndex, Item
from syndicator.rules import Rules
from syndicator.store import Store, Transaction

NAME = "events"
# The index is made again from the stories of so long before the first change: events that still take stories are at
# most a window old, and what is older than a day more has faded.
_REBUILT = WINDOW + timedelta(hours=24)
_STORIES_PER_READ = 500
_REGION = "region"
_ROLES = frozenset(("about", "actor"))


def event_consumer(
    store: Store, *, rules: Callable[[], Rules] | None = None, clock: Callable[[], datetime] | None = None
) -> ChangeConsumer:
    """Return the consumer that assigns stories to events, and keeps the feeds that look at events by the ``rules``."""
    joins = partial(_join_feeds, rules=rules, clock=clock) if rules and clock else None
    assigner = EventAssigner(store, joins)
    return ChangeConsumer(NAME, store, assigner, prepare=assigner.prepare)


class EventAssigner:
    """Assigns added stories to events, and lets events know new headlines of their stories.

    The index of what events are like is in memory only. It is made again from the store before the first change, and
    after any failure: then it may hold what was not stored. A story that has an event keeps it, so that a change which
    is handed over twice changes nothing.
    """

    def __init__(self, store: Store, joins: Callable[[Transaction, Sequence[int]], None] | None = None) -> None:
        """Read nothing before the first change; ``joins`` has what was assigned join and leave feeds."""
        self._store, self._joins = store, joins
        self._index: EventIndex | None = None
        self._restored, self._is_ready = 0, False

    async def prepare(self, first: Change) -> bool:
        """Put some more stories of the days before a change into the index. Return whether all are in it."""
        if self._is_ready:
            return True
        if self._index is None:
            self._index, self._restored = EventIndex(), 0
        since = first.at - _REBUILT
        some = await self._store.read(partial(_assigned_after, since=since, number=self._restored))
        await asyncio.to_thread(_restore, self._index, some)
        self._restored = some[-1][0].id if some else self._restored
        self._is_ready = not some
        return self._is_ready

    async def __call__(self, changes: Sequence[Change]) -> None:
        """Assign what is new; ``prepare`` has returned true."""
        index = self._index
        assert index is not None
        self._index, self._is_ready = None, False  # until all is stored
        added = _numbers(changes, ChangeKind.ADDED)
        stories = await self._store.read(lambda tx: _unassigned(tx, added))
        assigned = await asyncio.to_thread(_assign, index, stories)
        revised = [each for each in _numbers(changes, ChangeKind.REVISED) if each not in added]
        retitled = await self._store.read(lambda tx: _retitled(tx, revised))
        await asyncio.to_thread(_restore, index, retitled)
        if assigned:
            await self._store.write(lambda tx: self._record(tx, assigned), may_wait=True)
        self._index, self._is_ready = index, True

    def _record(self, tx: Transaction, assigned: Sequence[tuple[Story, EventAssignment]]) -> None:
        tx.events.record(assigned)
        if self._joins:
            self._joins(tx, [story.id for story, _ in assigned])


def _join_feeds(
    tx: Transaction, numbers: Sequence[int], *, rules: Callable[[], Rules], clock: Callable[[], datetime]
) -> None:
    if rules().event_feeds:
        join_changed(tx, numbers, rules(), clock())
        leave_by_event(tx, numbers, rules(), clock())


def _numbers(changes: Sequence[Change], kind: ChangeKind) -> list[int]:
    return list(dict.fromkeys(each.story for each in changes if each.kind is kind))


def _unassigned(tx: Transaction, numbers: Sequence[int]) -> list[Story]:
    """Return those of the stories that have no event yet, oldest first. What was old when it came gets none."""
    known = tx.events.events_of(numbers)
    stories = tx.stories.get([each for each in numbers if each not in known])
    return [each for each in reversed(stories) if _at(each) >= each.first_seen - WINDOW]


def _assigned_after(tx: Transaction, *, since: datetime, number: int) -> list[tuple[Story, int]]:
    """Return the next stories first seen since then that have an event, oldest first, each with its event."""
    return _with_events(tx, tx.events.assigned_since(since, after=number, limit=_STORIES_PER_READ))


def _retitled(tx: Transaction, numbers: Sequence[int]) -> list[tuple[Story, int]]:
    """Return those of the revised stories whose headline is another, each with its event."""
    found = _with_events(tx, tx.events.events_of(numbers))
    return [each for each in found if _former_title(tx, each[0]) not in (None, each[0].title)]


def _former_title(tx: Transaction, story: Story) -> str | None:
    revisions = tx.stories.revisions(story.id)
    return revisions[-1].title if revisions else None


def _with_events(tx: Transaction, events: Mapping[int, int]) -> list[tuple[Story, int]]:
    return [(each, events[each.id]) for each in reversed(tx.stories.get(list(events)))]


def _assign(index: EventIndex, stories: Sequence[Story]) -> list[tuple[Story, EventAssignment]]:
    return [(each, index.add(_item(each))) for each in stories]


def _restore(index: EventIndex, stories: Sequence[tuple[Story, int]]) -> None:
    for story, event in stories:
        index.restore(_item(story), event)


def _item(story: Story) -> Item:
    return Item(
        id=story.id,
        title=story.title,
        text=words_of_safe(story.html),
        language=story.language,
        at=_at(story),
        places=places_of(story.tags),
    )


def _at(story: Story) -> datetime:
    return placed_at(story.published, story.first_seen)


def places_of(tags: Sequence[Tag]) -> tuple[str, ...]:
    """Return the terms of places by which stories may know each other, without those that hold another of them.

    Town, province and country say one thing, not three; a place named by the way says nothing.
    """
    places = [tag for tag in tags if tag.scheme == _REGION and tag.role in _ROLES]
    holders = {term for tag in places for term in tag.path if term != tag.term}
    return tuple(dict.fromkeys(tag.term for tag in places if tag.term not in holders))
