"""Settings that parts of the program take from the configuration. Plain frozen values."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from syndicator.models.alerts import AlertPattern

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST_WAIT = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """The fetcher's limits. Sizes in bytes: ``largest`` on the wire, ``largest_decoded`` after decoding.

    ``per_host`` and ``spacing`` hold for all hosts of a registrable domain together. ``deadline`` counts from the
    moment the request may begin, and stands still while names are resolved. ``allow_private`` lists networks that may
    be connected to though they are not public.
    """

    user_agent: str
    per_host: int = 1
    spacing: timedelta = timedelta(seconds=1)
    deadline: timedelta = timedelta(seconds=20)
    largest: int = 5 * 1024 * 1024
    largest_decoded: int = 15 * 1024 * 1024
    allow_private: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollBounds:
    """The operator's limits on how often a source is polled; ``probe`` paces the retrying of failed endpoints.

    Where it ``is_adaptive``, sources are polled by their rhythms, and ``interval`` is what that comes to on average.
    """

    interval: timedelta = timedelta(minutes=30)
    is_adaptive: bool = False
    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(days=1)
    probe: timedelta = timedelta(minutes=10)

    @property
    def longest_wait(self) -> timedelta:
        """How long a source waits at most that is polled by its rhythm: four hours, unless fewer polls are granted."""
        return max(min(max(_LONGEST_WAIT, 8 * self.interval), self.longest), self.interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """When the operator is alerted, and what they have said of alerts.

    ``silent`` is how much longer than its longest recent lull a source may be quiet. ``spikes_a_day`` is how many
    false spikes there may be in all; 0 looks for none. ``heartbeat_file`` has the address of a dead-man's switch. If it
    ``has_source_metrics``, metrics of single sources are shown. Nobody is told of what is ``muted``; what is
    ``acknowledged`` is not told again, and what is ``confirmed`` teaches nothing.
    """

    silent: float = 1.5
    spikes_a_day: float = 0.3
    heartbeat_file: Path | None = None
    has_source_metrics: bool = False
    muted: tuple[AlertPattern, ...] = ()
    acknowledged: tuple[AlertPattern, ...] = ()
    confirmed: tuple[AlertPattern, ...] = ()
