"""Consumers of the outbox: each at its own pace, none in another's way."""

import pytest

from syndicator.errors import StoreError
from syndicator.models import ChangeKind
from syndicator.outbox import ChangeConsumer, Outbox
from syndicator.store import open_store
from tests.apps import HOME, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import Item, rss
from tests.stores import store_url


@pytest.fixture
def store(tmp_path):
    made = open_store(store_url(tmp_path / "s.db"))
    yield made
    made.close()


class Seen:
    """Notes changes; raises ``fault`` if there is one."""

    def __init__(self):
        self.stories, self.fault = [], None

    async def __call__(self, changes):
        if self.fault is not None:
            raise self.fault
        self.stories += [each.story for each in changes]


async def add(store, *numbers):
    await store.write(lambda tx: tx.changes.add([(number, ChangeKind.ADDED) for number in numbers], NOW))


async def test_changes_are_handed_over_in_order_each_once(store):
    """From when the consumer was first run; in small steps."""
    await add(store, 1)
    seen = Seen()
    outbox = Outbox(store, [ChangeConsumer("seen", store, seen)])
    await outbox.run()
    await add(store, *range(2, 600))
    await outbox.run()
    await outbox.run()
    assert seen.stories == list(range(2, 600))


async def test_a_consumer_that_fails_keeps_its_place_and_stops_no_other(store):
    """What it could not handle is handed to it again, by a new process, too."""
    slow, fast = Seen(), Seen()
    outbox = Outbox(store, [ChangeConsumer("slow", store, slow), ChangeConsumer("fast", store, fast)])
    await outbox.run()
    await add(store, 1, 2)
    slow.fault = ValueError("the receiver is down")
    await outbox.run()
    assert (slow.stories, fast.stories) == ([], [1, 2])
    assert outbox.problems == {"slow": "ValueError: the receiver is down"}
    await outbox.prune()
    slow.fault = None
    again = Outbox(store, [ChangeConsumer("slow", store, slow), ChangeConsumer("fast", store, fast)])
    await again.run()
    assert (slow.stories, fast.stories, again.problems) == ([1, 2], [1, 2], {})


async def test_changes_that_all_have_handled_are_deleted(store):
    """Behind the slowest; without a consumer that follows changes, all of them."""
    seen = Seen()
    outbox = Outbox(store, [ChangeConsumer("seen", store, seen)])
    await outbox.run()
    await add(store, 1, 2, 3)
    await outbox.prune()
    assert [each.story for each in await store.read(lambda tx: tx.changes.after(0, 10))] == [1, 2, 3]
    await outbox.run()
    await outbox.prune()
    assert await store.read(lambda tx: tx.changes.after(0, 10)) == []
    await add(store, 4)
    await Outbox(store, []).prune()
    assert await store.read(lambda tx: tx.changes.after(0, 10)) == []


async def test_a_store_that_fails_is_waited_for(store):
    """The consumer is tried again at the next run."""

    class Broken:
        name = "broken"

        async def step(self):
            raise StoreError("the store fails: the disk is full")

    outbox = Outbox(store, [Broken()])
    await outbox.run()
    assert outbox.problems == {"broken": "the store fails: the disk is full"}


async def test_what_polls_do_to_stories_is_recorded_with_them(tmp_path):
    """Added, revised, linked, copied and retracted, in order of commit."""
    shown = Shown()
    story = Item("Truce", link=f"{HOME}/1", guid="1", text="x")
    async with an_app(tmp_path, shown) as app:

        async def poll(*items):
            shown.body = rss(*items)
            await app.pipeline.poll(source_of(app))

        await poll(story)
        await poll(Item("Truce holds", link=f"{HOME}/1", guid="1", text="x"))
        await poll(Item("Truce holds", link=f"{HOME}/one", guid="1", text="x"))
        await poll(
            Item("Truce holds", link=f"{HOME}/one", guid="1", text="x"),
            Item("Rain", link=f"{HOME}/2", guid="2"),
            Item("Rain", link=f"{HOME}/2", guid="3"),
        )
        changes = await app.store.read(lambda tx: tx.changes.after(0, 100))
    assert [(each.story, each.kind) for each in changes] == [
        (1, ChangeKind.ADDED),
        (1, ChangeKind.REVISED),
        (1, ChangeKind.LINKED),
        (2, ChangeKind.ADDED),
        (2, ChangeKind.COPIED),
    ]
