"""Counting stories by series, and judging them: exactly once, and never by what is only new to us."""

from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest

from syndicator.alerts.spikes import label
from syndicator.config import load
from syndicator.errors import StoreError
from syndicator.outbox import Outbox
from syndicator.outbox.spikes import SpikeJudge
from syndicator.outbox.volumes import VolumeCounter
from syndicator.watch.series import Series
from syndicator.watch.spikes import PARTS, hour_of
from tests.apps import Clock, Shown, an_app
from tests.newsroom import CEASEFIRE
from tests.stages.told import CEASEFIRES, DAY, HOUR, MINUTE, Desk

ALL = "any/any/any"
SYRIA = "any/SY/any"
FEED = {"syria": 'title = "Syria"\nwhere = "region:SY"\n'}


@asynccontextmanager
async def a_desk(folder, *, feeds=None, days=16, main=""):
    """Return outlets that have told the usual for some days."""
    clock = Clock()
    concepts = {"ceasefire": CEASEFIRE}
    async with an_app(folder, Shown(), clock=clock, feeds=feeds or FEED, concepts=concepts, main=main) as app:
        desk = Desk(app, clock)
        await desk.run()
        await desk.usual(days)
        yield desk


async def burst(desk, told=CEASEFIRES):
    for outlet, title in told:
        desk.clock.move(MINUTE)
        await desk.tell(outlet, title)


async def test_a_burst_in_four_languages_is_one_happening(tmp_path):
    """Its country, its concept, its feed and all languages have a spike; the widest stands for it, with all stories."""
    async with a_desk(tmp_path) as desk:
        assert await desk.spikes() == {}
        await burst(desk)
        await desk.run()
        found = await desk.spikes()
        assert await desk.alone() == [SYRIA]
        assert "concept:ceasefire/SY/any" in found
        assert "feed:syria/any/any" in found
        assert all(
            [str(each) for each in found[name].covered_by] == [f"series:{SYRIA}"] for name in found.keys() - {SYRIA}
        )
        spike = found[SYRIA]
        assert spike.words.startswith("Syria: 5 stories of 4 outlets in 2 h, where 0.0")
        assert spike.country == "SY"
        assert spike.since == desk.clock()
        assert sorted(spike.stories) == list(range(desk.number - 4, desk.number + 1))
        outlets = [each.outlet for each in await desk.app.store.read(lambda tx: tx.stories.get(spike.stories[:4]))]
        assert len(set(outlets)) == 4
        assert "Ceasefire in Syria: 5 stories of 4 outlets in 2 h" in " ".join(spike.evidence)


class BreaksAfterwards:
    """A store whose writes succeed, and after which the process might as well have died."""

    def __init__(self, store):
        self._store, self.is_broken = store, True
        self.read = store.read

    async def write(self, work, *, may_wait=False):
        done = await self._store.write(work, may_wait=may_wait)
        if self.is_broken and may_wait:
            raise StoreError("the power is gone")
        return done


async def test_a_crash_counts_no_story_twice_and_loses_no_spike(tmp_path):
    """Counts and cursor are one transaction; what was not judged any more is judged by the next process."""
    async with a_desk(tmp_path) as desk:
        before = await desk.volumes(ALL)
        await burst(desk)
        breaking = BreaksAfterwards(desk.app.store)
        consumer = desk.consumer(breaking)
        outbox = Outbox(breaking, [consumer])
        await outbox.run()
        assert outbox.problems == {"volumes": "the power is gone"}
        assert sum((await desk.volumes(ALL)).values()) == sum(before.values()) + 5
        assert await desk.spikes() == {}
        await outbox.run()
        breaking.is_broken = False
        await desk.run()
        await outbox.run()
        assert sum((await desk.volumes(ALL)).values()) == sum(before.values()) + 5
        assert await desk.alone() == [SYRIA]


