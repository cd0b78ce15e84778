"""The ends of any number of polls, written with two statements: most polls bring nothing else to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from syndicator.models import EndpointState, PollRecord, SourceState
from syndicator.store.bulk import Update
from syndicator.store.chunks import chunks
from syndicator.store.doors import AfterPeer, write_doors
from syndicator.store.sources import read_states
from syndicator.store.tables import endpoint, source

_RECORD_SOURCE = Update(
    source,
    by=("id", "version"),
    always=("due_at", "polled_at"),
    if_given=("working", "good_at", "title", "news_at", "polling_hints", "timing", "turns"),
)
_RECORD_ENDPOINT = Update(
    endpoint,
    by=("source", "url"),
    always=(
        "etag", "last_modified", "body_hash", "outcome", "note", "failures", "tried_at", "good_at", "good_since",
        "next_try_at", "parser_crashes", "last_full_at", "quarantine", "redirect", "latency", "missing_archive",
    ),
    if_given=("seen_items",),
)  # fmt: skip


class PendingRecord(NamedTuple):
    """The end of a poll, how to make it again from another state of its source, and how to learn who answered."""

    record: PollRecord
    rebuild: Callable[[SourceState], PollRecord]
    after_peer: AfterPeer | None = None


def write_records(connection: Connection, pending: Sequence[PendingRecord]) -> None:
    """Write the ends of polls. Those whose source has another version by now are made again from its state first."""
    if not pending:
        return
    records = [each.record for each in pending]
    if _RECORD_SOURCE(connection, [_source_row(each) for each in records]) < len(records):
        records = _with_current_versions(connection, pending)
        _RECORD_SOURCE(connection, [_source_row(each) for each in records])
    _RECORD_ENDPOINT(connection, [_endpoint_row(each, state) for each in records for state in each.endpoints])
    _record_peers(connection, pending)


def _record_peers(connection: Connection, pending: Sequence[PendingRecord]) -> None:
    for after_peer, some in groupby(pending, key=attrgetter("after_peer")):
        if after_peer is not None:
            seen = [(peer, each.record.polled_at) for each in some for peer in each.record.peers]
            write_doors(connection, seen, after_peer)


def _with_current_versions(connection: Connection, pending: Sequence[PendingRecord]) -> list[PollRecord]:
    """Return the records, rebuilt where a source has changed; those whose source is gone are left out."""
    versions: dict[str, int] = {}
    for ids in chunks([each.record.source for each in pending]):
        found = connection.execute(select(source.c.id, source.c.version).where(source.c.id.in_(ids)))
        versions.update(found.tuples().all())
    records = []
    for record, rebuild, _ in pending:
        if versions.get(record.source) == record.version:
            records.append(record)
        elif record.source in versions:
            records.append(rebuild(read_states(connection, {record.source: None})[record.source]))
    return records


def _source_row(record: PollRecord) -> Mapping[str, Any]:
    return {
        "id": record.source,
        "version": record.version,
        "due_at": record.due_at,
        "polled_at": record.polled_at,
        "working": record.working,
        "good_at": record.polled_at if record.working else None,
        "title": record.title or None,
        "news_at": record.news_at,
        "polling_hints": record.hints,
        "timing": record.timing,
        "turns": record.turns,
    }


def _endpoint_row(record: PollRecord, state: EndpointState) -> Mapping[str, Any]:
    return {
        "source": record.source,
        "url": state.endpoint,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "body_hash": state.validators.body_hash,
        "outcome": state.outcome,
        "note": state.note,
        "failures": state.failures,
        "tried_at": state.tried_at,
        "good_at": state.good_at,
        "good_since": state.good_since,
        "next_try_at": state.next_try_at,
        "parser_crashes": state.parser_crashes,
        "last_full_at": state.last_full_at,
        "quarantine": state.quarantine.value,
        "redirect": state.redirect,
        "latency": state.latency,
        "missing_archive": state.missing_archive,
        "seen_items": record.seen_items.get(state.endpoint),
    }
