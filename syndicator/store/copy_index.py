"""The index of fingerprints: which stories share keys. A cache of the table ``fingerprint``; every hit is verified.

What a transaction adds is found by the rest of it at once, and kept when it is committed. Stories that another process
has added are read from the table when the first candidates of a transaction are asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import Connection, func, select

from syndicator.fingerprint import keys_of, least_shared
from syndicator.store.fingerprint_table import FingerprintTable
from syndicator.store.tables import fingerprint, story

_log = structlog.get_logger()
# Older stories are no candidates: whoever makes the table anew leaves them out.
_WINDOW = timedelta(hours=72)


class CopyIndex:
    """Finds stories by keys. Owned by the thread that writes."""

    def __init__(self, path: Path | None, store: str = "") -> None:
        """Keep the table in the file ``path``, or in memory, from its first use on. ``store`` tells its database."""
        self._path, self._store = path, store
        self._table: FingerprintTable | None = None
        self._pending: dict[int, Sequence[int]] = {}
        self._by_key: dict[int, list[int]] = defaultdict(list)
        self._is_current = False

    def catch_up(self, connection: Connection) -> None:
        """Take in what is stored and not in the table yet, once a transaction."""
        if self._is_current:
            return
        self._is_current = True
        if self._table is None:
            self._table = self._opened(connection)
        after = self._table.position or _last_before_window(connection)
        newer = select(fingerprint).where(fingerprint.c.story > after).order_by(fingerprint.c.story)
        for row in connection.execute(newer):
            if row.story not in self._pending:
                self._table.add(row.story, keys_of(row.keys))

    def candidates(self, keys: Sequence[int], *, most: int) -> list[int]:
        """Return the stories that share enough keys with a text, those that share most first."""
        assert self._table is not None
        least = least_shared(keys)
        shared = Counter(dict(self._table.candidates(keys, most=most, least=least)))
        pending = Counter(number for key in keys for number in self._by_key.get(key, ()))
        shared.update({number: count for number, count in pending.items() if count >= least})
        return [number for number, _ in sorted(shared.items(), key=lambda each: (-each[1], each[0]))[:most]]

    def add(self, number: int, keys: Sequence[int]) -> None:
        """Add a story for the rest of the transaction."""
        self._pending[number] = keys
        for key in keys:
            self._by_key[key].append(number)

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Keep what is added when the transaction within is committed; forget it when that fails."""
        try:
            yield
        except BaseException:
            self._settle()
            raise
        if self._table is not None:
            for number, keys in sorted(self._pending.items()):
                self._table.add(number, keys)
        self._settle()

    def close(self) -> None:
        """Close the table."""
        if self._table is not None:
            self._table.close()
            self._table = None

    def _settle(self) -> None:
        self._pending.clear()
        self._by_key.clear()
        self._is_current = False

    def _opened(self, connection: Connection) -> FingerprintTable:
        """Open the table. Where its file cannot be used, it is kept in memory: that costs the next start some time."""
        try:
            table = FingerprintTable(self._path, store=self._store)
        except OSError as error:
            _log.warning("the index of copies is kept in memory", file=str(self._path), error=str(error))
            table = FingerprintTable(None)
        last = connection.scalar(select(func.max(story.c.id))) or 0
        if table.position > last:  # the database is an older copy of what it was
            table.reset()
        return table


def _last_before_window(connection: Connection) -> int:
    """Return the number of the last story that is too old to be a candidate when the next one comes."""
    newest = connection.scalar(select(func.max(story.c.first_seen)))
    if newest is None:
        return 0
    return connection.scalar(select(func.max(story.c.id)).where(story.c.first_seen < newest - _WINDOW)) or 0
