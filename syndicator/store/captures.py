"""Documents that were captured as they were received: where they are, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, Connection, Row, Select, and_, bindparam, delete, insert, or_, select, type_coerce

from syndicator.models import Capture, CaptureRecord
from syndicator.store.tables import capture, entry

# What was captured longer before an entry was seen, in microseconds, did not bring it: its source is captured no more.
_LONGEST_POLL = 3_600_000_000
_BEFORE = capture.alias()
_SEEN_AT, _AT = type_coerce(entry.c.seen_at, BigInteger), type_coerce(_BEFORE.c.at, BigInteger)
_BROUGHT_BY = (
    select(_BEFORE.c.id)
    .where(
        and_(
            _BEFORE.c.source == entry.c.source,
            or_(entry.c.endpoint.is_(None), _BEFORE.c.endpoint == entry.c.endpoint),
            _AT.between(_SEEN_AT - _LONGEST_POLL, _SEEN_AT),
        )
    )
    .order_by(_BEFORE.c.at.desc(), _BEFORE.c.id.desc())
    .limit(1)
    .correlate(entry)
    .scalar_subquery()
)
_OF_STORY = (
    select(entry.c.source.label("entry_source"), entry.c.key.label("entry_key"), capture)
    .select_from(entry.join(capture, capture.c.id == _BROUGHT_BY))
    .where(entry.c.story == bindparam("number"))
)


class Captures:
    """Reads and writes of the capture table."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def add(self, captures: Iterable[Capture]) -> None:
        """Store where documents were captured."""
        if rows := [_values(each) for each in captures]:
            self._connection.execute(insert(capture), rows)

    def latest(self, source: str, until: datetime, *, endpoint: str | None = None) -> Capture | None:
        """Return the last document of a source that was captured by ``until``, None if there is none.

        With its endpoint, it is what an entry that was first seen at that time came with, if the source was captured.
        """
        query = select(capture).where(capture.c.source == source, capture.c.at <= until)
        if endpoint is not None:
            query = query.where(capture.c.endpoint == endpoint)
        row = self._connection.execute(query.order_by(capture.c.at.desc(), capture.c.id.desc()).limit(1)).first()
        return None if row is None else _capture(row)

    def of_story(self, number: int) -> dict[tuple[str, str], Capture]:
        """Return the documents that a story's entries came with, where they were captured, by source and entry key."""
        rows = self._connection.execute(_OF_STORY, {"number": number})
        return {(row.entry_source, row.entry_key): _capture(row) for row in rows}

    def files(self) -> set[str]:
        """Return the files that rows name."""
        return set(self._connection.scalars(select(capture.c.file).distinct()))

    def forget(self, file: str, limit: int) -> int:
        """Delete up to ``limit`` rows of a file that is to be deleted. Return how many."""
        return int(self._connection.execute(delete(capture).where(capture.c.id.in_(_of(file, limit)))).rowcount)


def _of(file: str, limit: int) -> Select[tuple[int]]:
    return select(capture.c.id).where(capture.c.file == file).limit(limit)


def _values(each: Capture) -> dict[str, object]:
    record = each.record
    return {
        "record": record.id,
        "source": each.source,
        "endpoint": each.endpoint,
        "at": record.at,
        "file": record.file,
        "offset": record.offset,
        "length": record.length,
        "digest": record.digest,
        "is_whole": record.is_whole,
        "outcome": each.outcome,
    }


def _capture(row: Row[tuple[object, ...]]) -> Capture:
    record = CaptureRecord(
        id=row.record,
        at=row.at,
        file=row.file,
        offset=row.offset,
        length=row.length,
        digest=row.digest,
        is_whole=bool(row.is_whole),
    )
    return Capture(source=row.source, endpoint=row.endpoint, outcome=row.outcome, record=record)
