"""Names to addresses, so that names that get no answer never hold up the others.

The system's own ``getaddrinfo`` is asked, in threads: it alone honours ``/etc/hosts``, ``nsswitch.conf`` and the search
domains as every other program on the machine does. It cannot be interrupted, so a look-up that hangs keeps its thread.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from syndicator.errors import LocalFaultError
from syndicator.fetch.deadline import paused
from syndicator.fetch.local_fault import lacking_descriptor, local_fault
from syndicator.fetch.threads import Threads

Addresses = Sequence[tuple[int, str]]  # pairs of address family and address
LookUp = Callable[[str, int], Addresses]
MOST_NAMES = 10_000
_NUMERIC = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
_IPV4, _IPV6 = int(socket.AF_INET), int(socket.AF_INET6)


class ResolveError(OSError):
    """A name has no address; the text is a note for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverSettings:
    """The resolver's limits, in seconds.

    ``patience`` is how long a look-up may take as seen by the asker, ``queueing`` how long it may wait for a thread.
    Addresses are kept for ``addresses_hold`` and failures for ``failures_hold``.
    """

    patience: float = 5.0
    queueing: float = 30.0
    addresses_hold: float = 10.0
    failures_hold: float = 60.0
    most_threads: int = 128


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a look-up found: addresses, or why there are none."""

    addresses: Addresses = ()
    error: Exception | None = None

    def unwrap(self) -> Addresses:
        if self.error is not None:
            raise self.error.with_traceback(None)  # one error is raised many times, and must not grow
        return self.addresses


@dataclass(slots=True)
class _Pending:
    """A look-up under way, or waiting for a thread. Its thread may still hang when those who asked have an answer."""

    host: str
    family: int
    answer: asyncio.Future[_Answer]
    timer: asyncio.TimerHandle | None = None


def system_look_up(host: str, family: int) -> Addresses:
    """Return the addresses of a name in the system's order; raise OSError, or UnicodeError for what is no name."""
    found = socket.getaddrinfo(host, None, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(int(kind), _numeric(kind, address)) for kind, _, _, _, address in found if kind in (_IPV4, _IPV6)]


def _numeric(family: int, address: Any) -> str:
    if family == _IPV6 and len(address) > 3 and address[3]:  # noqa: PLR2004 - a link-local address needs its scope
        return socket.getnameinfo(address, _NUMERIC)[0]
    return str(address[0])


