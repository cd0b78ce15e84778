"""Retention: what is deleted, when, and what a wrong clock must not delete."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.runtime.daemon import Daemon
from syndicator.runtime.retention import Pruner
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import Item, rss
from tests.unit.test_clock import Steady

DAY, HOUR = timedelta(days=1), 3600
TITLES = ("هدنة في سراقب", "Перемирие в Идлибе", "آتش‌بس در ادلب", "İdlib'de ateşkes", "Truce near Ariha")


def items(*numbers, site=HOME):
    return [Item(TITLES[n % 5] + f" {n}", link=f"{site}/{n}", guid=f"g{n}", text=f"Text {n}.") for n in numbers]


def jsonfeed(*found):
    listed = [{"id": each.guid, "url": each.link, "title": each.title, "content_text": each.text} for each in found]
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "Outlet", "items": listed}
    return json.dumps(document).encode()


class Newsroom:
    """An application, its clocks, and what retention would delete."""

    def __init__(self, app, shown, clock, retention=timedelta(days=30)):
        self.app, self.shown, self.clock, self.steady = app, shown, clock, Steady()
        self.retention = retention
        self.start()

    def start(self):
        """Start the program, or start it again."""
        self.pruner = Pruner(
            self.app.store,
            self.app.outbox,
            clock=self.clock,
            retention=lambda: self.retention,
            steady=self.steady,
        )

    async def poll(self, body=None):
        if body is not None:
            self.shown.body = body
        await self.app.pipeline.poll(source_of(self.app), None)
        await self.app.store.write(lambda tx: self.pruner.beat(tx, self.clock()))

    async def titles(self):
        return sorted(each.title for each in await self.app.store.read(lambda tx: tx.stories.newest(1000)))

    def passes(self, time):
        """Let time pass on both clocks."""
        self.clock.move(time)
        self.steady.now += time.total_seconds()

    async def prune_for(self, hours):
        """Prune every hour."""
        for _ in range(hours):
            self.passes(timedelta(hours=1))
            await self.pruner.prune()


@pytest.fixture
async def newsroom(tmp_path):
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        yield Newsroom(app, shown, clock)


async def test_what_is_past_retention_and_listed_no_more_is_deleted(newsroom):
    """As the operator asked for; what is still listed is not past anything."""
    await newsroom.poll(rss(*items(3, 2, 1)))
    newsroom.passes(20 * DAY)
    await newsroom.poll(rss(*items(4, 3)))
    newsroom.passes(11 * DAY)
    await newsroom.poll()
    await newsroom.pruner.prune()
    assert await newsroom.titles() == sorted(each.title for each in items(3, 4))


@pytest.mark.parametrize("body", [rss(*items(1, 2, 3)), jsonfeed(*items(1, 2, 3))], ids=["indexed", "not indexed"])
@pytest.mark.parametrize("jump", [31 * DAY, 400 * DAY, 40_000 * DAY], ids=str)
async def test_a_clock_that_is_ahead_takes_nothing_that_is_listed(newsroom, body, jump):
    """However far, for however long; nor after it is right again."""
    await newsroom.poll(body)
    newsroom.clock.move(jump)
    await newsroom.poll()
    await newsroom.prune_for(3)
    assert len(await newsroom.titles()) == 3
    newsroom.clock.move(-jump)
    await newsroom.poll()
    await newsroom.prune_for(3)
    assert len(await newsroom.titles()) == 3


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_clock_that_is_ahead_takes_a_day_in_an_hour_at_most(newsroom, is_restarted):
    """There is time to set it right; so it is where the program starts under a wrong clock."""
    for n in range(20):
        await newsroom.poll(rss(*items(n)))
        newsroom.passes(DAY)
    await newsroom.poll(rss(*items(99)))
    await newsroom.pruner.prune()
    newsroom.clock.move(365 * DAY)
    if is_restarted:
        newsroom.start()
    await newsroom.poll()
    await newsroom.prune_for(12)
    assert len(await newsroom.titles()) >= 18
    assert "ahead" in newsroom.pruner.notice
    newsroom.clock.move(-365 * DAY)
    await newsroom.prune_for(1)
    assert newsroom.pruner.notice is None


async def test_a_machine_that_was_off_for_a_month_catches_up_within_two_days(newsroom):
    """Its clock is right: retention follows."""
    await newsroom.poll(rss(*items(1)))
    newsroom.clock.move(31 * DAY)
    newsroom.start()
    await newsroom.poll(rss(*items(2)))
    await newsroom.prune_for(48)
    assert await newsroom.titles() == [items(2)[0].title]


async def test_a_clock_that_began_in_1970_does_not_hold_retention_back_for_decades(newsroom):
    """A machine without a clock of its own starts there, and is set right by the network a minute later."""
    newsroom.clock.now = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    await newsroom.poll(rss(*items(1)))
    newsroom.clock.now = NOW
    await newsroom.poll(rss(*items(2)))
    await newsroom.prune_for(1)
    newsroom.passes(20 * DAY)
    await newsroom.poll(rss(*items(3)))
    newsroom.passes(11 * DAY)
    await newsroom.prune_for(15)
    assert await newsroom.titles() == [items(3)[0].title]


async def test_a_lowered_retention_counts_at_once(newsroom):
    """It is the clock that is doubted, not the operator."""
    for n in range(20):
        await newsroom.poll(rss(*items(n)))
        newsroom.passes(DAY)
    await newsroom.prune_for(1)
    newsroom.retention = 5 * DAY
    await newsroom.prune_for(1)
    assert len(await newsroom.titles()) <= 6


async def test_an_endpoint_that_has_not_answered_for_as_long_lists_nothing_any_more(newsroom):
    """An outlet that died does not keep its stories for ever."""
    await newsroom.poll(rss(*items(1, 2)))
    newsroom.passes(62 * DAY)
    await newsroom.pruner.prune()
    assert await newsroom.titles() == []


async def test_times_planned_by_the_clock_before_a_step_keep_their_distances(tmp_path):
    """Back or forward: nobody waits for the length of the step, and not all are due at once."""
    for step in (-timedelta(hours=1), timedelta(days=30), -timedelta(days=9000)):
        clock, steady, shown = Clock(), Steady(), Shown(rss(*items(1)))
        async with an_app(tmp_path / str(step.days), shown, clock=clock) as app:
            daemon = Daemon(app, lambda app=app: app.config, steady=steady)
            source = source_of(app)
            await app.pipeline.poll(source, None)
            before = await app.store.read(lambda tx, source=source: tx.sources.state(source))
            clock.move(step)
            await daemon.check_clock()
            after = await app.store.read(lambda tx, source=source: tx.sources.state(source))
            assert after.due_at - before.due_at == step
            assert after.polled_at == before.polled_at + step == NOW + step
            assert after.endpoints[0].tried_at == before.endpoints[0].tried_at + step
            await daemon.check_health()
            status = await daemon._status()
            assert status.is_well
            assert "the clock was set" in status.notices[0]


async def test_what_an_earlier_run_planned_stays_unless_it_is_implausible(tmp_path):
    """Its clock may have been right; but no source waits longer than any may."""
    clock, steady, shown = Clock(), Steady(), Shown(rss(*items(1)))
    async with an_app(tmp_path, shown, clock=clock) as app:
        source = source_of(app)
        await app.pipeline.poll(source, None)
        before = await app.store.read(lambda tx: tx.sources.state(source))
        clock.move(timedelta(minutes=1))
        daemon = Daemon(app, lambda: app.config, steady=steady)
        clock.move(timedelta(minutes=2))
        await daemon.check_clock()
        assert (await app.store.read(lambda tx: tx.sources.state(source))).due_at == before.due_at
        clock.move(-timedelta(days=4000))
        await daemon.check_clock()
        state = await app.store.read(lambda tx: tx.sources.state(source))
        assert state.due_at <= clock() + 1.1 * app.config.bounds.longest


async def test_hosts_that_asked_to_be_left_alone_are_so_for_that_long(tmp_path):
    """Not for a year because the clock was a year ahead."""
    async with an_app(tmp_path, Shown(), clock=(clock := Clock())) as app:
        daemon = Daemon(app, lambda: app.config, steady=Steady())
        hosts = app._hosts
        hosts.waits.put("one.example", NOW + timedelta(minutes=5), NOW)
        clock.move(-timedelta(days=365))
        await daemon.check_clock()
        assert hosts.waits.until("one.example", clock()) == clock() + timedelta(minutes=5)
        assert hosts.waits.until("one.example", clock() + timedelta(minutes=6)) is None
