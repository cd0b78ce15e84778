"""When to poll next, and whom to ask. Pure: the time and the seed are arguments."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator import domains, urls
from syndicator.models import Document, EndpointState, Held, Move, Outcome, Rhythm, Validators

DAY = timedelta(days=1)
_LONGEST_RETRY_AFTER = timedelta(days=7)
_FORBIDDEN = timedelta(hours=4)
_UNDEAD = timedelta(days=30)
_WHOLE_EVERY = timedelta(days=7)
_COMPARE_EVERY = 4
_ADAPTING = 0.3
_PUSHED = timedelta(hours=2)
_HOUR, _A_WHILE = timedelta(hours=1), timedelta(minutes=10)
_HOURS_A_DAY, _DAYS_A_WEEK = 24, 7
# A lasting redirect is believed when so many polls in a row, over so long, agreed.
_MOVED_TIMES, _MOVED_FOR = 3, DAY
MISLED = "the server says of another document that it is the same (its ETag or Last-Modified never changes)"
# What a document does to its parser, and how often in a row it may.
_KILLS = frozenset({Outcome.PARSE_TIMEOUT, Outcome.PARSE_CRASH})
_MOST_KILLS = 3
# How much one failure weighs: what will not mend itself counts whole, a busy moment a quarter.
_WEIGHT = {
    Outcome.TIMEOUT: 0.5,
    Outcome.CONNECT_ERROR: 0.5,
    Outcome.PROXY_ERROR: 0.5,
    Outcome.SERVER_ERROR: 0.25,
    Outcome.RATE_LIMITED: 0.25,
    Outcome.TRUNCATED: 0.25,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PollBounds:
    """The operator's limits on how often a source is asked; ``probe`` paces the retrying of failed endpoints."""

    interval: timedelta = timedelta(minutes=30)
    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = DAY
    probe: timedelta = timedelta(minutes=10)


def failure_weight(outcome: Outcome) -> float:
    """Say how much one failure counts towards backing off (1, 0.5 or 0.25), 0 for success."""
    return 0.0 if outcome.is_good else _WEIGHT.get(outcome, 1.0)


def asking_order(states: Sequence[EndpointState], working: str | None, now: datetime) -> tuple[EndpointState, ...]:
    """Order a source's endpoints for one poll; ``states`` come home first.

    The endpoint that worked last goes first, unless the home is due to be tried again. An endpoint that failed waits
    for its next try, but when every other one is waiting too, all are asked: a poll always asks somebody.
    """
    home = states[0]
    ready = [s for s in states if s.next_try_at is None or s.next_try_at <= now]
    if not ready:
        return tuple(states)

    def rank(state: EndpointState) -> tuple[bool, bool, float]:
        return (state is not home, state.endpoint != working, state.failures)

    return tuple(sorted(ready, key=rank))


def asking(state: EndpointState, now: datetime) -> tuple[str, Validators]:
    """Give where to ask an endpoint, and with what: where it moved to, and its validators.

    But once a week, with none and where it was written down: a server that never changes its validators would hide all
    news for ever, one that took its redirect back would never be asked. The body's hash, which is not told to anybody,
    still shows what is the same.
    """
    if state.whole_at is None or state.whole_at <= now - _WHOLE_EVERY:
        return state.endpoint, Validators(body_hash=state.validators.body_hash)
    is_moved = state.move is not None and state.move.is_adopted
    return state.move.to if state.move and is_moved else state.endpoint, state.validators


def to_compare(states: Iterable[EndpointState], interval: timedelta, now: datetime) -> list[EndpointState]:
    """Give those of the endpoints that need not answer which are to be read beside: each at every fourth poll."""
    return [
        state
        for state in states
        if (state.next_try_at is None or state.next_try_at <= now)
        and (state.tried_at is None or state.tried_at <= now - (_COMPARE_EVERY - 0.5) * interval)
    ]


def is_misled(state: EndpointState, document: Document) -> str:
    """Say so if an endpoint gave another document under the validators of the last: its 304s mean nothing."""
    before, now = state.validators, document.validators
    told = (before.etag, before.last_modified)
    is_other = document.outcome is Outcome.OK and before.body_hash not in (None, now.body_hash)
    return MISLED if is_other and any(told) and told == (now.etag, now.last_modified) else ""


def move_after(move: Move | None, document: Document, now: datetime, *, is_familiar: bool) -> Move | None:
    """Say what is known of an endpoint's move after a good answer; ``is_familiar`` if that showed what was known.

    A lasting redirect (301, 308) is adopted after three polls in a row that agreed, over a day, with known items, and
    within one registrable domain: anything else is for the operator to decide.
    """
    if move is not None and move.is_adopted and (document.is_moved or document.url == urls.without_user(move.to)):
        return move
    if document.moved_to is None:
        return None
    if move is None or move.to != document.moved_to:
        return Move(to=document.moved_to, since=now)
    times = move.times + is_familiar
    is_proven = times >= _MOVED_TIMES and now - move.since >= _MOVED_FOR
    is_own = domains.registrable(move.to) == domains.registrable(document.endpoint)
    return replace(move, times=times, is_adopted=move.is_adopted or (is_proven and is_own))


