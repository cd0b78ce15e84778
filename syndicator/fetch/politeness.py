"""Taking turns at a host: few at once, and a pause between two requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class _Host:
    """How busy one host is with us."""

    def __init__(self, at_once: int) -> None:
        self.slots = asyncio.Semaphore(at_once)
        self.free_at = 0.0


class Politeness:
    """Hands out turns per host."""

    def __init__(self, per_host: int, spacing: float, pause: Callable[[float], Awaitable[None]]) -> None:
        """Allow ``per_host`` requests at once, begun at least ``spacing`` seconds apart."""
        self._per_host, self._spacing, self._pause = per_host, spacing, pause
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def acquire(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at ``host`` and hold it."""
        loop = asyncio.get_running_loop()
        state = self._hosts.setdefault(host, _Host(self._per_host))
        async with state.slots:
            begin = max(loop.time(), state.free_at)
            state.free_at = begin + self._spacing
            if begin > loop.time():
                await self._pause(begin - loop.time())
            yield
