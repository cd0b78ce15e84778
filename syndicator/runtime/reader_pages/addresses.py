"""The addresses of an outlet as readers know them: what became of asking each. Pure.

They are the outlet's home and its mirrors, by what is known of the documents below each. Passwords, proxies, errors and
the names of hosts that only the operator's network knows are not for readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from syndicator import urls
from syndicator.models import EndpointState, Outcome, Outlet, SourceState
from syndicator.models.reader_pages import Address, AddressComparison, AddressState
from syndicator.runtime.open_addresses import open_bases
from syndicator.watch import Comparison

# Polls are at most a day apart, and some are late: what was asked longer ago than that is not known.
_OLD = timedelta(hours=30)
# What is known of one document outweighs what is known of another, the first the most.
_FIRST = (
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
_HIDDEN = (".onion", ".i2p")


class _Known(NamedTuple):
    """What is known of one document: how it was when it was asked last, and how long that tells anything."""

    state: EndpointState
    patience: timedelta


def addresses_of(
    outlet: Outlet,
    states: Mapping[str, SourceState],
    now: datetime,
    compared: Mapping[str, Comparison] | None = None,
) -> tuple[Address, ...]:
    """Return the addresses of an outlet, its home first. States are by source, comparisons by endpoint."""
    known = list(_known(outlet, states))
    places = _by_base(outlet.bases, known)
    shown = set(open_bases(outlet))
    return tuple(
        _address(base, places[base], now, compared or {}, is_home=number == 0)
        for number, base in enumerate(outlet.bases)
        if base in shown
    )


def best_of(addresses: Sequence[Address]) -> Address:
    """Return the address that readers are best led to: the first of those that answer, if any does."""
    trusted = [each for each in addresses if each.state is not AddressState.FOREIGN]
    return min(trusted or addresses, key=lambda each: _FIRST.index(each.state))


def _known(outlet: Outlet, states: Mapping[str, SourceState]) -> Iterator[_Known]:
    for source in outlet.sources:
        patience = max(_OLD, 2 * source.interval) if source.interval else _OLD
        for each in states[source.id].endpoints if source.id in states else ():
            yield _Known(each, patience)


def _by_base(bases: Sequence[str], known: Sequence[_Known]) -> dict[str, list[_Known]]:
    """Return what is known by the address that it is below. A home may have its feeds elsewhere: they speak for it."""
    found: dict[str, list[_Known]] = {base: [] for base in bases}
    elsewhere: list[_Known] = []
    for each in known:
        below = max((base for base in bases if _is_below(each.state.endpoint, base)), key=len, default=None)
        (elsewhere if below is None else found[below]).append(each)
    found[bases[0]] = found[bases[0]] or elsewhere
    return found


def _is_below(endpoint: str, base: str) -> bool:
    """Return whether an endpoint is at an address; most are written below it as they are."""
    return endpoint.startswith(f"{base}/") or urls.is_below(endpoint, (base,))


def _address(
    base: str, known: Sequence[_Known], now: datetime, compared: Mapping[str, Comparison], *, is_home: bool
) -> Address:
    states = [_state(each, now) for each in known]
    state = min(states, key=_FIRST.index, default=AddressState.UNSEEN)
    host = _host(base)
    plain = urls.without_user(base)
    is_hidden_service = host.endswith(_HIDDEN)
    may_be_opened = state is not AddressState.FOREIGN and not is_hidden_service and urls.redact(plain) == plain
    found = [compared[each.state.endpoint] for each in known if each.state.endpoint in compared]
    return Address(
        text=urls.redact(plain).partition("://")[2],
        link=plain if may_be_opened else "",
        is_home=is_home,
        is_hidden_service=is_hidden_service,
        state=state,
        good_at=max((each.state.good_at for each in known if each.state.good_at), default=None),
        looked_at=max((each.state.tried_at for each in known if each.state.tried_at), default=None),
        comparison=_together(found) if found and state is not AddressState.FOREIGN else None,
    )


def _state(known: _Known, now: datetime) -> AddressState:
    state, outcome = known.state, known.state.outcome
    if state.quarantine.is_quarantined:
        return AddressState.FOREIGN
    if outcome is None or outcome in UNASKED or state.tried_at is None or state.tried_at < now - known.patience:
        return AddressState.UNSEEN
    if outcome.is_good:
        return AddressState.ANSWERS
    return AddressState.NO_ANSWER if outcome.is_unreached or outcome.is_host_down else AddressState.REFUSES


def _together(found: Sequence[Comparison]) -> AddressComparison:
    """Return what several documents at one address show: the slowest one counts."""
    return AddressComparison(
        seconds_behind=max(round(each.lag.total_seconds()) for each in found),
        seen=sum(each.seen + len(each.missing) for each in found),
        missing=sum(len(each.missing) for each in found),
        differing=sum(len(each.differences) for each in found),
    )


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""
