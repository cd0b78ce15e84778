"""What feeds hold by day: counts, places by key, and tallies of who told it, which are kept in memory."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from syndicator.models.reader_pages import DayStories
from syndicator.runtime.reader_pages.feed_days import DayCounts, Tallies, last_days, start_of
from syndicator.store import Placed
from tests.stages.test_copies import AGENCY, EN_TEXT, PAPER, TEXTS, at, newsroom
from tests.stores import speaks_sqlite

MIDNIGHT = datetime(2026, 3, 6, tzinfo=UTC)
INSTANT, DAY = timedelta(microseconds=1), timedelta(days=1)


async def placed(room, *moments):
    """Have the feed hold stories at these moments, numbered from 1."""
    for number, moment in enumerate(moments, 1):
        await room.show(AGENCY, at(AGENCY, str(number), f"Bakers of Aleppo, part {number}", f"Number {number}."))
        await room.app.store.write(lambda tx, n=number, m=moment: tx.feeds.move({("all", n): m}))


async def test_days_end_at_midnight_utc(tmp_path):
    """To the microsecond; a feed that there is not has no days."""
    async with newsroom(tmp_path) as room:
        await placed(room, MIDNIGHT - INSTANT, MIDNIGHT, MIDNIGHT + DAY - INSTANT, MIDNIGHT + DAY)
        starts = [MIDNIGHT - DAY, MIDNIGHT, MIDNIGHT + DAY]
        found = await room.app.store.read(lambda tx: tx.feed_days.counts(["all", "none"], starts))
    assert found == {"all": (1, 2, 1)}


async def test_places_are_paged_by_key_without_losing_those_at_one_moment(tmp_path):
    """The latest first; of two at once, the higher number."""
    async with newsroom(tmp_path) as room:
        await placed(room, MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT, MIDNIGHT, MIDNIGHT - DAY)
        below, seen = None, []
        while page := await room.app.store.read(lambda tx: tx.feed_days.latest("all", 2, below=below)):  # noqa: B023
            seen += page
            below = page[-1]
        since = await room.app.store.read(lambda tx: tx.feed_days.latest("all", 9, since=MIDNIGHT))
        heads = await room.app.store.read(lambda tx: tx.feed_days.heads(["all", "none"], 2))
        first = await room.app.store.read(lambda tx: tx.feed_days.first_from("all", MIDNIGHT + INSTANT))
    assert [each.story for each in seen] == [2, 4, 3, 1, 5]
    assert [each.story for each in since] == [2, 4, 3, 1]
    assert heads == {"all": [2, 4], "none": []}
    assert (first, seen[0]) == (MIDNIGHT + DAY, Placed(MIDNIGHT + DAY, 2))


async def test_tellings_and_copies_of_days_are_counted_by_outlet_and_language(tmp_path):
    """All days at once, or the latest stories of one."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", TEXTS["en"][0], EN_TEXT))
        await room.show(PAPER, at(PAPER, "1", TEXTS["en"][0], EN_TEXT))
        await room.show(AGENCY, at(AGENCY, "2", "Bakers of Aleppo", "Bread again."), after=DAY)
        await room.show(AGENCY, at(AGENCY, "3", "Fishing boats leave Tartus", "At dawn."))
        start = start_of(room.clock.now.date() - DAY)

        def read(tx):
            days = tx.feed_days
            return [
                days.by_outlet("all", [start, start + DAY], copies=False),
                days.by_outlet("all", [start, start + DAY], copies=True),
                days.by_outlet_of_latest("all", start + DAY, 1, copies=False),
                days.by_outlet_of_latest("all", start, 9, copies=True),
            ]

        told, copied, latest, latest_copied = await room.app.store.read(read)
    assert told == [{("agency", "en"): 1}, {("agency", "en"): 2}]
    assert copied == [{("paper", "en"): 1}, {}]
    assert (latest, latest_copied) == ({("agency", "en"): 1}, {("paper", "en"): 1})


