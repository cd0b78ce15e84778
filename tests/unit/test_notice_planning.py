"""Whom to tell of what, and when: whatever happens, in whatever order, by whatever clock."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.alerts.planning import MOST_WAITING, collect, is_told_of, release, steady
from syndicator.models.alerts import AlertKind, OpsEvent, Phase, Severity, Subject
from syndicator.models.notify import Address, DigestPlan, QuietHours, Recipient, RecipientState
from tests.conftest import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ISTANBUL, BERLIN = ZoneInfo("Europe/Istanbul"), ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(begin=time(22), end=time(7), zone=ISTANBUL)


def recipient(**changes):
    values = {"name": "desk", "addresses": (Address.parse("mailto:desk@example.org"),), "kinds": frozenset(AlertKind)}
    return Recipient(**(values | {"lowest": Severity.NOTE} | changes))


def event(id_, phase=Phase.NOTED, *, alert=None, kind=AlertKind.SILENT, **changes):
    values = {"at": NOW, "subject": Subject.parse("outlet:sada"), "severity": Severity.WARNING, "words": "صمت"}
    return OpsEvent(id=id_, kind=kind, phase=phase, alert=alert, **(values | changes))


class Desk:
    """One recipient, its state, and what it was told."""

    def __init__(self, now=NOW, **changes):
        self.recipient, self.state, self.now = recipient(**changes), RecipientState(), now
        self.messages = []

    def tell(self, *events, after=timedelta(0)):
        """Let time pass, log events, and plan; return the events in the message that is made, if any."""
        self.now += after
        self.state = collect(self.recipient, steady(self.state, self.now), events, self.now)
        made = [at for at, _, _ in self.messages]
        self.state, ids, more = release(self.recipient, self.state, self.now, made)
        if ids:
            self.messages.append((self.now, ids, more))
        return list(ids)


def test_nobody_is_told_before_the_wait_is_over():
    desk = Desk(wait=MINUTE)
    assert desk.tell(event(1, Phase.RAISED, alert=1)) == []
    assert desk.tell(after=59 * timedelta(seconds=1)) == []
    assert desk.tell(after=timedelta(seconds=1)) == [1]
    assert desk.tell(after=HOUR) == []


def test_what_ends_within_the_wait_is_told_by_neither_event():
    """But if it comes back without a new alert, it is: nobody has heard of it yet."""
    desk = Desk(wait=MINUTE)
    desk.tell(event(1, Phase.RAISED, alert=1))
    assert desk.tell(event(2, Phase.CLEARED, alert=1), after=30 * timedelta(seconds=1)) == []
    assert desk.tell(after=HOUR) == []
    desk.tell(event(3, Phase.REOPENED, alert=1), after=HOUR)
    assert desk.tell(after=MINUTE) == [3]


def test_an_alert_that_was_told_reopens_silently_and_its_end_is_not_told_before():
    """Whoever reads "over" and nothing after it believes it."""
    desk = Desk(wait=MINUTE)
    desk.tell(event(1, Phase.RAISED, alert=1))
    assert desk.tell(after=MINUTE) == [1]
    desk.tell(event(2, Phase.CLEARED, alert=1), after=10 * MINUTE)
    desk.tell(event(3, Phase.REOPENED, alert=1), after=MINUTE / 2)
    assert desk.tell(after=HOUR) == []
    desk.tell(event(4, Phase.CLEARED, alert=1), after=HOUR)
    assert desk.tell(after=MINUTE) == [4]


def test_the_end_of_what_was_never_told_is_no_news():
    desk = Desk(wait=timedelta(0))
    assert desk.tell(event(1, Phase.CLEARED, alert=7)) == []


def test_an_end_that_waited_and_was_taken_back_is_told_when_it_comes_for_good():
    """It ended in quiet hours, came back before anybody heard of that, and ended again."""
    desk = Desk(datetime(2026, 3, 6, 12, tzinfo=UTC), wait=MINUTE, quiet=NIGHT)
    desk.tell(event(1, Phase.RAISED, alert=1))
    assert desk.tell(after=MINUTE) == [1]
    desk.tell(event(2, Phase.CLEARED, alert=1), after=8 * HOUR)
    desk.tell(event(3, Phase.REOPENED, alert=1), after=HOUR)
    desk.tell(event(4, Phase.CLEARED, alert=1), after=HOUR)
    assert desk.tell(after=8 * HOUR) == [4]


def test_what_is_called_unsteady_takes_the_end_back_that_waits():
    """In one message, "over" and "on and off" would contradict each other."""
    desk = Desk(wait=10 * MINUTE)
    desk.tell(event(1, Phase.RAISED, alert=1))
    assert desk.tell(after=10 * MINUTE) == [1]
    desk.tell(event(2, Phase.CLEARED, alert=1), after=HOUR)
    desk.tell(event(3, Phase.UNSTEADY, alert=1), after=MINUTE)
    assert desk.tell(after=10 * MINUTE) == [3]


def test_who_is_told_of_a_second_bout_since_the_first_was_too_short_is_told_its_end():
    desk = Desk(wait=10 * MINUTE)
    desk.tell(event(1, Phase.RAISED, alert=1))
    desk.tell(event(2, Phase.CLEARED, alert=1), after=5 * MINUTE)
    desk.tell(event(3, Phase.REOPENED, alert=1), after=HOUR)
    assert desk.tell(after=10 * MINUTE) == [3]
    desk.tell(event(4, Phase.CLEARED, alert=1), after=HOUR)
    assert desk.tell(after=10 * MINUTE) == [4]


def test_of_two_ends_the_second_is_told_only_if_what_came_between_was():
    desk = Desk(wait=timedelta(0), every=timedelta(0))
    assert desk.tell(event(1, Phase.RAISED, alert=1)) == [1]
    assert desk.tell(event(2, Phase.CLEARED, alert=1), after=HOUR) == [2]
    assert desk.tell(event(3, Phase.REOPENED, alert=1), after=HOUR) == []
    assert desk.tell(event(4, Phase.CLEARED, alert=1), after=HOUR) == []
    assert desk.tell(event(5, Phase.UNSTEADY, alert=1), after=HOUR) == [5]
    assert desk.tell(event(6, Phase.CLEARED, alert=1), after=HOUR) == [6]


def test_one_kind_is_told_once_in_a_while_with_all_that_is_new_and_another_at_once():
    desk = Desk(wait=timedelta(0), every=5 * MINUTE)
    assert desk.tell(event(1)) == [1]
    assert desk.tell(event(2), after=MINUTE) == []
    assert desk.tell(event(3), event(4, kind=AlertKind.FAILING), after=MINUTE) == [4]
    assert desk.tell(after=3 * MINUTE) == [2, 3]


def test_quiet_hours_are_kept_but_for_what_is_urgent_and_end_with_one_message():
    """By the clock on the wall in Istanbul, where it is three hours later than in London."""
    evening = datetime(2026, 3, 6, 19, 30, tzinfo=UTC)
    desk = Desk(evening, wait=timedelta(0), quiet=NIGHT, urgent=frozenset({AlertKind.HIJACK}))
    assert desk.tell(event(1)) == []
    assert desk.tell(event(2, kind=AlertKind.HIJACK), after=HOUR) == [2]
    assert desk.tell(event(3, kind=AlertKind.FAILING), after=HOUR) == []
    assert desk.tell(after=6 * HOUR + 29 * MINUTE) == []
    assert desk.tell(after=MINUTE) == [1, 3]


def test_no_more_messages_than_may_be_in_an_hour_and_the_rest_in_the_next():
    desk = Desk(wait=timedelta(0), every=timedelta(0), per_hour=3)
    told = [desk.tell(event(number), after=MINUTE) for number in range(1, 20)]
    assert [len(each) for each in told] == [1, 1, 1, *[0] * 16]
    assert desk.tell(after=50 * MINUTE) == list(range(4, 20))


def test_too_many_events_are_counted_and_not_told_apart():
    desk = Desk(wait=MINUTE)
    desk.tell(*(event(number) for number in range(1, MOST_WAITING + 38)))
    assert len(desk.tell(after=MINUTE)) == MOST_WAITING
    assert desk.messages[0][2] == 37


def test_where_too_much_waits_the_oldest_of_the_least_weight_is_only_counted():
    """A night of changed headlines does not drown a host that may have changed hands, nor an outlet's silence."""
    desk = Desk(datetime(2026, 3, 6, 20, tzinfo=UTC), wait=MINUTE, quiet=NIGHT)
    notes = [event(number, kind=AlertKind.RETITLED) for number in range(1, MOST_WAITING + 1)]
    hijack = event(1001, Phase.RAISED, alert=1, kind=AlertKind.HIJACK, severity=Severity.URGENT)
    desk.tell(*notes)
    desk.tell(hijack, event(1002, Phase.RAISED, alert=2), event(1003, kind=AlertKind.RETITLED))
    told = desk.tell(after=12 * HOUR)
    assert told == [*range(4, MOST_WAITING + 1), 1001, 1002, 1003]
    assert desk.messages[0][2] == 3


