"""The health of endpoints, and whether an outlet's home is known to be down. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syndicator import urls
from syndicator.models import EndpointState, LinksTo, Outcome, Outlet, Quarantine
from syndicator.models.status import Health

__all__ = ["Health", "health_by", "health_of", "health_of_source", "is_home_down", "working_base"]
_FAILING_FROM = 3


def health_of(state: EndpointState) -> Health:
    """Return the health of an endpoint."""
    return health_by(state.outcome, state.failures, state.quarantine, was_good=state.good_at is not None)


def health_by(outcome: Outcome | None, failures: float, quarantine: Quarantine, *, was_good: bool) -> Health:
    """Return the health of an endpoint by what it rests on."""
    if quarantine.is_quarantined:
        return Health.QUARANTINED
    if outcome is None:
        return Health.UNPOLLED
    if outcome.is_good:
        return Health.WORKING
    if outcome is Outcome.GONE:
        return Health.GONE
    if not was_good and outcome.is_unreached and failures < _FAILING_FROM:
        return Health.UNREACHED
    return Health.FAILING if failures >= _FAILING_FROM or not was_good else Health.SHAKY


def health_of_source(endpoints: Sequence[Health]) -> Health:
    """Return the health of a source by that of its endpoints, the home first: it is as well as the best of them.

    One that is carried by a mirror is shaky.
    """
    best = min(endpoints, key=_severity)
    is_carried = best is Health.WORKING and endpoints[0] not in (Health.WORKING, Health.UNPOLLED)
    return Health.SHAKY if is_carried else best


def _severity(health: Health) -> int:
    return health.severity


def is_home_down(outlet: Outlet, states: Mapping[str, Sequence[EndpointState]]) -> bool:
    """Return whether the outlet's own domain is known to be down.

    It is down when the last try at every source failed because of the host (name, connection, TLS, timeout, server
    error), or when the endpoint is quarantined. A single feed that is missing or broken says nothing about the pages
    that links lead to. ``states`` is by source id, the home first.
    """
    at_home = [
        states[source.id][0]
        for source in outlet.sources
        if source.id in states and _lies_under(source.home, outlet.home)
    ]
    tried = [state for state in at_home if state.outcome is not None]
    return bool(tried) and all(_is_lost(state) for state in tried)


def _is_lost(state: EndpointState) -> bool:
    """Return whether readers should not be led to an endpoint's host: it is down, or somebody else's."""
    return state.quarantine.is_quarantined or (state.outcome is not None and state.outcome.is_host_down)


def working_base(outlet: Outlet, states: Mapping[str, Sequence[EndpointState]]) -> str:
    """Return the base URL that links should lead to: the home, or while it is down the first mirror that works."""
    if outlet.links is LinksTo.HOME or not is_home_down(outlet, states):
        return outlet.home
    for mirror in outlet.mirrors:
        for source in outlet.sources:
            for state in states.get(source.id, ()):
                is_good = state.outcome is not None and state.outcome.is_good
                if is_good and _lies_under(state.endpoint, mirror):
                    return mirror
    return outlet.home


def _lies_under(endpoint: str, base: str) -> bool:
    return urls.without_user(endpoint).startswith(base + "/")
