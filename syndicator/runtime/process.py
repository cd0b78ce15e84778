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
from syndicator.runtime.jobs import FixedJobs, JobIntervals
from syndicator.runtime.lock import Hold
from syndicator.runtime.systemd import more_time

# How long polls in flight may take when the process ends.
FINISH_SECONDS = 6.0
# A commit costs more than what is committed: polls that end within this many seconds share one.
PATIENCE = 0.1
# In a row, until another process has what was ours: two thirds of a lease, in which a server notices a dead session.
_REFUSALS = 3


@asynccontextmanager
async def long_lived(config: Config, *, is_follower: bool = False) -> AsyncIterator[App]:
    """Yield an application for a process that will run for long, and close it. Raise StoreError."""
    with more_time():  # the store may have to be migrated
        app = App(config, patience=PATIENCE, is_follower=is_follower)
    try:
        gc.freeze()  # what is loaded by now stays, and need not be looked through for garbage
        gc.set_threshold(GARBAGE_AFTER)
        yield app
    finally:
        await app.close()


@asynccontextmanager
async def kept(
    holds: Sequence[Hold], intervals: JobIntervals | None, *, stop: Callable[[], None]
) -> AsyncIterator[None]:
    """Renew what a process holds on the store's server three times a lease: one that was restarted has forgotten it.

    Where another process has it, this one is told to ``stop``; raise InUseError when it has ended. One refusal is not
    enough: our own session, if the network cut it off, has it until the server notices.
    """
    refusals: list[InUseError] = []

    async def keep_holds() -> None:
        if len(refusals) == _REFUSALS:
            return  # this process ends
        try:
            for hold in holds:
                await asyncio.to_thread(hold.keep)
            refusals.clear()
        except InUseError as error:
            refusals.append(error)
            if len(refusals) == _REFUSALS:
                stop()

    jobs = FixedJobs()
    jobs.add(keep_holds, (intervals or JobIntervals()).lease / 3)
    jobs.start()
    try:
        yield
    finally:
        jobs.shutdown()
    if len(refusals) == _REFUSALS:
        raise refusals[0]