def test_reminders_come_no_more_often_than_is_wanted():
    desk = Desk(wait=timedelta(0), every=timedelta(0), repeat=2 * DAY)
    assert desk.tell(event(1, Phase.RAISED, alert=1)) == [1]
    assert desk.tell(event(2, Phase.REMINDER, alert=1), after=DAY) == []
    assert desk.tell(event(3, Phase.REMINDER, alert=1), after=DAY) == [3]
    never = Desk(wait=timedelta(0), every=timedelta(0), repeat=timedelta(0))
    never.tell(event(1, Phase.RAISED, alert=1))
    assert never.tell(event(2, Phase.REMINDER, alert=1), after=30 * DAY) == []


@pytest.mark.parametrize(("repeat", "told"), [(6 * HOUR, 4), (DAY, 1), (timedelta(0), 0)])
@pytest.mark.parametrize("phase", [Phase.REMINDER, Phase.UNSTEADY])
def test_reminders_that_are_logged_every_six_hours_are_told_as_often_as_is_wanted(phase, repeat, told):
    """And so is what comes and goes."""
    desk = Desk(wait=timedelta(0), every=timedelta(0), repeat=repeat)
    begun = Phase.RAISED if phase is Phase.REMINDER else Phase.UNSTEADY
    assert desk.tell(event(1, begun, alert=1)) == [1]
    found = [number for number in range(2, 6) for number in desk.tell(event(number, phase, alert=1), after=6 * HOUR)]
    assert len(found) == told


