"""Stories and the entries they stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from syndicator.models import Decision, Enclosure, Entry, Known, KnownEntry, Source, Story, Tag
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.tables import entry, feed, member, revision, source, story

_SIGHTINGS = (
    select(
        entry,
        func.coalesce(story.c.outlet, entry.c.outlet).label("origin"),
        func.coalesce(story.c.is_confirmed, true()).label("is_confirmed"),
    )
    .outerjoin(story, story.c.id == entry.c.story)
    .order_by(entry.c.id)
)
# Made once: to build a statement costs more than to run it.
_VALUES: BindParameter[Any] = bindparam("values", expanding=True)
_BY_KEY = _SIGHTINGS.where(and_(entry.c.source == bindparam("source"), entry.c.key.in_(_VALUES)))
_BY_LINK = _SIGHTINGS.where(and_(entry.c.outlet == bindparam("outlet"), entry.c.link_key.in_(_VALUES)))
_BY_WORDS = select(entry.c.copy_digest, entry.c.story).where(
    and_(entry.c.copy_digest.in_(_VALUES), entry.c.seen_at > bindparam("since"), entry.c.story.is_not(None))
)
_NAMES_HELD = select(story.c.uid).where(story.c.uid.in_(_VALUES))
_ADD_STORY = insert(story)
_ADD_STORIES = Insert(story)
_ADD_ENTRIES = Insert(entry, without="id")


class Stories:
    """Reads and writes of the story, entry, revision and tag tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def known(self, of: Source, entries: Sequence[Entry], *, copied_since: datetime) -> Known:
        """Give what bears on these entries: three look-ups for a whole document.

        Stories with the very same words count only from ``copied_since`` on.
        """
        keys = [each.key for each in entries]
        links = [each.link_key for each in entries if each.link_key]
        digests = [each.copy_digest for each in entries if each.copy_digest]
        by_key = {row.key: _sighting(row) for row in self._entries(_BY_KEY, keys, source=of.id)}
        by_link: dict[str, KnownEntry] = {}
        for row in self._entries(_BY_LINK, links, outlet=of.outlet):
            # An own sighting says more than another source's: it can tell an edit from a copy.
            if row.link_key not in by_link or row.source == of.id:
                by_link[row.link_key] = _sighting(row)
        texts: dict[str, int] = {}
        for row in self._entries(_BY_WORDS, digests, since=copied_since):
            texts[row.copy_digest] = min(row.story, texts.get(row.copy_digest, row.story))
        return Known(sightings=by_key, links=by_link, texts=texts)

    def _entries(self, query: Select[Any], values: Sequence[str], **where: object) -> Iterator[Row[Any]]:
        for chunk in chunks(values):
            yield from self._connection.execute(query, {"values": chunk, **where})

    def record(self, decided: Sequence[tuple[Decision, int | None]], of: Source, now: datetime) -> None:
        """Keep the entries behind decisions, each as belonging to the story of that number."""
        fresh = []
        for decision, number in decided:
            new = decision.entry
            values: dict[str, object] = {
                "link": new.link,
                "link_key": new.link_key,
                "copy_digest": new.copy_digest,
                "title_digest": new.title_digest,
                "text_digest": new.text_digest,
                "published": new.published,
                "story": number,
            }
            if decision.sighting is not None:
                if decision.is_rekeyed:
                    values["key"] = new.key
                self._connection.execute(update(entry).where(entry.c.id == decision.sighting).values(**values))
                continue
            if decision.retires is not None:
                retired = update(entry).where(entry.c.id == decision.retires)
                self._connection.execute(retired.values(key=f"retired:{decision.retires}"))
            fresh.append({**values, "key": new.key, "source": of.id, "outlet": of.outlet, "seen_at": now})
        _ADD_ENTRIES(self._connection, fresh)

    def existing_uids(self, uids: Sequence[str]) -> set[str]:
        """Say which of these names stories have already."""
        found: set[str] = set()
        for chunk in chunks(uids):
            found.update(self._connection.scalars(_NAMES_HELD, {"values": chunk}))
        return found

    def confirm(self, number: int) -> None:
        """Note that the outlet's home shows a story that a mirror had first."""
        self._connection.execute(update(story).where(story.c.id == number).values(is_confirmed=True))

    def add(
        self, new: Sequence[tuple[str, Entry]], of: Source, now: datetime, *, is_confirmed: bool = True
    ) -> Sequence[int]:
        """Add stories, each under its name for ever; give their numbers, which rise in this order, above all before."""
        common = {"outlet": of.outlet, "source": of.id, "is_confirmed": is_confirmed, "first_seen": now, "updated": now}
        rows = [{"uid": uid, **common, **_words(each), **_rest(each)} for uid, each in new]
        return self._insert_stories(rows) if rows else ()

    def _insert_stories(self, rows: list[dict[str, object]]) -> Sequence[int]:
        if self._connection.dialect.name != "sqlite":
            adding = _ADD_STORY.returning(story.c.id, sort_by_parameter_order=True)
            return self._connection.scalars(adding, rows).all()
        # There is one writer, and SQLite's sequence follows what it is told: the first number gives the others.
        done = self._connection.execute(_ADD_STORY, rows[0])
        first = int(done.inserted_primary_key[0])  # type: ignore[index]
        numbers = range(first, first + len(rows))
        others = [{**row, "id": number} for number, row in zip(numbers[1:], rows[1:], strict=True)]
        _ADD_STORIES(self._connection, others)
        return numbers

    def revise(self, number: int, new: Entry, now: datetime, *, is_reworded: bool = True) -> None:
        """Give a story its new words and address; its uid and its dates of birth stay.

        If it ``is_reworded`` the old words are kept as a revision and ``updated`` moves.
        """
        values = _words(new)
        if is_reworded:
            old = self._connection.execute(select(story.c.title, story.c.html).where(story.c.id == number)).one()
            before = {"story": number, "replaced_at": now, "title": old.title, "html": old.html}
            self._connection.execute(insert(revision).values(**before))
            values["updated"] = now
        self._connection.execute(update(story).where(story.c.id == number).values(**values))

    def retag(self, number: int, tags: Sequence[Tag]) -> None:
        """Replace a story's tags."""
        self._connection.execute(update(story).where(story.c.id == number).values(tags=tuple(tags)))

    def get(self, numbers: Sequence[int]) -> list[Story]:
        """Give stories, newest first."""
        found: list[Story] = []
        for chunk in chunks(numbers):
            found.extend(self._load(story.c.id.in_(chunk)))
        return sorted(found, key=lambda each: each.id, reverse=True)

    def below(self, number: int, limit: int) -> list[Story]:
        """Give up to ``limit`` stories numbered below ``number``, newest first."""
        return self._load(story.c.id < number, limit)

    def latest_links(self, outlet: str, count: int) -> list[str]:
        """Give the links of an outlet's latest stories."""
        query = select(story.c.link).where(and_(story.c.outlet == outlet, story.c.link.is_not(None)))
        return list(self._connection.scalars(query.order_by(story.c.id.desc()).limit(count)))

    def latest_tags(self, count: int) -> Iterator[tuple[str, tuple[Tag, ...]]]:
        """Yield outlet and tags of the latest stories, the oldest of them first."""
        query = select(story.c.outlet, story.c.tags).order_by(story.c.id.desc()).limit(count)
        for row in reversed(self._connection.execute(query).all()):
            yield row.outlet, row.tags

    def newest(self, limit: int) -> list[Story]:
        """Give the latest stories."""
        return self._load(story.c.id > 0, limit)

    def last_number(self) -> int:
        """Give the highest story number so far, 0 when there is none."""
        return int(self._connection.scalar(select(func.max(story.c.id))) or 0)

    def count(self) -> int:
        """Give how many stories are held."""
        return int(self._connection.scalar(select(func.count()).select_from(story)) or 0)

    def revisions(self, number: int) -> list[tuple[datetime, str]]:
        """Give what a story's title was before, and until when, oldest first."""
        query = (
            select(revision.c.replaced_at, revision.c.title).where(revision.c.story == number).order_by(revision.c.id)
        )
        return [(row.replaced_at, row.title) for row in self._connection.execute(query)]

    def prune(self, before: datetime, limit: int) -> int:
        """Let go of stories first seen before ``before``, at most ``limit``; their entries stay known. Say how many.

        The feeds that held them are to be rendered again.
        """
        numbers = list(
            self._connection.scalars(
                select(story.c.id).where(story.c.first_seen < before).order_by(story.c.id).limit(limit)
            )
        )
        for chunk in chunks(numbers):
            holding = select(member.c.feed).where(member.c.story.in_(chunk)).distinct()
            touched = update(feed).where(feed.c.name.in_(holding)).values(version=feed.c.version + 1)
            self._connection.execute(touched)
            self._connection.execute(delete(story).where(story.c.id.in_(chunk)))
        return len(numbers)

    def _load(self, where: ColumnElement[bool], limit: int | None = None) -> list[Story]:
        query = (
            select(story, source.c.title.label("source_title"))
            .outerjoin(source, source.c.id == story.c.source)
            .where(where)
            .order_by(story.c.id.desc())
            .limit(limit)
        )
        rows = self._connection.execute(query).all()
        numbers = [row.id for row in rows]
        copies = self._copies(numbers)
        return [_story(row, copies[row.id]) for row in rows]

    def _copies(self, numbers: Sequence[int]) -> dict[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = defaultdict(list)
        columns = (entry.c.story, entry.c.outlet, entry.c.link)
        for chunk in chunks(numbers):
            for row in self._connection.execute(select(*columns).where(entry.c.story.in_(chunk)).order_by(entry.c.id)):
                found[row.story].append(row)
        return found


def _sighting(row: Row[Any]) -> KnownEntry:
    return KnownEntry(
        id=row.id,
        source=row.source,
        story=row.story,
        origin=row.origin,
        title_digest=row.title_digest,
        text_digest=row.text_digest,
        link_key=row.link_key,
        published=row.published,
        seen_at=row.seen_at,
        is_confirmed=row.is_confirmed,
    )


def _words(new: Entry) -> dict[str, object]:
    """Give what an outlet may rewrite."""
    words = {"title": new.title, "html": new.html, "link": new.link}
    return {**words, "categories": new.categories, "tags": new.tags}


def _rest(new: Entry) -> dict[str, object]:
    """Give what stays as it first was."""
    return {
        "author": new.author,
        "language": new.language,
        "published": new.published,
        "enclosure": asdict(new.enclosure) if new.enclosure else None,
        "point": new.point,
        "text_revisions": 0,
    }


def _story(row: Row[Any], copies: Sequence[Row[Any]]) -> Story:
    others = [each for each in copies if each.outlet != row.outlet]
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
    )
