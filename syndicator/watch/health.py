"""The health of endpoints, and whether an outlet's home is known to be down. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syndicator import urls
from syndicator.models import EndpointState, LinksTo, Outlet
from syndicator.models.status import Health

__all__ = ["Health", "health_of", "is_home_down", "working_base"]
_FAILING_FROM = 3


def health_of(state: EndpointState) -> Health:
    """Return the health of an endpoint."""
    if state.quarantine.is_quarantined:
        return Health.QUARANTINED
    if state.outcome is None:
        return Health.UNPOLLED
    if state.outcome.is_good:
        return Health.WORKING
    if state.outcome == "gone":
        return Health.GONE
    if state.good_at is None and state.outcome.is_unreached and state.failures < _FAILING_FROM:
        return Health.UNREACHED
    return Health.FAILING if state.failures >= _FAILING_FROM or state.good_at is None else Health.SHAKY


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
