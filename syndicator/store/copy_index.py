"""The index of fingerprints: which stories share keys. A cache of the table ``fingerprint``; every hit is verified.

What a transaction adds is found by the rest of it at once, and kept when it is committed. Stories that another process
has added are read from the table when the first candidates of a transaction are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection, bindparam, func, select

from syndicator.fingerprint import keys_of, least_shared
from syndicator.store.fingerprint_table import FingerprintTable, Reserve, take_room
from syndicator.store.tables import fingerprint, story

_log = structlog.get_logger()
_NOBODY = 2**63 - 1
_NEWER = select(fingerprint).where(fingerprint.c.story > bindparam("after")).order_by(fingerprint.c.story)


class CopyIndex:
    """Finds stories by keys. Owned by the thread that writes."""

    def __init__(self, path: Path | None, store: str = "", reserve: Reserve = take_room) -> None:
        """Keep the table in the file ``path``, or in memory, from its first use on.

        ``store`` tells its database; ``reserve`` takes room on disk, see ``FingerprintTable``.
        """
        self._path, self._store, self._reserve = path, store, reserve
        self._table: FingerprintTable | None = None
        self._pending: dict[int, Sequence[int]] = {}
        self._by_key: dict[int, tuple[int, ...]] = {}
        self._is_current = False

    def catch_up(self, connection: Connection, since: datetime) -> None:
        """Take in what is stored and not in the table yet, once a transaction.

        A table made anew begins with what was first seen after ``since``. Where the file cannot be used, the table is
        kept in memory: that costs the next start some time.
        """
        if self._is_current:
            return
        self._is_current = True
        try:
            self._take_in(connection, since)
        except OSError as error:
            self._leave_file(error)
            self._take_in(connection, since)

    def _take_in(self, connection: Connection, since: datetime) -> None:
        if self._table is None:
            self._table = self._opened(connection)
        after = self._table.position or _last_before(connection, since)
        for row in connection.execute(_NEWER, {"after": after}):
            if row.story not in self._pending:
                self._table.add(row.story, keys_of(row.keys))

    def candidates(self, keys: Sequence[int], *, most: int) -> list[int]:
        """Return the stories that share enough keys with a text, those that share most first."""
        assert self._table is not None
        least = least_shared(keys)
        shared = Counter(dict(self._table.candidates(keys, most=most, least=least)))
        pending = Counter(number for key in self._by_key.keys() & keys for number in self._by_key[key])
        shared.update({number: count for number, count in pending.items() if count >= least})
        return [number for number, _ in sorted(shared.items(), key=lambda each: (-each[1], each[0]))[:most]]

    def add(self, number: int, keys: Sequence[int]) -> None:
        """Add a story for the rest of the transaction."""
        self._pending[number] = keys
        before = {key: self._by_key[key] for key in self._by_key.keys() & keys}
        self._by_key.update(dict.fromkeys(keys, (number,)))
        self._by_key.update({key: (*numbers, number) for key, numbers in before.items()})

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Keep what is added when the transaction within is committed; forget it when that fails."""
        try:
            yield
        except BaseException:
            self.forget()
            raise
        try:
            self._keep()
        except OSError as error:
            self._leave_file(error)
        self.forget()

    def _keep(self) -> None:
        """Add to the table what is pending; what it must catch up with first is read from the store later."""
        if self._table is None:
            return
        for number, keys in sorted(self._pending.items()):
            if self._is_current or number <= self._table.position:
                self._table.add(number, keys)

    def forget(self) -> None:
        """Forget what the transaction has added: it was rolled back, or all of it is in the table."""
        self._pending.clear()
        self._by_key.clear()
        self._is_current = False

    def close(self) -> None:
        """Close the table."""
        if self._table is not None:
            self._table.close()
            self._table = None

    def _leave_file(self, error: OSError) -> None:
        """Keep the table in memory from its next use on, which reads it from the store."""
        _log.warning("the index of copies is kept in memory", file=str(self._path), error=str(error))
        self.close()
        self._path = None

    def _opened(self, connection: Connection) -> FingerprintTable:
        table = FingerprintTable(self._path, store=self._store, reserve=self._reserve)
        last = connection.scalar(select(func.max(story.c.id))) or 0
        if table.position > last:  # the database is an older copy of what it was
            table.reset()
        return table


def _last_before(connection: Connection, since: datetime) -> int:
    """Return the number before that of the first story seen after ``since``; that of no story if there is none."""
    # The sum keeps SQLite from walking over all stories by number: the index of times has what is asked for.
    first = connection.scalar(select(func.min(story.c.id + 0)).where(story.c.first_seen > since))
    return _NOBODY if first is None else int(first) - 1
