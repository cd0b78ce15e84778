"""Old news arrives as old: whenever it comes, its place in a feed is by its own date."""

from datetime import timedelta

import feedparser

from tests.apps import Clock, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import Item, rss

DAY = timedelta(days=1)


def item(title, *, days=None, number):
    date = (NOW - days * DAY).strftime("%a, %d %b %Y %H:%M:%S GMT") if days is not None else ""
    return Item(title, link=f"https://one.example/{number}", guid=str(number), date=date)


async def show(app, shown, *items):
    """Let the outlet show these items, poll it, and return the feed's entries and the poll's report."""
    shown.body = rss(*items)
    report = await app.pipeline.poll(source_of(app))
    await app.publisher.publish()
    body = (app.files.folder / "all.atom").read_bytes()
    return feedparser.parse(body).entries, report


LIMITED = 'title = "All"\nwhere = ""\nlimit = 5\n'


async def test_a_flood_of_old_items_pushes_nothing_out(tmp_path):
    """An archive opened, a site moved: today's stories stay where they are, and the flood is said."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": LIMITED}) as app:
        today = [item(f"خبر اليوم {n}", days=0, number=n) for n in range(5)]
        before, _ = await show(app, shown, *today)
        clock.move(timedelta(hours=1))
        old = [item(f"Старая новость {n}", days=400 + n, number=1000 + n) for n in range(500)]
        after, report = await show(app, shown, *old, *today)
        assert [each.id for each in after] == [each.id for each in before]
        assert report.old_news == 500
        assert report.documents[-1].note.startswith("500 new items are old")


async def test_old_news_has_its_place_and_its_time_by_its_own_date(tmp_path):
    """Also in the first document of an outlet, where nothing is said of it."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        entries, report = await show(
            app,
            shown,
            item("Dün", days=1, number=1),
            item("Geçen hafta", days=7, number=2),
            item("Tarihsiz", number=3),
            *(item(f"Eski {n}", days=100 + n, number=10 + n) for n in range(30)),
        )
        assert {each.title for each in entries[:2]} == {"Dün", "Tarihsiz"}
        assert [each.title for each in entries[2:5]] == ["Geçen hafta", "Eski 0", "Eski 1"]
        assert entries[2].updated == (NOW - 7 * DAY).isoformat()
        assert entries[0].updated == NOW.isoformat()
        assert (report.old_news, report.documents[-1].note) == (31, "")


async def test_an_old_story_that_is_revised_keeps_its_place_and_says_when(tmp_path):
    """What is new of it is its words."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        await show(app, shown, item("Yesterday", days=0, number=1), item("Long ago", days=50, number=2))
        clock.move(DAY)
        entries, _ = await show(
            app, shown, item("Yesterday", days=0, number=1), item("Long, long ago", days=50, number=2)
        )
        assert [each.title for each in entries] == ["Yesterday", "Long, long ago"]
        assert entries[1].updated == clock.now.isoformat()


async def test_a_date_in_the_future_or_none_is_no_place(tmp_path):
    """Such a story is where it came."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        await show(app, shown, item("First", days=-3000, number=1))
        clock.move(timedelta(hours=1))
        entries, _ = await show(app, shown, item("First", days=-3000, number=1), item("Second", number=2))
        assert [each.title for each in entries] == ["Second", "First"]


async def test_the_news_of_an_outlet_whose_clock_is_slow_arrives_now(tmp_path):
    """Newer than all that is known of it, and older than the last look: its clock is wrong. An archive stays old."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        slow = [item(f"Geç {n}", days=5 - n / 24, number=n) for n in range(4)]
        await show(app, shown, *slow[:2])
        clock.move(timedelta(hours=1))
        entries, report = await show(app, shown, *slow, item("Arşiv", days=90, number=9))
        assert {each.title for each in entries[:2]} == {"Geç 2", "Geç 3"}
        assert entries[0].updated == clock.now.isoformat()
        assert (entries[-1].title, report.old_news) == ("Arşiv", 1)


async def test_what_came_out_while_nobody_looked_has_its_own_place(tmp_path):
    """After a week without polls, its news are from that week."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        await show(app, shown, item("قبل", days=0, number=1))
        clock.move(7 * DAY)
        missed = item("أثناء", days=-3, number=2)
        entries, report = await show(app, shown, item("قبل", days=0, number=1), missed, item("الآن", days=-7, number=3))
        assert [each.title for each in entries] == ["الآن", "أثناء", "قبل"]
        assert report.old_news == 1
