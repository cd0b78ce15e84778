"""Settings that parts of the program take from the configuration. Plain frozen values."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


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
    """The operator's limits on how often a source is polled; ``probe`` paces the retrying of failed endpoints."""

    interval: timedelta = timedelta(minutes=30)
    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(days=1)
    probe: timedelta = timedelta(minutes=10)
