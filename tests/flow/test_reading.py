"""What a journalist does with readers' pages, from the front page of the demonstration on, by links and forms alone.

Each test is a task, and says how many clicks it takes.
"""

import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlencode, urljoin

import aiohttp
import pytest
import pytest_asyncio
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from syndicator.demo import Newsroom, load_play
from tests.ports import port_of, reserve
from tests.waiting import running

# The home of the Courier is down then, and its mirror answers.
BEAT = 5
COURIER = "The Levant Courier"
ITS_FIRST_HEADLINE, ITS_HEADLINE = "Russia and Turkey agree on a ceasefire in Idlib", "Ceasefire in Idlib from midnight"
_ATOM, _LANG = "{http://www.w3.org/2005/Atom}", "{http://www.w3.org/XML/1998/namespace}lang"

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("reading"), pytest.mark.long]


class Person:
    """Somebody with a browser who sees links, forms and words, and counts clicks."""

    def __init__(self, session, base):
        self.session, self.address, self.clicks, self.page = session, base, 0, None

    async def open(self, address):
        """Go to an address, as links lead there."""
        self.address = urljoin(self.address, address)
        async with self.session.get(self.address) as answer:
            body = await answer.text()
            assert answer.status == 200, (answer.status, self.address)
            self.address, self.body = str(answer.url), body
            self.page = LexborHTMLParser(body) if answer.content_type == "text/html" else None
        return self

    async def click(self, words="", *, to=""):
        """Click on the first link that says so, or leads to such an address."""
        for link in self.page.css("a[href]"):
            href = urljoin(self.address, link.attributes["href"])
            if words in link.text() and re.search(to, href):
                self.clicks += 1
                return await self.open(href)
        raise AssertionError(f"no link {words!r} to {to!r} at {self.address}")

    async def search(self, words):
        """Fill in the form for searches, and send it."""
        form = self.page.css_first("form[role=search]")
        name = form.css_first("input").attributes["name"]
        self.clicks += 1
        return await self.open(f"{form.attributes['action']}?{urlencode({name: words})}")

    def words(self, selector="main"):
        """Return what stands in the elements of a selector, with single spaces."""
        return [" ".join(each.text(separator=" ").split()) for each in self.page.css(selector)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def newsroom(tmp_path_factory):
    """The demonstration at the beat at which a home is down, with all that comes of it."""
    async with demonstration(tmp_path_factory.mktemp("reading")) as base:
        yield base


@asynccontextmanager
async def demonstration(folder):
    """Play the demonstration so far, with a daemon beside it; yield the address of its front page."""
    with reserve() as reservation:
        listen = f"127.0.0.1:{port_of(reservation)}"
        room = Newsroom(load_play(), start=datetime.now(UTC))
        await room.open()
        try:
            room.write_config(folder / "config", listen=listen)
            async with running(folder / "config", folder / "state") as daemon:
                for beat in range(1, BEAT + 1):
                    await room.turn_to(beat)
                    await room.all_asked()
                await daemon.dispatcher.settled()
                await daemon.run_outbox()
                await daemon.publish()
                yield f"http://{listen}/"
        finally:
            await room.close()


@pytest_asyncio.fixture(loop_scope="module")
async def person(newsroom):
    """Somebody who looks at the front page."""
    async with aiohttp.ClientSession() as session:
        yield await Person(session, newsroom).open(newsroom)


async def test_who_told_it_first(person):
    """Two clicks: the story, its event; the first row of the table is the outlet that had it first."""
    await person.click(ITS_HEADLINE)
    await person.click(to=r"/events/\d+$")
    assert COURIER in person.words("main table tbody tr")[0]
    assert person.clicks == 2


async def test_what_did_they_change(person):
    """One click, on the word that the headline was changed: the words that went and those that came are marked."""
    await person.click(to=r"/stories/\d+#changes$")
    assert any(ITS_FIRST_HEADLINE in each for each in person.words("main del"))
    assert any("from midnight" in each for each in person.words("main ins"))
    assert person.clicks == 1


async def test_who_has_not_told_it(person):
    """Two clicks: the page of the event says of whom it can be said."""
    await person.click(ITS_HEADLINE)
    await person.click(to=r"/events/\d+$")
    assert any("not told" in each for each in person.words("main h2"))
    assert person.clicks == 2


async def test_make_me_a_feed_of_this_in_two_languages(person):
    """Two clicks: a search in the form of the front page, and the link to subscribe to it; a reader can read that."""
    await person.search("region:SY-ID (lang:ar or lang:ru)")
    shown = {each.attributes["lang"] for each in person.page.css("main ol.rows p.t")}
    assert shown == {"ar", "ru"}
    await person.click(to=r"atom")
    entries = list(etree.fromstring(person.body.encode()).iter(f"{_ATOM}entry"))
    assert {each.get(_LANG) for each in entries} == {"ar", "ru"}
    assert person.clicks == 2


async def test_why_is_this_story_in_that_feed(person):
    """One click: the story names the feeds that have it, with the terms that decide and the words they rest on."""
    await person.click(ITS_HEADLINE)
    (said,) = person.words()
    assert "Syria ceasefire" in said
    assert re.search(r"region:SY by “.*?Idlib", said)
    assert re.search(r"concept:ceasefire by “[Cc]easefire", said)
    assert person.clicks == 1


async def test_read_it_though_the_home_is_blocked(person):
    """Two clicks: the story, and its link, which leads to a mirror as long as the home does not answer."""
    await person.click(ITS_HEADLINE)
    page = person.address
    await person.click("Read")
    assert person.address.partition("/world/")[0] != page.partition("/stories/")[0]
    assert ITS_HEADLINE in person.body
    assert person.clicks == 2