async def test_a_new_outlet_is_no_spike_and_teaches_what_is_usual(tmp_path):
    """An outlet that tells of Syria alone is none when it comes, nor when it is judged like the others."""
    async with a_desk(tmp_path) as desk:
        await desk.tell("idlib", "في إدلب", language="ar")
        for _ in range(20):
            for outlet in ("idlib", "hama"):
                titles = [
                    f"{title} {desk.number}" for title in ("وقف إطلاق النار في إدلب", "خبز في إدلب", "مدارس في إدلب")
                ]
                await desk.tell(outlet, *titles, language="ar")
            await desk.usual(1)
            assert await desk.spikes() == {}
        assert sum((await desk.volumes(SYRIA)).values()) >= 2 * 3 * 4
        days = await desk.app.store.read(
            lambda tx: tx.volumes.by_day([tx.volumes.ids([SYRIA])[SYRIA]], hour_of(desk.clock()), 60, PARTS)
        )
        assert sum(next(iter(days.values())).values()) >= 2 * 3 * 18


async def test_a_first_document_and_old_news_are_not_counted(tmp_path):
    """A source of a known outlet that is new shows what it has; a known one brings over what it had elsewhere."""
    async with a_desk(tmp_path) as desk:
        before = sum((await desk.volumes(ALL)).values())
        await desk.tell("enab", *(f"وقف إطلاق النار في إدلب {n}" for n in range(20)), source="new")
        old = desk.clock() - timedelta(days=3)
        await desk.tell("volga", *(f"Перемирие в Идлибе {n}" for n in range(20)), published=old)
        await desk.run()
        assert sum((await desk.volumes(ALL)).values()) == before
        assert await desk.spikes() == {}


async def test_a_story_counts_when_it_was_published(tmp_path):
    """What comes a day late is in the past; what is dated ahead came now."""
    async with a_desk(tmp_path) as desk:
        now = desk.clock()
        await desk.tell("volga", "Перемирие в Идлибе", published=now - timedelta(hours=30))
        await desk.tell("ege", "İdlib'de ateşkes", published=now + timedelta(hours=30))
        await desk.run()
        assert await desk.volumes(SYRIA) == {hour_of(now) - 30: 1, hour_of(now): 1}


async def test_a_new_feed_or_filter_is_no_spike(tmp_path):
    """What nobody counted before looks like nothing before; the feed's filter changed is another feed."""
    async with a_desk(tmp_path) as desk:
        folder = tmp_path / "c" / "feeds"
        (folder / "turkiye.toml").write_text('title = "Türkiye"\nwhere = "region:TR"\n', encoding="utf-8")
        (folder / "syria.toml").write_text('title = "Syria"\nwhere = "region:SY or region:LB"\n', encoding="utf-8")
        await adopt(desk, tmp_path)
        await desk.usual(3)
        assert sum((await desk.volumes("feed:turkiye/any/any")).values()) == 9
        assert await desk.spikes() == {}
        await desk.usual(14)
        await burst(desk)
        await desk.run()
        assert "feed:syria/any/any" in await desk.spikes()


async def test_series_of_feeds_that_are_gone_go(tmp_path):
    """With their counts."""
    async with a_desk(tmp_path, days=2) as desk:
        await burst(desk)
        await desk.run()
        (tmp_path / "c" / "feeds" / "syria.toml").unlink()
        (tmp_path / "c" / "feeds" / "all.toml").write_text('title = "All"\nwhere = ""\n', encoding="utf-8")
        await adopt(desk, tmp_path)
        await desk.tell("ege", "Bursa'da kar yağdı")
        await desk.run()
        assert await desk.volumes("feed:syria/any/any") == {}
        assert await desk.volumes(SYRIA)


async def adopt(desk, folder):
    await desk.app.adopt(load(folder / "c", environ={}, state=folder / "s"))


@pytest.mark.parametrize(("later", "expected"), [(timedelta(0), []), (timedelta(hours=47), []), (2 * DAY, [SYRIA])])
async def test_a_spike_ends_six_hours_after_it_is_low_and_rests(tmp_path, later, expected):
    """Within two days, more of the same is none."""
    async with a_desk(tmp_path) as desk:
        await burst(desk)
        await desk.run()
        started = desk.clock()
        while await desk.spikes():
            desk.clock.move(HOUR)
            await desk.run()
        assert timedelta(hours=24) <= desk.clock() - started <= timedelta(hours=31)
        desk.clock.move(later)
        await burst(desk, 3 * CEASEFIRES)
        await desk.run()
        assert await desk.alone() == expected


