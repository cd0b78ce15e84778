"""How fast all sources' clocks turn: so fast that the polls granted are made, and no faster."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial

from syndicator.errors import StoreError
from syndicator.models import PollReport
from syndicator.poll.budget import clock_speed, corrected
from syndicator.poll.rhythm import follows_rhythm
from syndicator.rules import Rules
from syndicator.store import Store, Transaction

_DAY = 86400.0
_CORRECTION = "poll.correction"
# Polls that other processes have made, since the last look.
_MADE_BY_OTHERS = "poll.made"
# Polls of less than half an hour say nothing; where more than some hours have passed, the machine slept.
_SHORTEST, _LONGEST = 1800.0, 3 * 3600.0


class PollBudget:
    """Sets the speed every hour; ``note`` each poll in between."""

    def __init__(self, store: Store, rules: Callable[[], Rules], steady: Callable[[], float]) -> None:
        """Count nothing before ``note``. ``steady`` counts seconds, whatever the clock shows."""
        self._store, self._rules, self._steady = store, rules, steady
        self._made, self._since = Counter[str](), steady()

    def note(self, report: PollReport) -> None:
        """Count a poll that has just ended, whatever came of it."""
        self._made[report.source] += 1

    async def hand_over(self) -> None:
        """Leave what was counted to the process that sets the speed. Raise StoreError."""
        rules, made = self._rules(), self._made
        self._made = Counter()
        of_rhythm = (id_ for id_ in made if id_ in rules.sources and follows_rhythm(rules.sources[id_], rules.bounds))
        if count := sum(made[id_] for id_ in of_rhythm):
            try:
                await self._store.write(lambda tx: tx.add_to_counter(_MADE_BY_OTHERS, count))
            except StoreError:
                self._made.update(made)
                raise

    async def adjust(self) -> None:
        """Set the speed by the sources that there are, and by how far the polls made were from those granted."""
        rules = self._rules()
        if not rules.bounds.is_adaptive:
            return
        turns = await self._store.read(lambda tx: tx.sources.turns())
        known = {
            id_: each
            for id_, each in turns.items()
            if id_ in rules.sources and follows_rhythm(rules.sources[id_], rules.bounds)
        }
        if not known:
            return
        granted = len(known) * _DAY / max(rules.bounds.interval.total_seconds(), 1.0)
        speed = await asyncio.to_thread(clock_speed, known.values(), granted, rules.bounds)
        passed = self._steady() - self._since
        made = sum(count for id_, count in self._made.items() if id_ in known)
        is_period = passed >= _SHORTEST
        if is_period:
            self._made, self._since = Counter(), self._steady()
        is_sample = _SHORTEST <= passed <= _LONGEST
        expected = granted * passed / _DAY if is_sample else 0.0
        await self._store.write(partial(_set_speed, speed=speed, made=made, expected=expected, is_period=is_period))


def _set_speed(tx: Transaction, *, speed: float, made: int, expected: float, is_period: bool) -> None:
    """Store the speed, corrected by how many polls were made where so many were expected; 0 corrects nothing.

    Those of other processes are counted in, and counted anew after a period.
    """
    if is_period:
        made += int(tx.get_meta(_MADE_BY_OTHERS) or 0)
        tx.set_meta(_MADE_BY_OTHERS, "0")
    correction = corrected(float(tx.get_meta(_CORRECTION) or 1.0), made=made, granted=expected)
    tx.set_meta(_CORRECTION, f"{correction:.6g}")
    tx.sources.set_speed(speed * correction)
