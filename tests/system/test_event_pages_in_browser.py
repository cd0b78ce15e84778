"""Pages of events in a real Chromium, with headlines that outlets should not have written."""

import pytest

from tests.conftest import need
from tests.made_ops import HOSTILE
from tests.stages.made_events import HOUR, event_desk, served
from tests.system.page_checks import CHECKS, WIDTHS, browser


async def _tell(desk):
    """Have outlets of five languages tell an event, with whatever headlines; return its number."""
    await desk.usual("levant", "orontes", "plume", "tribune")
    event = await desk.tell("levant", copied_by=("ledger", "walnut"))
    for title in HOSTILE[-12:]:
        await desk.tell("orontes", title, event=event, after=HOUR, score=0.22)
    await desk.tell("jisr", HOSTILE[-3], related=(event,))
    await desk.read("plume")
    return event


@pytest.mark.long
async def test_pages_of_events_hold_whatever_is_on_them(tmp_path):
    """At every width, dark, printed and mirrored: nothing overflows, and all can be read, named and reached."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        event = await _tell(desk)
        base = (await client.get("/")).url
        async with browser(need("chromium"), tmp_path) as shown:
            for path in (
                "events?order=widest",
                f"events/{event}",
                f"ar/events/{event}",
                f"events/{event}?after={event}",
            ):
                await shown.open(f"{base}{path}")
                for width in WIDTHS:
                    await shown.look(width=width)
                    assert await shown.faults(*CHECKS) == [], (path, width)
                await shown.look(width=1280, is_dark=True)
                assert await shown.faults("contrast") == [], path
                await shown.look(width=800, is_printed=True)
                assert await shown.faults("overflow") == [], path
                await shown.mirror()
                await shown.look(width=360)
                assert await shown.faults("overflow") == [], (path, "mirrored")
            assert shown.reports == []
