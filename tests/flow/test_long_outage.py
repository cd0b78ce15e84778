"""The network of this machine goes for hours, with a thousand sources: one alert, and nobody else is blamed."""

from datetime import timedelta

import pytest

from syndicator.alerts import AlertWatch, Look
from syndicator.config import load
from syndicator.models import Document, Outcome, Validators
from syndicator.models.alerts import AlertKind, Phase
from syndicator.runtime.alerting import detectors
from syndicator.runtime.app import App
from syndicator.runtime.dispatcher import Dispatcher
from tests.apps import Clock
from tests.newsroom import EVERYTHING, MAIN, outlet, write_config

STEP, HOUR = timedelta(minutes=10), timedelta(hours=1)
OUTLETS = 1000
COUNTRIES = ("SY", "IR", "RU", "TR", "IQ")
UNREACHED = (Outcome.DNS_ERROR, Outcome.TIMEOUT, Outcome.CONNECT_ERROR, Outcome.TLS_ERROR)
CALM = MAIN.replace('interval = "1s"', 'interval = "2h"').replace('probe = "1s"', 'probe = "1h"')


class Network:
    """Answers that nothing changed, except at hosts that are down, and not at all while it ``is_down``."""

    def __init__(self):
        self.is_down, self.down, self.heard = False, set(), set()

    async def __call__(self, url, _known, _options):
        host = url.split("/")[2]
        is_lost = (self.is_down and host not in self.heard) or host in self.down
        outcome = UNREACHED[hash(host) % len(UNREACHED)] if is_lost else Outcome.NOT_MODIFIED
        return Document(endpoint=url, outcome=outcome, url=url, validators=Validators(etag="1"))


class Desk:
    """A daemon's dispatcher and looks, on a clock that a test moves by steps."""

    def __init__(self, app, network, clock):
        self.app, self.network, self.clock = app, network, clock
        self.dispatcher = Dispatcher(app.pipeline, 100)
        self.watch = AlertWatch(app.store, detectors(), self.describe)
        self.events = []

    async def start_again(self):
        self.dispatcher = Dispatcher(self.app.pipeline, 100)
        await self.dispatcher.offline.resume()

    def describe(self):
        offline = self.dispatcher.offline
        return Look(
            now=self.clock(),
            rules=self.app.rules,
            is_offline=bool(offline.trouble),
            offline_words=offline.trouble,
            unreached=frozenset(offline.unreached),
        )

    async def live(self, length):
        for _ in range(length // STEP):
            self.clock.move(STEP)
            await self.dispatcher.poll_due()
            await self.dispatcher.settled()
            await self.dispatcher.offline.settled()
            await self.dispatcher.offline.check()
            self.events += await self.watch.look()

    def told(self):
        """Return what was told since the last call."""
        events, self.events = self.events, []
        return [(each.kind, each.phase) for each in events if not each.phase.is_silent]


async def desk(tmp_path, run):
    network, clock = Network(), Clock()
    outlets = {
        f"o{n}": outlet(f"https://o{n}.example", country=COUNTRIES[n % len(COUNTRIES)]).replace('interval = "1s"', "")
        for n in range(OUTLETS)
    }
    folder = write_config(tmp_path / "c", outlets=outlets, feeds={"all": EVERYTHING}, main=CALM)
    config = load(folder, environ={}, state=tmp_path / "s")
    app = App(config, fetch=network, clock=clock)
    try:
        await app.adopt(config)
        await run(Desk(app, network, clock))
    finally:
        await app.close()


OFFLINE = [(AlertKind.OFFLINE, Phase.RAISED), (AlertKind.OFFLINE, Phase.CLEARED)]


@pytest.mark.long
@pytest.mark.parametrize(("failing", "heard", "is_restarted"), [(300, 0, False), (300, 30, False), (300, 0, True)])
async def test_six_hours_without_a_network_are_one_alert(tmp_path, failing, heard, is_restarted):
    """Though 30 % have failed for long before, and some hosts are heard all the while: a cache, the own country's.

    Nor does a start in the midst of it, when every source has failed already, blame anybody.
    """

    async def run(at):
        hosts = [f"o{n}.example" for n in range(OUTLETS)]
        at.network.down = set(hosts[:failing])
        await at.live(8 * HOUR)
        assert {kind for kind, _ in at.told()} <= {AlertKind.FAILING}
        at.network.is_down, at.network.heard = True, set(hosts[OUTLETS - heard :])
        await at.live(3 * HOUR)
        if is_restarted:
            await at.start_again()
        await at.live(3 * HOUR)
        at.network.is_down = False
        await at.live(2 * HOUR)
        assert at.told() == OFFLINE

    await desk(tmp_path, run)
