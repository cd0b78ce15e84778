"""What is around readers' pages in a real browser: the page about the server, errors, and feeds that somebody opens."""

import pytest

from tests.apps import Shown, an_app, source_of
from tests.conftest import need
from tests.newsroom import Item, rss
from tests.stages.test_frame_pages import served
from tests.system.page_checks import WIDTHS, browser

STORIES = [
    ("en", "Bread prices <fall> in Idlib", "A loaf costs half of what it did."),
    ("ar", "هدنة في سراقب", "بدأت الهدنة ظهر اليوم في سراقب، وعاد الناس إلى الأسواق والمدارس بعد أسابيع من القصف."),
]
_SHOWN = """
    const shown = each => each.checkVisibility() && each.getBoundingClientRect().height > 0;
    return [...document.querySelectorAll('%s')].filter(shown).map(each => each.textContent + '|' + getComputedStyle(each).%s);
"""


@pytest.mark.long
async def test_pages_around_others_hold_in_a_real_browser(tmp_path):
    """At all widths, in both colours, in English, in Arabic and in Russian."""
    chromium = need("chromium")
    async with an_app(tmp_path, Shown()) as app, served(app) as base, browser(chromium, tmp_path) as shown:
        for path in ("/about", "/ar/about", "/ru/about", "/ar/", "/nope", "/fa/nope", "/?page=x"):
            await shown.open(base + path)
            for width in WIDTHS:
                for is_dark in (False, True):
                    await shown.look(width=width, is_dark=is_dark)
                    assert await shown.faults() == [], (path, width, is_dark)


@pytest.mark.long
async def test_a_feed_can_be_read_in_a_real_browser(tmp_path):
    """Titles are shown, each on its side; markup in texts is not; a note says what a feed is for."""
    chromium = need("chromium")
    items = [
        Item(title, link=f"https://one.example/{n}", guid=f"{n}", text=text)
        for n, (_, title, text) in enumerate(STORIES)
    ]
    async with an_app(tmp_path, Shown(rss(*items))) as app, served(app) as base:
        await app.outbox.run()
        await app.pipeline.poll(source_of(app), None)
        await app.publisher.publish()
        async with browser(chromium, tmp_path) as shown:
            for kind, entry in (("atom", "entry"), ("rss", "item")):
                await shown.open(f"{base}/feeds/all.{kind}")
                await shown.look(width=390)
                titles = await shown.ask(_SHOWN % (f"{entry} > title", "display"))
                assert {each.partition("|")[0].replace("\u2060", "") for each in titles} == {
                    title for _, title, _ in STORIES
                }
                assert await shown.ask(_SHOWN % ("content, summary, item > description, id, guid", "display")) == []
                note = await shown.ask(
                    "return [getComputedStyle(document.querySelector('feed, channel'), '::before').content];"
                )
                assert "This is a feed" in note[0]
                wide = await shown.ask("return [String(document.documentElement.scrollWidth)];")
                assert wide == ["390"]
            await shown.open(f"{base}/feeds/all.atom")
            sides = await shown.ask(_SHOWN % ("entry > title", "direction"))
            assert sorted(sides) == ["Bread prices <fall> in Idlib|ltr", "هدنة في سراقب|rtl"]
