"""Which hosts this process may poll, where several processes poll for one store.

A process claims the hosts of all endpoints of what it is about to poll, home and mirrors together, so that nobody waits
for one host while holding another. It holds them while it polls, renewing its lease; if it dies, they are free when the
lease ends. If it was only away for longer, the numbers of its claims are old, and the store takes nothing by them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import structlog

from syndicator import domains
from syndicator.errors import StoreError
from syndicator.fetch import HostWaits
from syndicator.models import Source, SourceState
from syndicator.models.workers import Claim, Worker
from syndicator.store import Store, Transaction

_log = structlog.get_logger()
LEASE = timedelta(seconds=60)
# By clocks further apart, sources would be asked too early, and stories stamped wrong.
MOST_APART = timedelta(seconds=30)


class Taken(NamedTuple):
    """Hosts that may be polled now: what is due at each, as the store has it, and by which claim."""

    states: Mapping[str, SourceState]
    claims: Mapping[str, Claim | None]


class Claims(Protocol):
    """Grants hosts to the dispatcher, which polls at no others."""

    @property
    def is_shared(self) -> bool:
        """Whether others may poll too."""

    def may_ask(self, source: Source) -> bool:
        """Return whether this process may poll a source at all."""

    def held_by_others(self, tx: Transaction) -> frozenset[str]:
        """Return the hosts that other processes poll now."""

    async def take(self, wanted: Mapping[str, Sequence[Source]]) -> Taken:
        """Claim hosts, each with the sources that are due there, as far as nobody else has them. Raise StoreError."""

    def has(self, claim: Claim | None) -> bool:
        """Return whether a host is still ours, as far as can be told without asking the store."""

    def end(self, host: str) -> None:
        """Release a host, and all that were claimed with it."""

    async def renew(self) -> timedelta:
        """Go on holding what is ours. Return how far our clock is ahead of the store's. Raise StoreError."""

    async def leave(self) -> None:
        """Release everything: this process ends."""


class OnlyProcess:
    """Grants all hosts, without a word to the store: one that is a file has no other process."""

    is_shared = False

    def __init__(self, store: Store, worker: Worker) -> None:
        """Read from ``store``."""
        self._store, self._worker = store, worker

    def may_ask(self, source: Source) -> bool:
        """Return whether a source wants none but this process."""
        return self._worker.may_ask(source.ask_from)

    def held_by_others(self, tx: Transaction) -> frozenset[str]:  # noqa: ARG002
        """Return none."""
        return frozenset()

    async def take(self, wanted: Mapping[str, Sequence[Source]]) -> Taken:
        """Take all."""
        sources = [source for due in wanted.values() for source in due]
        states = await self._store.read(lambda tx: tx.sources.states(sources))
        return Taken(states, dict.fromkeys(wanted))

    def has(self, claim: Claim | None) -> bool:  # noqa: ARG002
        """Return true."""
        return True

    def end(self, host: str) -> None:
        """Do nothing."""

    async def renew(self) -> timedelta:
        """Do nothing: there is one clock."""
        return timedelta(0)

    async def leave(self) -> None:
        """Do nothing."""


@dataclass(slots=True)
class _Held:
    """A host that is ours, and until when for certain; how many of those that were taken it was claimed for."""

    claim: Claim
    until: float
    users: int = 0


