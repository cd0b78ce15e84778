"""An outlet's home over TLS and its mirrors: what an operator is told when they change, and no more."""

import re
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from syndicator.fetch import Fetcher
from syndicator.models import FetchSettings
from syndicator.models.alerts import Phase
from tests.flow.faults import Clock, Hostile, reply
from tests.flow.test_faults_transport import Names
from tests.flow.test_mirrors import CASINO, HOUR, items, watched
from tests.newsroom import Site, outlet, rss
from tests.waiting import eventually, get

TLS = Path(__file__).parents[1] / "data" / "tls"
DAMASCUS = (
    "الحكومة السورية تعلن فتح معبر باب الهوى أمام المساعدات",
    "عودة مئات العائلات إلى مدينة حلب بعد الهدنة",
    "مرفأ اللاذقية يستقبل أولى سفن القمح هذا الشهر",
    "طلاب جامعة دمشق يعودون إلى مقاعد الدراسة",
)
MINUTE = timedelta(minutes=1)


class Newsroom(Hostile):
    """A home over TLS, whose certificate and pages a test changes."""

    @property
    def base(self):
        return f"https://news.example:{self.port}"

    @property
    def requests(self):
        return self.asked

    def certify(self, name):
        self.tls.load_cert_chain(TLS / f"{name}.pem")

    def show(self, *headlines, title="أخبار دمشق"):
        self.answers["/feed.xml"] = reply(rss(*items(self.base, *headlines), title=title, language="ar"))


