"""Gather how everything is: one typed answer for the page, ``/status.json`` and ``syndicator status``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from syndicator import __version__, urls
from syndicator.config import Config
from syndicator.models import (
    Appearance,
    EndpointState,
    FeedState,
    MirrorSuggestion,
    Outlet,
    Source,
    SourceState,
    Story,
    Tag,
)
from syndicator.models.status import (
    BackfillStatus,
    Counts,
    EndpointComparison,
    EndpointStatus,
    FeedProblem,
    FeedStatus,
    Health,
    ItemDifference,
    OutletStatus,
    SourceStatus,
    Status,
    StoryStatus,
    TagStatus,
)
from syndicator.outbox.backfill import RETAG_BELOW
from syndicator.poll.read import DISAGREEMENTS, READ_BOTH_WAYS
from syndicator.store import Store, Transaction
from syndicator.watch import WINDOW, Comparison, compare, told, word_for, working_base

_LATEST = 30
# A poll's read waits behind at most this many sources.
_SOURCES_PER_READ = 200
# An endpoint can show any number of foreign items: the counts say how many, some examples are enough.
_MOST_EXAMPLES = 20

_Comparisons = Mapping[str, EndpointComparison]
_NONE: _Comparisons = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the store does not know: ``trouble`` of the daemon, files not in force, feeds (by name) not written."""

    trouble: Sequence[str] = ()
    config_problems: Sequence[str] = ()
    feed_problems: Mapping[str, FeedProblem] = field(default_factory=dict)


class _Totals(NamedTuple):
    """What is read of the store besides its sources."""

    feeds: list[FeedState]
    unfilled: Mapping[str, int]
    latest: list[Story]
    stories: int
    last_story: int
    retag_below: int
    cross_checked: int
    disagreements: int
    suggestions: int


class _Compared(NamedTuple):
    """How the endpoints of a source compared as of its last poll, and what that rests on."""

    basis: tuple[object, ...]
    found: _Comparisons


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
    ) -> dict[str, _Comparisons]:
        """Compare the endpoints of sources in compare mode; those polled since the last time are compared anew."""
        found: dict[str, _Compared] = {}
        for source in config.sources.values():
            if config.outlets[source.outlet].mode != "compare" or source.id not in states:
                continue
            state = states[source.id]
            basis = (state.polled_at, source.endpoints, config.mirror_patience)
            before = self._compared.get(source.id)
            if before is not None and before.basis == basis:
                found[source.id] = before
                continue
            shown = await self._store.read(partial(_shown, source=source, since=now - WINDOW))
            compared = await asyncio.to_thread(_compare, state, shown, config.mirror_patience)
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
        cross_checked=int(tx.get_meta(READ_BOTH_WAYS) or 0),
        disagreements=int(tx.get_meta(DISAGREEMENTS) or 0),
        suggestions=len(undecided(tx.mirrors.suggestions(), outlets)),
    )


def _status(
    config: Config,
    states: Mapping[str, SourceState],
    compared: Mapping[str, _Comparisons],
    totals: _Totals,
    *,
    now: datetime,
    conditions: Conditions,
) -> Status:
    endpoints = {id_: state.endpoints for id_, state in states.items()}
    bases = {outlet.id: working_base(outlet, endpoints) for outlet in config.outlets.values()}
    outlets = tuple(_outlet(outlet, states, compared, bases[outlet.id]) for outlet in config.outlets.values())
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
        config_problems=tuple(conditions.config_problems),
        counts=counts,
        backfill=_backfill(config, totals),
        outlets=outlets,
        feeds=feeds,
        stories=tuple(_story(config, story, bases) for story in totals.latest),
    )


def _counts(outlets: Sequence[OutletStatus], feeds: Sequence[FeedStatus], totals: _Totals, *, sources: int) -> Counts:
    return Counts(
        outlets=len(outlets),
        sources=sources,
        feeds=len(feeds),
        stories=totals.stories,
        failing=sum(outlet.health.is_failing for outlet in outlets),
        unpolled=sum(outlet.health is Health.UNPOLLED for outlet in outlets),
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
        )
        for state in totals.feeds
        if (feed := config.feeds.get(state.name)) is not None
    )


