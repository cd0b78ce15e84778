"""Lanes: the time that they show, and what is drawn of an address in it."""

from datetime import UTC, datetime, timedelta

import pytest

from syndicator.models.account import AddressAccount, Stretch
from syndicator.models.reader_pages import AddressState
from syndicator.web.reader_pages.lanes import lane, window_of

START = datetime(2026, 3, 5, 21, 52, tzinfo=UTC)


def after(**more):
    return START + timedelta(**more)


def address(*stretches, **more):
    told = tuple(Stretch(kind=kind, start=start, end=end) for kind, start, end in stretches)
    return AddressAccount(
        host="one.example", page=None, kind="home", state=AddressState.ANSWERS, stretches=told, **more
    )


@pytest.mark.parametrize(
    ("last", "start", "step"),
    [
        (timedelta(seconds=20), "21:52", timedelta(minutes=1)),
        (timedelta(minutes=12), "21:50", timedelta(minutes=10)),
        (timedelta(hours=1, minutes=20), "21:00", timedelta(hours=1)),
        (timedelta(hours=9), "18:00", timedelta(hours=6)),
        (timedelta(days=90), "21:52", timedelta(days=7)),
    ],
)
def test_a_window_is_as_short_as_what_came_about(last, start, step):
    """It begins at a whole step, and ends some time after the last address came; what runs on leaves it."""
    shown = address(("shown", START, after(days=200)), shown_at=START)
    late = address(("shown", START + last, after(days=200)), shown_at=START + last)
    window = window_of([shown, late])
    assert (f"{window.start:%H:%M}", window.step) == (start, step)
    assert [each - window.start for each in window.columns] == [0 * step, step, 2 * step]
    assert window.place(after(days=300)) == 180


def test_nothing_known_is_no_window():
    """Of addresses that are not compared nothing can be drawn."""
    assert window_of([address(), address(shown_at=START)]) is None


def test_a_lane_draws_each_stretch_in_its_own_shape():
    """Thick, thin, dashed, two rails, and an upright where the words changed."""
    told = address(
        ("missing", START, after(minutes=10)),
        ("other", after(minutes=10), after(minutes=20)),
        ("shown", after(minutes=20), after(minutes=40)),
        ("silent", after(minutes=40), after(minutes=60)),
        shown_at=after(minutes=10),
        changed_at=after(minutes=20),
    )
    drawn = str(lane(told, window_of([told])))
    assert [drawn.count(f'class="{name}"') for name in ("miss", "old", "seen", "fail", "mk", "tick")] == [
        1,
        1,
        1,
        2,
        1,
        2,
    ]
    assert 'aria-hidden="true"' in drawn
    assert "style" not in drawn


def test_what_is_outside_of_the_window_is_not_drawn():
    """A stretch that begins after it; one that ends there is cut, and the shortest one can still be seen."""
    window = window_of([address(("shown", START, after(minutes=5)), shown_at=START)])
    assert "rect" not in lane(address(("shown", after(days=1), after(days=2))), window)
    assert 'width="1"' in lane(address(("shown", START, START)), window)
