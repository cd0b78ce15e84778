"""What a hub pushed while the store could not be written."""

import hashlib
import hmac
from datetime import timedelta

from syndicator.errors import StoreError
from syndicator.models import HubLink, Subscription
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


async def test_a_push_that_the_store_could_not_take_is_made_up_for_by_a_poll(tmp_path):
    """The hub was told that it was taken, and will not send it again."""
    async with an_app(tmp_path, Shown(BODY), clock=(clock := Clock())) as app:
        source = source_of(app)
        await app.pipeline.poll(source, None)
        clock.move(timedelta(minutes=10))
        known = Subscription(token="t", source=source.id, hub="https://hub.example", topic=source.home, secret="s")

        def subscribe(tx):
            tx.subscriptions.offer(HubLink(source=source.id, hub=known.hub, topic=known.topic))
            tx.subscriptions.add(known, clock())
            tx.subscriptions.confirm(known, renew_at=clock() + timedelta(days=1), until=clock() + timedelta(days=2))

        await app.store.write(subscribe)
        await app.store.write(lambda tx: tx.sources.postpone(source.id, clock() + timedelta(hours=2)))
        digest = hmac.new(b"s", BODY, hashlib.sha256).hexdigest()
        client = WebSubClient(Locked(app.pipeline.ports), post=None, token=None, base_url=None)
        assert await client.receive("t", {"X-Hub-Signature": f"sha256={digest}"}, BODY)
        await client.settled()
        assert (await app.store.read(lambda tx: tx.sources.state(source))).due_at > clock()
        await client.renew()
        assert (await app.store.read(lambda tx: tx.sources.state(source))).due_at <= clock()
