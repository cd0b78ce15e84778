"""When feeds are published: as soon as stories have changed, and not more often than is good."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


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
