"""Events in the store: stories are assigned as they are added, once, whatever fails on the way."""

from datetime import timedelta

import pytest

from syndicator.errors import StoreError
from syndicator.models import EventAssignment
from syndicator.outbox import Outbox, event_consumer
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.newsroom import Item, rss

FIRE = "Bakery fire in Aleppo leaves eleven families homeless"
AGAIN = "Families homeless after fire guts bakery in Aleppo"
LIBRARY = "Жители Казани открыли библиотеку на старом вокзале"


def item(number, title):
    return Item(title, link=f"{HOME}/{number}", guid=str(number))


async def poll(app, shown, *titles):
    """Poll a feed with these headlines, of which the last is the newest, and stands first."""
    shown.body = rss(*(item(number, title) for number, title in reversed(list(enumerate(titles, 1)))))
    await app.pipeline.poll(source_of(app))


async def events_of(app, *numbers):
    return await app.store.read(lambda tx: tx.events.events_of(numbers))


async def stored(app, number):
    return await app.store.read(lambda tx: tx.events.get(number))


async def test_added_stories_are_assigned_with_the_reason(tmp_path):
    """The first ones after the program's first start, too."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        await poll(app, shown, FIRE, LIBRARY, AGAIN)
        await app.outbox.run()
        assert await events_of(app, 1, 2, 3) == {1: 1, 2: 2, 3: 1}
        event = await stored(app, 1)
        assert (event.title, event.stories) == (FIRE, 2)
        (first, second) = await app.store.read(lambda tx: tx.events.members(1))
        assert (first[1].score, first[1].reason) == (None, "nothing alike lately")
        assert "in common" in second[1].reason
        (story,) = await app.store.read(lambda tx: tx.stories.get([1]))
        assert event.uid == story.uid


async def test_after_a_restart_stories_join_the_events_of_before(tmp_path):
    """The index is made again from the store; what has an event keeps it."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        await poll(app, shown, FIRE, LIBRARY)
        await app.outbox.run()
    async with an_app(tmp_path, shown) as app:
        await poll(app, shown, FIRE, LIBRARY, AGAIN)
        await app.outbox.run()
        assert await events_of(app, 1, 2, 3) == {1: 1, 2: 2, 3: 1}


class BreaksAfterwards:
    """A store whose write of events succeeds, and after which the process might as well have died."""

    def __init__(self, store):
        self._store, self.is_broken = store, False
        self.read = store.read

    async def write(self, work, *, may_wait=False):
        done = await self._store.write(work, may_wait=may_wait)
        if self.is_broken and may_wait:
            raise StoreError("the power is gone")
        return done


async def test_changes_that_are_handed_over_twice_change_nothing(tmp_path):
    """A crash between the assignments and the cursor doubles no story; nor does one of the same process."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        breaking = BreaksAfterwards(app.store)
        outbox = Outbox(breaking, [event_consumer(breaking)])
        await outbox.register()
        await poll(app, shown, FIRE, AGAIN)
        breaking.is_broken = True
        await outbox.run()
        assert outbox.problems == {"events": "the power is gone"}
        assert await events_of(app, 1, 2) == {1: 1, 2: 1}
        breaking.is_broken = False
        await outbox.run()
        await Outbox(app.store, [event_consumer(app.store)]).run()
        assert await events_of(app, 1, 2) == {1: 1, 2: 1}
        assert (await stored(app, 1)).stories == 2


async def test_a_new_headline_tells_its_event_more(tmp_path):
    """The story keeps its event; another that is like the new headline joins it."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        await poll(app, shown, "Breaking: live updates", LIBRARY)
        await app.outbox.run()
        await poll(app, shown, FIRE, LIBRARY)
        await app.outbox.run()
        await poll(app, shown, FIRE, LIBRARY, AGAIN)
        await app.outbox.run()
        assert await events_of(app, 1, 2, 3) == {1: 1, 2: 2, 3: 1}


async def test_retention_takes_stories_out_of_their_events(tmp_path):
    """An event without stories is deleted, and one that has some left counts them."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        await poll(app, shown, FIRE, LIBRARY, AGAIN)
        await app.outbox.run()
        await app.store.write(lambda tx: tx.retention.delete([1, 2]))
        assert await stored(app, 2) is None
        assert (await stored(app, 1)).stories == 1
        clock.move(timedelta(hours=1))
        await poll(app, shown, FIRE, LIBRARY, AGAIN, f"{AGAIN} again")
        await app.outbox.run()
        assert (await stored(app, 1)).stories == 2
        await app.store.write(lambda tx: tx.retention.delete([3, 4]))
        assert await stored(app, 1) is None


async def test_a_merged_event_is_found_by_its_old_number(tmp_path):
    """Its stories move to the older one, in one transaction; writing it again changes nothing."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        await poll(app, shown, FIRE, LIBRARY, "Rain in Izmir")
        first, second, third = reversed(await app.store.read(lambda tx: tx.stories.get([1, 2, 3])))
        assigned = [
            (first, EventAssignment(event=1, reason="opens")),
            (second, EventAssignment(event=2, reason="opens")),
            (third, EventAssignment(event=1, reason="joins", score=0.5, merged=(2,), related=(7, 8))),
        ]
        for _ in range(2):
            await app.store.write(lambda tx: tx.events.record(assigned))
        assert (await stored(app, 2)).id == 1
        assert (await stored(app, 1)).stories == 3
        assert await events_of(app, 1, 2, 3) == {1: 1, 2: 1, 3: 1}
        assert [each.id for each in await app.store.read(lambda tx: tx.events.latest(5))] == [1]
        third_one = await app.store.read(lambda tx: tx.events.assignment(3))
        assert third_one.related == (7, 8)


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_story_that_was_deleted_meanwhile_gets_no_event(tmp_path, is_there):
    """Retention may come between the assignment and its writing."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        await poll(app, shown, FIRE, AGAIN)
        first, second = reversed(await app.store.read(lambda tx: tx.stories.get([1, 2])))
        if not is_there:
            await app.store.write(lambda tx: tx.retention.delete([1]))
        assigned = [
            (first, EventAssignment(event=1, reason="opens")),
            (second, EventAssignment(event=1, reason="joins", score=0.5)),
        ]
        await app.store.write(lambda tx: tx.events.record(assigned))
        event = await stored(app, 1)
        assert (event.stories, event.title) == ((2, FIRE) if is_there else (1, AGAIN))


async def test_what_was_old_when_it_came_gets_no_event(tmp_path):
    """An outlet's first document may list a month; nothing can join what happened then."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:
        old = Item(FIRE, link=f"{HOME}/1", guid="1", date="Tue, 06 Jan 2026 08:00:00 GMT")
        shown.body = rss(item(2, LIBRARY), old)
        await app.pipeline.poll(source_of(app))
        await app.outbox.run()
        assert list(await events_of(app, 1, 2)) == [2]