@asynccontextmanager
async def newsroom(tmp_path, port, *, mirrors=(), now=None):
    """Run a daemon that has read a home over TLS once, and is told of the rest by its test."""
    trust = ssl.create_default_context(cafile=TLS / "authority.pem")
    trust.load_verify_locations(TLS / "other_authority.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    clock = Clock()
    manners = FetchSettings(user_agent="t", spacing=timedelta(0), allow_private=(ip_network("127.0.0.0/8"),))
    fetch = Fetcher(manners, clock=clock, resolver=Names(), tls=trust)
    async with Newsroom(tls=server) as home:
        home.certify("valid")
        home.show(*DAMASCUS)
        text = outlet(home.base, *mirrors, name="أخبار دمشق", country="SY", language="ar")
        async with watched(tmp_path, port, text, fetch=fetch) as w:
            if now is not None:
                w.clock.now = now
            await w.shows(*DAMASCUS)
            await w.poll(home)
            yield home, w
    await fetch.close()


async def told(w, *, apart=MINUTE):
    """Take three looks; return what is open, by kind, in words."""
    for _ in range(3):
        await w.daemon.dispatcher.settled()
        w.clock.now += apart
        await w.daemon.alerting.look()
    current = await w.daemon.app.store.read(lambda tx: tx.alerts.current())
    return {str(each.kind): each.words for each in current if each.is_open}


async def log(w):
    """Return the log of operations: kinds with their words."""
    events = await w.daemon.app.store.read(lambda tx: tx.alerts.events_after(0, 1000))
    return [(str(each.kind), each.phase, each.words) for each in events]


async def test_a_certificate_that_is_not_renewed_is_told_before_it_ends_and_the_outlet_after(tmp_path, free_port):
    """Three weeks before; and when the connection fails for it, that is another alert."""
    async with newsroom(tmp_path, free_port) as (home, w):
        assert await told(w) == {}
        w.clock.now = datetime(2119, 12, 25, tzinfo=UTC)
        await w.poll(home)
        found = await told(w)
        assert list(found) == ["certificate"]
        assert (
            f"The certificate of news.example:{home.port} (أخبار دمشق) ends on 1 January 00:00 UTC, in 6 days"
            in (found["certificate"])
        )
        home.certify("expired")
        for _ in range(3):
            await w.daemon.dispatcher.settled()
            w.clock.now += HOUR
            await eventually(lambda: is_tried(w, home))
        found = await told(w)
        assert sorted(found) == ["certificate", "failing"]
        assert "Nothing of أخبار دمشق can be read for" in found["failing"]
        assert "certificate has expired" in found["failing"]


async def is_tried(w, home):
    return datetime.fromisoformat((await w.endpoints())[home.base]["last_try_at"]) == w.clock.now


async def test_another_issuer_alone_is_a_note(tmp_path, free_port):
    """Outlets change their certificate's issuer now and then; it is said once, for a week."""
    async with newsroom(tmp_path, free_port) as (home, w):
        home.certify("other")
        home.show("افتتاح سوق جديد في حمص", *DAMASCUS)
        await w.poll(home)
        found = await told(w)
        assert list(found) == ["issuer"]
        assert "is issued by Other Trust since 6 March" in found["issuer"]
        assert "and was by Test authority" in found["issuer"]
        page = (await get(f"http://127.0.0.1:{free_port}/ops/outlets/one")).body.decode()
        assert re.search("<dt>Certificate</dt><dd><bdi>Other Trust</bdi>, until [^<]+<", page)
        w.clock.now += timedelta(days=8)
        assert await told(w) == {}


async def test_a_sold_domain_is_one_urgent_alert(tmp_path, free_port):
    """Foreign headlines and a new issuer together: not a quarantine and a note."""
    async with newsroom(tmp_path, free_port) as (home, w):
        home.certify("other")
        home.show(*CASINO, title="Lucky Spins Daily")
        await w.poll(home)
        found = await told(w)
        assert list(found) == ["hijack"]
        words = found["hijack"]
        assert words.startswith(f"news.example:{home.port} of أخبار دمشق may have changed hands: its certificate is")
        assert words.endswith("looks like another outlet's and is quarantined.")
        note = (await w.endpoints())[home.base]["note"]
        assert "its certificate is issued by Other Trust and was by Test authority" in note


async def test_foreign_content_alone_is_a_quarantine_that_waits_for_the_operator(tmp_path, free_port):
    async with newsroom(tmp_path, free_port) as (home, w):
        home.show(*CASINO, title="Lucky Spins Daily")
        await w.poll(home)
        found = await told(w)
        assert list(found) == ["quarantined"]
        assert await w.command("release", home.base)
        home.show(*DAMASCUS)
        await w.poll(home)
        assert await told(w) == {}


async def test_a_mirror_takes_over_and_the_home_comes_back(tmp_path, free_port):
    """Both are noted, once each; the outlet is not failing meanwhile, its home is down."""
    async with Site() as mirror, newsroom(tmp_path, free_port, mirrors=(mirror.base,)) as (home, w):
        mirror.answers["/feed.xml"] = rss(*items(mirror.base, *DAMASCUS), title="أخبار دمشق", language="ar")
        good = home.answers["/feed.xml"]
        home.answers["/feed.xml"] = reply(status="503 Service Unavailable")
        for _ in range(13):
            await w.poll(home, mirror)
        found = await told(w)
        assert list(found) == ["mirror-down"]
        assert found["mirror-down"].startswith(f"The home {home.base} of أخبار دمشق does not answer well for")
        home.answers["/feed.xml"] = good
        for _ in range(2):
            await w.poll(home)
        assert await told(w) == {}
        notes = [words for kind, phase, words in await log(w) if phase is Phase.NOTED and kind == "takeover"]
        assert notes == [
            f"A mirror took over for أخبار دمشق: {home.base} is down or quarantined, links lead to {mirror.base}.",
            f"The home of أخبار دمشق is back: links lead to {home.base} again.",
        ]


@pytest.mark.parametrize(("good_answers", "open_alerts"), [(1, ["failing"]), (2, [])])
async def test_one_good_answer_does_not_end_an_outage(tmp_path, free_port, good_answers, open_alerts):
    """Two do: hosts that come and go would be told each time."""
    async with newsroom(tmp_path, free_port) as (home, w):
        good = home.answers["/feed.xml"]
        home.answers["/feed.xml"] = reply(status="404 Not Found")
        for _ in range(3):
            await w.poll(home)
        assert list(await told(w)) == ["failing"]
        await eventually(lambda: is_tried(w, home))  # the poll of the last minute, which is to fail as well
        home.answers["/feed.xml"] = good
        for _ in range(good_answers):
            await w.poll(home)
        assert list(await told(w, apart=timedelta(milliseconds=100))) == open_alerts  # before the next poll is due


async def test_an_address_that_moved_for_good_is_told_when_it_is_followed(tmp_path, free_port):
    """After three polls in a row that agreed, over a day."""
    async with Site() as home:
        home.answers["/new.xml"] = rss(*items(home.base, *DAMASCUS), title="أخبار دمشق", language="ar")
        home.answers["/feed.xml"] = lambda _request: web.Response(status=301, headers={"Location": "/new.xml"})
        async with watched(tmp_path, free_port, outlet(home.base, name="أخبار دمشق", language="ar")) as w:
            await w.shows(*DAMASCUS)
            assert await told(w) == {}
            for _ in range(3):
                home.answers["/new.xml"] = rss(
                    *items(home.base, f"خبر {len(home.requests)}", *DAMASCUS), title="أخبار دمشق", language="ar"
                )
                await w.poll(home, after=13 * HOUR)
            found = await told(w)
            assert list(found) == ["moved"]
            assert found["moved"].startswith(
                f"{home.base}/feed.xml of أخبار دمشق has moved for good to {home.base}/new."
            )


async def test_a_mirror_that_drops_stories_is_told_with_their_titles(tmp_path, free_port):
    """What it lacks for longer than the mirrors' patience."""
    async with Site() as home, Site() as mirror:
        text = outlet(home.base, mirror.base, mode="compare", name="Вести Хомса", language="ru")
        shown = ["Мост через Оронт открыт"]
        for site in (home, mirror):
            site.answers["/feed.xml"] = rss(*items(site.base, *shown), title="Вести Хомса", language="ru")
        async with watched(tmp_path, free_port, text) as w:
            await w.shows(*shown)
            await w.poll(home, mirror)
            dropped = [f"Школа номер {number} снова открыта" for number in range(1, 5)]
            home.answers["/feed.xml"] = rss(*items(home.base, *dropped, *shown), title="Вести Хомса", language="ru")
            for _ in range(8):
                await w.poll(home, mirror)
            found = await told(w)
            assert list(found) == ["mirror-dropping"]
            assert "of Вести Хомса does not show 4 items that others have, among them" in found["mirror-dropping"]
            mirror.answers["/feed.xml"] = rss(*items(mirror.base, *dropped, *shown), title="Вести Хомса", language="ru")
            await w.poll(home, mirror)
            await told(w)
            w.clock.now += HOUR
            assert "mirror-dropping" not in await told(w)
