"""Threads for calls that may never return."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue

_Call = Callable[[], Callable[[], None]]
_MOST_IDLE = 4


class Threads:
    """Runs blocking calls in at most ``most`` daemon threads, for the event loop it was made in.

    A call that hangs keeps its thread. It holds up neither ``close`` nor the end of the process; an executor of the
    standard library would be joined at exit.
    """

    def __init__(self, most: int) -> None:
        self._loop, self._most = asyncio.get_running_loop(), most
        self._count = 0
        self._idle: list[SimpleQueue[_Call | None]] = []

    def has_room(self) -> bool:
        """Return whether another call can start now."""
        return bool(self._idle) or self._count < self._most

    def start(self, call: _Call) -> None:
        """Run ``call`` in a free thread, and what it returns in the loop; raise RuntimeError if no thread starts."""
        inbox = self._idle.pop() if self._idle else self._new()
        inbox.put(call)

    def close(self) -> None:
        """End each thread as soon as its call has returned."""
        self._most = 0
        self._end_idle(keep=0)

    def _new(self) -> SimpleQueue[_Call | None]:
        inbox: SimpleQueue[_Call | None] = SimpleQueue()
        threading.Thread(target=self._work, args=(inbox,), name="resolver", daemon=True).start()
        self._count += 1
        return inbox

    def _work(self, inbox: SimpleQueue[_Call | None]) -> None:
        while (call := inbox.get()) is not None:
            after = call()
            try:
                self._loop.call_soon_threadsafe(self._finish, inbox, after)
            except RuntimeError:  # the loop is closed: nobody waits for an answer
                return
            del call, after

    def _finish(self, inbox: SimpleQueue[_Call | None], after: Callable[[], None]) -> None:
        self._idle.append(inbox)
        self._end_idle(keep=_MOST_IDLE if self._most else 0)
        after()

    def _end_idle(self, *, keep: int) -> None:
        while len(self._idle) > keep:
            self._idle.pop().put(None)
            self._count -= 1
