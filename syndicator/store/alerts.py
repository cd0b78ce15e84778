"""Alerts, the log of operations, and what nobody wants to be told of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select

from syndicator.models.alerts import (
    Alert,
    AlertKind,
    AlertPattern,
    AlertState,
    Mute,
    OpsEvent,
    Phase,
    Severity,
    Subject,
)
from syndicator.store.bulk import Insert, Update
from syndicator.store.chunks import chunks
from syndicator.store.watch_tables import alert, mute, ops_event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


_SAVE = Update(alert, by=("id",), always=[column.name for column in alert.c if column.name != "id"])
_MUTE = Insert(mute, by=["subject", "kind"], always=["until"])


class Alerts:
    """Reads and writes of the alert, ops_event and mute tables."""

    def __init__(self, connection: Connection) -> None:
        """Work within a transaction."""
        self._connection = connection

    def current(self) -> list[Alert]:
        """Return the alerts that are pending or raised, the oldest first."""
        query = select(alert).where(alert.c.state != AlertState.CLEARED).order_by(alert.c.id)
        return [_alert(row) for row in self._connection.execute(query)]

    def open_subjects(self, kind: AlertKind) -> list[Subject]:
        """Return the subjects of the open alerts of a kind."""
        where = and_(alert.c.kind == kind, alert.c.state == AlertState.RAISED)
        return [Subject.parse(each) for each in self._connection.scalars(select(alert.c.subject).where(where))]

    def latest_cleared(self, limit: int) -> list[Alert]:
        """Return the alerts that ended last, the latest first."""
        query = (
            select(alert)
            .where(alert.c.state == AlertState.CLEARED)
            .order_by(alert.c.cleared_at.desc(), alert.c.id.desc())
            .limit(limit)
        )
        return [_alert(row) for row in self._connection.execute(query)]

    def cleared_since(self, moment: datetime) -> list[Alert]:
        """Return the alerts that ended at a moment or later."""
        query = select(alert).where(alert.c.state == AlertState.CLEARED, alert.c.cleared_at >= moment)
        return [_alert(row) for row in self._connection.execute(query)]

    def get(self, id_: int) -> Alert | None:
        """Return an alert by its number."""
        row = self._connection.execute(select(alert).where(alert.c.id == id_)).one_or_none()
        return None if row is None else _alert(row)

    def find(self, kind: AlertKind, subject: Subject) -> Alert | None:
        """Return the newest alert of a kind for a subject."""
        where = and_(alert.c.kind == kind, alert.c.subject == str(subject))
        row = self._connection.execute(select(alert).where(where)).one_or_none()
        return None if row is None else _alert(row)

    def add(self, new: Alert) -> int:
        """Store an alert that has no number yet, in place of one before it; return its number."""
        where = and_(alert.c.kind == new.kind, alert.c.subject == str(new.subject))
        self._connection.execute(delete(alert).where(where))
        return int(self._connection.scalar(insert(alert).values(_values(new)).returning(alert.c.id)) or 0)

    def add_all(self, new: Iterable[Alert]) -> None:
        """Store alerts that have no number yet, and for whose subjects there is none of their kinds."""
        if rows := [_values(each) for each in new]:
            self._connection.execute(insert(alert), rows)

    def save(self, changed: Iterable[Alert]) -> None:
        """Store alerts as they are now."""
        _SAVE(self._connection, [{"id": each.id, **_values(each)} for each in changed])

    def drop(self, ids: Sequence[int]) -> None:
        """Delete alerts that were never raised."""
        for some in chunks(ids):
            self._connection.execute(delete(alert).where(alert.c.id.in_(some)))

    def log(self, events: Iterable[OpsEvent]) -> None:
        """Append to the log of operations."""
        rows = [
            {
                "at": each.at,
                "kind": each.kind,
                "phase": each.phase,
                "alert": each.alert,
                "subject": str(each.subject),
                "severity": int(each.severity),
                "words": each.words,
                "evidence": each.evidence,
                "outlet": each.outlet,
                "country": each.country,
                "language": each.language,
                "stories": each.stories,
                "path": each.path,
                "is_muted": each.is_muted,
            }
            for each in events
        ]
        if rows:
            self._connection.execute(insert(ops_event), rows)

    def last_event(self) -> int:
        """Return the number of the last event in the log, 0 if there is none."""
        return int(self._connection.scalar(select(func.max(ops_event.c.id))) or 0)

    def events_after(self, position: int, limit: int) -> list[OpsEvent]:
        """Return the next events in the log, in order."""
        query = select(ops_event).where(ops_event.c.id > position).order_by(ops_event.c.id).limit(limit)
        return [_event(row) for row in self._connection.execute(query)]

    def events(self, ids: Sequence[int]) -> list[OpsEvent]:
        """Return events by their numbers, at most some hundred."""
        query = select(ops_event).where(ops_event.c.id.in_(ids)).order_by(ops_event.c.id)
        return [_event(row) for row in self._connection.execute(query)]

    def latest_events(self, limit: int, *, outlet: str | None = None, before: int | None = None) -> list[OpsEvent]:
        """Return the latest events, of one outlet or all, the latest first; only those ``before`` a number."""
        query = select(ops_event).order_by(ops_event.c.id.desc()).limit(limit)
        if outlet is not None:
            query = query.where(ops_event.c.outlet == outlet)
        if before is not None:
            query = query.where(ops_event.c.id < before)
        return [_event(row) for row in self._connection.execute(query)]

    def mute(self, wanted: Mute) -> None:
        """Tell nobody of a subject until a moment, in place of what was said of it before."""
        pattern = wanted.pattern
        values = {"subject": str(pattern.subject), "kind": pattern.kind or "", "until": wanted.until}
        _MUTE(self._connection, [values])

    def unmute(self, pattern: AlertPattern) -> bool:
        """Tell of alerts again. Return whether they were muted, by this very pattern."""
        where = and_(mute.c.subject == str(pattern.subject), mute.c.kind == (pattern.kind or ""))
        return bool(self._connection.execute(delete(mute).where(where)).rowcount)

    def mutes(self, now: datetime) -> list[Mute]:
        """Return what is muted."""
        query = select(mute).where(mute.c.until > now).order_by(mute.c.until, mute.c.subject)
        return [Mute(pattern=_pattern(row), until=row.until) for row in self._connection.execute(query)]

    def prune(self, before: datetime, now: datetime, limit: int) -> int:
        """Delete alerts that ended before a moment, the log until then, and mutes that are over. Return how many."""
        old = select(ops_event.c.id).where(ops_event.c.at < before).order_by(ops_event.c.at).limit(limit)
        removed = self._connection.execute(delete(ops_event).where(ops_event.c.id.in_(old))).rowcount
        ended = and_(alert.c.state == AlertState.CLEARED, alert.c.cleared_at < before)
        removed += self._connection.execute(delete(alert).where(ended)).rowcount
        removed += self._connection.execute(delete(mute).where(mute.c.until <= now)).rowcount
        return int(removed)


def _pattern(row: Row[Any]) -> AlertPattern:
    return AlertPattern(Subject.parse(row.subject), AlertKind(row.kind) if row.kind else None)


def _values(of: Alert) -> dict[str, Any]:
    return {
        "kind": of.kind,
        "subject": str(of.subject),
        "state": of.state,
        "severity": int(of.severity),
        "words": of.words,
        "evidence": of.evidence,
        "outlet": of.outlet,
        "country": of.country,
        "language": of.language,
        "stories": of.stories,
        "path": of.path,
        "since": of.since,
        "found_at": of.found_at,
        "raised_at": of.raised_at,
        "cleared_at": of.cleared_at,
        "clear_since": of.clear_since,
        "told_at": of.told_at,
        "acknowledged_at": of.acknowledged_at,
        "confirmed_at": of.confirmed_at,
        "raised": tuple((each - _EPOCH) // _MICROSECOND for each in of.raised),
        "is_covered": of.is_covered,
    }


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        kind=AlertKind(row.kind),
        subject=Subject.parse(row.subject),
        state=AlertState(row.state),
        severity=Severity(row.severity),
        words=row.words,
        evidence=row.evidence,
        outlet=row.outlet,
        country=row.country,
        language=row.language,
        stories=row.stories,
        path=row.path,
        since=row.since,
        found_at=row.found_at,
        raised_at=row.raised_at,
        cleared_at=row.cleared_at,
        clear_since=row.clear_since,
        told_at=row.told_at,
        acknowledged_at=row.acknowledged_at,
        confirmed_at=row.confirmed_at,
        raised=tuple(_EPOCH + each * _MICROSECOND for each in row.raised),
        is_covered=row.is_covered,
    )


def _event(row: Row[Any]) -> OpsEvent:
    return OpsEvent(
        id=row.id,
        at=row.at,
        kind=AlertKind(row.kind),
        phase=Phase(row.phase),
        subject=Subject.parse(row.subject),
        severity=Severity(row.severity),
        words=row.words,
        alert=row.alert,
        evidence=row.evidence,
        outlet=row.outlet,
        country=row.country,
        language=row.language,
        stories=row.stories,
        path=row.path,
        is_muted=row.is_muted,
    )
