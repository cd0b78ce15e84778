"""Gather how everything is: one typed answer for the page, ``/status.json`` and ``syndicator status``."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from syndicator import __version__
from syndicator.config import Config
from syndicator.models import (
    FeedState,
    MirrorSuggestion,
    Outlet,
    Story,
)
from syndicator.models.status import (
    BackfillStatus,
    Counts,
    FeedProblem,
    FeedStatus,
    Health,
    OutletStatus,
    ProcessStatus,
    SearchStatus,
    Status,
)
from syndicator.models.workers import Worker
from syndicator.outbox.backfill import RETAG_BELOW
from syndicator.poll.read import DISAGREEMENTS, READ_BOTH_WAYS
from syndicator.runtime.status_outlets import OutletReader, OutletStatuses
from syndicator.runtime.status_parts import story_status
from syndicator.store import SearchReach, Store, Transaction

_LATEST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the store does not know: ``trouble`` of the daemon, files not in force, feeds (by name) not written.

    ``unreached`` endpoints are not to blame: this machine is offline.
    ``notices`` are to be known, and are no trouble.
    """

    trouble: Sequence[str] = ()
    config_problems: Sequence[str] = ()
    feed_problems: Mapping[str, FeedProblem] = field(default_factory=dict)
    unreached: Collection[str] = ()
    notices: Sequence[str] = ()


class _Totals(NamedTuple):
    """What is read of the store besides its sources."""

    feeds: list[FeedState]
    unfilled: Mapping[str, int]
    latest: list[Story]
    stories: int
    last_story: int
    retag_below: int
    search: SearchReach
    cross_checked: int
    disagreements: int
    suggestions: int
    workers: Sequence[Worker]
    database_clock: datetime


class StatusReader:
    """Reads the status of a store; keep one, so that of many outlets only those are read that changed since."""

    def __init__(self, store: Store) -> None:
        self._store, self._outlets = store, OutletReader(store)

    async def read(self, config: Config, *, now: datetime, conditions: Conditions | None = None) -> Status:
        """Return the status as of ``now``. Raise StoreError when the store cannot be read."""
        known = conditions or Conditions()
        outlets = await self._outlets.read(config, now=now, unreached=known.unreached)
        totals = await self._store.read(partial(_totals, outlets=config.outlets))
        return await asyncio.to_thread(_status, config, outlets, totals, now=now, conditions=known)


async def status(
    config: Config, store: Store, *, now: datetime, problems: Sequence[str] = (), trouble: Sequence[str] = ()
) -> Status:
    """Return the status once; ``problems`` are those of configuration files that are not in force."""
    conditions = Conditions(config_problems=problems, trouble=trouble)
    return await StatusReader(store).read(config, now=now, conditions=conditions)


def undecided(met: Iterable[MirrorSuggestion], outlets: Mapping[str, Outlet]) -> list[MirrorSuggestion]:
    """Return the suggestions for these outlets that nobody has decided on."""
    return [
        each
        for each in met
        if not each.is_dismissed
        and (outlet := outlets.get(each.hint.outlet)) is not None
        and each.hint.address not in outlet.bases
    ]


def _totals(tx: Transaction, outlets: Mapping[str, Outlet]) -> _Totals:
    return _Totals(
        feeds=tx.feeds.states(),
        unfilled={name: below for name, (below, _) in tx.feeds.backfills().items()},
        latest=tx.stories.newest(_LATEST),
        stories=tx.stories.count(),
        last_story=tx.stories.last_number(),
        retag_below=int(tx.get_meta(RETAG_BELOW) or 0),
        search=tx.search.reach(),
        cross_checked=int(tx.get_meta(READ_BOTH_WAYS) or 0),
        disagreements=int(tx.get_meta(DISAGREEMENTS) or 0),
        suggestions=len(undecided(tx.mirrors.suggestions(), outlets)),
        workers=tx.workers.all(),
        database_clock=tx.workers.clock(),
    )


