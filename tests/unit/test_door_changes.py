"""Who answers at a host: renewals and content networks are no news; another issuer and other networks are."""

from datetime import timedelta

import pytest

from syndicator.fetch.peers import prefix_of
from syndicator.models import Certificate, Door, Peer
from syndicator.watch.doors import after, has_moved, has_new_issuer, renewal_due, what_is_new
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOST = "sana.example"


def certificate(issuer="Let's Encrypt", *, key="k1", since=NOW - DAY, days=90):
    return Certificate(issuer=issuer, key=key, valid_from=since, valid_until=since + days * DAY)


def peer(prefix="5.160.0.0/16", shown=None):
    return Peer(host=HOST, prefix=prefix, certificate=shown or certificate())


class Host:
    """A host that is polled every hour."""

    def __init__(self):
        self.now, self.door = NOW, None
        self.polled()

    def polled(self, *peers, every=HOUR):
        for each in peers or (peer(),):
            self.now += every
            self.door = after(self.door, each, self.now) or self.door
        return self.door


@pytest.fixture
def host():
    return Host()


def test_nothing_is_written_while_nothing_changes_but_once_a_day(host):
    """A write for each poll would cost as much as the poll."""
    assert after(host.door, peer(), host.now + HOUR) is None
    assert after(host.door, peer(), host.now + DAY).seen_at == host.now + DAY


def test_a_renewal_with_another_key_is_no_news(host):
    door = host.polled(peer(shown=certificate(key="k2", since=NOW)))
    assert door.certificate.key == "k2"
    assert not has_new_issuer(door, host.now)


def test_another_issuer_is_news_for_a_week_and_its_return_is_none(host):
    """Content networks change between a few issuers all the time: one that was met is known for a year."""
    door = host.polled(peer(shown=certificate("Google Trust Services")))
    assert has_new_issuer(door, host.now)
    assert door.previous_issuer == "Let's Encrypt"
    assert not has_new_issuer(door, host.now + 8 * DAY)
    assert host.polled(peer(), peer(shown=certificate("Google Trust Services"))).issuer_since is None


@pytest.mark.parametrize("returns", ["Let's Encrypt", "Sectigo"])
def test_when_an_issuer_that_was_met_is_back_no_other_is_news(host, returns):
    """It would be said that this one is new since then, and was the one before."""
    host.polled(peer(shown=certificate("Sectigo")), peer())
    host.now += 8 * DAY
    host.polled(peer(shown=certificate("Google Trust Services")))
    door = host.polled(peer(shown=certificate(returns)))
    assert (door.issuer_since, door.previous_issuer) == (None, "")
    assert what_is_new(door, peer(shown=certificate(returns)), host.now) == ()


@pytest.mark.parametrize("days", [6, 90])
def test_it_is_written_when_a_certificate_becomes_late(host, days):
    """Of six days one is a sixth: the next write is too late."""
    shown = certificate(key="k2", since=host.now, days=days)
    host.polled(peer(shown=shown))
    due = renewal_due(shown)
    while host.now < due - HOUR:
        host.polled(peer(shown=shown))
    door = host.polled(peer(shown=shown))
    assert due <= door.seen_at < due + HOUR
    assert after(door, peer(shown=shown), host.now + HOUR) is None


def test_addresses_that_rotate_are_no_news(host):
    """One known prefix among new ones, and all are known."""
    door = host.polled(peer("91.99.0.0/16"), peer("2a02:6b8::/32"), peer())
    assert door.moved_at is None
    assert not has_moved(host.polled(*[peer("91.99.0.0/16")] * 4), host.now)


def test_only_new_prefixes_at_three_polls_over_half_an_hour_are_news(host):
    """Not before, and not when they come within a minute, as those of an outlet's other sources do."""
    for polls in (1, 2):
        assert not has_moved(host.polled(peer("45.10.0.0/16")), host.now), polls
    assert has_moved(host.polled(peer("45.10.0.0/16")), host.now)
    quick = Host()
    quick.polled(*[peer("45.10.0.0/16")] * 5, every=timedelta(seconds=1))
    assert not has_moved(quick.door, quick.now)


def test_new_prefixes_are_known_after_a_week(host):
    host.polled(*[peer("45.10.0.0/16")] * 3)
    host.now += 8 * DAY
    door = host.polled(peer("45.10.0.0/16"))
    assert (door.moved_at, door.strange) == (None, 0)
    assert set(door.prefixes) == {"5.160.0.0/16", "45.10.0.0/16"}


def test_an_address_that_says_nothing_changes_nothing(host):
    """Behind a proxy, or in a private network; and what is not over TLS keeps the last certificate."""
    before = host.door
    door = host.polled(*[Peer(host=HOST)] * 5) or before
    assert (door.certificate, door.prefixes) == (before.certificate, before.prefixes)


def test_a_host_that_is_asked_once_a_month_is_known_by_its_last_answer(host):
    """A mirror is asked when the home is down; old prefixes would else all be forgotten."""
    host.now += 60 * DAY
    assert host.polled(peer("45.10.0.0/16")).moved_at is not None


@pytest.mark.parametrize(("days", "late"), [(90, 18), (365, 21), (6, 1.2), (397, 21)])
def test_renewal_is_due_a_fifth_of_the_lifetime_before_its_end_or_three_weeks(days, late):
    shown = certificate(days=days)
    assert shown.valid_until - renewal_due(shown) == late * DAY


@pytest.mark.parametrize(
    ("shown", "prefix", "count"),
    [
        (certificate(), "5.160.0.0/16", 0),
        (certificate("Other Trust"), "5.160.0.0/16", 1),
        (certificate(), "45.10.0.0/16", 1),
        (certificate("Other Trust"), "45.10.0.0/16", 2),
    ],
)
def test_what_is_new_is_said_in_words(host, shown, prefix, count):
    """It is what doubt of a document's content grows by."""
    found = what_is_new(host.door, peer(prefix, shown), host.now)
    assert len(found) == count
    assert what_is_new(None, peer(prefix, shown), host.now) == ()


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("5.160.10.20", "5.160.0.0/16"),
        ("2a02:6b8:0:1::5", "2a02:6b8::/32"),
        ("::ffff:5.160.10.20", "5.160.0.0/16"),
        ("127.0.0.1", ""),
        ("192.168.1.7", ""),
        ("fe80::1%eth0", ""),
        ("100.64.0.1", ""),
        ("no address", ""),
    ],
)
def test_prefixes_are_those_of_public_addresses(address, prefix):
    assert prefix_of(address) == prefix


def test_a_door_without_a_certificate_learns_its_first_issuer_as_known():
    """An outlet that begins to speak TLS has not changed its issuer."""
    plain = Door(host=HOST, seen_at=NOW, prefixes={"5.160.0.0/16": 20000})
    door = after(plain, peer(), NOW + HOUR)
    assert door.issuer_since is None
    assert set(door.issuers) == {"Let's Encrypt"}
