"""Readers' pages as bytes to send: kept for a minute, as far as there is room, and made few at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from syndicator.models.reader_pages import Moved
from syndicator.web.reader_pages import Frame, render
from syndicator.web.snapshot import Fresh, Representation, represented

FRESH_FOR = 60
# Bytes of pages that are kept, compressed ones included.
_MOST_KEPT = 32 * 1024 * 1024
# Pages that are made at a time: reads and renderings must leave the store and the processors to polling.
_AT_ONCE = 2


class RenderedPages:
    """Renders pages when they are asked for; who asks again within a minute gets the same bytes."""

    def __init__(self, pages: Callable[[object], Awaitable[object | None]], clock: Callable[[], float]) -> None:
        """Keep nothing yet. ``pages`` returns what a page shows, ``clock`` counts seconds."""
        self._pages, self._clock = pages, clock
        self._kept: OrderedDict[object, tuple[float, Representation]] = OrderedDict()
        self._size = 0
        self._making = asyncio.Semaphore(_AT_ONCE)

    async def get(
        self, wanted: object, frame: Frame | None, encode: Callable[[object], bytes] = msgspec.json.encode
    ) -> Fresh | Moved | None:
        """Return a page in a frame, or without one as it is encoded; None where there is none. Raise StoreError."""
        key = (wanted, frame)
        if (found := self._fresh(key)) is not None:
            return found
        async with self._making:
            if (found := self._fresh(key)) is not None:
                return found
            page = await self._pages(wanted)
            if page is None or isinstance(page, Moved):
                return page
            made = await asyncio.to_thread(partial(_represented, page, frame, encode))
        self._keep(key, made)
        return Fresh(made, FRESH_FOR)

    def _fresh(self, key: object) -> Fresh | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        left = int(kept[0] + FRESH_FOR - self._clock())
        if left <= 0:
            self._forget(key)
            return None
        return Fresh(kept[1], left)

    def _keep(self, key: object, made: Representation) -> None:
        self._forget(key)
        self._kept[key] = self._clock(), made
        self._size += _size(made)
        while self._size > _MOST_KEPT:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: object) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._size -= _size(gone[1])


def _size(made: Representation) -> int:
    return len(made.body) + len(made.compressed)


def _represented(page: object, frame: Frame | None, encode: Callable[[object], bytes]) -> Representation:
    return represented(encode(page) if frame is None else render(page, frame).encode())
