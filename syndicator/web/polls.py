"""Readers that fetch a whole feed again and again: who they are, and how long they have to wait."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable, Collection

from syndicator.models import Network

_SECONDS = 60.0
# A household, or a person who presses reload.
_BURST = 5
_MOST_KNOWN = 20_000


class PollLimiter:
    """Lets each reader fetch each feed once a minute, and some times more at once (a generic cell rate algorithm).

    It is asked only about requests without conditions that would be answered with the whole feed. Of so many readers
    the ones that were not seen for the longest are forgotten. ``clock`` counts seconds. Where there are other things to
    be limited, that is once in so many ``seconds``.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        burst: int = _BURST,
        most_known: int = _MOST_KNOWN,
        seconds: float = _SECONDS,
    ) -> None:
        self._clock, self._seconds, self._tolerance, self._most = clock, seconds, (burst - 1) * seconds, most_known
        self._free_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def wait(self, reader: str, name: str) -> int:
        """Return how many seconds a reader must wait before it may fetch a file; count it as fetched if none."""
        key, now = (reader, name), self._clock()
        free_at = max(self._free_at.get(key, now), now)
        if (early := free_at - now - self._tolerance) > 0:
            return math.ceil(early)
        self._free_at[key] = free_at + self._seconds
        self._free_at.move_to_end(key)
        if len(self._free_at) > self._most:
            self._free_at.popitem(last=False)
        return 0


def reader_address(peer: str, forwarded: str, trusted: Collection[Network]) -> str:
    """Return the address of a reader: the peer's, or who a trusted proxy says it forwards for.

    Of ``X-Forwarded-For`` the last address counts that no trusted proxy has: whatever stands before it, the reader may
    have written. Return the peer's own address where a trusted proxy says nothing.
    """
    if not forwarded or not _is_in(peer, trusted):
        return peer
    for part in reversed(forwarded.split(",")):
        address = part.strip().strip("[]")
        if not _is_in(address, trusted):
            return address
    return peer


def _is_in(text: str, networks: Collection[Network]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in networks)
