"""What all long-lived processes do alike."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from syndicator.config import Config
from syndicator.extract import GARBAGE_AFTER
from syndicator.runtime.app import App
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
