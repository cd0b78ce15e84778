"""When a source is worth asking: by its rate, its hours, its minutes and what came of late. Pure."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.models import PollBounds
from syndicator.poll.budget import clock_speed, corrected
from syndicator.poll.timing import (
    LONGEST,
    SHORTEST,
    UNKNOWN,
    after_items,
    next_poll,
    profile_of,
    seeded,
    unpacked,
    weight,
)
from syndicator.watch.profile import DAY, HOUR, profile_from
from syndicator.watch.pulse import EMPTY

NOON = 1_772_798_400.0  # Friday, 6 March 2026, 12:00 UTC
FLAT = ([1.0] * 24, [1.0] * 7)


def profile(rate, *, hours=FLAT[0], days=FLAT[1]):
    return profile_from(rate, hours, days)


def wait(of, *, timing=UNKNOWN, now=NOON, speed=24.0, **more):
    return next_poll(of, timing, now, speed=speed, **more).at - now


def test_a_busier_source_is_polled_sooner_but_not_in_proportion():
    waits = [wait(profile(rate)) for rate in (4, 40, 400)]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] < 6 * waits[2]


def test_a_clock_turns_as_often_as_its_weight_says():
    for rate in (2, 24, 240):
        of = profile(rate)
        now, polls = NOON, 0
        while now < NOON + 7 * DAY:
            now = next_poll(of, UNKNOWN, now, speed=20.0).at
            polls += 1
        assert polls / 7 == pytest.approx(20 * weight(of, UNKNOWN), rel=0.2)  # moments are whole slots


def test_busy_hours_are_polled_more_than_quiet_ones():
    """News from 6 to 9 UTC, in Tehran's morning."""
    busy = profile(30, hours=[100.0 if 6 <= hour < 10 else 2.0 for hour in range(24)])
    assert wait(busy, now=NOON - 5 * HOUR, speed=10) < wait(busy, now=NOON + 2 * HOUR, speed=10) / 2


def test_a_poll_follows_the_minute_at_which_items_appear():
    timing = after_items(UNKNOWN._replace(at=NOON), profile(24), [NOON - each * HOUR for each in range(200)], NOON, 15)
    for start in range(0, 3600, 300):
        at = next_poll(profile(24), timing, NOON + start, speed=11.0).at
        assert at % HOUR // 300 in (0, 1), start


def test_what_came_within_the_last_hours_has_it_polled_sooner_for_some_hours():
    burst = after_items(UNKNOWN._replace(at=NOON), profile(10), [NOON - 60.0 * each for each in range(30)], NOON, 40)
    later = [wait(profile(10), timing=burst, now=NOON + hours * HOUR) for hours in (0, 3, 6, 24)]
    assert later == sorted(later)
    assert later[0] < later[-1] / 2


def test_a_document_is_asked_for_before_a_third_of_it_has_turned_over():
    short = UNKNOWN._replace(at=NOON, window=6.0, recent=480.0)
    assert wait(profile(480), timing=short, speed=1.0) == pytest.approx(2 / 480 * DAY, rel=0.2)


def test_a_document_of_which_nothing_was_known_is_asked_for_twice_as_soon():
    usual = wait(profile(24), speed=8.0)
    assert wait(profile(24), speed=8.0, is_overflowing=True) == pytest.approx(usual / 2)


@given(
    rate=st.floats(1e-6, 1e5),
    now=st.floats(1, 4e9),
    speed=st.floats(1e-9, 1e6),
    recent=st.floats(0, 1e9),
    minutes=st.lists(st.floats(0, 1e6), min_size=12, max_size=12),
    window=st.floats(0, 1e5),
)
def test_no_source_is_asked_too_often_nor_forgotten(rate, now, speed, recent, minutes, window):
    """Whatever is known of it, and however fast clocks turn."""
    timing = UNKNOWN._replace(at=now, recent=recent, minutes=tuple(minutes), window=window)
    plan = next_poll(profile(rate), timing, now, speed=speed)
    assert SHORTEST - 1 <= plan.at - now <= LONGEST + 1
    assert math.isfinite(plan.expected)
    assert plan.expected >= 0


