"""Readers' pages as bytes to send: kept for a minute, as far as there is room, and made few at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec

from syndicator.models.reader_pages import Moved, SearchMistakes
from syndicator.web.reader_pages import Frame, render
from syndicator.web.snapshot import Fresh, Representation, represented

FRESH_FOR = 60
# Bytes of pages that are kept, compressed ones included.
_MOST_KEPT = 32 * 1024 * 1024
# Pages that are made at a time: reads and renderings must leave the store and the processors to polling.
_AT_ONCE = 2
# And those that wait for it: one that comes late enough is of no use to who asked for it.
_MOST_WAITING = 100
# Pages that say what is wrong with a request.
_STATUSES: Mapping[type, HTTPStatus] = {SearchMistakes: HTTPStatus.BAD_REQUEST}

_Made = Representation | Moved | None
Encode = Callable[[Any], bytes]


class BusyError(Exception):
    """So many pages wait to be made that one more would take too long."""


class RenderedPages:
    """Renders pages when they are asked for; who asks again within a minute gets the same bytes.

    A page that several ask for is made once for all of them, and not at all when none of them waits any more: cancel
    ``get`` for one who has left. ``at_once`` are made at a time; where ``most_waiting`` wait for that, others are
    refused. ``most_kept`` bytes are kept.
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
        self._most_making, self._most_kept = at_once + most_waiting, most_kept
        self._kept: OrderedDict[object, tuple[float, Representation]] = OrderedDict()
        self._size = 0
        self._turns = asyncio.Semaphore(at_once)
        self._making: dict[object, _Making] = {}

    async def get(
        self, wanted: object, frame: Frame | None, encode: Encode = msgspec.json.encode
    ) -> Fresh | Moved | None:
        """Return a page in a frame, or without one as it is encoded; None where there is none.

        Raise StoreError or BusyError.
        """
        key = (wanted, frame)
        if (found := self._fresh(key)) is not None:
            return found
        make = partial(self._make, wanted, partial(_represented, frame=frame, encode=encode))
        made = await self._shared(key, make)
        return Fresh(made, FRESH_FOR) if isinstance(made, Representation) else made

    async def _shared(self, key: object, make: Callable[[], Awaitable[_Made]]) -> _Made:
        """Make a page, or wait for it with the others who do."""
        making = self._making.get(key)
        if making is None:
            if len(self._making) >= self._most_making:
                raise BusyError
            making = self._making[key] = _Making()
            making.task = asyncio.create_task(self._in_turn(making, key, make))
        making.readers += 1
        try:
            return await asyncio.shield(making.task)
        finally:
            making.readers -= 1
            # What has begun goes on: its thread does, so that another page in its turn would be one too many at a time.
            if not making.readers and not making.has_begun:
                making.task.cancel()
                self._making.pop(key)

    async def _in_turn(self, making: _Making, key: object, make: Callable[[], Awaitable[_Made]]) -> _Made:
        async with self._turns:
            making.has_begun = True
            try:
                made = await make()
                if isinstance(made, Representation):
                    self._keep(key, made)
                return made
            finally:
                del self._making[key]

    async def _make(self, wanted: object, represent: Callable[[object], Representation]) -> _Made:
        page = await self._pages(wanted)
        return page if page is None or isinstance(page, Moved) else await asyncio.to_thread(represent, page)

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


class _Making:
    """A page that is being made, or waits for its turn; and how many wait for it."""

    task: asyncio.Task[_Made]

    def __init__(self) -> None:
        self.readers, self.has_begun = 0, False


def _size(made: Representation) -> int:
    return len(made.body) + len(made.compressed)


def _represented(page: object, frame: Frame | None, encode: Encode) -> Representation:
    made = represented(encode(page) if frame is None else render(page, frame).encode())
    return replace(made, status=_STATUSES.get(type(page), HTTPStatus.OK))
