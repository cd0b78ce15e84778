"""Archived feeds (RFC 5005, 4): what leaves a feed's document is found by walking back, and no archive ever changes."""

from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from lxml import etree

from syndicator.models.archives import Archive, PendingMember
from syndicator.models.formats import feed_of, is_archive
from syndicator.publish.archives import plan_archive
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import Item, rss

DAY = timedelta(days=1)
TITLES = ("هدنة في سراقب", "Перемирие в Идлибе", "آتش‌بس در ادلب", "İdlib'de ateşkes", "Truce near Ariha")
HISTORY = "{http://purl.org/syndication/history/1.0}"
SMALL = "title = 'All'\nwhere = ''\nlimit = 5\nformats = ['atom']\n"


def item(number, text=""):
    title = f"{TITLES[number % 5]} {number}"
    return Item(title, link=f"{HOME}/{number}", guid=f"g{number}", text=text or f"Text {number}.")


def pending(*moments):
    return [PendingMember(story=number, placed_at=at) for number, at in enumerate(sorted(moments), 1)]


def made(month, part=0, number=1):
    return Archive(feed="all", number=number, month=month, part=part, made_at=NOW)


def at(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=UTC)


class Newsroom:
    """An application, what its outlet shows, and what a reader of its feed finds."""

    def __init__(self, app, shown, clock):
        self.app, self.shown, self.clock = app, shown, clock
        self.seen = {}

    async def poll(self, *items):
        self.shown.body = rss(*items)
        await self.app.pipeline.poll(source_of(self.app), None)

    async def publish(self, times=20):
        """Publish until nothing is behind, and look that what is archived stays as it is."""
        for _ in range(times):
            await self.app.publisher.publish()
        for path in self.archives():
            assert self.seen.setdefault(path.name, path.read_bytes()) == path.read_bytes(), path

    def archives(self):
        return sorted(path for path in (self.app.config.state / "feeds" / "all").glob("*.atom"))

    async def read(self, name="all.atom"):
        file = await self.app.files.get(name)
        return file.body if file else None

    async def walk(self):
        """Return the documents of the feed by following prev-archive, the newest first."""
        documents, name = [], "all.atom"
        while name:
            body = await self.read(name)
            assert body is not None, f"{name} is linked and not there"
            assert (etree.fromstring(body).find(f"{HISTORY}archive") is not None) == is_archive(name)
            parsed = feedparser.parse(body)
            links = {link.rel: link.href for link in parsed.feed.links}
            base = f"{self.app.config.base_url}/feeds/"
            assert links["self"] == f"{base}{name}"
            if is_archive(name):
                assert links["current"] == f"{base}{feed_of(name)}.atom"
            documents.append(parsed)
            assert "next-archive" not in links
            name = links.get("prev-archive", "").removeprefix(base)
        return documents

    async def titles(self):
        """Return the titles of all stories that a reader finds, each in its newest version."""
        newest = {}
        for parsed in await self.walk():
            for entry in parsed.entries:
                if entry.id not in newest or newest[entry.id].updated < entry.updated:
                    newest[entry.id] = entry
        return sorted(entry.title for entry in newest.values())


@pytest.fixture
async def newsroom(tmp_path):
    shown, clock = Shown(), Clock(at(2026, 11, 1))
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": SMALL}) as app:
        await app.outbox.run()
        yield Newsroom(app, shown, clock)


def titles_of(*numbers):
    return sorted(item(number).title for number in numbers)


def test_an_archive_has_what_is_left_of_the_first_month_that_has_gone():
    """Month by month; of the running one nothing is due."""
    members = pending(at(2026, 9, 30, 23), at(2026, 10, 1), at(2026, 10, 31, 23), at(2026, 11, 2))
    first = plan_archive(members, [], None, at(2026, 11, 20))
    second = plan_archive(members[1:], [], made("2026-09"), at(2026, 11, 20))
    assert (first.month, first.part, first.stories) == ("2026-09", 0, [1])
    assert (second.month, second.part, second.stories) == ("2026-10", 0, [2, 3])
    assert plan_archive(members[3:], [], made("2026-10"), at(2026, 11, 20)) is None


def test_what_no_longer_fits_is_a_part_of_its_month():
    """Counted from one; the month's last has no number, and the next month begins anew."""
    members = pending(at(2026, 11, 2), at(2026, 11, 3))
    first = plan_archive(members, members[:1], None, at(2026, 11, 20))
    second = plan_archive(members[1:], members[1:], made("2026-11", 1), at(2026, 11, 20))
    last = plan_archive(members[1:], [], made("2026-11", 1), at(2026, 12, 2))
    other = plan_archive(members, members[:1], made("2026-10", 7), at(2026, 11, 20))
    assert [(each.month, each.part, each.stories) for each in (first, second, last, other)] == [
        ("2026-11", 1, [1]), ("2026-11", 2, [2]), ("2026-11", 0, [2]), ("2026-11", 1, [1]),
    ]  # fmt: skip


