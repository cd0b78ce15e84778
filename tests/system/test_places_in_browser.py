"""Pages of places in Chromium: nothing overflows, everything can be read, named and reached."""

import pytest

from syndicator.publish import FeedFiles
from syndicator.web import SiteContext, serve
from tests.conftest import need
from tests.stages.test_places_pages import HOSTILE, TOWNS, places
from tests.stages.told import CEASEFIRES, MINUTE
from tests.system.page_checks import CHECKS, WIDTHS, browser

PAGES = (
    "places",
    "places?by=name",
    "places/SY",
    "places/SY-ID",
    "places/FJ",
    "ar/places/SY-ID",
    "fa/places",
    "ru/places/SY",
)


@pytest.mark.long
async def test_pages_of_places_hold_whatever_is_on_them(tmp_path):
    """At every width, light and dark, printed and mirrored, with headlines that have no end."""
    async with places(tmp_path) as room:
        await room.desk.usual(16)
        for outlet, title in CEASEFIRES:
            room.desk.clock.move(MINUTE)
            await room.desk.tell(outlet, title)
        await room.tell(*TOWNS, *[f"Syria {each}" for each in HOSTILE[-2:]])
        context = SiteContext(files=FeedFiles(tmp_path / "f"), status=None, trouble=tuple, pages=room.source)
        runner, port = await serve(context, "127.0.0.1", 0)
        try:
            async with browser(need("chromium"), tmp_path) as shown:
                for path in PAGES:
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
