"""Whether this machine is offline, by polls one after another: outages of everything, of most, and of outlets alone."""

from datetime import timedelta

import pytest

from syndicator.models import Document, HealthChange, Outcome, PollReport
from syndicator.models.status import Health
from syndicator.watch import Reach
from tests.conftest import NOW

COUNTRIES = ("SY", "IR", "RU", "TR")


class Polls:
    """Polls of many hosts, a second apart."""

    def __init__(self):
        self.reach, self.now = Reach(), NOW

    def poll(self, number, outcome, *, before=Health.WORKING, countries=COUNTRIES):
        self.now += timedelta(seconds=5)
        url = f"https://o{number}.example/f"
        document = Document(endpoint=url, outcome=outcome, url=url)
        change = HealthChange(endpoint=url, before=before, after=Health.SHAKY, outcome=outcome)
        changes = () if outcome.is_good or before is Health.FAILING else (change,)
        report = PollReport(
            source=f"o{number}", documents=(document,), verdicts={}, revised={}, next_due=NOW, health_changes=changes
        )
        self.reach = self.reach.after(report, self.now, countries[number % len(countries)])
        return self.is_offline

    @property
    def is_offline(self):
        return self.reach.seems_offline(self.now)


@pytest.fixture
def polls():
    return Polls()


def test_fourteen_of_twenty_hosts_in_three_countries_are_our_own_fault(polls):
    """Though some answer all the while: a cache, the own country's."""
    for number in range(30):
        is_offline = polls.poll(number, Outcome.OK if number % 5 == 0 else Outcome.TIMEOUT)
    assert is_offline
    assert "16 of the 20 hosts asked last cannot be reached" in polls.reach.words
    for number in range(16):
        assert polls.is_offline
        polls.poll(number + 100, Outcome.OK)
    for number in range(4):
        polls.poll(number + 200, Outcome.OK)
    assert not polls.is_offline


def test_hosts_of_one_country_are_that_country(polls):
    """A shutdown there is news, and not our network."""
    for number in range(40):
        is_lost = number % 5 != 0
        polls.poll(number, Outcome.TIMEOUT if is_lost else Outcome.OK, countries=("IR",))
    assert not polls.is_offline


def test_hosts_that_failed_for_long_say_nothing(polls):
    """Any number of them beside some that answer."""
    for number in range(60):
        is_old = number % 3 != 0
        polls.poll(number, Outcome.TIMEOUT if is_old else Outcome.OK, before=Health.FAILING)
    assert not polls.is_offline


def test_what_had_begun_to_fail_is_forgiven_with_the_rest(polls):
    """It could not recover while nothing was reached."""
    for number in range(5):
        polls.poll(number, Outcome.DNS_ERROR)
    polls.poll(9, Outcome.DNS_ERROR, before=Health.SHAKY)
    assert set(polls.reach.forgivable.values()) == {"o0", "o1", "o2", "o3", "o4", "o9"}
    assert set(polls.reach.missed.values()) == {"o0", "o1", "o2", "o3", "o4"}


def test_one_answer_does_not_end_an_outage_of_many(polls):
    """It is over when most of those asked again answer, so that it is said once."""
    for number in range(20):
        polls.poll(number, Outcome.CONNECT_ERROR)
    assert polls.is_offline
    assert polls.poll(50, Outcome.OK)
    for number in range(10):
        assert polls.poll(number, Outcome.CONNECT_ERROR, before=Health.UNPOLLED)
    for number in range(18):
        polls.poll(number, Outcome.OK)
    assert not polls.is_offline
    assert polls.reach.missed == {}


@pytest.mark.parametrize("every", [4, 5])
def test_who_fails_between_answers_is_missed_with_the_rest(polls, every):
    """In an outage of most, each host that still answers came between two that do not."""
    for number in range(100, 120):
        polls.poll(number, Outcome.CONNECT_ERROR)
        polls.poll(number, Outcome.OK)
    lost = 0
    for number in range(every * 6):
        is_lost = number % every != 0
        polls.poll(number, Outcome.TIMEOUT if is_lost else Outcome.OK)
        lost += is_lost
    polls.now += timedelta(minutes=2)
    assert polls.is_offline
    assert len(polls.reach.missed) == lost
    last = every * 6 - 1
    polls.poll(last, Outcome.OK)
    assert polls.is_offline
    assert f"o{last}" not in polls.reach.missed.values()
    assert len(polls.reach.missed) == lost - 1


def test_who_failed_and_answers_again_is_missed_no_more(polls):
    """Nor are few of many, which fail of themselves, an outage."""
    for number in range(12):
        polls.poll(number, Outcome.TIMEOUT if number % 4 == 0 else Outcome.OK)
    assert set(polls.reach.missed.values()) == {"o0", "o4", "o8"}
    for number in (0, 4, 8):
        polls.poll(number, Outcome.OK)
    assert polls.reach.missed == {}
    assert not polls.is_offline


def test_a_start_in_an_outage_is_offline_until_one_host_answers(polls):
    """Nothing that is polled then was well shortly before."""
    polls.reach = Reach.resumed(NOW, {"https://o1.example/f": "o1"})
    for number in range(30):
        assert polls.poll(number, Outcome.TIMEOUT, before=Health.FAILING)
    assert set(polls.reach.missed.values()) == {"o1"}
    assert not polls.poll(50, Outcome.OK)
    assert polls.reach.missed == {}


@pytest.mark.parametrize("step", [timedelta(days=-30), timedelta(hours=9)])
@pytest.mark.parametrize("is_partial", [False, True])
def test_a_step_of_the_clock_ends_no_outage(polls, step, is_partial):
    for number in range(20):
        polls.poll(number, Outcome.TIMEOUT)
    if is_partial:
        polls.poll(50, Outcome.OK)
    missed = polls.reach.missed
    polls.reach, polls.now = polls.reach.shifted(step), polls.now + step
    assert polls.is_offline
    assert polls.reach.missed == missed
    for number in range(20):
        polls.poll(number, Outcome.TIMEOUT, before=Health.FAILING)
    assert polls.is_offline
