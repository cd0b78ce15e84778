"""The status as bytes to send: made every few seconds at most, and only while somebody asks."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from syndicator.web.ops.view import OpsView

_Page = TypeVar("_Page")
Read = Callable[[OpsView], Awaitable[_Page | None]]

# Making it may take this share of one processor, however many sources there are and whoever asks.
_MOST_SHARE = 0.1
# A store that is slow for a while must not freeze the status for longer than this, in seconds.
_LONGEST_LIFETIME = 30.0
# For so many lifetimes the last one is good enough for those who ask while the next one is being made.
_USABLE_LIFETIMES = 20
# A snapshot that nobody asks for any more is not kept in memory, in seconds.
_KEPT = 60.0
# Of one view, so many pages are kept as they were rendered.
_MOST_RENDERED = 32


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes to send, plain and compressed (RFC 9110, 3.2), with a status; ``digest`` tells them from others."""

    body: bytes
    compressed: bytes
    digest: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Fresh:
    """A representation, and the whole seconds for which nobody need ask for a newer one."""

    representation: Representation
    seconds: int


class Snapshots:
    """The latest view of how everything is, and what was rendered of it. ``gather`` returns a new one.

    Requests share one making. Those that come while a newer one is made get the last one, unless that is old.
    ``clock`` counts seconds.
    """

    def __init__(
        self, gather: Callable[[], Awaitable[OpsView]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gather, self._clock = gather, clock
        self._last: _Snapshot | None = None
        self._making: asyncio.Task[_Snapshot] | None = None
        self._rendering = asyncio.Lock()  # one at a time: many pages at once would take the processor from polls

    async def page(self, key: object, read: Read[_Page], render: Callable[[_Page], bytes]) -> Fresh | None:
        """Return what ``render`` makes of what ``read`` returns, None if that is None. Errors of both pass.

        What is made for a ``key`` is made once for each view.
        """
        return await self._rendered(await self._latest(), key, read, render)

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

    async def _rendered(
        self, snapshot: _Snapshot, key: object, read: Read[_Page], render: Callable[[_Page], bytes]
    ) -> Fresh | None:
        rendered = snapshot.rendered
        if key not in rendered:
            async with self._rendering:
                if key not in rendered:
                    began = self._clock()
                    page = await read(snapshot.view)
                    if page is None:
                        return None
                    rendered[key] = await asyncio.to_thread(_rendered_by, partial(render, page))
                    snapshot.cost += self._clock() - began
                    if len(rendered) > _MOST_RENDERED:
                        del rendered[next(iter(rendered))]
        left = snapshot.began + snapshot.lifetime - self._clock()
        return Fresh(rendered[key], max(0, int(left)))


class _Snapshot:
    """A view as of ``began``, its cost so far in seconds, and what was rendered of it."""

    def __init__(self, view: OpsView, began: float) -> None:
        self.view, self.began, self.cost = view, began, 0.0
        self.rendered: dict[object, Representation] = {}

    @property
    def lifetime(self) -> float:
        """For how many seconds it is shown; a refresh of 0 asks for a new one at each request."""
        refresh = self.view.status.refresh_seconds
        return max(refresh, min(self.cost / _MOST_SHARE, _LONGEST_LIFETIME)) if refresh else 0.0


def _rendered_by(render: Callable[[], bytes]) -> Representation:
    return represented(render())


def represented(body: bytes) -> Representation:
    """Return a body with its compressed form and its digest."""
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return Representation(body=body, compressed=gzip.compress(body, 6, mtime=0), digest=digest)
