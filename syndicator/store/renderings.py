"""Feeds' files as rows, for processes that serve them elsewhere."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.meta import SET_META
from syndicator.store.tables import meta, rendering

STATE_KEYS = _VERSION, _DELETED = "renderings.version", "renderings.deleted"
_INFO = (rendering.c.file, rendering.c.digest, rendering.c.modified)
_PUT = Insert(rendering, by=["file"], always=["version", "digest", "modified", "body"])
# Made once, since each node asks each second.
_GET = select(*_INFO, rendering.c.body).where(rendering.c.file == bindparam("of"))
_STAMP = select(meta.c.key, meta.c.value).where(meta.c.key.in_(STATE_KEYS))


class RenderingStamp(NamedTuple):
    """The number of the last change to any file, and that of the last deletion; both rise."""

    version: int
    deleted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingInfo:
    """What identifies a file's bytes, and since when."""

    file: str
    digest: str
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering(RenderingInfo):
    """A file as it is stored: its bytes are ``packed``."""

    body: bytes


def packed(body: bytes) -> bytes:
    """Return a file's bytes as they are stored: to pack them takes longer than to write them."""
    return zlib.compress(body, 6)


def unpacked(body: bytes) -> bytes:
    """Return a file's bytes from those that are stored. Raise ValueError if they are damaged."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise ValueError(f"its row is damaged: {error}") from error


class Renderings:
    """Reads and writes of the rendering table. What is written has a higher number than all before it."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def stamp(self) -> RenderingStamp:
        """Return how far changes have come."""
        found = dict(self._connection.execute(_STAMP).tuples().all())
        return RenderingStamp(int(found.get(_VERSION, 0)), int(found.get(_DELETED, 0)))

    def newer(self, than: int) -> list[RenderingInfo]:
        """Return the files that were written after a change, in order; all of them after 0."""
        query = select(*_INFO).where(rendering.c.version > than).order_by(rendering.c.version, rendering.c.file)
        return [RenderingInfo(**row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    def get(self, file: str) -> Rendering | None:
        """Return a file, None if there is none of this name."""
        row = self._connection.execute(_GET, {"of": file}).first()
        return None if row is None else Rendering(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own public name

    def put(self, files: Sequence[Rendering]) -> None:
        """Store files in place of those of the same names."""
        if files:
            version = self._next(_VERSION)
            _PUT(self._connection, [{**asdict(each), "version": version} for each in files])

    def delete(self, files: Collection[str]) -> None:
        """Delete files, as far as there are such."""
        gone = 0
        for some in chunks(sorted(files)):
            gone += self._connection.execute(delete(rendering).where(rendering.c.file.in_(some))).rowcount
        if gone:
            self._next(_VERSION, _DELETED)

    def _next(self, *keys: str) -> int:
        number = self.stamp().version + 1
        SET_META(self._connection, [{"key": key, "value": str(number)} for key in keys])
        return number
