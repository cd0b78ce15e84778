"""What an outlet does to its stories afterwards: it edits them, takes them away, and others carry them."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest
from aiohttp import web

from syndicator.config import load
from syndicator.models import ChangeKind, PageVerdict
from syndicator.runtime.app import App
from tests.apps import Clock
from tests.flow.faults import BRISK
from tests.flow.test_mirrors import watched
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.waiting import eventually

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FEEDS = {
    "all": EVERYTHING,
    "revisions": 'title = "Revisions"\nwhere = "revised:title"\n',
    "unrevised": 'title = "As they were"\nwhere = "not revised:title"\n',
    "copies": 'title = "Copies"\nwhere = "copies:>=1"\n',
    "deletions": 'title = "Deletions"\nwhere = "deleted:yes"\n',
}
TITLES = {1: "Рынок в Идлибе открыт", 2: "أعيد فتح المرفأ في بيروت", 3: "بندر بیروت باز شد", 4: "Liman yeniden açıldı"}


def found(text="<p>A page</p>"):
    return lambda _: web.Response(text=text, content_type="text/html")


def status(number, **headers):
    return lambda _: web.Response(status=number, headers=headers)


def shown(site, **titles):
    return rss(
        *(
            Item(titles.get(f"n{n}", title), f"{site.base}/story/{n}", f"g{n}", f"النص {n}. 3 comments")
            for n, title in TITLES.items()
        )
    )


def body(entry):
    return entry.content[0].value if "content" in entry else entry.summary


async def newsroom(site):
    """Let a site show its stories and their pages."""
    site.answers = {"/": found(), "/feed.xml": shown(site), **{f"/story/{n}": found() for n in TITLES}}


class Desk:
    """An application whose clock a test moves."""

    def __init__(self, app, clock):
        self.app, self.clock = app, clock

    async def poll(self):
        for source in self.app.config.sources.values():
            await self.app.pipeline.poll(source)
        await self.app.pages.run()
        await self.app.publisher.publish()

    async def look(self, after):
        """Look at all pages that are due after some time."""
        self.clock.move(after)
        for _ in range(2 * len(TITLES)):
            await self.app.pages.run()
            self.clock.move(MINUTE)
        await self.app.publisher.publish()

    def entries(self, feed, suffix="atom"):
        return feedparser.parse((self.app.files.folder / f"{feed}.{suffix}").read_bytes()).entries

    def titles(self, feed):
        return [each.title for each in self.entries(feed)]

    async def revisions(self, title):
        stories = await self.app.store.read(lambda tx: tx.stories.newest(10))
        (number,) = (each.id for each in stories if each.title == title)
        return await self.app.store.read(lambda tx: tx.stories.revisions(number))

    async def deleted(self):
        stories = await self.app.store.read(lambda tx: tx.stories.newest(10))
        return {each.title for each in stories if each.deleted_at is not None}

    async def changes(self, *kinds):
        made = await self.app.store.read(lambda tx: tx.changes.after(0, 1000))
        return [(each.kind, each.story) for each in made if each.kind in kinds]


@asynccontextmanager
async def desk(folder, site, *, clock=None, mirrors=(), others=None):
    text = outlet(site.base, *mirrors).replace("[[source]]", "deletions = true\n[[source]]")
    config = load(
        write_config(folder / "c", outlets={"one": text, **(others or {})}, feeds=FEEDS),
        environ={},
        state=folder / "s",
    )
    clock = clock or Clock()
    app = App(config, clock=clock)
    try:
        await app.adopt(config)
        yield Desk(app, clock)
    finally:
        await app.close()


@pytest.fixture
async def site():
    async with Site() as made:
        await newsroom(made)
        yield made


async def test_a_retitled_story_joins_the_feed_of_revisions_with_what_changed(tmp_path, site):
    """Its id stays, in Atom and RSS; a counter in the text is no revision; it stays where readers have seen it."""
    async with desk(tmp_path, site) as d:
        await d.poll()
        assert d.titles("revisions") == []
        ids = {each.title: each.id for each in d.entries("all")}
        d.clock.move(HOUR)
        site.answers["/feed.xml"] = shown(site).replace(b"3 comments", b"7 comments")
        await d.poll()
        assert d.titles("revisions") == []
        assert await d.revisions(TITLES[1]) == []
        assert {each.updated for each in d.entries("all")} == {(d.clock.now - HOUR).isoformat()}
        site.answers["/feed.xml"] = shown(site, n1="Рынок в Идлибе <закрыт>")
        await d.poll()
        for suffix in ("atom", "rss"):
            (entry,) = d.entries("revisions", suffix)
            assert entry.id == ids[TITLES[1]]
            assert "Рынок в Идлибе <del>открыт</del><ins>&lt;закрыт&gt;</ins>" in body(entry)
            assert "النص 1" in body(entry)
        assert d.entries("revisions")[0].updated == d.clock.now.isoformat()
        assert "<del>" not in body(d.entries("all")[0])
        assert len(d.titles("unrevised")) == 4
        (revision,) = await d.revisions("Рынок в Идлибе <закрыт>")
        assert (revision.title, revision.changed) == (TITLES[1], ("title",))
        assert revision.endpoint == f"{site.base}/feed.xml"


async def test_a_feed_of_revisions_that_is_new_is_filled_with_those_of_before(tmp_path, site):
    """The latest revision first, whatever the stories' own dates."""
    async with desk(tmp_path, site) as d:
        await d.poll()
        for titles in ({"n2": "جديد"}, {"n2": "جديد", "n3": "تازه"}, {"n2": "أحدث", "n3": "تازه"}):
            d.clock.move(HOUR)
            site.answers["/feed.xml"] = shown(site, **titles)
            await d.poll()
        assert d.titles("revisions") == ["أحدث", "تازه"]
        (entry, _) = d.entries("revisions")
        assert body(entry).index("أحدث") < body(entry).index(TITLES[2].split()[0])
        feeds = {**FEEDS, "late": FEEDS["revisions"], "as-ever": FEEDS["unrevised"]}
        config = load(write_config(tmp_path / "c", feeds=feeds), environ={}, state=tmp_path / "s")
        await d.app.adopt(config)
        await d.app.outbox.run()
        await d.app.publisher.publish()
        assert d.titles("late") == d.titles("revisions")
        assert sorted(d.titles("as-ever")) == sorted([TITLES[1], TITLES[4]])


