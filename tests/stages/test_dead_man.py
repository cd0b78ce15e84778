"""Heartbeats to a dead-man's switch: only while all is well, and whoever reads the log cannot feign one."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from syndicator.alerts import Look
from syndicator.fetch.callbacks import Reply
from syndicator.models import Document, Outcome, PollReport
from syndicator.runtime.dead_man import DeadManSwitch, address_of_failure
from tests.apps import Shown, an_app
from tests.conftest import NOW
from tests.newsroom import Site

SECRET = "0f2c-не-скажу"


@pytest.mark.parametrize(
    ("address", "failure"),
    [
        ("https://hc-ping.com/0f2c", "https://hc-ping.com/0f2c/fail"),
        ("https://hc-ping.com/0f2c/", "https://hc-ping.com/0f2c/fail"),
        ("https://hc.example/ping/0f2c?create=1", "https://hc.example/ping/0f2c/fail?create=1"),
        (
            "http://kuma.example/api/push/0f2c?status=up&msg=OK&ping=",
            "http://kuma.example/api/push/0f2c?status=down&msg=OK&ping=",
        ),
    ],
)
def test_word_that_all_is_not_well_goes_where_the_switch_expects_it(address, failure):
    """healthchecks.io has a path of its own for it, Uptime Kuma a field."""
    assert address_of_failure(address) == failure


def report(source, outcome):
    document = Document(endpoint=f"https://{source}", url=f"https://{source}", outcome=outcome)
    return PollReport(source=source, documents=(document,), verdicts={}, revised={}, next_due=NOW)


@asynccontextmanager
async def switched(tmp_path, address="", **condition):
    """A switch whose heartbeats come to a site on loopback, and the paths that were asked for there."""
    file = tmp_path / "heartbeat"
    async with (
        Site({f"/{SECRET}": lambda _: web.Response(), f"/{SECRET}/fail": lambda _: web.Response()}) as site,
        an_app(tmp_path, Shown(), main=f'[watch]\nheartbeat_file = "{file}"\n') as app,
    ):
        file.write_text(address or f"{site.base}/{SECRET}\n", encoding="utf-8")
        switch = DeadManSwitch(app, lambda: Look(now=app.clock(), rules=app.rules, **condition))
        try:
            yield switch, site, file
        finally:
            await switch.close()


def paths(site):
    return [each.path.replace(SECRET, "…") for each in site.requests]


async def test_a_heartbeat_is_sent_while_all_is_well(tmp_path):
    """To this machine, too: whose switch it is, is the operator's business."""
    async with switched(tmp_path) as (switch, site, _):
        await switch.beat()
        assert paths(site) == ["/…"]


@pytest.mark.parametrize("condition", [{"trouble": ("the store fails: disk full",)}, {"is_offline": True}])
async def test_trouble_is_told_at_once(tmp_path, condition):
    """A switch that waits for silence would take its time."""
    async with switched(tmp_path, **condition) as (switch, site, _):
        await switch.beat()
        assert paths(site) == ["/…/fail"]


async def test_when_all_sources_fail_something_is_wrong_here(tmp_path):
    """Until one answers well. That the only source there is fails counts, too."""
    async with switched(tmp_path) as (switch, site, _):
        await switch.beat()
        switch.note(report("one/feed.xml", Outcome.FORBIDDEN))
        await switch.beat()
        switch.note(report("one/feed.xml", Outcome.NOT_MODIFIED))
        await switch.beat()
        assert paths(site) == ["/…", "/…/fail", "/…"]


async def test_a_switch_that_fails_is_logged_once(tmp_path):
    """It is asked each minute all the same, and that it is back is logged, too."""
    with capture_logs() as logged:
        async with switched(tmp_path) as (switch, site, _):
            await site.fall()
            await switch.beat()
            await switch.beat()
            await site.rise()
            await switch.beat()
            assert paths(site) == ["/…"]
    assert str(logged).count("the dead-man's switch is not reached") == 1
    assert str(logged).count("the dead-man's switch is reached again") == 1


async def test_a_new_address_is_used_at_the_next_heartbeat(tmp_path):
    """Credentials change without a reload."""
    async with switched(tmp_path, "http://127.0.0.1:9/old") as (switch, site, file):
        await switch.beat()
        file.write_text(f"{site.base}/{SECRET}")
        await switch.beat()
        assert paths(site) == ["/…"]


@pytest.mark.parametrize(
    "address",
    [
        f"http://127.0.0.1:9/{SECRET}",
        f"http://user:{SECRET}@127.0.0.1:9/",
        f"http://127.0.0.1:9/?{SECRET}",
        f"http://no-such-host.invalid/{SECRET}",
        f"http://[::{SECRET}/",
        f"http://127.0.0.1:99999/{SECRET}",
        f"http://{SECRET}℀@127.0.0.1/",
        f"ftp://127.0.0.1/{SECRET}",
        f"http://127.0.0.1/ {SECRET}",
        f"{SECRET}",
        f"https://127.0.0.1/{SECRET}" * 100,
        "\n",
    ],
)
async def test_no_part_of_an_address_is_ever_logged(tmp_path, address):
    """Whether it is refused, malformed, or nothing answers there; and nothing is raised."""
    with capture_logs() as logged:
        async with switched(tmp_path, address) as (switch, site, _):
            await switch.beat()
            assert paths(site) == []
    assert "the dead-man's switch is not reached" in str(logged)
    assert SECRET not in str(logged)


@pytest.mark.parametrize("note", [f"cannot connect to 127.0.0.1:80/{SECRET}", f"InvalidURL: ?{SECRET}", ""])
async def test_what_a_library_says_of_an_address_is_not_passed_on(tmp_path, note):
    """Words of errors come from elsewhere, and may have all of it."""

    async def get(_address):
        return Reply(status=0 if note else 500, note=note)

    with capture_logs() as logged:
        async with switched(tmp_path) as (switch, _, _):
            await DeadManSwitch(switch._app, switch._describe, get=get).beat()
    assert SECRET not in str(logged)
    assert ("no answer" if note else "it answered 500") in str(logged)


async def test_a_file_that_is_missing_is_named(tmp_path):
    """With the key that names it."""
    with capture_logs() as logged:
        async with switched(tmp_path) as (switch, _, file):
            file.unlink()
            await switch.beat()
    assert "watch.heartbeat_file" in str(logged)
    assert str(file) in str(logged)


async def test_a_redirect_is_not_followed(tmp_path):
    """Nobody but the operator says where heartbeats go."""
    async with switched(tmp_path) as (switch, site, _):
        site.answers[f"/{SECRET}"] = lambda _: web.Response(status=302, headers={"Location": "/elsewhere"})
        await switch.beat()
        assert paths(site) == ["/…"]


async def test_without_a_file_nobody_is_asked(tmp_path):
    """As it is by default."""
    asked = []

    async def get(address):
        asked.append(address)

    async with an_app(tmp_path, Shown()) as app:
        await DeadManSwitch(app, lambda: Look(now=app.clock(), rules=app.rules), get=get).beat()
    assert asked == []
