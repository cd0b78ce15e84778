"""Time lanes and tables of events, as text."""

import csv
import io
from datetime import timedelta

import pytest

from syndicator.models.reader_pages import EventTable, TellingMark, TellingRow
from syndicator.web.reader_pages.event_lanes import bars, lane, thirds
from syndicator.web.reader_pages.tables import event_csv
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def test_marks_stand_where_they_belong_in_time():
    """Own words filled, copies hollow, the first at the beginning and the last at the end."""
    marks = [TellingMark(at=NOW), TellingMark(at=NOW + HOUR, is_copy=True), TellingMark(at=NOW + 2 * HOUR)]
    drawn = lane(marks, NOW, NOW + 2 * HOUR)
    assert '<path class="seen" d="M0 3h2v14h-2zM178 3h2v14h-2z"/>' in drawn
    assert '<path class="cp" d="M89 3h2v14h-2z"/>' in drawn
    assert thirds(NOW, NOW + 3 * HOUR) == [NOW, NOW + HOUR, NOW + 2 * HOUR]


def test_what_was_told_in_one_moment_is_drawn_at_the_beginning():
    """Nothing is divided by the time between."""
    assert "M0 3h2" in lane([TellingMark(at=NOW)], NOW, NOW)


def test_bars_are_as_high_as_their_share_of_the_most():
    """Where there was nothing, nothing is drawn; the label is escaped."""
    drawn = bars('most "9"', [9, 0, 3])
    assert drawn.count("h8V60z") == 2
    assert "M1 60v-58h8V60z" in drawn
    assert 'aria-label="most &#34;9&#34;"' in drawn


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t=", "\r\n=", " ="])
def test_a_cell_is_never_a_formula(start):
    """Whatever it begins with, and whatever is in it comes back whole, in one line."""
    headline = f'{start}SUM(A1); "quoted", هدنة'
    row = TellingRow(
        first_seen=NOW, outlet="one", name="Outlet", country="SY", language="ar", copy_of="", headline=headline, link=""
    )
    body = event_csv(EventTable(id=1, rows=(row,)))
    (_, cells) = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    assert cells[7] == f"'{headline.strip()}"
