"""A machine that is offline knows it: no outlet is blamed for what its own connection lacks."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from syndicator.alerts import MACHINE
from syndicator.config import load
from syndicator.models import Outcome
from syndicator.models.alerts import Alert, AlertKind, AlertState, Severity
from syndicator.models.status import Health
from syndicator.runtime.app import App
from syndicator.runtime.dispatcher import Dispatcher
from syndicator.runtime.status import Conditions, StatusReader
from tests.apps import Clock, Shown
from tests.newsroom import EVERYTHING, Item, outlet, rss, write_config

MINUTE = timedelta(minutes=1)
UNREACHED = [Outcome.DNS_ERROR, Outcome.CONNECT_ERROR, Outcome.TIMEOUT, Outcome.TLS_ERROR, Outcome.PROXY_ERROR]


class Newsroom:
    """Some outlets, each at a site of its own, on a network that a test takes away."""

    def __init__(self, app, shown, clock):
        self.app, self.shown, self.clock = app, shown, clock
        self.dispatcher = Dispatcher(app.pipeline, 1)
        self.offline = self.dispatcher.offline

    async def poll(self, *names, outcome):
        self.shown.outcome = outcome
        for name in names:
            (source,) = self.app.config.outlets[name].sources
            await self.dispatcher.poll(source)
        await self.offline.settled()

    async def health(self):
        conditions = Conditions(unreached=frozenset(self.offline.unreached))
        found = await StatusReader(self.app.store).read(self.app.config, now=self.clock(), conditions=conditions)
        return {each.id: each.health for each in found.outlets}

    async def states(self):
        sources = list(self.app.config.sources.values())
        return list((await self.app.store.read(lambda tx: tx.sources.states(sources))).values())


@asynccontextmanager
async def newsroom(folder, *names):
    shown, clock = Shown(rss(Item("Мост открыт", guid="1"))), Clock()
    outlets = {name: outlet(f"https://{name}.example") for name in names}
    config = load(
        write_config(folder / "c", outlets=outlets, feeds={"all": EVERYTHING}), environ={}, state=folder / "s"
    )
    app = App(config, fetch=shown, clock=clock)
    try:
        await app.adopt(config)
        yield Newsroom(app, shown, clock)
    finally:
        await app.close()


@pytest.mark.parametrize("outcome", UNREACHED)
@pytest.mark.parametrize("worked_before", [True, False])
async def test_when_nothing_can_be_reached_it_is_this_machine(tmp_path, outcome, worked_before):
    """After a minute it is said; outlets are not reached yet; with the first answer all are asked again at once."""
    async with newsroom(tmp_path, "a", "b", "c", "d") as room:
        if worked_before:
            await room.poll("a", "b", "c", "d", outcome=Outcome.OK)
        await room.poll("a", "b", "c", outcome=outcome)
        assert room.offline.trouble == ""
        room.clock.move(MINUTE)
        assert "this machine seems to be offline: none of 3 sites could be reached since" in room.offline.trouble
        await room.poll("a", outcome=outcome)
        assert {(await room.health())[name] for name in "abc"} == {Health.UNREACHED}
        room.clock.move(MINUTE)
        await room.poll("d", outcome=Outcome.OK)
        assert room.offline.trouble == ""
        for state in (await room.states())[:3]:
            assert (state.endpoints[0].failures, state.endpoints[0].next_try_at) == (0.0, None)
            assert state.due_at == room.clock()


async def test_a_source_is_asked_again_from_time_to_time_to_find_the_end_of_it(tmp_path):
    """One, every quarter of a minute, whatever the back-off. They take turns: one may be down itself, or removed."""
    async with newsroom(tmp_path, "a", "b", "c") as room:
        await room.poll("a", "b", "c", outcome=Outcome.DNS_ERROR)
        room.clock.move(MINUTE)
        for asked, name in enumerate("abca"):
            for other in {*"abc"} - {name}:
                await room.poll(other, outcome=Outcome.DNS_ERROR)
            for _ in range(2):
                await room.offline.check()
            is_asked = [state.endpoints[0].next_try_at is None for state in await room.states()]
            assert is_asked == [place == asked % 3 for place in range(3)]
            await room.poll(name, outcome=Outcome.DNS_ERROR)
            room.clock.move(timedelta(seconds=15))


@pytest.mark.parametrize("outcome", [Outcome.SERVER_ERROR, Outcome.NOT_FOUND, Outcome.NOT_A_FEED, Outcome.RATE_LIMITED])
async def test_hosts_that_answer_are_reached_whatever_they_say(tmp_path, outcome):
    """Their failures are their own."""
    async with newsroom(tmp_path, "a", "b", "c") as room:
        await room.poll("a", "b", "c", outcome=outcome)
        room.clock.move(MINUTE)
        assert room.offline.trouble == ""


async def test_few_sites_and_blocked_ones_say_nothing_of_this_machine(tmp_path):
    """Two that are down are down; three that have failed for long beside one that answers, too."""
    async with newsroom(tmp_path, "a", "b", "c", "d") as room:
        await room.poll("a", "b", outcome=Outcome.TIMEOUT)
        room.clock.move(MINUTE)
        assert room.offline.trouble == ""
        await room.poll("c", "d", outcome=Outcome.TIMEOUT)
        await room.poll("d", outcome=Outcome.OK)
        failures = [state.endpoints[0].failures for state in await room.states()]
        assert failures == [0.0, 0.0, 0.0, 0.0]  # it looked like this machine's fault, and was taken back
        await room.poll("a", "b", "c", outcome=Outcome.TIMEOUT)
        await room.poll("d", outcome=Outcome.OK)
        await room.poll("a", "b", "c", outcome=Outcome.TIMEOUT)
        room.clock.move(MINUTE)
        assert room.offline.trouble == ""
        assert [state.endpoints[0].failures for state in await room.states()][:3] == [1.0, 1.0, 1.0]


async def alerted(room, state=AlertState.RAISED):
    """Have the store know that the machine is offline."""
    now = room.clock()
    made = Alert(
        id=0,
        kind=AlertKind.OFFLINE,
        subject=MACHINE,
        state=state,
        severity=Severity.URGENT,
        words="",
        evidence=(),
        outlet="",
        country="",
        language="",
        stories=(),
        path="",
        since=None,
        found_at=now,
    )
    await room.app.store.write(lambda tx: tx.alerts.add(made))


async def test_a_restart_in_an_outage_blames_nobody_for_it(tmp_path):
    """Nobody is well then, so that no failure tells of the connection; with the first answer all are asked again."""
    async with newsroom(tmp_path, "a", "b", "c", "d") as room:
        await room.poll("a", "b", "c", "d", outcome=Outcome.OK)
        await room.poll("a", "b", "c", outcome=Outcome.DNS_ERROR)
        room.clock.move(MINUTE)
        await alerted(room)
        room.clock.move(60 * MINUTE)
        for _ in range(3):
            await room.poll("a", "b", "c", outcome=Outcome.DNS_ERROR)
        room.dispatcher = Dispatcher(room.app.pipeline, 1)
        room.offline = room.dispatcher.offline
        await room.offline.resume()
        await room.poll("a", "b", "c", outcome=Outcome.DNS_ERROR)
        assert "no host has answered" in room.offline.trouble
        assert len(room.offline.unreached) == 3
        assert {(await room.health())[name] for name in "abc"} == {Health.UNREACHED}
        await room.offline.check()
        await room.poll("d", outcome=Outcome.OK)
        assert room.offline.trouble == ""
        assert [state.endpoints[0].failures for state in await room.states()] == [0.0] * 4


async def test_a_start_after_an_outage_is_not_offline(tmp_path):
    """Nor does one without a source that is missed ask anybody for its end."""
    async with newsroom(tmp_path, "a") as room:
        await alerted(room, AlertState.CLEARED)
        await room.offline.resume()
        assert room.offline.trouble == ""
    async with newsroom(tmp_path / "second", "a") as room:
        await alerted(room)
        await room.offline.resume()
        await room.offline.check()
        assert room.offline.trouble
        assert room.offline.unreached == {}
