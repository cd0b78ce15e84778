"""What a hub pushed: it is counted; and what it pushed while the store could not be written is made up for."""

import hashlib
import hmac
from datetime import timedelta

from syndicator.errors import StoreError
from syndicator.models import HubLink, Subscription
from syndicator.runtime.days import DayCounter
from syndicator.runtime.websub import WebSubClient
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.newsroom import Item, rss

BODY = rss(Item("Перемирие в Идлибе", link=f"{HOME}/1", guid="1", text="x"))


class Locked:
    """A pipeline whose store takes nothing."""

    def __init__(self, ports):
        self.ports = ports

    async def ingest_push(self, source, document):
        raise StoreError("the store fails: database is locked")


async def subscribe(app, source):
    """Have a subscription in force, with the token t and the secret s."""
    now = app.clock()
    known = Subscription(token="t", source=source.id, hub="https://hub.example", topic=source.home, secret="s")

    def write(tx):
        tx.subscriptions.offer(HubLink(source=source.id, hub=known.hub, topic=known.topic))
        tx.subscriptions.add(known, now)
        tx.subscriptions.confirm(known, renew_at=now + timedelta(days=1), until=now + timedelta(days=2))

    await app.store.write(write)


def digest(body):
    return hmac.new(b"s", body, hashlib.sha256).hexdigest()


async def test_a_push_that_the_store_could_not_take_is_made_up_for_by_a_poll(tmp_path):
    """The hub was told that it was taken, and will not send it again."""
    async with an_app(tmp_path, Shown(BODY), clock=(clock := Clock())) as app:
        source = source_of(app)
        await app.pipeline.poll(source, None)
        clock.move(timedelta(minutes=10))
        await subscribe(app, source)
        await app.store.write(lambda tx: tx.sources.postpone(source.id, clock() + timedelta(hours=2)))
        client = WebSubClient(Locked(app.pipeline.ports), post=None, token=None, base_url=None)
        assert await client.receive("t", {"X-Hub-Signature": f"sha256={digest(BODY)}"}, BODY)
        await client.settled()
        assert (await app.store.read(lambda tx: tx.sources.state(source))).due_at > clock()
        await client.renew()
        assert (await app.store.read(lambda tx: tx.sources.state(source))).due_at <= clock()


async def test_what_is_pushed_counts_as_news_of_the_day_and_as_no_poll(tmp_path):
    """An outlet whose hub tells everything first would have no news otherwise."""
    async with an_app(tmp_path, Shown(rss(Item("Eski haber", link=f"{HOME}/0", guid="0")))) as app:
        source = source_of(app)
        await app.pipeline.poll(source, None)
        await subscribe(app, source)
        days = DayCounter(app.store, app.clock, lambda: False)
        client = WebSubClient(app.pipeline, post=None, token=None, base_url=None, observer=days.note_push)
        for _ in range(2):
            assert await client.receive("t", {"X-Hub-Signature": f"sha256={digest(BODY)}"}, BODY)
            await client.settled()
        await days.flush()
        [count] = (await app.store.read(lambda tx: tx.days.of([source.id], 0)))[source.id]
        assert (count.new, count.polls, count.failed, count.worst) == (1, 0, 0, "")