def test_what_comes_late_counts_as_of_the_month_after_the_closed_one():
    """December's end is a year's end, too; a clock that was ahead has closed months that have not come."""
    late = pending(at(2026, 10, 5))
    assert plan_archive(late, [], made("2026-12"), at(2027, 1, 20)) is None
    plan = plan_archive(late, [], made("2026-12"), at(2027, 2, 20))
    assert (plan.month, plan.part) == ("2027-01", 0)
    assert plan_archive(late, [], made("2029-12"), at(2027, 2, 20)) is None
    plan = plan_archive(late, late, made("2029-12"), at(2027, 2, 20))
    assert (plan.month, plan.part) == ("2030-01", 1)


def test_a_month_of_many_stories_is_taken_apart():
    """Each archive can still be read at once; all stories stand in one."""
    members = pending(*(at(2026, 10, 1) + timedelta(minutes=n) for n in range(600)))
    latest, labels, found = None, [], []
    while (plan := plan_archive(members, [], latest, at(2026, 11, 20))) is not None:
        latest = made(plan.month, plan.part)
        labels.append(latest.label)
        found += plan.stories
        members = [each for each in members if each.story not in plan.stories]
    assert labels == ["2026-10-1", "2026-10-2", "2026-10"]
    assert found == list(range(1, 601))


async def test_nothing_that_was_published_is_lost_to_a_reader_who_was_away(newsroom):
    """Hundreds of stories in a feed of five, some at a time, over three months; each archive stays as it was."""
    count = 0
    for step in range(90):
        new = range(count, count + step % 8)
        count += len(new)
        await newsroom.poll(*map(item, new))
        newsroom.clock.move(DAY)
        await newsroom.publish(times=1)
        if step % 30 == 29:
            assert await newsroom.titles() == titles_of(*range(count))
    await newsroom.publish()
    assert count > 300
    assert await newsroom.titles() == titles_of(*range(count))
    documents = await newsroom.walk()
    assert len(documents) > 50
    assert {path.name[:7] for path in newsroom.archives()} >= {"2026-11", "2026-12"}
    listed = [entry.id for parsed in documents for entry in parsed.entries]
    assert len(listed) - len(set(listed)) <= 5


async def test_a_months_archive_is_made_when_it_has_gone_for_a_day(newsroom):
    """Though nothing new has come; it is linked, and has the stories of the month alone."""
    await newsroom.poll(item(1), item(2))
    await newsroom.publish()
    newsroom.clock.now = at(2026, 12, 1, 23)
    await newsroom.poll(item(3))
    await newsroom.publish()
    assert newsroom.archives() == []
    newsroom.clock.now = at(2026, 12, 2, 1)
    await newsroom.publish()
    assert [path.name for path in newsroom.archives()] == ["2026-11.atom"]
    _, november = await newsroom.walk()
    assert sorted(entry.title for entry in november.entries) == titles_of(1, 2)


async def test_what_is_rewritten_after_it_was_archived_is_archived_again(newsroom):
    """In a later archive: the one that has it as it was does not change."""
    await newsroom.poll(item(1), item(2))
    await newsroom.publish()
    newsroom.clock.now = at(2026, 12, 5)
    await newsroom.publish()
    retitled = Item("Перемирие нарушено", link=f"{HOME}/1", guid="g1", text="Text 1.")
    await newsroom.poll(retitled, *map(item, range(3, 9)))
    await newsroom.publish()
    newsroom.clock.now = at(2027, 1, 5)
    await newsroom.poll(*map(item, range(9, 15)))
    await newsroom.publish()
    assert await newsroom.titles() == sorted([retitled.title, *titles_of(*range(2, 15))])
    versions = [
        entry.title for parsed in await newsroom.walk() for entry in parsed.entries if entry.link == f"{HOME}/1"
    ]
    assert versions == [retitled.title, item(1).title]


async def test_an_archive_survives_the_program_and_its_stories(tmp_path):
    """A restart, another title, base URL or version of its words, retention, and the loss of its file."""
    shown, clock = Shown(), Clock(at(2026, 11, 1))
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": SMALL}) as app:
        await app.outbox.run()
        newsroom = Newsroom(app, shown, clock)
        await newsroom.poll(*map(item, range(12)))
        await newsroom.publish()
        before = {path.name: path.read_bytes() for path in newsroom.archives()}
        await app.store.write(lambda tx: tx.retention.delete(range(1, 8)))
    assert before
    (tmp_path / "s/feeds/all/2026-11-1.atom").unlink()
    retitled = SMALL.replace("All", "كل الأخبار")
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": retitled}) as app:
        newsroom = Newsroom(app, shown, clock)
        await newsroom.publish()
        assert {path.name: path.read_bytes() for path in newsroom.archives()} == before
        assert (await newsroom.walk())[0].feed.title == "كل الأخبار"
        assert await newsroom.titles() == titles_of(*range(12))


async def test_an_archive_that_a_reader_misses_is_written_again(newsroom):
    """From the store: its stories may be gone by then."""
    await newsroom.poll(*map(item, range(12)))
    await newsroom.publish()
    (path,) = newsroom.archives()
    path.unlink()
    assert await newsroom.read(f"all/{path.name}") is None
    await newsroom.publish()
    assert newsroom.archives() == [path]


