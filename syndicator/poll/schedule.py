"""When to poll next, and whom to ask. Pure: the time and the seed are arguments."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syndicator import domains, urls
from syndicator.models import (
    Document,
    EndpointState,
    Outcome,
    PermanentRedirect,
    PollBounds,
    PollingHints,
    Quarantine,
    Validators,
)

DAY = timedelta(days=1)
_LONGEST_RETRY_AFTER = timedelta(days=7)
_FORBIDDEN = timedelta(hours=4)
_UNDEAD = timedelta(days=30)
_WHOLE_EVERY = timedelta(days=7)
_COMPARE_EVERY = 4
_ADAPTING = 0.3
_PUSHED = timedelta(hours=2)
# Whole documents are asked for no more often, unless the operator says so.
_UNCONDITIONAL = timedelta(minutes=30)
_MOMENT = timedelta(minutes=1)
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


def failure_weight(outcome: Outcome) -> float:
    """Return how much one failure counts towards backing off (1, 0.5 or 0.25), 0 for success."""
    return 0.0 if outcome.is_good else _WEIGHT.get(outcome, 1.0)


def endpoint_order(states: Sequence[EndpointState], working: str | None, now: datetime) -> tuple[EndpointState, ...]:
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


def request_for(state: EndpointState, now: datetime) -> tuple[str, Validators]:
    """Return the address to request for an endpoint (where it has moved to) and its validators.

    But once a week, with none and where it was written down: a server that never changes its validators would hide all
    news for ever, one that took its redirect back would never be asked. The body's hash, which is not told to anybody,
    still shows what is the same.
    """
    if state.last_full_at is None or state.last_full_at <= now - _WHOLE_EVERY:
        return state.endpoint, Validators(body_hash=state.validators.body_hash)
    is_moved = state.redirect is not None and state.redirect.is_adopted
    return state.redirect.to if state.redirect and is_moved else state.endpoint, state.validators


def endpoints_to_compare(states: Iterable[EndpointState], interval: timedelta, now: datetime) -> list[EndpointState]:
    """Return which of the endpoints that need not answer are to be read for comparison: each at every fourth poll."""
    return [
        state
        for state in states
        if (state.next_try_at is None or state.next_try_at <= now)
        and (state.tried_at is None or state.tried_at <= now - (_COMPARE_EVERY - 0.5) * interval)
    ]


def validator_fault(state: EndpointState, document: Document) -> str:
    """Return a note if an endpoint sent another document under the validators of the last: its 304s mean nothing."""
    before, now = state.validators, document.validators
    told = (before.etag, before.last_modified)
    is_other = document.outcome is Outcome.OK and before.body_hash not in (None, now.body_hash)
    return MISLED if is_other and any(told) and told == (now.etag, now.last_modified) else ""


def redirect_after(
    redirect: PermanentRedirect | None, document: Document, now: datetime, *, is_familiar: bool
) -> PermanentRedirect | None:
    """Return what is known of an endpoint's move after an answer that ``is_familiar`` if it showed known items.

    A lasting redirect (301, 308) is adopted after three polls in a row that agreed, over a day, with known items, and
    within one registrable domain: anything else is for the operator to decide.
    """
    if (
        redirect is not None
        and redirect.is_adopted
        and (document.is_moved or document.url == urls.without_user(redirect.to))
    ):
        return redirect
    if document.moved_to is None:
        return None
    if redirect is None or redirect.to != document.moved_to:
        return PermanentRedirect(to=document.moved_to, since=now)
    times = redirect.times + is_familiar
    is_proven = times >= _MOVED_TIMES and now - redirect.since >= _MOVED_FOR
    is_own = domains.registrable(redirect.to) == domains.registrable(document.endpoint)
    return replace(redirect, times=times, is_adopted=redirect.is_adopted or (is_proven and is_own))


def endpoint_after(
    state: EndpointState, document: Document, bounds: PollBounds, now: datetime, *, is_familiar: bool = True
) -> EndpointState:
    """Return the endpoint's state after it answered with ``document``: linear back-off, never longer than 30 days.

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
            good_since=state.good_since if state.outcome and state.outcome.is_good and state.good_since else now,
            # At a new place nothing is learned of the old one, which is to be asked once a week.
            last_full_at=state.last_full_at if outcome is Outcome.NOT_MODIFIED or document.is_moved else now,
            quarantine=Quarantine.RELEASED
            if state.quarantine is Quarantine.RELEASED and outcome is not Outcome.OK
            else Quarantine.NOT,
            redirect=redirect_after(state.redirect, document, now, is_familiar=is_familiar)
            if state.redirect or document.moved_to
            else None,
            latency=state.latency + _ADAPTING * (document.elapsed - state.latency)
            if state.latency
            else document.elapsed,
            missing_archive=state.missing_archive,
        )
    failures = state.failures + failure_weight(outcome)
    parser_crashes = state.parser_crashes + (outcome in _KILLS)
    pause, note = _pause(state, document, failures, bounds, now), document.note
    if outcome in _KILLS and parser_crashes >= _MOST_KILLS:
        outcome, pause = Outcome.SUSPENDED, max(pause, DAY)
        crashes = f"the parser did not survive {parser_crashes} documents in a row"
        note = f"{crashes}, so it is asked once a day; the last: {note}"
    return replace(
        state,
        # The new place's mean nothing to the old one, which is asked again.
        validators=Validators(body_hash=state.validators.body_hash) if document.is_moved else state.validators,
        outcome=outcome,
        note=note,
        failures=failures,
        tried_at=now,
        next_try_at=now + pause,
        parser_crashes=parser_crashes,
        quarantine=Quarantine.SUSPECT
        if outcome is Outcome.SUSPECT and state.quarantine is not Quarantine.CONFIRMED
        else state.quarantine,
        # Where it moved to does not answer: it is asked again where it was written down.
        redirect=None if state.redirect and state.redirect.is_adopted else state.redirect,
    )