async def test_a_page_that_is_missing_twice_six_hours_apart_is_a_deletion(tmp_path, site):
    """Not at the first look; across a restart; told in the feed; and taken back when the page is."""
    async with desk(tmp_path, site) as d:
        await d.poll()
        site.answers["/story/2"] = status(404)
        site.answers["/feed.xml"] = rss(Item(TITLES[1], f"{site.base}/story/1", "g1", "x"))
        await d.poll()
        await d.look(5 * HOUR)
        assert [each.path for each in site.requests if each.path.startswith("/story")] == []
        await d.look(2 * HOUR)
        assert len({each.path for each in site.requests if each.path.startswith("/story")}) == len(TITLES)
        await d.look(3 * HOUR)
        assert await d.deleted() == set()
        clock = d.clock
    async with desk(tmp_path, site, clock=clock) as d:
        await d.look(4 * HOUR)
        assert await d.deleted() == {TITLES[2]}
        for suffix in ("atom", "rss"):
            (entry,) = d.entries("deletions", suffix)
            assert entry.title == TITLES[2]
            assert "<b>Deleted</b>" in body(entry)
            assert "404" in body(entry)
        assert len(d.titles("all")) == len(TITLES)
        site.answers["/story/2"] = found()
        await d.look(30 * HOUR)
        assert await d.deleted() == set()
        (entry,) = d.entries("deletions")
        assert "<b>Restored</b>" in body(entry)
        number = (await d.app.store.read(lambda tx: tx.feeds.members("deletions", 1)))[0]
        told = await d.changes(ChangeKind.DELETED, ChangeKind.RESTORED)
        assert told == [(ChangeKind.DELETED, number), (ChangeKind.RESTORED, number)]


async def test_leaving_the_feed_is_no_deletion(tmp_path, site):
    """The pages are there."""
    async with desk(tmp_path, site) as d:
        await d.poll()
        site.answers |= {"/feed.xml": rss(Item("Новое", f"{site.base}/story/9", "g9", "x")), "/story/9": found()}
        await d.poll()
        await d.look(7 * HOUR)
        await d.look(7 * HOUR)
        assert await d.deleted() == set()


@pytest.mark.parametrize("home", [status(404), status(503), found()], ids=["missing", "down", "up"])
async def test_an_outage_of_the_whole_site_deletes_nothing(tmp_path, site, home):
    """Though every page is missing at two looks, and the home page too, or not."""
    async with desk(tmp_path, site) as d:
        await d.poll()
        site.answers = {"/": home, **{f"/story/{n}": status(404) for n in TITLES}}
        for _ in range(4):
            await d.look(7 * HOUR)
        assert await d.deleted() == set()
        assert d.titles("deletions") == []
        await newsroom(site)
        await d.look(7 * HOUR)
        site.answers["/story/3"] = status(410)
        await d.look(60 * HOUR)
        await d.look(7 * HOUR)
        assert await d.deleted() == {TITLES[3]}


