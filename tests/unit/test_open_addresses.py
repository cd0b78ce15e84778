"""Readers know of no address on the operator's own network, unless an outlet has its home there."""

import pytest

from syndicator.domains import is_open
from syndicator.models import Outlet
from syndicator.runtime.open_addresses import is_told, open_bases

HOME, LAN, MIRROR = "https://courier.example", "http://10.0.3.7:8080", "https://courier.mirror.example"


def an_outlet(home, *mirrors):
    return Outlet(id="courier", name="C", country="LB", language="ar", home=home, mirrors=mirrors)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (HOME, True),
        ("http://courierabc.onion", True),
        ("https://xn--mgbaam7a8h.example/ar", True),
        ("https://9.9.9.9/feed", True),
        (LAN, False),
        ("http://cache.lan", False),
        ("http://cache.LAN.", False),
        ("http://localhost:80", False),
        ("http://cache", False),
        ("http://[::1]/", False),
        ("http://[fd00::7]/feed", False),
        ("http://127.0.0.1:9600", False),
    ],
)
def test_what_is_open(address, expected):
    """Names that others find, and addresses that are routed."""
    assert is_open(address) is expected


def test_addresses_of_the_own_network_are_left_out():
    """Neither as an address nor as where something was read."""
    outlet = an_outlet(HOME, LAN, MIRROR)
    assert open_bases(outlet) == (HOME, MIRROR)
    assert not is_told(outlet, f"{LAN}/feed.xml")
    assert is_told(outlet, f"{MIRROR}/feed.xml")


def test_an_outlet_at_home_there_is_shown_whole():
    """As a newsroom for trying things out is."""
    outlet = an_outlet("http://127.0.0.1:9600", LAN)
    assert open_bases(outlet) == outlet.bases
    assert is_told(outlet, f"{LAN}/feed.xml")
