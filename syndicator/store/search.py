"""The index of stories for searches, in the words that they are written with.

Each database has one of its own (``search_fts5``, ``search_tsvector``), made by whoever fills it and never by a
migration: some builds of SQLite have no FTS5. It holds words in lower case, as they stand in the stories, so that
neither a change of folding nor of stemming makes it wrong. ``search_word`` says under which keys (folded forms, stems)
a word is found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select

from syndicator.store.bulk import Existing, Insert
from syndicator.store.chunks import chunks
from syndicator.store.dialects import dialect_of
from syndicator.store.meta import SET_META
from syndicator.store.search_index import SearchRow
from syndicator.store.search_terms import Anything, Expression, Nothing
from syndicator.store.tables import meta, search_word, story

_EXISTING = Existing(story.c.id)
_ADD_WORDS = Insert(search_word, by=["key", "word"])
# Made once: pages ask for the first story of each day, and to build a statement costs more than to run it.
_FIRST_SINCE = (
    select(story.c.id)
    .where(story.c.first_seen >= bindparam("since", type_=story.c.first_seen.type))
    .order_by(story.c.first_seen, story.c.id)
    .limit(1)
)
STATE_KEYS = _STATE, _BELOW = "search version", "search below"
_HIGHEST = "\U0010ffff"
# No story has a higher number.
LAST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReach:
    """How far the index reaches: it has the stories from number ``below`` up to and including ``last``.

    ``is_supported`` is false where the database has no full-text search, ``has_index`` where there is no index yet.
    """

    is_supported: bool
    has_index: bool
    below: int = 0
    last: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether no stored story is still to be indexed, but for those of the last seconds."""
        return self.has_index and not self.below


class Search:
    """Reads and writes of the index."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection, self._index = connection, dialect_of(connection).search_index(connection)

    @property
    def exists(self) -> bool:
        """Whether there is an index, complete or not."""
        return self._index.exists

    def is_supported(self) -> bool:
        """Return whether the database can have an index."""
        return self._index.is_supported()

    def is_ready(self, version: str) -> bool:
        """Return whether there is an index of this version, complete or not."""
        return self.is_supported() and self.exists and self._get(_STATE) == version

    def ensure(self, version: str) -> bool:
        """Make the index where there is none; have it filled anew where it is of another version.

        Return false where the database cannot have one. What it has from elsewhere is then of no version: it misses
        what happens meanwhile.
        """
        if not self.is_supported():
            if self._get(_STATE):
                self._set(_STATE, "")
            return False
        if self.is_ready(version):
            return True
        self._index.create()
        self._connection.execute(delete(search_word))
        last = self._connection.scalar(select(func.max(story.c.id))) or 0
        self._set(_STATE, version)
        self._set(_BELOW, str(last + 1))
        return True

    def unfilled_below(self) -> int:
        """Return below which number stories are still to be indexed; 0 when all are."""
        return int(self._get(_BELOW) or 0)

    def filled_to(self, below: int) -> None:
        """Store that all stories from ``below`` on are indexed."""
        self._set(_BELOW, str(below))

    def reach(self) -> SearchReach:
        """Return how far the index reaches."""
        is_supported = self.is_supported()
        if not is_supported or not self.exists:
            return SearchReach(is_supported=is_supported, has_index=False)
        return SearchReach(is_supported=True, has_index=True, below=self.unfilled_below(), last=self._index.last())

    def unindexed(self, reach: SearchReach, *, since: int, until: int = LAST) -> list[int]:
        """Return the numbers of the stories beyond the reach of the index, from ``since`` up to and with ``until``."""
        older, newer = (since, min(until, reach.below - 1)), (max(since, reach.last + 1), until)
        spans = (older, newer) if reach.has_index else ((since, until),)
        return [number for span in spans for number in self._numbers(*span)]

    def _numbers(self, least: int, most: int) -> Sequence[int]:
        return self._connection.scalars(select(story.c.id).where(story.c.id.between(least, most))).all()

    def until(self, is_over: Callable[[], bool]) -> AbstractContextManager[None]:
        """Raise SearchTooLongError once time is over, within a query or soon after it, however much it asks for."""
        return self._index.until(is_over)

    def count_since(self, since: datetime) -> int:
        """Return how many stories were first seen at ``since`` or later."""
        return int(self._connection.scalar(select(func.count()).where(story.c.first_seen >= since)) or 0)

    def put(self, rows: Sequence[SearchRow]) -> None:
        """Index stories; those that are indexed already, anew. Leave out what has left the store since it was read."""
        for some in chunks(sorted(rows, key=lambda row: row.number)):
            numbers = [row.number for row in some]
            self._index.remove(numbers)
            stored = _EXISTING(self._connection, numbers)
            if kept := [row for row in some if row.number in stored]:
                self._index.add(kept)
            pairs = sorted({pair for row in some for pair in row.words})
            _ADD_WORDS(self._connection, [{"key": key, "word": word} for key, word in pairs])

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove stories from the index."""
        for some in chunks(numbers):
            self._index.remove(some)

    def words_of(self, keys: Collection[str], *, limit: int, is_prefix: bool = False) -> list[str] | None:
        """Return the words that stories have under these keys, or under keys that begin so; None if beyond ``limit``.

        Of words that a hyphen joined, the parts have a space between them.
        """
        found: set[str] = set()
        for key in keys:
            where = search_word.c.key.between(key, key + _HIGHEST) if is_prefix else search_word.c.key == key
            found.update(self._connection.scalars(select(search_word.c.word).where(where).limit(limit + 1)))
            if len(found) > limit:
                return None
        return sorted(found)

    def counts(self, words: Collection[str]) -> dict[str, int]:
        """Return in how many stories single words stand."""
        counts = ((word, self._index.count(word)) for word in words if " " not in word)
        return {word: count for word, count in counts if count}

    def find(self, wanted: Expression, *, since: int = 0, until: int = LAST, limit: int | None = None) -> list[int]:
        """Return the numbers of the stories that an expression finds, newest first.

        These are numbers from ``since`` up to and with ``until``.
        """
        if isinstance(wanted, Nothing):
            return []
        if isinstance(wanted, Anything):
            newest_first = select(story.c.id).where(story.c.id.between(since, until)).order_by(story.c.id.desc())
            return list(self._connection.scalars(newest_first.limit(limit)))
        return self._index.find(wanted, since, until, limit)

    def first_since(self, since: datetime) -> int | None:
        """Return the number of the first story seen at ``since`` or later; numbers rise with first sight."""
        return self._connection.scalar(_FIRST_SINCE, {"since": since})

    def _get(self, key: str) -> str | None:
        return self._connection.scalar(select(meta.c.value).where(meta.c.key == key))

    def _set(self, key: str, value: str) -> None:
        SET_META(self._connection, [{"key": key, "value": value}])
