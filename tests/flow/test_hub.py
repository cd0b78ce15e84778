"""Our own hub (WebSub): a running daemon, and subscribers on loopback that behave as they like."""

import asyncio
import hashlib
import hmac
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import aiohttp
import feedparser
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from syndicator.models.formats import DEFAULT_FORMATS
from syndicator.models.hub import HubMode, HubRequest
from tests.flow.faults import BRISK, Clock
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.ports import port_of, reserve
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
        """Let the outlet show these stories, poll it, and wait until they are published.

        A poll that began before would end in the new hour with the old document: the next were due later still.
        """
        await self.daemon.dispatcher.settled()
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


async def test_must_38_feeds_name_hub_and_topic_in_the_document_and_in_headers(tmp_path, free_port):
    """Exactly one rel=self each, for Atom and RSS (WebSub, 4)."""
    main = HUB + 'ping = ["http://127.0.0.1:9/ping"]\n'
    async with station(tmp_path, free_port, main=main) as s:
        for suffix in ("atom", "rss"):
            topic = s.topic(f"everything.{suffix}")

            async def is_written(topic=topic):
                return (await get(topic)).status == 200  # the formats of a feed are written one after another

            await eventually(is_written)
            page = await get(topic)
            named = feedparser.parse(page.body).feed.links
            for rel, hrefs in {"hub": [f"{s.base}/hub", "http://127.0.0.1:9/ping"], "self": [topic]}.items():
                assert [each.href for each in named if each.rel == rel] == hrefs
            wanted = f'<{s.base}/hub>; rel="hub", <http://127.0.0.1:9/ping>; rel="hub", <{topic}>; rel="self"'
            assert page.headers["Link"] == wanted
            again = await get(topic, **{"If-None-Match": page.headers["ETag"]})
            assert (again.status, again.headers["Link"]) == (304, wanted)


async def test_a_subscriber_has_a_story_as_soon_as_it_is_stored(tmp_path, free_port):
    """Though files are looked through once an hour only."""
    slow = replace(BRISK, publish=3600.0)
    async with Subscriber() as subscriber, station(tmp_path, free_port, intervals=slow) as s:
        await s.subscribed(subscriber)
        await s.daemon.dispatcher.settled()
        s.site.answers["/feed.xml"] = rss(Item(ARABIC, link=f"{s.site.base}/1", guid="1"))
        s.clock.now += timedelta(hours=1)
        _, body = await subscriber.is_pushed()
        assert ARABIC.encode() in body


async def test_one_that_unsubscribes_is_asked_whether_it_meant_it(tmp_path, free_port):
    """A stranger's request to end a subscription changes nothing; the subscriber's own does (WebSub, 5.3)."""
    async with Subscriber() as subscriber, station(tmp_path, free_port) as s:
        await s.subscribed(subscriber)
        subscriber.challenge = "denied"
        assert (await s.ask(subscriber.callback, "unsubscribe"))[0] == 202
        await s.daemon.hub.hub.settled()
        assert await s.count() == 1
        subscriber.challenge = None
        assert (await s.ask(subscriber.callback, "unsubscribe"))[0] == 202
        await s.daemon.hub.hub.settled()
        assert await s.count() == 0
        assert [each["hub.mode"] for each in subscriber.asked] == ["subscribe", "unsubscribe", "unsubscribe"]
        await s.news(ARABIC)
        await s.daemon.hub.hub.settled()
        assert subscriber.pushed == []
        assert (await s.ask(subscriber.callback, "unsubscribe"))[0] == 404


async def redirect(_request):
    return web.Response(status=302, headers={"Location": "/callback"})


async def not_found(_request):
    return web.Response(status=404)


async def endless(request):
    """Say yes, and never stop."""
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(request.query.get("hub.challenge", "").encode())
    with suppress(ConnectionError):
        while True:
            await response.write(bytes(65536))
    return response


@pytest.mark.parametrize("answer", [redirect, not_found, endless])
async def test_a_callback_that_does_not_confirm_is_not_subscribed(tmp_path, free_port, answer):
    """A redirect, an error, and a body that has more than the challenge in it: none of them is a yes."""
    async with Subscriber() as subscriber, station(tmp_path, free_port) as s:
        subscriber.answers["/other"] = answer
        assert (await s.ask(f"{subscriber.base}/other"))[0] == 202
        await s.daemon.hub.hub.settled()
        assert await s.count() == 0
        assert subscriber.asked == []


