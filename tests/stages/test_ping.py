"""Pings of others' hubs: what is sent when, with a network that a test decides."""

from datetime import timedelta

import pytest

from syndicator.models import Document, Feed, FeedToken, Outcome
from syndicator.models.hub import HubSettings
from syndicator.outbox import HubContext, Pinger
from tests.apps import Clock

HUB, OTHER = "https://hub.example/", "https://other.example/"
FEEDS = {
    "idlib": Feed(name="idlib", title="Idlib", where="", formats=("atom", "rss")),
    "inner": Feed(name="inner", title="Inner", where="", tokens=(FeedToken(name="ana", digest="0" * 64),)),
}


class Network:
    """Takes pings, and answers as it is told to."""

    def __init__(self, outcome=Outcome.OK):
        self.sent, self.outcome, self.refused = [], outcome, ""

    async def __call__(self, url, form, options):
        self.sent.append((url, form["hub.url"].rpartition("/")[2]))
        is_refused = self.refused and form["hub.url"].endswith(self.refused)
        return Document(endpoint=url, outcome=Outcome.HTTP_ERROR if is_refused else self.outcome, url=url)


def pinger(network, *hubs, chance=0.0):
    context = HubContext(settings=HubSettings(ping=hubs), base_url="https://here.example", feeds=FEEDS)
    clock = Clock()
    return Pinger(network, context=lambda: context, clock=clock, chance=lambda: chance), clock


async def test_each_hub_is_told_once_of_each_public_file():
    """Several changes of a file before the ping are one; a private feed is announced to nobody."""
    network = Network()
    pings, _ = pinger(network, HUB, OTHER)
    pings.changed({"idlib.atom", "inner.atom"})
    pings.changed({"idlib.atom", "idlib.json"})
    await pings.ping()
    await pings.ping()
    assert sorted(network.sent) == [(HUB, "idlib.atom"), (OTHER, "idlib.atom")]


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 30), (1.0, 15)])
async def test_a_hub_that_fails_is_left_alone_for_a_while(chance, seconds):
    """Also with the other files: one request finds out whether it is back."""
    network = Network(Outcome.TIMEOUT)
    pings, clock = pinger(network, HUB, chance=chance)
    pings.changed({"idlib.atom", "idlib.rss"})
    await pings.ping()
    clock.move(timedelta(seconds=seconds - 1))
    await pings.ping()
    assert len(network.sent) == 1
    network.outcome = Outcome.OK
    clock.move(timedelta(seconds=1))
    await pings.ping()
    assert sorted(network.sent[1:]) == [(HUB, "idlib.atom"), (HUB, "idlib.rss")]


async def test_a_file_that_a_hub_always_refuses_keeps_no_other_back_and_is_given_up():
    """Until it changes again."""
    network = Network()
    network.refused = "idlib.atom"
    pings, clock = pinger(network, HUB)
    pings.changed({"idlib.atom", "idlib.rss"})
    for _ in range(20):
        await pings.ping()
        clock.move(timedelta(hours=2))
    assert network.sent.count((HUB, "idlib.atom")) == 8
    assert network.sent.count((HUB, "idlib.rss")) == 1
    pings.changed({"idlib.atom"})
    await pings.ping()
    assert network.sent.count((HUB, "idlib.atom")) == 9
