"""When feeds are published: as soon as stories have changed, and not more often than is good; or when asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from syndicator.errors import StoreError
from syndicator.runtime.app import App
from syndicator.store import Transaction
from syndicator.web.feeds import FeedNotMadeError

_LATER = 60
# Seconds that a reader waits until others' feeds are written.
_PATIENCE = 10


class PublishingPace:
    """Publishes after each change, with a pause in between: a steady stream of changes is published together."""

    def __init__(self, changed: asyncio.Event, publish: Callable[[], Awaitable[None]], *, pause: float) -> None:
        """Pause so many seconds, or as long as publishing took if that is longer: half the time is left to polls."""
        self._changed, self._publish, self._pause = changed, publish, pause

    async def run(self) -> None:
        """Publish until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._changed.wait()
            self._changed.clear()
            began = loop.time()
            await self._publish()
            await asyncio.sleep(max(self._pause, loop.time() - began))


class FeedMaker:
    """Makes the file of a feed on demand, by its name. Only one may publish at a time: who holds ``publishing``."""

    def __init__(self, app: App, publishing: asyncio.Lock) -> None:
        self._app, self._publishing = app, publishing

    async def __call__(self, name: str) -> bool:
        """Return whether there is such a feed. Raise FeedNotMadeError with what the reader is told.

        It has a file then, unless it could not be written just now.
        """
        try:
            if not await self._app.on_demand.make(name):
                return False
            await self._publish(name)
        except (OSError, StoreError) as error:
            raise cannot_be_made() from error
        return True

    async def make_asked(self) -> None:
        """Make what web nodes were asked for; forget what there cannot be. Raise StoreError."""
        store = self._app.store
        names = await store.read(lambda tx: tx.on_demand.unmade()) if store.is_shared else ()
        for name in names:
            try:
                is_made = await self(name)
            except FeedNotMadeError as error:
                if error.retry_after is not None:
                    return  # too many at a time: the others are made later, too
                is_made = False
            if not is_made:
                await store.write(partial(_forget, name=name))

    async def _publish(self, name: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._publishing.acquire()
        except TimeoutError as error:  # after a reload that has thousands of feeds written
            raise FeedNotMadeError(503, "Feeds are being written; try again later.\n", _LATER) from error
        try:
            if self._app.on_demand.take_dropped():
                await self._app.delete_dropped()
            self._app.publish_on_demand()
            # A reload in between, by whose rules it is not written yet, is followed once.
            await self._app.publisher.publish_one(name) or await self._app.publisher.publish_one(name)
        finally:
            self._publishing.release()


def cannot_be_made() -> FeedNotMadeError:
    """Return what a reader is told when a fault of ours keeps a feed from being made."""
    return FeedNotMadeError(503, "This feed cannot be made now; try again later.\n", _LATER)


def _forget(tx: Transaction, *, name: str) -> None:
    tx.on_demand.drop([name])
