"""The addresses of an outlet as readers know them."""

from datetime import timedelta

import pytest

from syndicator.models import (
    NO_HINTS,
    EndpointState,
    Outcome,
    Outlet,
    Quarantine,
    Source,
    SourceState,
)
from syndicator.models.reader_pages import AddressComparison, AddressState
from syndicator.runtime.reader_pages.addresses import addresses_of, best_of
from syndicator.watch import Comparison
from tests.conftest import NOW

HOME, MIRROR = "https://courier.example", "https://courier.mirror.example"
ONION = "http://" + "q" * 56 + ".onion"


def addresses(*states, mirrors=(MIRROR,), home=HOME, interval=None, compared=None):
    """Return the addresses of an outlet of which these endpoints are known, the home's first."""
    endpoints = tuple(each.endpoint for each in states) or (f"{home}/rss",)
    source = Source(id="courier/rss", outlet="courier", endpoints=endpoints, language="en", interval=interval)
    outlet = Outlet(
        id="courier", name="Courier", country="LB", language="en", home=home, mirrors=mirrors, sources=(source,)
    )
    state = SourceState(
        id=source.id, due_at=NOW, working=None, title="", polled_at=NOW, good_at=NOW, news_at=NOW,
        polling_hints=NO_HINTS, pushed_until=None, version=0, endpoints=states,
    )  # fmt: skip
    return addresses_of(outlet, {source.id: state} if states else {}, NOW, compared)


def known(base=HOME, outcome=Outcome.OK, *, path="/rss", ago=timedelta(minutes=5), **more):
    return EndpointState(endpoint=base + path, outcome=outcome, tried_at=NOW - ago if ago is not None else None, **more)


@pytest.mark.parametrize("outcome", Outcome)
def test_an_address_answers_or_does_not_or_was_not_looked_at(outcome):
    """Whatever the outcome: what lies with us is never said of an outlet, and none is called silent."""
    expected = AddressState.REFUSES
    if outcome.is_good:
        expected = AddressState.ANSWERS
    elif outcome in (Outcome.DISALLOWED, Outcome.PROXY_ERROR, Outcome.INTERNAL_ERROR, Outcome.BLOCKED_ADDRESS,
                     Outcome.BAD_URL):  # fmt: skip
        expected = AddressState.UNSEEN
    elif outcome in (Outcome.DNS_ERROR, Outcome.CONNECT_ERROR, Outcome.TLS_ERROR, Outcome.TIMEOUT,
                     Outcome.SERVER_ERROR):  # fmt: skip
        expected = AddressState.NO_ANSWER
    assert addresses(known(outcome=outcome))[0].state is expected


def test_what_was_asked_long_ago_is_not_known():
    """A mirror in reserve is asked when the home is down: last month's answer says nothing."""
    home, mirror = addresses(known(), known(MIRROR, ago=timedelta(days=20), good_at=NOW - timedelta(days=20)))
    assert (home.state, mirror.state) == (AddressState.ANSWERS, AddressState.UNSEEN)
    assert mirror.looked_at == mirror.good_at == NOW - timedelta(days=20)


def test_a_source_that_is_seldom_polled_is_known_for_longer():
    """One that is polled every five days was looked at lately if that was six days ago."""
    rare = known(ago=timedelta(days=6))
    assert addresses(rare)[0].state is AddressState.UNSEEN
    assert addresses(rare, interval=timedelta(days=5))[0].state is AddressState.ANSWERS


def test_who_was_never_asked_was_not_looked_at():
    """Nor is it said to answer."""
    for each in (*addresses(), *addresses(EndpointState(endpoint=f"{HOME}/rss"))):
        assert (each.state, each.looked_at, each.good_at) == (AddressState.UNSEEN, None, None)


def test_another_outlets_address_has_no_link():
    """Whatever else is known of it."""
    sold = known(quarantine=Quarantine.CONFIRMED, good_at=NOW)
    home, mirror = addresses(sold, known(path="/other"), known(MIRROR))
    assert (home.state, home.link) == (AddressState.FOREIGN, "")
    assert best_of((home, mirror)) == mirror


def test_the_best_document_speaks_for_an_address():
    """An address answers if one of its documents came from there."""
    down, there = known(outcome=Outcome.TIMEOUT, path="/a"), known(path="/b")
    assert addresses(down, there)[0].state is AddressState.ANSWERS


def test_a_home_with_its_feeds_elsewhere_is_known_by_them():
    """A host of feeds alone is no address for people, and speaks for the home."""
    (home,) = addresses(known("https://feeds.elsewhere.example"), mirrors=())
    assert (home.text, home.state) == ("courier.example", AddressState.ANSWERS)


def test_an_address_below_another_is_its_own():
    """The longest one counts."""
    below = f"{HOME}/english"
    _, mirror = addresses(known(outcome=Outcome.TIMEOUT), known(below), mirrors=(below,))
    assert mirror.state is AddressState.ANSWERS


@pytest.mark.parametrize("secret", ["https://user:hunter2@m.example", "https://m.example/?token=hunter2"])
def test_secrets_of_addresses_are_not_shown(secret):
    """Neither in words nor in links."""
    shown = addresses(known(), mirrors=(secret,))
    assert "hunter2" not in repr(shown)


@pytest.mark.parametrize(
    "inner", ["http://10.0.0.5", "http://mirror", "http://cache.internal:8080", "http://[fd00::1]", "http://127.0.0.1"]
)
def test_addresses_of_the_operators_own_network_are_not_shown(inner):
    """Unless the home itself is there, as in a demonstration."""
    assert [each.text for each in addresses(known(), mirrors=(inner, MIRROR))] == [
        "courier.example",
        "courier.mirror.example",
    ]
    assert len(addresses(known("http://127.0.0.1:80"), home="http://127.0.0.1:80", mirrors=(inner,))) == 2


def test_an_onion_address_is_for_tor_browser():
    """It is shown, to be copied, and not linked to."""
    _, onion = addresses(known(), known(ONION), mirrors=(ONION,))
    assert (onion.is_hidden_service, onion.link, onion.state) == (True, "", AddressState.ANSWERS)
    assert onion.text.endswith(".onion")


def test_what_addresses_show_is_added_up():
    """The slowest document counts, and all that lack something."""
    first, second = known(MIRROR, path="/a"), known(MIRROR, path="/b")
    compared = {
        each.endpoint: Comparison(
            endpoint=each.endpoint, lag=timedelta(minutes=lag), seen=10, missing=("x",), differences=()
        )
        for each, lag in ((first, 3), (second, 12))
    }
    mirror = addresses(known(), first, second, compared=compared)[1]
    assert mirror.comparison == AddressComparison(seconds_behind=720, seen=22, missing=2, differing=0)
