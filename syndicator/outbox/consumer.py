"""Consumers of the outbox: small steps, a cursor of their own, and one job that runs them all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from syndicator.errors import LocalFaultError, StoreError
from syndicator.models import Change
from syndicator.store import Store, Transaction

_log = structlog.get_logger()
_CHANGES_PER_STEP = 200
_PRUNE_STEP = 1000
T = TypeVar("T")


class Consumer(Protocol):
    """Something that follows what was committed."""

    @property
    def name(self) -> str:
        """Its name: that of its cursor, for ever."""

    async def step(self) -> bool:
        """Do a small piece of work. Return whether there is more to do at once."""


class ChangeConsumer:
    """Hands changes to a function in order of commit, at least once, and keeps a cursor.

    A consumer that is new begins with the next change after it is registered.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        handle: Callable[[Sequence[Change]], Awaitable[None]],
        *,
        prepare: Callable[[Change], Awaitable[bool]] | None = None,
    ) -> None:
        """Call ``handle`` with some changes at a time; what it raises leaves the cursor where it was.

        Before, ``prepare`` is called with the first of them, in steps of its own, until it returns true.
        """
        self._name, self._store, self._handle, self._prepare = name, store, handle, prepare
        self._position: int | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    async def register(self) -> int:
        """Begin with the next change, if the consumer is new; return its position."""
        if self._position is None:
            self._position = await self._store.write(self._register)
        return self._position

    async def step(self) -> bool:
        """Handle the next changes."""
        position = await self.register()
        changes = await self._store.read(lambda tx: tx.changes.after(position, _CHANGES_PER_STEP))
        if not changes:
            return False
        if self._prepare is not None and not await self._prepare(changes[0]):
            return True
        await self._handle(changes)
        reached = changes[-1].position
        await self._store.write(lambda tx: tx.changes.advance(self._name, reached), may_wait=True)
        self._position = reached
        return len(changes) == _CHANGES_PER_STEP

    def _register(self, tx: Transaction) -> int:
        position = tx.changes.position_of(self._name)
        tx.changes.advance(self._name, position)
        return position


class CountingConsumer(ChangeConsumer, Generic[T]):
    """Hands changes to a function within the transaction that moves the cursor: exactly once, whatever fails."""

    def __init__(
        self,
        name: str,
        store: Store,
        count: Callable[[Transaction, Sequence[Change]], T],
        follow: Callable[[T | None], Awaitable[None]],
    ) -> None:
        """Call ``count`` with some changes, then ``follow`` with its result; with None where nothing has changed.

        ``count`` is re-runnable. What ``follow`` was to do may be lost in a crash.
        """
        super().__init__(name, store, self._unused)
        self._count, self._follow = count, follow

    async def step(self) -> bool:
        """Handle the next changes."""
        position = await self.register()
        if not await self._store.read(lambda tx: tx.changes.after(position, 1)):
            await self._follow(None)
            return False
        handled, reached, result = await self._store.write(self._take, may_wait=True)
        self._position = reached
        await self._follow(result)
        return handled == _CHANGES_PER_STEP

    def _take(self, tx: Transaction) -> tuple[int, int, T | None]:
        """Handle what follows the stored cursor: that in memory may be behind a write that seemed to fail."""
        position = tx.changes.position_of(self._name)
        changes = tx.changes.after(position, _CHANGES_PER_STEP)
        if not changes:
            return 0, position, None
        result = self._count(tx, changes)
        tx.changes.advance(self._name, changes[-1].position)
        return len(changes), changes[-1].position, result

    async def _unused(self, changes: Sequence[Change]) -> None:
        raise AssertionError(changes)


class Outbox:
    """Runs consumers in turn, and deletes changes that all of them have handled."""

    def __init__(self, store: Store, consumers: Sequence[Consumer]) -> None:
        """Run nothing before ``run``."""
        self._store, self._consumers = store, tuple(consumers)
        self._problems: dict[str, str] = {}

    @property
    def problems(self) -> Mapping[str, str]:
        """Why consumers stand still, by name."""
        return self._problems

    async def register(self) -> None:
        """Register every consumer of changes: none misses what is committed from now on."""
        for each in self._consumers:
            if isinstance(each, ChangeConsumer):
                await each.register()

    async def run(self, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Step every consumer until none has more to do. A fault of one is logged, and does not stop the others."""
        busy = list(self._consumers)
        while busy and not is_stopping():
            busy = [each for each in busy if await self._step(each)]
            await asyncio.sleep(0)

    async def prune(self) -> None:
        """Delete changes that every consumer has handled, in small transactions."""
        names = [each.name for each in self._consumers if isinstance(each, ChangeConsumer)]
        while await self._store.write(lambda tx: tx.changes.prune(names, _PRUNE_STEP)) == _PRUNE_STEP:
            pass

    def _note(self, consumer: Consumer, problem: str, error: Exception | None) -> None:
        """Log a problem when it is new: consumers are tried again every few seconds."""
        if self._problems.get(consumer.name) != problem:
            self._problems[consumer.name] = problem
            _log.error("consumer stands still", consumer=consumer.name, problem=problem, exc_info=error)

    async def _step(self, consumer: Consumer) -> bool:
        try:
            is_more = await consumer.step()
        except (StoreError, LocalFaultError) as error:
            self._note(consumer, str(error), None)
            return False
        except Exception as error:  # noqa: BLE001 - one consumer's fault must not stop the others
            self._note(consumer, f"{type(error).__name__}: {error}", error)
            return False
        self._problems.pop(consumer.name, None)
        return is_more