def test_nobody_is_reminded_of_what_is_yet_to_be_told():
    desk = Desk(datetime(2026, 3, 6, 19, 30, tzinfo=UTC), wait=timedelta(0), quiet=NIGHT)
    desk.tell(event(1, Phase.RAISED, alert=1))
    desk.tell(event(2, Phase.REMINDER, alert=1), after=6 * HOUR)
    assert desk.tell(after=6 * HOUR) == [1]


def test_a_clock_that_is_put_back_keeps_nobody_waiting_for_a_day():
    desk = Desk(wait=MINUTE, every=5 * MINUTE, per_hour=1)
    desk.tell(event(1))
    assert desk.tell(after=MINUTE) == [1]
    desk.tell(event(2), after=MINUTE)
    assert desk.tell(after=-DAY) == []
    assert desk.tell(after=MINUTE) == [2]


@pytest.mark.parametrize(
    ("changes", "is_wanted"),
    [
        ({}, True),
        ({"is_muted": True}, False),
        ({"severity": Severity.NOTE}, False),
        ({"kind": AlertKind.SPIKE}, False),
        ({"subject": Subject.parse("recipient:night"), "kind": AlertKind.NOTICES}, True),
        ({"subject": Subject.parse("recipient:desk"), "kind": AlertKind.NOTICES}, False),
    ],
)
def test_a_recipient_is_told_of_kinds_it_wants_that_weigh_enough_and_not_of_its_own_failures(changes, is_wanted):
    kinds = frozenset({AlertKind.SILENT, AlertKind.NOTICES})
    values = {"kind": AlertKind.SILENT} | changes
    assert is_told_of(recipient(kinds=kinds, lowest=Severity.WARNING), event(1, **values)) is is_wanted


# --- times by the clock on a wall ------------------------------------------------------------------


def test_a_digest_comes_once_a_day_at_the_same_local_time_whatever_summer_time_does():
    """Istanbul has none. In Berlin, 23 hours pass between two on one day, and 25 on another."""
    for zone, hours in ((ISTANBUL, {24}), (BERLIN, {23, 24, 25})):
        plan = DigestPlan(feeds=("all",), at=time(7), zone=zone)
        at, found = datetime(2026, 1, 1, tzinfo=UTC), []
        for _ in range(365):
            at = plan.next_after(at)
            found.append(at)
            assert at.astimezone(zone).time() == time(7)
        gaps = {(after - before) / HOUR for before, after in pairwise(found)}
        assert gaps == hours