def _pause(state: EndpointState, document: Document, failures: float, bounds: PollBounds, now: datetime) -> timedelta:
    """Return how long to leave a failed endpoint alone, spread so that not all are retried together."""
    if document.outcome is Outcome.GONE:
        return _UNDEAD
    if state.quarantine is Quarantine.CONFIRMED:
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
    polling_hints: PollingHints,
    interval: timedelta | None,
    bounds: PollBounds,
    now: datetime,
    seed: str,
    is_pushed: bool = False,
    rhythm: timedelta | None = None,
) -> datetime:
    """Return when a source is due again after a poll that ended with ``last``.

    By its ``rhythm``, if that is known: a moment chosen to the minute, which is spread by a minute at most. A server
    that gives no validators is asked no sooner than in half an hour. Else by the operator's interval, spread by five
    per cent either way so that sources do not march in step. Both are lengthened to what the server and the feed asked
    for (``max-age``, ``ttl``, ``sy:``, at most a day), and to two hours for what a hub pushes; then to the next hour
    that is none of rest (``skipHours``, ``skipDays``). When every endpoint failed, the first of their own next tries.
    ``interval`` is the source's own, which may undercut the shortest bound: the operator said so.
    """
    spread = _spread(f"{seed} {now.isoformat()}")
    jitter = 0.95 + 0.1 * spread
    if last.outcome.is_good:
        least = max(bounds.shortest, _PUSHED if is_pushed else timedelta(0))
        wanted = interval or max(bounds.interval if rhythm is None else rhythm, least)
        asked = timedelta(0) if interval else min(max(last.fresh_for, polling_hints.pause), DAY)
        if rhythm is not None:
            asked = max(asked, timedelta(0) if _has_validators(last) else _UNCONDITIONAL)
        wait = min(max(wanted, asked), max(bounds.longest, wanted))
        due = now + (wait * jitter if rhythm is None else wait + _MOMENT * spread)
        return _after_rest(due, polling_hints, spread) if polling_hints.hours or polling_hints.days else due
    tries = [state.next_try_at for state in states if state.next_try_at]
    soonest = min(tries, default=now + bounds.interval)
    return max(soonest, now + (interval or bounds.shortest) * jitter)


def _has_validators(document: Document) -> bool:
    """Return whether a server can say that nothing has changed."""
    known = document.validators
    return document.outcome is Outcome.NOT_MODIFIED or bool(known.etag or known.last_modified)


def _after_rest(due: datetime, polling_hints: PollingHints, spread: float) -> datetime:
    """Return the first moment from ``due`` on outside the hours and days that a feed asks to be skipped."""
    if len(polling_hints.hours) >= _HOURS_A_DAY or len(polling_hints.days) >= _DAYS_A_WEEK:
        return due  # nobody means that
    at = due
    while at.hour in polling_hints.hours or at.weekday() in polling_hints.days:
        at = at.replace(minute=0, second=0, microsecond=0) + _HOUR
    return at if at == due else at + _A_WHILE * spread


def _spread(seed: str) -> float:
    """Return a fraction from 0 to 1 that depends on the seed alone, so that the same poll gives the same time."""
    return zlib.crc32(seed.encode()) / 2**32
