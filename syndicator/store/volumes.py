"""How many stories each series has in each hour, and which of them have unusually many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, or_, select, update

from syndicator.models.volumes import CountedStory, NewStory, SeriesState, Spike
from syndicator.store.bulk import Insert, Update
from syndicator.store.chunks import chunks
from syndicator.store.tables import member, story
from syndicator.store.watch_tables import counted_since, counted_story, series, volume

_ADD_VOLUMES = Insert(volume, by=["series", "hour"], adding=["stories", "young"])
_KNOW = Insert(counted_since, by=["name"], always=["fingerprint", "since"])
_ADD_COUNTED = Insert(counted_story)
_LEARN = Update(series, by=("id",), always=("usual",))
_HOURS_A_DAY = 24
# All stories, and all of each language.
_TOTALS = "any/any/%"


class Volumes:
    """Reads and writes of the series, volume and counted tables. Hours are counted since 1970."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def new_stories(self, numbers: Sequence[int]) -> list[NewStory]:
        """Return what stories are counted by; not those that are counted already, or deleted."""
        found: list[NewStory] = []
        columns = (story.c.id, story.c.outlet, story.c.source, story.c.language, story.c.tags)
        for chunk in chunks(numbers):
            held = defaultdict[int, list[str]](list)
            rows = self._connection.execute(select(member.c.story, member.c.feed).where(member.c.story.in_(chunk)))
            for row in rows:
                held[row.story].append(row.feed)
            query = (
                select(*columns, story.c.published, story.c.first_seen)
                .outerjoin(counted_story, counted_story.c.story == story.c.id)
                .where(story.c.id.in_(chunk), counted_story.c.story.is_(None))
                .order_by(story.c.id)
            )
            found.extend(_new_story(row, held[row.id]) for row in self._connection.execute(query))
        return found

    def known_since(self, names: Collection[str]) -> dict[str, datetime]:
        """Return since when sources, feeds and concepts are known."""
        found: dict[str, datetime] = {}
        for chunk in chunks(sorted(names)):
            rows = self._connection.execute(select(counted_since).where(counted_since.c.name.in_(chunk)))
            found.update((row.name, row.since) for row in rows)
        return found

    def known_things(self) -> dict[str, str]:
        """Return the fingerprints of the feeds and concepts that stories are counted by."""
        query = select(counted_since).where(counted_since.c.fingerprint != "")
        return {row.name: row.fingerprint for row in self._connection.execute(query)}

    def know(self, fingerprints: Mapping[str, str], now: datetime) -> None:
        """Store that sources, feeds or concepts are known since now."""
        rows = [{"name": name, "fingerprint": fingerprints[name], "since": now} for name in sorted(fingerprints)]
        _KNOW(self._connection, rows)

    def correct(self, now: datetime) -> None:
        """Let nothing be known since a time that is still to come: the clock was ahead."""
        self._connection.execute(update(counted_since).where(counted_since.c.since > now).values(since=now))

    def ids(self, names: Collection[str], *, adding: Collection[str] = ()) -> dict[str, int]:
        """Return the numbers of series by name, after ``adding`` those of them that are not there."""
        found = self._ids(names)
        new = [{"name": name, "usual": b""} for name in sorted(set(adding) - found.keys())]
        if new:
            self._connection.execute(insert(series), new)
            found |= self._ids([row["name"] for row in new])  # type: ignore[misc]
        return found

    def count(self) -> int:
        """Return how many series there are."""
        return int(self._connection.scalar(select(func.count()).select_from(series)) or 0)

    def add(self, counts: Mapping[tuple[int, int], tuple[int, int]]) -> None:
        """Add to the stories and young stories of series in hours."""
        rows = [
            {"series": of, "hour": hour, "stories": stories, "young": young}
            for (of, hour), (stories, young) in counts.items()
        ]
        _ADD_VOLUMES(self._connection, rows)

    def note(self, stories: Iterable[CountedStory]) -> None:
        """Store that stories are counted."""
        rows = [
            {"story": each.number, "hour": each.hour, "outlet": each.outlet, "series": each.series} for each in stories
        ]
        _ADD_COUNTED(self._connection, rows)

    def counted(self, numbers: Sequence[int]) -> list[CountedStory]:
        """Return those of these stories that were counted lately."""
        found: list[CountedStory] = []
        for chunk in chunks(numbers):
            rows = self._connection.execute(select(counted_story).where(counted_story.c.story.in_(chunk)))
            found.extend(map(_counted_story, rows))
        return found

    def counted_between(self, first: int, last: int) -> list[CountedStory]:
        """Return the stories that were counted in hours, in order of their numbers."""
        where = counted_story.c.hour.between(first, last)
        rows = self._connection.execute(select(counted_story).where(where).order_by(counted_story.c.story))
        return list(map(_counted_story, rows))

    def states(self, ids: Sequence[int]) -> list[SeriesState]:
        """Return series by their numbers."""
        found: list[SeriesState] = []
        for chunk in chunks(ids):
            found.extend(map(_state, self._connection.execute(select(series).where(series.c.id.in_(chunk)))))
        return found

    def spiking(self) -> list[SeriesState]:
        """Return the series that have a spike now, the first raised first."""
        query = select(series).where(series.c.raised_at.is_not(None)).order_by(series.c.raised_at, series.c.id)
        return list(map(_state, self._connection.execute(query)))

    def touched_between(self, first: int, last: int) -> list[int]:
        """Return the numbers of the series that have stories in hours."""
        query = select(volume.c.series).where(volume.c.hour.between(first, last), volume.c.stories > 0).distinct()
        return list(self._connection.scalars(query.order_by(volume.c.series)))

    def by_hour(self, ids: Sequence[int], first: int, last: int) -> dict[int, dict[int, int]]:
        """Return how many stories series have in hours: by series and hour, without young ones."""
        found = defaultdict[int, dict[int, int]](dict)
        for chunk in chunks(ids):
            where = and_(volume.c.series.in_(chunk), volume.c.hour.between(first, last))
            for row in self._connection.execute(select(volume).where(where)):
                found[row.series][row.hour] = row.stories
        return found

    def by_day(self, ids: Sequence[int], last: int, days: int, parts: int) -> dict[int, dict[tuple[int, int], int]]:
        """Return how many stories, young ones too, series have in the days up to an hour, by series, day and part.

        Day 0 ends with that hour. A part is one of some ``parts`` of a day in UTC.
        """
        found = defaultdict[int, dict[tuple[int, int], int]](dict)
        day = ((last - volume.c.hour) // _HOURS_A_DAY).label("day")
        part = ((volume.c.hour % _HOURS_A_DAY) // (_HOURS_A_DAY // parts)).label("part")
        total = func.sum(volume.c.stories + volume.c.young).label("total")
        for chunk in chunks(ids):
            where = and_(volume.c.series.in_(chunk), volume.c.hour.between(last - days * _HOURS_A_DAY + 1, last))
            query = select(volume.c.series, day, part, total).where(where).group_by(volume.c.series, day, part)
            for of, *cell, count in self._connection.execute(query).tuples():
                found[of][int(cell[0]), int(cell[1])] = int(count)
        return found

    def regions(self) -> dict[str, int]:
        """Return the series of regions, whatever is told of them in any language: numbers by name."""
        is_one = and_(series.c.name.between("any/", "any0"), series.c.name.like("any/%/any"))
        rows = self._connection.execute(select(series.c.name, series.c.id).where(is_one))
        return {row.name: row.id for row in rows if row.name != "any/any/any"}

    def largest(self, ids: Sequence[int], *, since: int, most: int) -> list[int]:
        """Return the numbers of those series that have most stories, young ones too, since an hour."""
        found: dict[int, int] = {}
        total = func.sum(volume.c.stories + volume.c.young)
        for chunk in chunks(ids):
            where = and_(volume.c.series.in_(chunk), volume.c.hour >= since)
            rows = self._connection.execute(select(volume.c.series, total).where(where).group_by(volume.c.series))
            found.update((of, int(count)) for of, count in rows.tuples())
        return sorted(found, key=lambda of: (-found[of], of))[:most]

    def daily(self, ids: Sequence[int], since: int) -> dict[int, dict[int, int]]:
        """Return how many stories, young ones too, series have on days, counted since 1970 in UTC."""
        found = defaultdict[int, dict[int, int]](dict)
        day = (volume.c.hour // _HOURS_A_DAY).label("day")
        total = func.sum(volume.c.stories + volume.c.young)
        for chunk in chunks(ids):
            where = and_(volume.c.series.in_(chunk), volume.c.hour >= since * _HOURS_A_DAY)
            query = select(volume.c.series, day, total).where(where).group_by(volume.c.series, day)
            for of, at, count in self._connection.execute(query).tuples():
                found[of][int(at)] = int(count)
        return found

    def learn(self, usual: Mapping[int, bytes]) -> None:
        """Store what is usual for series."""
        _LEARN(self._connection, [{"id": of, "usual": packed} for of, packed in usual.items()])

    def raise_(self, of: int, spike: Spike, now: datetime) -> None:
        """Store that a series has a spike since now."""
        self._set(of, raised_at=now, ended_at=None, spike=spike)

    def keep(self, of: int, spike: Spike) -> None:
        """Store how a spike is now."""
        self._set(of, spike=spike)

    def end(self, of: int, now: datetime) -> None:
        """Store that a series has no spike any more since now."""
        self._set(of, raised_at=None, ended_at=now, spike=None)

    def forget(self, things: Collection[str]) -> None:
        """Delete the series of feeds or concepts that are gone, or others by now, with their counts."""
        for chunk in chunks(sorted(things)):
            self._connection.execute(delete(counted_since).where(counted_since.c.name.in_(chunk)))
        for thing in things:
            gone = select(series.c.id).where(series.c.name.startswith(f"{thing}/", autoescape=True))
            self._connection.execute(delete(volume).where(volume.c.series.in_(gone)))
            self._connection.execute(delete(series).where(series.c.name.startswith(f"{thing}/", autoescape=True)))

    def prune(self, *, before: int, after: int, stories_before: int, most: int) -> None:
        """Delete counts before and after hours, counted stories, and series without counts.

        Of more than ``most`` series the smallest go as well, but for those with a spike, and the totals of languages
        that others are judged by.
        """
        old = or_(volume.c.hour < before, volume.c.hour > after)
        self._connection.execute(delete(volume).where(old))
        seen = or_(counted_story.c.hour < stories_before, counted_story.c.hour > after)
        self._connection.execute(delete(counted_story).where(seen))
        empty = ~exists().where(volume.c.series == series.c.id)
        self._connection.execute(delete(series).where(empty, series.c.raised_at.is_(None)))
        surplus = self.count() - most
        if surplus > 0:
            size = func.sum(volume.c.stories + volume.c.young)
            is_free = and_(series.c.raised_at.is_(None), series.c.name.not_like(_TOTALS))
            smallest = (
                select(volume.c.series)
                .join(series, series.c.id == volume.c.series)
                .where(is_free)
                .group_by(volume.c.series)
                .order_by(size, volume.c.series.desc())
            )
            self._drop(list(self._connection.scalars(smallest.limit(surplus))))

    def _drop(self, ids: Sequence[int]) -> None:
        for chunk in chunks(ids):
            self._connection.execute(delete(volume).where(volume.c.series.in_(chunk)))
            self._connection.execute(delete(series).where(series.c.id.in_(chunk)))

    def _ids(self, names: Collection[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for chunk in chunks(sorted(names)):
            rows = self._connection.execute(select(series.c.name, series.c.id).where(series.c.name.in_(chunk)))
            found.update((row.name, row.id) for row in rows)
        return found

    def _set(self, of: int, **values: object) -> None:
        self._connection.execute(update(series).where(series.c.id == of).values(**values))


def _new_story(row: Row[Any], feeds: Sequence[str]) -> NewStory:
    return NewStory(
        number=row.id,
        outlet=row.outlet,
        source=row.source,
        language=row.language,
        tags=row.tags,
        feeds=tuple(feeds),
        published=row.published,
        first_seen=row.first_seen,
    )


def _counted_story(row: Row[Any]) -> CountedStory:
    return CountedStory(number=row.story, hour=row.hour, outlet=row.outlet, series=row.series)


def _state(row: Row[Any]) -> SeriesState:
    return SeriesState(
        id=row.id,
        name=row.name,
        usual=row.usual,
        raised_at=row.raised_at,
        ended_at=row.ended_at,
        spike=row.spike,
    )
