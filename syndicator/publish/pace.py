"""How soon a feed will change, by how its newest stories came. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

# So many of the newest stories tell how it goes now; fewer than the least tell nothing.
_NEWEST, _LEAST = 12, 3


def expected_gap(times: Sequence[datetime], now: datetime) -> timedelta:
    """Return the usual time between two stories that came at these times; nothing where there are too few.

    The time since the last one is one of the gaps. It is the median, so that neither a night nor a batch counts much.
    """
    if len(times) < _LEAST:
        return timedelta()
    newest = sorted(times, reverse=True)[:_NEWEST]
    gaps = [later - earlier for later, earlier in pairwise([max(now, newest[0]), *newest])]
    return timedelta(seconds=median(gap.total_seconds() for gap in gaps))