async def test_what_only_one_outlet_tells_is_no_spike(tmp_path):
    """However much, and though another mentions it; what that one tells must be a surprise of its own."""
    async with a_desk(tmp_path) as desk:
        await burst(desk, [("enab", f"وقف إطلاق النار في إدلب {n}") for n in range(9)])
        await desk.run()
        assert await desk.spikes() == {}
        await burst(desk, [("ege", "İdlib'de ateşkes")])
        await desk.run()
        assert await desk.spikes() == {}
        await burst(desk, [("volga", "Перемирие в Идлибе")])
        await desk.run()
        assert await desk.alone() == [SYRIA]


async def test_a_clock_that_was_ahead_leaves_nothing_behind(tmp_path):
    """What was counted by it lies ahead, and is deleted; what goes on is counted and judged."""
    async with a_desk(tmp_path) as desk:
        desk.clock.move(30 * DAY)
        await burst(desk)
        await desk.run()
        desk.clock.move(-30 * DAY)
        for _ in range(2):
            desk.clock.move(HOUR)
            await desk.run()
        assert await desk.spikes() == {}
        assert max(await desk.volumes(ALL)) <= hour_of(desk.clock())
        await desk.usual(3)
        await burst(desk)
        await desk.run()
        assert await desk.alone() == [SYRIA]


async def test_counts_that_a_wrong_clock_has_deleted_are_learned_anew(tmp_path):
    """What came while it was a year ahead is no news for a year, and nothing is a spike before days have passed."""
    async with a_desk(tmp_path) as desk:
        desk.clock.move(400 * DAY)
        await desk.tell("idlib", "خبز في إدلب", language="ar")
        await desk.run()
        assert await desk.volumes(ALL) == {}
        desk.clock.move(-400 * DAY)
        await desk.run()
        for _ in range(8):
            await desk.usual(1)
            await burst(desk)
            await desk.tell("idlib", "خبز في إدلب", language="ar")
            await desk.run()
            assert await desk.spikes() == {}
        assert await desk.app.store.read(lambda tx: tx.volumes.known_since(["source:idlib/rss"])) != {}
        assert sum((await desk.volumes(SYRIA)).values()) == 8 * 5
        days = await desk.app.store.read(
            lambda tx: tx.volumes.by_day([tx.volumes.ids([SYRIA])[SYRIA]], hour_of(desk.clock()), 60, PARTS)
        )
        assert sum(next(iter(days.values())).values()) == 8 * 6


async def test_none_are_found_where_none_are_wanted(tmp_path):
    """``spikes_a_day = 0``."""
    async with a_desk(tmp_path, main="[watch]\nspikes_a_day = 0\n") as desk:
        await burst(desk)
        await desk.run()
        assert await desk.spikes() == {}


async def test_counts_are_kept_for_sixty_days_and_stories_for_three(tmp_path):
    """A series without counts goes with them."""
    async with a_desk(tmp_path) as desk:
        await burst(desk)
        await desk.run()
        desk.clock.move(4 * DAY)
        await desk.usual(1)
        assert await desk.app.store.read(lambda tx: len(tx.volumes.counted_between(0, 10**7))) == 12
        assert await desk.volumes(SYRIA)
        desk.clock.move(60 * DAY)
        await desk.usual(1)
        await desk.usual(1)
        assert await desk.volumes(SYRIA) == {}
        assert SYRIA not in await desk.app.store.read(lambda tx: tx.volumes.ids([SYRIA]))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("concept:ceasefire/SY/ar", "Ceasefire in Syria, in Arabic"),
        ("any/SY/any", "Syria"),
        ("any/eu/fa", "European Union, in Persian"),
        ("feed:syria/any/any", "feed Syria"),
        ("feed:gone/SY/xx-unknown", "feed gone in Syria, in xx-unknown"),
    ],
)
async def test_a_series_is_named_in_words(tmp_path, name, words):
    """With the labels of the configuration in force; what is gone from it, or has no name, by its id."""
    async with a_desk(tmp_path, days=0) as desk:
        assert label(Series.parse(name), desk.app.rules) == words


