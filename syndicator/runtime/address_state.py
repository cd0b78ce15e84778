"""What became of asking an address of an outlet: judged by what is known of the documents below it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from syndicator import urls
from syndicator.models import EndpointState, Outcome, Outlet
from syndicator.models.reader_pages import AddressState

# Polls are at most a day apart, and some are late: what was asked longer ago than that is not known.
_OLD = timedelta(hours=30)
# What is known of one document outweighs what is known of another, the first the most.
WEIGHTS = (
    AddressState.FOREIGN,
    AddressState.ANSWERS,
    AddressState.REFUSES,
    AddressState.NO_ANSWER,
    AddressState.UNSEEN,
)
# Nobody was asked: by a rule of ours or by robots.txt, or a fault on our side was in the way.
UNASKED = frozenset(
    {Outcome.BLOCKED_ADDRESS, Outcome.BAD_URL, Outcome.DISALLOWED, Outcome.INTERNAL_ERROR, Outcome.PROXY_ERROR}
)


class KnownDocument(NamedTuple):
    """What is known of one document: how it was when it was asked last, and how long that tells anything."""

    state: EndpointState
    patience: timedelta


def known_below(outlet: Outlet, states: Mapping[str, Sequence[EndpointState]]) -> dict[str, list[KnownDocument]]:
    """Return what is known by the address of the outlet that it is below; ``states`` are by source.

    A home may have its feeds elsewhere: they speak for it.
    """
    bases = outlet.bases
    found: dict[str, list[KnownDocument]] = {base: [] for base in bases}
    elsewhere: list[KnownDocument] = []
    for each in _known(outlet, states):
        below = max((base for base in bases if _is_below(each.state.endpoint, base)), key=len, default=None)
        (elsewhere if below is None else found[below]).append(each)
    found[bases[0]] = found[bases[0]] or elsewhere
    return found


def state_of(known: Sequence[KnownDocument], now: datetime) -> AddressState:
    """Return what became of asking an address, by all that is known below it."""
    return min((_state(each, now) for each in known), key=WEIGHTS.index, default=AddressState.UNSEEN)


def _known(outlet: Outlet, states: Mapping[str, Sequence[EndpointState]]) -> Iterator[KnownDocument]:
    for source in outlet.sources:
        patience = max(_OLD, 2 * source.interval) if source.interval else _OLD
        for each in states.get(source.id, ()):
            yield KnownDocument(each, patience)


def _is_below(endpoint: str, base: str) -> bool:
    """Return whether an endpoint is at an address; most are written below it as they are."""
    return endpoint.startswith(f"{base}/") or urls.is_below(endpoint, (base,))


def _state(known: KnownDocument, now: datetime) -> AddressState:
    state, outcome = known.state, known.state.outcome
    if state.quarantine.is_quarantined:
        return AddressState.FOREIGN
    if outcome is None or outcome in UNASKED or state.tried_at is None or state.tried_at < now - known.patience:
        return AddressState.UNSEEN
    if outcome.is_good:
        return AddressState.ANSWERS
    return AddressState.NO_ANSWER if outcome.is_unreached or outcome.is_host_down else AddressState.REFUSES
