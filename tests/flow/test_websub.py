"""News that come by themselves (WebSub): a hub on loopback, and the running daemon as its subscriber."""

import hashlib
import hmac
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from syndicator.fetch import Fetcher, FetchSettings
from syndicator.models import Document, Outcome
from syndicator.runtime.websub import is_signed
from tests.flow.faults import BRISK
from tests.flow.test_mirrors import HOUR, watched
from tests.newsroom import MAIN, Item, Site, outlet, raw_server, rss, write_config
from tests.waiting import eventually, moment, running

PUSHED = 'websub = "on"\n' + MAIN


@dataclass
class Hub(Site):
    """Verifies every subscription at once, as it is told to, and pushes."""

    forms: list[dict[str, str]] = field(default_factory=list)
    lease: str = "864000"
    status: int = 202
    verified: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self):
        self.answers["/hub"] = self.subscribe

    async def subscribe(self, request):
        form = dict(await request.post())
        self.forms.append(form)
        if self.status == 202:
            await self.verify(form)
        return web.Response(status=self.status)

    async def verify(self, form, **other):
        asked = {
            "hub.mode": "subscribe",
            "hub.topic": form["hub.topic"],
            "hub.challenge": "chal-lenge",
            "hub.lease_seconds": self.lease,
            **other,
        }
        async with aiohttp.ClientSession() as session, session.get(form["hub.callback"], params=asked) as answer:
            self.verified.append((answer.status, await answer.text()))

    async def push(self, body, form=None, secret=None, method="sha256", **headers):
        form = form or self.forms[-1]
        secret = form.get("hub.secret") if secret is None else secret
        if secret:
            digest = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
            headers["X-Hub-Signature"] = f"{method}={digest}"
        url = form["hub.callback"]
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=io.BytesIO(body), headers=headers) as answer,
        ):
            return answer.status


def feed(site, hub, *titles, rels=("hub", "self")):
    hrefs = {"hub": f"{hub.base}/hub", "self": f"{site.base}/feed.xml"}
    links = "".join(
        f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="{rel}" href="{hrefs[rel]}"/>' for rel in rels
    )
    return rss(*(Item(title, link=f"{site.base}/{len(title)}{title[0]}", guid=title) for title in titles), extra=links)


def client(network="127.0.0.0/8"):
    settings = FetchSettings(user_agent="t", allow_private=(ip_network(network),))
    return Fetcher(settings, clock=lambda: datetime.now(UTC))


async def over_tls(url, form, way):
    """Stand in for TLS: what goes to a hub over it is handed over plain here."""
    fetcher = client()
    try:
        return await fetcher.post(url.replace("https://", "http://", 1), form)
    finally:
        await fetcher.close()


@asynccontextmanager
async def subscribed(tmp_path, port, answer=None, *, secure=False):
    """Run a daemon whose only outlet names a hub; give what is needed to watch it, the outlet and the hub."""
    async with Hub() as hub, Site() as site:
        site.answers["/feed.xml"] = answer(site, hub) if answer else feed(site, hub, "First")
        text, main = (
            outlet(site.base).replace('interval = "1s"', ""),
            PUSHED.replace('interval = "1s"', 'interval = "30m"'),
        )
        parts = {"post": over_tls} if secure else {}
        async with watched(tmp_path, port, text, main=main, intervals=replace(BRISK, subscribe=0.1), **parts) as w:
            yield w, site, hub


def secure(site, hub):
    """Name the hub with https, so that a secret is agreed upon."""
    return feed(site, hub, "First").replace(
        f"{hub.base}/hub".encode(), f"{hub.base}/hub".replace("http", "https").encode()
    )


async def is_subscribed(hub, count=1):
    async def there():
        return len(hub.verified) >= count

    await eventually(there)


async def test_must_31_to_37_a_push_is_taken_in_at_once(tmp_path, free_port):
    """Discovery, a form as it should be, the challenge back, a signed push taken in without another poll."""
    async with subscribed(tmp_path, free_port, secure, secure=True) as (w, site, hub):
        await is_subscribed(hub)
        (form,) = hub.forms
        assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", f"{site.base}/feed.xml")
        assert 20 <= len(form["hub.secret"]) < 200
        assert form["hub.callback"].startswith(f"http://127.0.0.1:{free_port}/websub/")
        assert hub.verified == [(200, "chal-lenge")]
        asked = len(site.requests)
        assert await hub.push(feed(site, hub, "وقف إطلاق النار", "First")) == 202
        await w.daemon.websub.settled()
        assert await w.daemon.app.store.read(lambda tx: tx.stories.count()) == 2
        shown = await w.shows("First", "وقف إطلاق النار")
        assert len(site.requests) == asked
        site.answers["/feed.xml"] = feed(site, hub, "وقف إطلاق النار", "First")
        await w.poll(site, after=3 * HOUR)
        assert await w.entries() == shown


