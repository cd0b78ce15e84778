"""The demonstration: a newsroom that a person can click through."""

import asyncio
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest
from lxml import etree

from syndicator.demo import Newsroom, load_play
from syndicator.demo.documents import render
from syndicator.models.formats import KINDS
from tests.ports import port_of, reserve
from tests.waiting import eventually, get, running

START = datetime(2026, 11, 29, 9, 30, 12, tzinfo=UTC)
_IN_PAGE = re.compile(r'(?:href|src)="([^"]+)"')
_ATOM = "{http://www.w3.org/2005/Atom}"


@asynccontextmanager
async def opened(**options):
    newsroom = Newsroom(load_play(), **options)
    await newsroom.open()
    try:
        yield newsroom
    finally:
        await newsroom.close()


@asynccontextmanager
async def played(folder, port):
    """Play the script to its end with a daemon beside it, as fast as that goes."""
    async with opened(start=datetime.now(UTC)) as newsroom:
        newsroom.write_config(folder / "config", listen=f"127.0.0.1:{port}")
        async with running(folder / "config", folder / "state") as daemon:
            for beat in range(1, len(newsroom.play.beats) + 1):
                await newsroom.turn_to(beat)
                await newsroom.all_asked()
            await daemon.dispatcher.settled()
            await daemon.run_outbox()
            await daemon.publish()
            yield newsroom, daemon


def links_of(body, base):
    """Return the addresses that a page, or a feed of either format, leads to."""
    if body.lstrip().startswith(b"<!doctype"):
        found = _IN_PAGE.findall(body.decode())
    else:
        root = etree.fromstring(body)
        found = [each.get("href") for each in root.iter(f"{_ATOM}link")]
        found += [each.text for each in root.iter("link")] + [each.get("url") for each in root.iter("source")]
    absolute = {urljoin(base, unescape(each)) for each in found if each}
    return {each.partition("#")[0] for each in absolute if each.startswith("http")}


async def broken(first, session):
    """Follow links from the addresses ``first`` until nothing is new; return those that do not open.

    Searches lead to ever more searches, pages in other languages to what these lead to, and of feeds on demand few are
    made at a time: they are walked elsewhere.
    """
    on_demand = (f"feeds/{kind}/" for kind in KINDS)
    without = tuple(f"{first[0]}{part}" for part in ("search", "ar/", "fa/", "ru/", "tr/", *on_demand))
    seen, waiting, bad = set(first), list(first), {}
    while waiting:
        address = waiting.pop()
        try:
            async with session.get(address) as answer:
                body = await answer.read()
        except aiohttp.ClientError as error:
            bad[address] = str(error)
            continue
        if answer.status != 200:
            bad[address] = answer.status
        elif answer.content_type in ("text/html", "application/atom+xml", "application/rss+xml"):
            try:
                new = links_of(body, address) - seen
            except etree.XMLSyntaxError:
                new = set()  # the Ledger's feed, which breaks off every time
            new = {each for each in new if not each.startswith(without)}
            seen |= new
            waiting += new
    return seen, bad


@pytest.mark.long
async def test_the_demo_shows_what_is_rewritten_and_what_others_carry(tmp_path, free_port):
    """With the words that changed, and who carries a story since when."""
    async with played(tmp_path, free_port) as (_, daemon):
        folder = daemon.app.files.folder
        revisions, copies = ((folder / f"{name}.atom").read_text("utf-8") for name in ("revisions", "copies"))
    assert "&lt;del&gt;" in revisions
    assert "Ceasefire in Idlib from midnight" in revisions
    assert "Carried by others" in copies


async def test_every_link_of_the_demo_opens(tmp_path, free_port):
    """From the front page, the status page and each feed: stories, mirrors, outlets, other feeds."""
    base = f"http://127.0.0.1:{free_port}"
    async with played(tmp_path, free_port) as (newsroom, daemon), aiohttp.ClientSession() as session:

        async def is_published():
            return (await get(base + "/feeds/everything.atom")).body.count(b"<entry") == 26

        await eventually(is_published)
        feeds = [address for feed in (await daemon._status()).feeds for address in feed.urls.values()]
        places = ("", "alerts", "configuration", "feeds", "progress", "?state=failing")
        seen, bad = await broken([base + "/", *(f"{base}/ops/{place}" for place in places), *feeds], session)
    assert bad == {}
    assert len(feeds) == 15
    stories = {story["path"] for outlet in newsroom.play.outlets if outlet.format != "broken" for story in outlet.story}
    assert stories <= {urlsplit(address).path for address in seen}


@pytest.mark.parametrize(
    ("outlet", "head"),
    [("jisr", '<html lang="ar" dir="rtl">'), ("alborz", '<html lang="fa" dir="rtl">'), ("nevsky", '<html lang="ru" dir="ltr">')],
)  # fmt: skip
async def test_a_story_has_a_page_in_its_language_and_direction(outlet, head):
    """With the words that the feed has of it; before its beat there is none."""
    async with opened() as newsroom:
        await newsroom.turn_to(2)
        site = newsroom.sites[outlet, "home"]
        first, *later = sorted(site.script.story, key=lambda story: story["beat"])
        page = await get(site.base + first["path"])
        missing = [(await get(site.base + each["path"])).status for each in later if each["beat"] > 2]
        front = (await get(site.base + "/")).body.decode()
    body = page.body.decode()
    assert (page.status, head in body, head in front) == (200, True, True)
    assert first["text"] in unescape(body)
    assert first["title"] in unescape(front)
    assert set(missing) == {404}


async def test_dates_are_of_today_and_the_rest_is_the_same():
    """Two starts give the same feeds but for the dates, none of which lies in the future."""
    play = load_play()

    def feeds(start):
        room = Newsroom(play, start=start)
        return [
            render(script, script.stories(len(play.beats)), "http://127.0.0.1:1", room.moment)
            for script in play.outlets
        ]

    assert feeds(START) == feeds(START)
    day = timedelta(days=1)
    assert [
        feed.replace(" 29 ", " 30 ").replace("Sun", "Mon").replace("-29T", "-30T") for feed in feeds(START)
    ] == feeds(START + day)
    room = Newsroom(play, start=START)
    moments = [room.moment(story) for script in play.outlets for story in script.story]
    assert START - timedelta(hours=1) < min(moments) < max(moments) <= START


async def test_outlets_listen_on_the_ports_after_the_daemons_where_those_are_free():
    """So that addresses can be written down; one that is taken is replaced by another."""
    with reserve() as taken:
        taken.listen()
        async with opened(first_port=port_of(taken)) as newsroom:
            first, *others = newsroom.sites.values()
            assert first.port not in {0, port_of(taken)}
            assert (await get(first.base + "/")).status == 200
            assert port_of(taken) + 1 <= others[0].port


async def test_the_last_ports_are_no_obstacle():
    """There is no port 65,536."""
    async with opened(first_port=65530) as newsroom:
        pages = await asyncio.gather(*(get(site.base + "/") for site in newsroom.sites.values()))
    assert {page.status for page in pages} == {200}
