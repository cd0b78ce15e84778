"""What hubs push: how much of it may be on its way in at a time, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class HubBusyError(Exception):
    """There is more to take in than there should be at a time; the hub may try again later."""


class PushTooLargeError(Exception):
    """A body is longer than any may be."""


class PushTooSlowError(Exception):
    """A body did not come within its deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLimits:
    """What may be pushed at a time: ``pushes`` in all, one for each token, and ``held_bytes`` of bodies in all.

    A body may have ``largest`` bytes and take ``deadline`` seconds. Who is refused may come again after
    ``retry_after`` seconds.
    """

    pushes: int = 20
    held_bytes: int = 32 * 1024 * 1024
    largest: int = 5 * 1024 * 1024
    deadline: float = 10.0
    retry_after: int = 10


class PushGate:
    """Counts the pushes that are being received, and the bytes held for them."""

    def __init__(self, limits: PushLimits) -> None:
        self.limits = limits
        self._tokens: set[str] = set()
        self._held = 0

    @contextmanager
    def admit(self, token: str, announced: int | None) -> Iterator[Push]:
        """Admit a push, of ``announced`` bytes if that is known; it counts until the context ends.

        Raise HubBusyError or PushTooLargeError before anything of it is read.
        """
        if token in self._tokens or len(self._tokens) >= self.limits.pushes:
            raise HubBusyError
        push = Push(self)
        push.make_room(announced or 0)
        self._tokens.add(token)
        try:
            yield push
        finally:
            self._tokens.discard(token)
            self._held -= push.held

    def hold(self, size: int) -> None:
        """Count more bytes as held. Raise HubBusyError when that is too many."""
        if self._held + size > self.limits.held_bytes:
            raise HubBusyError
        self._held += size


class Push:
    """One push that was let in; ``held`` bytes are counted for it."""

    def __init__(self, gate: PushGate) -> None:
        self._gate, self.held = gate, 0

    def make_room(self, size: int) -> None:
        """Reserve room for ``size`` bytes in all. Raise HubBusyError or PushTooLargeError."""
        if size > self._gate.limits.largest:
            raise PushTooLargeError
        if size > self.held:
            self._gate.hold(size - self.held)
            self.held = size

    async def read(self, pieces: AsyncIterator[bytes]) -> bytes:
        """Return the whole body. Raise HubBusyError, PushTooLargeError or PushTooSlowError."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._gate.limits.deadline):
                async for piece in pieces:
                    self.make_room(len(body) + len(piece))
                    body += piece
        except TimeoutError:
            raise PushTooSlowError from None
        return bytes(body)
