"""Find what a filter matches of the stories that are stored, and what it would change in a feed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from syndicator.models import Story
from syndicator.models.preview import PreviewDifference, StoryTitle
from syndicator.query import Subject, Where, resolved
from syndicator.query.match import IndexedSubject, lexicon_of, matches
from syndicator.query.tree import AllOf, FieldEquals, leaves
from syndicator.rules import subject_of
from syndicator.runtime.preview_plan import Plan, plan
from syndicator.runtime.preview_words import looking_up
from syndicator.store import LAST, SearchReach, SearchTooLongError, Store, Transaction

# How long stories are tried that the index cannot decide on, in seconds.
PATIENCE = 2.0
_TRIED_AT_ONCE = 100
_LEAST_SHARE = 5
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter to be tried, on stories first seen at ``since`` or later; the newest ``limit`` are shown.

    With ``before``, these are only stories that were first seen before that. Where ``most`` is given, only so many of
    the newest stories are looked at.

    What it finds is compared with the members of the feed ``against``. ``feed`` is the one whose filter it is, if any.
    """

    text: str
    where: Where
    since: datetime
    feed: str = ""
    against: str = ""
    limit: int = 10
    most: int | None = None
    before: datetime | None = None


class Budget:
    """Time for trying stories: over at a moment of a clock that counts seconds."""

    def __init__(self, steady: Callable[[], float], seconds: float = PATIENCE) -> None:
        """Begin now."""
        self._steady, self._end = steady, steady() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._steady() >= self._end


def work_seconds() -> Callable[[], float]:
    """Return a clock of the seconds that this thread works, beginning now.

    On a busy machine one gets less done in the same time, and no result should depend on that; but who waits for a
    disk, or for others, is not to wait for ever: a fifth of the time that passes counts at least.
    """
    worked, passed = time.thread_time(), time.monotonic()
    return lambda: max(time.thread_time() - worked, (time.monotonic() - passed) / _LEAST_SHARE)


class Found(NamedTuple):
    """The numbers of stories that match and of those that were not tried in time, both newest first.

    Where time was over before all stories were looked for, those below number ``below`` were not.
    """

    numbers: list[int]
    untried: list[int]
    reach: SearchReach
    below: int = 0


async def difference(
    store: Store, filters: Mapping[str, Where], wanted: Wanted, *, now: datetime, budget: Budget
) -> PreviewDifference | None:
    """Return what a filter would change in the feed that it is compared with, if any story is stored at all.

    ``filters`` are those of the feeds that it may name.
    """

    def read(tx: Transaction) -> PreviewDifference | None:
        trial = Trial(tx, filters, wanted, now)
        return trial.difference(trial.find(budget))

    return await store.read(read)


