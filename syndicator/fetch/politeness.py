"""Few requests to a host at once, and a pause between two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class _Host:
    """The requests of one host: those under way or waiting, and when the next may begin."""

    def __init__(self, at_once: int) -> None:
        self.slots = asyncio.Semaphore(at_once)
        self.users = 0
        self.free_at = 0.0


class Politeness:
    """Limits requests per host. A host is forgotten when nobody uses it and its pause is over."""

    def __init__(self, per_host: int, spacing: float, pause: Callable[[float], Awaitable[None]]) -> None:
        """Allow ``per_host`` requests at once, begun at least ``spacing`` seconds apart."""
        self._per_host, self._spacing, self._pause = per_host, spacing, pause
        self._hosts: dict[str, _Host] = {}  # the one used longest ago stands first

    def __len__(self) -> int:
        return len(self._hosts)

    @asynccontextmanager
    async def acquire(self, host: str) -> AsyncIterator[None]:
        """Wait until a request to ``host`` may begin, and count it while the block runs."""
        loop = asyncio.get_running_loop()
        self._forget(loop.time())
        state = self._hosts.get(host)
        if state is None:
            state = self._hosts[host] = _Host(self._per_host)
        state.users += 1
        try:
            async with state.slots:
                begin = max(loop.time(), state.free_at)
                state.free_at = begin + self._spacing
                if begin > loop.time():
                    await self._pause(begin - loop.time())
                yield
        finally:
            state.users -= 1
            self._hosts[host] = self._hosts.pop(host)

    def _forget(self, now: float) -> None:
        """Forget idle hosts from the front: each request looks at one that stays, and at those that go."""
        while self._hosts:
            host, state = next(iter(self._hosts.items()))
            if state.users or state.free_at > now:
                return
            del self._hosts[host]
