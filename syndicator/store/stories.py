"""Stories and their revisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from syndicator.models import Carrier, Enclosure, Entry, Revision, Source, Story, StoryText, Tag
from syndicator.store.brief_stories import BriefStories
from syndicator.store.bulk import Existing, Insert
from syndicator.store.chunks import chunks
from syndicator.store.tables import entry, revision, source, story

# Revisions kept for one story: its first ones and its latest.
MOST_REVISIONS = 50

_EXISTING_UIDS = Existing(story.c.uid)
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
# Made once: to build a statement costs more than to run it.
_STORIES = select(story, source.c.title.label("source_title")).outerjoin(source, source.c.id == story.c.source)
_BY_NUMBER = _STORIES.where(story.c.id.in_(_NUMBERS))
_TOLD = (
    select(entry.c.story, entry.c.outlet, entry.c.link, entry.c.seen_at)
    .where(entry.c.story.in_(_NUMBERS))
    .order_by(entry.c.id)
)
_REVISIONS = select(revision).where(revision.c.story.in_(_NUMBERS)).order_by(revision.c.id)
_ADD_STORIES = Insert(story, without=["id"])


class Stories(BriefStories):
    """Reads and writes of the story and revision tables."""

    def existing_uids(self, uids: Sequence[str]) -> set[str]:
        """Return which of these uids stories have already."""
        return _EXISTING_UIDS(self._connection, uids)

    def number_of(self, uid: str) -> int | None:
        """Return the number of the story with this uid."""
        return self._connection.scalar(select(story.c.id).where(story.c.uid == uid))

    def confirm(self, number: int) -> None:
        """Store that the outlet's home shows a story that a mirror had first."""
        self._connection.execute(update(story).where(story.c.id == number).values(is_confirmed=True))

    def add(
        self,
        new: Sequence[tuple[str, Entry]],
        of: Source,
        now: datetime,
        *,
        is_confirmed: bool = True,
        updated: Sequence[datetime] | None = None,
    ) -> Sequence[int]:
        """Add stories, each under its uid for ever; ``updated`` are the times of each, now by default.

        Return their numbers, rising in this order.
        """
        common = {"outlet": of.outlet, "source": of.id, "is_confirmed": is_confirmed, "first_seen": now}
        times = updated or [now] * len(new)
        rows = [
            {"uid": uid, **common, "updated": at, **_words(each), **_rest(each)}
            for (uid, each), at in zip(new, times, strict=True)
        ]
        return _ADD_STORIES.numbered(self._connection, rows)

    def revise(
        self,
        number: int,
        new: Entry,
        now: datetime,
        *,
        changed: Collection[str] = ("title",),
        endpoint: str = "",
        taken_by: Source | None = None,
    ) -> None:
        """Store a story's new words and address, as ``endpoint`` shows them; its uid and its dates of birth stay.

        ``changed`` names what is different. Where it is more than the link, the old words are kept as a revision and
        ``updated`` moves. The story becomes that of the source it is ``taken_by``.
        """
        values = _words(new)
        if taken_by is not None:
            whose = {"outlet": taken_by.outlet, "source": taken_by.id, "is_confirmed": True}
            values |= {**whose, "author": new.author, "language": new.language, "pictures": new.pictures}
        elif new.pictures:  # one endpoint shows them, another does not: what there was stays
            values["pictures"] = new.pictures
        rewritten = tuple(name for name in ("title", "text") if name in changed)
        if rewritten:
            of_it = select(story.c.title, story.c.html, story.c.revised).where(story.c.id == number)
            old = self._connection.execute(of_it).one()
            before = {"story": number, "replaced_at": now, "title": old.title, "html": old.html}
            self._connection.execute(insert(revision).values(**before, endpoint=endpoint, changed=rewritten))
            self._drop_surplus_revisions(number)
            values["updated"] = now
            values["revised"] = tuple(name for name in ("title", "text") if name in (*old.revised, *rewritten))
        if "title" not in changed and "text" in changed:
            values["text_revisions"] = story.c.text_revisions + 1
        self._connection.execute(update(story).where(story.c.id == number).values(**values))

    def _drop_surplus_revisions(self, number: int) -> None:
        """Delete the revisions in the middle: the first ones and the latest tell most."""
        ids = self._connection.scalars(
            select(revision.c.id).where(revision.c.story == number).order_by(revision.c.id)
        ).all()
        half = MOST_REVISIONS // 2
        if surplus := ids[half:-half] if len(ids) > MOST_REVISIONS else ():
            self._connection.execute(delete(revision).where(revision.c.id.in_(surplus)))

    def retag(self, number: int, tags: Sequence[Tag]) -> None:
        """Replace a story's tags."""
        self._connection.execute(update(story).where(story.c.id == number).values(tags=tuple(tags)))

    def get(self, numbers: Sequence[int]) -> list[Story]:
        """Return stories, newest first."""
        found: list[Story] = []
        for chunk in chunks(numbers):
            found.extend(self._stories(self._connection.execute(_BY_NUMBER, {"numbers": chunk}).all()))
        return sorted(found, key=lambda each: each.id, reverse=True)

    def below(self, number: int, limit: int) -> list[Story]:
        """Return up to ``limit`` stories numbered below ``number``, newest first."""
        return self._load(story.c.id < number, limit)

    def newest(self, limit: int) -> list[Story]:
        """Return the latest stories."""
        return self._load(story.c.id > 0, limit)

    def last_number(self) -> int:
        """Return the highest story number so far, 0 if there is none."""
        return int(self._connection.scalar(select(func.max(story.c.id))) or 0)

    def count(self) -> int:
        """Return how many stories there are."""
        return int(self._connection.scalar(select(func.count()).select_from(story)) or 0)

    def texts(self, numbers: Sequence[int]) -> dict[int, StoryText]:
        """Return what stories say now, by number."""
        columns, found = (story.c.id, story.c.title, story.c.html), {}
        for chunk in chunks(numbers):
            for row in self._connection.execute(select(*columns).where(story.c.id.in_(chunk))):
                found[row.id] = StoryText(title=row.title, html=row.html)
        return found

    def revisions(self, number: int) -> list[Revision]:
        """Return what a story said before each time that it was rewritten, oldest first."""
        return self.revisions_of([number]).get(number, [])

    def revisions_of(self, numbers: Sequence[int]) -> dict[int, list[Revision]]:
        """Return the revisions of stories that have any, by number, oldest first."""
        found: dict[int, list[Revision]] = defaultdict(list)
        for chunk in chunks(numbers):
            for row in self._connection.execute(_REVISIONS, {"numbers": chunk}):
                found[row.story].append(
                    Revision(
                        replaced_at=row.replaced_at,
                        title=row.title,
                        html=row.html,
                        endpoint=row.endpoint,
                        changed=row.changed,
                    )
                )
        return found

    def carriers_of(self, numbers: Sequence[int]) -> dict[int, list[Carrier]]:
        """Return the other outlets that carry stories, by number, the first ones first."""
        found: dict[int, dict[str, Carrier]] = defaultdict(dict)
        columns = (entry.c.story, entry.c.outlet, entry.c.link, entry.c.seen_at)
        for chunk in chunks(numbers):
            of_others = and_(entry.c.story.in_(chunk), entry.c.outlet != story.c.outlet)
            query = select(*columns).join(story, story.c.id == entry.c.story).where(of_others)
            for row in self._connection.execute(query.order_by(entry.c.seen_at, entry.c.id)):
                carrier = Carrier(outlet=row.outlet, first_seen=row.seen_at, link=row.link)
                found[row.story].setdefault(row.outlet, carrier)
        return {number: list(carriers.values()) for number, carriers in found.items()}

    def set_deleted(self, number: int, deleted_at: datetime | None) -> None:
        """Store that a story's page is known to be gone since then, or, with None, that it is there."""
        self._connection.execute(update(story).where(story.c.id == number).values(deleted_at=deleted_at))

    def _load(self, where: ColumnElement[bool], limit: int | None = None) -> list[Story]:
        query = _STORIES.where(where).order_by(story.c.id.desc()).limit(limit)
        return self._stories(self._connection.execute(query).all())

    def _stories(self, rows: Sequence[Row[Any]]) -> list[Story]:
        copies = self._copies([row.id for row in rows])
        return [_story(row, copies[row.id]) for row in rows]

    def _copies(self, numbers: Sequence[int]) -> dict[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = defaultdict(list)
        for chunk in chunks(numbers):
            for row in self._connection.execute(_TOLD, {"numbers": chunk}):
                found[row.story].append(row)
        return found


def _words(new: Entry) -> dict[str, object]:
    """Return the columns that an outlet may rewrite."""
    words = {"title": new.title, "html": new.html, "link": new.link}
    return {**words, "categories": new.categories, "tags": new.tags}


def _rest(new: Entry) -> dict[str, object]:
    """Return the columns that stay as they first were."""
    return {
        "author": new.author,
        "language": new.language,
        "published": new.published,
        "enclosure": asdict(new.enclosure) if new.enclosure else None,
        "point": new.point,
        "pictures": new.pictures,
        "text_revisions": 0,
        "revised": (),
        "deleted_at": None,
    }


def _story(row: Row[Any], copies: Sequence[Row[Any]]) -> Story:
    others = [each for each in copies if each.outlet != row.outlet]
    first_seen: dict[str, datetime] = {}
    for each in others:
        first_seen.setdefault(each.outlet, each.seen_at)
    return Story(
        id=row.id,
        uid=row.uid,
        outlet=row.outlet,
        source=row.source,
        source_title=row.source_title or "",
        title=row.title,
        html=row.html,
        link=row.link,
        author=row.author,
        language=row.language,
        published=row.published,
        first_seen=row.first_seen,
        updated=row.updated,
        categories=tuple(row.categories),
        enclosure=Enclosure(**row.enclosure) if row.enclosure else None,
        point=row.point,
        tags=row.tags,
        outlets=tuple(dict.fromkeys([row.outlet, *(each.outlet for each in others)])),
        copies=tuple(dict.fromkeys(each.link for each in others if each.link)),
        revised=row.revised,
        copied_at=max(first_seen.values(), default=None),
        deleted_at=row.deleted_at,
        pictures=row.pictures,
    )