async def test_a_callback_keeps_its_own_query(tmp_path, free_port):
    """What the subscriber knows it by comes back with every request."""
    async with Subscriber() as subscriber, station(tmp_path, free_port) as s:
        callback = f"{subscriber.callback}?id=%D8%B3%2B1&a"
        await s.subscribed(subscriber, callback)
        assert (subscriber.asked[0]["id"], subscriber.asked[0]["a"]) == ("س+1", "")
        await s.news(ARABIC)
        await subscriber.is_pushed()
        assert subscriber.requests[-1].raw_path == "/callback?id=%D8%B3%2B1&a"


async def test_a_callback_at_a_private_address_gets_no_byte(tmp_path, free_port):
    """Neither as a number nor as a name, though outlets may be at such addresses."""

    class Inward(AbstractResolver):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [
                {"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0},
            ]

        async def close(self):
            pass

    main = HUB.replace('enabled = true\nallow_private = ["127.0.0.0/8"]\n', "enabled = true\n")
    async with Subscriber() as subscriber, station(tmp_path, free_port, main=main, resolver=Inward()) as s:
        for host in ("127.0.0.1", "inner.example", "[::ffff:127.0.0.1]", "127.1", "2130706433"):
            await s.ask(f"http://{host}:{subscriber.port}/callback")
        await s.daemon.hub.hub.settled()
        assert (subscriber.requests, await s.count()) == ([], 0)


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_failed_delivery_is_tried_again_with_the_newest_content(tmp_path, free_port, status):
    """After a wait, and with what the feed is by then; a redirect is a failure like any other."""
    async with Subscriber() as subscriber, station(tmp_path, free_port) as s:
        await s.subscribed(subscriber)
        subscriber.status = status
        await s.news(ARABIC)
        await subscriber.is_pushed()
        body = await s.news(ARABIC, "Саракиб: новое перемирие")
        await s.daemon.hub.hub.settled()
        failed = len(subscriber.pushed)
        subscriber.status = 204
        await s.daemon.hub.catch_up()
        await s.daemon.hub.hub.settled()
        s.clock.now += timedelta(hours=1)
        _, pushed = await subscriber.is_pushed(failed + 1)
        assert pushed == body
        await s.daemon.hub.hub.settled()
        assert len(subscriber.pushed) == failed + 1


async def test_a_subscriber_that_is_gone_is_dropped(tmp_path, free_port):
    """Status 410 ends it at once; three days without success end it too."""
    async with Subscriber() as gone, Subscriber() as dead, station(tmp_path, free_port) as s:
        await s.subscribed(gone)
        await s.subscribed(dead)
        gone.status, dead.status = 410, 503
        await s.news(ARABIC)
        await gone.is_pushed()
        await dead.is_pushed()
        await s.daemon.hub.hub.settled()
        assert await s.count() == 1
        for day in range(4):
            count = len(dead.pushed)
            s.clock.now += DAY
            if day < 3:
                await dead.is_pushed(count + 1)
                await s.daemon.hub.hub.settled()

        async def is_dropped():
            return await s.count() == 0

        await eventually(is_dropped)


async def test_a_slow_callback_holds_up_nobody_and_gets_one_delivery_at_a_time(tmp_path, free_port):
    """What has changed while it was busy comes in one delivery, when it has done."""
    async with Subscriber() as slow, Subscriber() as quick, station(tmp_path, free_port) as s:
        await s.subscribed(slow)
        await s.subscribed(quick)
        free = asyncio.Event()
        plain = slow.answers["/callback"]

        async def wait(request):
            slow.under_way += 1
            await free.wait()
            slow.under_way -= 1
            return await plain(request)

        slow.answers["/callback"] = wait
        await s.news(ARABIC)
        await quick.is_pushed()
        await s.news(ARABIC, "İdlib'de ateşkes")
        await quick.is_pushed(2)
        body = await s.news(ARABIC, "İdlib'de ateşkes", "آتش‌بس در ادلب")
        await quick.is_pushed(3)
        assert (slow.under_way, slow.pushed) == (1, [])
        free.set()
        _, pushed = await slow.is_pushed(2)
        assert pushed == body
        await s.daemon.hub.hub.settled()
        assert len(slow.pushed) == 2


async def test_what_was_not_delivered_before_a_restart_is_delivered_after_it(tmp_path, free_port):
    """Subscriptions and what each has are in the store."""
    clock = Clock()
    async with Subscriber() as subscriber, Site() as site:
        async with station(tmp_path, free_port, clock=clock, site=Kept(site)) as s:
            await s.subscribed(subscriber, secret="s")
            subscriber.status = 500
            body = await s.news(ARABIC)
            await subscriber.is_pushed()
            await s.daemon.hub.hub.settled()
        subscriber.status = 200
        clock.now += timedelta(minutes=5)
        async with running(tmp_path / "c", tmp_path / "s", intervals=BRISK, clock=clock) as daemon:
            await daemon.hub.catch_up()
            headers, pushed = await subscriber.is_pushed(2)
            assert (pushed, headers["X-Hub-Signature"]) == (body, signed("s", body))


class Kept:
    """A site that goes on when the block ends."""

    def __init__(self, site):
        self.site = site

    async def __aenter__(self):
        return self.site

    async def __aexit__(self, *_):
        pass


async def test_a_renewal_has_a_new_lease_and_secret_and_a_lease_that_ends_is_the_end(tmp_path, free_port):
    """Renewed, it is still one subscription."""
    async with Subscriber() as subscriber, station(tmp_path, free_port) as s:
        await s.subscribed(subscriber, secret="old", lease_seconds=str(86400))
        s.clock.now += timedelta(hours=20)
        assert (await s.ask(subscriber.callback, secret="new", lease_seconds=str(86400)))[0] == 202
        await s.daemon.hub.hub.settled()
        assert await s.count() == 1
        s.clock.now += timedelta(hours=20)
        body = await s.news(ARABIC)
        headers, _ = await subscriber.is_pushed()
        assert headers["X-Hub-Signature"] == signed("new", body)
        s.clock.now += timedelta(hours=20)
        await s.news(ARABIC, "Afterwards")
        await s.daemon.hub.hub.settled()
        assert len(subscriber.pushed) == 1
        await s.daemon.hub.prune()
        assert await s.count() == 0


async def test_a_thousand_subscribers_of_one_feed_are_all_served_and_none_twice(tmp_path, free_port):
    """A few at a time at one domain."""
    async with Subscriber() as subscriber, station(tmp_path, free_port) as s:
        add = s.daemon.app.store
        digest = (await s.daemon.app.files.info("everything.atom")).digest
        requests = [
            HubRequest(
                mode=HubMode.SUBSCRIBE, file="everything.atom", callback=f"{subscriber.callback}?n={n}", lease=DAY
            )
            for n in range(1000)
        ]

        def subscribe(tx):
            for each in requests:
                tx.subscribers.add(each, domain="127.0.0.1", digest=digest, now=s.clock.now)

        await add.write(subscribe)
        body = await s.news(ARABIC)
        await subscriber.is_pushed(1000)
        await s.daemon.hub.hub.settled()
        assert len(subscriber.pushed) == 1000
        assert {pushed for _, pushed in subscriber.pushed} == {body}
        asked = [each.raw_path for each in subscriber.requests if each.method == "POST"]
        assert len(set(asked)) == 1000
        assert subscriber.most_under_way <= 8


async def test_what_cannot_be_subscribed_to_is_refused_with_a_reason(tmp_path, free_port):
    """Other sites' feeds, feeds that are not there, pages, private feeds; forms that are none."""
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / "tokens").write_text("ana: 0123456789abcdef\n", encoding="utf-8")
    feeds = FEEDS | {"secret": 'title = "Secret"\nwhere = ""\ntoken_file = "tokens"\n'}
    async with Subscriber() as subscriber, station(tmp_path, free_port, feeds=feeds) as s:
        others = ("https://other.example/feeds/everything.atom", f"{s.base}/status.json", s.topic("missing.atom"))
        for topic in (*others, s.topic("secret.atom"), s.topic("../feeds/everything.atom"), s.topic("everything")):
            status, reason = await s.ask(subscriber.callback, topic=topic)
            assert (status, "hub.topic" in reason) == (404, True), topic
        for change in ({"mode": "publish"}, {"secret": "ж" * 100}, {"lease_seconds": "-1"}, {"lease_seconds": "soon"}):
            assert (await s.ask(subscriber.callback, **change))[0] == 400, change
        for callback in (
            "",
            "ftp://127.0.0.1/x",
            f"{subscriber.callback}#part",
            "http://user:pw@127.0.0.1/",
            "x" * 2100,
        ):
            status, reason = await s.ask(callback)
            assert (status, "hub.callback" in reason) == (400, True), callback
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{s.base}/hub") as answer:
                assert (answer.status, answer.headers["Allow"]) == (405, "POST")
            async with session.post(f"{s.base}/hub", json={"hub.mode": "subscribe"}) as answer:
                assert answer.status == 415
            async with session.post(f"{s.base}/hub", data={"hub.callback": "x" * 20_000}) as answer:
                assert answer.status == 413
        await s.daemon.hub.hub.settled()
        assert (subscriber.requests, await s.count()) == ([], 0)