def _status(config: Config, found: OutletStatuses, totals: _Totals, *, now: datetime, conditions: Conditions) -> Status:
    outlets = found.outlets
    feeds = _feeds(config, totals, conditions.feed_problems)
    counts = _counts(outlets, feeds, totals, sources=len(config.sources))
    is_well = not (conditions.trouble or conditions.config_problems or counts.failing)
    return Status(
        version=__version__,
        title=config.title,
        base_url=config.base_url,
        made_at=now,
        refresh_seconds=config.status_refresh.total_seconds(),
        is_well=is_well and not any(feed.problem for feed in feeds),
        trouble=tuple(conditions.trouble),
        notices=tuple(conditions.notices),
        config_problems=tuple(conditions.config_problems),
        counts=counts,
        backfill=_backfill(config, totals),
        search=_search(totals),
        processes=tuple(_processes(totals)),
        outlets=outlets,
        feeds=feeds,
        stories=tuple(story_status(config, story, found.bases) for story in totals.latest),
    )


def _counts(outlets: Sequence[OutletStatus], feeds: Sequence[FeedStatus], totals: _Totals, *, sources: int) -> Counts:
    return Counts(
        outlets=len(outlets),
        sources=sources,
        feeds=len(feeds),
        stories=totals.stories,
        failing=sum(outlet.health.is_failing for outlet in outlets),
        unpolled=sum(outlet.health in (Health.UNPOLLED, Health.UNREACHED) for outlet in outlets),
        cross_checked=totals.cross_checked,
        disagreements=totals.disagreements,
        mirror_suggestions=totals.suggestions,
    )


def _processes(totals: _Totals) -> Iterator[ProcessStatus]:
    """Yield who polls. The workers' labels and the times they were seen are in the store; one alone is not listed."""
    for each in totals.workers if len(totals.workers) > 1 else ():
        if each.seen_at is not None:
            yield ProcessStatus(
                name=each.name,
                labels=each.labels,
                version=each.version,
                last_seen_at=each.seen_at,
                is_at_work=each.is_at_work(totals.database_clock),
            )


def _backfill(config: Config, totals: _Totals) -> BackfillStatus:
    unfilled = {name: below for name, below in totals.unfilled.items() if name in config.feeds}
    # Stories are tagged again on the way of feeds being filled.
    retag_below = totals.retag_below if unfilled else 0
    return BackfillStatus(
        remaining=_stories_below(max((retag_below, *unfilled.values())), totals),
        total=totals.stories,
        feeds=len(unfilled),
        is_retagging=retag_below > 0,
    )


def _search(totals: _Totals) -> SearchStatus:
    reach = totals.search
    remaining = _stories_below(reach.below, totals) if reach.has_index else totals.stories
    return SearchStatus(
        is_supported=reach.is_supported, remaining=remaining if reach.is_supported else 0, total=totals.stories
    )


def _stories_below(number: int, totals: _Totals) -> int:
    """Return how many stories have a lower number, as if only the oldest ones were ever deleted: no table is read."""
    deleted = totals.last_story - totals.stories
    return min(max(0, number - 1 - deleted), totals.stories)


def _feeds(config: Config, totals: _Totals, problems: Mapping[str, FeedProblem]) -> tuple[FeedStatus, ...]:
    return tuple(
        FeedStatus(
            name=feed.name,
            title=feed.title,
            where=feed.where.strip(),
            stories=state.members,
            unchecked_stories=_stories_below(totals.unfilled.get(feed.name, 0), totals),
            changed_at=state.changed_at,
            urls={kind: f"{config.base_url}/feeds/{feed.name}.{kind}" for kind in feed.formats},
            problem=problems.get(feed.name),
            is_private=feed.is_private,
        )
        for state in totals.feeds
        if (feed := config.feeds.get(state.name)) is not None
    )