async def test_must_32_a_hub_without_tls_gets_no_secret_and_its_pushes_are_but_a_hint(tmp_path, free_port):
    """What it says is not believed: the source is polled, and what that says is."""
    async with subscribed(tmp_path, free_port) as (w, site, hub):
        await is_subscribed(hub)
        assert "hub.secret" not in hub.forms[0]
        site.answers["/feed.xml"] = feed(site, hub, "From the outlet", "First")
        asked = len(site.requests)
        assert await hub.push(feed(site, hub, "Too soon")) == 202
        await w.daemon.websub.settled()
        await w.daemon.dispatcher.poll_due()
        assert len(site.requests) == asked  # a second has not gone by since the last time
        w.clock.now += timedelta(minutes=1)
        assert await hub.push(feed(site, hub, "From anybody")) == 202
        assert set(await w.shows("From the outlet")) == {"From the outlet", "First"}


@pytest.mark.parametrize("rels", [("hub",), ("self",), ()])
async def test_must_31_without_hub_or_topic_nothing_is_asked(tmp_path, free_port, rels):
    """Both are needed."""
    async with subscribed(tmp_path, free_port, lambda site, hub: feed(site, hub, "First", rels=rels)) as (w, _, hub):
        await w.shows("First")
        await w.daemon.websub.renew()
        assert hub.forms == []


async def test_must_31_what_headers_say_counts_before_the_document(tmp_path, free_port):
    """RFC 8288 links, one header or several."""

    def answer(site, hub):
        links = f'<{hub.base}/hub>; rel="hub", <{site.base}/topic>; rel=self'
        body = feed(site, hub, "First").replace(b"/hub", b"/no-hub")
        return lambda _: web.Response(body=body, content_type="application/rss+xml", headers={"Link": links})

    async with subscribed(tmp_path, free_port, answer) as (_, site, hub):
        await is_subscribed(hub)
        assert hub.forms[0]["hub.topic"] == f"{site.base}/topic"