async def test_subscriptions_are_bounded_in_all_and_at_one_domain(tmp_path, free_port):
    """Who renews is no further one."""
    main = HUB + "subscriptions = 3\nper_domain = 2\n"
    async with Subscriber() as one, Subscriber(host="127.0.0.2") as two, station(tmp_path, free_port, main=main) as s:
        await s.subscribed(one)
        await s.subscribed(one, f"{one.callback}?2")
        status, reason = await s.ask(f"{one.callback}?3")
        assert (status, "domain" in reason) == (429, True)
        assert (await s.ask(one.callback))[0] == 202
        await s.subscribed(two)
        status, reason = await s.ask(f"{two.callback}?2")
        assert (status, "as many" in reason) == (429, True)


async def test_a_reload_that_removes_the_feed_ends_its_subscriptions(tmp_path, free_port):
    """And one that switches the hub off refuses requests."""
    async with Subscriber() as subscriber, station(tmp_path, free_port) as s:
        await s.subscribed(subscriber)
        (tmp_path / "c/feeds/other.toml").write_text(EVERYTHING, encoding="utf-8")
        (tmp_path / "c/feeds/everything.toml").unlink()
        await s.daemon.reload()
        assert await s.count() == 0
        main = tmp_path / "c/syndicator.toml"
        main.write_text(main.read_text(encoding="utf-8").replace("enabled = true", "enabled = false"), encoding="utf-8")
        await s.daemon.reload()
        assert (await s.ask(subscriber.callback, topic=s.topic("other.atom")))[0] == 404

        async def links():
            return (await get(s.topic("other.atom"))).headers.get("Link", "")

        assert await eventually(links) == f'<{s.topic("other.atom")}>; rel="self"'


