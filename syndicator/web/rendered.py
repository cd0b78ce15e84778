"""Readers' pages as bytes to send: kept for a minute, as far as there is room, and made few at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus

import msgspec

from syndicator.models.reader_pages import Moved, SearchMistakes
from syndicator.web.reader_pages import Frame, render
from syndicator.web.snapshot import Fresh, Representation, represented

FRESH_FOR = 60
# Bytes of pages that are kept, compressed ones included.
_MOST_KEPT = 32 * 1024 * 1024
# Pages that are made at a time: reads and renderings must leave the store and the processors to polling.
_AT_ONCE = 2
# As many readers as may be connected may wait for theirs.
_MOST_WAITING = 1000


# Pages that say what is wrong with a request.
_STATUSES: Mapping[type, HTTPStatus] = {SearchMistakes: HTTPStatus.BAD_REQUEST}


class TooBusyError(Exception):
    """More pages are asked for than can be made soon."""


class RenderedPages:
    """Renders pages when they are asked for; who asks again within a minute gets the same bytes.

    ``at_once`` are made at a time; where more than ``most_waiting`` would wait for that, they are refused.
    """

    def __init__(
        self,
        pages: Callable[[object], Awaitable[object | None]],
        clock: Callable[[], float],
        *,
        at_once: int = _AT_ONCE,
        most_waiting: int = _MOST_WAITING,
        most_kept: int = _MOST_KEPT,
    ) -> None:
        """Keep nothing yet. ``pages`` returns what a page shows, ``clock`` counts seconds."""
        self._pages, self._clock = pages, clock
        self._most_waiting, self._most_kept, self._waiting = most_waiting, most_kept, 0
        self._kept: OrderedDict[object, tuple[float, Representation]] = OrderedDict()
        self._size = 0
        self._making = asyncio.Semaphore(at_once)

    async def get(self, wanted: object, frame: Frame | None) -> Fresh | Moved | None:
        """Return a page in a frame, or as JSON without one; None where there is none.

        Raise StoreError, or TooBusyError.
        """
        if (found := self._fresh((wanted, frame))) is not None:
            return found
        if self._waiting >= self._most_waiting:
            raise TooBusyError
        self._waiting += 1
        try:
            await self._making.acquire()
        finally:
            self._waiting -= 1
        try:
            return self._fresh((wanted, frame)) or await self._make(wanted, frame)
        finally:
            self._making.release()

    async def _make(self, wanted: object, frame: Frame | None) -> Fresh | Moved | None:
        page = await self._pages(wanted)
        if page is None or isinstance(page, Moved):
            return page
        made = await asyncio.to_thread(partial(_represented, page, frame))
        self._keep((wanted, frame), made)
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
        while self._size > self._most_kept:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: object) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._size -= _size(gone[1])


def _size(made: Representation) -> int:
    return len(made.body) + len(made.compressed)


def _represented(page: object, frame: Frame | None) -> Representation:
    body = msgspec.json.encode(page) if frame is None else render(page, frame).encode()
    return replace(represented(body), status=_STATUSES.get(type(page), HTTPStatus.OK))
