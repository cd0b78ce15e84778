"""The life of an alert: what is found and what is not, look after look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.alerts.life import Circumstances, after_finding, after_nothing
from syndicator.models.alerts import AlertKind, AlertPattern, AlertState, Finding, Phase, Severity, Subject, SubjectKind
from tests.conftest import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FOUND = Finding(
    kind=AlertKind.FAILING,
    subject=Subject(SubjectKind.OUTLET, "idlib-post"),
    words="بريد إدلب does not answer since 12:00 UTC.",
    outlet="idlib-post",
    country="SY",
    language="ar",
)


class Life:
    """One alert, looked at every minute or as told; ``phases`` are what was logged, ``told`` what anybody was told."""

    def __init__(self):
        self.now, self.alert, self.phases, self.told = NOW, None, [], []

    def look(self, finding=None, *, after=MINUTE, **circumstances):
        self.now += after
        at = Circumstances(now=self.now, **circumstances)
        if finding is not None:
            step = after_finding(self.alert, finding, at)
        elif self.alert is not None:
            step = after_nothing(self.alert, at)
        else:
            return None
        self.alert = replace(step.alert, id=step.alert.id or 7) if step.alert else None
        if step.event:
            self.phases.append(step.event.phase)
            if not (step.event.is_muted or step.event.phase.is_silent):
                self.told.append(step.event.phase)
        return step

    def raise_it(self, finding=FOUND, **circumstances):
        self.look(finding, **circumstances)
        self.look(finding, **circumstances)

    def end_it(self):
        self.look()
        self.look(after=HOUR)

    @property
    def state(self):
        return self.alert and self.alert.state


def test_what_is_found_once_is_pending_and_twice_raised():
    life = Life()
    life.look(FOUND)
    assert (life.state, life.phases) == (AlertState.PENDING, [])
    life.look(FOUND)
    assert (life.state, life.phases) == (AlertState.RAISED, [Phase.RAISED])


def test_what_is_gone_at_the_second_look_leaves_nothing():
    life = Life()
    life.look(FOUND)
    life.look()
    assert life.alert is None


def test_an_alert_waits_as_long_as_its_finding_asks():
    life, slow = Life(), replace(FOUND, wait=30 * MINUTE)
    for _ in range(30):
        life.look(slow)
        assert life.state is AlertState.PENDING
    life.look(slow)
    assert life.state is AlertState.RAISED


def test_an_alert_ends_at_the_second_look_that_finds_nothing():
    life = Life()
    life.raise_it()
    life.look()
    assert life.state is AlertState.RAISED
    life.look()
    assert (life.state, life.told) == (AlertState.CLEARED, [Phase.RAISED, Phase.CLEARED])


def test_silence_ends_an_hour_after_a_new_item():
    life, silent = Life(), replace(FOUND, kind=AlertKind.SILENT)
    life.raise_it(silent)
    for _ in range(60):
        life.look()
        assert life.state is AlertState.RAISED
    life.look()
    assert life.state is AlertState.CLEARED


def test_a_weaker_condition_keeps_an_alert_and_raises_none():
    life, weaker = Life(), replace(FOUND, is_holding=True, words="weaker")
    life.look(weaker)
    life.look(weaker)
    assert life.alert is None
    life.raise_it()
    for _ in range(5):
        life.look(weaker)
    assert (life.state, life.alert.words) == (AlertState.RAISED, FOUND.words)


def test_a_weaker_condition_takes_back_what_is_pending():
    life = Life()
    life.look(FOUND)
    life.look(replace(FOUND, is_holding=True))
    assert life.alert is None


def test_what_comes_back_within_a_day_reopens_and_nobody_is_told():
    life = Life()
    life.raise_it()
    life.end_it()
    number = life.alert.id
    life.raise_it()
    assert life.alert.id == number
    life.end_it()
    assert life.phases == [Phase.RAISED, Phase.CLEARED, Phase.REOPENED, Phase.CLEARED]


def test_what_comes_back_after_a_day_is_another_alert():
    life = Life()
    life.raise_it()
    life.end_it()
    life.now += 2 * DAY
    life.look(FOUND)
    step = life.look(FOUND)
    assert step.alert.id == 0
    assert life.told == [Phase.RAISED, Phase.CLEARED, Phase.RAISED]


def test_what_comes_a_third_time_in_a_week_is_unsteady_and_told_daily():
    life = Life()
    for _ in range(3):
        life.raise_it()
        life.end_it()
    assert life.told == [Phase.RAISED, Phase.CLEARED, Phase.CLEARED, Phase.UNSTEADY]
    told = len(life.told)
    for _ in range(6):
        life.raise_it()
        life.end_it()
    assert len(life.told) == told
    life.raise_it()
    life.look(FOUND, after=DAY)
    assert life.told[-1] is Phase.REMINDER
    assert len(life.told) == told + 1


def test_whoever_is_told_of_what_lasts_is_reminded_once_a_day():
    life = Life()
    life.raise_it()
    for _ in range(72):
        life.look(FOUND, after=HOUR)
    assert life.told == [Phase.RAISED, Phase.REMINDER, Phase.REMINDER, Phase.REMINDER]


def test_what_is_acknowledged_is_told_again_only_when_it_ends():
    life = Life()
    life.raise_it()
    life.alert = replace(life.alert, acknowledged_at=life.now)
    for _ in range(72):
        life.look(FOUND, after=HOUR)
    life.end_it()
    assert life.told == [Phase.RAISED, Phase.CLEARED]


def test_what_the_file_acknowledges_and_confirms_is_so_from_the_start():
    life = Life()
    life.raise_it(is_acknowledged=True, is_confirmed=True)
    assert life.alert.acknowledged_at == life.alert.confirmed_at == life.now


def test_what_has_been_steady_for_a_week_is_unsteady_no_more():
    life = Life()
    for _ in range(3):
        life.raise_it()
        life.end_it()
    life.raise_it()
    for _ in range(12):
        life.look(FOUND, after=DAY)
    life.end_it()
    assert life.told[-1] is Phase.CLEARED


def test_what_gets_worse_is_told_again_even_if_it_was_acknowledged():
    """A host that may only have moved, and then shows another's stories."""
    life = Life()
    life.raise_it()
    life.alert = replace(life.alert, acknowledged_at=life.now)
    life.look(replace(FOUND, severity=Severity.URGENT))
    life.look(replace(FOUND, severity=Severity.URGENT))
    assert life.told == [Phase.RAISED, Phase.RAISED]
    assert life.alert.acknowledged_at is None