async def test_only_a_missing_page_counts_and_robots_are_heeded(tmp_path, site):
    """Refused, busy, legally blocked, led elsewhere: no word. Led home: gone."""
    site.robots = lambda _: web.Response(text="User-agent: *\nDisallow: /story/2\n")
    async with desk(tmp_path, site) as d:
        await d.poll()
        site.answers["/story/1"] = status(451)
        site.answers["/story/2"] = status(403)
        site.answers["/story/3"] = status(302, Location=f"{site.base}/")
        site.answers["/story/4"] = status(302, Location="https://consent.invalid/agree")
        site.requests.clear()
        for _ in range(3):
            await d.look(7 * HOUR)
        assert "/story/2" not in {each.path for each in site.requests}
        assert await d.deleted() == set()  # no other page is known to be there
        site.answers["/story/1"] = found("x" * 3_000_000)
        await d.look(30 * HOUR)
        await d.look(7 * HOUR)
        assert await d.deleted() == {TITLES[3]}


async def test_a_mirror_that_still_shows_a_page_is_named_and_the_home_decides(tmp_path, site):
    """Readers get its address there."""
    async with Site() as mirror:
        await newsroom(mirror)
        async with desk(tmp_path, site, mirrors=[mirror.base]) as d:
            await d.poll()
            site.answers["/story/4"] = status(404)
            await d.look(7 * HOUR)
            await d.look(7 * HOUR)
            assert await d.deleted() == {TITLES[4]}
            assert f"{mirror.base}/story/4" in body(d.entries("deletions")[0])
            site.answers["/story/4"] = status(503)
            await d.look(30 * HOUR)
            check = await d.app.store.read(lambda tx: tx.page_checks.get(tx.feeds.members("deletions", 1)[0]))
            assert check.verdict is PageVerdict.UNKNOWN
            assert f"{mirror.base}/story/4" in check.note
            assert await d.deleted() == {TITLES[4]}


async def test_pages_are_looked_at_at_a_bounded_rate(tmp_path, site):
    """One a minute at one outlet, however many are due."""
    async with desk(tmp_path, site) as d:
        await d.poll()
        d.clock.move(8 * HOUR)
        site.requests.clear()
        for _ in range(10):
            await d.app.pages.run()
        assert len(site.requests) == 1
        d.clock.move(MINUTE)
        await d.app.pages.run()
        assert len(site.requests) == 2


async def test_the_daemon_looks_at_pages(tmp_path, free_port, site):
    """As one of its jobs, from the first story on; a story that is gone is in the outbox."""
    text = outlet(site.base).replace("[[source]]", "deletions = true\n[[source]]")
    async with watched(tmp_path, free_port, text, intervals=replace(BRISK, pages=0.05)) as w:
        await w.shows(*TITLES.values())
        site.answers["/story/1"] = status(410)
        store = w.daemon.app.store

        async def is_looked_at():
            w.clock.now += MINUTE  # the rate is one a minute
            return any(each.path == "/story/1" for each in site.requests)

        async def is_deleted():
            w.clock.now += MINUTE
            stories = await store.read(lambda tx: tx.stories.newest(10))
            return {each.title for each in stories if each.deleted_at} == {TITLES[1]}

        w.clock.now += 7 * HOUR
        await eventually(is_looked_at)
        w.clock.now += 6 * HOUR
        await eventually(is_deleted)
        made = await store.read(lambda tx: tx.changes.after(0, 100))
        assert made[-1].kind is ChangeKind.DELETED


async def test_a_story_that_others_carry_joins_the_feed_of_copies(tmp_path, site):
    """With who carries it, since when, and where."""
    words = " ".join(f"слово{n}" for n in range(40))
    async with Site() as other:
        site.answers["/feed.xml"] = rss(Item("Агентство сообщает", f"{site.base}/story/1", "g1", words))
        other.answers["/feed.xml"] = rss(Item("Агентство сообщает", f"{other.base}/copy", "h1", words))
        copied = outlet(other.base, name="Other <b>paper</b>")
        async with desk(tmp_path, site, others={"two": copied}) as d:
            await d.app.pipeline.poll(d.app.config.outlets["one"].sources[0])
            await d.app.publisher.publish()
            assert d.titles("copies") == []
            d.clock.move(HOUR)
            await d.poll()
            for suffix in ("atom", "rss"):
                (entry,) = d.entries("copies", suffix)
                assert "Carried by others" in body(entry)
                assert f'<a href="{other.base}/copy"' in body(entry)
                assert ">Other &lt;b&gt;paper&lt;/b&gt;</a>" in body(entry)
                assert f"{d.clock.now:%Y-%m-%d %H:%M} UTC" in body(entry)
