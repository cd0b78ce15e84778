"""Endpoints side by side: who was first, what is missing, what reads otherwise."""

from datetime import timedelta

from syndicator.models import Appearance
from syndicator.watch import compare, describe
from tests.conftest import NOW

HOME, MIRROR = "https://home.example/f", "https://mirror.example/f"
HOUR = timedelta(hours=1)


def shown(key, endpoint, at=0, absent=None, title="T", text="x", link="~/1"):
    return Appearance(
        key=key,
        endpoint=endpoint,
        first_at=NOW + at * HOUR,
        absent_at=None if absent is None else NOW + absent * HOUR,
        title=title,
        title_digest=title,
        text_digest=text,
        link_key=link,
    )


def compared(*showings, patience=6 * HOUR, asked=100):
    good_at = dict.fromkeys((HOME, MIRROR), NOW + asked * HOUR)
    return {each.endpoint: each for each in compare(showings, HOME, good_at, patience=patience)}


def test_what_was_there_before_both_were_asked_tells_nothing():
    """The backlog of the first documents."""
    found = compared(shown("a", HOME), shown("b", HOME), shown("b", MIRROR, 3))
    assert [describe(each) for each in found.values()] == [[], []]


def test_a_lag_is_what_was_seen_and_no_more():
    """An endpoint read every four hours is not blamed for three of them."""
    start = shown("a", HOME), shown("a", MIRROR)
    seldom = compared(*start, shown("b", HOME, 1), shown("b", MIRROR, 4, absent=0))[MIRROR]
    late = compared(*start, shown("b", HOME, 1), shown("b", MIRROR, 8, absent=4))[MIRROR]
    assert (seldom.lag, late.lag) == (timedelta(0), 3 * HOUR)
    assert describe(late) == ["lags by at least 3 h"]


def test_a_mirror_may_be_first():
    """Then it is the home that lags."""
    start = shown("a", HOME), shown("a", MIRROR)
    found = compared(*start, shown("b", MIRROR, 1), shown("b", HOME, 5, absent=4))
    assert (found[HOME].lag, found[MIRROR].lag) == (3 * HOUR, timedelta(0))


def test_a_story_is_missing_after_a_while_and_only_where_somebody_looked():
    """Not before patience ends, nor at an endpoint that was not read since."""
    start = shown("a", HOME), shown("a", MIRROR)
    one = shown("b", HOME, 1, title="Truce")
    assert compared(*start, one, asked=7)[MIRROR].missing == ()
    assert compared(*start, one, asked=8)[MIRROR].missing == ("Truce",)
    assert describe(compared(*start, one, shown("c", HOME, 1, title="Aid"))[MIRROR]) == [
        'does not show "Truce", and 1 more'
    ]


def test_differences_are_those_from_the_home():
    """Title, text and link, each by name; what only a mirror shows differs from nothing."""
    start = shown("a", HOME, title="Truce agreed"), shown("a", MIRROR, title="No truce", text="y", link="~/2")
    found = compared(*start, shown("b", MIRROR, title="Alone"))
    assert found[HOME].differences == ()
    (difference,) = found[MIRROR].differences
    assert (difference.fields, difference.title) == (("title", "text", "link"), "No truce")
    assert describe(found[MIRROR]) == ['shows another title and text and link of "Truce agreed"']
