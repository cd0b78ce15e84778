"""Entries: by what sources' items are known again, and as which story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    select,
    true,
    update,
)

from syndicator.models import (
    Copy,
    Decision,
    Entry,
    GuidFault,
    Known,
    KnownEntry,
    Source,
    Telling,
    Unchanged,
    Update,
    Verdict,
    is_first_seen,
)
from syndicator.store.bulk import Existing, Insert
from syndicator.store.chunks import chunks
from syndicator.store.tables import entry, guid_fault, story, tombstone

_ENTRIES = (
    select(
        entry,
        func.coalesce(story.c.outlet, entry.c.outlet).label("origin"),
        func.coalesce(story.c.is_confirmed, true()).label("is_confirmed"),
        func.coalesce(story.c.text_revisions, 0).label("text_revisions"),
        story.c.link.label("face"),
    )
    .outerjoin(story, story.c.id == entry.c.story)
    .order_by(entry.c.id)
)
# Made once: to build a statement costs more than to run it.
_VALUES: BindParameter[Any] = bindparam("values", expanding=True)
_BY_KEY = _ENTRIES.where(and_(entry.c.source == bindparam("source"), entry.c.key.in_(_VALUES)))
_BY_LINK = _ENTRIES.where(and_(entry.c.outlet == bindparam("outlet"), entry.c.link_key.in_(_VALUES)))
_BY_WORDS = select(entry.c.copy_digest, entry.c.story).where(
    and_(entry.c.copy_digest.in_(_VALUES), entry.c.seen_at > bindparam("since"), entry.c.story.is_not(None))
)
_OF_STORY = select(entry).where(entry.c.story == bindparam("number")).order_by(entry.c.seen_at, entry.c.id)
_CARRIERS = select(entry.c.story, entry.c.outlet, entry.c.credit).where(entry.c.story.in_(_VALUES)).order_by(entry.c.id)
_GUID_FAULT = select(guid_fault).where(guid_fault.c.source == bindparam("of"))
_ADD_ENTRIES = Insert(entry, without=["id"])
_TOMBSTONES = Existing(tombstone.c.digest)
_ADD_TOMBSTONES = Insert(tombstone, by=["digest"])
_COUNT_FAULT = Insert(guid_fault, by=["source"], always=["fault"], adding=["times"])


class Entries:
    """Reads and writes of the entry and tombstone tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def known(self, of: Source, entries: Sequence[Entry], *, copied_since: datetime) -> Known:
        """Return what bears on these entries: three look-ups for a whole document, and one for items that are dated.

        Stories with the very same words, and several with one link, count only from ``copied_since`` on, tombstones
        only for entries that are not dated later.
        """
        keys = _distinct((each.key, *each.other_keys) for each in entries)
        links = _distinct((each.link_key, *each.other_links) for each in entries)
        digests = [each.copy_digest for each in entries if each.copy_digest]
        by_key = {row.key: _known_entry(row) for row in self._entries(_BY_KEY, keys, source=of.id)}
        by_link: dict[str, KnownEntry] = {}
        stories = defaultdict[str, set[int]](set)
        for row in self._entries(_BY_LINK, links, outlet=of.outlet):
            # The source's own entry says more than another source's: it can tell an edit from a copy.
            if row.link_key not in by_link or row.source == of.id:
                by_link[row.link_key] = _known_entry(row)
            if row.source == of.id and row.story is not None and row.seen_at > copied_since:
                stories[row.link_key].add(row.story)
        texts: dict[str, int] = {}
        for row in self._entries(_BY_WORDS, digests, since=copied_since):
            texts[row.copy_digest] = min(row.story, texts.get(row.copy_digest, row.story))
        unknown = [each for each in entries if each.key not in by_key and not _is_dated_after(each, copied_since)]
        buried = self._buried(of, _distinct((each.key, *each.other_keys) for each in unknown))
        shared = frozenset(link for link, found in stories.items() if len(found) > 1)
        return Known(entries=by_key, links=by_link, texts=texts, tombstones=buried, shared_links=shared)

    def latest(self, of: Source, count: int) -> list[KnownEntry]:
        """Return the entries of a source that came last."""
        query = _ENTRIES.where(entry.c.source == of.id).order_by(None).order_by(entry.c.id.desc()).limit(count)
        return [_known_entry(row) for row in self._connection.execute(query)]

    def _buried(self, of: Source, keys: Sequence[str]) -> frozenset[str]:
        """Return which of these keys have tombstones."""
        by_digest = {_digest(of.id, key): key for key in keys}
        return frozenset(by_digest[digest] for digest in _TOMBSTONES(self._connection, list(by_digest)))

    def _entries(self, query: Select[Any], values: Sequence[str], **where: object) -> Iterator[Row[Any]]:
        for chunk in chunks(values):
            yield from self._connection.execute(query, {"values": chunk, **where})

    def record(
        self, decided: Sequence[tuple[Decision, int | None]], of: Source, now: datetime, *, at: str | None = None
    ) -> None:
        """Store the entries behind decisions, each as belonging to the story of that number; ``at`` is the endpoint."""
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
                "credit": new.credit or None,
            }
            if is_first_seen(decision):
                if decision.retires is not None:
                    retired = update(entry).where(entry.c.id == decision.retires)
                    self._connection.execute(retired.values(key=f"retired:{decision.retires}"))
                values["title"] = new.title if isinstance(decision, Copy) else None
                why = {"verdict": decision.verdict.value, "reason": decision.reason, "endpoint": at}
                whose = {"key": new.key, "source": of.id, "outlet": of.outlet, "seen_at": now}
                fresh.append({**values, **why, **whose})
            elif isinstance(decision, Update | Unchanged) and decision.known is not None:
                if decision.is_rekeyed:
                    values["key"] = new.key
                if not decision.changed:
                    del values["link"]  # the entry is its story's face by the link that both have
                self._connection.execute(update(entry).where(entry.c.id == decision.known).values(**values))
        _ADD_ENTRIES(self._connection, fresh)

    def of_story(self, number: int) -> list[Telling]:
        """Return the entries of a story in order of time."""
        return [_telling(row) for row in self._connection.execute(_OF_STORY, {"number": number})]

    def carriers(self, stories: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        """Return by story the outlets that have it, each with the agency that it credits, if any."""
        found: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for chunk in chunks(stories):
            for row in self._connection.execute(_CARRIERS, {"values": chunk}):
                found[row[0]].append((row[1], row[2] or ""))
        return found

    def credits(self, stories: Sequence[int]) -> dict[int, str]:
        """Return the agencies that stories are credited to, by the stories' numbers."""
        found: dict[int, str] = {}
        columns = (entry.c.story, entry.c.credit)
        for chunk in chunks(stories):
            wanted = and_(entry.c.story.in_(chunk), entry.c.credit.is_not(None))
            for row in self._connection.execute(select(*columns).where(wanted).order_by(entry.c.id)):
                found.setdefault(row.story, row.credit)
        return found

    def guid_fault(self, of: Source) -> tuple[GuidFault, int] | None:
        """Return why a source's guids may not tell its items apart, and in how many documents that was seen."""
        row = self._connection.execute(_GUID_FAULT, {"of": of.id}).first()
        return (GuidFault(row.fault), row.times) if row else None

    def note_guid_fault(self, of: Source, fault: GuidFault, now: datetime) -> None:
        """Count a document in which a source's guids do not tell its items apart."""
        _COUNT_FAULT(self._connection, [{"source": of.id, "fault": fault.value, "times": 1, "since": now}])

    def bury(self, before: datetime, limit: int) -> int:
        """Replace entries first seen before ``before`` whose story is gone by tombstones, the oldest ``limit`` at once.

        Return how many were replaced.
        """
        oldest = (
            select(entry.c.id, entry.c.source, entry.c.key)
            .where(and_(entry.c.seen_at < before, entry.c.story.is_(None)))
            .order_by(entry.c.seen_at)
            .limit(limit)
        )
        rows = self._connection.execute(oldest).all()
        digests = {_digest(row.source, row.key) for row in rows}
        _ADD_TOMBSTONES(self._connection, [{"digest": digest} for digest in sorted(digests)])
        for chunk in chunks([row.id for row in rows]):
            self._connection.execute(delete(entry).where(entry.c.id.in_(chunk)))
        return len(rows)


def _is_dated_after(new: Entry, moment: datetime) -> bool:
    return new.published is not None and new.published > moment


def _distinct(found: Iterable[Iterable[str | None]]) -> list[str]:
    return list(dict.fromkeys(each for some in found for each in some if each))


def _known_entry(row: Row[Any]) -> KnownEntry:
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
        text_revisions=row.text_revisions,
        link=row.link,
        is_face=_is_one_page(row.link, row.face),
    )


def _is_one_page(link: str | None, face: str | None) -> bool:
    """Return whether an entry leads where its story does; revisions may be counted in the place in the page."""
    return link is None or face is None or link.partition("#")[0] == face.partition("#")[0]


def _telling(row: Row[Any]) -> Telling:
    return Telling(
        outlet=row.outlet,
        source=row.source,
        endpoint=row.endpoint,
        link=row.link,
        title=row.title,
        published=row.published,
        seen_at=row.seen_at,
        verdict=Verdict(row.verdict) if row.verdict else None,
        reason=row.reason or "",
        credit=row.credit or "",
        key=row.key,
        title_digest=row.title_digest,
        text_digest=row.text_digest,
    )


def _digest(of: str, key: str) -> bytes:
    """Return the tombstone of an entry: 12 bytes, which a hundred million entries leave unique."""
    return blake2b(f"{of}\n{key}".encode("utf-8", "replace"), digest_size=12).digest()