def _outlet(
    outlet: Outlet, states: Mapping[str, SourceState], compared: Mapping[str, _Comparisons], base: str
) -> OutletStatus:
    sources = tuple(
        _source(states[source.id], compared.get(source.id, _NONE)) for source in outlet.sources if source.id in states
    )
    return OutletStatus(
        id=outlet.id,
        name=outlet.name,
        country=outlet.country,
        language=outlet.language,
        mode=outlet.mode,
        health=_health_of(sources),
        last_ok_at=max((source.last_ok_at for source in sources if source.last_ok_at), default=None),
        link_base=None if base == outlet.home else base,
        sources=sources,
    )


def _source(state: SourceState, compared: _Comparisons) -> SourceStatus:
    home = state.endpoints[0].endpoint
    active = state.working or home
    return SourceStatus(
        id=state.id,
        title=state.title or "",
        due_at=state.due_at,
        last_poll_at=state.polled_at,
        last_ok_at=state.good_at,
        last_new_at=state.news_at,
        push_until=state.pushed_until,
        endpoints=tuple(
            _endpoint(
                each,
                is_mirror=each.endpoint != home,
                is_active=each.endpoint == active,
                comparison=compared.get(each.endpoint),
            )
            for each in state.endpoints
        ),
    )


def _endpoint(
    state: EndpointState, *, is_mirror: bool, is_active: bool, comparison: EndpointComparison | None
) -> EndpointStatus:
    redirect = state.redirect
    return EndpointStatus(
        url=urls.redact(state.endpoint),
        is_mirror=is_mirror,
        is_active=is_active,
        health=word_for(state),
        outcome=state.outcome,
        note=state.note,
        failures=state.failures,
        latency_seconds=round(state.latency, 3),
        last_try_at=state.tried_at,
        last_ok_at=state.good_at,
        next_try_at=state.next_try_at,
        moved_to=urls.redact(redirect.to) if redirect and redirect.is_adopted else None,
        comparison=comparison,
    )


def _compare(state: SourceState, shown: Sequence[Appearance], patience: timedelta) -> _Comparisons:
    """Return by endpoint how those of a source compare."""
    ok_at = {each.endpoint: each.good_at for each in state.endpoints}
    found = compare(shown, state.endpoints[0].endpoint, ok_at, patience=patience)
    return {each.endpoint: _comparison(each) for each in found}


def _comparison(comparison: Comparison) -> EndpointComparison:
    return EndpointComparison(
        notes=tuple(told(comparison)),
        lag_seconds=round(comparison.lag.total_seconds()),
        seen=comparison.seen,
        missing_count=len(comparison.missing),
        missing=comparison.missing[:_MOST_EXAMPLES],
        difference_count=len(comparison.differences),
        differences=tuple(
            ItemDifference(key=each.key, fields=each.fields, title=each.title, home_title=each.home_title)
            for each in comparison.differences[:_MOST_EXAMPLES]
        ),
    )


def _health_of(sources: Sequence[SourceStatus]) -> Health:
    """Return an outlet's health: that of its worst source, a source being as well as its best endpoint.

    An outlet with a source that is carried by a mirror is shaky, not failing.
    """
    return max((_health_of_source(source) for source in sources), key=_severity, default=Health.UNPOLLED)


def _health_of_source(source: SourceStatus) -> Health:
    home, *_ = found = [each.health for each in source.endpoints]
    best = min(found, key=_severity)
    is_carried = best is Health.WORKING and home not in (Health.WORKING, Health.UNPOLLED)
    return Health.SHAKY if is_carried else best


def _severity(health: Health) -> int:
    return health.severity


def _story(config: Config, story: Story, bases: Mapping[str, str]) -> StoryStatus:
    outlet = config.outlets.get(story.outlet)
    link = story.link
    if link and outlet:
        link = urls.lead(link, bases[outlet.id], outlet.bases)
    return StoryStatus(
        id=story.uid,
        title=story.title,
        link=link,
        language=story.language,
        outlet=story.outlet,
        outlet_name=outlet.name if outlet else story.outlet,
        first_seen=story.first_seen,
        updated=story.updated,
        copies=max(0, len(story.outlets) - 1),
        tags=tuple(map(_tag, story.tags)),
    )


def _tag(tag: Tag) -> TagStatus:
    return TagStatus(
        scheme=tag.scheme,
        term=tag.term,
        label=tag.label,
        role=tag.role,
        score=tag.score,
        words=tuple(dict.fromkeys(evidence.words for evidence in tag.evidence)),
    )