async def test_must_38_others_hubs_are_pinged_when_a_public_feed_changes_only(tmp_path, free_port):
    """Each format by its address, again after a failure, and nothing when nothing changed."""
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / "tokens").write_text("ana: 0123456789abcdef\n", encoding="utf-8")
    feeds = FEEDS | {"secret": 'title = "Secret"\nwhere = ""\ntoken_file = "tokens"\n'}
    forms, statuses = [], [204]

    async def ping(request):
        forms.append(dict(await request.post()))
        return web.Response(status=statuses[0])

    async with Site({"/ping": ping}) as hub:
        main = MAIN.replace('interval = "1s"', 'interval = "30m"') + f'[hub]\nping = ["{hub.base}/ping"]\n'
        async with station(tmp_path, free_port, main=main, feeds=feeds) as s:
            topics = {s.topic(f"everything.{kind}") for kind in DEFAULT_FORMATS}

            async def are_pinged():
                return {each["hub.url"] for each in forms} >= topics

            await eventually(are_pinged)
            assert {each["hub.mode"] for each in forms} == {"publish"}
            assert {each["hub.url"] for each in forms} == topics

            async def are_all_pinged():
                forms.clear()  # of a version before the last, perhaps
                await s.daemon.publish()
                await s.daemon.hub.catch_up()
                return not forms

            await eventually(are_all_pinged)
            s.clock.now += timedelta(hours=1)
            await s.daemon.publish()
            await s.daemon.hub.catch_up()
            assert forms == []
            statuses[0] = 503
            await s.news(ARABIC)

            async def is_asked():
                return forms

            await eventually(is_asked)
            await s.daemon.hub.catch_up()
            assert len(forms) == 1
            statuses[0] = 204

            async def are_pinged_later():
                s.clock.now += timedelta(minutes=1)  # the wait begins when the failed ping has ended
                return await are_pinged()

            await eventually(are_pinged_later)


async def test_a_daemon_of_the_same_kind_subscribes_to_another_ones_feed(tmp_path, free_port):
    """Its subscriber finds the hub in the feed, is verified, and asks for what is pushed: no poll was due."""
    async with station(tmp_path, free_port) as s:
        reservation = reserve()
        port, clock = port_of(reservation), Clock()
        main = 'websub = "on"\n' + MAIN.replace('interval = "1s"', 'interval = "30m"')
        text = outlet(s.base, path="/feeds/everything.atom").replace('interval = "1s"', "")
        folder = write_config(tmp_path / "other", port=port, outlets={"first": text}, feeds=FEEDS, main=main)
        fast = replace(BRISK, subscribe=0.1)
        async with running(folder, tmp_path / "o", intervals=fast, clock=clock) as other:

            async def is_subscribed():
                return await s.count() == 1

            await eventually(is_subscribed)
            clock.now += timedelta(minutes=1)  # no source is polled twice within a second
            await s.news("First", ARABIC)

            async def has_both():
                return await other.app.store.read(lambda tx: tx.stories.count()) == 2

            await eventually(has_both)
            page = await get(f"http://127.0.0.1:{port}/feeds/everything.atom")
            assert page.status == 200
        reservation.close()
