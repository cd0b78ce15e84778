"""Stories and the entries they stand for."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from syndicator.models import Decision, Enclosure, Entry, Evidence, Known, Sighting, Source, Story, Tag
from syndicator.store.schema import entry, revision, source, story, tag

COPY_WINDOW = timedelta(hours=72)
_CHUNK = 500
T = TypeVar("T")


class Stories:
    """Reads and writes of the story, entry, revision and tag tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def known(self, of: Source, entries: Sequence[Entry], now: datetime) -> Known:
        """Give what bears on these entries: three look-ups for a whole document."""
        keys = [each.key for each in entries]
        links = [each.link_key for each in entries if each.link_key]
        digests = [each.copy_digest for each in entries if each.copy_digest]
        by_key = {row.key: _sighting(row) for row in self._entries(entry.c.source == of.id, entry.c.key, keys)}
        by_link: dict[str, Sighting] = {}
        for row in self._entries(entry.c.outlet == of.outlet, entry.c.link_key, links):
            # An own sighting says more than another source's: it can tell an edit from a copy.
            if row.link_key not in by_link or row.source == of.id:
                by_link[row.link_key] = _sighting(row)
        recent = and_(entry.c.seen_at > now - COPY_WINDOW, entry.c.story.is_not(None))
        texts: dict[str, int] = {}
        for row in self._entries(recent, entry.c.copy_digest, digests):
            texts[row.copy_digest] = min(row.story, texts.get(row.copy_digest, row.story))
        return Known(sightings=by_key, links=by_link, texts=texts)

    def _entries(self, where: ColumnElement[bool], column: Any, values: Sequence[str]) -> Iterator[Row[Any]]:
        for chunk in _chunks(values):
            query = (
                select(entry, func.coalesce(story.c.outlet, entry.c.outlet).label("origin"))
                .outerjoin(story, story.c.id == entry.c.story)
                .where(and_(where, column.in_(chunk)))
                .order_by(entry.c.id)
            )
            yield from self._connection.execute(query)

    def record(self, decision: Decision, number: int | None, of: Source, endpoint: str, now: datetime) -> None:
        """Keep the entry behind a decision as belonging to story ``number``."""
        new = decision.entry
        values = {
            "link": new.link,
            "link_key": new.link_key,
            "copy_digest": new.copy_digest,
            "title_digest": new.title_digest,
            "text_digest": new.text_digest,
            "endpoint": endpoint,
        }
        if decision.sighting is not None:
            self._connection.execute(update(entry).where(entry.c.id == decision.sighting).values(**values))
            return
        names = {"source": of.id, "outlet": of.outlet, "key": new.key, "seen_at": now, "story": number}
        self._connection.execute(insert(entry).values(**values, **names))

    def confirm(self, sighting: int, endpoint: str) -> None:
        """Note that the home shows an entry first read at a mirror."""
        self._connection.execute(update(entry).where(entry.c.id == sighting).values(endpoint=endpoint))

    def add(self, new: Entry, uid: str, of: Source, now: datetime) -> int:
        """Add a story; give its number, which is larger than all before."""
        done = self._connection.execute(
            insert(story).values(
                uid=uid,
                outlet=of.outlet,
                source=of.id,
                first_seen=now,
                updated=now,
                **_words(new),
                **_rest(new),
            )
        )
        return int(done.inserted_primary_key[0])  # type: ignore[index]

    def revise(self, number: int, new: Entry, now: datetime) -> None:
        """Give a story its new words and keep the old ones as a revision. Its uid and its dates of birth stay."""
        old = self._connection.execute(select(story.c.title, story.c.html).where(story.c.id == number)).one()
        values = {"story": number, "replaced_at": now, "title": old.title, "html": old.html}
        self._connection.execute(insert(revision).values(**values))
        self._connection.execute(update(story).where(story.c.id == number).values(updated=now, **_words(new)))

    def retag(self, number: int, tags: Iterable[Tag]) -> None:
        """Replace a story's tags."""
        self._connection.execute(delete(tag).where(tag.c.story == number))
        rows = [
            {
                "story": number,
                "scheme": each.scheme,
                "term": each.term,
                "place": place,
                "label": each.label,
                "path": list(each.path),
                "evidence": [asdict(evidence) for evidence in each.evidence],
            }
            for place, each in enumerate(tags)
        ]
        if rows:
            self._connection.execute(insert(tag), rows)

    def get(self, numbers: Sequence[int]) -> list[Story]:
        """Give stories, newest first."""
        found: list[Story] = []
        for chunk in _chunks(numbers):
            found.extend(self._load(story.c.id.in_(chunk)))
        return sorted(found, key=lambda each: each.id, reverse=True)

    def below(self, number: int, limit: int) -> list[Story]:
        """Give up to ``limit`` stories numbered below ``number``, newest first."""
        return self._load(story.c.id < number, limit)

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
        """Let go of stories first seen before ``before``, at most ``limit``; their entries stay known. Say how many."""
        numbers = list(
            self._connection.scalars(
                select(story.c.id).where(story.c.first_seen < before).order_by(story.c.id).limit(limit)
            )
        )
        for chunk in _chunks(numbers):
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
        tags, copies = self._tags(numbers), self._copies(numbers)
        return [_story(row, tags[row.id], copies[row.id]) for row in rows]

    def _tags(self, numbers: Sequence[int]) -> dict[int, list[Tag]]:
        found: dict[int, list[Tag]] = defaultdict(list)
        for chunk in _chunks(numbers):
            for row in self._connection.execute(select(tag).where(tag.c.story.in_(chunk)).order_by(tag.c.place)):
                evidence = tuple(Evidence(**each) for each in row.evidence)
                path = tuple(row.path)
                found[row.story].append(
                    Tag(scheme=row.scheme, term=row.term, label=row.label, path=path, evidence=evidence)
                )
        return found

    def _copies(self, numbers: Sequence[int]) -> dict[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = defaultdict(list)
        columns = (entry.c.story, entry.c.outlet, entry.c.link)
        for chunk in _chunks(numbers):
            for row in self._connection.execute(select(*columns).where(entry.c.story.in_(chunk)).order_by(entry.c.id)):
                found[row.story].append(row)
        return found


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in itertools.count(0, _CHUNK):
        chunk = values[start : start + _CHUNK]
        if not chunk:
            return
        yield chunk


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(
        id=row.id,
        source=row.source,
        story=row.story,
        origin=row.origin,
        title_digest=row.title_digest,
        text_digest=row.text_digest,
        endpoint=row.endpoint,
    )


def _words(new: Entry) -> dict[str, object]:
    """Give what an outlet may rewrite."""
    return {"title": new.title, "html": new.html, "text": new.text, "categories": list(new.categories)}


def _rest(new: Entry) -> dict[str, object]:
    return {
        "link": new.link,
        "author": new.author,
        "language": new.language,
        "published": new.published,
        "enclosure": asdict(new.enclosure) if new.enclosure else None,
    }


def _story(row: Row[Any], tags: Sequence[Tag], copies: Sequence[Row[Any]]) -> Story:
    others = [each for each in copies if each.outlet != row.outlet]
    return Story(
        id=row.id,
        uid=row.uid,
        outlet=row.outlet,
        source=row.source,
        source_title=row.source_title or "",
        title=row.title,
        html=row.html,
        text=row.text,
        link=row.link,
        author=row.author,
        language=row.language,
        published=row.published,
        first_seen=row.first_seen,
        updated=row.updated,
        categories=tuple(row.categories),
        enclosure=Enclosure(**row.enclosure) if row.enclosure else None,
        tags=tuple(tags),
        outlets=tuple(dict.fromkeys([row.outlet, *(each.outlet for each in others)])),
        copies=tuple(dict.fromkeys(each.link for each in others if each.link)),
    )
