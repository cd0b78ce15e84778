"""An outlet rewrites a headline, and an editor's webhook has it: the whole way, through a running daemon."""

import asyncio

from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.receivers import Hooks
from tests.waiting import FAST, eventually, running

DESK = 'to = ["{url}"]\nkinds = ["retitled"]\nwhere = "region:SY"\nwait = "0s"\nevery = "0s"\n'
BEFORE, AFTER = "مقتل ١٢ مدنيا في قصف على إدلب", "مقتل ٢١ مدنيا في قصف على إدلب"


def shown(title):
    other = Item("Ankara'da yeni metro hattı açıldı", guid="2", link="https://outlet.example/2", text="Bugün.")
    return rss(Item(title, guid="1", link="https://outlet.example/1", text="نص الخبر."), other, language="ar")


async def test_a_changed_number_in_a_headline_on_syria_reaches_a_webhook(tmp_path, free_port):
    """With both headlines, the story, and where to read on; the other story, which no filter holds, is not told."""
    async with Site() as site, Hooks() as hooks:
        site.answers["/feed.xml"] = shown(BEFORE)
        text = outlet(site.base, name="صدى إدلب", country="SY", language="ar")
        folder = write_config(tmp_path / "c", port=free_port, outlets={"echo": text}, feeds={"everything": EVERYTHING})
        (folder / "alerts").mkdir()
        (folder / "alerts" / "desk.toml").write_text(DESK.replace("{url}", hooks.url), encoding="utf-8")
        async with running(folder, tmp_path / "s", intervals=FAST) as daemon:

            async def has_stories():
                return await daemon.app.store.read(lambda tx: tx.stories.count()) == 2

            await eventually(has_stories)
            await daemon.alerting.tell()  # it knows its recipients from now on
            site.answers["/feed.xml"] = shown(AFTER)

            async def has_come():
                await daemon.run_outbox()
                await daemon.alerting.tell()
                return hooks.deliveries

            await asyncio.wait_for(eventually(has_come), 30)
    (event,) = [event for delivery in hooks.deliveries for event in delivery.json["events"]]
    assert (event["kind"], event["outlet"]) == ("retitled", "echo")
    assert event["words"].startswith('صدى إدلب changed a number in a headline: "\u2068١٢ مدنيا\u2069" became')
    assert [story["title"] for story in event["stories"]] == [AFTER]
    assert event["url"].startswith(f"http://127.0.0.1:{free_port}/stories/")
