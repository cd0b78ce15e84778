"""How many connections readers may hold, for how long, and how much memory is held for what they read slowly."""

from __future__ import annotations

import heapq
import ipaddress
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

_LEAST, _SHARE = 8, 3
_BATCH = 100
_SITE_BITS = 64


def address_key(host: str) -> str | None:
    """Return by what a reader's connections are counted: the address, of IPv6 its network of 64 bits (RFC 6177).

    None for addresses that are not public: they are a proxy's, with many readers behind it, or the operator's own.
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = ipaddress.ip_network((address, _SITE_BITS), strict=False)
            return str(network) if address.is_global else None
        address = address.ipv4_mapped
    return str(address) if address.is_global else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """What readers may hold: ``total`` connections, ``per_address`` of them from one address (see ``address_key``).

    In seconds: a request's head must be there ``head`` after its first byte, the next request ``idle`` after the last
    answer; a reader must take a buffer's worth of an answer within ``stall``. Bodies that readers are slow to take may
    hold ``held_bytes`` of memory. What is over time is looked for every ``look`` seconds.
    """

    total: int = 1000
    per_address: int = 64
    head: float = 10.0
    idle: float = 75.0
    stall: float = 60.0
    held_bytes: int = 64 * 1024 * 1024
    look: float = 1.0
    key: Callable[[str], str | None] = address_key

    def within(self, descriptors: int) -> int:
        """Return how many connections leave two thirds of all file descriptors to polling and the store."""
        return max(_LEAST, min(self.total, descriptors // _SHARE))


class Held(Protocol):
    """A connection, as the gate sees it. Times are the loop's."""

    @property
    def host(self) -> str: ...  # noqa: D102
    @property
    def waiting_since(self) -> float | None: ...  # noqa: D102
    @property
    def head_since(self) -> float | None: ...  # noqa: D102
    @property
    def stalled_since(self) -> float | None: ...  # noqa: D102
    def abort(self) -> None: ...  # noqa: D102
    def finish(self) -> None: ...  # noqa: D102


class ConnectionGate:
    """Admits connections, and ends those that take too long. Room is made by those that do nothing for the longest."""

    def __init__(self, limits: ConnectionLimits, descriptors: Callable[[], int]) -> None:
        """Admit none yet; ``descriptors`` tells how many files this process may have open."""
        self.limits, self._descriptors = limits, descriptors
        self._held: dict[Held, str | None] = {}
        self._by_key: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._held)

    def admit(self, connection: Held) -> bool:
        """Count a connection, if there is or can be made room for it."""
        key = self.limits.key(connection.host)
        if key is not None and self._by_key[key] >= self.limits.per_address and not self._make_room(key):
            return False
        if len(self._held) >= self.limits.within(self._descriptors()) and not self._make_room():
            return False
        self._held[connection] = key
        if key is not None:
            self._by_key[key] += 1
        return True

    def release(self, connection: Held) -> None:
        """Count a connection no more."""
        key = self._held.pop(connection, None)
        if key is not None:
            self._by_key[key] -= 1
            if not self._by_key[key]:
                del self._by_key[key]

    def end_overdue(self, now: float) -> None:
        """End the connections that are over time."""
        for each in list(self._held):
            times = (
                (each.head_since, self.limits.head),
                (each.waiting_since, self.limits.idle),
                (each.stalled_since, self.limits.stall),
            )
            if any(since is not None and now - since > most for since, most in times):
                self._end(each)

    def finish_all(self) -> None:
        """End all connections when what they were answered is sent: the server ends."""
        for each in list(self._held):
            each.finish()

    def _make_room(self, key: str | None = None) -> bool:
        """End the connection that waits for its reader the longest, of those of ``key``; return whether there was one.

        Those that wait for a request go before those whose readers take nothing of an answer. Of thousands, a hundredth
        is ended at once: to look through all of them for each that comes would be slower than to answer them.
        """
        for since_of in (_waits_since, _stalls_since):
            found = [
                (since, place, each)
                for place, (each, its) in enumerate(self._held.items())
                if (key is None or its == key) and (since := since_of(each)) is not None
            ]
            if found:
                for _, _, each in heapq.nsmallest(max(1, len(found) // _BATCH), found):
                    self._end(each)
                return True
        return False

    def _end(self, connection: Held) -> None:
        self.release(connection)
        connection.abort()


def _waits_since(connection: Held) -> float | None:
    return connection.waiting_since


def _stalls_since(connection: Held) -> float | None:
    return connection.stalled_since


class HeldBodies:
    """The bodies that are being sent. Beyond so many bytes the readers of the oldest are let go: it was replaced since.

    Readers of one body share it. Without a bound, every slow reader could hold a version of a feed of its own.
    """

    def __init__(self, most_bytes: int) -> None:
        """Hold up to ``most_bytes``, or one body."""
        self._most = most_bytes
        self._readers: OrderedDict[int, tuple[int, list[Callable[[], None]]]] = OrderedDict()
        self.held = 0

    @contextmanager
    def sending(self, body: bytes, let_go: Callable[[], None]) -> Iterator[None]:
        """Count a body until the context ends; ``let_go`` ends its sending."""
        key = id(body)
        if key not in self._readers:
            self._readers[key] = len(body), []
            self.held += len(body)
        self._readers[key][1].append(let_go)
        while self.held > self._most and len(self._readers) > 1:
            self._drop(next(iter(self._readers)))
        try:
            yield
        finally:
            if (found := self._readers.get(key)) is not None and let_go in found[1]:
                found[1].remove(let_go)
                if not found[1]:
                    self._forget(key)

    def _drop(self, key: int) -> None:
        for let_go in self._forget(key):
            let_go()

    def _forget(self, key: int) -> list[Callable[[], None]]:
        size, readers = self._readers.pop(key)
        self.held -= size
        return readers
