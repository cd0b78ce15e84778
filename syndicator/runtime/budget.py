"""How fast all sources' clocks turn: so fast that the polls granted are made, and no faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from syndicator.models import PollBounds, PollReport
from syndicator.poll.budget import clock_speed, corrected
from syndicator.rules import Rules
from syndicator.store import Store, Transaction

_DAY = timedelta(days=1)
_CORRECTION = "poll.correction"


class PollBudget:
    """Sets the speed every hour; ``note`` each poll in between."""

    def __init__(self, store: Store, rules: Callable[[], Rules], steady: Callable[[], float]) -> None:
        """Count nothing before ``note``. ``steady`` counts seconds, whatever the clock shows."""
        self._store, self._rules, self._steady = store, rules, steady
        self._made, self._since = 0, steady()

    def note(self, report: PollReport) -> None:
        """Count a poll that has just ended, if it is one that a clock decides on."""
        source = self._rules().sources.get(report.source)
        if source is not None and source.interval is None and report.outcome.is_good:
            self._made += 1

    async def adjust(self) -> None:
        """Set the speed by the sources that there are, and by how far the polls made were from those granted."""
        rules = self._rules()
        if not rules.bounds.is_adaptive:
            return
        made, since, now = self._made, self._since, self._steady()
        self._made, self._since = 0, now
        share = (now - since) / _DAY.total_seconds()

        def write(tx: Transaction) -> None:
            turns = {
                id_: each
                for id_, each in tx.sources.turns().items()
                if id_ in rules.sources and rules.sources[id_].interval is None
            }
            granted = _granted(rules, turns)
            before = float(tx.get_meta(_CORRECTION) or 1.0)
            after = corrected(before, made=made, granted=granted * share)
            tx.set_meta(_CORRECTION, f"{after:.6g}")
            if turns:
                tx.sources.set_speed(clock_speed(turns.values(), granted, rules.bounds) * after)

        await self._store.write(write)


def _granted(rules: Rules, turns: Mapping[str, float]) -> float:
    """Return how many polls a day the sources may have whose clocks are known."""
    bounds = rules.bounds
    if bounds.polls_a_day is None:
        return len(turns) * _polls_a_day(bounds.interval)
    others = [each for id_, each in rules.sources.items() if id_ not in turns]
    taken = sum(_polls_a_day(each.interval or bounds.interval) for each in others)
    return max(bounds.polls_a_day - taken, len(turns) * _least(bounds))


def _least(bounds: PollBounds) -> float:
    return _polls_a_day(bounds.longest)


def _polls_a_day(interval: timedelta) -> float:
    return _DAY / max(interval, timedelta(seconds=1))
