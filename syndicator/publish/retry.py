"""Feeds that could not be published: why, and when each is tried again. No clock of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator.models.status import FeedProblem

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Failures of one feed in a row, the first at ``since``; ``reason`` is that of the last, at ``failed_at``."""

    reason: str
    count: int
    since: datetime
    failed_at: datetime
    wait: timedelta

    @property
    def next_try_at(self) -> datetime:
        """When the feed is tried again."""
        return self.failed_at + self.wait

    def is_waiting(self, now: datetime) -> bool:
        """Return whether it is too early to try again. A clock that was set back is no reason to wait longer."""
        return self.failed_at <= now < self.next_try_at


class Failures:
    """The failing feeds by name. Each wait is twice the one before, from half a minute to an hour."""

    def __init__(self) -> None:
        """Start with none."""
        self._failures: dict[str, Failure] = {}

    @property
    def problems(self) -> Mapping[str, FeedProblem]:
        """What is wrong with each failing feed, and when it is tried again."""
        return {
            name: FeedProblem(message=each.reason, since=each.since, next_try_at=each.next_try_at)
            for name, each in sorted(self._failures.items())
        }

    def is_waiting(self, name: str, now: datetime) -> bool:
        """Return whether it is too early to try a feed again."""
        failure = self._failures.get(name)
        return failure is not None and failure.is_waiting(now)

    def add(self, name: str, reason: str, now: datetime) -> Failure:
        """Record one more failure of a feed."""
        before = self._failures.get(name)
        count = before.count + 1 if before else 1
        # The exponent is bounded: a feed may fail for years.
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(count - 1, 10))
        since = before.since if before else now
        failure = Failure(reason=reason, count=count, since=since, failed_at=now, wait=wait)
        self._failures[name] = failure
        return failure

    def clear(self, name: str) -> bool:
        """Forget the failures of a feed that was published; return whether there were any."""
        return self._failures.pop(name, None) is not None

    def keep_only(self, names: Collection[str]) -> None:
        """Forget feeds that are no longer configured."""
        for name in self._failures.keys() - set(names):
            del self._failures[name]

    def end_waits(self) -> None:
        """Make every failing feed due at once: something was changed that may have mended it."""
        self._failures = {name: replace(each, wait=timedelta(0)) for name, each in self._failures.items()}
