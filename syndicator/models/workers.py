"""Several processes that poll for one store. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


class Claim(NamedTuple):
    """A host, by politeness key, that one process may poll, and the number of that claim: it rises with each."""

    host: str
    number: int


# Processes tell that they are at work each third of a lease, which is a minute unless tests say otherwise.
_MISSED_AFTER = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that polls: what the operator calls it, and the labels by which outlets may ask for it."""

    name: str
    labels: tuple[str, ...] = ()
    version: str = ""
    seen_at: datetime | None = None

    def is_at_work(self, now: datetime) -> bool:
        """Return whether it was seen lately, by the database's clock."""
        return self.seen_at is not None and now - self.seen_at < _MISSED_AFTER

    def may_ask(self, wanted: frozenset[str]) -> bool:
        """Return whether it may poll an outlet that wants one of these labels; without any, everybody may."""
        return not wanted or not wanted.isdisjoint(self.labels)
