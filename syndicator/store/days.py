"""What became of each day of a source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, func, or_, select

from syndicator.models.days import DayCount
from syndicator.store.bulk import Insert, Update
from syndicator.store.chunks import chunks
from syndicator.store.watch_tables import day

_COLUMNS = (day.c.source, day.c.day, day.c.new, day.c.polls, day.c.failed, day.c.worst)
_INSERT = Insert(day)
_UPDATE = Update(day, by=("source", "day"), always=("new", "polls", "failed", "worst"))


class DaySum(NamedTuple):
    """New items of a source, and the days on which it could be read."""

    new: int
    days: int


class Days:
    """Reads and writes of the day table."""

    def __init__(self, connection: Connection) -> None:
        """Work within a transaction."""
        self._connection = connection

    def add(self, counts: Sequence[DayCount]) -> None:
        """Add to what is stored of these days of these sources, each of which is named once."""
        known = self._known(counts)
        sums = [(each, known.get((each.source, each.day))) for each in counts]
        _UPDATE(self._connection, [_values(before.plus(each)) for each, before in sums if before is not None])
        _INSERT(self._connection, [_values(each) for each, before in sums if before is None])

    def of(self, sources: Sequence[str], since: int) -> dict[str, list[DayCount]]:
        """Return the days of some sources from a day on, in order; a source without any is not there."""
        found: dict[str, list[DayCount]] = defaultdict(list)
        for some in chunks(sources):
            query = select(*_COLUMNS).where(and_(day.c.source.in_(some), day.c.day >= since))
            for row in self._connection.execute(query.order_by(day.c.source, day.c.day)):
                found[row[0]].append(DayCount._make(row))
        return dict(found)

    def sums(self, sources: Sequence[str], since: int, before: int) -> dict[str, DaySum]:
        """Return what sources brought in days, by source: on how many days they answered, or a hub pushed."""
        found: dict[str, DaySum] = {}
        is_read = or_(day.c.new > 0, day.c.failed < day.c.polls)
        for some in chunks(sources):
            where = and_(day.c.source.in_(some), day.c.day >= since, day.c.day < before, is_read)
            query = select(day.c.source, func.sum(day.c.new), func.count()).where(where).group_by(day.c.source)
            found.update((row[0], DaySum(int(row[1]), int(row[2]))) for row in self._connection.execute(query))
        return found

    def prune(self, before: int) -> int:
        """Delete what is older than a day. Return how many rows there were."""
        return int(self._connection.execute(delete(day).where(day.c.day < before)).rowcount)

    def _known(self, counts: Sequence[DayCount]) -> dict[tuple[str, int], DayCount]:
        days = sorted({each.day for each in counts})
        found: dict[tuple[str, int], DayCount] = {}
        for some in chunks(sorted({each.source for each in counts})):
            query = select(*_COLUMNS).where(and_(day.c.source.in_(some), day.c.day.in_(days)))
            for row in self._connection.execute(query):
                found[row[0], row[1]] = DayCount._make(row)
        return found


def _values(count: DayCount) -> dict[str, str | int]:
    return {
        "source": count.source,
        "day": count.day,
        "new": count.new,
        "polls": count.polls,
        "failed": count.failed,
        "worst": count.worst,
    }
