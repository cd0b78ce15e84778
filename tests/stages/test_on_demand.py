"""Feeds on demand in an application without a network: how a new one is filled from the store."""

from datetime import timedelta

import pytest

from syndicator.models import EventAssignment
from syndicator.outbox.on_demand import members_below
from syndicator.web.feeds import FeedNotMadeError
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.newsroom import CEASEFIRE, Item, rss


def item(title):
    return Item(title, link=f"{HOME}/{title.replace(' ', '-')}", guid=title)


async def poll(app, shown, *titles):
    shown.body = rss(*map(item, titles))
    await app.pipeline.poll(source_of(app))


async def members(app, name):
    return set(await app.store.read(lambda tx: tx.feeds.members(name, 1000)))


WORDS = "harbour orchard lantern bridge market museum quarry pasture chapel station canal meadow".split()


async def test_a_feed_is_filled_from_stories_older_than_the_first_answer_looks_at(tmp_path):
    """In small steps of the outbox, until nothing older is left."""
    shown = Shown()
    async with an_app(tmp_path, shown, concepts={"ceasefire": CEASEFIRE}) as app:
        others = [f"{a} {b} reopens after repairs" for a in WORDS for b in WORDS if a != b]
        await poll(app, shown, "Truce holds near Saraqib")
        await poll(app, shown, *others[:100])
        await poll(app, shown, *others[100:])
        count = await app.store.read(lambda tx: tx.stories.count())
        assert count > 50
        assert await app.on_demand.make("concept/ceasefire")
        assert await members(app, "concept/ceasefire") == {1}

        await app.outbox.run()

        # As if the first answer had looked at less than there is.
        def begin_anew(tx):
            tx.feeds.start_backfill(last_story=tx.stories.last_number())
            tx.connection.exec_driver_sql("DELETE FROM member WHERE feed = 'concept/ceasefire'")

        await app.store.write(begin_anew)
        await app.outbox.run()
        assert await members(app, "concept/ceasefire") == {1}
        pending = await app.store.read(lambda tx: tx.feeds.backfills())
        assert "concept/ceasefire" not in pending


async def test_no_more_stories_are_looked_at_than_is_said(tmp_path):
    """What is left is for the next step, from where this one ended."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        await poll(app, shown, *(f"{a} {b} reopens after repairs" for a in WORDS for b in WORDS if a != b))
        assert await app.on_demand.make("outlet/one")
        wanted = app.on_demand._feeds["outlet/one"]

        def look(tx):
            return members_below(tx, wanted, tx.stories.last_number() + 1, scanned=200)

        found, below = await app.store.read(look)
        assert len(found) >= wanted.feed.limit
        assert below == 0


async def test_a_feed_of_an_event_that_was_merged_into_another_has_the_stories_of_that(tmp_path):
    """Under the address that readers know; a new one is told the other address."""
    shown = Shown()
    async with an_app(tmp_path, shown, clock=Clock()) as app:
        await poll(app, shown, "Bakery fire in Aleppo", "Библиотека в Казани открыта", "Rain in Izmir")
        stories = await app.store.read(lambda tx: list(reversed(tx.stories.get([1, 2, 3]))))
        opened = [(each, EventAssignment(event=each.id, reason="opens")) for each in stories[:2]]
        await app.store.write(lambda tx: tx.events.record(opened))
        assert await app.on_demand.make("event/2")
        assert await members(app, "event/2") == {2}
        merging = EventAssignment(event=1, reason="joins", score=0.5, merged=(2,))
        await app.store.write(lambda tx: tx.events.record([(stories[2], merging)]))
        await app.on_demand.filler.step()
        assert await members(app, "event/2") == {1, 2, 3}
        await app.adopt(app.config)
        assert "event/2" in app.on_demand.feeds
        await app.store.write(lambda tx: tx.on_demand.drop(["event/2"]))
        await app.adopt(app.config)
        with pytest.raises(FeedNotMadeError, match="event/1"):
            await app.on_demand.make("event/2")


async def test_ten_are_made_a_minute(tmp_path):
    """The others are asked to come back."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        for code in ("SY", "LB", "IQ", "TR", "IR", "RU", "UA", "JO", "EG", "SD"):
            assert await app.on_demand.make(f"region/{code}")
        with pytest.raises(FeedNotMadeError) as refused:
            await app.on_demand.make("region/YE")
        assert (refused.value.status, refused.value.retry_after) == (503, 60)
        assert await app.on_demand.make("region/SY")
        clock.move(timedelta(minutes=1))
        assert await app.on_demand.make("region/YE")