def test_reminders_are_logged_as_often_as_somebody_wants_them():
    life = Life()
    life.raise_it()
    for _ in range(24):
        life.look(FOUND, after=HOUR, reminded_every=6 * HOUR)
    assert life.told.count(Phase.REMINDER) == 4


def test_what_is_covered_by_a_wider_alert_is_told_once_that_ends():
    life = Life()
    for _ in range(5):
        life.look(FOUND, is_covered=True)
    assert (life.state, life.told) == (AlertState.PENDING, [])
    life.look(FOUND)
    assert life.told == [Phase.RAISED]


def test_what_was_told_before_it_was_covered_ends_in_silence():
    life = Life()
    life.raise_it()
    life.look(FOUND, is_covered=True)
    life.end_it()
    assert life.told == [Phase.RAISED]


def test_nothing_rises_while_our_own_network_is_gone_or_just_back():
    life = Life()
    for _ in range(5):
        life.look(FOUND, can_rise=False)
    assert life.state is AlertState.PENDING
    life.look()
    assert life.alert is None


def test_what_is_muted_is_logged_and_not_told():
    life = Life()
    life.raise_it(is_muted=True)
    life.end_it()
    assert life.phases == [Phase.RAISED, Phase.CLEARED]


def test_a_clock_set_back_neither_raises_nor_ends_anything():
    life = Life()
    life.look(FOUND)
    life.look(FOUND, after=-HOUR)
    assert life.state is AlertState.PENDING
    life.look(FOUND, after=2 * HOUR)
    assert life.state is AlertState.RAISED
    life.look()
    life.look(after=-HOUR)
    assert life.state is AlertState.RAISED


@pytest.mark.parametrize(
    ("pattern", "is_meant"),
    [
        ("outlet:idlib-post", True),
        ("failing outlet:idlib-post", True),
        ("silent outlet:idlib-post", False),
        ("country:SY", True),
        ("language:ar", True),
        ("country:TR", False),
        ("outlet:idlib", False),
    ],
)
def test_a_pattern_means_its_subject_and_what_belongs_to_it(pattern, is_meant):
    parsed = AlertPattern.parse(pattern)
    assert str(parsed) == pattern
    source = Subject(SubjectKind.SOURCE, "idlib-post/feed.xml")
    assert parsed.matches(FOUND.kind, source, outlet="idlib-post", country="SY", language="ar") is is_meant


@pytest.mark.parametrize("text", ["", "idlib", "outlet:", "planet:mars", "loud outlet:x", "silent"])
def test_what_is_no_pattern_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is no "):
        AlertPattern.parse(text)