async def test_series_are_bounded(tmp_path):
    """Where there are too many, no pair is begun; a country still is. Of more than the bound the smallest go."""
    async with a_desk(tmp_path, days=2) as desk:
        counter = VolumeCounter(rules=lambda: desk.app.rules, clock=desk.clock, most=10)
        desk.clock.move(2 * HOUR)
        await desk.tell("ege", "İdlib'de ateşkes")
        position = await desk.app.store.read(lambda tx: tx.changes.position_of("volumes"))
        await desk.app.store.write(lambda tx: counter(tx, tx.changes.after(position, 200)))
        names = await desk.app.store.read(
            lambda tx: tx.volumes.ids([SYRIA, "concept:ceasefire/any/tr", "concept:ceasefire/SY/any"])
        )
        assert names.keys() == {SYRIA, "concept:ceasefire/any/tr"}
        bounds = {"before": 0, "after": 10**7, "stories_before": 0}
        await desk.app.store.write(lambda tx: tx.volumes.prune(**bounds, most=10))
        assert await desk.app.store.read(lambda tx: tx.volumes.count()) == 10
        assert await desk.volumes(ALL)


async def test_a_bound_costs_no_open_spike_and_no_total(tmp_path):
    """What has a spike stays, however small; and each language keeps all of its stories, by which others are judged."""
    async with a_desk(tmp_path, days=16) as desk:
        await burst(desk)
        await desk.run()
        spiking = set(await desk.spikes())
        totals = [f"any/any/{each}" for each in ("any", "ar", "fa", "ru", "tr")]
        bounds = {"before": 0, "after": 10**7, "stories_before": 0}
        await desk.app.store.write(lambda tx: tx.volumes.prune(**bounds, most=1))
        assert await desk.app.store.read(lambda tx: tx.volumes.count()) <= len(spiking) + len(totals)
        assert set(await desk.spikes()) == spiking
        assert (await desk.app.store.read(lambda tx: tx.volumes.ids(totals))).keys() == set(totals)


async def test_a_series_whose_total_is_lost_stops_no_judging(tmp_path):
    """Nothing is surprising there, and all others are judged."""
    async with a_desk(tmp_path, days=16) as desk:
        await burst(desk)
        await desk.run()
        await desk.app.store.write(lambda tx: tx.volumes.forget(["any/any"]))
        outbox = Outbox(desk.app.store, [desk.consumer()])
        await outbox.run()
        assert outbox.problems == {}


class CountsStories:
    """A store that counts how often the stories of the day are asked for."""

    def __init__(self, store):
        self._store, self.asked = store, 0
        self.write = store.write

    async def read(self, work):
        return await self._store.read(
            lambda tx: work(SimpleNamespace(stories=tx.stories, volumes=Asked(tx.volumes, self)))
        )


class Asked:
    def __init__(self, volumes, counts):
        self._volumes, self._counts = volumes, counts

    def __getattr__(self, name):
        return getattr(self._volumes, name)

    def counted_between(self, first, last):
        self._counts.asked += 1
        return self._volumes.counted_between(first, last)


async def test_an_open_spike_does_not_have_the_stories_of_the_day_read_for_each_batch(tmp_path):
    """They are read once a minute; what came meanwhile is told then."""
    async with a_desk(tmp_path) as desk:
        await burst(desk)
        await desk.run()
        counting = CountsStories(desk.app.store)
        judge = SpikeJudge(counting, rules=lambda: desk.app.rules, clock=desk.clock, most=5000)
        await judge(None)
        begun = counting.asked
        ids = await desk.app.store.read(lambda tx: tx.volumes.ids([SYRIA]))
        for _ in range(5):
            desk.clock.move(MINUTE / 6)
            await judge(frozenset(ids.values()))
        assert counting.asked == begun
        desk.clock.move(MINUTE / 6)
        await judge(None)
        assert counting.asked == begun + 1
        desk.clock.move(2 * MINUTE)
        await judge(None)
        assert counting.asked == begun + 1
