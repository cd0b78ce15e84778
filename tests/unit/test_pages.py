"""Whether a page is gone, and when it is looked at again."""

from datetime import timedelta

import pytest

from syndicator.models import Document, Outcome, PageAnswer, PageCheck, PageVerdict
from syndicator.watch import after_look, answer_of, first_look, has_page, is_site_up, needs_proof
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = "https://one.example/world/2026/idlib-market"
GONE, THERE, UNKNOWN, OUTAGE = PageVerdict.GONE, PageVerdict.THERE, PageVerdict.UNKNOWN, PageVerdict.OUTAGE


def answered(outcome=Outcome.OK, url=PAGE, **what):
    return answer_of(Document(endpoint=PAGE, url=url, outcome=outcome, **what), PAGE, NOW)


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome.OK, THERE),
        (Outcome.TOO_LARGE, THERE),
        (Outcome.NOT_FOUND, GONE),
        (Outcome.GONE, GONE),
        (Outcome.FORBIDDEN, UNKNOWN),
        (Outcome.RATE_LIMITED, UNKNOWN),
        (Outcome.SERVER_ERROR, UNKNOWN),
        (Outcome.HTTP_ERROR, UNKNOWN),
        (Outcome.DNS_ERROR, UNKNOWN),
        (Outcome.CONNECT_ERROR, UNKNOWN),
        (Outcome.TLS_ERROR, UNKNOWN),
        (Outcome.TIMEOUT, UNKNOWN),
        (Outcome.PROXY_ERROR, UNKNOWN),
        (Outcome.BLOCKED_ADDRESS, UNKNOWN),
        (Outcome.DISALLOWED, UNKNOWN),
        (Outcome.TOO_MANY_REDIRECTS, UNKNOWN),
    ],
)
def test_only_a_missing_page_is_gone(outcome, verdict):
    """A host that is down, busy or shuts robots out says nothing of its pages."""
    assert answered(outcome).verdict is verdict


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ("https://one.example/", GONE),
        ("https://www.one.example/world/", GONE),
        ("https://one.example/world/2026", GONE),
        ("https://one.example/ar/", GONE),
        ("https://one.example/404.html", GONE),
        ("https://one.example/errors/page-not-found", GONE),
        ("https://www.one.example/world/2026/idlib-market/", THERE),
        ("https://one.example/world/2026/idlib-market-reopens", THERE),
        ("https://one.example/idlib-market", THERE),
        ("https://one.example/world?id=5", THERE),
        ("https://one-news.example/world/2026/idlib-market", THERE),
        ("https://consent.example/agree", UNKNOWN),
        ("https://parking.example/", UNKNOWN),
    ],
)
def test_a_redirect_to_the_home_page_or_a_section_is_a_missing_page(found, verdict):
    """One to another page is a move, and one to another site says nothing."""
    assert answered(url=found).verdict is verdict


@pytest.mark.parametrize(
    ("link", "is_page"),
    [
        (PAGE, True),
        ("https://one.example/?p=17", True),
        ("https://one.example/", False),
        ("https://one.example", False),
        ("https://other.example/story", False),
        (None, False),
    ],
)
def test_a_page_is_one_of_the_outlets_own_and_not_its_home(link, is_page):
    """Others are not looked at."""
    assert has_page(link, ("https://one.example", "https://mirror.example")) is is_page


def looks(*answers, first_seen=NOW, is_deleted=False):
    """Return what is known after answers at the times at which looks were due."""
    now = first_look(5, first_seen, first_seen)
    check = PageCheck(story=5, outlet="one", next_at=now)
    for verdict in answers:
        now = check.next_at
        check = after_look(check, PageAnswer(verdict=verdict), now, first_seen=first_seen, is_deleted=is_deleted)
    return check


def test_a_page_that_stays_is_looked_at_six_times_in_a_week_at_growing_distances():
    """And then never again."""
    times = [first_look(5, NOW, NOW), *(looks(*[THERE] * number).next_at for number in range(1, 6))]
    spans = [at - NOW for at in times]
    assert [each >= age * HOUR for each, age in zip(spans, (6, 12, 24, 48, 96, 168), strict=True)] == [True] * 6
    assert spans[-1] < 8 * DAY
    assert looks(*[THERE] * 6).next_at is None