async def test_an_archive_that_cannot_be_written_is_written_later(newsroom):
    """The feed does not link to it before; it has the same stories in the end."""
    blocked = newsroom.app.config.state / "feeds" / "all"
    blocked.write_text("somebody's file")
    await newsroom.poll(*map(item, range(12)))
    await newsroom.publish(times=3)
    assert "a file lies where its folder belongs" in newsroom.app.publisher.problems["all"].message
    blocked.unlink()
    newsroom.clock.move(timedelta(hours=1))
    await newsroom.publish()
    assert newsroom.app.publisher.problems == {}
    assert await newsroom.titles() == titles_of(*range(12))


async def test_archives_can_be_switched_off_and_on(tmp_path):
    """No link, no file; what was archived before is back as it was, and what came meanwhile follows."""
    shown, clock = Shown(), Clock(at(2026, 11, 1))
    seen = {}
    for step, feed in enumerate((SMALL, SMALL + "archives = false\n", SMALL)):
        async with an_app(tmp_path, shown, clock=clock, feeds={"all": feed}) as app:
            await app.outbox.run()
            newsroom = Newsroom(app, shown, clock)
            newsroom.seen = seen
            await newsroom.poll(*map(item, range(12 * step, 12 * step + 12)))
            await newsroom.publish()
            if "false" in feed:
                assert newsroom.archives() == []
                assert len(await newsroom.walk()) == 1
    assert not (tmp_path / "s/feeds/all").is_dir() or seen
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": SMALL}) as app:
        assert await Newsroom(app, shown, clock).titles() == titles_of(*range(36))


async def test_a_new_feeds_archives_begin_with_the_oldest_story(tmp_path):
    """They wait until the feed is filled from the store, which begins with the newest."""
    shown, clock = Shown(), Clock(at(2026, 9, 1))
    async with an_app(tmp_path, shown, clock=clock, feeds={"other": SMALL}) as app:
        newsroom = Newsroom(app, shown, clock)
        for number in range(60):
            await newsroom.poll(item(number))
            clock.move(DAY)
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": SMALL}) as app:
        newsroom = Newsroom(app, shown, clock)
        await newsroom.poll(item(60))
        await newsroom.publish()
        assert newsroom.archives() == []
        await app.outbox.run()
        await newsroom.publish()
        documents = await newsroom.walk()
        assert await newsroom.titles() == titles_of(*range(61))
        assert [path.name for path in newsroom.archives()] == ["2026-09.atom", "2026-10-1.atom"]
        assert documents[-1].entries[-1].title == item(0).title


async def test_a_renamed_feed_keeps_its_archives(tmp_path):
    """A walk through them finds every story under the new name, with later ones in further archives."""
    shown, clock = Shown(), Clock(at(2026, 11, 1))
    async with an_app(tmp_path, shown, clock=clock, feeds={"former": SMALL}) as app:
        await app.outbox.run()
        newsroom = Newsroom(app, shown, clock)
        await newsroom.poll(*map(item, range(12)))
        await newsroom.publish()
    renamed = SMALL + "renamed_from = ['former']\n"
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": renamed}) as app:
        await app.outbox.run()
        newsroom = Newsroom(app, shown, clock)
        await newsroom.poll(*map(item, range(12, 24)))
        await newsroom.publish()
        assert await newsroom.titles() == titles_of(*range(24))


async def test_a_feed_that_stories_leave_as_they_grow_old_has_no_archives(tmp_path):
    """They would have what happened to be left of it; nor has one that takes its window from another feed."""
    shown, clock = Shown(), Clock(at(2026, 11, 1))
    windowed = SMALL.replace("where = ''", "where = 'age:<2d'")
    feeds = {"all": windowed, "more": SMALL.replace("where = ''", "where = 'feed:all outlet:one'")}
    async with an_app(tmp_path, shown, clock=clock, feeds=feeds) as app:
        assert [feed.has_archives for feed in app.config.feeds.values()] == [False, False]


async def test_a_feed_in_another_format_alone_has_no_archives(tmp_path):
    """RFC 5005 is on Atom."""
    shown, clock = Shown(), Clock(at(2026, 11, 1))
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": SMALL.replace("atom", "rss")}) as app:
        await app.outbox.run()
        newsroom = Newsroom(app, shown, clock)
        await newsroom.poll(*map(item, range(12)))
        await newsroom.publish()
        assert newsroom.archives() == []
        assert b"prev-archive" not in await newsroom.read("all.rss")


async def test_archived_entries_lead_to_the_outlet_and_to_no_page_that_goes(newsroom):
    """Stories' pages are gone after retention, and archives are not."""
    await newsroom.poll(*map(item, range(12)))
    await newsroom.publish()
    feed, archive = await newsroom.walk()
    assert {link.rel for entry in feed.entries for link in entry.links} >= {"describedby"}
    assert {link.rel for entry in archive.entries for link in entry.links} == {"alternate", "via"}
    assert all(f"{HOME}/" in entry.link for entry in archive.entries)
