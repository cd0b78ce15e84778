"""How many feeds on demand are made: strangers decide which. Pure."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)


class MakingGate:
    """Admits so many new feeds a minute."""

    def __init__(self, per_minute: int) -> None:
        """Begin with none."""
        self._per_minute, self._made = per_minute, deque[datetime]()

    def admit(self, now: datetime) -> bool:
        """Return whether another feed may be made now; if so, it counts."""
        while self._made and not self._made[0] <= now < self._made[0] + _MINUTE:
            self._made.popleft()
        if len(self._made) >= self._per_minute:
            return False
        self._made.append(now)
        return True
