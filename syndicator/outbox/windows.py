"""Stories leave feeds with a window (``age:<2d``) once they are older than that.

A clock that is days ahead takes out, and keeps out, what is not old. So the time by which stories left last is stored;
once the clock is behind it, feeds with a window are filled from the store again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from syndicator.rules import Rules
from syndicator.store import Store, Transaction

_EVERY = timedelta(minutes=1)
_CLOCK = "windows clock"


class Windows:
    """Takes stories that have grown too old out of feeds, once a minute."""

    name = "windows"

    def __init__(self, store: Store, *, rules: Callable[[], Rules], clock: Callable[[], datetime]) -> None:
        """Look at windows of the feeds in force."""
        self._store, self._rules, self._clock = store, rules, clock
        self._looked_at: datetime | None = None

    async def step(self) -> bool:
        """Take out what is too old. Nothing is left to do after one step."""
        now, windows = self._clock(), self._rules().windows
        is_early = self._looked_at is not None and self._looked_at <= now < self._looked_at + _EVERY
        if windows and not is_early:
            self._looked_at = now
            await self._store.write(lambda tx: _follow(tx, windows, now))
        return False


def _follow(tx: Transaction, windows: Mapping[str, timedelta], now: datetime) -> None:
    """Take out what is too old by a clock that goes on; after a step back, find again what it was ahead of."""
    stored = tx.get_meta(_CLOCK)
    if stored is not None and now < datetime.fromisoformat(stored) - _EVERY:
        tx.feeds.start_backfill(last_story=tx.stories.last_number(), names=sorted(windows))
    tx.set_meta(_CLOCK, now.isoformat())
    _expire(tx, windows, now)


def _expire(tx: Transaction, windows: Mapping[str, timedelta], now: datetime) -> None:
    for name, window in windows.items():
        tx.feeds.expire(name, now - window, now)
