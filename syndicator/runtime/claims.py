"""Which hosts this process may poll, where several processes poll for one store.

A process claims the hosts of all endpoints of what it is about to poll, home and mirrors together, so that nobody waits
for one host while holding another. It holds them while it polls, renewing its lease; if it dies, they are free when the
lease ends. If it was only away for longer, the numbers of its claims are old, and the store takes nothing by them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    """Says which hosts may be polled."""

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
        """Let go of a host, and of all that were claimed with it."""

    async def renew(self) -> timedelta:
        """Go on holding what is ours. Return how far our clock is ahead of the store's. Raise StoreError."""

    async def leave(self) -> None:
        """Let go of everything: this process ends."""


class OnlyProcess:
    """Nobody else polls: all hosts are ours. So it is where the store is a file."""

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
        self._held: dict[str, Claim] = {}
        # Until when each is ours for certain, by the loop's clock, which goes on while a process is stopped.
        self._until: dict[str, float] = {}
        self._users = Counter[str]()
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
        until = self._end_of_lease()
        needed = frozenset[str]().union(*groups.values()) - self._held.keys()
        now, ended, held = self._clock(), frozenset(self._ended), dict(self._held)
        waits = self._waits.all(now)

        def claim(tx: Transaction) -> tuple[dict[str, Claim], Taken, Mapping[str, datetime]]:
            tx.hosts.hold(ended, longer=self._spacing())
            if waits != self._known_waits:
                tx.hosts.put_waits(waits, now)
            new = tx.hosts.claim(needed, worker=self._worker.name, lease=self._lease)
            ours = held | {each.host: each for each in new}
            whole = [host for host, group in groups.items() if group <= ours.keys()]
            used = frozenset[str]().union(*(groups[host] for host in whole))
            tx.hosts.hold([each for each in new if each.host not in used], longer=timedelta(0))
            states = tx.sources.states([source for host in whole for source in wanted[host]])
            due = {id_: state for id_, state in states.items() if state.due_at <= now}
            return ours, Taken(due, {host: ours[host] for host in whole}), tx.hosts.waits(now)

        ours, taken, all_waits = await self._store.write(claim)
        self._ended -= ended
        for host in taken.claims:
            self._with[host] = groups[host]
            self._users.update(groups[host])
            for each in groups[host] - self._held.keys():
                self._held[each], self._until[each] = ours[each], until
        self._heed(all_waits, now)
        return taken

    def has(self, claim: Claim | None) -> bool:
        """Return whether a host is still ours: its lease has not ended, and nobody has taken it over."""
        if claim is None:
            return True
        is_in_time = asyncio.get_running_loop().time() < self._until.get(claim.host, 0.0)
        return is_in_time and self._held.get(claim.host) == claim

    def end(self, host: str) -> None:
        """Let go of a host and of those claimed with it, at the next ``take`` or ``renew``."""
        for each in self._with.pop(host, ()):
            self._users[each] -= 1
            if self._users[each] <= 0:
                del self._users[each]
                self._until.pop(each, None)
                if (claim := self._held.pop(each, None)) is not None:
                    self._ended.add(claim)

    async def renew(self) -> timedelta:
        """Hold what is ours for another lease, let go of what has ended, and be seen to be at work. Raise StoreError.

        Return how far this machine's clock is ahead of the database's.
        """
        held, ended, until = frozenset(self._held.values()), frozenset(self._ended), self._end_of_lease()

        def hold(tx: Transaction) -> tuple[frozenset[Claim], datetime]:
            tx.workers.see(self._worker)
            tx.hosts.hold(ended, longer=self._spacing())
            return tx.hosts.hold(held, longer=self._lease), tx.workers.clock()

        kept, shown = await self._store.write(hold)
        ahead = self._clock() - shown
        self._ended -= ended
        for claim in held:
            if self._held.get(claim.host) != claim:
                continue
            if claim in kept:
                self._until[claim.host] = until
            else:
                del self._held[claim.host], self._until[claim.host]
                _log.warning("another process has taken over a host", host=claim.host)
        return ahead

    async def leave(self) -> None:
        """Let go of everything: this process ends."""
        claims = frozenset(self._held.values()) | self._ended
        self._held.clear()
        self._ended.clear()

        def leave(tx: Transaction) -> None:
            tx.hosts.hold(claims, longer=self._spacing())
            tx.workers.leave(self._worker.name)

        try:
            await self._store.write(leave)
        except StoreError as error:
            _log.error("hosts are let go when their lease ends", error=str(error))

    def _end_of_lease(self) -> float:
        """Return until when what is claimed now will be ours, by the loop's clock: the store counts from later on."""
        return asyncio.get_running_loop().time() + self._lease.total_seconds()

    def _heed(self, waits: Mapping[str, datetime], now: datetime) -> None:
        """Heed the waits that hosts asked of any process."""
        known = self._waits.all(now)
        for host, until in waits.items():
            if known.get(host) != until:
                self._waits.put(host, until, now)
        self._known_waits = self._waits.all(now)


def _keys(sources: Iterable[Source]) -> frozenset[str]:
    """Return the hosts of all endpoints of sources."""
    return frozenset(domains.politeness_key(endpoint) for source in sources for endpoint in source.endpoints)
