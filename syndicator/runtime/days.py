"""Counts of each day of each source, gathered in memory from polls that ended, and written once a minute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

import structlog

from syndicator.errors import StoreError
from syndicator.models import Outcome, PollReport
from syndicator.models.days import EVERY_SOURCE, DayCount, day_of, gravity
from syndicator.models.decisions import Verdict
from syndicator.store import Store

_log = structlog.get_logger()
# What is new at a source, be it a copy of another outlet's.
_NEW = (Verdict.NEW, Verdict.COPY)


class DayCounter:
    """Counts polls by day; ``note`` each, and ``flush`` once a minute: a crash loses what was not flushed.

    A poll that reached nobody counts as failed once any host has answered after it and a minute more has passed. If
    this machine turns out to be offline meanwhile, it does not count: nobody looked.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], is_offline: Callable[[], bool]) -> None:
        """Write nothing before ``flush``."""
        self._store, self._clock, self._is_offline = store, clock, is_offline
        self._counts: dict[tuple[str, int], DayCount] = {}
        # Polls that reached nobody: since any answer, before the last one, before the last flush.
        self._held: list[DayCount] = []
        self._answered: list[DayCount] = []
        self._ripe: list[DayCount] = []

    def note(self, report: PollReport) -> None:
        """Take notice of a poll that has just ended."""
        count = _count(report, day_of(self._clock()))
        if any(each.outcome.is_answer for each in (*report.documents, *report.compared)):
            self._answered += self._held
            self._held = []
            self._add(count)
        elif report.outcome.is_unreached:
            self._held.append(count)
            self._drop_if_offline()
        else:
            self._add(count)

    def note_push(self, report: PollReport) -> None:
        """Take notice of what a hub has pushed: news, though nobody was asked."""
        count = _count(report, day_of(self._clock()))._replace(polls=0, failed=0, worst="")
        if count.new:
            self._add(count)

    def pending(self, sources: Collection[str]) -> list[DayCount]:
        """Return what was counted of some sources since the last flush."""
        return [each for (source, _), each in self._counts.items() if source in sources]

    async def flush(self) -> None:
        """Add what was counted to the store. Raise StoreError; then it is added the next time."""
        self._drop_if_offline()
        for each in self._ripe:
            self._add(each)
        self._ripe, self._answered = self._answered, []
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await self._store.write(lambda tx: tx.days.add(list(counts.values())))
        except StoreError:
            for each in counts.values():
                self._keep(each)
            raise

    async def end(self) -> None:
        """Flush for the last time: what the store does not take is lost, and is not worth holding up the end."""
        self._ripe += self._answered
        self._answered = []
        try:
            await self.flush()
        except StoreError as error:
            _log.error("counts of the last minute are lost", error=str(error))

    def _drop_if_offline(self) -> None:
        if self._is_offline():
            self._held, self._answered, self._ripe = [], [], []

    def _add(self, count: DayCount) -> None:
        self._keep(count)
        self._keep(count._replace(source=EVERY_SOURCE, worst=""))

    def _keep(self, count: DayCount) -> None:
        key = (count.source, count.day)
        self._counts[key] = self._counts[key].plus(count) if key in self._counts else count


def _count(report: PollReport, day: int) -> DayCount:
    outcome = report.outcome
    return DayCount(
        source=report.source,
        day=day,
        new=sum(report.verdicts.get(each, 0) for each in _NEW),
        polls=1,
        failed=int(not outcome.is_good),
        worst=max(_failures(report), key=gravity, default=""),
    )


def _failures(report: PollReport) -> Iterator[Outcome]:
    if not report.outcome.is_good:
        yield from (each.outcome for each in report.documents if not each.outcome.is_good)
