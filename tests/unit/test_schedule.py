"""When to poll, and whom."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.models import (
    NO_HINTS,
    Document,
    EndpointState,
    Outcome,
    PermanentRedirect,
    PollingHints,
    Quarantine,
    Validators,
)
from syndicator.poll.schedule import (
    PollBounds,
    endpoint_after,
    endpoint_order,
    endpoints_to_compare,
    next_due,
    request_for,
    validator_fault,
)

HOME, MIRROR = "https://home.example/f", "https://mirror.example/f"
BOUNDS = PollBounds()


def state(url=HOME, **what):
    return EndpointState(endpoint=url, **what)


def document(outcome, **what):
    return Document(endpoint=HOME, outcome=outcome, url=HOME, **what)


def due(last, now, *, states=None, polling_hints=NO_HINTS, interval=None):
    after = states or [endpoint_after(state(), last, BOUNDS, now)]
    return next_due(after, last, polling_hints=polling_hints, interval=interval, bounds=BOUNDS, now=now, seed="s") - now


def test_the_home_is_asked_first(now):
    """With nothing known, home first and the mirrors as listed."""
    assert [s.endpoint for s in endpoint_order([state(), state(MIRROR)], None, now)] == [HOME, MIRROR]


def test_the_endpoint_that_works_is_remembered(now):
    """While the home waits for its next try, the mirror that worked is asked and the home is not."""
    waiting = state(outcome=Outcome.DNS_ERROR, failures=1, next_try_at=now + timedelta(minutes=5))
    assert [s.endpoint for s in endpoint_order([waiting, state(MIRROR)], MIRROR, now)] == [MIRROR]


def test_the_home_is_tried_again_on_a_schedule(now):
    """When its next try has come, the home goes before the mirror that works."""
    waiting = state(outcome=Outcome.DNS_ERROR, failures=1, next_try_at=now)
    assert [s.endpoint for s in endpoint_order([waiting, state(MIRROR)], MIRROR, now)] == [HOME, MIRROR]


def test_a_poll_always_asks_somebody(now):
    """When all are waiting, all are asked."""
    later = now + timedelta(hours=1)
    states = [state(next_try_at=later), state(MIRROR, next_try_at=later)]
    assert len(endpoint_order(states, None, now)) == 2


def test_success_forgets_failures_and_keeps_new_validators(now):
    """A good answer makes an endpoint whole again."""
    fresh = Validators(etag='"x"')
    after = endpoint_after(state(failures=4), document(Outcome.OK, validators=fresh), BOUNDS, now)
    assert (after.failures, after.next_try_at, after.validators, after.good_at) == (0, None, fresh, now)


def test_failure_keeps_the_validators_of_the_last_good_answer(now):
    """What a failed exchange brought stands for nothing."""
    old = Validators(etag='"old"')
    after = endpoint_after(state(validators=old), document(Outcome.TRUNCATED), BOUNDS, now)
    assert after.validators == old


@pytest.mark.parametrize(("failures", "minutes"), [(0, 10), (4, 50), (1000, 24 * 60)])
def test_back_off_is_linear_and_bounded(now, failures, minutes):
    """Every hard failure adds a step; a day is the most."""
    after = endpoint_after(state(failures=failures), document(Outcome.NOT_FOUND), BOUNDS, now)
    assert timedelta(minutes=minutes) <= after.next_try_at - now <= timedelta(minutes=1.1 * minutes)


def test_who_failed_together_does_not_return_together(now):
    """After an outage of a host its sources are spread out again."""
    pauses = {
        endpoint_after(state(f"{HOME}{n}"), document(Outcome.SERVER_ERROR), BOUNDS, now).next_try_at for n in range(20)
    }
    assert len(pauses) == 20


def test_retry_after_is_never_shortened(now):
    """A server that asks for six hours gets six hours; who asks for decades gets a week."""
    polite = document(Outcome.RATE_LIMITED, retry_after=timedelta(hours=6))
    assert endpoint_after(state(), polite, BOUNDS, now).next_try_at == now + timedelta(hours=6)
    absurd = document(Outcome.RATE_LIMITED, retry_after=timedelta(days=9000))
    assert endpoint_after(state(), absurd, BOUNDS, now).next_try_at == now + timedelta(days=7)


def test_forbidden_and_gone_wait_longer(now):
    """403 is not hammered; 410 rests for a month."""
    forbidden = endpoint_after(state(), document(Outcome.FORBIDDEN), BOUNDS, now)
    assert timedelta(hours=4) <= forbidden.next_try_at - now <= timedelta(hours=4.4)
    assert endpoint_after(state(), document(Outcome.GONE), BOUNDS, now).next_try_at == now + timedelta(days=30)


def test_the_interval_is_spread_by_five_per_cent(now):
    """Half an hour, give or take."""
    assert timedelta(minutes=28.5) <= due(document(Outcome.OK), now) <= timedelta(minutes=31.5)


def test_the_server_may_ask_for_longer(now):
    """max-age and ttl lengthen the default interval, up to a day, but not one the operator wrote down."""
    asked = document(Outcome.OK, fresh_for=timedelta(hours=2))
    assert due(asked, now) >= timedelta(hours=1.9)
    assert due(document(Outcome.OK), now, polling_hints=PollingHints(pause=timedelta(hours=3))) >= timedelta(hours=2.8)
    assert due(document(Outcome.OK), now, polling_hints=PollingHints(pause=timedelta(days=90))) <= timedelta(hours=25.2)
    assert due(asked, now, interval=timedelta(minutes=1)) <= timedelta(minutes=1.05)


def test_after_failure_the_soonest_next_try_counts(now):
    """A source whose endpoints all failed is due when the first may be tried again."""
    states = [state(next_try_at=now + timedelta(hours=4)), state(MIRROR, next_try_at=now + timedelta(minutes=10))]
    assert due(document(Outcome.FORBIDDEN), now, states=states) == timedelta(minutes=10)


def test_the_same_seed_gives_the_same_time(now):
    """Nothing here throws dice by itself."""
    assert due(document(Outcome.OK), now) == due(document(Outcome.OK), now)


def test_a_source_that_kills_its_parser_is_quarantined(now):
    """Three documents in a row: a day at least, with a word and a reason; one that passes ends it."""
    after = state()
    for count in range(1, 4):
        after = endpoint_after(after, document(Outcome.PARSE_TIMEOUT, note="5 s of CPU"), PollBounds(), now)
        assert (after.parser_crashes, after.outcome) == (
            count,
            Outcome.SUSPENDED if count == 3 else Outcome.PARSE_TIMEOUT,
        )
    assert after.next_try_at >= now + timedelta(days=1)
    assert "3 documents in a row" in after.note
    assert "5 s of CPU" in after.note
    unreachable = endpoint_after(after, document(Outcome.TIMEOUT), PollBounds(), now)
    assert (unreachable.parser_crashes, unreachable.outcome) == (3, Outcome.TIMEOUT)
    assert endpoint_after(unreachable, document(Outcome.OK), PollBounds(), now).parser_crashes == 0


def test_what_is_to_be_said_of_a_document_holds_while_it_stands(now):
    """A 304 does not take a note away; other bytes do."""
    noted = endpoint_after(state(), document(Outcome.OK, note="lists 3000 items"), PollBounds(), now)
    assert endpoint_after(noted, document(Outcome.NOT_MODIFIED), PollBounds(), now).note == "lists 3000 items"
    assert endpoint_after(noted, document(Outcome.OK), PollBounds(), now).note == ""


def test_f19_once_a_week_an_endpoint_is_asked_without_conditions(now):
    """A server that says 304 for ever is asked for the document itself; its hash tells whether it is the same."""
    known = Validators(etag='"a"', last_modified="Thu, 05 Mar 2026 18:00:00 GMT", body_hash="h")
    whole = endpoint_after(state(), document(Outcome.OK, validators=known), PollBounds(), now)
    assert request_for(whole, now + timedelta(days=6)) == (HOME, known)
    later = endpoint_after(
        whole, document(Outcome.NOT_MODIFIED, validators=known), PollBounds(), now + timedelta(days=6)
    )
    failed = endpoint_after(later, document(Outcome.TIMEOUT), PollBounds(), now + timedelta(days=6))
    for each in (later, failed):
        assert request_for(each, now + timedelta(days=7)) == (HOME, Validators(body_hash="h"))
    same = endpoint_after(failed, document(Outcome.UNCHANGED, validators=known), PollBounds(), now + timedelta(days=7))
    assert request_for(same, now + timedelta(days=8)) == (HOME, known)


@pytest.mark.parametrize(
    ("before", "after", "is_so"),
    [
        (("a", None, "1"), ("a", None, "2"), True),
        ((None, "d", "1"), (None, "d", "2"), True),
        (("a", None, "1"), ("b", None, "2"), False),
        (("a", None, "1"), ("a", None, "1"), False),
        ((None, None, "1"), (None, None, "2"), False),
        (("a", None, None), ("a", None, "2"), False),
    ],
)
def test_f19_other_bytes_under_the_same_validators_are_noticed(before, after, is_so):
    """Only where there was a document before, and something that should have changed with it."""
    known, new = (Validators(etag=etag, last_modified=date, body_hash=body) for etag, date, body in (before, after))
    assert bool(validator_fault(state(validators=known), document(Outcome.OK, validators=new))) is is_so


@pytest.mark.parametrize(
    ("before", "outcome", "after", "pause"),
    [
        (Quarantine.NOT, Outcome.SUSPECT, Quarantine.SUSPECT, timedelta(days=1)),
        (Quarantine.SUSPECT, Outcome.TIMEOUT, Quarantine.SUSPECT, timedelta(minutes=10)),
        (Quarantine.CONFIRMED, Outcome.SUSPECT, Quarantine.CONFIRMED, timedelta(days=30)),
        (Quarantine.CONFIRMED, Outcome.TIMEOUT, Quarantine.CONFIRMED, timedelta(days=30)),
        (Quarantine.RELEASED, Outcome.TIMEOUT, Quarantine.RELEASED, timedelta(minutes=10)),
        (Quarantine.RELEASED, Outcome.NOT_MODIFIED, Quarantine.RELEASED, None),
        (Quarantine.RELEASED, Outcome.OK, Quarantine.NOT, None),
    ],
)
def test_f50_what_is_held_back_stays_so_until_the_operator_has_decided(before, outcome, after, pause, now):
    """Failures in between change nothing; a release holds for the next document, not for word that nothing changed."""
    found = endpoint_after(state(quarantine=before), document(outcome), BOUNDS, now)
    assert found.quarantine is after
    if pause is None:
        assert found.next_try_at is None
    else:
        assert pause <= found.next_try_at - now <= 1.1 * pause


def test_endpoints_that_need_not_answer_are_compared_at_every_fourth_poll(now):
    """Those that failed wait for their next try."""
    interval = timedelta(minutes=30)
    states = [
        state(tried_at=None),
        state(tried_at=now - timedelta(minutes=100)),
        state(tried_at=now - timedelta(minutes=106)),
        state(tried_at=None, next_try_at=now + timedelta(minutes=1)),
    ]
    assert endpoints_to_compare(states, interval, now) == [states[0], states[2]]


@pytest.mark.parametrize(
    ("hours", "days", "hour", "weekday"),
    [
        (range(12, 18), (), 18, 4),
        ((12,), (), 13, 4),
        ((), (4,), 0, 5),
        ((), (4, 5), 0, 6),
        (range(9), (4,), 9, 5),
        ((3,), (0,), 12, 4),
        (range(24), (), 12, 4),
        ((), range(7), 12, 4),
    ],
)
def test_must_14_hours_and_days_of_rest_are_kept(now, hours, days, hour, weekday):
    """A feed is asked in the first hour (GMT) that is none of rest; what leaves no hour is not meant."""
    polling_hints = PollingHints(hours=frozenset(hours), days=frozenset(days))
    at = now + due(document(Outcome.OK), now, polling_hints=polling_hints)
    assert (at.hour, at.weekday()) == (hour, weekday)


def moved(to, *days, now, familiar=True, redirect=None):
    """Play polls on these days, each redirected for good to ``to``; give what is thought of the move."""
    known = state(redirect=redirect)
    for day in days:
        answer = document(Outcome.OK, moved_to=to)
        known = endpoint_after(known, answer, BOUNDS, now + timedelta(days=day), is_familiar=familiar)
    return known.redirect


NEW = "https://www.home.example/feeds/new.xml"


@pytest.mark.parametrize(
    ("to", "days", "familiar", "is_adopted"),
    [
        (NEW, (0, 0.5, 1), True, True),
        (NEW, (0, 0.1, 0.2, 0.9), True, False),
        (NEW, (0, 2), True, False),
        (NEW, (0, 1, 2), False, False),
        ("https://elsewhere.example/f", (0, 1, 2, 3), True, False),
    ],
)
def test_f21_a_move_is_adopted_after_three_agreeing_polls_over_a_day(now, to, days, familiar, is_adopted):
    """Within the registrable domain, with known items; anything less is only noted."""
    redirect = moved(to, *days, now=now, familiar=familiar)
    assert (redirect.to, redirect.is_adopted) == (to, is_adopted)


def test_the_latency_of_an_endpoint_follows_its_answers(now):
    """The first as it is, then each by a third; a failure says nothing of it."""
    first = endpoint_after(state(), document(Outcome.OK, elapsed=1.0), BOUNDS, now)
    second = endpoint_after(first, document(Outcome.NOT_MODIFIED, elapsed=2.0), BOUNDS, now)
    failed = endpoint_after(second, document(Outcome.TIMEOUT, elapsed=20.0), BOUNDS, now)
    assert (first.latency, second.latency, failed.latency) == (1.0, 1.3, 1.3)


def test_f21_who_changes_his_mind_is_not_believed(now):
    """Another target begins anew; an answer without redirect ends it."""
    redirect = moved(NEW, 0, 0.5, now=now)
    assert moved(NEW + "2", 1, now=now, redirect=redirect) == PermanentRedirect(
        to=NEW + "2", since=now + timedelta(days=1)
    )
    assert endpoint_after(state(redirect=redirect), document(Outcome.OK), BOUNDS, now).redirect is None


def test_f21_what_was_adopted_is_asked_there_and_given_up_when_it_fails(now):
    """Once a week the written address is asked, and after a failure again."""
    adopted = PermanentRedirect(to=NEW, since=now, times=3, is_adopted=True)
    known = state(redirect=adopted, last_full_at=now)
    assert request_for(known, now + timedelta(days=6))[0] == NEW
    assert request_for(known, now + timedelta(days=7))[0] == HOME
    there = Document(endpoint=HOME, outcome=Outcome.UNCHANGED, url=NEW, is_moved=True)
    for day in range(30):
        at = now + timedelta(days=day / 5)
        known = endpoint_after(known, there, BOUNDS, at)
        assert known.redirect == adopted
    assert request_for(known, now + timedelta(days=7))[0] == HOME
    onward = replace(there, url="https://cdn.example/passing")
    assert endpoint_after(known, onward, BOUNDS, now).redirect == adopted


def test_f21_the_new_places_validators_are_not_told_to_the_old_one(now):
    """They would hide what only the old one has."""
    adopted = PermanentRedirect(to=NEW, since=now, times=3, is_adopted=True)
    known = state(redirect=adopted, last_full_at=now, validators=Validators(etag='"new"', body_hash="h"))
    lost = Document(endpoint=HOME, outcome=Outcome.TIMEOUT, url=NEW, is_moved=True)
    after = endpoint_after(known, lost, BOUNDS, now)
    assert (after.redirect, after.validators) == (None, Validators(body_hash="h"))
