"""Read how outlets are: of ten thousand, only those that changed since the last time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from syndicator import domains
from syndicator.config import Config
from syndicator.models import Appearance, Outlet, OutletMode, Source, SourceState
from syndicator.models.status import OutletStatus
from syndicator.runtime.status_parts import Comparisons, compare_endpoints, outlet_status
from syndicator.store import Store, Transaction
from syndicator.watch import WINDOW, working_base

# A poll's read waits behind at most this many sources.
_SOURCES_PER_READ = 200
# What was read is kept for those who ask again so many seconds later.
_KEPT = 60.0

Marks = Mapping[str, tuple[object, ...]]


class _Compared(NamedTuple):
    """How the endpoints of a source compared as of its last poll, and what that rests on."""

    basis: tuple[object, ...]
    found: Comparisons


class _Basis(NamedTuple):
    """What an outlet's status rests on: it is read again when any of that is another."""

    outlet: Outlet
    marks: tuple[object, ...]
    unreached: tuple[str, ...]
    patience: timedelta


class _Known(NamedTuple):
    """An outlet as it was read."""

    basis: _Basis
    status: OutletStatus
    base: str


class OutletStatuses(NamedTuple):
    """Outlets in the order of the configuration, and where the links of each lead, by its id."""

    outlets: tuple[OutletStatus, ...]
    bases: Mapping[str, str]


class OutletReader:
    """Reads outlets' statuses; keep one, so that what was not polled since is neither read nor compared again.

    All reads are short, so that polls need not wait long behind them. The rest of the work is done in a thread.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, _Known] = {}
        self._compared: dict[str, _Compared] = {}

    async def read(self, config: Config, *, now: datetime, unreached: Collection[str]) -> OutletStatuses:
        """Return the statuses as of ``now``. Raise StoreError."""
        marks = await self._store.read(_marks)
        known, patience = self._known, config.mirror_patience
        missed = {each.id: _missed(each, unreached) for each in config.outlets.values()} if unreached else {}
        stale = [
            each
            for each in config.outlets.values()
            if not _is_fresh(known.get(each.id), _Basis(each, _of(each, marks), missed.get(each.id, ()), patience))
        ]
        states, asked_by = await self._states([source for outlet in stale for source in outlet.sources])
        compared = await self._comparisons(config, stale, states, now)

        def build() -> dict[str, _Known]:
            bases = (_Basis(each, _of(each, marks), missed.get(each.id, ()), patience) for each in stale)
            made = {basis.outlet.id: _known(basis, states, compared, asked_by) for basis in bases}
            return {id_: made[id_] if id_ in made else known[id_] for id_ in config.outlets}

        found = await asyncio.to_thread(build)
        self._keep(found)
        return OutletStatuses(
            outlets=tuple(each.status for each in found.values()), bases={id_: each.base for id_, each in found.items()}
        )

    def _keep(self, found: dict[str, _Known]) -> None:
        """Keep what was read for a while: nobody may ask again for long."""
        self._known = found
        asyncio.get_running_loop().call_later(_KEPT, self._forget, found)

    def _forget(self, found: dict[str, _Known]) -> None:
        if self._known is found:
            self._known = {}

    async def _states(self, sources: Sequence[Source]) -> tuple[dict[str, SourceState], dict[str, str]]:
        """Return what is known of sources, and which process has asked each last, where several may."""
        states: dict[str, SourceState] = {}
        asked_by: dict[str, str] = {}
        for start in range(0, len(sources), _SOURCES_PER_READ):
            some = sources[start : start + _SOURCES_PER_READ]
            states |= await self._store.read(partial(_overview, sources=some))
            if self._store.is_shared:
                asked_by |= await self._store.read(partial(_asked_by, sources=some))
        return states, asked_by

    async def _comparisons(
        self, config: Config, outlets: Sequence[Outlet], states: Mapping[str, SourceState], now: datetime
    ) -> dict[str, Comparisons]:
        """Compare the endpoints of sources in compare mode; those polled since the last time are compared anew."""
        self._compared = {id_: each for id_, each in self._compared.items() if id_ in config.sources}
        found: dict[str, Comparisons] = {}
        for outlet in outlets:
            for source in outlet.sources:
                if outlet.mode is not OutletMode.COMPARE or source.id not in states:
                    self._compared.pop(source.id, None)
                    continue
                found[source.id] = await self._comparison(source, states[source.id], config.mirror_patience, now)
        return found

    async def _comparison(self, source: Source, state: SourceState, patience: timedelta, now: datetime) -> Comparisons:
        basis = (state.polled_at, source.endpoints, patience)
        before = self._compared.get(source.id)
        if before is None or before.basis != basis:
            shown = await self._store.read(partial(_shown, source=source, since=now - WINDOW))
            compared = await asyncio.to_thread(compare_endpoints, state, shown, patience)
            before = self._compared[source.id] = _Compared(basis, compared)
        return before.found


def _is_fresh(known: _Known | None, basis: _Basis) -> bool:
    return known is not None and None not in basis.marks and known.basis == basis


def _known(
    basis: _Basis,
    states: Mapping[str, SourceState],
    compared: Mapping[str, Comparisons],
    asked_by: Mapping[str, str],
) -> _Known:
    """Make a status. The marks were read before the states: what changed in between is read again the next time."""
    outlet = basis.outlet
    base = working_base(outlet, {each.id: states[each.id].endpoints for each in outlet.sources if each.id in states})
    made = outlet_status(outlet, states, compared, base, unreached=basis.unreached, asked_by=asked_by)
    return _Known(basis, made, base)


def _of(outlet: Outlet, marks: Marks) -> tuple[object, ...]:
    return tuple([marks.get(each.id) for each in outlet.sources])


def _missed(outlet: Outlet, unreached: Collection[str]) -> tuple[str, ...]:
    return tuple(at for source in outlet.sources for at in source.endpoints if at in unreached)


def _marks(tx: Transaction) -> Marks:
    return tx.sources.marks()


def _overview(tx: Transaction, sources: Sequence[Source]) -> dict[str, SourceState]:
    """Return what is known of sources."""
    return tx.sources.overview(sources)


def _asked_by(tx: Transaction, sources: Sequence[Source]) -> dict[str, str]:
    hosts = {each.id: domains.politeness_key(each.home) for each in sources}
    workers = tx.hosts.last_asked_by(frozenset(hosts.values()))
    return {id_: workers[host] for id_, host in hosts.items() if host in workers}


def _shown(tx: Transaction, source: Source, since: datetime) -> list[Appearance]:
    return tx.mirrors.shown([source.id], since)[source.id]
