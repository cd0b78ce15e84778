"""How many stories feeds had on each of the last days, who told them, and in which languages."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from threading import Lock

from syndicator.models.reader_pages import DayStories
from syndicator.store import Transaction

DAYS = 30
# Of one day of a feed, so many stories tell its shares.
MOST_OF_A_DAY = 1000
# With fewer whole days one cannot say what is usual.
_FEWEST_DAYS = 3
# Numbers that are kept: some 40 MB.
_MOST_KEPT = 250_000
# Days within which a story may be copied (``ingest.identity``), the one it was told on included.
_COPIED_FOR = 4

# How many stories there are by outlet and language.
ByOutlet = Counter[tuple[str, str]]
# A feed, a day of it or all but the last, and whether copies are counted.
_Key = tuple[str, date | None, bool]


def start_of(day: date) -> datetime:
    """Return when a day begins, UTC."""
    return datetime.combine(day, time(), UTC)


def last_days(now: datetime) -> list[date]:
    """Return the last days, today last."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """How many stories feeds had on the last ``days``, by the feeds' names; ``since`` is when the first one was read.

    Nothing is known of the days before that, even where a feed has old stories in them, nor of ``idle`` ones, on which
    nothing was read: the daemon did not run, or had no network.
    """

    days: tuple[date, ...]
    counts: dict[str, tuple[int, ...]]
    since: date | None
    idle: frozenset[date] = frozenset()

    def of(self, name: str) -> tuple[DayStories, ...]:
        """Return the days of a feed, today last."""
        numbers = self.counts.get(name) or (0,) * len(self.days)
        return tuple(DayStories(day=day, stories=number) for day, number in zip(self.days, numbers, strict=True))

    def usual(self, name: str) -> float | None:
        """Return the median of the whole days before today on which stories were read."""
        if self.since is None:
            return None
        known = [each.stories for each in self.of(name)[:-1] if each.day > self.since and each.day not in self.idle]
        return median(known) if len(known) >= _FEWEST_DAYS else None


def day_counts(tx: Transaction, names: Sequence[str], now: datetime) -> DayCounts:
    """Count the last days of feeds."""
    days, begun = last_days(now), tx.feed_days.begun_at()
    counts = tx.feed_days.counts(names, [start_of(day) for day in days])
    empty = [day for at, day in enumerate(days) if not all(some[at] for some in counts.values())]
    return DayCounts(
        days=tuple(days),
        counts=counts,
        since=begun.astimezone(UTC).date() if begun else None,
        idle=frozenset(each.astimezone(UTC).date() for each in tx.feed_days.idle([start_of(day) for day in empty])),
    )


class Tallies:
    """Who told the stories of feeds: kept in memory, day by day, as long as a day has as many as when it was counted.

    To count a month costs far more than to show it, and most days are over. Threads may share it.
    """

    def __init__(self, most_kept: int = _MOST_KEPT) -> None:
        """Keep nothing yet, and later no more numbers than ``most_kept``."""
        self._most = most_kept
        self._kept: OrderedDict[_Key, tuple[Hashable, ByOutlet]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def told(self, tx: Transaction, name: str, days: Sequence[DayStories]) -> ByOutlet:
        """Return how many stories of a feed outlets told on these days, by language too."""
        return self._sum(tx, name, days, copies=False)

    def copied(self, tx: Transaction, name: str, days: Sequence[DayStories]) -> ByOutlet:
        """Return how many stories of a feed outlets copied on these days, by language too."""
        return self._sum(tx, name, days, copies=True)

    def _sum(self, tx: Transaction, name: str, days: Sequence[DayStories], *, copies: bool) -> ByOutlet:
        """Return the sum of some days. That of all but the last ones, which go on, is kept too.

        A story may be copied days after it was told: that changes no number of stories.
        """
        going_on = _COPIED_FOR if copies else 1

        def of(some: Sequence[DayStories], *, is_over: bool = True) -> ByOutlet:
            found: ByOutlet = Counter()
            for each in self._days(tx, name, some, copies=copies, is_kept=is_over or not copies):
                found.update(each)
            return found

        past = tuple(each for each in days[:-going_on] if each.stories)
        key = (name, None, copies)
        known = self._known(key, past)
        if known is None:
            self._keep(key, past, known := of(past))
        return known + of(days[-going_on:], is_over=False)

    def _days(
        self, tx: Transaction, name: str, days: Sequence[DayStories], *, copies: bool, is_kept: bool
    ) -> list[ByOutlet]:
        """Return some days of a feed; those that are not known are counted at once, but for very long ones."""
        kept = {
            each: self._known((name, each.day, copies), each.stories) if is_kept else None
            for each in days
            if each.stories
        }
        found = {each: tally for each, tally in kept.items() if tally is not None}
        missing = [each for each, tally in kept.items() if tally is None]
        short = [each for each in missing if each.stories <= MOST_OF_A_DAY]
        if short:
            starts = [start_of(each.day) for each in short]
            found |= zip(short, tx.feed_days.by_outlet(name, starts, copies=copies), strict=True)
        for each in missing:
            if each not in found:
                start = start_of(each.day)
                found[each] = tx.feed_days.by_outlet_of_latest(name, start, MOST_OF_A_DAY, copies=copies)
            if is_kept:
                self._keep((name, each.day, copies), each.stories, found[each])
        return list(found.values())

    def _known(self, key: _Key, state: Hashable) -> ByOutlet | None:
        """Return what is kept under a key, if it was counted in this state."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != state:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def _keep(self, key: _Key, state: Hashable, tally: ByOutlet) -> None:
        with self._lock:
            self._forget(key)
            self._kept[key] = state, tally
            self._size += len(tally) + 1
            while self._size > self._most:
                self._forget(next(iter(self._kept)))

    def _forget(self, key: _Key) -> None:
        if (gone := self._kept.pop(key, None)) is not None:
            self._size -= len(gone[1]) + 1


def languages_of(tally: ByOutlet) -> list[str]:
    """Return the languages of a tally, the most frequent first."""
    counts: Counter[str] = Counter()
    for (_, language), number in tally.items():
        counts[language] += number
    return sorted((each for each in counts if each), key=lambda each: (-counts[each], each))
