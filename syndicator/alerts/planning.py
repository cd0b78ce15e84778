"""When a recipient is told of what: what waits, what is dropped, what goes into one message. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syndicator.models.alerts import OpsEvent, Phase, Severity
from syndicator.models.notify import Recipient, RecipientState, Waiting

# So many events are told apart; more are only counted.
MOST_WAITING = 500
_MOST_ALERTS, _FORGOTTEN_AFTER = 500, timedelta(days=30)
_HOUR = timedelta(hours=1)
# A reminder is due by looks that are some seconds apart.
_NEARLY = 0.9


def collect(recipient: Recipient, state: RecipientState, wanted: Iterable[OpsEvent], now: datetime) -> RecipientState:
    """Return the state with events that a recipient wants waiting, without those that cancel each other."""
    waiting, skipped = list(state.waiting), state.skipped
    for event in wanted:
        noted = _noted(event, now)
        if event.phase in (Phase.REOPENED, Phase.UNSTEADY):
            # It goes on, so that its end is no news.
            waiting = [each for each in waiting if not (each.alert == event.alert and each.phase is Phase.CLEARED)]
        if event.phase is Phase.REOPENED:
            # Who was never told of it is told now.
            if event.alert in state.alerts or _has_waiting(waiting, event.alert):
                continue
        elif event.phase is Phase.CLEARED:
            begun = _short_lived(waiting, noted, recipient.wait)
            waiting = [each for each in waiting if each not in begun]
            # The end of what nobody was told of is no news, and neither is one that was told.
            is_open = event.alert in state.alerts and event.alert not in state.ended
            if not is_open and not _has_waiting(waiting, event.alert):
                continue
        elif _repeats(state, waiting, event) and not _is_reminder_due(recipient, state, waiting, event, now):
            continue
        waiting.append(noted)
        if len(waiting) > MOST_WAITING:
            # The oldest of what weighs least; what has an alert outweighs a mere note.
            waiting.remove(min(waiting, key=lambda each: _weight(recipient, each)))
            skipped += 1
    return replace(state, waiting=tuple(waiting), skipped=skipped)


def release(
    recipient: Recipient, state: RecipientState, now: datetime, made: Collection[datetime]
) -> tuple[RecipientState, tuple[int, ...], int]:
    """Return the state after a message that is made now, the events in it, and how many more it only counts.

    There is no message if there are no events. ``made`` is when the recipient's last messages were.
    """
    if sum(timedelta(0) <= now - each < _HOUR for each in made) >= recipient.per_hour:
        return state, (), 0
    is_quiet = recipient.is_quiet(now)
    ready = [
        each
        for each in state.waiting
        if (not is_quiet or each.kind in recipient.urgent)
        and _is_over(each.noted_at, recipient.wait, now)
        and (each.kind not in state.told or _is_over(state.told[each.kind], recipient.every, now))
    ]
    if not ready:
        return state, (), 0
    alerts = _told_alerts(state.alerts, ready, now)
    unsteady = {each.alert for each in ready if each.phase is Phase.UNSTEADY}
    after = replace(
        state,
        waiting=tuple(each for each in state.waiting if each not in ready),
        skipped=0,
        told={**state.told, **{each.kind: now for each in ready}},
        alerts=alerts,
        ended=frozenset(alerts) & _ended(state.ended, ready),
        unsteady=frozenset(alerts) & (state.unsteady | unsteady),
    )
    return after, tuple(each.event for each in ready), state.skipped


def known_alerts(state: RecipientState) -> set[int | None]:
    """Return the alerts that a recipient was told of, or is about to be."""
    return {*state.alerts, *(each.alert for each in state.waiting)}


def follows(event: OpsEvent, known: Collection[int | None]) -> bool:
    """Return whether an event concerns who knows its alert, whatever has become of its weight and its words.

    Whoever heard the beginning hears the end, and none that is not so.
    """
    is_sequel = event.phase in (Phase.CLEARED, Phase.REOPENED) and event.alert is not None
    return is_sequel and event.alert in known and not event.is_muted


def is_told_of(recipient: Recipient, event: OpsEvent) -> bool:
    """Return whether a recipient wants events of such a kind and weight at all, wherever they are."""
    of_itself = str(event.subject) == f"recipient:{recipient.name}"
    return (
        not event.is_muted
        and event.kind in recipient.kinds
        and event.severity >= recipient.lowest
        and not of_itself  # its own notices fail: others can be told
    )


def steady(state: RecipientState, now: datetime) -> RecipientState:
    """Return the state with no time in the future: where a clock is put back, nobody waits until it is there again."""
    if all(each.noted_at <= now for each in state.waiting) and (state.digest_at is None or state.digest_at <= now):
        return state
    waiting = tuple(replace(each, noted_at=min(each.noted_at, now)) for each in state.waiting)
    return replace(state, waiting=waiting, digest_at=min(state.digest_at, now) if state.digest_at else None)


def _noted(event: OpsEvent, now: datetime) -> Waiting:
    return Waiting(
        event=event.id, kind=event.kind, phase=event.phase, alert=event.alert, noted_at=now, severity=event.severity
    )


def _has_waiting(waiting: Sequence[Waiting], alert: int | None) -> bool:
    return any(each.alert == alert and each.phase is not Phase.CLEARED for each in waiting)


def _short_lived(waiting: Sequence[Waiting], ended: Waiting, wait: timedelta) -> list[Waiting]:
    """Return what waits of an alert that ended within ``wait`` of having been raised; nothing if it did not."""
    begun = [each for each in waiting if each.alert == ended.alert is not None and each.phase is not Phase.CLEARED]
    return begun if begun and ended.noted_at - begun[0].noted_at < wait else []


def _weight(recipient: Recipient, of: Waiting) -> tuple[bool, Severity, bool]:
    return of.kind in recipient.urgent, of.severity, of.alert is not None


def _repeats(state: RecipientState, waiting: Sequence[Waiting], event: OpsEvent) -> bool:
    """Return whether an event says again what is known; that an alert is unsteady is news once."""
    if event.phase is not Phase.UNSTEADY:
        return event.phase is Phase.REMINDER
    is_waiting = any(each.alert == event.alert and each.phase is Phase.UNSTEADY for each in waiting)
    return is_waiting or event.alert in state.unsteady


def _is_reminder_due(
    recipient: Recipient, state: RecipientState, waiting: Sequence[Waiting], event: OpsEvent, now: datetime
) -> bool:
    """Return whether to remind of an alert, of which nothing else is about to be told."""
    if not recipient.repeat or _has_waiting(waiting, event.alert):
        return False
    last = state.alerts.get(event.alert or 0)
    return last is None or _is_over(last, recipient.repeat * _NEARLY, now)


def _is_over(since: datetime, wait: timedelta, now: datetime) -> bool:
    """Return whether a wait is over; one that began in the future is, since the clock was put back."""
    return since > now or now - since >= wait


def _ended(before: Collection[int], ready: Iterable[Waiting]) -> set[int]:
    """Return the alerts of which the end was told last."""
    after = set(before)
    for each in ready:
        if each.phase is Phase.CLEARED and each.alert is not None:
            after.add(each.alert)
        else:
            after.discard(each.alert or 0)
    return after


def _told_alerts(before: Mapping[int, datetime], ready: Iterable[Waiting], now: datetime) -> Mapping[int, datetime]:
    after = {**before, **{each.alert: now for each in ready if each.alert is not None}}
    if len(after) <= _MOST_ALERTS:
        return after
    return {alert: at for alert, at in after.items() if now - at < _FORGOTTEN_AFTER}
