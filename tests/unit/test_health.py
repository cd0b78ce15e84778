"""Words of health, and where links should lead."""

from dataclasses import replace

import pytest

from syndicator.models import EndpointState, LinksTo, Outcome, Outlet, Quarantine, Source
from syndicator.watch import Health, health_of, is_home_down, working_base
from tests.conftest import NOW

HOME, MIRROR = "https://home.example", "https://mirror.example"
PATHS = ("/a.xml", "/b.xml")
OUTLET = Outlet(
    id="o",
    name="O",
    country="SY",
    language="ar",
    home=HOME,
    mirrors=(MIRROR,),
    sources=tuple(
        Source(id=f"o{path}", outlet="o", endpoints=(HOME + path, MIRROR + path), language="ar") for path in PATHS
    ),
)


def states(at_home, at_mirror=Outcome.OK):
    """Give the states of both sources; ``at_home`` names the home's outcome for each."""
    return {
        f"o{path}": (
            EndpointState(endpoint=HOME + path, outcome=outcome),
            EndpointState(endpoint=MIRROR + path, outcome=at_mirror),
        )
        for path, outcome in zip(PATHS, at_home, strict=True)
    }


@pytest.mark.parametrize(
    ("at_home", "is_down"),
    [
        ((Outcome.DNS_ERROR, Outcome.TIMEOUT), True),
        ((Outcome.SERVER_ERROR, None), True),
        ((Outcome.CONNECT_ERROR, Outcome.NOT_MODIFIED), False),
        ((Outcome.NOT_FOUND, Outcome.NOT_FOUND), False),
        ((Outcome.NOT_A_FEED, Outcome.TIMEOUT), False),
        ((None, None), False),
    ],
)
def test_the_home_is_down_when_its_host_fails_at_every_source(at_home, is_down):
    """A missing or broken feed says nothing about the pages that links lead to."""
    assert is_home_down(OUTLET, states(at_home)) is is_down


def test_links_lead_to_the_mirror_that_works_while_the_home_is_down():
    """And home again, or always home where the operator says so, or where no mirror works either."""
    down, up = states((Outcome.DNS_ERROR,) * 2), states((Outcome.OK,) * 2)
    assert working_base(OUTLET, down) == MIRROR
    assert working_base(OUTLET, up) == HOME
    assert working_base(replace(OUTLET, links=LinksTo.HOME), down) == HOME
    assert working_base(OUTLET, states((Outcome.DNS_ERROR,) * 2, Outcome.TIMEOUT)) == HOME


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({}, Health.UNPOLLED),
        ({"outcome": Outcome.NOT_MODIFIED}, Health.WORKING),
        ({"outcome": Outcome.TIMEOUT, "failures": 0.5, "good_at": NOW}, Health.SHAKY),
        ({"outcome": Outcome.TIMEOUT, "failures": 3.0, "good_at": NOW}, Health.FAILING),
        ({"outcome": Outcome.NOT_FOUND, "failures": 1.0}, Health.FAILING),
        ({"outcome": Outcome.GONE, "failures": 1.0, "good_at": NOW}, Health.GONE),
    ],
)
def test_words_of_health(state, word):
    """What never worked is failing; what worked not long ago is shaky."""
    assert health_of(EndpointState(endpoint=HOME, **state)) is word


@pytest.mark.parametrize("quarantine", [Quarantine.SUSPECT, Quarantine.CONFIRMED])
def test_links_lead_away_from_a_home_that_is_quarantined(quarantine):
    """Whatever it answers: it is somebody else's."""
    found = states((Outcome.SUSPECT, Outcome.TIMEOUT))
    found = {id_: (replace(home, quarantine=quarantine), *mirrors) for id_, (home, *mirrors) in found.items()}
    assert working_base(OUTLET, found) == MIRROR
    assert {health_of(home) for home, *_ in found.values()} == {Health.QUARANTINED}
    released = {
        id_: (replace(home, quarantine=Quarantine.RELEASED, outcome=Outcome.OK), *rest)
        for id_, (home, *rest) in found.items()
    }
    assert working_base(OUTLET, released) == HOME
