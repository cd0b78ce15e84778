"""A few hundred inputs for each fuzz target, the same at every run; ``make fuzz`` tries as many as there is time for."""

import math
import time

import pytest
from hypothesis import strategies as st

from tests.fuzz.checks import check_markup
from tests.fuzz.growth import GrowthError
from tests.fuzz.run import HangError, fuzz
from tests.fuzz.targets import TARGETS, Target


@pytest.mark.parametrize("name", TARGETS)
def test_what_must_hold_holds_for_inputs_made_up_by_chance(name):
    """No exception that is not documented, no hang, nothing unsafe or unreadable published."""
    outcome = fuzz(TARGETS[name], seed=20260306, most=300, seconds=math.inf)
    assert outcome.found is None, f"{outcome.found.trace}{outcome.found.case!r}"
    assert outcome.count >= 300


def test_a_failing_input_is_found_and_made_small():
    """Documents by cutting, others by Hypothesis."""

    def check(document):
        assert b"needle" not in document[1]

    hay = st.just(("", b"hay" * 1000 + b"needle" + b"hay" * 1000))
    found = fuzz(Target(inputs=hay, check=check, is_shrunk=False), seed=1, most=10).found
    assert found.case == ("", b"needle")
    assert found.written == b"\n\nneedle"

    def small(number):
        assert number < 1000

    assert fuzz(Target(inputs=st.integers(0, 10**9), check=small), seed=1, most=100).found.case == 1000


def test_an_input_that_hangs_is_a_find():
    """The alarm rings."""
    found = fuzz(Target(inputs=st.just(1), check=lambda _: time.sleep(10)), seed=1, most=2, longest=0.05).found
    assert isinstance(found.error, HangError)


def test_an_input_of_which_a_longer_one_costs_more_for_each_byte_is_a_find():
    """A quadratic function is reported with the fragment that shows it, a linear one is not.

    The clock counts the letters that are copied: no machine is so fast that it hides them.
    """
    copied = 0

    def copy_all_before(text):
        nonlocal copied
        copied += sum(range(0, len(text), 4))

    def copy_each(text):
        nonlocal copied
        copied += 1000 * len(text)

    def outcome(cost):
        grown = Target(inputs=st.integers(), check=lambda _: None, grown=lambda _, text: text, cost=cost)
        return fuzz(grown, seed=1, most=60, clock=lambda: copied / 1_000_000_000)

    found = outcome(copy_all_before).found
    assert isinstance(found.error, GrowthError)
    assert "times as much in an input four times as long" in str(found.error)
    assert len(found.case) > 100_000
    assert outcome(copy_each).found is None


@pytest.mark.parametrize(
    "markup", ["<script>", "<p onclick=x>", "<a href='javascript:x'>", "<!-- x -->", "<b style=x>"]
)
def test_the_check_of_markup_can_fail(markup):
    """It knows what must not be there."""
    with pytest.raises(AssertionError):
        check_markup(markup)