class Trial:
    """Tries one filter in one transaction, which is only read."""

    def __init__(self, tx: Transaction, filters: Mapping[str, Where], wanted: Wanted, now: datetime) -> None:
        """Try nothing yet; ``filters`` are those of the feeds that the filter may name."""
        self._tx, self._wanted, self._now = tx, wanted, now
        self.where = resolved(wanted.where, filters)
        self.look_up = looking_up(tx)
        self._asks_for_events = any(map(_is_event, leaves(self.where)))
        self.first = tx.search.first_since(wanted.since)
        if self.first is not None and wanted.most is not None:
            self.first = max(self.first, tx.stories.last_number() - wanted.most + 1)
        after = tx.search.first_since(wanted.before) if wanted.before else None
        self._last = LAST if after is None else after - 1

    def find(self, budget: Budget) -> Found:
        """Return what the filter matches, newest first: what the index knows, and what else has to be tried."""
        reach = self._tx.search.reach()
        return self._find(self.first, self._last, self._bounds(reach), reach, budget)

    def find_newest(self, budget: Budget, *, at_once: int, enough: int | None = None) -> Found:
        """Return what the filter matches, newest first, of as many stories as can be looked at in time.

        They are looked at in parts, the newest ``at_once`` first, so that there is something to show of whatever is
        asked for. With ``enough``, no more parts are looked at once so many are found.
        """
        search = self._tx.search
        reach, matching, untried = search.reach(), list[int](), list[int]()
        until, size = min(self._last, self._tx.stories.last_number()), at_once
        try:
            with search.until(lambda: budget.is_over):
                bounds = self._bounds(reach)
                while self.first is not None and until >= self.first and not budget.is_over:
                    if enough is not None and len(matching) >= enough:
                        break
                    part = self._find(max(self.first, until - size + 1), until, bounds, reach, budget)
                    matching += part.numbers
                    untried += part.untried
                    until, size = until - size, 2 * size
        except SearchTooLongError:
            pass
        below = until + 1 if self.first is not None and until >= self.first else 0
        return Found(matching, untried, reach, below)

    def _bounds(self, reach: SearchReach) -> Plan | None:
        return plan(self.where, self.look_up, self._now) if reach.has_index and self.first is not None else None

    def _find(self, first: int | None, last: int, bounds: Plan | None, reach: SearchReach, budget: Budget) -> Found:
        """Return what the filter matches of the stories from number ``first`` up to and with ``last``."""
        if first is None:
            return Found([], [], reach)
        certain, to_try = self._candidates(bounds, reach, first, last)
        matching, untried = self._try(sorted(to_try - certain, reverse=True), budget)
        return Found(sorted(certain.union(matching), reverse=True), untried, reach)

    def _candidates(self, bounds: Plan | None, reach: SearchReach, first: int, until: int) -> tuple[set[int], set[int]]:
        """Return which of these stories surely match, and which have to be tried."""
        search = self._tx.search
        certain: set[int] = set()
        to_try: set[int] = set()
        if bounds is not None:
            since = max(first, reach.below)  # what is below may be of an older version
            certain.update(search.find(bounds.certain, since=since, until=until))
            if bounds.possible != bounds.certain:
                to_try.update(search.find(bounds.possible, since=since, until=until))
        to_try.update(search.unindexed(reach, since=first, until=until))
        for event in self._required_events():
            to_try.intersection_update(number for number, _ in self._tx.events.members(event))
        return certain, to_try

    def _required_events(self) -> Iterator[int]:
        """Yield the events that a story must be on: they are assigned late, and the index has none."""
        parts = self.where.parts if isinstance(self.where, AllOf) else (self.where,)
        yield from (int(part.value) for part in parts if isinstance(part, FieldEquals) and _is_event(part))

    def _try(self, numbers: Sequence[int], budget: Budget) -> tuple[list[int], list[int]]:
        """Try stories until the time is over; return those that match, and those that were not tried."""
        # One filter is tried, and most of it is decided: what reads no more than it must is faster than ``Filters``.
        lexicon = lexicon_of([self.where])
        matching: list[int] = []
        for start in range(0, len(numbers), _TRIED_AT_ONCE):
            if budget.is_over:
                return matching, list(numbers[start:])
            for story, subject in self.subjects(numbers[start : start + _TRIED_AT_ONCE]):
                if matches(self.where, IndexedSubject(subject, lexicon)):
                    matching.append(story.id)
        return matching, []

    def subjects(self, numbers: Sequence[int]) -> Iterator[tuple[Story, Subject]]:
        """Yield stories with what filters look at of them as of now, newest first."""
        events = self._tx.events.events_of(numbers) if self._asks_for_events else {}
        for story in self._tx.stories.get(numbers):
            on = (events[story.id],) if story.id in events else ()
            yield story, subject_of(story, now=self._now, events=on)

    def difference(self, found: Found, *, keeps_members: bool = False) -> PreviewDifference | None:
        """Return what would join and leave the feed; what was not tried in time counts as neither.

        With ``keeps_members`` none leaves: the filter is in force, and stories that it took stay when they are
        rewritten.
        """
        if not self._wanted.against or self.first is None:
            return None
        members = self._tx.feeds.members_since(self._wanted.against, self.first)
        joining = [number for number in found.numbers if number not in members]
        gone = set[int]() if keeps_members else members.difference(found.numbers, found.untried)
        leaving = sorted(gone, reverse=True)
        return PreviewDifference(
            feed=self._wanted.against,
            members=len(members),
            joins=len(joining),
            leaves=len(leaving),
            untried=len(found.untried),
            joining=self._titles(joining),
            leaving=self._titles(leaving),
        )

    def _titles(self, numbers: Sequence[int]) -> tuple[StoryTitle, ...]:
        stories = self._tx.stories.get(numbers[:_MOST_NAMED])
        return tuple(StoryTitle(id=each.id, title=each.title, first_seen=each.first_seen) for each in stories)


def _is_event(leaf: Where) -> bool:
    return isinstance(leaf, FieldEquals) and leaf.field == "event"
