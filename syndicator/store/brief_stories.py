"""Stories without their texts: for lists, which read many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, select

from syndicator.models import Headline, StoryBrief, Tag
from syndicator.store.chunks import chunks
from syndicator.store.tables import story

_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
# Of so many stories one has the newest date that the outlet gave.
_LATEST = 100
_HEADLINES = (
    select(story.c.id, story.c.title, story.c.language, story.c.outlet, story.c.first_seen)
    .where(story.c.id.in_(_NUMBERS))
    .order_by(story.c.id.desc())
)
_BRIEF = (
    story.c.id,
    story.c.outlet,
    story.c.language,
    story.c.title,
    story.c.link,
    story.c.first_seen,
    story.c.revised,
)
_OF_OUTLET = story.c.outlet == bindparam("outlet")
_LATEST_OF = select(story.c.id).where(_OF_OUTLET).order_by(story.c.id.desc()).limit(bindparam("limit"))
_AFTER = and_(
    _OF_OUTLET,
    story.c.id > bindparam("number"),
    story.c.first_seen <= bindparam("until", type_=story.c.first_seen.type),
)
_COUNT_AFTER = select(func.count()).select_from(select(story.c.id).where(_AFTER).limit(bindparam("limit")).subquery())


class TaggedStory(NamedTuple):
    """Of what outlet and in what language a story is, and its tags."""

    outlet: str
    language: str
    tags: tuple[Tag, ...]


class BriefStories:
    """Reads of the story table that leave its texts where they are."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def headlines(self, numbers: Sequence[int]) -> list[Headline]:
        """Return the headlines of stories, newest first; their texts are not read."""
        found: list[Headline] = []
        for chunk in chunks(numbers):
            found += [Headline(*row) for row in self._connection.execute(_HEADLINES, {"numbers": chunk})]
        return sorted(found, key=lambda each: each.id, reverse=True)

    def outlets_of(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return the outlets of stories, by the stories' numbers."""
        found: dict[int, str] = {}
        for chunk in chunks(numbers):
            rows = self._connection.execute(select(story.c.id, story.c.outlet).where(story.c.id.in_(chunk)))
            found.update((row.id, row.outlet) for row in rows)
        return found

    def briefs(self, numbers: Sequence[int]) -> dict[int, StoryBrief]:
        """Return stories without their texts, by number: a fraction of what ``get`` costs."""
        found: dict[int, StoryBrief] = {}
        for chunk in chunks(numbers):
            for row in self._connection.execute(select(*_BRIEF).where(story.c.id.in_(chunk))):
                found[row.id] = StoryBrief._make(row)
        return found

    def latest_of(self, outlet: str, limit: int) -> list[int]:
        """Return the numbers of an outlet's latest stories."""
        return list(self._connection.scalars(_LATEST_OF, {"outlet": outlet, "limit": limit}))

    def count_after(self, outlet: str, number: int, until: datetime, limit: int) -> int:
        """Return how many stories an outlet has after a number that were first seen until then, ``limit`` at most."""
        values = {"outlet": outlet, "number": number, "until": until, "limit": limit}
        return int(self._connection.scalar(_COUNT_AFTER, values) or 0)

    def first_from(self, number: int) -> datetime | None:
        """Return when the first story from a number on was seen, None if there is none."""
        return self._connection.scalar(
            select(story.c.first_seen).where(story.c.id >= number).order_by(story.c.id).limit(1)
        )

    def latest_links(self, outlet: str, count: int) -> list[str]:
        """Return the links of an outlet's latest stories."""
        query = select(story.c.link).where(and_(story.c.outlet == outlet, story.c.link.is_not(None)))
        return list(self._connection.scalars(query.order_by(story.c.id.desc()).limit(count)))

    def newest_date(self, outlet: str, until: datetime) -> datetime | None:
        """Return the newest date of publication that an outlet's latest stories ``until`` then have, if any."""
        of_it = and_(story.c.outlet == outlet, story.c.first_seen <= until)
        latest = select(story.c.published).where(of_it).order_by(story.c.id.desc()).limit(_LATEST)
        return max((each for each in self._connection.scalars(latest) if each is not None), default=None)

    def latest_tags(self, count: int) -> Iterator[tuple[str, tuple[Tag, ...]]]:
        """Yield outlet and tags of the latest stories, the oldest of them first."""
        query = select(story.c.outlet, story.c.tags).order_by(story.c.id.desc()).limit(count)
        for row in reversed(self._connection.execute(query).all()):
            yield row.outlet, row.tags

    def tagged(self, numbers: Sequence[int]) -> dict[int, TaggedStory]:
        """Return what stories are about, by number."""
        found: dict[int, TaggedStory] = {}
        for chunk in chunks(numbers):
            query = select(story.c.id, story.c.outlet, story.c.language, story.c.tags).where(story.c.id.in_(chunk))
            found.update((row[0], TaggedStory(*row[1:])) for row in self._connection.execute(query).all())
        return found

    def latest_numbers(self, limit: int, *, above: int = 0) -> list[int]:
        """Return the numbers of the latest stories, those above a number, newest first."""
        query = select(story.c.id).where(story.c.id > above).order_by(story.c.id.desc()).limit(limit)
        return list(self._connection.scalars(query))
