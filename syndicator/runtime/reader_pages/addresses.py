"""The addresses of an outlet as readers know them: what became of asking each. Pure.

They are the outlet's home and its mirrors, by what is known of the documents below each. Passwords, proxies, errors and
the names of hosts that only the operator's network knows are not for readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from syndicator import urls
from syndicator.models import Outlet, SourceState
from syndicator.models.reader_pages import Address, AddressComparison, AddressState
from syndicator.runtime.address_state import WEIGHTS, KnownDocument, known_below, state_of
from syndicator.runtime.open_addresses import open_bases
from syndicator.watch import Comparison

_HIDDEN = (".onion", ".i2p")


def addresses_of(
    outlet: Outlet,
    states: Mapping[str, SourceState],
    now: datetime,
    compared: Mapping[str, Comparison] | None = None,
) -> tuple[Address, ...]:
    """Return the addresses of an outlet, its home first. States are by source, comparisons by endpoint."""
    places = known_below(outlet, {id_: state.endpoints for id_, state in states.items()})
    shown = set(open_bases(outlet))
    return tuple(
        _address(base, places[base], now, compared or {}, is_home=number == 0)
        for number, base in enumerate(outlet.bases)
        if base in shown
    )


def best_of(addresses: Sequence[Address]) -> Address:
    """Return the address that readers are best led to: the first of those that answer, if any does."""
    trusted = [each for each in addresses if each.state is not AddressState.FOREIGN]
    return min(trusted or addresses, key=lambda each: WEIGHTS.index(each.state))


def _address(
    base: str, known: Sequence[KnownDocument], now: datetime, compared: Mapping[str, Comparison], *, is_home: bool
) -> Address:
    state = state_of(known, now)
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