def endpoint_after(
    state: EndpointState, document: Document, bounds: PollBounds, now: datetime, *, is_familiar: bool = True
) -> EndpointState:
    """Give the endpoint's state after it answered with ``document``: linear back-off, never longer than 30 days.

    An answer ``is_familiar`` that showed what was known.
    """
    outcome = document.outcome
    if outcome.is_good:
        return EndpointState(
            endpoint=state.endpoint,
            validators=document.validators,
            outcome=outcome,
            # What was to be said of a document holds as long as that document stands.
            note=document.note
            if outcome is Outcome.OK or not (state.outcome and state.outcome.is_good)
            else state.note,
            tried_at=now,
            good_at=now,
            # At a new place nothing is learned of the old one, which is to be asked once a week.
            whole_at=state.whole_at if outcome is Outcome.NOT_MODIFIED or document.is_moved else now,
            held=Held.RELEASED if state.held is Held.RELEASED and outcome is not Outcome.OK else Held.NOT,
            move=move_after(state.move, document, now, is_familiar=is_familiar)
            if state.move or document.moved_to
            else None,
            latency=state.latency + _ADAPTING * (document.elapsed - state.latency)
            if state.latency
            else document.elapsed,
            wanted=state.wanted,
        )
    failures = state.failures + failure_weight(outcome)
    kills = state.kills + (outcome in _KILLS)
    pause, note = _pause(state, document, failures, bounds, now), document.note
    if outcome in _KILLS and kills >= _MOST_KILLS:
        outcome, pause = Outcome.QUARANTINED, max(pause, DAY)
        note = f"the parser did not survive {kills} documents in a row, so it is asked once a day; the last: {note}"
    return replace(
        state,
        # The new place's mean nothing to the old one, which is asked again.
        validators=Validators(body_hash=state.validators.body_hash) if document.is_moved else state.validators,
        outcome=outcome,
        note=note,
        failures=failures,
        tried_at=now,
        next_try_at=now + pause,
        kills=kills,
        held=Held.SUSPECT if outcome is Outcome.SUSPECT and state.held is not Held.CONFIRMED else state.held,
        # Where it moved to does not answer: it is asked again where it was written down.
        move=None if state.move and state.move.is_adopted else state.move,
    )


def _pause(state: EndpointState, document: Document, failures: float, bounds: PollBounds, now: datetime) -> timedelta:
    """Say how long to leave a failed endpoint alone; spread, so that those who failed together do not return so."""
    if document.outcome is Outcome.GONE:
        return _UNDEAD
    if state.held is Held.CONFIRMED:
        return _UNDEAD
    if document.outcome is Outcome.SUSPECT:
        return DAY
    pause = min(bounds.probe * max(1.0, failures), max(DAY, bounds.longest))
    if document.outcome is Outcome.FORBIDDEN:
        pause = max(pause, _FORBIDDEN)
    pause *= 1 + _spread(f"{state.endpoint} {now.isoformat()}") / 10
    asked = document.retry_after
    if asked is not None:
        pause = max(pause, min(asked, _LONGEST_RETRY_AFTER))
    return pause


def next_due(
    states: Sequence[EndpointState],
    last: Document,
    *,
    rhythm: Rhythm,
    interval: timedelta | None,
    bounds: PollBounds,
    now: datetime,
    seed: str,
    is_pushed: bool = False,
) -> datetime:
    """Say when a source is due again after a poll that ended with ``last``.

    The operator's interval, lengthened to what the server and the feed asked for (``max-age``, ``ttl``, ``sy:``, at
    most a day), and to two hours for what a hub pushes; spread by five per cent either way so that sources do not march
    in step; then to the next hour that is none of rest (``skipHours``, ``skipDays``). When every endpoint failed, the
    first of their own next tries. ``interval`` is the source's own, which may undercut the shortest bound: the operator
    said so.
    """
    spread = _spread(f"{seed} {now.isoformat()}")
    jitter = 0.95 + 0.1 * spread
    if last.outcome.is_good:
        wanted = interval or max(bounds.interval, bounds.shortest, _PUSHED if is_pushed else timedelta(0))
        asked = timedelta(0) if interval else min(max(last.fresh_for, rhythm.pause), DAY)
        due = now + min(max(wanted, asked), max(bounds.longest, wanted)) * jitter
        return _after_rest(due, rhythm, spread) if rhythm.hours or rhythm.days else due
    tries = [state.next_try_at for state in states if state.next_try_at]
    soonest = min(tries, default=now + bounds.interval)
    return max(soonest, now + (interval or bounds.shortest) * jitter)


def _after_rest(due: datetime, rhythm: Rhythm, spread: float) -> datetime:
    """Give the first moment from ``due`` on that a feed does not ask to be left alone in, or within minutes of it."""
    if len(rhythm.hours) >= _HOURS_A_DAY or len(rhythm.days) >= _DAYS_A_WEEK:
        return due  # nobody means that
    at = due
    while at.hour in rhythm.hours or at.weekday() in rhythm.days:
        at = at.replace(minute=0, second=0, microsecond=0) + _HOUR
    return at if at == due else at + _A_WHILE * spread


def _spread(seed: str) -> float:
    """Give a fraction from 0 to 1 that differs from seed to seed: no dice are thrown here."""
    return zlib.crc32(seed.encode()) / 2**32
