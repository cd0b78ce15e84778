"""How long hosts asked to be left alone (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from heapq import heappop, heappush

MOST_HOSTS = 10_000


class HostWaits:
    """The times before which hosts get no request. Bounded: the wait that ends first makes room."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._ends: list[tuple[datetime, str]] = []

    def __len__(self) -> int:
        return len(self._until)

    def put(self, host: str, until: datetime, now: datetime) -> None:
        """Keep a host's wait in place of its earlier one, and drop what is past."""
        self._until[host] = until
        heappush(self._ends, (until, host))
        while self._ends and (self._ends[0][0] <= now or len(self._ends) > MOST_HOSTS):
            ended, past = heappop(self._ends)
            if self._until.get(past) == ended:  # it has not been put again since
                del self._until[past]

    def shift(self, by: timedelta) -> None:
        """Move all waits by a step of the clock."""
        self._until = {host: until + by for host, until in self._until.items()}
        self._ends = [(until + by, host) for until, host in self._ends]

    def all(self, now: datetime) -> dict[str, datetime]:
        """Return the waits that are not over."""
        return {host: until for host, until in self._until.items() if until > now}

    def until(self, host: str, now: datetime) -> datetime | None:
        """Return when a host may be asked again, None if it may be asked now."""
        until = self._until.get(host)
        return until if until is not None and until > now else None
