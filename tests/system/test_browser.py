"""The status page in a real browser: on a phone, in the dark, without JavaScript."""

import asyncio
import subprocess

import pytest

from tests.conftest import need
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.waiting import eventually, get, running


@pytest.mark.parametrize("flags", [("--window-size=1200,900",), ("--window-size=390,844", "--force-dark-mode")])
async def test_chromium_shows_the_status_page(tmp_path, free_port, flags):
    """The page loads whole, its style sheet too, with scripts switched off; the text is all there."""
    chromium = need("chromium")
    async with Site({"/feed.xml": rss(Item("هدنة في إدلب", guid="1"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s"):

            async def has_story():
                return "هدنة" in (await get(f"http://127.0.0.1:{free_port}/")).body.decode()

            await eventually(has_story)
            command = [
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
                *("--blink-settings=scriptEnabled=false", f"--user-data-dir={tmp_path}/profile", *flags),
                *(f"--screenshot={tmp_path}/page.png", "--dump-dom", f"http://127.0.0.1:{free_port}/"),
            ]
            done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=90, check=False)
    assert "هدنة في إدلب" in done.stdout
    assert "working" in done.stdout
    assert "Refused to" not in done.stderr, "the content security policy stopped something of ours"
