"""Feeds on demand: which there are, when they were last asked for, and what joins them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, func, insert, select, update

from syndicator.models.on_demand import OnDemandRecord
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.feeds import Feeds
from syndicator.store.tables import feed, member, on_demand_feed

_ASK = Insert(on_demand_feed, by=["name"], always=["asked_at", "is_gone"])


class OnDemandFeeds:
    """Reads and writes of the on_demand_feed table, and of the feed and member tables for these feeds."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def all(self) -> list[OnDemandRecord]:
        """Return all, also those that are gone, by name."""
        rows = self._connection.execute(select(on_demand_feed).order_by(on_demand_feed.c.name))
        return [OnDemandRecord(name=row.name, asked_at=row.asked_at, is_gone=row.is_gone) for row in rows]

    def unmade(self) -> list[str]:
        """Return the names of those that were asked for where none can be made."""
        is_there = exists().where(feed.c.name == on_demand_feed.c.name)
        query = select(on_demand_feed.c.name).where(and_(~on_demand_feed.c.is_gone, ~is_there))
        return list(self._connection.scalars(query.order_by(on_demand_feed.c.asked_at, on_demand_feed.c.name)))

    def ask(self, name: str, now: datetime, *, most: int) -> bool:
        """Ask for a feed to be made by the process that makes them; return False if there are ``most`` already."""
        count = self._connection.scalar(select(func.count()).where(~on_demand_feed.c.is_gone)) or 0
        if count < most:
            _ASK(self._connection, [{"name": name, "asked_at": now, "is_gone": False}])
        return count < most

    def create(
        self,
        name: str,
        fingerprint: tuple[str, str],
        now: datetime,
        *,
        placed: Mapping[int, datetime],
        next_below: int,
    ) -> None:
        """Store a feed with its first members, each with its place; older stories are yet to be tried."""
        self._forget([name])
        self._connection.execute(insert(on_demand_feed).values(name=name, asked_at=now, is_gone=False))
        values = {"fingerprint": " ".join(fingerprint), "version": 1, "rendered": 0, "changed_at": now}
        below = {"backfill_below": next_below, "backfill_removes": False}
        self._connection.execute(insert(feed).values(name=name, **values, **below))
        self.join({number: {name} for number in placed}, placed, now)

    def join(self, held: Mapping[int, Collection[str]], placed: Mapping[int, datetime], now: datetime) -> set[str]:
        """Add stories, by number, to feeds that lack them; return the names of those, which are to be rendered anew."""
        wanted = {(name, number) for number, names in held.items() for name in names}
        names = sorted({name for name, _ in wanted})
        existing = set(self._connection.scalars(select(feed.c.name).where(feed.c.name.in_(names)))) if names else set()
        present: set[tuple[str, int]] = set()
        for chunk in chunks(sorted(held)):
            here = and_(member.c.story.in_(chunk), member.c.feed.in_(names))
            present.update(self._connection.execute(select(member.c.feed, member.c.story).where(here)).tuples())
        joined = sorted((name, number) for name, number in wanted - present if name in existing)
        rows = [{"feed": name, "story": number, "placed_at": placed[number]} for name, number in joined]
        if rows:
            self._connection.execute(insert(member), rows)
        changed = {name for name, _ in joined}
        Feeds(self._connection).touch(changed, now)
        return changed

    def asked(self, names: Collection[str], now: datetime) -> None:
        """Note that feeds have been asked for."""
        for chunk in chunks(sorted(names)):
            of_them = on_demand_feed.c.name.in_(chunk)
            self._connection.execute(update(on_demand_feed).where(of_them).values(asked_at=now))

    def drop(self, names: Collection[str]) -> None:
        """Delete feeds that nobody asks for; they are made again when somebody does."""
        self._forget(names)

    def retire(self, names: Collection[str]) -> None:
        """Delete feeds that cannot be made any more, but for their names."""
        for chunk in chunks(sorted(names)):
            self._connection.execute(delete(feed).where(feed.c.name.in_(chunk)))
            of_them = on_demand_feed.c.name.in_(chunk)
            self._connection.execute(update(on_demand_feed).where(of_them).values(is_gone=True))

    def _forget(self, names: Collection[str]) -> None:
        for chunk in chunks(sorted(names)):
            self._connection.execute(delete(feed).where(feed.c.name.in_(chunk)))
            self._connection.execute(delete(on_demand_feed).where(on_demand_feed.c.name.in_(chunk)))
