"""What output feeds hold by day, as readers' pages show it. Only read; days are 24 hours from a start, UTC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from sys import intern
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
)

from syndicator.store.chunks import chunks
from syndicator.store.tables import entry, feed, member, story

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Placed(NamedTuple):
    """A story's place in a feed: feeds have the latest first, and of two placed at once the higher number."""

    at: datetime
    story: int


class Told(NamedTuple):
    """Who told a story in which language, and when it was seen first."""

    outlet: str
    language: str
    at: datetime


class FeedDays:
    """Reads of the member table by time."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def counts(self, names: Sequence[str], starts: Sequence[datetime]) -> dict[str, tuple[int, ...]]:
        """Return by feed how many stories it has on each of the days that begin at these times."""
        query, found = _counting(len(starts)), {}
        moments = {f"day{place}": start for place, start in enumerate(starts)}
        moments |= {f"next{place}": start + _DAY for place, start in enumerate(starts)}
        for chunk in chunks(names):
            for name, *numbers in self._connection.execute(query, {"names": list(chunk), **moments}):
                found[name] = tuple(numbers)
        return found

    def heads(self, names: Sequence[str], limit: int) -> dict[str, list[int]]:
        """Return by feed the numbers of its latest stories, the latest first."""
        run = self._connection.scalars
        return {name: list(run(_HEAD, {"name": name, "most": limit})) for name in names}

    def latest(
        self, name: str, limit: int, *, below: Placed | None = None, since: datetime | None = None
    ) -> list[Placed]:
        """Return the latest places in a feed, those ``below`` one and not before a time; the latest first."""
        inside = [member.c.feed == name]
        if below is not None:
            inside.append(_is_below(below))
        if since is not None:
            inside.append(member.c.placed_at >= since)
        order = (member.c.placed_at.desc(), member.c.story.desc())
        query = select(member.c.placed_at, member.c.story).where(and_(*inside)).order_by(*order).limit(limit)
        return [Placed(*row) for row in self._connection.execute(query)]

    def first_from(self, name: str, moment: datetime) -> datetime | None:
        """Return when the first story at or after a time is placed in a feed."""
        inside = and_(member.c.feed == name, member.c.placed_at >= moment)
        found: datetime | None = self._connection.scalar(select(func.min(member.c.placed_at)).where(inside))
        return found

    def places(self, name: str, numbers: Sequence[int]) -> dict[int, datetime]:
        """Return where those of these stories that a feed holds have their places in it."""
        found: dict[int, datetime] = {}
        for chunk in chunks(numbers):
            # An expression keeps SQLite from the index by place, in which it would walk all of the feed: it expects ten
            # rows there, and goes by the stories so, which are in few feeds.
            inside = and_(member.c.feed + "" == name, member.c.story.in_(chunk))
            query = select(member.c.story, member.c.placed_at).where(inside)
            found.update(self._connection.execute(query).tuples().all())
        return found

    def by_outlet(self, name: str, starts: Sequence[datetime], *, copies: bool) -> list[Counter[tuple[str, str]]]:
        """Count the stories of some days of a feed, or their copies, by the outlet that has them and the language."""
        first, found = min(starts), {start: Counter[tuple[str, str]]() for start in starts}
        inside = and_(member.c.feed == name, member.c.placed_at >= first, member.c.placed_at < max(starts) + _DAY)
        passed = type_coerce(member.c.placed_at, BigInteger) - _microseconds(first)
        place = passed // (_DAY // timedelta(microseconds=1))
        some = select(member.c.story, place.label("day")).where(inside).subquery()
        query = _tally(some, copies=copies).add_columns(some.c.day).group_by(some.c.day)
        for outlet, language, count, day in self._connection.execute(query):
            if (start := first + day * _DAY) in found:
                found[start][intern(outlet), intern(language)] = count
        return [found[start] for start in starts]

    def by_outlet_of_latest(self, name: str, start: datetime, limit: int, *, copies: bool) -> Counter[tuple[str, str]]:
        """Count the latest stories of a day of a feed, or their copies, by outlet and language."""
        inside = and_(member.c.feed == name, member.c.placed_at >= start, member.c.placed_at < start + _DAY)
        latest = select(member.c.story).where(inside).order_by(member.c.placed_at.desc()).limit(limit).subquery()
        rows = self._connection.execute(_tally(latest, copies=copies))
        return Counter({(intern(outlet), intern(language)): count for outlet, language, count in rows})

    def tellings(self, numbers: Sequence[int]) -> dict[int, Told]:
        """Return who told stories, by the stories' numbers."""
        columns, found = (story.c.id, story.c.outlet, story.c.language, story.c.first_seen), {}
        for chunk in chunks(numbers):
            for number, *rest in self._connection.execute(select(*columns).where(story.c.id.in_(chunk))):
                found[number] = Told(*rest)
        return found

    def copies(self, numbers: Sequence[int]) -> dict[int, int]:
        """Return how many other outlets carry stories, by the numbers of those that any does."""
        found: dict[int, int] = {}
        others = func.count(entry.c.outlet.distinct())
        for chunk in chunks(numbers):
            query = select(story.c.id, others).join(entry, entry.c.story == story.c.id)
            query = query.where(and_(story.c.id.in_(chunk), entry.c.outlet != story.c.outlet)).group_by(story.c.id)
            found.update(self._connection.execute(query).tuples().all())
        return found

    def begun_at(self) -> datetime | None:
        """Return when the first story was seen that is still stored."""
        found: datetime | None = self._connection.scalar(select(func.min(story.c.first_seen)))
        return found

    def idle(self, starts: Sequence[datetime]) -> list[datetime]:
        """Return which of the days that begin at these times brought no story at all: nothing was read on them."""
        run = self._connection.scalar
        return [start for start in starts if run(_FIRST_WITHIN, {"since": start, "until": start + _DAY}) is None]


