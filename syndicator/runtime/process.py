"""What all long-lived processes do alike."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from syndicator.config import Config
from syndicator.errors import InUseError
from syndicator.extract import GARBAGE_AFTER
from syndicator.runtime.app import App
from syndicator.runtime.lock import Hold
from syndicator.runtime.systemd import more_time

# How long polls in flight may take when the process ends.
FINISH_SECONDS = 6.0
# A commit costs more than what is committed: polls that end within this many seconds share one.
PATIENCE = 0.1


@asynccontextmanager
async def long_lived(config: Config, *, is_follower: bool = False) -> AsyncIterator[App]:
    """Give an application to a process that will run for long, and close it. Raise StoreError."""
    with more_time():  # the store may have to be migrated
        app = App(config, patience=PATIENCE, is_follower=is_follower)
    try:
        gc.freeze()  # what is loaded by now stays, and need not be looked through for garbage
        gc.set_threshold(GARBAGE_AFTER)
        yield app
    finally:
        await app.close()


class Holds:
    """Keeps what a process holds in the store, and ends the process when another one has it."""

    def __init__(self, holds: Sequence[Hold], stop: Callable[[], None]) -> None:
        """``stop`` begins to end the process."""
        self._holds, self._stop = holds, stop
        self._lost: InUseError | None = None

    async def keep_holds(self) -> None:
        """Take again what a restarted server has forgotten. Raise StoreError if it does not answer."""
        try:
            for each in self._holds:
                await asyncio.to_thread(each.keep)
        except InUseError as error:
            self._lost = error
            self._stop()

    def check(self) -> None:
        """Raise InUseError if another process has what was ours."""
        if self._lost is not None:
            raise self._lost
