"""How many callbacks are asked whether they want something: strangers decide who is asked. Pure."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.web.hub import HubRefusedError

_SOON = 10
_MOST_DOMAINS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationLimits:
    """How many requests are verified at a time, in all and at one domain.

    A domain whose callbacks have denied or not answered ``refusals`` requests is asked no more for ``rest``: it may be
    somebody who has never heard of us.
    """

    at_once: int = 64
    per_domain: int = 16
    refusals: int = 20
    rest: timedelta = timedelta(minutes=10)


@dataclass(slots=True)
class _Refusals:
    since: datetime
    count: int = 0


class VerificationGate:
    """Counts the verifications under way, and those that failed lately."""

    def __init__(self, limits: VerificationLimits) -> None:
        """Begin with none."""
        self._limits = limits
        self._busy: Counter[str] = Counter()
        self._refusals: OrderedDict[str, _Refusals] = OrderedDict()

    def enter(self, domain: str, now: datetime) -> None:
        """Begin a verification, to be ended with ``leave``. Raise HubRefusedError if there are too many."""
        refused = self._refusals_of(domain, now)
        if refused is not None and refused.count >= self._limits.refusals:
            wait = self._limits.rest // timedelta(seconds=1)
            raise HubRefusedError(429, "Callbacks at this domain did not confirm what was asked for them.", wait)
        if self._busy.total() >= self._limits.at_once or self._busy[domain] >= self._limits.per_domain:
            raise HubRefusedError(429, "Too many requests at a time; try again later.", _SOON)
        self._busy[domain] += 1

    def leave(self, domain: str, now: datetime, *, is_confirmed: bool) -> None:
        """End a verification."""
        self._busy[domain] -= 1
        if not self._busy[domain]:
            del self._busy[domain]
        if not is_confirmed:
            found = self._refusals_of(domain, now) or _Refusals(now)
            found.count += 1
            self._refusals[domain] = found
            while len(self._refusals) > _MOST_DOMAINS:
                self._refusals.popitem(last=False)

    def _refusals_of(self, domain: str, now: datetime) -> _Refusals | None:
        found = self._refusals.get(domain)
        if found is not None and not found.since <= now < found.since + self._limits.rest:
            del self._refusals[domain]
            return None
        return found
