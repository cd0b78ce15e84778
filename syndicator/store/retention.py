"""Retention: which stories are old, what tells whether their outlets still list them, and their end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Select, and_, delete, or_, select, update

from syndicator.store.chunks import chunks
from syndicator.store.events import remove_members
from syndicator.store.tables import endpoint, entry, feed, member, source, story


class OldStory(NamedTuple):
    """A story that is past retention, by its number."""

    first_seen: datetime
    number: int
    outlet: str
    source: str


class ListedBy(NamedTuple):
    """By what an outlet's list may name an entry of a story."""

    source: str
    key: str
    link: str | None


class Retention:
    """Finds and deletes stories past retention."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def old(self, before: datetime, limit: int, after: OldStory | None = None) -> list[OldStory]:
        """Return up to ``limit`` stories first seen before ``before``, the oldest first, beginning after ``after``."""
        return [OldStory(*row) for row in self._connection.execute(old_stories(before, limit, after))]

    def oldest_since(self, since: datetime) -> datetime | None:
        """Return the earliest first sight of a story at ``since`` or later, None if there is none."""
        query = select(story.c.first_seen).where(story.c.first_seen >= since).order_by(story.c.first_seen).limit(1)
        return self._connection.scalar(query)

    def entries(self, numbers: Sequence[int]) -> dict[int, list[ListedBy]]:
        """Return the entries of stories by the stories' numbers."""
        found: dict[int, list[ListedBy]] = defaultdict(list)
        columns = (entry.c.story, entry.c.source, entry.c.key, entry.c.link)
        for chunk in chunks(numbers):
            for row in self._connection.execute(select(*columns).where(entry.c.story.in_(chunk))):
                found[row.story].append(ListedBy(row.source, row.key, row.link))
        return found

    def indexes(self, sources: Collection[str], since: datetime) -> dict[str, list[bytes]]:
        """Return the packed indexes of what sources listed last, by source and endpoint.

        Those of endpoints that have not answered well since ``since``, and of sources that are no longer polled, say
        nothing any more.
        """
        found: dict[str, list[bytes]] = defaultdict(list)
        answers = and_(endpoint.c.good_at >= since, source.c.is_active)
        query = select(endpoint.c.source, endpoint.c.seen_items).join(source, source.c.id == endpoint.c.source)
        for chunk in chunks(sorted(sources)):
            for row in self._connection.execute(query.where(and_(endpoint.c.source.in_(chunk), answers))):
                found[row.source].append(row.seen_items or b"")
        return found

    def newest(self, counts: Mapping[tuple[str, str], int]) -> set[int]:
        """Return the numbers of the newest stories of sources: so many of each, by outlet and source."""
        found: set[int] = set()
        for (outlet, of), count in counts.items():
            where = and_(story.c.outlet == outlet, story.c.source == of)
            found.update(
                self._connection.scalars(select(story.c.id).where(where).order_by(story.c.id.desc()).limit(count))
            )
        return found

    def delete(self, numbers: Sequence[int]) -> None:
        """Delete stories; their entries stay known. The feeds that held them are to be rendered again."""
        for chunk in chunks(numbers):
            holding = select(member.c.feed).where(member.c.story.in_(chunk)).distinct()
            touched = update(feed).where(feed.c.name.in_(holding)).values(version=feed.c.version + 1)
            self._connection.execute(touched)
            remove_members(self._connection, chunk)
            self._connection.execute(delete(story).where(story.c.id.in_(chunk)))


def old_stories(before: datetime, limit: int, after: OldStory | None = None) -> Select[tuple[datetime, int, str, str]]:
    """Return the query for stories first seen before ``before``, in order, those that follow ``after``."""
    where = story.c.first_seen < before
    if after is not None:
        is_later = or_(story.c.first_seen > after.first_seen, story.c.id > after.number)
        where = and_(where, story.c.first_seen >= after.first_seen, is_later)
    columns = (story.c.first_seen, story.c.id, story.c.outlet, story.c.source)
    return select(*columns).where(where).order_by(story.c.first_seen, story.c.id).limit(limit)
