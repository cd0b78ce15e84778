"""What endpoints show and what sources are known by, so that mirrors that lag or lie and sold domains are noticed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, or_, select, update

from syndicator.models import (
    Appearance,
    CandidateKind,
    EndpointState,
    Entry,
    MirrorCandidate,
    MirrorSuggestion,
    Source,
    SourceProfile,
)
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.tables import appearance, source_profile
from syndicator.store.tables import mirror_candidate as candidate

# What an endpoint can make up without end must not keep the status page from being made.
_MOST_SHOWN = 5000
_MOST_HINTS = 100
# Made once: to build a statement costs more than to run it.
_KNOWN_BY = select(source_profile).where(source_profile.c.source == bindparam("of"))
_LEARN = Insert(source_profile, by=["source"], always=["title", "hosts", "scripts", "words", "familiar", "learned_at"])
_SHOW = Insert(
    appearance, by=["source", "key", "endpoint"], always=["title", "title_digest", "text_digest", "link_key"]
)
_SHOWN = (
    select(appearance)
    .where(and_(appearance.c.source == bindparam("of"), appearance.c.first_at >= bindparam("since")))
    .order_by(appearance.c.first_at.desc(), appearance.c.key.desc())
    .limit(_MOST_SHOWN)
)
_SHOWN_AS = select(appearance).where(
    and_(appearance.c.source == bindparam("of"), appearance.c.key.in_(bindparam("keys", expanding=True)))
)


class Mirrors:
    """Reads and writes of the profile, appearance and candidate tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within a transaction."""
        self._connection = connection

    def profile(self, of: Source) -> SourceProfile | None:
        """Return what a source is known by, None before it has shown anything."""
        row = self._connection.execute(_KNOWN_BY, {"of": of.id}).one_or_none()
        if row is None:
            return None
        return SourceProfile(
            title=row.title,
            hosts=tuple(row.hosts),
            scripts=row.scripts,
            words=tuple(row.words),
            familiar=row.familiar,
            learned_at=row.learned_at,
        )

    def learn(self, of: Source, known_by: SourceProfile) -> None:
        """Replace what a source is known by."""
        values = {
            "source": of.id,
            "title": known_by.title,
            "hosts": list(known_by.hosts),
            "scripts": dict(known_by.scripts),
            "words": list(known_by.words),
            "familiar": known_by.familiar,
            "learned_at": known_by.learned_at,
        }
        _LEARN(self._connection, [values])

    def show(self, of: Source, at: EndpointState, entries: Sequence[Entry], now: datetime) -> None:
        """Store that an endpoint shows these entries now. Since when it has shown them stays as it was."""
        since = {"first_at": now, "absent_at": at.good_at}
        _SHOW(self._connection, [{**since, **_said(of, at.endpoint, each)} for each in entries])

    def shown(self, sources: Sequence[str], since: datetime) -> dict[str, list[Appearance]]:
        """Return by source what its endpoints have shown since, the oldest first; at most 5,000 items."""
        found = {}
        for id_ in sources:
            rows = self._connection.execute(_SHOWN, {"of": id_, "since": since}).all()
            found[id_] = [_showing(row) for row in reversed(rows)]
        return found

    def shown_as(self, source: str, keys: Sequence[str]) -> list[Appearance]:
        """Return what a source's endpoints show of items, by the items' keys."""
        return [
            _showing(row)
            for some in chunks(keys)
            for row in self._connection.execute(_SHOWN_AS, {"of": source, "keys": some})
        ]

    def suggest(self, hints: Iterable[MirrorCandidate], now: datetime) -> None:
        """Store addresses that may be mirrors of an outlet, at most a hundred of each."""
        for each in hints:
            again = {"evidence": each.evidence, "last_at": now, "times": candidate.c.times + 1}
            of_it = and_(candidate.c.outlet == each.outlet, candidate.c.address == each.address)
            same = and_(of_it, or_(candidate.c.kind == each.kind, candidate.c.is_dismissed))
            if not self._connection.execute(update(candidate).where(same).values(again)).rowcount and self._has_room(
                each
            ):
                met = {"outlet": each.outlet, "address": each.address, "kind": each.kind, "evidence": each.evidence}
                since = {"first_at": now, "last_at": now, "times": 1, "is_dismissed": False}
                self._connection.execute(insert(candidate).values(met | since))

    def _has_room(self, new: MirrorCandidate) -> bool:
        """Return whether there is room for one more. The one met least often, longest ago, is deleted for it."""
        is_open = and_(candidate.c.outlet == new.outlet, ~candidate.c.is_dismissed)
        count = self._connection.scalar(select(func.count()).select_from(candidate).where(is_open)) or 0
        if count < _MOST_HINTS:
            return True
        where = and_(is_open, candidate.c.kind == CandidateKind.NAMED)
        oldest = self._connection.execute(
            select(candidate).where(where).order_by(candidate.c.times, candidate.c.last_at).limit(1)
        ).first()
        if oldest is None:
            return False
        gone = and_(
            candidate.c.outlet == oldest.outlet,
            candidate.c.address == oldest.address,
            candidate.c.kind == oldest.kind,
        )
        self._connection.execute(delete(candidate).where(gone))
        return True

    def suggestions(self) -> list[MirrorSuggestion]:
        """Return all addresses that may be mirrors, those met most often first."""
        rows = self._connection.execute(
            select(candidate).order_by(candidate.c.outlet, candidate.c.times.desc(), candidate.c.address)
        )
        return [
            MirrorSuggestion(
                hint=MirrorCandidate(
                    outlet=row.outlet, address=row.address, kind=CandidateKind(row.kind), evidence=row.evidence
                ),
                first_at=row.first_at,
                last_at=row.last_at,
                times=row.times,
                is_dismissed=row.is_dismissed,
            )
            for row in rows
        ]

    def dismiss(self, outlet: str, address: str) -> None:
        """Suggest an address no more."""
        where = and_(candidate.c.outlet == outlet, candidate.c.address == address)
        self._connection.execute(update(candidate).where(where).values(is_dismissed=True))

    def prune(self, before: datetime) -> None:
        """Forget what was first shown before."""
        self._connection.execute(delete(appearance).where(appearance.c.first_at < before))


def _said(of: Source, at: str, entry: Entry) -> dict[str, Any]:
    return {
        "source": of.id,
        "key": entry.key,
        "endpoint": at,
        "title": entry.title,
        "title_digest": entry.title_digest,
        "text_digest": entry.text_digest,
        "link_key": entry.link_key,
    }


def _showing(row: Row[Any]) -> Appearance:
    return Appearance(
        key=row.key,
        endpoint=row.endpoint,
        first_at=row.first_at,
        absent_at=row.absent_at,
        title=row.title,
        title_digest=row.title_digest,
        text_digest=row.text_digest,
        link_key=row.link_key,
    )
