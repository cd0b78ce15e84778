"""Looks at everything that is watched: detectors find, what they find becomes alerts, and what happens is logged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from syndicator.alerts.detector import Detector, Look
from syndicator.alerts.life import (
    REOPENS_WITHIN,
    Circumstances,
    Step,
    after_finding,
    after_nothing,
    after_removal,
    steadied,
)
from syndicator.models.alerts import (
    Alert,
    AlertKind,
    AlertPattern,
    AlertState,
    Finding,
    OpsEvent,
    Subject,
    SubjectKind,
    muted_by,
)
from syndicator.models.settings import WatchSettings
from syndicator.rules import Rules
from syndicator.store import Store, Transaction

MACHINE = Subject(SubjectKind.DAEMON, "self")
# After an outage of our own, what recovers within this time was never wrong.
_AFTERMATH = timedelta(minutes=15)
_REMINDED_EVERY = timedelta(days=1)
_Key = tuple[AlertKind, Subject]
_WIDTH = {kind: position for position, kind in enumerate(SubjectKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one look found; ``kinds`` are those that were looked for, so that what is missing has ended."""

    findings: Sequence[Finding]
    kinds: Collection[AlertKind]


class AlertWatch:
    """Takes looks. ``describe`` returns when, by which rules, and what the store does not know."""

    def __init__(self, store: Store, detectors: Sequence[Detector], describe: Callable[[], Look]) -> None:
        self._store, self._detectors, self._describe = store, tuple(detectors), describe

    async def look(self) -> Sequence[OpsEvent]:
        """Take a look, and return what was logged. Raise StoreError.

        Detectors read beside polls; only what has changed is written.
        """
        look = self._describe()
        found = await self._store.read(partial(self._find, look=look))
        return await self._store.write(partial(_settle, found=found, look=look, detectors=self._detectors))

    def _find(self, tx: Transaction, *, look: Look) -> _Found:
        asked = [each for each in self._detectors if not (look.is_offline and each.needs_network)]
        findings = [finding for each in asked for finding in each.find(tx, look)]
        return _Found(findings=findings, kinds=frozenset(kind for each in asked for kind in each.kinds))


def _settle(tx: Transaction, *, found: _Found, look: Look, detectors: Sequence[Detector]) -> Sequence[OpsEvent]:
    """Take every alert a step further."""
    known = _by_key(tx, tx.alerts.current(), look.now)
    ended = _by_key(tx, tx.alerts.cleared_since(look.now - 7 * REOPENS_WITHIN), look.now)
    networked = frozenset(kind for each in detectors if each.needs_network for kind in each.kinds)
    settled = _Settlement(tx, look, settings=look.rules.config.watch, held=networked if _is_aftermath(tx, look) else ())
    by_key: dict[_Key, Finding] = {(each.kind, each.subject): each for each in found.findings}
    lasting = {key for key, each in by_key.items() if not each.is_holding or _is_open(known.get(key))}
    for (kind, subject), finding in sorted(by_key.items(), key=lambda item: _WIDTH[item[0][1].kind]):
        before = known.get((kind, subject)) or ended.get((kind, subject))
        is_covered = any((kind, wider) in lasting for wider in finding.covered_by)
        settled.take(before, finding, is_covered=is_covered)
    for key, alert in known.items():
        if key not in by_key and (alert.kind in found.kinds or _is_removed(alert, look.rules)):
            settled.take(alert, None)
    return settled.write()


def _by_key(tx: Transaction, alerts: Sequence[Alert], now: datetime) -> dict[_Key, Alert]:
    """Return alerts by what they are on; those that a clock wrote which was ahead are put right."""
    steady = [steadied(each, now) for each in alerts]
    tx.alerts.save([after for before, after in zip(alerts, steady, strict=True) if after is not before])
    return {(each.kind, each.subject): each for each in steady}