def test_stories_that_came_together_are_not_looked_at_together():
    """The distance follows from the story's number, so that a restart changes nothing."""
    times = {first_look(number, NOW, NOW) for number in range(20)}
    assert len(times) == 20
    assert times == {first_look(number, NOW, NOW) for number in range(20)}


def test_an_old_story_is_not_looked_at():
    """Nor one that waited while the machine was off: it goes on with the next of its times."""
    assert first_look(5, NOW - 9 * DAY, NOW) is None
    assert first_look(5, NOW - 3 * DAY, NOW) >= NOW + DAY


def test_two_looks_six_hours_apart_ask_for_proof():
    """One does not, nor two in an hour."""
    check = looks(GONE)
    assert check.next_at - check.gone_at == 6 * HOUR
    assert not needs_proof(check, PageAnswer(verdict=GONE), check.gone_at + 5 * HOUR)
    assert not needs_proof(check, PageAnswer(verdict=UNKNOWN), check.next_at)
    assert needs_proof(check, PageAnswer(verdict=GONE), check.next_at)


@pytest.mark.parametrize("between", [THERE, OUTAGE])
def test_a_page_that_was_there_in_between_begins_anew(between):
    """So does one that was gone with all others."""
    assert not looks(GONE, between).is_gone
    assert not needs_proof(looks(GONE, between), PageAnswer(verdict=GONE), NOW + 9 * DAY)


def test_no_word_of_a_page_leaves_the_first_look_as_it_is():
    """And it is asked again within hours, but not before the host said."""
    check = looks(GONE, UNKNOWN)
    assert check.gone_at == looks(GONE).gone_at
    assert check.next_at == check.checked_at + HOUR
    answer = answered(Outcome.RATE_LIMITED, retry_after=5 * HOUR)
    later = after_look(check, answer, NOW, first_seen=NOW, is_deleted=False)
    assert later.next_at == NOW + 5 * HOUR


@pytest.mark.parametrize("verdict", [UNKNOWN, OUTAGE])
def test_a_page_that_cannot_be_judged_is_given_up_after_two_weeks(verdict):
    """A site whose pages are all gone for good is not asked for ever."""
    check, count = looks(GONE), 0
    while check.next_at is not None:
        count, at = count + 1, check.next_at
        check = after_look(check, PageAnswer(verdict=verdict), at, first_seen=NOW, is_deleted=False)
    assert 14 * DAY < at - NOW < 15 * DAY
    assert check.gone_at is None


def test_a_deleted_page_is_looked_for_again_ever_more_seldom_for_a_month():
    """It may come back."""
    check, times = looks(GONE), []
    while check.next_at is not None:
        times.append(check.next_at - NOW)
        check = after_look(check, PageAnswer(verdict=GONE), check.next_at, first_seen=NOW, is_deleted=True)
    assert 5 <= len(times) <= 8
    assert times[-1] > 15 * DAY
    assert check.is_gone


def test_a_page_that_is_back_keeps_when_it_was_gone():
    """Readers are told both."""
    gone = looks(GONE)
    back = after_look(gone, PageAnswer(verdict=THERE), gone.next_at, first_seen=NOW, is_deleted=True)
    assert (back.gone_at, back.restored_at, back.is_gone) == (gone.gone_at, gone.next_at, False)
    again = after_look(back, PageAnswer(verdict=GONE), NOW + 9 * DAY, first_seen=NOW, is_deleted=False)
    assert (again.gone_at, again.restored_at, again.is_gone) == (NOW + 9 * DAY, None, True)


@pytest.mark.parametrize(
    ("home", "others", "is_up"),
    [
        (THERE, [THERE, THERE, THERE], True),
        (THERE, [THERE, GONE], True),
        (THERE, [THERE, UNKNOWN, UNKNOWN], True),
        (THERE, [THERE, GONE, GONE], False),
        (THERE, [UNKNOWN, UNKNOWN], False),
        (GONE, [THERE, THERE], False),
        (UNKNOWN, [THERE, THERE], False),
    ],
)
def test_a_site_is_up_when_its_home_and_as_many_pages_as_are_gone_are_there(home, others, is_up):
    """Else many pages are gone at once: an outage."""
    home, *others = (PageAnswer(verdict=each) for each in (home, *others))
    assert is_site_up(home, others) is is_up
