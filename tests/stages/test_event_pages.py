"""Pages of events: who told it, in which order, and who has not; over real HTTP from a store with made stories."""

import re

from syndicator.models.reader_pages import EventWanted
from tests.stages.made_events import HOUR, MINUTE, TITLES, event_desk, served


async def text(client, path):
    answer = await client.get(path)
    assert answer.status == 200, (path, answer.status, await answer.text())
    return await answer.text()


async def told_widely(desk):
    """Have four outlets tell an event, one of whose stories two others copy; return its number."""
    event = await desk.tell("levant", copied_by=("ledger", "walnut"))
    await desk.tell("orontes", "Ceasefire in Idlib from midnight", event=event, after=3 * MINUTE)
    await desk.tell("levant", "Ceasefire in Idlib holds", event=event, after=HOUR)
    return event


async def test_the_page_of_an_event_says_who_told_it_in_which_order(tmp_path):
    """Own words and copies apart, each with the time after the first."""
    async with event_desk(tmp_path) as desk:
        page = await desk.page(EventWanted(number=await told_widely(desk)))
    assert (page.card.origins, page.card.copies, page.card.stories) == (2, 2, 3)
    assert [(each.outlet.id, each.seconds, each.own, each.copies) for each in page.tellers] == [
        ("levant", 0, 2, 0),
        ("ledger", 60, 0, 1),
        ("walnut", 120, 0, 1),
        ("orontes", 180, 1, 0),
    ]
    assert page.stories[0].story.title == TITLES["en"]
    assert page.card.countries == ("LB", "GB", "CY", "IQ")


async def test_pages_are_served_in_every_language_and_as_json(tmp_path):
    """With one h1 and links that hold below a language's path."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        event = await told_widely(desk)
        for prefix in ("", "/ar", "/fa"):
            for path in ("events", f"events/{event}"):
                page = await text(client, f"{prefix}/{path}")
                assert len(re.findall("<h1", page)) == 1
                assert TITLES["en"] in page
        found = await (await client.get(f"/events/{event}.json")).json()
        assert found["tellers"][0]["outlet"]["id"] == "levant"
        assert (await (await client.get("/events.json")).json())["events"][0]["id"] == event
