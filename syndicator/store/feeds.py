"""Output feeds: what they hold, and how far their files are behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from syndicator.models import FeedState, Story
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.stories import Stories
from syndicator.store.tables import archive, feed, former_feed, member, rendered_outlet, story

_KEPT_NAMES = timedelta(days=366)
# Made once: to build a statement costs more than to run it.
_NAMES = select(feed.c.name)
_HOLDING = select(member.c.feed).where(member.c.story == bindparam("number"))
_HOLDING_MOST = (
    select(member.c.feed)
    .where(member.c.story.in_(bindparam("numbers", expanding=True)))
    .group_by(member.c.feed)
    .order_by(func.count().desc(), member.c.feed)
    .limit(bindparam("limit"))
)
_TOUCH = (
    update(feed)
    .where(feed.c.name == bindparam("of"))
    .values(version=feed.c.version + 1, changed_at=bindparam("now", type_=feed.c.changed_at.type))
)
_ADD_MEMBERS = Insert(member, without=["archived_as", "is_archived"], by=["feed", "story"])
_ADD_OUTLETS = Insert(rendered_outlet, by=["outlet", "feed"])


class Feeds:
    """Reads and writes of the feed and member tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def define(
        self,
        fingerprints: Mapping[str, tuple[str, str]],
        now: datetime,
        *,
        last_story: int,
        resting: Collection[str] = (),
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        """Sync the table with these feeds, by name: a fingerprint of the filter, and one of everything rendered.

        ``renamed`` has the present names of feeds by former ones. What a feed held under the former name, it holds
        under the present one. Of feeds that are gone the names are kept for a year.

        A new feed, or one whose filter changed, is to be filled from the store, downwards from the newest story. If
        only what follows a plus in its fingerprint changed, stories are added and none removed. A ``resting`` one
        keeps what it holds, and is filled when it comes back. All others are deleted.
        """
        known = dict(self._connection.execute(select(feed.c.name, feed.c.fingerprint)).tuples().all())
        for former, present in (renamed or {}).items():
            if former in known and former not in fingerprints and present in fingerprints and present not in known:
                self._rename(former, present)
                # What it holds is known; how it looks is not, since its address has changed.
                known[present] = f"{known.pop(former).partition(' ')[0]} "
        deleted = known.keys() - fingerprints.keys() - set(resting)
        self._note_former(dict.fromkeys(deleted, "") | dict(renamed or {}), fingerprints, now)
        for name in known.keys() - fingerprints.keys():
            is_it = feed.c.name == name
            rests = update(feed).where(is_it).values(fingerprint="", backfill_below=0)
            self._connection.execute(rests if name in resting else delete(feed).where(is_it))
        for name, (where, look) in fingerprints.items():
            fingerprint = f"{where} {look}"
            values: dict[str, object] = {"fingerprint": fingerprint, "changed_at": now}
            if name not in known:
                values |= {"version": 1, "rendered": 0, "backfill_below": last_story + 1, "backfill_removes": False}
                self._connection.execute(insert(feed).values(name=name, **values))
            elif known[name] != fingerprint:
                before = known[name].partition(" ")[0]
                if before != where:
                    removes = before.partition("+")[0] != where.partition("+")[0]
                    values |= {"backfill_below": last_story + 1, "backfill_removes": removes}
                statement = update(feed).where(feed.c.name == name).values(version=feed.c.version + 1, **values)
                self._connection.execute(statement)

    def former_names(self) -> dict[str, str]:
        """Return the names of feeds that are gone, each with its present name, or empty where there is none."""
        return dict(self._connection.execute(select(former_feed.c.name, former_feed.c.present_name)).tuples().all())

    def _rename(self, former: str, present: str) -> None:
        columns = [column for column in feed.c if column is not feed.c.name]
        row = select(literal(present), *columns).where(feed.c.name == former)
        self._connection.execute(insert(feed).from_select([feed.c.name, *columns], row))
        for of_feed in (member.c.feed, rendered_outlet.c.feed, archive.c.feed):
            self._connection.execute(update(of_feed.table).where(of_feed == former).values(feed=present))
        self._connection.execute(delete(feed).where(feed.c.name == former))

    def _note_former(self, gone: Mapping[str, str], present: Collection[str], now: datetime) -> None:
        """Note names that are gone, each with the present one; forget those of feeds there are, and old ones."""
        noted = self.former_names()
        for name, present_name in gone.items():
            # Feeds of a kind are made when they are asked for, and never gone for good.
            if name in present or "/" in name:
                continue
            values = {"present_name": present_name}
            if name not in noted:
                self._connection.execute(insert(former_feed).values(name=name, gone_at=now, **values))
            elif noted[name] != present_name:
                self._connection.execute(update(former_feed).where(former_feed.c.name == name).values(**values))
        is_old = and_(former_feed.c.gone_at < now - _KEPT_NAMES, former_feed.c.name.not_in(gone))
        self._connection.execute(delete(former_feed).where(or_(is_old, former_feed.c.name.in_(noted.keys() & present))))

    def start_backfill(self, *, last_story: int, names: Collection[str] | None = None) -> None:
        """Start trying all stories again for feeds, for additions; a removal that is under way stays one.

        Without ``names``, for every feed.
        """
        removes = and_(feed.c.backfill_removes, feed.c.backfill_below > 0)
        starts = update(feed).values(backfill_below=last_story + 1, backfill_removes=removes)
        for chosen in [true()] if names is None else [feed.c.name.in_(chunk) for chunk in chunks(list(names))]:
            self._connection.execute(starts.where(chosen))

    def unrender(self, names: Collection[str]) -> None:
        """Mark feeds whose files are lost: they are rendered again though nothing changed."""
        for chunk in chunks(list(names)):
            self._connection.execute(update(feed).where(feed.c.name.in_(chunk)).values(rendered=0))

    def has_filter(self, name: str, where: str) -> bool:
        """Return whether a feed is one of a filter by its fingerprint, and loses nothing to it any more."""
        row = self._connection.execute(select(feed).where(feed.c.name == name)).one_or_none()
        if row is None or (row.backfill_removes and row.backfill_below > 0):
            return False
        stored = str(row.fingerprint).partition(" ")[0]
        return stored.partition("+")[0] == where.partition("+")[0]

    def backfills(self) -> dict[str, tuple[int, bool]]:
        """Return the feeds with stories still to be tried: those below which number, and whether to remove misfits."""
        query = select(feed.c.name, feed.c.backfill_below, feed.c.backfill_removes).where(feed.c.backfill_below > 0)
        return {row.name: (row.backfill_below, row.backfill_removes) for row in self._connection.execute(query)}

    def backfilled(
        self,
        name: str,
        *,
        tried: Collection[int],
        matching: Mapping[int, datetime],
        removes: bool,
        next_below: int,
        now: datetime,
    ) -> None:
        """Store one step of a backfill: of the stories ``tried``, these are ``matching``, each with its place."""
        inside = and_(member.c.feed == name, member.c.story.in_(list(tried)))
        present = set(self._connection.scalars(select(member.c.story).where(inside)))
        gone = present - matching.keys() if removes else set()
        if gone:
            self._connection.execute(delete(member).where(and_(member.c.feed == name, member.c.story.in_(list(gone)))))
        self._insert((name, number, at) for number, at in matching.items() if number not in present)
        self._connection.execute(update(feed).where(feed.c.name == name).values(backfill_below=next_below))
        if gone or matching.keys() - present:
            self.touch([name], now)
        elif not next_below:
            self.unrender([name])  # what could not be archived before all was there can be now

    def holding(self, number: int) -> set[str]:
        """Return the names of the feeds that hold a story."""
        return set(self._connection.scalars(_HOLDING, {"number": number}))

    def holding_most(self, numbers: Sequence[int], limit: int) -> list[str]:
        """Return the names of the feeds that hold most of these stories, which are a few."""
        return list(self._connection.scalars(_HOLDING_MOST, {"numbers": list(numbers), "limit": limit}))

    def join(
        self,
        held: Mapping[int, Collection[str]],
        now: datetime,
        *,
        fresh: Collection[int] = (),
        place: Callable[[str, int], datetime] | None = None,
    ) -> None:
        """Add new or changed stories, by number, to the feeds that match them: at their ``place`` there, or now.

        They stay in feeds they were in: readers have seen them there. All of those are to be rendered anew. Stories
        known to be ``fresh`` are in none yet.
        """
        present: set[tuple[str, int]] = set()
        for chunk in chunks([number for number in held if number not in fresh]):
            rows = self._connection.execute(select(member.c.feed, member.c.story).where(member.c.story.in_(chunk)))
            present.update(rows.tuples())
            self._outdate(chunk)
        wanted = {(name, number) for number, names in held.items() for name in names}
        # A reload may have taken a feed away while its filter was being asked.
        existing = set(self._connection.scalars(_NAMES)) if wanted else set()
        joined = {(name, number) for name, number in wanted - present if name in existing}
        self._insert((name, number, place(name, number) if place else now) for name, number in sorted(joined))
        self.touch({name for name, _ in joined | present}, now)

    def leave(self, leaving: Mapping[int, Collection[str]], now: datetime) -> None:
        """Take stories, by number, out of the feeds of these names; those that held one are to be rendered anew."""
        for number, names in leaving.items():
            gone = [name for name in sorted(names) if self._remove(name, number)]
            self.touch(gone, now)

    def _remove(self, name: str, number: int) -> bool:
        statement = delete(member).where(and_(member.c.feed == name, member.c.story == number))
        return bool(self._connection.execute(statement).rowcount)

    def move(self, placed: Mapping[tuple[str, int], datetime]) -> None:
        """Move stories to other places in their feeds, by the feed's name and the story's number."""
        for (name, number), at in placed.items():
            of_it = and_(member.c.feed == name, member.c.story == number, member.c.placed_at != at)
            self._connection.execute(update(member).where(of_it).values(placed_at=at, is_archived=False))

    def _outdate(self, numbers: Sequence[int]) -> None:
        """Mark stories to be archived again where an archive has them as they were before."""
        updated = select(story.c.updated).where(story.c.id == member.c.story).scalar_subquery()
        is_old = and_(member.c.story.in_(numbers), member.c.is_archived, member.c.archived_as < updated)
        self._connection.execute(update(member).where(is_old).values(is_archived=False))

    def expire(self, name: str, before: datetime, now: datetime) -> None:
        """Take the stories that were published before a time out of a feed."""
        is_old = exists().where(story.c.id == member.c.story, story.c.published < before)
        gone = self._connection.execute(delete(member).where(and_(member.c.feed == name, is_old)))
        if gone.rowcount:
            self.touch([name], now)

    def touch(self, names: Collection[str], now: datetime) -> None:
        """Mark feeds to be rendered again."""
        if names:
            self._connection.execute(_TOUCH, [{"of": name, "now": now} for name in sorted(names)])

    def touch_outlet(self, outlet: str, now: datetime) -> None:
        """Mark every feed whose files show a story of an outlet: its links lead elsewhere now."""
        showing = select(rendered_outlet.c.feed).where(rendered_outlet.c.outlet == outlet)
        self.touch(list(self._connection.scalars(showing)), now)

    def stale_names(self) -> list[str]:
        """Return the names of the feeds whose files are behind."""
        behind = select(feed.c.name).where(feed.c.rendered < feed.c.version).order_by(feed.c.name)
        return list(self._connection.scalars(behind))

    def load(self, name: str, limit: int) -> tuple[FeedState, list[Story]] | None:
        """Return a feed's state and its newest stories as of the same moment, None if there is no such feed.

        Its members are not counted.
        """
        states = self._states(feed.c.name == name, {})
        if not states:
            return None
        numbers = self.members(name, limit)
        stories = {story.id: story for story in Stories(self._connection).get(numbers)}
        return states[0], [stories[number] for number in numbers]

    def states(self) -> list[FeedState]:
        """Return all feeds, with the number of their members."""
        count = select(member.c.feed, func.count()).group_by(member.c.feed)
        return self._states(true(), dict(self._connection.execute(count).tuples().all()))

    def members(self, name: str, limit: int) -> list[int]:
        """Return the numbers of the latest stories in a feed, the latest first."""
        latest = (member.c.placed_at.desc(), member.c.story.desc())
        query = select(member.c.story).where(member.c.feed == name).order_by(*latest).limit(limit)
        return list(self._connection.scalars(query))

    def held_by(self, numbers: Sequence[int], names: Collection[str]) -> set[int]:
        """Return those of these stories that any of the feeds with these names holds."""
        found: set[int] = set()
        for chunk in chunks(numbers):
            query = select(member.c.feed, member.c.story).where(member.c.story.in_(chunk))
            found.update(row.story for row in self._connection.execute(query) if row.feed in names)
        return found

    def counts_held(self, numbers: Sequence[int], names: Collection[str], limit: int) -> dict[str, int]:
        """Return those of the feeds with these names that hold most of some stories, with how many each holds."""
        counts: Counter[str] = Counter()
        for chunk in chunks(numbers):
            query = select(member.c.feed, func.count()).where(member.c.story.in_(chunk)).group_by(member.c.feed)
            counts.update(dict(self._connection.execute(query).tuples().all()))
        found = sorted((-count, name) for name, count in counts.items() if name in names)
        return {name: -count for count, name in found[:limit]}

    def members_since(self, name: str, number: int) -> set[int]:
        """Return the numbers of the stories in a feed that are not below ``number``."""
        inside = and_(member.c.feed == name, member.c.story >= number)
        return set(self._connection.scalars(select(member.c.story).where(inside)))

    def joined_since(self, names: Collection[str], moment: datetime, limit: int) -> tuple[list[int], int]:
        """Return the numbers of stories placed in feeds after a moment, the latest first, and how many there are."""
        inside = and_(member.c.feed.in_(list(names)), member.c.placed_at > moment)
        latest = (func.max(member.c.placed_at).desc(), member.c.story.desc())
        query = select(member.c.story).where(inside).group_by(member.c.story).order_by(*latest).limit(limit)
        count = select(func.count(member.c.story.distinct())).where(inside)
        return list(self._connection.scalars(query)), int(self._connection.scalar(count) or 0)

    def rendered(self, name: str, version: int, outlets: Collection[str], pace: int = 0) -> None:
        """Store that a feed's files show this version, with these outlets, and will change in some ``pace`` seconds."""
        done = update(feed).where(feed.c.name == name).values(rendered=version, pace=pace)
        if not self._connection.execute(done).rowcount:  # a reload has deleted it
            return
        shown = rendered_outlet.c.feed == name
        before = set(self._connection.scalars(select(rendered_outlet.c.outlet).where(shown)))
        for chunk in chunks(sorted(before.difference(outlets))):
            self._connection.execute(delete(rendered_outlet).where(and_(shown, rendered_outlet.c.outlet.in_(chunk))))
        new = [{"outlet": outlet, "feed": name} for outlet in sorted(set(outlets) - before)]
        _ADD_OUTLETS(self._connection, new)

    def paces(self) -> dict[str, int]:
        """Return how many seconds the next change of each feed was off when it was rendered last."""
        return dict(self._connection.execute(select(feed.c.name, feed.c.pace)).tuples().all())

    def _states(self, where: ColumnElement[bool], counts: Mapping[str, int]) -> list[FeedState]:
        rows = self._connection.execute(select(feed).where(where).order_by(feed.c.name))
        return [
            FeedState(
                name=row.name,
                version=row.version,
                rendered=row.rendered,
                changed_at=row.changed_at,
                members=counts.get(row.name, 0),
            )
            for row in rows
        ]

    def _insert(self, rows: Iterable[tuple[str, int, datetime]]) -> None:
        _ADD_MEMBERS(self._connection, [{"feed": name, "story": number, "placed_at": at} for name, number, at in rows])
