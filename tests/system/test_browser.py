"""Operators' pages and the page of a story in a real browser: on a phone, in the dark, mirrored, printed."""

import struct

import pytest
from aiohttp import web

from syndicator.publish import FeedFiles
from syndicator.web import SiteContext, serve
from tests.conftest import need
from tests.made_ops import MadeRecords, made_status
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.processes import run
from tests.stages.test_story_pages import MIRROR, ONION, newsroom, told_in_full
from tests.system.page_checks import CHECKS, WIDTHS, browser
from tests.waiting import eventually, get, running


async def test_chromium_shows_the_status_page(tmp_path, free_port):
    """It draws the page by our style sheet and asks for nothing else, no script; the dark drawing is another."""
    chromium = need("chromium")
    story = rss(Item("هدنة في إدلب " + "و" * 200, guid="1"))

    async def draw(url, name, *flags):
        command = [
            *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync", *flags),
            *(f"--user-data-dir={tmp_path}/profile-{name}", f"--screenshot={tmp_path}/{name}.png", url),
        ]
        done = await run(*command)
        assert b"Refused to" not in done.stderr, "the content security policy stopped something of ours"
        return (tmp_path / f"{name}.png").read_bytes()

    async with Site({"/feed.xml": story}) as site, Site() as watched:

        async def forward(request):
            page = await get(f"http://127.0.0.1:{free_port}{request.path}")
            return web.Response(body=page.body, status=page.status, headers=page.headers)

        watched.answers = dict.fromkeys(("/", "/ops/", "/stories/1", "/static/style.css", "/static/icon.svg"), forward)
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s"):

            async def has_story():
                return "هدنة" in (await get(f"http://127.0.0.1:{free_port}/ops/feeds")).body.decode()

            await eventually(has_story)
            phone = "--window-size=500,844"
            light = await draw(watched.base + "/ops/", "light", phone)
            dark = await draw(watched.base + "/ops/", "dark", phone, "--blink-settings=preferredColorScheme=0")
            front = await draw(watched.base + "/", "front", phone)
            told = await draw(watched.base + "/stories/1", "story", phone)
            async with browser(chromium, tmp_path) as shown:
                for path in ("/", "/stories/1"):
                    await shown.open(f"http://127.0.0.1:{free_port}{path}")
                    for width in (360, 1280):
                        await shown.look(width=width)
                        assert await shown.faults() == [], (path, width)
    assert struct.unpack("!II", light[16:24]) == (500, 844)
    assert min(len(light), len(front), len(told)) > 10_000
    assert light != dark
    asked = {"/", "/ops/", "/stories/1", "/static/style.css", "/static/icon.svg"}
    assert {request.path for request in watched.requests} == asked


OPS_PAGES = (
    "",
    "?state=failing&rows=100",
    "?words=nobody",
    "outlets/outlet0",
    "outlets/outlet1",
    "alerts",
    "configuration",
    "progress",
    "feeds",
)


@pytest.mark.long
@pytest.mark.parametrize(("count", "is_hostile"), [(0, False), (9, False), (300, False), (300, True), (10_000, False)])
async def test_operators_pages_hold_whatever_is_on_them(tmp_path, count, is_hostile):
    """At every width, light, dark, mirrored and printed: nothing overflows, and all can be read, named and reached."""
    status = made_status(count, hostile=is_hostile)

    async def gather():
        return status

    records = MadeRecords(status, offline="none of 17 sites could be reached since 13:41 UTC" if count == 9 else "")
    context = SiteContext(files=FeedFiles(tmp_path / "f"), status=gather, trouble=lambda: (), records=records)
    runner, port = await serve(context, "127.0.0.1", 0)
    try:
        async with browser(need("chromium"), tmp_path) as shown:
            for path in OPS_PAGES:
                if count == 0 and path.startswith("outlets"):
                    continue
                await shown.open(f"http://127.0.0.1:{port}/ops/{path}")
                for width in WIDTHS:
                    await shown.look(width=width)
                    names = CHECKS if width in (360, 1280) else ("overflow", "small text")
                    assert await shown.faults(*names) == [], (path, width)
                await shown.look(width=1280, is_dark=True)
                assert await shown.faults("contrast") == [], path
                await shown.look(width=800, is_printed=True)
                assert await shown.faults("overflow") == [], path
                await shown.mirror()
                for width in (360, 1280):
                    await shown.look(width=width)
                    assert await shown.faults("overflow") == [], (path, width, "mirrored")
            assert shown.reports == [], "the content security policy stopped something of ours"
    finally:
        await runner.cleanup()


@pytest.mark.long
@pytest.mark.parametrize("title", ["Bridge opens", "w" * 200, "long words " * 27, "\u202eهدنة\u202c <b>x</b> " * 9])
async def test_the_page_of_a_story_holds_whatever_is_on_it(tmp_path, title):
    """With copies, versions, addresses that differ, an event: at every width, dark, printed, and in Arabic."""
    async with newsroom(tmp_path / "r", MIRROR, ONION, mode="compare") as room:
        number = await told_in_full(room, title)
        context = SiteContext(files=FeedFiles(tmp_path / "f"), status=None, trouble=tuple, pages=room.app.reader_pages)
        runner, port = await serve(context, "127.0.0.1", 0)
        try:
            async with browser(need("chromium"), tmp_path) as shown:
                for path in (f"stories/{number}", f"ar/stories/{number}"):
                    await shown.open(f"http://127.0.0.1:{port}/{path}")
                    for width in WIDTHS:
                        await shown.look(width=width)
                        names = CHECKS if width in (360, 1280) else ("overflow", "small text")
                        assert await shown.faults(*names) == [], (path, width)
                    await shown.look(width=1280, is_dark=True)
                    assert await shown.faults("contrast") == [], path
                    await shown.look(width=800, is_printed=True)
                    assert await shown.faults("overflow") == [], path
                assert shown.reports == [], "the content security policy stopped something of ours"
        finally:
            await runner.cleanup()


BROKEN = """<!doctype html><title>x</title><h1>a</h1><h3>b</h3><p id=a style="font-size: 9px; color: #999">low</p><p id=a>
<a href="#nowhere">dead</a><input><svg></svg><div class=wide>wide</div><p class=wide2>much too wide for any phone
<style>.wide { width: 3000px } .wide2 { white-space: nowrap; width: 2000px }</style>"""


async def test_the_checks_of_pages_find_what_they_look_for(tmp_path):
    """A page with one of each fault."""

    async def answer(_request):
        return web.Response(text=BROKEN, content_type="text/html")

    async with Site({"/": answer}) as site, browser(need("chromium"), tmp_path) as shown:
        await shown.open(site.base + "/")
        await shown.look(width=360)
        found = await shown.faults()
    assert {each.partition(":")[0] for each in found} == set(CHECKS)
