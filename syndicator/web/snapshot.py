"""The status as bytes to send: made every few seconds at most, and only while somebody asks."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property, partial

import msgspec

from syndicator.models.status import OutletStatus, Status
from syndicator.web.pages import PER_PAGE, page_count, render_page

# Making it may take this share of one processor, however many sources there are and whoever asks.
_MOST_SHARE = 0.1
# A store that is slow for a while must not freeze the status for longer than this, in seconds.
_LONGEST_LIFETIME = 30.0
# For so many lifetimes the last one is good enough for those who ask while the next one is being made.
_USABLE_LIFETIMES = 20
# A snapshot that nobody asks for any more is not kept in memory, in seconds.
_KEPT = 60.0


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes to send, plain and compressed (RFC 9110, 3.2); ``digest`` tells them from others."""

    body: bytes
    compressed: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """A representation, and the whole seconds for which nobody need ask for a newer one."""

    representation: Representation
    seconds: int


class Snapshots:
    """The latest status and its representations. ``gather`` returns a new status; ``clock`` counts seconds.

    Requests share one making. Those that come while a newer one is made get the last one, unless that is old.
    """

    def __init__(self, gather: Callable[[], Awaitable[Status]], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._gather, self._clock = gather, clock
        self._last: _Snapshot | None = None
        self._making: asyncio.Task[_Snapshot] | None = None
        self._rendering = asyncio.Lock()  # one at a time: many pages at once would take the processor from polls

    async def json(self) -> Fresh:
        """Return the whole status as JSON; errors of ``gather`` pass through, as in ``page``."""
        snapshot = await self._latest()
        return await self._rendered(snapshot, 0, partial(msgspec.json.encode, snapshot.status))

    async def page(self, number: int) -> Fresh | None:
        """Return one page of the status as HTML, None if there are not so many."""
        snapshot = await self._latest()
        if not 1 <= number <= page_count(snapshot.status):
            return None
        return await self._rendered(snapshot, number, partial(snapshot.page, number))

    async def _latest(self) -> _Snapshot:
        last = self._last
        age = self._clock() - last.began if last else 0.0
        if last and age < last.lifetime:
            return last
        if self._making is None:
            self._making = asyncio.create_task(self._make())
            self._making.add_done_callback(self._made)
        elif last and age < _USABLE_LIFETIMES * last.lifetime:
            return last
        # A request that is given up does not take the making away from the others.
        return await asyncio.shield(self._making)

    async def _make(self) -> _Snapshot:
        began = self._clock()
        snapshot = _Snapshot(await self._gather(), began)
        snapshot.cost = self._clock() - began
        self._last = snapshot
        asyncio.get_running_loop().call_later(max(_KEPT, snapshot.lifetime), self._forget, snapshot)
        return snapshot

    def _made(self, task: asyncio.Task[_Snapshot]) -> None:
        self._making = None
        if not task.cancelled():
            task.exception()  # whoever still waits for it gets it; it is not to be reported as never looked at

    def _forget(self, snapshot: _Snapshot) -> None:
        if self._last is snapshot:
            self._last = None

    async def _rendered(self, snapshot: _Snapshot, key: int, render: Callable[[], bytes]) -> Fresh:
        if key not in snapshot.rendered:
            async with self._rendering:
                if key not in snapshot.rendered:
                    began = self._clock()
                    snapshot.rendered[key] = await asyncio.to_thread(_rendered_by, render)
                    snapshot.cost += self._clock() - began
        left = snapshot.began + snapshot.lifetime - self._clock()
        return Fresh(snapshot.rendered[key], max(0, int(left)))


class _Snapshot:
    """The status as of ``began``, its cost so far in seconds, its representations by page; JSON is page 0."""

    def __init__(self, status: Status, began: float) -> None:
        self.status, self.began, self.cost = status, began, 0.0
        self.rendered: dict[int, Representation] = {}

    @property
    def lifetime(self) -> float:
        """For how many seconds it is shown; a refresh of 0 asks for a new one at each request."""
        refresh = self.status.refresh_seconds
        return max(refresh, min(self.cost / _MOST_SHARE, _LONGEST_LIFETIME)) if refresh else 0.0

    @cached_property
    def outlets(self) -> list[OutletStatus]:
        """The outlets in the order of the pages: worst health first, then by name."""
        return sorted(self.status.outlets, key=lambda each: (-each.health.severity, each.name.casefold(), each.id))

    def page(self, number: int) -> bytes:
        """Render one page."""
        part = slice((number - 1) * PER_PAGE, number * PER_PAGE)
        return render_page(self.status, number, outlets=self.outlets[part], feeds=self.status.feeds[part]).encode()


def _rendered_by(render: Callable[[], bytes]) -> Representation:
    return represented(render())


def represented(body: bytes) -> Representation:
    """Return a body with its compressed form and its digest."""
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return Representation(body=body, compressed=gzip.compress(body, 6, mtime=0), digest=digest)
