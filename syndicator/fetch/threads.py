"""Threads for calls that may never return."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue

_Call = Callable[[], Callable[[], None]]
_Inbox = SimpleQueue[_Call | None]
_MOST_IDLE = 4


class Threads:
    """Runs blocking calls in at most ``most`` daemon threads, for the event loop it was made in.

    A call that hangs keeps its thread. It holds up neither ``close`` nor the end of the process; an executor of the
    standard library would be joined at exit.
    """

    def __init__(self, most: int) -> None:
        self._loop, self._most = asyncio.get_running_loop(), most
        self._all: set[_Inbox] = set()
        self._idle: list[_Inbox] = []

    def has_room(self) -> bool:
        """Return whether another call can start now."""
        return bool(self._idle) or len(self._all) < self._most

    def start(self, call: _Call) -> None:
        """Run ``call`` in a free thread, and what it returns in the loop; raise RuntimeError if no thread starts."""
        inbox = self._idle.pop() if self._idle else self._new()
        inbox.put(call)

    def close(self) -> None:
        """End each thread as soon as its call has returned."""
        self._most = 0
        self._idle.clear()
        while self._all:  # also those that work: the loop may be gone when they have done
            self._all.pop().put(None)

    def _new(self) -> _Inbox:
        inbox: _Inbox = SimpleQueue()
        threading.Thread(target=self._work, args=(inbox,), name="resolver", daemon=True).start()
        self._all.add(inbox)
        return inbox

    def _work(self, inbox: _Inbox) -> None:
        while (call := inbox.get()) is not None:
            after = call()
            try:
                self._loop.call_soon_threadsafe(self._finish, inbox, after)
            except RuntimeError:  # the loop is closed: nobody waits for an answer
                return
            del call, after

    def _finish(self, inbox: _Inbox, after: Callable[[], None]) -> None:
        if len(self._idle) < _MOST_IDLE and inbox in self._all:
            self._idle.append(inbox)
        else:
            self._all.discard(inbox)
            inbox.put(None)
        after()
