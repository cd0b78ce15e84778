"""Gather how everything is: one typed answer for the page, ``/status.json`` and ``syndicator status``."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from syndicator import __version__
from syndicator.config import Config
from syndicator.models import (
    Appearance,
    FeedState,
    MirrorSuggestion,
    Outlet,
    OutletMode,
    Source,
    SourceState,
    Story,
)
from syndicator.models.status import (
    BackfillStatus,
    Counts,
    FeedProblem,
    FeedStatus,
    Health,
    OutletStatus,
    SearchStatus,
    Status,
)
from syndicator.outbox.backfill import RETAG_BELOW
from syndicator.poll.read import DISAGREEMENTS, READ_BOTH_WAYS
from syndicator.runtime.status_parts import Comparisons, compare_endpoints, outlet_status, story_status
from syndicator.store import SearchReach, Store, Transaction
from syndicator.watch import WINDOW, working_base

_LATEST = 30
# A poll's read waits behind at most this many sources.
_SOURCES_PER_READ = 200


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


class _Compared(NamedTuple):
    """How the endpoints of a source compared as of its last poll, and what that rests on."""

    basis: tuple[object, ...]
    found: Comparisons


class StatusReader:
    """Reads the status of a store; keep one to spare it from comparing mirrors that were not polled since.

    All reads are short, so that polls need not wait long behind them. The rest of the work is done in a thread.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._compared: dict[str, _Compared] = {}

    async def read(self, config: Config, *, now: datetime, conditions: Conditions | None = None) -> Status:
        """Return the status as of ``now``. Raise StoreError when the store cannot be read."""
        sources = list(config.sources.values())
        states: dict[str, SourceState] = {}
        for start in range(0, len(sources), _SOURCES_PER_READ):
            some = sources[start : start + _SOURCES_PER_READ]
            states |= await self._store.read(partial(_states, sources=some))
        compared = await self._comparisons(config, states, now)
        totals = await self._store.read(partial(_totals, outlets=config.outlets))
        return await asyncio.to_thread(
            _status, config, states, compared, totals, now=now, conditions=conditions or Conditions()
        )

    async def _comparisons(
        self, config: Config, states: Mapping[str, SourceState], now: datetime
    ) -> dict[str, Comparisons]:
        """Compare the endpoints of sources in compare mode; those polled since the last time are compared anew."""
        found: dict[str, _Compared] = {}
        for source in config.sources.values():
            if config.outlets[source.outlet].mode is not OutletMode.COMPARE or source.id not in states:
                continue
            state = states[source.id]
            basis = (state.polled_at, source.endpoints, config.mirror_patience)
            before = self._compared.get(source.id)
            if before is not None and before.basis == basis:
                found[source.id] = before
                continue
            shown = await self._store.read(partial(_shown, source=source, since=now - WINDOW))
            compared = await asyncio.to_thread(compare_endpoints, state, shown, config.mirror_patience)
            found[source.id] = _Compared(basis, compared)
        self._compared = found
        return {id_: each.found for id_, each in found.items()}


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


def _states(tx: Transaction, sources: Sequence[Source]) -> dict[str, SourceState]:
    """Return what is known of sources."""
    return tx.sources.overview(sources)


def _shown(tx: Transaction, source: Source, since: datetime) -> list[Appearance]:
    return tx.mirrors.shown([source.id], since)[source.id]


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
    )


def _status(
    config: Config,
    states: Mapping[str, SourceState],
    compared: Mapping[str, Comparisons],
    totals: _Totals,
    *,
    now: datetime,
    conditions: Conditions,
) -> Status:
    endpoints = {id_: state.endpoints for id_, state in states.items()}
    bases = {outlet.id: working_base(outlet, endpoints) for outlet in config.outlets.values()}
    outlets = tuple(
        outlet_status(outlet, states, compared, bases[outlet.id], unreached=conditions.unreached)
        for outlet in config.outlets.values()
    )
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
        outlets=outlets,
        feeds=feeds,
        stories=tuple(story_status(config, story, bases) for story in totals.latest),
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