@pytest.mark.parametrize(
    "other",
    [
        {"hub.topic": "https://other.example/feed"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
        {"hub.mode": "x"},
    ],
)
async def test_must_34_what_was_not_asked_for_is_not_confirmed(tmp_path, free_port, other):
    """Another topic or mode is 404, and so is a callback that was guessed."""
    async with subscribed(tmp_path, free_port) as (w, _, hub):
        await is_subscribed(hub)
        await hub.verify(hub.forms[0], **other)
        await hub.verify({**hub.forms[0], "hub.callback": f"{w.base}/websub/guessed"})
        assert [status for status, _ in hub.verified[1:]] == [404, 404]


async def test_must_35_and_36_what_is_not_signed_as_agreed_is_ignored_in_silence(tmp_path, free_port):
    """A wrong secret, no signature, an unknown method: 2xx, and nothing taken in. An unknown callback is 404."""
    async with subscribed(tmp_path, free_port, secure, secure=True) as (w, site, hub):
        await is_subscribed(hub)
        await w.shows("First")
        forged = feed(site, hub, "Forged")
        links = {"Link": f'<{site.base}/feed.xml>; rel="self"'}
        answers = [
            await hub.push(forged, secret="wrong"),
            await hub.push(forged, secret=""),
            await hub.push(forged, secret="", **{"X-Hub-Signature": "md5=00"}),
            await hub.push(forged, secret="", **{"X-Hub-Signature": "sha256="}),
        ]
        assert answers == [202] * 4
        guessed = {**hub.forms[0], "hub.callback": f"{w.base}/websub/guessed"}
        assert await hub.push(forged, form=guessed, **links) == 404
        assert await hub.push(b"x" * (6 * 1024 * 1024)) == 413
        await w.daemon.websub.settled()
        assert set(await w.entries()) == {"First"}


async def test_must_33_and_37_it_is_renewed_in_time_under_a_new_address(tmp_path, free_port):
    """The old one holds until its lease ends; meanwhile polling goes on, every two hours."""
    async with subscribed(tmp_path, free_port, secure, secure=True) as (w, site, hub):
        hub.lease = "36000"
        await is_subscribed(hub)
        await w.shows("First")
        w.clock.now += timedelta(hours=7)
        later = w.clock.now
        await w.daemon.websub.renew()
        assert len(hub.forms) == 1
        w.clock.now += timedelta(hours=1.5)
        await is_subscribed(hub, 2)
        first, second = hub.forms
        assert urlsplit(first["hub.callback"]).path != urlsplit(second["hub.callback"]).path
        assert first["hub.secret"] != second["hub.secret"]
        assert await hub.push(feed(site, hub, "To the old"), form=first) == 202
        await w.shows("To the old")

        async def wait_of_source():
            (source,) = (await w.status())["sources"]
            polled = moment(source["endpoints"][0]["last_try_at"])  # before or after the clock moved on
            return polled >= later and moment(source["due_at"]) > polled + timedelta(hours=1.8)

        await eventually(wait_of_source)
        w.clock.now += timedelta(hours=2)
        assert await hub.push(feed(site, hub, "Too late"), form=first) == 404


@pytest.mark.parametrize("how", ["refused", "denied", "silent"])
async def test_must_37_a_hub_that_will_not_is_asked_again_later(tmp_path, free_port, how):
    """Polling goes on as if it were not there."""
    async with subscribed(tmp_path, free_port) as (w, _, hub):
        await is_subscribed(hub)
        hub.status = 500
        if how == "denied":
            await hub.verify(hub.forms[0], **{"hub.mode": "denied"})
            assert hub.verified[-1][0] == 200
        else:
            w.clock.now += timedelta(days=11)

        async def are_asked():
            return len(hub.forms) == (1 if how == "denied" else 2)

        await eventually(are_asked)
        count = len(hub.forms)
        await w.daemon.websub.renew()
        assert len(hub.forms) == count
        hub.status = 202
        w.clock.now += timedelta(hours=7)
        await is_subscribed(hub, len(hub.verified) + 1)


async def test_f08_a_hub_that_points_inward_gets_no_byte(tmp_path, free_port):
    """The guard stands before every request."""
    inner = Site({"/hub": lambda _: web.Response()}, host="127.0.0.9")
    async with inner, Site() as site:
        site.answers["/feed.xml"] = feed(site, inner, "First")
        folder = write_config(tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, main=PUSHED)
        posted: list[Document] = []
        fetcher = client("127.0.0.1/32")

        async def post(url, form, way):
            posted.append(await fetcher.post(url, form, way))
            return posted[-1]

        async with running(folder, tmp_path / "s", intervals=replace(BRISK, subscribe=0.1), post=post):

            async def is_posted():
                return posted

            await eventually(is_posted)
        await fetcher.close()
        assert {each.outcome for each in posted} == {Outcome.BLOCKED_ADDRESS}
        assert (inner.requests, inner.robots_asked) == ([], 0)


async def test_a_hub_is_reached_the_way_its_outlet_is(tmp_path, free_port):
    """Who asks through a proxy does not want to be seen at the hub either."""
    fetch_options = []

    async def post(url, _form, way):
        fetch_options.append(way)
        return Document(endpoint=url, outcome=Outcome.OK, url=url)

    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        body = feed(proxied, proxied, "First")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()

    proxied = Site(port=80)
    server, port = await raw_server(speak)
    async with server:
        text = outlet("http://outlet.example", extra=f'proxy = "http://127.0.0.1:{port}"')
        intervals = replace(BRISK, subscribe=0.1)
        async with watched(tmp_path, free_port, text, main=PUSHED, intervals=intervals, post=post):

            async def is_posted():
                return fetch_options

            await eventually(is_posted)
            assert {way.proxy for way in fetch_options} == {f"http://127.0.0.1:{port}"}


async def test_a_hub_that_is_named_no_more_is_left(tmp_path, free_port):
    """What is in force there runs out."""
    async with subscribed(tmp_path, free_port, secure, secure=True) as (w, site, hub):
        await is_subscribed(hub)
        site.answers["/feed.xml"] = feed(site, hub, "Second", rels=())
        await w.poll(site, after=3 * HOUR)
        w.clock.now += timedelta(days=9)
        await w.daemon.websub.renew()
        assert len(hub.forms) == 1


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_must_35_signatures_by_all_four_methods(method):
    """Hex in any case; anything else is none."""
    digest = hmac.new(b"secret", b"body", getattr(hashlib, method)).hexdigest()
    assert is_signed(f"{method}={digest}", "secret", b"body")
    assert is_signed(f"{method}={digest.upper()}", "secret", b"body")
    for wrong in (digest, f"{method}={digest[:-1]}", f"md5={digest}", f"{method}=ü", ""):
        assert not is_signed(wrong, "secret", b"body")
    assert not is_signed(f"{method}={digest}", "secret", b"other")
