"""Whether polls make progress: if none ends for long though some are due, something hangs."""

from __future__ import annotations

import asyncio

from syndicator.models import FetchSettings
from syndicator.runtime.dispatcher import Dispatcher

_STUCK_SECONDS = 120.0


class Progress:
    """Follows when polls end. Must be created in a running event loop; by its time: the clock may have been set."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._started = asyncio.get_running_loop().time()
        self._due_since: float | None = None

    def what_is_stuck(self, *, is_due: bool, manners: FetchSettings) -> str | None:
        """Return that no poll ends though some are due; None while all is well."""
        now = asyncio.get_running_loop().time()
        self._due_since = (now if self._due_since is None else self._due_since) if is_due else None
        waiting_since = now if self._due_since is None else self._due_since
        since = now - max(self._dispatcher.finished_at, self._started, waiting_since)
        if since > max(_STUCK_SECONDS, 2 * (manners.spacing + manners.deadline).total_seconds()):
            return f"no poll has finished for {since:.0f} s though some are due"
        return None
