"""Output feeds: what they hold, and how far their files are behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from syndicator.models import FeedState, Story
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.stories import Stories
from syndicator.store.tables import feed, member, rendered_outlet, story

# Made once: to build a statement costs more than to run it.
_NAMES = select(feed.c.name)
_TOUCH = (
    update(feed)
    .where(feed.c.name == bindparam("of"))
    .values(version=feed.c.version + 1, changed_at=bindparam("now", type_=feed.c.changed_at.type))
)
_ADD_MEMBERS = Insert(member)


class Feeds:
    """Reads and writes of the feed and member tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def define(self, fingerprints: Mapping[str, tuple[str, str]], now: datetime, *, last_story: int) -> None:
        """Make the table hold these feeds, by name: a print of the filter, and one of everything that is rendered.

        A new feed, or one whose filter changed, is to be filled from the store, downwards from the newest story.
        """
        known = dict(self._connection.execute(select(feed.c.name, feed.c.fingerprint)).tuples().all())
        for name in known.keys() - fingerprints.keys():
            self._connection.execute(delete(feed).where(feed.c.name == name))
        for name, (where, look) in fingerprints.items():
            fingerprint = f"{where} {look}"
            values: dict[str, object] = {"fingerprint": fingerprint, "changed_at": now}
            if name not in known:
                values |= {"version": 1, "rendered": 0, "backfill_below": last_story + 1, "backfill_removes": False}
                self._connection.execute(insert(feed).values(name=name, **values))
            elif known[name] != fingerprint:
                if known[name].partition(" ")[0] != where:
                    values |= {"backfill_below": last_story + 1, "backfill_removes": True}
                statement = update(feed).where(feed.c.name == name).values(version=feed.c.version + 1, **values)
                self._connection.execute(statement)

    def refill(self, *, last_story: int) -> None:
        """Have every feed look at all stories again, for additions; a removal that is under way stays one."""
        removes = and_(feed.c.backfill_removes, feed.c.backfill_below > 0)
        self._connection.execute(update(feed).values(backfill_below=last_story + 1, backfill_removes=removes))

    def unrender(self, names: Collection[str]) -> None:
        """Have the files of feeds written again though nothing changed: they are lost."""
        self._connection.execute(update(feed).where(feed.c.name.in_(list(names))).values(rendered=0))

    def to_fill(self) -> dict[str, tuple[int, bool]]:
        """Give feeds with stories still to be looked at: those below which number, and whether to remove misfits."""
        query = select(feed.c.name, feed.c.backfill_below, feed.c.backfill_removes).where(feed.c.backfill_below > 0)
        return {row.name: (row.backfill_below, row.backfill_removes) for row in self._connection.execute(query)}

    def filled(
        self,
        name: str,
        *,
        looked_at: Collection[int],
        held: Collection[int],
        removes: bool,
        next_below: int,
        now: datetime,
    ) -> None:
        """Write down one step of a fill: of the stories looked at, the feed holds these."""
        inside = and_(member.c.feed == name, member.c.story.in_(list(looked_at)))
        present = set(self._connection.scalars(select(member.c.story).where(inside)))
        gone = present - set(held) if removes else set()
        if gone:
            self._connection.execute(delete(member).where(and_(member.c.feed == name, member.c.story.in_(list(gone)))))
        self._insert((name, number) for number in held if number not in present)
        self._connection.execute(update(feed).where(feed.c.name == name).values(backfill_below=next_below))
        if gone or set(held) - present:
            self.touch([name], now)

    def join(self, held: Mapping[int, Collection[str]], now: datetime, *, fresh: Collection[int] = ()) -> None:
        """Make new or changed stories, by number, members of the feeds that hold them.

        They stay in feeds they were in: readers have seen them there. All of those are to be rendered anew. Stories
        known to be ``fresh`` are in none yet.
        """
        present: set[tuple[str, int]] = set()
        for chunk in chunks([number for number in held if number not in fresh]):
            rows = self._connection.execute(select(member.c.feed, member.c.story).where(member.c.story.in_(chunk)))
            present.update(rows.tuples())
        wanted = {(name, number) for number, names in held.items() for name in names}
        # A reload may have taken a feed away while its filter was being asked.
        existing = set(self._connection.scalars(_NAMES)) if wanted else set()
        joined = {(name, number) for name, number in wanted - present if name in existing}
        self._insert(sorted(joined))
        self.touch({name for name, _ in joined | present}, now)

    def touch(self, names: Collection[str], now: datetime) -> None:
        """Have feeds rendered anew."""
        if names:
            self._connection.execute(_TOUCH, [{"of": name, "now": now} for name in sorted(names)])

    def touch_outlet(self, outlet: str, now: datetime) -> None:
        """Have every feed that holds a story of an outlet rendered anew: its links lead elsewhere now."""
        holding = select(member.c.feed).join(story, story.c.id == member.c.story).where(story.c.outlet == outlet)
        self.touch(list(self._connection.scalars(holding.distinct())), now)

    def stale(self) -> list[FeedState]:
        """Give the feeds whose files are behind; their members are not counted."""
        return self._states(feed.c.rendered < feed.c.version, {})

    def states(self) -> list[FeedState]:
        """Give all feeds, with the number of their members."""
        count = select(member.c.feed, func.count()).group_by(member.c.feed)
        return self._states(true(), dict(self._connection.execute(count).tuples().all()))

    def members(self, name: str, limit: int) -> list[int]:
        """Give the numbers of the newest stories in a feed."""
        query = select(member.c.story).where(member.c.feed == name).order_by(member.c.story.desc()).limit(limit)
        return list(self._connection.scalars(query))

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

    def _insert(self, rows: Iterable[tuple[str, int]]) -> None:
        _ADD_MEMBERS(self._connection, [{"feed": name, "story": number} for name, number in rows])

    # --- what publishing reads and writes ------------------------------------------------------------

    def stale_names(self) -> list[str]:
        """Return the names of the feeds whose files are behind, in alphabetical order."""
        query = select(feed.c.name).where(feed.c.rendered < feed.c.version).order_by(feed.c.name)
        return list(self._connection.scalars(query))

    def load(self, name: str, limit: int) -> tuple[FeedState, list[Story]] | None:
        """Return a feed's state and its newest stories as of one moment, None if there is no such feed."""
        states = self._states(feed.c.name == name, {})
        return (states[0], Stories(self._connection).get(self.members(name, limit))) if states else None

    def rendered(self, name: str, version: int, *, outlets: Collection[str] = ()) -> None:
        """Record that a feed's files show this version, with stories of these outlets."""
        done = self._connection.execute(update(feed).where(feed.c.name == name).values(rendered=version))
        if not done.rowcount:  # a reload has taken it away
            return
        is_its = rendered_outlet.c.feed == name
        before = set(self._connection.scalars(select(rendered_outlet.c.outlet).where(is_its)))
        for gone in sorted(before.difference(outlets)):
            self._connection.execute(delete(rendered_outlet).where(and_(is_its, rendered_outlet.c.outlet == gone)))
        new = [{"outlet": outlet, "feed": name} for outlet in sorted(set(outlets) - before)]
        if new:
            self._connection.execute(insert(rendered_outlet), new)
