"""Whose turn it is: so many deliveries at once, few of them at one domain, and few that have failed before. Pure."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLimits:
    """How many deliveries are under way: in all, at one domain, and to callbacks that ``failing`` ones are."""

    at_once: int = 64
    per_domain: int = 8
    failing: int = 16


class DeliveryQueue:
    """Subscriptions that wait for a delivery, by number, each once. Domains take turns.

    A domain whose callbacks are slow has its own few places, and what failed before goes after what did not.
    """

    def __init__(self, limits: DeliveryLimits) -> None:
        """Begin with nothing."""
        self._limits = limits
        self._waiting: dict[bool, OrderedDict[str, deque[int]]] = {False: OrderedDict(), True: OrderedDict()}
        self._known: dict[int, tuple[str, bool]] = {}
        self._busy: Counter[str] = Counter()
        self._failing = self._under_way = 0

    def __len__(self) -> int:
        return len(self._known)

    def add(self, id_: int, domain: str, *, is_failing: bool) -> None:
        """Put a subscription in the queue, unless it waits or is being delivered to."""
        if id_ not in self._known:
            self._known[id_] = domain, is_failing
            self._waiting[is_failing].setdefault(domain, deque()).append(id_)

    def take(self) -> int | None:
        """Return the subscription that may be delivered to now, None if none may."""
        if self._under_way >= self._limits.at_once:
            return None
        if (id_ := self._next(self._waiting[False])) is None and self._failing < self._limits.failing:
            id_ = self._next(self._waiting[True])
        if id_ is not None:
            domain, is_failing = self._known[id_]
            self._busy[domain] += 1
            self._failing += is_failing
            self._under_way += 1
        return id_

    def done(self, id_: int) -> None:
        """Free the place of a delivery that has ended."""
        domain, is_failing = self._known.pop(id_)
        self._busy[domain] -= 1
        if not self._busy[domain]:
            del self._busy[domain]
        self._failing -= is_failing
        self._under_way -= 1

    def _next(self, waiting: OrderedDict[str, deque[int]]) -> int | None:
        domain = next((each for each in waiting if self._busy[each] < self._limits.per_domain), None)
        if domain is None:
            return None
        id_ = waiting[domain].popleft()
        waiting.move_to_end(domain)
        if not waiting[domain]:
            del waiting[domain]
        return id_