class Resolver(AbstractResolver):
    """Resolves names for aiohttp in threads of its own. Must be created in a running event loop and closed.

    One look-up per name is under way at a time, shared by all who ask. Its addresses are kept for some seconds, its
    failure for a minute. A name that timed out counts as failed for as long as its thread hangs, so dead names take
    one thread each and no more. Deadlines stand still meanwhile.
    """

    def __init__(
        self,
        look_up: LookUp = system_look_up,
        settings: ResolverSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use ``look_up``, which may block, and ``clock`` for the age of what is kept."""
        self._look_up, self._settings, self._clock = look_up, settings or ResolverSettings(), clock
        self._loop = asyncio.get_running_loop()
        self._threads = Threads(self._settings.most_threads)
        self._pending: dict[tuple[str, int], _Pending] = {}
        self._queue: deque[_Pending] = deque()
        self._kept: dict[tuple[str, int], tuple[float, _Answer]] = {}
        self._is_closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of ``host``; raise ResolveError, or LocalFaultError for a fault of this machine."""
        answer = _literal(host) or self._known(host, int(family))
        if answer is None:
            pending = self._pending.get((host, int(family))) or self._begin(host, int(family))
            with paused():
                answer = await asyncio.shield(pending.answer)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=_NUMERIC)
            for kind, address in answer.unwrap()
        ]

    async def close(self) -> None:
        """Fail all who wait; threads that hang are left to end by themselves."""
        self._is_closed = True
        self._queue.clear()
        for pending in self._pending.values():
            self._settle(pending, _Answer(error=ResolveError("the resolver is closed")))
        self._pending.clear()
        self._threads.close()

    def _known(self, host: str, family: int) -> _Answer | None:
        if self._is_closed:
            return _Answer(error=ResolveError("the resolver is closed"))
        until, answer = self._kept.get((host, family), (0.0, None))
        return answer if until > self._clock() else None

    def _begin(self, host: str, family: int) -> _Pending:
        pending = self._pending[host, family] = _Pending(host, family, self._loop.create_future())
        if self._threads.has_room():
            self._start(pending)
        else:
            self._queue.append(pending)
            pending.timer = self._loop.call_later(self._settings.queueing, self._give_up, pending)
        return pending

    def _start(self, pending: _Pending) -> None:
        """Look a name up in a thread. The patience with it begins now, however long it waited for the thread."""
        if pending.timer is not None:
            pending.timer.cancel()
        pending.timer = self._loop.call_later(self._settings.patience, self._expire, pending)
        try:
            self._threads.start(partial(self._ask, pending))
        except RuntimeError:
            self._drop(pending, "this machine starts no more threads: see its limits on tasks (ulimit -u)")

    def _ask(self, pending: _Pending) -> Callable[[], None]:
        """Look a name up, in a thread; return what to do in the loop."""
        try:
            addresses = self._look_up(pending.host, pending.family)
            answer = _Answer(addresses) if addresses else _Answer(error=ResolveError("the name has no address"))
        except (OSError, UnicodeError, MemoryError) as error:
            fault = local_fault(error) or lacking_descriptor()
            answer = _Answer(error=fault or ResolveError("the name does not resolve"))
        except Exception as error:  # noqa: BLE001 - it is raised where the name is wanted
            answer = _Answer(error=error)
        return partial(self._returned, pending, answer)

    def _returned(self, pending: _Pending, answer: _Answer) -> None:
        if not self._is_closed:
            self._pending.pop((pending.host, pending.family), None)
            self._keep(pending, answer)
            self._settle(pending, answer)
            self._start_queued()

    def _start_queued(self) -> None:
        while self._queue and self._threads.has_room():
            pending = self._queue.popleft()
            if not pending.answer.done():  # or it waited too long
                self._start(pending)

    def _expire(self, pending: _Pending) -> None:
        """Answer those who wait. The look-up stays pending, so that nobody starts another while its thread hangs."""
        note = f"the name server does not answer within {self._settings.patience:g} s"
        self._settle(pending, _Answer(error=ResolveError(note)))

    def _give_up(self, pending: _Pending) -> None:
        hanging = self._settings.most_threads
        self._drop(pending, f"{hanging} look-ups of names hang: see whether the name server of this machine answers")

    def _drop(self, pending: _Pending, note: str) -> None:
        """Answer those who wait for a look-up that has no thread; it is not kept as the name's failure."""
        self._pending.pop((pending.host, pending.family))
        self._settle(pending, _Answer(error=LocalFaultError(note)))

    def _settle(self, pending: _Pending, answer: _Answer) -> None:
        if pending.timer is not None:
            pending.timer.cancel()
        if not pending.answer.done():
            pending.answer.set_result(answer)

    def _keep(self, pending: _Pending, answer: _Answer) -> None:
        """Keep an answer for a while. The oldest make room; a fault of this machine says nothing of the name."""
        if answer.error is not None and not isinstance(answer.error, ResolveError):
            return
        key, now = (pending.host, pending.family), self._clock()
        hold = self._settings.addresses_hold if answer.error is None else self._settings.failures_hold
        self._kept.pop(key, None)
        self._kept[key] = now + hold, answer
        while self._kept and (len(self._kept) > MOST_NAMES or next(iter(self._kept.values()))[0] <= now):
            del self._kept[next(iter(self._kept))]


def _literal(host: str) -> _Answer | None:
    """Return the answer for an address written as a number: it is no name to look up."""
    if host[-1:].isalpha() and ":" not in host:
        return None
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return _Answer(addresses=[(_IPV4 if address.version == 4 else _IPV6, host)])  # noqa: PLR2004 - IPv4
