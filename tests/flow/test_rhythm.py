"""Sources are polled by their rhythms: the daemon's parts on a clock that jumps from poll to poll."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from syndicator.config import load
from syndicator.models import Document, Outcome, Validators
from syndicator.poll.rhythm import rhythm_in_words
from syndicator.poll.timing import unpacked
from syndicator.runtime.app import App
from syndicator.runtime.budget import PollBudget
from syndicator.runtime.dispatcher import Dispatcher
from tests.apps import Clock
from tests.bench.polling_rules import Ours
from tests.bench.polling_simulator import play
from tests.bench.polling_traces import DAY, Trace
from tests.newsroom import EVERYTHING, write_config

START = datetime(2026, 3, 2, tzinfo=UTC)
MAIN = 'base_url = "http://news.example"\n[poll]\ninterval = "1h"\nshortest = "5m"\n[tag]\nauthority = "test.invalid"\n'
OUTLET = 'name = "{}"\ncountry = "IR"\nlanguage = "fa"\nhome = "https://{}.example"\n[[source]]\npath = "/feed.xml"\n'


def made_trace(name, rate, days, *, hours=range(24), seed=1):
    """Return items that come by chance at so many a day, in some hours only."""
    chance, at, items = random.Random(seed), START.timestamp(), []
    while at < START.timestamp() + days * DAY:
        at += chance.expovariate(rate / DAY * 24 / len(hours))
        if int(at // 3600) % 24 in hours:
            items.append(float(int(at)))
    return Trace(name, ((START.timestamp(), START.timestamp() + days * DAY),), tuple(items), 15)


class Network:
    """Shows of each feed what its trace has had by now, the last fifteen items."""

    def __init__(self, clock, traces):
        self.clock, self.traces = clock, {each.name: each for each in traces}
        self.polls, self.is_down, self.has_validators, self.archive = {}, False, True, ()

    async def __call__(self, url, known, options):
        name = url.partition("//")[2].partition(".")[0]
        self.polls[name] = self.polls.get(name, 0) + 1
        if self.is_down:
            return Document(endpoint=url, outcome=Outcome.TIMEOUT, url=url)
        shown = [each for each in self.traces[name].items if each <= self.clock().timestamp()][-15:]
        shown = [*self.archive, *shown]
        body = "".join(_item(name, each) for each in reversed(shown)).encode()
        etag = f'"{len(shown)}-{shown[-1] if shown else 0}"' if self.has_validators else None
        if etag and known.etag == etag:
            return Document(endpoint=url, outcome=Outcome.NOT_MODIFIED, url=url, status=304, validators=known)
        body = b'<rss version="2.0"><channel><title>T</title>' + body + b"</channel></rss>"
        validators = Validators(etag=etag, body_hash=str(hash(body)))
        return Document(endpoint=url, outcome=Outcome.OK, url=url, status=200, body=body, validators=validators)


def _item(name, at):
    date = format_datetime(datetime.fromtimestamp(at, UTC))
    return f"<item><title>خبر {name} {at:.0f}</title><guid>{at:.0f}</guid><pubDate>{date}</pubDate></item>"


class Play:
    """The parts of a daemon whose clock is set to whatever is due next."""

    def __init__(self, app, clock, network):
        self.app, self.clock, self.network = app, clock, network
        self.budget = PollBudget(app.store, lambda: app.rules, lambda: clock().timestamp())
        self.dispatcher = Dispatcher(app.pipeline, 1, observers=[self.budget.note])
        self.adjust_at = clock() + timedelta(hours=1)

    async def run(self, *, days):
        until = self.clock() + timedelta(days=days)
        while True:
            due = {id_: each.due_at for id_, each in (await self.states()).items()}
            id_ = min(due, key=due.get)
            if due[id_] >= until:
                self.clock.now = until
                return
            self.clock.now = max(self.clock.now, due[id_])
            if self.clock.now >= self.adjust_at:
                await self.budget.adjust()
                self.adjust_at = self.clock.now + timedelta(hours=1)
            await self.dispatcher.poll(self.app.config.sources[id_])
            await self.app.outbox.run()

    async def states(self):
        sources = list(self.app.config.sources.values())
        return await self.app.store.read(lambda tx: tx.sources.states(sources))

    async def delays(self, since):
        """Return the mean minutes that stories published after a moment waited, by outlet."""
        newest = await self.app.store.read(lambda tx: tx.stories.newest(5000))
        found = {}
        for each in newest:
            if each.published and each.published >= since:
                waited = (each.first_seen - each.published).total_seconds() / 60
                found.setdefault(each.outlet, []).append(waited)
        return {name: sum(each) / len(each) for name, each in found.items()}


@pytest.fixture
async def playing(tmp_path):
    apps = []

    async def begin(*traces, main=MAIN):
        clock = Clock(START)
        network = Network(clock, traces)
        outlets = {each.name: OUTLET.format(each.name, each.name) for each in traces}
        folder = write_config(tmp_path / "c", outlets=outlets, feeds={"all": EVERYTHING}, main=main)
        config = load(folder, environ={}, state=tmp_path / "s")
        app = App(config, fetch=network, clock=clock)
        apps.append(app)
        await app.adopt(config)
        return Play(app, clock, network)

    yield begin
    for app in apps:
        await app.close()


async def test_the_daemon_polls_as_the_simulator_says(playing):
    """So that what is measured on traces holds for the daemon."""
    traces = [made_trace("busy", 60, 8, seed=2), made_trace("slow", 8, 8, hours=range(6, 16), seed=3)]
    simulated = {each.name: play(each, Ours(12.0)) for each in traces}
    play_ = await playing(*traces)
    await play_.app.store.write(lambda tx: tx.sources.set_speed(12.0))
    play_.adjust_at = play_.clock() + timedelta(days=99)
    await play_.run(days=8)
    found = await play_.delays(START + timedelta(days=4))
    for name, each in simulated.items():
        delays = [delay for _, delay in each.delays]
        assert found[name] == pytest.approx(sum(delays) / len(delays) + 0.5, rel=0.1), name
        assert play_.network.polls[name] == pytest.approx(2 * each.polls, rel=0.1), name


async def test_polls_are_as_many_as_the_operator_grants_and_news_is_fresher(playing):
    traces = [made_trace(f"o{each}", rate, 6, seed=each) for each, rate in enumerate((4, 12, 40, 120))]
    play_ = await playing(*traces)
    await play_.run(days=3)
    before = dict(play_.network.polls)
    await play_.run(days=3)
    made = sum(play_.network.polls.values()) - sum(before.values())
    assert made == pytest.approx(24 * 3 * len(traces), rel=0.05)
    delays = await play_.delays(START + timedelta(days=3))
    assert max(delays.values()) < 90  # of some four items a day
    assert delays["o3"] < 25


async def test_a_source_that_falls_silent_is_still_asked_and_found_when_it_is_back(playing):
    trace = made_trace("calm", 40, 12)
    start, end = START.timestamp() + 4 * DAY, START.timestamp() + 9 * DAY
    broken = Trace("calm", trace.stretches, tuple(each for each in trace.items if not start <= each < end), 15)
    play_ = await playing(broken)
    await play_.run(days=9)
    silent = play_.network.polls["calm"]
    (state,) = (await play_.states()).values()
    assert state.due_at - play_.clock() <= timedelta(hours=4, minutes=1)
    await play_.run(days=3)
    assert play_.network.polls["calm"] - silent > 40
    assert (await play_.delays(START + timedelta(days=10)))["calm"] < 45


async def test_an_outage_of_ours_and_a_suspended_laptop_lose_no_source_and_no_rhythm(playing):
    play_ = await playing(made_trace("one", 40, 9), made_trace("two", 10, 9, seed=7))
    await play_.run(days=4)
    play_.network.is_down = True
    await play_.run(days=0.5)
    play_.network.is_down = False
    play_.clock.move(timedelta(days=2))
    await play_.run(days=2)
    assert len(await play_.delays(START + timedelta(days=7))) == 2


@pytest.mark.parametrize("by", [timedelta(days=-1), timedelta(days=40)])
async def test_a_clock_that_is_set_leaves_every_source_due_within_hours(playing, by):
    play_ = await playing(made_trace("one", 40, 5))
    await play_.run(days=3)
    since = play_.clock() - timedelta(hours=1)
    play_.clock.move(by)
    await play_.app.shift_plans(since, by)
    await play_.dispatcher.poll(next(iter(play_.app.config.sources.values())))
    (state,) = (await play_.states()).values()
    assert timedelta(0) < state.due_at - play_.clock() <= timedelta(hours=4, minutes=1)


async def test_a_server_without_validators_is_asked_no_sooner_than_in_half_an_hour(playing):
    play_ = await playing(made_trace("busy", 400, 1))
    play_.network.has_validators = False
    await play_.run(days=1)
    assert play_.network.polls["busy"] <= 49


async def test_an_interval_of_its_own_is_kept(playing):
    play_ = await playing(made_trace("busy", 200, 1), main=MAIN.replace("[tag]", "adaptive = false\n[tag]"))
    await play_.run(days=1)
    assert play_.network.polls["busy"] == pytest.approx(24, abs=2)


async def test_why_a_source_is_polled_when_it_is_can_be_said_in_a_sentence(playing):
    trace = made_trace("تهران".encode().hex()[:6], 48, 6, hours=range(5, 9))
    play_ = await playing(trace)
    await play_.run(days=6)
    (state,) = (await play_.states()).values()
    assert rhythm_in_words(state, play_.clock()).startswith("4")
    assert "items a day, mostly from 05 to 09 UTC" in rhythm_in_words(state, play_.clock())
    assert "expected by" in rhythm_in_words(state, play_.clock())


async def test_an_archive_that_opens_is_no_rhythm_of_a_minute(playing):
    """Two hundred old items at once."""
    play_ = await playing(made_trace("one", 12, 8))
    await play_.run(days=4)
    (before,) = (await play_.states()).values()
    old = tuple(START.timestamp() - 40 * DAY + each * 60 for each in range(200))
    play_.network.archive = old
    await play_.run(days=0.3)
    (after,) = (await play_.states()).values()
    assert max(unpacked(after.timing).minutes) < max(unpacked(before.timing).minutes) + 10


async def test_polls_of_what_has_no_rhythm_yet_cost_the_others_nothing(playing):
    """Empty feeds are asked as often as all are on average, and are not counted against those that publish."""
    empty = [Trace(f"e{each}", ((START.timestamp(), START.timestamp() + 4 * DAY),), (), 15) for each in range(4)]
    play_ = await playing(made_trace("busy", 60, 4), *empty)
    await play_.run(days=2)
    before = dict(play_.network.polls)
    await play_.run(days=2)
    assert play_.network.polls["busy"] - before["busy"] == pytest.approx(48, rel=0.15)


async def test_as_many_polls_as_are_granted_in_all(playing):
    main = MAIN.replace('interval = "1h"', "polls_a_day = 40")
    traces = [made_trace("busy", 60, 6), made_trace("slow", 5, 6, seed=4)]
    play_ = await playing(*traces, main=main)
    await play_.run(days=3)
    before = sum(play_.network.polls.values())
    await play_.run(days=3)
    assert sum(play_.network.polls.values()) - before == pytest.approx(120, rel=0.1)
