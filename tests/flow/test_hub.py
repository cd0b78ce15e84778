"""Our own hub (WebSub): a running daemon, and subscribers on loopback that behave as they like."""

import asyncio
import hashlib
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from tests.flow.faults import BRISK, Clock
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.waiting import eventually, get, running

HUB = MAIN.replace('interval = "1s"', 'interval = "30m"') + '[hub]\nenabled = true\nallow_private = ["127.0.0.0/8"]\n'
ARABIC = "وقف إطلاق النار في سراقب"
FEEDS = {"everything": EVERYTHING}
DAY = timedelta(days=1)


@dataclass
class Subscriber(Site):
    """A callback that confirms what it is asked, and keeps what it is sent."""

    asked: list[dict[str, str]] = field(default_factory=list)
    pushed: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    status: int = 200
    challenge: str | None = None

    def __post_init__(self):
        self.answers["/callback"] = self.answer

    @property
    def callback(self):
        return f"{self.base}/callback"

    async def answer(self, request):
        if request.method == "GET":
            self.asked.append(dict(request.query))
            return web.Response(text=self.challenge or request.query["hub.challenge"])
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.pushed.append((dict(request.headers), await request.read()))
        self.under_way -= 1
        return web.Response(status=self.status)

    async def is_asked(self, count=1):
        async def there():
            return len(self.asked) >= count

        await eventually(there)

    async def is_pushed(self, count=1):
        async def there():
            return len(self.pushed) >= count

        await eventually(there)
        return self.pushed[-1]


@dataclass
class Station:
    """A daemon with one outlet and a hub, and what is needed to work it."""

    base: str
    site: Site
    clock: Clock
    daemon: object

    def topic(self, name="everything.atom"):
        return f"{self.base}/feeds/{name}"

    async def ask(self, callback, mode="subscribe", topic=None, **more):
        """Ask the hub as a subscriber does; give the answer's status and text."""
        form = {"hub.mode": mode, "hub.topic": topic or self.topic(), "hub.callback": callback}
        form |= {f"hub.{name}": value for name, value in more.items()}
        async with aiohttp.ClientSession() as session, session.post(f"{self.base}/hub", data=form) as answer:
            return answer.status, await answer.text()

    async def subscribed(self, subscriber, callback=None, **more):
        """Subscribe, and wait until the hub has written it down."""
        before = await self.count()
        assert (await self.ask(callback or subscriber.callback, **more))[0] == 202
        await self.daemon.hub.hub.settled()
        assert await self.count() == before + 1

    async def count(self):
        return await self.daemon.app.store.read(lambda tx: tx.subscribers.count())

    async def news(self, *titles):
        """Let the outlet show these stories, poll it, and wait until they are published."""
        self.site.answers["/feed.xml"] = rss(
            *(Item(title, link=f"{self.site.base}/{number}", guid=title) for number, title in enumerate(titles))
        )
        self.clock.now += timedelta(hours=1)
        return await self.shows(*titles)

    async def shows(self, *titles):
        async def are_there():
            page = await get(self.topic())
            return page.body if all(title.encode() in page.body for title in titles) else b""

        return await eventually(are_there)


@asynccontextmanager
async def station(tmp_path, port, *, main=HUB, feeds=FEEDS, intervals=BRISK, clock=None, site=None, **parts):
    """Run a daemon with a hub."""
    async with site or Site() as home:
        home.answers.setdefault("/feed.xml", rss(Item("First", link=f"{home.base}/first", guid="First")))
        clock = clock or Clock()
        text = outlet(home.base).replace('interval = "1s"', "")
        folder = write_config(tmp_path / "c", port=port, outlets={"one": text}, feeds=feeds, main=main)
        fast = replace(intervals, hub=0.2)
        async with running(folder, tmp_path / "s", intervals=fast, clock=clock, **parts) as daemon:
            made = Station(f"http://127.0.0.1:{port}", home, clock, daemon)
            await made.shows("First")
            yield made


def signed(secret, body):
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


async def test_a_subscriber_is_verified_and_sent_the_feed_as_it_is(tmp_path, free_port):
    """Intent, then the bytes that readers get, signed, with links to hub and topic (WebSub, 5.3, 7, 7.1)."""
    async with Subscriber() as subscriber, station(tmp_path, free_port) as s:
        await s.subscribed(subscriber, secret="ключ-🔑", lease_seconds="86400")
        (asked,) = subscriber.asked
        assert {**asked, "hub.challenge": ""} == {
            "hub.mode": "subscribe",
            "hub.topic": s.topic(),
            "hub.challenge": "",
            "hub.lease_seconds": "86400",
        }
        assert len(asked["hub.challenge"]) >= 20
        body = await s.news(ARABIC)
        headers, pushed = await subscriber.is_pushed()
        assert pushed == body
        assert headers["X-Hub-Signature"] == signed("ключ-🔑", body)
        assert headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert headers["Link"] == f'<{s.base}/hub>; rel="hub", <{s.topic()}>; rel="self"'
        await s.daemon.hub.hub.settled()
        assert len(subscriber.pushed) == 1