# Made once: to build a statement costs more than to run it.
_FIRST_WITHIN = (
    select(story.c.id).where(story.c.first_seen >= bindparam("since"), story.c.first_seen < bindparam("until")).limit(1)
)
_HEAD = (
    select(member.c.story)
    .where(member.c.feed == bindparam("name"))
    .order_by(member.c.placed_at.desc(), member.c.story.desc())
    .limit(bindparam("most"))
)


@cache
def _counting(days: int) -> Select[Any]:
    """Return the query that counts days, one column each: ranges of an index cost a tenth of what groups do."""
    columns = [
        select(func.count())
        .where(
            and_(
                member.c.feed == feed.c.name,
                member.c.placed_at >= bindparam(f"day{place}", type_=member.c.placed_at.type),
                member.c.placed_at < bindparam(f"next{place}", type_=member.c.placed_at.type),
            )
        )
        .scalar_subquery()
        for place in range(days)
    ]
    return select(feed.c.name, *columns).where(feed.c.name.in_(bindparam("names", expanding=True)))


def _is_below(place: Placed) -> ColumnElement[bool]:
    """Return what a place below another is; the first part lets the index be used."""
    at_once = and_(member.c.placed_at == place.at, member.c.story < place.story)
    return and_(member.c.placed_at <= place.at, or_(member.c.placed_at < place.at, at_once))


def _tally(some: Subquery, *, copies: bool) -> Select[Any]:
    """Return the query that counts some stories, or their copies, by outlet and language."""
    if not copies:
        query = select(story.c.outlet, story.c.language, func.count()).join(some, some.c.story == story.c.id)
        return query.group_by(story.c.outlet, story.c.language)
    query = select(entry.c.outlet, story.c.language, func.count(story.c.id.distinct()))
    query = query.join(story, and_(story.c.id == entry.c.story, story.c.outlet != entry.c.outlet))
    return query.join(some, some.c.story == story.c.id).group_by(entry.c.outlet, story.c.language)


def _microseconds(at: datetime) -> int:
    """Return a time as the column of a place has it: see ``tables.Moment``."""
    return (at - _EPOCH) // timedelta(microseconds=1)
