"""What became of a day, and how ninety of them are drawn. Pure."""

import re
from datetime import timedelta

import pytest

from syndicator.models import Outcome
from syndicator.models.days import DayCount, DayState, Span, by_day, day_of, letters
from syndicator.web.ops.drawings import bars, strip, swatch
from tests.conftest import NOW

TODAY = day_of(NOW)


def count(back, new=0, polls=10, failed=0, worst="", source="s"):
    return DayCount(source, TODAY - back, new, polls, failed, worst)


@pytest.mark.parametrize(
    ("counts", "letter"),
    [
        ([], DayState.UNSEEN),
        ([count(0, polls=0)], DayState.UNSEEN),
        ([count(0, new=1, failed=9)], DayState.NEWS),
        ([count(0, failed=9)], DayState.QUIET),
        ([count(0, failed=10)], DayState.FAILING),
        ([count(0, failed=10), count(0, source="t")], DayState.QUIET),
    ],
)
def test_a_day_is_what_its_polls_brought(counts, letter):
    """Nobody is blamed for a day on which nobody was asked; one good answer is enough not to fail."""
    assert letters(by_day(counts), TODAY, days=1) == letter


def test_a_silence_takes_only_days_on_which_somebody_answered():
    """Who did not answer was failing, and what we did not see was not silent."""
    counts = by_day([count(4), count(3), count(2, failed=10), count(0)])
    since = NOW - timedelta(days=3)
    assert letters(counts, TODAY, [Span(since)], days=5) == "qsfus"
    assert letters(counts, TODAY, [Span(since, since + timedelta(hours=1))], days=5) == "qsfuq"


def test_the_worst_of_a_day_is_the_gravest_whatever_came_last():
    """A time-out after another's page at the address does not hide that."""
    first, second = count(0, failed=1, worst=Outcome.SUSPECT), count(0, failed=1, worst=Outcome.TIMEOUT)
    assert first.plus(second).worst == second.plus(first).worst == Outcome.SUSPECT


def test_a_strip_has_a_cell_for_each_day_and_says_what_it_shows():
    """Where days of one state stand together, they are one run: a strip stays small."""
    drawn = str(strip("n" * 40 + "u" * 2 + "f" + "n" * 40 + "q" * 6 + "s"))
    assert 'viewBox="0 0 269 14"' in drawn
    assert 'aria-label="90 days: 80 news, 6 quiet, 1 silent, 1 failing, 2 not looked at"' in drawn
    assert '<path class="u" d="M120 7h5"/>' in drawn
    assert '<path class="f" d="M126 2.5h2M126 11.5h2"/>' in drawn
    assert '<path class="n" d="M0 7h119M129 7h119"/>' in drawn
    assert len(drawn) < 600
    assert "style" not in drawn


def test_each_quiet_day_is_covered_where_there_was_news():
    """The line of quiet days runs on below those with news: their cells must lie upon it, whole and later."""
    drawn = str(strip("qnqn" * 20))
    assert drawn.index('class="q"') < drawn.index('class="n"')
    assert re.search(r'class="q" d="M0 10.5h239"', drawn)
    assert drawn.count("7h2") == 40


def test_each_state_has_a_swatch():
    """The key of the strips leaves none out."""
    assert len({str(swatch(state)) for state in DayState}) == len(DayState)


def test_bars_show_a_gap_where_nobody_looked_and_a_trace_of_little():
    """One item of a day beside a thousand can be seen; none cannot."""
    drawn = str(bars("New items", [("5 Mar", 1000), ("<6 Mar>", 1), ("7 Mar", None), ("8 Mar", 0)]))
    assert drawn.count("<rect") == 4
    assert '<rect class="gap" x="20" y="0" width="10" height="60"><title>7 Mar: we did not look</title>' in drawn
    assert '<rect x="11" y="59" width="8" height="1"><title>&lt;6 Mar&gt;: 1</title>' in drawn
    assert 'height="0"><title>8 Mar: 0</title>' in drawn
    assert "aria-label" in drawn
