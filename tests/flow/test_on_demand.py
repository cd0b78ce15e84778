"""Feeds that nobody has configured: asked for over HTTP, made from the store, kept while they are asked for."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from zlib import crc32

import aiohttp
import feedparser

from tests.flow.faults import BRISK, Clock
from tests.flow.test_hub import Subscriber
from tests.newsroom import CEASEFIRE, MAIN, Item, Site, outlet, rss, write_config
from tests.waiting import eventually, get, running

LEVANT = "The Levant Courier"
STORIES = ("Shelling in Saraqib, Idlib province", "وقف إطلاق النار في إدلب", "Election in Tunis", "İdlib'de ateşkes")
FEEDS = {"none": 'title = "None"\nwhere = "nobodywritesthisword"\n'}
QUICK = replace(BRISK, outbox=0.1, tidy=0.1)


def shown(site, *titles):
    return rss(*(Item(each, link=f"{site.base}/{crc32(each.encode())}", guid=each) for each in titles))


@dataclass
class Station:
    base: str
    site: Site
    clock: Clock
    daemon: object
    config: object

    async def feed(self, name):
        return await get(f"{self.base}/feeds/{name}")

    async def titles(self, name):
        page = await self.feed(name)
        assert page.status == 200, page.body
        return {each.title for each in feedparser.parse(page.body).entries}

    async def has(self, name, *titles):
        async def are_there():
            # While feeds are being written, a reader may be told to come again.
            return (await self.feed(name)).status == 200 and await self.titles(name) == set(titles)

        await eventually(are_there)

    async def stores(self, count):
        async def are_stored():
            return await self.daemon.app.store.read(lambda tx: tx.stories.count()) == count

        await eventually(are_stored)

    async def news(self, *titles):
        """Let the outlet show these stories, and be due; a poll that began before would be the last one."""
        await self.daemon.dispatcher.settled()
        self.site.answers["/feed.xml"] = shown(self.site, *titles)
        self.clock.now += timedelta(minutes=1)


@asynccontextmanager
async def station(tmp_path, port, *titles, main=MAIN, clock=None, site=None, concepts=None):
    async with Site() if site is None else kept(site) as home:
        home.answers.setdefault("/feed.xml", shown(home, *titles))
        clock = clock or Clock()
        folder = write_config(
            tmp_path / "c",
            port=port,
            outlets={"courier": outlet(home.base, name=LEVANT)},
            feeds=FEEDS,
            concepts={"ceasefire": CEASEFIRE} if concepts is None else concepts,
            main=main,
        )
        async with running(folder, tmp_path / "s", intervals=QUICK, clock=clock) as daemon:
            made = Station(f"http://127.0.0.1:{port}", home, clock, daemon, folder)
            await made.stores(len(titles))
            yield made


@asynccontextmanager
async def kept(site):
    yield site


async def test_a_feed_is_made_when_it_is_asked_for_with_what_is_in_the_store(tmp_path, free_port):
    """Of an outlet, a country, a division, a town, a concept: in each format, at once."""
    async with station(tmp_path, free_port, *STORIES) as s:
        assert await s.titles("outlet/courier.atom") == set(STORIES)
        assert await s.titles("region/SY.atom") == {STORIES[0], STORIES[1], STORIES[3]}
        assert await s.titles("region/SY-ID/saraqib.rss") == {STORIES[0]}
        assert await s.titles("region/levant.atom") == {STORIES[0], STORIES[1], STORIES[3]}
        assert await s.titles("concept/ceasefire.atom") == {STORIES[1], STORIES[3]}
        page = await s.feed("concept/ceasefire.json")
        assert (page.status, page.headers["Content-Type"]) == (200, "application/feed+json; charset=utf-8")
        again = await get(f"{s.base}/feeds/concept/ceasefire.json", **{"If-None-Match": page.headers["ETag"]})
        assert again.status == 304
        parsed = feedparser.parse((await s.feed("outlet/courier.atom")).body).feed
        assert parsed.title == LEVANT
        assert parsed.links[0].href == f"{s.base}/feeds/outlet/courier.atom"


async def test_news_join_the_feeds_that_there_are(tmp_path, free_port):
    """As they do those that are configured, and no feed that they are not for."""
    async with station(tmp_path, free_port, *STORIES[:1]) as s:
        assert await s.titles("concept/ceasefire.atom") == set()
        assert await s.titles("region/SY-ID.atom") == {STORIES[0]}
        await s.news(*STORIES)
        await s.has("concept/ceasefire.atom", STORIES[1], STORIES[3])
        await s.has("region/SY-ID.atom", STORIES[0], STORIES[1], STORIES[3])


async def test_an_event_has_a_feed_of_all_that_is_told_of_it(tmp_path, free_port):
    """What is assigned to it later comes later."""
    first = "Bakery fire in Aleppo leaves eleven families homeless"
    second = "Families homeless after fire guts bakery in Aleppo"
    async with station(tmp_path, free_port, first, "Rain in Izmir") as s:
        number = await eventually(lambda: event_of(s, first))
        name = f"event/{number}.atom"
        assert await s.titles(name) == {first}
        await s.news(second, first, "Rain in Izmir")
        await s.has(name, first, second)
        page = await s.feed("event/999999.atom")
        assert (page.status, "no such event" in page.body.decode()) == (404, True)


async def event_of(s, title):
    events = await s.daemon.app.store.read(lambda tx: tx.events.latest(10))
    return next((each.id for each in events if each.title == title), None)


async def test_what_cannot_be_is_not_found_and_says_what_may_be_meant(tmp_path, free_port):
    """An unknown outlet, region, concept or kind; a term in another case, so that one feed has one address."""
    async with station(tmp_path, free_port, *STORIES[:1]) as s:
        for name, hint in {
            "outlet/couriers.atom": "outlet:courier",
            "region/Syira.atom": "region:SY",
            "concept/ceasfire.atom": "concept:ceasefire",
            "region/sy.atom": "capitals",
            "author/me.atom": "front page",
            "region/SY-ID/saraqib/x.atom": "",
            "event/0.atom": "no such event",
        }.items():
            page = await s.feed(name)
            assert (page.status, hint in page.body.decode()) == (404, True), (name, page.body)
        assert await s.daemon.app.store.read(lambda tx: tx.on_demand.all()) == []


async def test_they_survive_a_restart_and_are_dropped_when_nobody_asks(tmp_path, free_port):
    """A month later the file is gone; who asks then gets a new one."""
    clock = Clock()
    async with Site() as site:
        async with station(tmp_path, free_port, *STORIES, clock=clock, site=site) as s:
            assert len(await s.titles("concept/ceasefire.atom")) == 2
            assert len(await s.titles("outlet/courier.atom")) == 4
        async with station(tmp_path, free_port, *STORIES, clock=clock, site=site) as s:
            file = tmp_path / "s/feeds/concept/ceasefire.atom"
            assert file.exists()
            clock.now += timedelta(days=20)
            assert len(await s.titles("outlet/courier.atom")) == 4
            await s.daemon.app.drop_unwanted()
            clock.now += timedelta(days=20)
            await s.daemon.app.drop_unwanted()
            names = [each.name for each in await s.daemon.app.store.read(lambda tx: tx.on_demand.all())]
            assert names == ["outlet/courier"]
            assert not file.exists()
            assert len(await s.titles("concept/ceasefire.atom")) == 2


async def test_one_whose_concept_is_removed_is_gone(tmp_path, free_port):
    """410, also after a restart; with the concept it comes back."""
    clock = Clock()
    async with Site() as site:
        async with station(tmp_path, free_port, *STORIES, clock=clock, site=site) as s:
            await s.titles("concept/ceasefire.atom")
            concept = s.config / "concepts/ceasefire.toml"
            text = concept.read_text(encoding="utf-8")
            concept.unlink()
            await s.daemon.reload()
            assert (await s.feed("concept/ceasefire.atom")).status == 410
            assert (await s.feed("concept/never.atom")).status == 404
        async with station(tmp_path, free_port, *STORIES, clock=clock, site=site, concepts={}) as s:
            (s.config / "concepts/ceasefire.toml").unlink(missing_ok=True)
            await s.daemon.reload()
            assert (await s.feed("concept/ceasefire.atom")).status == 410
            (s.config / "concepts/ceasefire.toml").write_text(text, encoding="utf-8")
            await s.daemon.reload()
            await s.has("concept/ceasefire.atom", STORIES[1], STORIES[3])


async def test_a_reload_keeps_them(tmp_path, free_port):
    """Their files, too: nobody has to wait."""
    async with station(tmp_path, free_port, *STORIES) as s:
        before = await s.feed("region/SY.atom")
        await s.daemon.reload()
        assert (await s.feed("region/SY.atom")).body == before.body
        await s.news(*STORIES, "Shelling in Aleppo, Syria")
        await s.has("region/SY.atom", STORIES[0], STORIES[1], STORIES[3], "Shelling in Aleppo, Syria")


async def test_strangers_cannot_have_more_than_some_made(tmp_path, free_port):
    """So many in all and a minute: 503 with Retry-After; those that there are go on being served."""
    main = MAIN + "[on_demand]\nmost = 2\n"
    async with station(tmp_path, free_port, *STORIES, main=main) as s:
        await s.titles("region/SY.atom")
        await s.titles("region/TN.atom")
        page = await s.feed("region/LB.atom")
        assert (page.status, page.headers["Retry-After"]) == (503, "3600")
        assert await s.titles("region/SY.atom") == {STORIES[0], STORIES[1], STORIES[3]}
        s.clock.now += timedelta(days=2)
        await s.titles("region/SY.rss")  # not from memory
        await s.daemon.app.drop_unwanted()
        assert await s.titles("region/LB.atom") == set()
        names = [each.name for each in await s.daemon.app.store.read(lambda tx: tx.on_demand.all())]
        assert names == ["region/LB", "region/SY"]


async def test_many_who_ask_at_once_get_one_feed(tmp_path, free_port):
    """Or are asked to come back."""
    async with station(tmp_path, free_port, *STORIES) as s:
        pages = await asyncio.gather(*(s.feed("region/SY.atom") for _ in range(30)))
        assert {each.status for each in pages} <= {200, 503}
        assert len({each.body for each in pages if each.status == 200}) == 1


async def test_none_are_made_where_the_operator_says_so(tmp_path, free_port):
    """The configured ones are as they were."""
    async with station(tmp_path, free_port, *STORIES, main=MAIN + "[on_demand]\nenabled = false\n") as s:
        assert (await s.feed("outlet/courier.atom")).status == 404

        async def is_published():
            return (await s.feed("none.atom")).status == 200

        await eventually(is_published)


async def test_one_can_be_subscribed_to_and_is_kept_for_its_subscribers(tmp_path, free_port):
    """By the hub, as any other public feed; a subscriber never asks for the file."""
    main = MAIN + '[hub]\nenabled = true\nallow_private = ["127.0.0.0/8"]\n'
    async with Subscriber() as subscriber, station(tmp_path, free_port, *STORIES[:1], main=main) as s:
        assert await s.titles("region/SY.atom") == {STORIES[0]}
        form = {
            "hub.mode": "subscribe",
            "hub.topic": f"{s.base}/feeds/region/SY.atom",
            "hub.callback": subscriber.callback,
            "hub.lease_seconds": str(30 * 86400),
        }
        async with aiohttp.ClientSession() as session, session.post(f"{s.base}/hub", data=form) as answer:
            assert answer.status == 202
        await s.daemon.hub.hub.settled()
        await s.news(*STORIES)
        await s.has("region/SY.atom", STORIES[0], STORIES[1], STORIES[3])

        async def has_news():
            return any(STORIES[1].encode() in body for _, body in subscriber.pushed)

        await eventually(has_news)
        for _ in range(2):
            s.clock.now += timedelta(days=14)
            await s.daemon.app.drop_unwanted()
        s.clock.now += timedelta(days=20)  # the lease has ended, and the feed was wanted until lately
        await s.daemon.hub.prune()
        await s.daemon.app.drop_unwanted()
        names = [each.name for each in await s.daemon.app.store.read(lambda tx: tx.on_demand.all())]
        assert names == ["region/SY"]
        s.clock.now += timedelta(days=31)
        await s.daemon.app.drop_unwanted()
        assert await s.daemon.app.store.read(lambda tx: tx.on_demand.all()) == []
