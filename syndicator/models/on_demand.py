"""Feeds that nobody has configured: made when they are first asked for, and kept as long as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.models.outlets import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDemandSettings:
    """What the operator says of feeds on demand: whether there are any, how many at most, and how long unasked."""

    is_enabled: bool = True
    most: int = 500
    kept_for: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDemandFeed:
    """A feed on demand: it has the stories with one of its ``keys``, or those of an ``event``."""

    feed: Feed
    keys: frozenset[str] = frozenset()
    event: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDemandRecord:
    """What the store knows of a feed on demand. One that ``is_gone`` cannot be made any more."""

    name: str
    asked_at: datetime
    is_gone: bool
