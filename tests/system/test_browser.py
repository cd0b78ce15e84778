"""The status page and the page of a story in a real browser: on a phone, and in the dark."""

import struct

from aiohttp import web

from tests.conftest import need
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.processes import run
from tests.waiting import eventually, get, running


async def test_chromium_shows_the_status_page(tmp_path, free_port):
    """It draws the page by our style sheet and asks for nothing else, no script; the dark drawing is another."""
    chromium = need("chromium")
    story = rss(Item("هدنة في إدلب", guid="1"))

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
                return "هدنة" in (await get(f"http://127.0.0.1:{free_port}/ops/")).body.decode()

            await eventually(has_story)
            phone = "--window-size=500,844"
            light = await draw(watched.base + "/ops/", "light", phone)
            dark = await draw(watched.base + "/ops/", "dark", phone, "--blink-settings=preferredColorScheme=0")
            front = await draw(watched.base + "/", "front", phone)
            told = await draw(watched.base + "/stories/1", "story", phone)
    assert struct.unpack("!II", light[16:24]) == (500, 844)
    assert min(len(light), len(front), len(told)) > 10_000
    assert light != dark
    asked = {"/", "/ops/", "/stories/1", "/static/style.css", "/static/icon.svg"}
    assert {request.path for request in watched.requests} == asked