@speaks_sqlite
async def test_places_of_many_stories_are_looked_up_by_the_stories(tmp_path):
    """Not by the feed, which may hold a million others (EXPLAIN QUERY PLAN)."""
    async with newsroom(tmp_path) as room:
        asked = []

        @event.listens_for(room.app.store._engine, "before_cursor_execute")
        def note(_connection, _cursor, statement, parameters, _context, _many):
            asked.append((statement, parameters))

        await room.app.store.read(lambda tx: tx.feed_days.places("all", range(1, 301)))
        event.remove(room.app.store._engine, "before_cursor_execute", note)
        ((statement, parameters),) = [each for each in asked if "FROM member" in each[0]]
        explain = f"EXPLAIN QUERY PLAN {statement}"
        plan = await room.app.store.read(lambda tx: tx.connection.exec_driver_sql(explain, parameters).all())
    assert [row[3] for row in plan] == ["SEARCH member USING INDEX ix_member_story (story=?)"]


async def test_days_without_any_story_are_idle(tmp_path):
    """Of a day that brought one to another feed, it is known that this feed had none."""
    async with newsroom(tmp_path) as room:
        await placed(room, MIDNIGHT)
        first = start_of(room.clock.now.date())
        starts = [first - DAY, first, first + DAY]
        assert await room.app.store.read(lambda tx: tx.feed_days.idle(starts)) == [first - DAY, first + DAY]


class Days:
    """Stands in for the store: every day has one story of one outlet, and what is asked is noted."""

    def __init__(self):
        self.asked = []
        self.feed_days = self

    def by_outlet(self, _name, starts, *, copies):
        self.asked += [(start.day, copies) for start in starts]
        return [Counter({(f"outlet-{start.day}", "ar"): 1}) for start in starts]

    def by_outlet_of_latest(self, _name, start, limit, *, copies):
        self.asked.append((start.day, limit, copies))
        return Counter({(f"outlet-{start.day}", "ar"): limit})


def made_days(*counts):
    return [DayStories(day=date(2026, 3, 1) + place * DAY, stories=count) for place, count in enumerate(counts)]


def test_a_day_is_counted_once_until_it_has_another_number_of_stories():
    """Copies apart; a day without stories is never counted."""
    store, tallies = Days(), Tallies()
    for _ in range(3):
        assert tallies.told(store, "f", made_days(4, 0, 2, 7)) == Counter(
            {("outlet-1", "ar"): 1, ("outlet-3", "ar"): 1, ("outlet-4", "ar"): 1}
        )
    assert store.asked == [(1, False), (3, False), (4, False)]
    tallies.told(store, "f", made_days(4, 0, 2, 8))
    assert store.asked[3:] == [(4, False)]
    tallies.told(store, "f", made_days(4, 0, 3, 8))
    assert store.asked[4:] == [(3, False)]
    tallies.copied(store, "f", made_days(4))
    tallies.told(store, "g", made_days(4))
    assert store.asked[5:] == [(1, True), (1, False)]


def test_of_a_very_long_day_the_latest_stories_count():
    """So that no page costs more than it may."""
    store = Days()
    assert Tallies().told(store, "f", made_days(5000)) == {("outlet-1", "ar"): 1000}
    assert store.asked == [(1, 1000, False)]


def test_no_more_is_kept_than_there_is_room_for():
    """What was asked for last stays; what a caller does with its sum changes nothing that is kept."""
    store, tallies = Days(), Tallies(most_kept=8)
    for name in "abcdef":
        tallies.told(store, name, made_days(1)).clear()
    assert sum(len(tally) + 1 for _, tally in tallies._kept.values()) <= 8
    store.asked.clear()
    assert tallies.told(store, "f", made_days(1)) == {("outlet-1", "ar"): 1}
    assert store.asked == []


@pytest.mark.parametrize(
    ("since", "numbers", "usual"),
    [
        (None, (0, 0, 0, 0, 3), None),
        (date(2026, 3, 3), (9, 9, 9, 1, 3), None),
        (date(2026, 3, 1), (9, 1, 2, 6, 3), 2),
        (date(2026, 2, 1), (0, 0, 1, 1, 3), 0.5),
        (date(2026, 2, 1), (0, 0, 0, 9, 3), 0),
    ],
)
def test_what_is_usual_is_the_median_of_whole_days_on_which_stories_were_read(since, numbers, usual):
    """Neither today, nor the day on which reading began, nor old stories of before; of fewer than three days, none."""
    days = tuple(date(2026, 3, 1) + place * DAY for place in range(5))
    assert DayCounts(days=days, counts={"f": numbers}, since=since).usual("f") == usual


def test_the_last_days_end_today():
    """In UTC, wherever the clock is read."""
    days = last_days(MIDNIGHT.astimezone(UTC))
    assert (len(days), days[-1], days[0]) == (30, date(2026, 3, 6), date(2026, 2, 5))
