"""Surprise, thresholds, what is usual, and the series of a story. Pure."""

import math
from fractions import Fraction

import pytest

from syndicator.models import Tag
from syndicator.watch.series import Series, overlaps, series_of
from syndicator.watch.spikes import NOTHING, Baseline, judge, learn, surprise, threshold

DAYS = range(60)
PARTS = range(8)


def each_part(count, days=DAYS, parts=PARTS):
    """Return as many stories in each of these parts of these days."""
    return {(day, part): count for day in days for part in parts}


def exact(count, mean, size):
    """Return the tail by adding up fractions: all of the distribution that is below, taken from one."""
    chance = Fraction(mean) / (Fraction(mean) + size)
    term, below = (1 - chance) ** size, Fraction(0)
    for k in range(count):
        below += term
        term *= chance * (k + size) / (k + 1)
    return 1 - below


@pytest.mark.parametrize(
    ("count", "mean", "size"),
    [
        (1, "0.01", 2),
        (4, "0.001", 20),
        (10, "1.2", 2),
        (14, "1.2", 20),
        (3, "50", 1),
        (60, "50", 2),
        (40, "0.5", 1),
        (2, "1", 20),
    ],
)
def test_surprise_is_the_exact_tail(count, mean, size):
    """A mistake in the fraction, or in the ends before it, is seen in the tenth digit."""
    tail = exact(count, mean, size)
    expected = -(math.log10(tail.numerator) - math.log10(tail.denominator))
    assert surprise(count, float(mean), 1 / size) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("dispersion", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("mean", [1e-12, 1e-3, 1.0, 1e3, 1e5])
@pytest.mark.parametrize("count", [0, 1, 4, 1000, 100_000])
def test_surprise_is_a_number_at_the_ends(count, mean, dispersion):
    """Neither a count of 100,000 nor a probability that no float can hold is an overflow, and none is negative."""
    assert 0 <= surprise(count, mean, dispersion) < 2e6


def test_surprise_grows_with_the_count():
    """Where one fraction takes over from the other there is no step back."""
    scores = [surprise(count, 30.0, 0.3) for count in range(200)]
    assert scores == sorted(scores)
    assert scores[0] == 0.0
    assert len(set(scores)) == 200


def test_nothing_expected_and_something_there():
    """A mean of nothing is no division by zero."""
    assert surprise(1, 0.0, 0.5) == math.inf


def test_fewer_false_alarms_take_more():
    """A tenth of them takes a score higher by one; where none are allowed there is no end."""
    assert threshold(0.5 / 365, 1) == pytest.approx(2.7 + math.log10(2))
    assert threshold(0.05 / 365, 1) == pytest.approx(3.7 + math.log10(2))
    assert threshold(0.3, 5000) == pytest.approx(2.7 + math.log10(5000 / 109.5))
    assert threshold(0.3, 1) == threshold(0.3, 0) == 2.7
    assert threshold(0.0, 100) == math.inf


def test_a_share_is_learned_and_fades():
    """A fifth for long is a fifth; what was two months ago hardly counts; without counts there is the prior."""
    steady = learn(0, each_part(200), each_part(1000))
    assert steady.share == pytest.approx(0.2, rel=0.01)
    assert steady.dispersion == pytest.approx(0.05)
    assert steady.parts == pytest.approx((1.0,) * 8)
    assert learn(0, each_part(20, range(45, 60)), each_part(100)).share < 0.02
    unknown = learn(0, {}, {(10, 0): 1})
    assert (unknown.share, unknown.dispersion) == pytest.approx((0.002, 0.5), rel=0.01)


def test_where_little_was_learned_all_is_usual():
    """After a start, or where counts are lost, everything would be new otherwise."""
    for totals in ({}, each_part(100, range(10))):
        usual = learn(76, {}, totals)
        assert judge(100, {100: 50}, {100: 60}, usual).score < 1


def test_what_comes_in_bursts_varies_more():
    """The same share in bursts of a week's worth has a higher dispersion, within bounds."""
    bursts = learn(0, each_part(70, range(0, 60, 7)), each_part(100))
    assert bursts.dispersion == 3.0


def test_what_comes_in_the_morning_is_expected_there():
    """A country whose outlets write while others sleep has a larger share then, and no spike every morning."""
    usual = learn(76, each_part(4, parts=[0]), {**each_part(40), **each_part(8, parts=[0])})
    night, evening = usual.expected(24 * 4, 16), usual.expected(24 * 4 + 18, 16)
    assert night > 10 * evening
    few = learn(76, {(3, 0): 1}, each_part(40))
    assert max(few.parts) / min(few.parts) < 2


def test_what_is_usual_takes_little_room():
    """And is the same when it is read back, but for its precision; bytes of another length are none."""
    packed = Baseline(430_000, 0.25, 0.5, (0.5, 1, 1, 1, 1, 1, 2, 1)).pack()
    assert len(packed) == 28
    assert Baseline.unpack(packed) == Baseline(430_000, 0.25, 0.5, (0.5, 1, 1, 1, 1, 1, 2, 1))
    assert Baseline.unpack(b"") is None


USUAL = Baseline(76, 0.01, 0.5)


def test_a_busy_day_is_no_spike():
    """Three times as much of everything is three times as much of this; of this alone it is a surprise."""
    hours = range(77, 101)
    busy = judge(100, dict.fromkeys(hours, 3), dict.fromkeys(hours, 300), USUAL)
    assert busy.score < 1
    alone = judge(100, dict.fromkeys(hours, 3), dict.fromkeys(hours, 100), USUAL)
    assert alone.score > busy.score


def test_the_window_that_surprises_most_is_named():
    """Eight stories in the last two hours, with what was to be expected of all stories of these hours."""
    found = judge(100, {99: 3, 100: 5}, dict.fromkeys(range(1, 101), 10), USUAL)
    assert (found.hours, found.stories) == (2, 8)
    assert found.expected == pytest.approx(0.2)


def test_three_stories_are_nothing():
    """However rare their subject; nor is what is older than a day."""
    assert judge(100, {100: 3}, {100: 10}, USUAL) is NOTHING
    assert judge(100, {76: 50}, {76: 50}, USUAL) is NOTHING


def region(term, role="about"):
    return Tag(scheme="region", term=term, label=term, path=tuple(term.split(">")), evidence=(), role=role)


def concept(term):
    return Tag(scheme="concept", term=term, label=term, path=(term,), evidence=())


def test_a_story_falls_in_its_countries_things_and_pairs():
    """In its own language and in all; a place named by the way says nothing, and a province is its country."""
    tags = [region("SY>SY-ID"), region("RU", "actor"), region("TR", "mention"), concept("ceasefire")]
    found = list(map(str, series_of(tags, ["syria"], "ar")))
    for name in (
        "any/any/any",
        "any/SY/any",
        "any/RU/ar",
        "concept:ceasefire/SY/ar",
        "feed:syria/RU/any",
        "any/any/ar",
    ):
        assert name in found
    assert not any("/TR/" in name or "SY-ID" in name for name in found)
    assert len(found) == len(set(found)) == 2 * (1 + 2 + 2 + 4)


def test_the_series_of_a_story_are_bounded():
    """A story on everything falls in a limited number, and one in no known language has none of that."""
    tags = [*(region(f"A{n}") for n in range(40)), *(concept(f"c{n}") for n in range(40))]
    assert len(series_of(tags, [f"f{n}" for n in range(40)], "fa")) <= 2 * (1 + 4 + 12 + 24)
    assert not any(each.language for each in series_of(tags, [], "und"))


@pytest.mark.parametrize("name", ["any/any/any", "concept:ceasefire/SY/ar", "any/any/fa", "feed:a/b/SY/any"])
def test_series_are_read_back(name):
    """Their text form is what an operator writes to mute one."""
    assert str(Series.parse(name)) == name


def test_what_is_no_series_is_refused():
    """With how it is to be written."""
    with pytest.raises(ValueError, match="THING/REGION/LANGUAGE"):
        Series.parse("SY/ar")


def test_half_of_the_surplus_is_the_same_happening():
    """Of 60 stories where 50 were to be expected, five that are shared are half of what is to be explained."""
    assert overlaps(10.0, range(60), range(55, 70))
    assert not overlaps(10.0, range(60), range(56, 70))
    assert not overlaps(0.0, range(5), [])
