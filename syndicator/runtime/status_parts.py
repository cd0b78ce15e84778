"""Build the parts of a status: outlets, their sources and endpoints, stories. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

from syndicator import urls
from syndicator.config import Config
from syndicator.models import Appearance, EndpointState, Outlet, SourceState, Story, Tag
from syndicator.models.status import (
    EndpointComparison,
    EndpointStatus,
    Health,
    ItemDifference,
    OutletStatus,
    SourceStatus,
    StoryStatus,
    TagStatus,
)
from syndicator.watch import Comparison, compare, describe, health_of, health_of_source

# An endpoint can show any number of foreign items: the counts say how many, some examples are enough.
_MOST_EXAMPLES = 20

# Addresses stay the same from one status to the next.
_redact = lru_cache(maxsize=16384)(urls.redact)
Comparisons = Mapping[str, EndpointComparison]
NO_COMPARISONS: Comparisons = {}
NOBODY: Mapping[str, str] = {}


def outlet_status(
    outlet: Outlet,
    states: Mapping[str, SourceState],
    compared: Mapping[str, Comparisons],
    base: str,
    *,
    unreached: Collection[str] = (),
    asked_by: Mapping[str, str] = NOBODY,
) -> OutletStatus:
    """Return an outlet's status; ``base`` is where its links lead, ``compared`` and ``asked_by`` are by source.

    The health of ``unreached`` endpoints is not known: this machine is offline.
    """
    sources = tuple(
        _source(states[source.id], compared.get(source.id, NO_COMPARISONS), unreached, asked_by.get(source.id, ""))
        for source in outlet.sources
        if source.id in states
    )
    return OutletStatus(
        id=outlet.id,
        name=outlet.name,
        country=outlet.country,
        language=outlet.language,
        mode=outlet.mode,
        health=_outlet_health(sources),
        last_ok_at=max((source.last_ok_at for source in sources if source.last_ok_at), default=None),
        link_base=None if base == outlet.home else base,
        sources=sources,
    )


def _source(state: SourceState, compared: Comparisons, unreached: Collection[str], asked_by: str) -> SourceStatus:
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
        asked_by=asked_by,
        endpoints=tuple(
            _endpoint(
                each,
                is_mirror=each.endpoint != home,
                is_active=each.endpoint == active,
                comparison=compared.get(each.endpoint),
                health=Health.UNREACHED if each.endpoint in unreached else health_of(each),
            )
            for each in state.endpoints
        ),
    )


def _endpoint(
    state: EndpointState, *, is_mirror: bool, is_active: bool, comparison: EndpointComparison | None, health: Health
) -> EndpointStatus:
    redirect = state.redirect
    return EndpointStatus(
        url=_redact(state.endpoint),
        is_mirror=is_mirror,
        is_active=is_active,
        health=health,
        outcome=state.outcome,
        note=state.note,
        failures=state.failures,
        latency_seconds=round(state.latency, 3),
        last_try_at=state.tried_at,
        last_ok_at=state.good_at,
        next_try_at=state.next_try_at,
        moved_to=_redact(redirect.to) if redirect and redirect.is_adopted else None,
        comparison=comparison,
    )


def compare_endpoints(state: SourceState, shown: Sequence[Appearance], patience: timedelta) -> Comparisons:
    """Return by endpoint how those of a source compare."""
    ok_at = {each.endpoint: each.good_at for each in state.endpoints}
    found = compare(shown, state.endpoints[0].endpoint, ok_at, patience=patience)
    return {each.endpoint: _comparison(each) for each in found}


def _comparison(comparison: Comparison) -> EndpointComparison:
    return EndpointComparison(
        notes=tuple(describe(comparison)),
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


def _outlet_health(sources: Sequence[SourceStatus]) -> Health:
    """Return an outlet's health: that of its worst source, a source being as well as its best endpoint.

    An outlet with a source that is carried by a mirror is shaky, not failing.
    """
    return max((_source_health(source) for source in sources), key=_severity, default=Health.UNPOLLED)


def _source_health(source: SourceStatus) -> Health:
    return health_of_source([each.health for each in source.endpoints])


def _severity(health: Health) -> int:
    return health.severity


def story_status(config: Config, story: Story, bases: Mapping[str, str]) -> StoryStatus:
    """Return a story as the status shows it, with its link where it works now."""
    outlet = config.outlets.get(story.outlet)
    link = story.link
    if link and outlet:
        link = urls.lead(link, bases[outlet.id], outlet.bases)
    return StoryStatus(
        id=story.uid,
        page=f"/stories/{story.id}",
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