def test_bounds_of_the_operator_hold():
    assert wait(profile(1000), speed=100, shortest=900) == 900
    assert wait(profile(0.1), speed=0.1, longest=7200) == 7200
    assert wait(profile(0.1), speed=0.1, shortest=7200, longest=3600) == 7200


def test_a_first_document_tells_how_much_is_to_be_expected():
    busy = seeded([NOON - each * 600 for each in range(30)], NOON)
    slow = seeded([NOON - each * DAY for each in range(30)], NOON)
    assert (busy.seed_items, busy.seed_days) == (30, pytest.approx(290 / 1440))
    assert slow.seed_days == 14
    assert slow.seed_items == 15


@pytest.mark.parametrize("dates", [[], [NOON + DAY], [NOON - 30 * 365 * DAY]])
def test_dates_that_tell_nothing_are_no_rate(dates):
    found = seeded(dates, NOON)
    assert 0 <= found.seed_items <= 1
    assert found.seed_days > 0


def test_what_is_known_fits_in_less_than_a_hundred_bytes_and_comes_back():
    timing = after_items(seeded([NOON - 60.0], NOON - 60), profile(9), [NOON - 1.0, NOON], NOON, 12)
    assert len(timing.packed()) < 100
    back = unpacked(timing.packed())
    assert back.minutes == pytest.approx(timing.minutes)
    assert list(back)[:3] + list(back)[4:] == pytest.approx(list(timing)[:3] + list(timing)[4:])
    assert unpacked(None) == unpacked(b"") == unpacked(b"\x00" * 81) == UNKNOWN


def test_a_first_document_under_a_clock_that_was_ahead_does_not_count_for_ever():
    timing = seeded([NOON + 40 * DAY], NOON + 50 * DAY)
    assert profile_of(EMPTY, timing, NOON).rate == profile_of(EMPTY, UNKNOWN, NOON).rate


def test_a_clock_set_back_breaks_nothing():
    timing = after_items(UNKNOWN._replace(at=NOON + 30 * DAY), profile(24), [NOON], NOON, 15)
    assert timing.at == NOON
    assert SHORTEST <= wait(profile(24), timing=timing._replace(at=NOON + 30 * DAY)) <= LONGEST


BOUNDS = PollBounds(interval=timedelta(hours=1), shortest=timedelta(minutes=5))


def test_the_speed_spends_what_is_granted():
    turns = [0.5 * 1.3**each for each in range(12)] * 100
    for granted in (4, 24, 48, 96):
        speed = clock_speed(turns, granted * len(turns), BOUNDS)
        made = sum(min(max(speed * each, 3), 288) for each in turns)
        assert made == pytest.approx(granted * len(turns), rel=0.01)


def test_less_than_what_keeps_every_source_alive_starves_none():
    assert clock_speed([1.0, 100.0], 1, BOUNDS) >= 0
    assert clock_speed([], 100, BOUNDS) >= 0


def test_a_difference_is_made_up_for_by_and_by():
    factor, made = 1.0, 0.0
    for _ in range(20):
        made = 1200 * factor
        factor = corrected(factor, made=round(made), granted=1000)
    assert made == pytest.approx(1000, rel=0.02)
    assert corrected(1.0, made=0, granted=1000) == 1.0
    for _ in range(20):
        factor = corrected(factor, made=10**9, granted=1000)
    assert factor == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("interval", "longest", "wait"),
    [
        (timedelta(minutes=30), timedelta(days=1), timedelta(hours=4)),
        (timedelta(hours=12), timedelta(days=7), timedelta(days=4)),
        (timedelta(days=1), timedelta(hours=6), timedelta(days=1)),
        (timedelta(minutes=1), timedelta(hours=1), timedelta(hours=1)),
    ],
)
def test_no_source_waits_longer_than_the_polls_that_are_granted_allow(interval, longest, wait):
    assert PollBounds(interval=interval, longest=longest).longest_wait == wait
