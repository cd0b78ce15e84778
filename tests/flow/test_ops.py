"""The operators' pages of a real daemon, over loopback."""

import json

from syndicator.models.alerts import AlertKind, Subject, SubjectKind
from syndicator.models.days import DayState
from tests.made_ops import made_alert
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.waiting import eventually, get, running


async def told(port, path):
    return json.loads((await get(f"http://127.0.0.1:{port}/ops/{path}")).body)


async def test_an_operator_sees_what_is_not_well_and_what_each_day_brought(tmp_path, free_port):
    """From the first poll on, with counts that a restart does not double."""
    async with Site({"/feed.xml": rss(Item("مدرسة في إدلب", guid="1"), Item("سوق حلب", guid="2"))}) as site:
        outlets = {
            "furat": outlet(site.base, name="صدى الفرات", language="ar", country="SY"),
            "bogaz": outlet(site.base, name="Boğaz Postası", path="/nothing", language="tr", country="TR"),
        }
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds={"everything": EVERYTHING})

        async def is_shown():
            states = {row["id"]: row["state"] for row in (await told(free_port, "overview.json"))["rows"]}
            return states == {"furat": "working", "bogaz": "failing"}

        async with running(folder, tmp_path / "s") as daemon:
            await eventually(is_shown)
            await daemon.app.store.write(
                lambda tx: tx.alerts.add(
                    made_alert(AlertKind.FAILING, Subject(SubjectKind.OUTLET, "bogaz"), outlet="bogaz")
                )
            )

            async def has_days():
                page = await told(free_port, "overview.json")
                return [row["strip"][-1] for row in page["rows"]] == [DayState.FAILING, DayState.NEWS] and page

            page = await eventually(has_days)
            assert page["not_well"] == 1
            assert page["days"][-1]["new"] == 2
            assert page["rows"][0]["strip"][:-1] == DayState.UNSEEN * 89
            shown = await told(free_port, "outlets/furat.json")
            assert shown["days"][-1]["new"] == 2
            html = (await get(f"http://127.0.0.1:{free_port}/ops/outlets/furat")).body.decode()
            assert '<h1><bdi lang="ar">صدى الفرات</bdi></h1>' in html
            assert "How much it publishes is not known yet." in html
        async with running(folder, tmp_path / "s"):
            await eventually(is_shown)
            assert (await told(free_port, "outlets/furat.json"))["days"][-1]["new"] == 2
