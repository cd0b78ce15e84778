"""The life of an alert: pending, raised, cleared, reopened. Pure: what is known and what was found give the next step.

A finding makes an alert pending; found again after its ``wait`` it is raised. An alert is cleared when nothing has been
found for a while. If it comes back within a day, the same alert reopens, and nobody is told again; at its third time in
a week it is unsteady, and told of once a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator.models.alerts import Alert, AlertKind, AlertState, Finding, OpsEvent, Phase

REOPENS_WITHIN = timedelta(days=1)
_HISTORY = timedelta(days=7)
_UNSTEADY_FROM = 3
# An alert ends at the second look in a row that finds nothing, or later.
_CLEARS_AFTER: Mapping[AlertKind, timedelta] = {
    AlertKind.SILENT: timedelta(hours=1),
    AlertKind.THINNED: timedelta(hours=1),
    AlertKind.MIRROR_LAGGING: timedelta(hours=1),
    AlertKind.MIRROR_DROPPING: timedelta(hours=1),
    AlertKind.MIRROR_DIFFERING: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What becomes of an alert at a look: how it is now, and what is logged.

    ``alert`` is None where nothing is left of it. Its number is 0 if it is to have a new one.
    """

    alert: Alert | None
    event: OpsEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What bears on a step. If alerts ``can_rise`` not, the network is gone, or has just come back.

    What lasts is logged again at ``reminded_every``: recipients choose of that.
    """

    now: datetime
    can_rise: bool = True
    is_covered: bool = False
    is_muted: bool = False
    is_acknowledged: bool = False
    is_confirmed: bool = False
    reminded_every: timedelta = timedelta(days=1)


def after_finding(known: Alert | None, found: Finding, at: Circumstances) -> Step:
    """Return what becomes of an alert that was found again, or of what was found first."""
    if known is None or known.state is AlertState.CLEARED:
        return Step(alert=known) if found.is_holding else Step(alert=_pending(known, found, at.now))
    if known.state is AlertState.RAISED:
        return _lasting(known, found, at)
    if found.is_holding:
        return _dropped(known)
    alert = _with(known, found)
    is_due = at.now > known.found_at and at.now - known.found_at >= found.wait
    if not is_due or not at.can_rise or at.is_covered:
        return Step(alert=replace(alert, is_covered=at.is_covered))
    return _raised(alert, at)


def after_nothing(known: Alert, at: Circumstances) -> Step:
    """Return what becomes of an alert that was not found."""
    if known.state is AlertState.PENDING:
        return _dropped(known)
    if known.state is AlertState.CLEARED:
        return Step(alert=known)
    since = known.clear_since or at.now
    is_over = at.now > since and at.now - since >= _CLEARS_AFTER.get(known.kind, timedelta(0))
    if not is_over:
        return Step(alert=replace(known, clear_since=since))
    cleared = replace(known, state=AlertState.CLEARED, cleared_at=at.now, clear_since=None)
    # Whom it was told is known with the recipients; of what comes and goes, or is covered, nobody need know.
    is_told = not known.is_covered and not is_unsteady(known, at.now)
    return Step(alert=cleared, event=_event(cleared, Phase.CLEARED, at.now, is_muted=at.is_muted or not is_told))


def after_removal(known: Alert, at: Circumstances) -> Step:
    """Return what becomes of an alert on what has left the configuration: it ends, and nobody is told."""
    if known.state is not AlertState.RAISED:
        return _dropped(known)
    ended = replace(known, state=AlertState.CLEARED, cleared_at=at.now, clear_since=None, raised=())
    return Step(alert=ended, event=_event(ended, Phase.CLEARED, at.now, is_muted=True))


def is_unsteady(alert: Alert, now: datetime) -> bool:
    """Return whether an alert has come and gone of late."""
    return sum(now - each < _HISTORY for each in alert.raised) >= _UNSTEADY_FROM


def steadied(alert: Alert, now: datetime) -> Alert:
    """Return an alert with no time in the future: the clock was ahead when they were written."""
    times = (alert.found_at, alert.raised_at, alert.cleared_at, alert.clear_since, alert.told_at, *alert.raised)
    if all(each is None or each <= now for each in times):
        return alert
    return replace(
        alert,
        found_at=min(alert.found_at, now),
        raised_at=_until(alert.raised_at, now),
        cleared_at=_until(alert.cleared_at, now),
        clear_since=_until(alert.clear_since, now),
        told_at=_until(alert.told_at, now),
        raised=tuple(min(each, now) for each in alert.raised),
    )


def _until(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is None else min(moment, now)


def _pending(known: Alert | None, found: Finding, now: datetime) -> Alert:
    if known is not None:
        return replace(_with(known, found), state=AlertState.PENDING, found_at=now, clear_since=None)
    return Alert(
        id=0,
        kind=found.kind,
        subject=found.subject,
        state=AlertState.PENDING,
        severity=found.severity,
        words=found.words,
        evidence=found.evidence,
        outlet=found.outlet,
        country=found.country,
        language=found.language,
        stories=found.stories,
        path=found.path,
        since=found.since,
        found_at=now,
    )


def _with(alert: Alert, found: Finding) -> Alert:
    return replace(
        alert,
        severity=found.severity,
        words=found.words,
        evidence=found.evidence,
        outlet=found.outlet,
        country=found.country,
        language=found.language,
        stories=found.stories,
        path=found.path,
        since=found.since,
    )


def _dropped(known: Alert) -> Step:
    """Return that a pending alert was nothing: what was cleared before is cleared still."""
    return Step(alert=replace(known, state=AlertState.CLEARED, is_covered=False) if known.cleared_at else None)


def _raised(alert: Alert, at: Circumstances) -> Step:
    now = at.now
    raised = (*(each for each in alert.raised if now - each < _HISTORY), now)
    is_back = alert.cleared_at is not None and now - alert.cleared_at < REOPENS_WITHIN
    opened = replace(
        alert,
        state=AlertState.RAISED,
        raised_at=now,
        clear_since=None,
        raised=raised,
        is_covered=False,
        acknowledged_at=(alert.acknowledged_at if is_back else None) or (now if at.is_acknowledged else None),
        confirmed_at=(alert.confirmed_at if is_back else None) or (now if at.is_confirmed else None),
    )
    phase = Phase.REOPENED if is_back else Phase.RAISED
    if len(raised) == _UNSTEADY_FROM:
        phase = Phase.UNSTEADY
    if not phase.is_silent:
        opened = replace(opened, told_at=now)
    elif not is_unsteady(opened, now):
        opened = replace(opened, told_at=None)
    if alert.cleared_at is not None and not is_back:
        opened = replace(opened, id=0, cleared_at=None)
    return Step(alert=opened, event=_event(opened, phase, now, is_muted=at.is_muted))


def _lasting(known: Alert, found: Finding, at: Circumstances) -> Step:
    alert = replace(known if found.is_holding else _with(known, found), clear_since=None, is_covered=at.is_covered)
    if alert.severity > known.severity and not alert.is_covered:  # it is worse than whoever heard of it knows
        alert = replace(alert, told_at=at.now, acknowledged_at=at.now if at.is_acknowledged else None)
        return Step(alert=alert, event=_event(alert, Phase.RAISED, at.now, is_muted=at.is_muted))
    if at.is_acknowledged and alert.acknowledged_at is None:
        alert = replace(alert, acknowledged_at=at.now)
    if at.is_confirmed and alert.confirmed_at is None:
        alert = replace(alert, confirmed_at=at.now)
    told_at = alert.told_at or alert.raised_at
    is_due = told_at is None or at.now - told_at >= at.reminded_every
    if not is_due or alert.acknowledged_at or alert.is_covered:
        return Step(alert=alert)
    alert = replace(alert, told_at=at.now)
    return Step(alert=alert, event=_event(alert, Phase.REMINDER, at.now, is_muted=at.is_muted))


def _event(alert: Alert, phase: Phase, now: datetime, *, is_muted: bool) -> OpsEvent:
    return OpsEvent(
        at=now,
        kind=alert.kind,
        phase=phase,
        subject=alert.subject,
        severity=alert.severity,
        words=alert.words,
        alert=alert.id or None,
        evidence=alert.evidence,
        outlet=alert.outlet,
        country=alert.country,
        language=alert.language,
        stories=alert.stories,
        path=alert.path,
        is_muted=is_muted,
    )


__all__ = ["Circumstances", "Step", "after_finding", "after_nothing", "after_removal", "is_unsteady", "steadied"]
