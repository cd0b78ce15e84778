"""How many stories feeds had on each of the last days, who told them, and in which languages."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
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
_MOST_KEPT = 20_000

# How many stories there are by outlet and language.
ByOutlet = Counter[tuple[str, str]]


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

    Nothing is known of the days before that, even where a feed has old stories in them.
    """

    days: tuple[date, ...]
    counts: dict[str, tuple[int, ...]]
    since: date | None

    def of(self, name: str) -> tuple[DayStories, ...]:
        """Return the days of a feed, today last."""
        numbers = self.counts.get(name) or (0,) * len(self.days)
        return tuple(DayStories(day=day, stories=number) for day, number in zip(self.days, numbers, strict=True))

    def usual(self, name: str) -> float | None:
        """Return the median of the whole days before today on which stories were read."""
        if self.since is None:
            return None
        known = [each.stories for each in self.of(name)[:-1] if each.day > self.since]
        return median(known) if len(known) >= _FEWEST_DAYS else None


def day_counts(tx: Transaction, names: Sequence[str], now: datetime) -> DayCounts:
    """Count the last days of feeds."""
    days, begun = last_days(now), tx.feed_days.begun_at()
    counts = tx.feed_days.counts(names, [start_of(day) for day in days])
    return DayCounts(days=tuple(days), counts=counts, since=begun.astimezone(UTC).date() if begun else None)


class Tallies:
    """Who told the stories of feeds, day by day: kept in memory as long as a day has as many as when it was counted.

    To count a month costs far more than to show it, and most days are over. Threads may share it.
    """

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: OrderedDict[tuple[str, date, bool], tuple[int, ByOutlet]] = OrderedDict()
        self._lock = Lock()

    def told(self, tx: Transaction, name: str, days: Sequence[DayStories]) -> ByOutlet:
        """Return how many stories of a feed outlets told on these days, by language too."""
        return self._sum(tx.feed_days.told, name, days, is_copies=False)

    def copied(self, tx: Transaction, name: str, days: Sequence[DayStories]) -> ByOutlet:
        """Return how many stories of a feed outlets copied on these days, by language too."""
        return self._sum(tx.feed_days.copied, name, days, is_copies=True)

    def _sum(
        self,
        count: Callable[[str, datetime, int], ByOutlet],
        name: str,
        days: Sequence[DayStories],
        *,
        is_copies: bool,
    ) -> ByOutlet:
        found: ByOutlet = Counter()
        for each in days:
            if not each.stories:
                continue
            key = (name, each.day, is_copies)
            with self._lock:
                stories, tally = self._kept.get(key, (0, Counter()))
            if stories != each.stories:
                tally = count(name, start_of(each.day), MOST_OF_A_DAY)
                self._keep(key, each.stories, tally)
            found.update(tally)
        return found

    def _keep(self, key: tuple[str, date, bool], stories: int, tally: ByOutlet) -> None:
        with self._lock:
            self._kept[key] = stories, tally
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)


def languages_of(tally: ByOutlet) -> list[str]:
    """Return the languages of a tally, the most frequent first."""
    counts: Counter[str] = Counter()
    for (_, language), number in tally.items():
        counts[language] += number
    return sorted((each for each in counts if each), key=lambda each: (-counts[each], each))
