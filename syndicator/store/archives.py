"""Archives of output feeds: what is still to be archived, and what was, byte for byte."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select

from syndicator.models.archives import Archive, PendingMember
from syndicator.store.bulk import Update
from syndicator.store.chunks import chunks
from syndicator.store.tables import archive, feed, member, story

_ARCHIVE = [each for each in archive.c if each.name != "body"]
_OLDEST_FIRST = (member.c.placed_at, member.c.story)
_MARK = Update(member, by=["feed", "story"], always=["archived_as", "is_archived"])
# Made once, since each feed that is published asks: to build a statement costs more than to run it.
_LATEST = select(*_ARCHIVE).where(archive.c.feed == bindparam("of")).order_by(archive.c.number.desc()).limit(1)
_NTH = (
    select(*_OLDEST_FIRST)
    .where(member.c.feed == bindparam("of"))
    .order_by(*(each.desc() for each in _OLDEST_FIRST))
    .offset(bindparam("before"))
    .limit(1)
)
_PENDING = select(*_OLDEST_FIRST).where(and_(member.c.feed == bindparam("of"), ~member.c.is_archived))
_BELOW = or_(
    member.c.placed_at < bindparam("at", type_=member.c.placed_at.type),
    and_(member.c.placed_at == bindparam("at", type_=member.c.placed_at.type), member.c.story < bindparam("number")),
)
_LISTED = _PENDING.order_by(*_OLDEST_FIRST).limit(bindparam("most"))
_LISTED_BELOW = _LISTED.where(_BELOW)
_NEVER_ARCHIVED_BELOW = _PENDING.where(and_(member.c.archived_as.is_(None), _BELOW)).limit(1)


class Archives:
    """Reads and writes of the archive table, and of what members say of archives."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def latest(self, name: str) -> Archive | None:
        """Return a feed's newest archive."""
        row = self._connection.execute(_LATEST, {"of": name}).first()
        return Archive(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's own public name

    def all(self) -> list[Archive]:
        """Return all archives of all feeds, without their bytes."""
        rows = self._connection.execute(select(*_ARCHIVE).order_by(archive.c.feed, archive.c.number))
        return [Archive(**row._mapping) for row in rows]  # noqa: SLF001

    def body(self, name: str, label: str) -> tuple[bytes, datetime] | None:
        """Return an archive's bytes and when it was made, by its feed's name and its label; None if there is none."""
        month, part = (label[:7], int(label[8:] or 0))
        where = and_(archive.c.feed == name, archive.c.month == month, archive.c.part == part)
        row = self._connection.execute(select(archive.c.body, archive.c.made_at).where(where)).first()
        return (zlib.decompress(row.body), row.made_at) if row else None

    def is_overflowing(self, name: str, limit: int) -> bool:
        """Return whether a member that was never archived is no longer among a feed's newest ``limit``."""
        nth = self._nth(name, limit)
        return nth is not None and self._connection.execute(_NEVER_ARCHIVED_BELOW, nth).first() is not None

    def pending(self, name: str, most: int, *, below: int = 0) -> list[PendingMember]:
        """Return what is still to be archived of a feed, the oldest first; not of its newest ``below`` members."""
        query, values = (_LISTED_BELOW, self._nth(name, below)) if below else (_LISTED, {"of": name})
        rows = self._connection.execute(query, {**values, "most": most}) if values else ()
        return [PendingMember(story=row.story, placed_at=row.placed_at) for row in rows]

    def outdated(self, before: datetime) -> list[str]:
        """Return the feeds that have something to be archived with a place before a moment."""
        oldest = (
            select(func.min(member.c.placed_at))
            .where(and_(member.c.feed == feed.c.name, ~member.c.is_archived))
            .correlate(feed)
            .scalar_subquery()
        )
        return list(self._connection.scalars(select(feed.c.name).where(oldest < before).order_by(feed.c.name)))

    def is_being_filled(self, name: str) -> bool:
        """Return whether a feed without archives is still being filled from the store."""
        below = self._connection.scalar(select(feed.c.backfill_below).where(feed.c.name == name))
        return bool(below) and self.latest(name) is None

    def add(self, made: Archive, body: bytes, members: Mapping[int, datetime]) -> bool:
        """Store an archive, and that it has these stories, by number, each with its ``updated`` as it is in there.

        Return False, and store nothing, if the feed is gone or has that archive.
        """
        exists = select(feed.c.name).where(feed.c.name == made.feed)
        latest = self.latest(made.feed)
        if self._connection.execute(exists).first() is None or (latest and latest.number >= made.number):
            return False
        values = {each.name: getattr(made, each.name) for each in _ARCHIVE}
        self._connection.execute(insert(archive).values(**values, body=zlib.compress(body, 9)))
        now: dict[int, datetime] = {}
        for chunk in chunks(sorted(members)):
            query = select(story.c.id, story.c.updated).where(story.c.id.in_(chunk))
            now.update(self._connection.execute(query).tuples().all())
        _MARK(
            self._connection,
            [
                {"feed": made.feed, "story": number, "archived_as": updated, "is_archived": now.get(number) == updated}
                for number, updated in sorted(members.items())
            ],
        )
        return True

    def _nth(self, name: str, count: int) -> dict[str, object] | None:
        """Return what tells members older than a feed's newest ``count``; None if it has no more than those."""
        row = self._connection.execute(_NTH, {"of": name, "before": count - 1}).first()
        return {"of": name, "at": row.placed_at, "number": row.story} if row else None
