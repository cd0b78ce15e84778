"""Whether an outlet that has nothing of an event can be called silent, by how it was read since."""

from datetime import timedelta

import pytest

from syndicator.models import NO_HINTS, EndpointState, Outcome, SourceState
from syndicator.models.days import DayCount, Span, day_of
from syndicator.models.reader_pages import Silence
from syndicator.runtime.reader_pages.event_silence import judged
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# An event that began thirty hours ago.
SPAN = Span(NOW - 30 * HOUR, NOW)
# Bytes of the record of an item.
_RECORD = 16


def endpoint(*, good=timedelta(0), steady=20 * DAY, outcome=Outcome.OK, tried=timedelta(0), listed=0):
    return EndpointState(
        endpoint="https://one.example/feed.xml",
        outcome=outcome,
        tried_at=NOW - tried,
        good_at=None if good is None else NOW - good,
        good_since=NOW - steady if outcome.is_good else None,
        seen_items=b"".join(number.to_bytes(_RECORD, "little") for number in range(listed)),
    )


def state(*endpoints):
    return SourceState(
        id="one/feed.xml",
        due_at=NOW,
        working=None,
        title="",
        polled_at=NOW,
        good_at=NOW,
        news_at=None,
        polling_hints=NO_HINTS,
        pushed_until=None,
        version=0,
        endpoints=endpoints,
    )


def days(*counts):
    """Return counts of the last days, today last: new items, polls, failed ones."""
    first = day_of(NOW) - len(counts) + 1
    return [DayCount("one/feed.xml", first + n, new, polls, failed) for n, (new, polls, failed) in enumerate(counts)]


ALL_WELL = days((5, 24, 0), (5, 12, 0))
DOWN = endpoint(good=40 * HOUR, outcome=Outcome.TIMEOUT)


@pytest.mark.parametrize(
    ("endpoints", "counts", "expected"),
    [
        ([endpoint()], ALL_WELL, Silence.SILENT),
        # A failure on the first day, before the event began.
        ([endpoint(steady=31 * HOUR)], days((5, 24, 2), (5, 12, 0)), Silence.SILENT),
        ([endpoint(steady=3 * HOUR)], days((5, 24, 2), (5, 12, 0)), Silence.GAPS),
        # Its document goes back to before the event: what was told in a gap is still in it.
        ([endpoint(steady=3 * HOUR, listed=30)], days((5, 24, 2), (5, 12, 0)), Silence.SILENT),
        ([endpoint(steady=3 * HOUR, listed=10)], days((5, 24, 2), (5, 12, 0)), Silence.GAPS),
        # Ten items for a hundred that came in sixteen reads.
        ([endpoint(listed=10)], days((50, 8, 0), (50, 8, 0)), Silence.SHORT_LIST),
        ([endpoint(listed=40)], days((50, 8, 0), (50, 8, 0)), Silence.SILENT),
        # It answered after the event began, and does not any more.
        ([endpoint(good=9 * HOUR, outcome=Outcome.FORBIDDEN)], days((5, 24, 0), (5, 12, 8)), Silence.GAPS),
        # It is well, and was not read for thirteen hours.
        ([endpoint(good=13 * HOUR, tried=13 * HOUR, listed=90)], ALL_WELL, Silence.GAPS),
        ([DOWN], days((0, 24, 24), (0, 12, 12)), Silence.UNREACHED),
        ([endpoint(good=31 * HOUR, tried=31 * HOUR)], [], Silence.UNREAD),
        ([endpoint(good=None, outcome=Outcome.DNS_ERROR)], days((0, 12, 12)), Silence.NEVER),
        # A mirror answers while the home does not.
        ([DOWN, endpoint()], ALL_WELL, Silence.SILENT),
        ([], [], Silence.UNREAD),
    ],
)
def test_silence_is_said_only_where_nothing_can_have_passed_us_by(endpoints, counts, expected):
    """Whoever did not answer, was not asked, or lists too little is not called silent."""
    found = judged(state(*endpoints), counts, SPAN)
    assert found.silence is expected
    assert found.silence.is_certain is (expected is Silence.SILENT)


def test_a_day_on_which_nobody_looked_is_a_gap():
    """The daemon was off: no read failed, and none succeeded."""
    span = Span(NOW - 3 * DAY, NOW)
    looked, away = (5, 24, 0), (0, 0, 0)
    assert judged(state(endpoint()), days(looked, looked, looked, looked), span).silence is Silence.SILENT
    assert judged(state(endpoint()), days(looked, looked, away, looked), span).silence is Silence.GAPS


def test_reads_are_counted_as_long_as_an_event_takes_stories():
    """Failures of later days are no reason to doubt a silence of before."""
    span = Span(NOW - 3 * DAY, NOW - DAY)
    found = judged(state(endpoint(steady=HOUR)), days((5, 20, 0), (5, 20, 0), (5, 20, 0), (5, 12, 9)), span)
    assert (found.silence, found.reads, found.failed) == (Silence.SILENT, 60, 0)