class SharedClaims:
    """Claims hosts in a store that others work on too. ``renew`` at least each third of a lease."""

    is_shared = True

    def __init__(
        self,
        store: Store,
        worker: Worker,
        *,
        waits: HostWaits,
        spacing: Callable[[], timedelta],
        clock: Callable[[], datetime],
        lease: timedelta = LEASE,
    ) -> None:
        """Claim for ``worker``, whose name no other process has.

        Hosts are let go with a pause of ``spacing``. ``waits``, which hosts asked for, are shared with others.
        """
        self._store, self._worker, self._lease = store, worker, lease
        self._waits, self._spacing, self._clock = waits, spacing, clock
        self._held: dict[str, _Held] = {}
        self._with: dict[str, frozenset[str]] = {}
        self._ended: set[Claim] = set()
        self._known_waits: Mapping[str, datetime] = {}

    def may_ask(self, source: Source) -> bool:
        """Return whether a source asks for this process, or for none in particular."""
        return self._worker.may_ask(source.ask_from)

    def held_by_others(self, tx: Transaction) -> frozenset[str]:
        """Return the hosts that other processes hold."""
        return tx.hosts.held_by_others(self._worker.name)

    async def take(self, wanted: Mapping[str, Sequence[Source]]) -> Taken:
        """Claim hosts, and read what is due there: others may have polled it since it was found to be due."""
        if not wanted and not self._ended:
            return Taken({}, {})
        groups = {host: _keys(due) for host, due in wanted.items()}
        until, now = self._end_of_lease(), self._clock()
        held = {host: each.claim for host, each in self._held.items() if self._is_certain(each)}
        needed = frozenset[str]().union(*groups.values()) - held.keys()
        let_go = self._letting_go()

        def claim(tx: Transaction) -> tuple[dict[str, Claim], Taken, Mapping[str, datetime]]:
            let_go(tx)
            new = {each.host: each for each in tx.hosts.claim(needed, worker=self._worker.name, lease=self._lease)}
            whole = [host for host, group in groups.items() if group <= held.keys() | new.keys()]
            used = frozenset[str]().union(*(groups[host] for host in whole))
            tx.hosts.hold([each for host, each in new.items() if host not in used], longer=timedelta(0))
            states = tx.sources.states([source for host in whole for source in wanted[host]])
            due = {id_: state for id_, state in states.items() if state.due_at <= now}
            ours = held | new
            return ours, Taken(due, {host: ours[host] for host in whole}), tx.hosts.waits(now)

        ours, taken, waits = await self._store.write(claim)
        for host in taken.claims:
            self._use(host, groups[host], ours, until)
        self._heed(waits, now)
        return taken

    def has(self, claim: Claim | None) -> bool:
        """Return whether a host is still ours: its lease has not ended, and nobody has taken it over."""
        if claim is None:
            return True
        held = self._held.get(claim.host)
        return held is not None and held.claim == claim and self._is_certain(held)

    def end(self, host: str) -> None:
        """Release a host, and those claimed with it, at the next ``take`` or ``renew``."""
        for each in self._with.pop(host, ()):
            if (held := self._held.get(each)) is not None:
                held.users -= 1
                if held.users <= 0:
                    del self._held[each]
                    self._ended.add(held.claim)

    async def renew(self) -> timedelta:
        """Hold what is ours for another lease, let go of what has ended, and be seen to be at work. Raise StoreError.

        Return how far this machine's clock is ahead of the database's.
        """
        held, until, let_go = [each.claim for each in self._held.values()], self._end_of_lease(), self._letting_go()

        def hold(tx: Transaction) -> tuple[frozenset[Claim], datetime]:
            let_go(tx)
            tx.workers.see(self._worker)
            return tx.hosts.hold(held, longer=self._lease), tx.workers.clock()

        kept, shown = await self._store.write(hold)
        ahead = self._clock() - shown
        for claim in held:
            found = self._held.get(claim.host)
            if found is None or found.claim != claim:
                continue
            if claim in kept:
                found.until = until
            else:
                del self._held[claim.host]
                _log.warning("another process has taken over a host", host=claim.host)
        return ahead

    async def leave(self) -> None:
        """Release everything: this process ends."""
        self._ended.update(each.claim for each in self._held.values())
        self._held.clear()
        let_go = self._letting_go()

        def leave(tx: Transaction) -> None:
            let_go(tx)
            tx.workers.leave(self._worker.name)

        try:
            await self._store.write(leave)
        except StoreError as error:
            _log.error("hosts are let go when their lease ends", error=str(error))

    def _use(self, host: str, group: frozenset[str], ours: Mapping[str, Claim], until: float) -> None:
        """Note that hosts are held for what is polled at one of them."""
        self._with[host] = group
        for each in group:
            held = self._held.get(each)
            if held is None:
                held = self._held[each] = _Held(ours[each], until)
            elif held.claim != ours[each]:  # its lease had ended, and nobody else had come
                held.claim, held.until = ours[each], until
            held.users += 1

    def _letting_go(self) -> Callable[[Transaction], None]:
        """Return what lets go of the hosts that are not needed any more, with what they asked for until then."""
        ended, now = frozenset(self._ended), self._clock()
        waits = self._waits.all(now)
        # Should this not be committed, their leases end by themselves.
        self._ended.clear()

        def let_go(tx: Transaction) -> None:
            tx.hosts.hold(ended, longer=self._spacing())
            if waits != self._known_waits:
                tx.hosts.put_waits(waits, now)

        return let_go

    def _heed(self, waits: Mapping[str, datetime], now: datetime) -> None:
        """Heed the waits that hosts asked of any process."""
        known = self._waits.all(now)
        for host, until in waits.items():
            if known.get(host) != until:
                self._waits.put(host, until, now)
        self._known_waits = self._waits.all(now)

    def _is_certain(self, held: _Held) -> bool:
        return asyncio.get_running_loop().time() < held.until

    def _end_of_lease(self) -> float:
        """Return until when what is claimed now is ours, by the loop's clock, which goes on while a process is stopped.

        The store counts from a little later on.
        """
        return asyncio.get_running_loop().time() + self._lease.total_seconds()


def _keys(sources: Iterable[Source]) -> frozenset[str]:
    """Return the hosts of all endpoints of sources."""
    return frozenset(domains.politeness_key(endpoint) for source in sources for endpoint in source.endpoints)
