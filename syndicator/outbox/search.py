"""Keep the search index up to date: follow changes, and index what was stored before, a little at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from syndicator.models import Change, ChangeKind, Story
from syndicator.outbox.consumer import ChangeConsumer, Consumer
from syndicator.outbox.search_text import VERSION, Searchable
from syndicator.rules import subject_of
from syndicator.store import SearchRow, Store, Transaction

_log = structlog.get_logger()
_STORIES_PER_STEP = 100
# The outbox runs every few seconds: filling the index of an old store leaves room for everything else meanwhile.
_STEPS_PER_RUN = 10


def search_consumers(store: Store) -> tuple[Consumer, Consumer]:
    """Return the consumer that indexes what was stored before, and the one that indexes what changes."""
    return SearchFill(store), ChangeConsumer("search", store, SearchUpdates(store))


class SearchUpdates:
    """Indexes stories as they change, and removes those that leave the store.

    Where there is no index of this version yet, nothing is lost: ``SearchFill`` begins with the newest story.
    """

    def __init__(self, store: Store, version: str = VERSION) -> None:
        """Do nothing before the first change."""
        self._store, self._version, self._searchable = store, version, Searchable()

    async def __call__(self, changes: Sequence[Change]) -> None:
        """Index what has changed. A story that is handed over twice is indexed twice, and is there once."""
        if not await self._store.read(lambda tx: tx.search.is_ready(self._version)):
            return
        gone = {each.story for each in changes if each.kind is ChangeKind.RETRACTED}
        touched = sorted({each.story for each in changes} - gone)
        searchable, self._searchable = self._searchable, Searchable()  # until all is stored
        for start in range(0, len(touched), _STORIES_PER_STEP):
            some = touched[start : start + _STORIES_PER_STEP]
            stories = await self._store.read(partial(_stories, numbers=some))
            rows = await asyncio.to_thread(_rows, searchable, stories)
            await self._store.write(partial(_update, rows=rows), may_wait=True)
        if gone:
            await self._store.write(partial(_remove, numbers=sorted(gone)), may_wait=True)
        self._searchable = searchable


class SearchFill:
    """Indexes the stories that were stored before there was an index, the newest first; anew for a new version."""

    name = "search fill"

    def __init__(self, store: Store, *, version: str = VERSION, steps_per_run: int = _STEPS_PER_RUN) -> None:
        """Do nothing before the first step."""
        self._store, self._version, self._steps_per_run = store, version, steps_per_run
        self._searchable, self._steps = Searchable(), 0
        self._has_index: bool | None = None

    async def step(self) -> bool:
        """Index some more stories. Return whether to go on at once: after some steps others have their turn."""
        if self._has_index is None:
            self._has_index = await self._store.write(lambda tx: tx.search.ensure(self._version))
        if not self._has_index:
            return False
        below, stories = await self._store.read(_unfilled)
        if not below:
            return False
        searchable, self._searchable = self._searchable, Searchable()  # until all is stored
        rows = await asyncio.to_thread(_rows, searchable, stories)
        next_below = stories[-1].id if len(stories) == _STORIES_PER_STEP else 0
        await self._store.write(partial(_fill, rows=rows, below=next_below), may_wait=True)
        self._searchable = searchable
        if not next_below:
            self._searchable = Searchable()
            _log.info("the search index is complete")
        self._steps = (self._steps + 1) % self._steps_per_run
        return bool(next_below and self._steps)


def _stories(tx: Transaction, *, numbers: Sequence[int]) -> list[Story]:
    return tx.stories.get(numbers)


def _unfilled(tx: Transaction) -> tuple[int, list[Story]]:
    below = tx.search.unfilled_below()
    return below, tx.stories.below(below, _STORIES_PER_STEP) if below else []


def _rows(searchable: Searchable, stories: Sequence[Story]) -> list[SearchRow]:
    return [searchable(story.id, subject_of(story)) for story in stories]


def _update(tx: Transaction, *, rows: Sequence[SearchRow]) -> None:
    tx.search.put(rows)


def _remove(tx: Transaction, *, numbers: Sequence[int]) -> None:
    tx.search.remove(numbers)


def _fill(tx: Transaction, *, rows: Sequence[SearchRow], below: int) -> None:
    tx.search.put(rows)
    tx.search.filled_to(below)
