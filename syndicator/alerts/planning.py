"""When a recipient is told of what: what waits, what is dropped, what goes into one message. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syndicator.models.alerts import OpsEvent, Phase
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
        if event.phase is Phase.REOPENED:
            # It goes on, so that its end is no news; who was never told of it is told now.
            is_known = event.alert in state.alerts or _has_waiting(waiting, event.alert)
            waiting = [each for each in waiting if not (each.alert == event.alert and each.phase is Phase.CLEARED)]
            if is_known:
                continue
        elif event.phase is Phase.CLEARED:
            begun = _short_lived(waiting, noted, recipient.wait)
            waiting = [each for each in waiting if each not in begun]
            # The end of what nobody was told of is no news.
            if event.alert not in state.alerts and not _has_waiting(waiting, event.alert):
                continue
        elif event.phase is Phase.REMINDER and not _is_reminder_due(recipient, state, event, now):
            continue
        if len(waiting) < MOST_WAITING:
            waiting.append(noted)
        else:
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
    after = replace(
        state,
        waiting=tuple(each for each in state.waiting if each not in ready),
        skipped=0,
        told={**state.told, **{each.kind: now for each in ready}},
        alerts=_told_alerts(state.alerts, ready, now),
    )
    return after, tuple(each.event for each in ready), state.skipped


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
    return Waiting(event=event.id, kind=event.kind, phase=event.phase, alert=event.alert, noted_at=now)


def _has_waiting(waiting: Sequence[Waiting], alert: int | None) -> bool:
    return any(each.alert == alert and each.phase is not Phase.CLEARED for each in waiting)


def _short_lived(waiting: Sequence[Waiting], ended: Waiting, wait: timedelta) -> list[Waiting]:
    """Return what waits of an alert that ended within ``wait`` of having been raised; nothing if it did not."""
    begun = [each for each in waiting if each.alert == ended.alert is not None and each.phase is not Phase.CLEARED]
    return begun if begun and ended.noted_at - begun[0].noted_at < wait else []


def _is_reminder_due(recipient: Recipient, state: RecipientState, event: OpsEvent, now: datetime) -> bool:
    if not recipient.repeat:
        return False
    last = state.alerts.get(event.alert or 0)
    return last is None or _is_over(last, recipient.repeat * _NEARLY, now)


def _is_over(since: datetime, wait: timedelta, now: datetime) -> bool:
    """Return whether a wait is over; one that began in the future is, since the clock was put back."""
    return since > now or now - since >= wait


def _told_alerts(before: Mapping[int, datetime], ready: Iterable[Waiting], now: datetime) -> Mapping[int, datetime]:
    after = {**before, **{each.alert: now for each in ready if each.alert is not None}}
    if len(after) <= _MOST_ALERTS:
        return after
    return {alert: at for alert, at in after.items() if now - at < _FORGOTTEN_AFTER}