def _is_removed(alert: Alert, rules: Rules) -> bool:
    """Return whether what an alert is on has left the configuration."""
    is_source = alert.subject.kind is SubjectKind.SOURCE
    return bool(alert.outlet) and (
        alert.outlet not in rules.outlets or (is_source and alert.subject.id not in rules.sources)
    )


def _is_open(alert: Alert | None) -> bool:
    return alert is not None and alert.is_open


def _is_aftermath(tx: Transaction, look: Look) -> bool:
    """Return whether our own network is gone, or came back just now."""
    offline = tx.alerts.find(AlertKind.OFFLINE, MACHINE)
    if offline is None:
        return look.is_offline
    offline = steadied(offline, look.now)
    is_recent = offline.cleared_at is not None and look.now - offline.cleared_at < _AFTERMATH
    return look.is_offline or offline.state is AlertState.RAISED or is_recent


class _Settlement:
    """Takes alerts a step further within one transaction, and gathers what is to be logged."""

    def __init__(self, tx: Transaction, look: Look, *, settings: WatchSettings, held: Collection[AlertKind]) -> None:
        self._tx, self._look, self._settings, self._held = tx, look, settings, held
        self._muted = (*settings.muted, *(each.pattern for each in tx.alerts.mutes(look.now)))
        recipients = look.rules.config.recipients.values()
        self._reminded_every = min((each.repeat for each in recipients if each.repeat), default=_REMINDED_EVERY)
        self._events: list[OpsEvent] = []
        self._added: list[Alert] = []
        self._saved: list[Alert] = []
        self._dropped: list[int] = []

    def write(self) -> Sequence[OpsEvent]:
        """Write what has changed, many rows at a time, and return what was logged."""
        alerts = self._tx.alerts
        alerts.drop(self._dropped)
        alerts.save(self._saved)
        alerts.add_all(self._added)
        alerts.log(self._events)
        return tuple(self._events)

    def take(self, known: Alert | None, finding: Finding | None, *, is_covered: bool = False) -> None:
        """Take one alert a step further."""
        at = self._circumstances(finding or known, is_covered=is_covered)
        if finding is not None:
            step = after_finding(known, finding, at)
        elif known is not None:
            is_removed = _is_removed(known, self._look.rules)
            step = after_removal(known, at) if is_removed else after_nothing(known, at)
        else:
            return
        self._write(known, step)

    def _circumstances(self, of: Finding | Alert | None, *, is_covered: bool) -> Circumstances:
        assert of is not None
        return Circumstances(
            now=self._look.now,
            can_rise=of.kind not in self._held,
            is_covered=is_covered,
            is_muted=_is_one_of(self._muted, of),
            is_acknowledged=_is_one_of(self._settings.acknowledged, of),
            is_confirmed=_is_one_of(self._settings.confirmed, of),
            reminded_every=self._reminded_every,
        )

    def _write(self, known: Alert | None, step: Step) -> None:
        alert = step.alert
        if alert is None:
            if known is not None:
                self._dropped.append(known.id)
            return
        if alert.id == 0 and step.event is None:
            self._added.append(alert)  # pending: nobody need know its number yet
            return
        if alert.id == 0:
            alert = replace(alert, id=self._tx.alerts.add(alert))
        elif alert != known:
            self._saved.append(alert)
        if step.event is not None:
            self._events.append(replace(step.event, alert=alert.id))


def _is_one_of(patterns: Iterable[AlertPattern], of: Finding | Alert) -> bool:
    return any(
        each.matches(of.kind, of.subject, outlet=of.outlet, country=of.country, language=of.language)
        for each in patterns
    )


def note(tx: Transaction, event: OpsEvent, settings: WatchSettings, now: datetime) -> None:
    """Log something that happened once; nobody is told if it is muted."""
    muted = (*settings.muted, *(each.pattern for each in tx.alerts.mutes(now)))
    tx.alerts.log([muted_by(event, muted)])


__all__ = ["MACHINE", "AlertWatch", "note"]
