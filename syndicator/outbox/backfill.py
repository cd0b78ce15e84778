"""Fill new and edited feeds from the store, and tag stories anew after a change of the tagger: newest first.

Stories are classified in children, outside every transaction; the writer only stores the results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from syndicator.extract import Classified
from syndicator.models import Story, Tag
from syndicator.rules import Rules
from syndicator.store import Store, Transaction

_STORIES_PER_STEP = 100
RETAG_BELOW = "retag_below"


class Classify(Protocol):
    """Classifies stories in a child; see ``extract.Extractor.classify``."""

    async def classify(
        self, stories: Sequence[Story], *, retag: bool, now: datetime, events: Mapping[int, int]
    ) -> Classified:
        """Return each story's tags, new ones if ``retag``, and the names of the feeds that match it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    story: Story
    tags: tuple[Tag, ...]
    feeds: frozenset[str]
    is_retagged: bool


class Backfill:
    """Walks over the stored stories, the newest first, as long as a feed has stories to be tried."""

    name = "backfill"

    def __init__(
        self, store: Store, extract: Classify, *, rules: Callable[[], Rules], clock: Callable[[], datetime]
    ) -> None:
        """Classify by the rules in force; a reload in the middle of a step has it done again."""
        self._store, self._extract, self._rules, self._clock = store, extract, rules, clock

    async def step(self) -> bool:
        """Try some more stories. Return whether any are left."""
        rules = self._rules()
        below, retag_below, stories, events = await self._store.read(lambda tx: _next_stories(tx, rules))
        if not below:
            return False
        now = self._clock()
        results: list[_Result] = []
        for is_old in (True, False):
            chosen = [each for each in stories if (each.id < retag_below) is is_old]
            if chosen:
                classified = await self._extract.classify(chosen, retag=is_old, now=now, events=events)
                if classified.rules_fingerprint != rules.fingerprint:
                    return False  # by other rules than those that were in force when the step began: tried again soon
                results += [
                    _Result(story=story, tags=tags, feeds=frozenset(feeds), is_retagged=is_old)
                    for story, (tags, feeds) in zip(chosen, classified.results, strict=True)
                ]
        next_below = stories[-1].id if len(stories) == _STORIES_PER_STEP else 0
        return await self._store.write(lambda tx: self._write(tx, rules, results, below, next_below))

    def _write(self, tx: Transaction, rules: Rules, results: Sequence[_Result], below: int, next_below: int) -> bool:
        """Store one step, unless a reload has put other rules in force. Return whether there is more to do."""
        if rules.fingerprint != self._rules().fingerprint:
            return False
        now, is_more, pending = self._clock(), False, _pending(tx, rules)
        matching = _store_tags(tx, results, self._rules(), now)
        stories = {each.story.id: each.story for each in results}
        if all(feed_below <= below for feed_below, _ in pending.values()):  # else it was begun anew meanwhile
            tx.set_meta(RETAG_BELOW, str(min(int(tx.get_meta(RETAG_BELOW) or 0), next_below)))
        for name, (feed_below, removes) in pending.items():
            if feed_below > below:  # begun anew: it starts from the newest story
                is_more = True
                continue
            tried = [number for number in matching if number < feed_below]
            tx.feeds.backfilled(
                name,
                tried=tried,
                matching={
                    number: rules.place_of(stories[number], name) for number in tried if name in matching[number]
                },
                removes=removes,
                next_below=min(feed_below, next_below),
                now=now,
            )
            is_more = is_more or min(feed_below, next_below) > 0
        return is_more


def start_retagging(tx: Transaction, last_story: int) -> None:
    """Request that all stories are tagged anew and tried again for every feed."""
    tx.set_meta(RETAG_BELOW, str(last_story + 1))
    tx.feeds.start_backfill(last_story=last_story)


def _pending(tx: Transaction, rules: Rules) -> Mapping[str, tuple[int, bool]]:
    return {name: todo for name, todo in tx.feeds.backfills().items() if name in rules.feeds}


def _next_stories(tx: Transaction, rules: Rules) -> tuple[int, int, list[Story], Mapping[int, int]]:
    """Return below which number to go on, below which to tag anew, and the stories to try next, with their events."""
    below = max((todo[0] for todo in _pending(tx, rules).values()), default=0)
    if not below:
        return 0, 0, [], {}
    stories = tx.stories.below(below, _STORIES_PER_STEP)
    events = rules.events_of(tx.events.events_of, [story.id for story in stories])
    return below, int(tx.get_meta(RETAG_BELOW) or 0), stories, events


def _store_tags(tx: Transaction, results: Sequence[_Result], rules: Rules, now: datetime) -> dict[int, frozenset[str]]:
    """Store new tags, and return the feeds that match each story by its number.

    A story that was revised since it was read was tagged then, and one that has a copy since may match more feeds: the
    filters in force are asked again.
    """
    current = {story.id: story for story in tx.stories.get([each.story.id for each in results])}
    events = rules.events_of(tx.events.events_of, list(current))
    matching: dict[int, frozenset[str]] = {}
    for each in results:
        story = current.get(each.story.id)
        if story is None:  # deleted meanwhile
            continue
        is_same = story == each.story
        on = [events[story.id]] if story.id in events else ()
        if each.is_retagged and (story.title, story.html) == (each.story.title, each.story.html):
            tx.stories.retag(story.id, each.tags)
            story = replace(story, tags=each.tags)
        matching[story.id] = each.feeds if is_same else rules.feeds_of(story, now=now, events=on)
    return matching