def test_a_time_that_the_clock_leaves_out_or_shows_twice_comes_once():
    plan = DigestPlan(feeds=("all",), at=time(2, 30), zone=BERLIN)
    for day in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        first = plan.next_after(day)
        assert plan.next_after(first) - first > 20 * HOUR


def test_a_weekly_digest_comes_on_its_day():
    plan = DigestPlan(feeds=("all",), at=time(0, 30), zone=ISTANBUL, weekday=0)
    at = plan.next_after(NOW)
    assert at == datetime(2026, 3, 8, 21, 30, tzinfo=UTC)
    assert plan.next_after(at) - at == 7 * DAY


# --- whatever happens ------------------------------------------------------------------------------

_KINDS = (AlertKind.SILENT, AlertKind.HIJACK, AlertKind.RETITLED)
_PHASES = (Phase.RAISED, Phase.CLEARED, Phase.REOPENED, Phase.REMINDER, Phase.UNSTEADY, Phase.NOTED)
_HAPPENINGS = st.lists(st.tuples(st.sampled_from(_PHASES), st.integers(1, 4), st.sampled_from(_KINDS)), max_size=6)
_STEPS = st.lists(st.tuples(st.integers(0, 3 * 3600), _HAPPENINGS), max_size=25)
_RECIPIENTS = st.builds(
    recipient,
    wait=st.sampled_from([timedelta(0), MINUTE, HOUR]),
    every=st.sampled_from([timedelta(0), 5 * MINUTE, HOUR]),
    per_hour=st.integers(1, 3),
    quiet=st.sampled_from([None, NIGHT]),
    urgent=st.sampled_from([frozenset(), frozenset({AlertKind.HIJACK})]),
)


def run(desk, steps):
    """Play steps; return all events, and when each was noted."""
    noted, events, number = {}, {}, 0
    for seconds, happenings in steps:
        new = []
        for phase, alert, kind in happenings:
            number += 1
            new.append(event(number, phase, alert=None if phase is Phase.NOTED else alert, kind=kind))
        after = timedelta(seconds=seconds)
        for each in new:
            events[each.id], noted[each.id] = each, desk.now + after
        desk.tell(*new, after=after)
    return events, noted


def drain(desk):
    for _ in range(48):
        desk.tell(after=HOUR)


@settings(max_examples=150, deadline=None)
@given(_RECIPIENTS, _STEPS)
def test_all_that_begins_is_told_once_or_cancelled_by_its_end_and_nothing_too_early_or_too_often(of, steps):
    """Notes always; what was raised, unless it ended within the wait; never above the rate, never in quiet hours."""
    desk = Desk()
    desk.recipient = of
    events, noted = run(desk, steps)
    drain(desk)
    told = Counter(number for _, ids, _ in desk.messages for number in ids)
    assert max(told.values(), default=1) == 1
    for number, each in events.items():
        if each.phase is Phase.NOTED:
            assert told[number] == 1
        if each.phase is Phase.UNSTEADY and any(
            other.alert == each.alert and other.phase is Phase.UNSTEADY and other.id < number
            for other in events.values()
        ):
            continue  # a reminder
        if each.phase in (Phase.RAISED, Phase.UNSTEADY) and not told[number]:
            ends = [other for other in events.values() if other.alert == each.alert and other.phase is Phase.CLEARED]
            assert any(number < end.id and noted[end.id] - noted[number] < of.wait for end in ends)
    for at, ids, _ in desk.messages:
        assert all(at - noted[number] >= of.wait for number in ids)
        assert not of.is_quiet(at) or {events[number].kind for number in ids} <= of.urgent
        assert sum(timedelta(0) <= at - other < HOUR for other, _, _ in desk.messages) <= of.per_hour
    assert desk.state.waiting == ()


@settings(max_examples=100, deadline=None)
@given(_RECIPIENTS, st.lists(st.tuples(st.integers(-86_400, 86_400), _HAPPENINGS), max_size=15))
def test_no_step_of_the_clock_loses_a_note_or_holds_it_for_good(of, steps):
    desk = Desk()
    desk.recipient = of
    events, _ = run(desk, steps)
    drain(desk)
    told = Counter(number for _, ids, _ in desk.messages for number in ids)
    assert all(told[number] == 1 for number, each in events.items() if each.phase is Phase.NOTED)
    assert desk.state.waiting == ()
