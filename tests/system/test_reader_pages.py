"""Readers' pages in a real browser: whatever is on them they can be read, named and reached, and nothing in them runs.

Pages are found by their links, two of each kind; a kind that is new is looked at from the day that something links to it.
"""

import aiohttp
import pytest
from aiohttp import web

from tests.conftest import need
from tests.made_readers import made_newsroom
from tests.newsroom import Site
from tests.system.axe import axe_script, violations
from tests.system.page_checks import CHECKS, WIDTHS, browser
from tests.system.safety_checks import SAFETY_CHECKS, WATCH
from tests.walk import Walk

_EACH_WIDTH = ("overflow", "small text")


async def pages_of(room, **limits):
    """Return pages of each kind, those with mistakes among them."""
    found = []
    async with aiohttp.ClientSession() as session:
        for language, most in (("en", 2), ("ar", 1)):
            walk = await Walk(room.base, most=most, languages=[language], **limits).run(session, room.paths)
            found += [each for each in walk.pages.values() if each.elements is not None]
    assert {"/", "/stories/ID"} <= {each.kind for each in found}
    return found


def reports_of(shown):
    """Return what the browser reports; a page that says what is wrong with a search is answered with 400."""
    return [f"the browser reports: {each}" for each in shown.reports if "status of 400" not in each]


async def faults_of(shown, address):
    """Return what is wrong with a page at all widths, in both colours, and printed."""
    found = []
    for width in WIDTHS:
        await shown.look(width=width)
        names = CHECKS if width in (360, 1280) else _EACH_WIDTH
        found += [f"{address} at {width}: {each}" for each in await shown.faults(*names)]
    await shown.look(width=1280, is_dark=True)
    found += [f"{address} in the dark: {each}" for each in await shown.faults("contrast")]
    await shown.look(width=800, is_printed=True)
    found += [f"{address} printed: {each}" for each in await shown.faults("overflow")]
    await shown.look(width=1280)
    return found


@pytest.mark.long
async def test_readers_pages_hold_at_every_width(tmp_path):
    """In light and dark, printed, and in a language from the right, by our checks and by those of axe-core."""
    script, wrong, minor, looked_at = axe_script(), [], set(), set()
    async with made_newsroom(tmp_path) as room, browser(need("chromium"), tmp_path) as shown:
        for page in await pages_of(room):
            await shown.open(page.address)
            wrong += await faults_of(shown, page.address)
            kind = (page.kind, page.language)
            if kind in looked_at:
                continue
            looked_at.add(kind)
            for each in await violations(shown, script, with_contrast=page.language == "en"):
                if each.is_bad:
                    wrong.append(f"{page.address}: axe: {each}")
                else:
                    minor.add(f"{page.kind}: {each.impact}: {each.rule}: {each.help}")
        wrong += reports_of(shown)
    print("axe-core finds, and none is serious:", *sorted(minor), sep="\n  ")
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
async def test_nothing_hostile_runs_overflows_or_turns_what_is_beside_it(tmp_path):
    """Every attack that we know is a title, a name, a topic or a text, with marks across it."""
    wrong = []
    async with (
        made_newsroom(tmp_path, is_hostile=True, has_on_demand=True) as room,
        browser(need("chromium"), tmp_path) as shown,
    ):
        await shown.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        for page in await pages_of(room, of={"/stories/ID": 10}):
            await shown.open(page.address)
            for body in SAFETY_CHECKS.values():
                wrong += [f"{page.address}: {each}" for each in await shown.ask(body)]
            for width in (360, 1280):
                await shown.look(width=width)
                wrong += [f"{page.address} at {width}: {each}" for each in await shown.faults("overflow", "ids")]
        wrong += reports_of(shown)
    assert not wrong, "\n".join(wrong)


UNSAFE = """<!doctype html><title>x</title><p onclick="alert(2)">x <a href="javascript:alert(3)">y</a></p>
<p>named <b>\u202eor so</b> then our own words</p><p>The <span>\u2067three</span> others</p>
<p>Of <b>\u2068here\u2069</b> it is said</p><p>Of <b>\u2068here\u2069\u202e\u2069</b> it is not</p><script>alert(1)</script>"""


async def test_the_checks_of_safety_find_what_they_look_for(tmp_path):
    """A page with one of each fault."""

    async def answer(_request):
        return web.Response(text=UNSAFE, content_type="text/html")

    async with Site({"/": answer}) as site, browser(need("chromium"), tmp_path) as shown:
        await shown.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        await shown.open(site.base + "/")
        found = {name: await shown.ask(body) for name, body in SAFETY_CHECKS.items()}
    assert all(found.values()), found
    assert found["nothing ran"] == ["alert(1)"]
    assert len(found["nothing can run"]) == 3
    assert len(found["what turns is kept apart"]) == 3
