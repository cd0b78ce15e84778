"""Processes that poll for one store, and the configuration that they all work by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, literal_column, select

from syndicator.models.workers import Worker
from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.dialects import dialect_of
from syndicator.store.meta import SET_META
from syndicator.store.tables import Moment, config_file, meta, worker

# What all processes must agree on: the texts of the configuration, and what the rules make of them.
_TEXTS, _RULES = "configuration.texts", "configuration.rules"
_SEE = Insert(worker, by=["name"], always=["labels", "version", "seen_at"])
_PUT = Insert(config_file, by=["name"], always=["text"])
_FORGET_AFTER = timedelta(days=30)


class Workers:
    """Reads and writes of the worker table."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def clock(self) -> datetime:
        """Return what the database's clock shows."""
        found = literal_column(dialect_of(self._connection).clock, Moment)
        return self._connection.scalars(select(found)).one()

    def see(self, each: Worker) -> None:
        """Note that a process is at work now, by the database's clock; forget those not seen for a month."""
        now = self.clock()
        self._connection.execute(delete(worker).where(worker.c.seen_at < now - _FORGET_AFTER))
        row = {"name": each.name, "labels": each.labels, "version": each.version, "seen_at": now}
        _SEE(self._connection, [row])

    def leave(self, name: str) -> None:
        """Forget a process that has ended."""
        self._connection.execute(delete(worker).where(worker.c.name == name))

    def all(self) -> list[Worker]:
        """Return the processes that are known, by name."""
        rows = self._connection.execute(select(worker).order_by(worker.c.name))
        return [Worker(name=row.name, labels=row.labels, version=row.version, seen_at=row.seen_at) for row in rows]


class SharedConfiguration:
    """Reads and writes of the config_file table."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def stamp(self) -> tuple[str, str]:
        """Return the fingerprints of the texts and of the rules made of them; empty before there are any."""
        query = select(meta.c.key, meta.c.value).where(meta.c.key.in_([_TEXTS, _RULES]))
        found = dict(self._connection.execute(query).tuples().all())
        return found.get(_TEXTS, ""), found.get(_RULES, "")

    def texts(self) -> dict[str, str]:
        """Return the texts of the files, by name."""
        return dict(self._connection.execute(select(config_file.c.name, config_file.c.text)).tuples().all())

    def save(self, texts: Mapping[str, str], rules: str) -> None:
        """Store the texts that are in force, and the fingerprint of the rules made of them."""
        fingerprint = _fingerprint(texts)
        if self.stamp() == (fingerprint, rules):
            return
        before = self.texts()
        _PUT(self._connection, [{"name": key, "text": text} for key, text in texts.items() if before.get(key) != text])
        for some in chunks(sorted(before.keys() - texts.keys())):
            self._connection.execute(delete(config_file).where(config_file.c.name.in_(some)))
        SET_META(self._connection, [{"key": _TEXTS, "value": fingerprint}, {"key": _RULES, "value": rules}])


def _fingerprint(texts: Mapping[str, str]) -> str:
    written = json.dumps(texts, sort_keys=True).encode()
    return hashlib.blake2b(written, digest_size=16).hexdigest()
