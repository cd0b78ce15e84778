"""The operators' pages and their JSON twins, over real HTTP with made outlets."""

import html
import json
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from html.parser import HTMLParser

import msgspec
import pytest

from syndicator.errors import StoreError
from syndicator.models.alerts import Subject, SubjectKind
from syndicator.models.ops_pages import (
    AlertsPage,
    ConfigurationPage,
    FeedsPage,
    OutletPage,
    OverviewPage,
    ProgressPage,
)
from syndicator.publish import FeedFiles
from syndicator.web import SiteContext, serve
from syndicator.web.ops.render import short_names, span
from tests.made_ops import HOSTILE, MadeRecords, made_status
from tests.waiting import get

TWINS = {
    "": ("overview.json", OverviewPage),
    "?state=failing&rows=100": ("overview.json?state=failing&rows=100", OverviewPage),
    "outlets/outlet4": ("outlets/outlet4.json", OutletPage),
    "alerts": ("alerts.json", AlertsPage),
    "configuration": ("configuration.json", ConfigurationPage),
    "progress": ("progress.json", ProgressPage),
    "feeds": ("feeds.json", FeedsPage),
}


@asynccontextmanager
async def pages(tmp_path, count=300, *, hostile=False, records=None, **changes):
    status = replace(made_status(count, hostile=hostile), **changes)

    async def gather():
        return status

    files = FeedFiles(tmp_path)
    context = SiteContext(files=files, status=gather, trouble=lambda: (), records=records or MadeRecords(status))
    runner, port = await serve(context, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{port}/ops/"
    finally:
        await runner.cleanup()


async def text(url):
    answer = await get(url, **{"Accept-Encoding": "identity"})
    assert answer.status == 200, (url, answer.status)
    return answer.body.decode()


class Elements(HTMLParser):
    """Collects what a page links to and asks for."""

    def __init__(self, page):
        super().__init__()
        self.found, self.links, self.twins = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.found.append(tag)
        if tag == "a":
            self.links.append(given["href"])
        if tag == "link" and given.get("type") == "application/json":
            self.twins.append(given["href"])


def words_of(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize("path", TWINS)
async def test_a_page_has_a_twin_that_says_the_same(tmp_path, path):
    """As JSON, at the address that the page names; every field has its type."""
    twin, type_ = TWINS[path]
    async with pages(tmp_path) as base:
        page, told = await text(base + path), await text(base + twin)
    (named,) = Elements(page).twins
    assert html.unescape(named).rpartition("/")[2] == twin.rpartition("/")[2]
    found = msgspec.json.decode(told, type=type_)
    said = words_of(page)
    for row in (*getattr(found, "rows", ()), *getattr(found, "alerts", ()), *getattr(found, "open", ())):
        assert row.name in said
    for problem in getattr(found, "problems", ()):
        assert problem.message[1:] in said
    for step in getattr(found, "steps", ()):
        assert step.state in said
    for feed in getattr(found, "feeds", ()) if path == "feeds" else ():
        assert feed.title in said


async def test_the_title_says_how_it_is(tmp_path):
    """The same as the heading, for who has many tabs."""
    async with pages(tmp_path, 300) as base:
        page, told = await text(base), json.loads(await text(base + "overview.json"))
    assert f"<h1>{told['alert_count']} open alerts, {told['not_well']} of 300 outlets not well</h1>" in page
    assert f"<title>{told['alert_count']} open alerts, {told['not_well']} of 300 outlets not well · operator" in page


async def test_a_decision_is_a_command_that_can_be_pasted(tmp_path):
    """Printed whole, beside its evidence, quoted for a shell."""
    async with pages(tmp_path, 9) as base:
        page = words_of(await text(base))
        told = json.loads(await text(base + "alerts.json"))
    lines = [each["line"] for alert in told["open"] for each in (*alert["decisions"], *alert["commands"])]
    assert "syndicator release https://outlet0.example/rss.xml" in lines
    assert "syndicator confirm https://outlet0.example/rss.xml" in lines
    assert "syndicator alerts ack 3" in lines
    assert "syndicator alerts mute outlet:outlet1 3d" in lines
    assert all(line in page for line in lines)


async def test_an_address_with_signs_of_a_shell_is_quoted(tmp_path):
    """Whoever pastes it runs one command."""
    status = made_status(9)
    records = MadeRecords(status)
    evil = "https://o.example/?a=1&b=$(reboot)"
    records._alerts[1] = replace(records._alerts[1], subject=replace(records._alerts[1].subject, id=evil))
    async with pages(tmp_path, 9, records=records) as base:
        told = json.loads(await text(base + "alerts.json"))
    lines = [each["line"] for each in told["open"][0]["decisions"]]
    assert lines[0] == "syndicator release 'https://o.example/?a=1&b=$(reboot)'"


async def test_a_domain_that_may_have_changed_hands_has_its_decision_too(tmp_path):
    """It is on a host; the commands are for what is in quarantine there, and there are none where nothing is."""
    status = made_status(9)
    records = MadeRecords(status)
    host = Subject(SubjectKind.HOST, "outlet0.example")
    records._alerts[1] = replace(records._alerts[1], subject=host)
    records._alerts[2] = replace(records._alerts[1], id=3, subject=replace(host, id="elsewhere.example"))
    async with pages(tmp_path, 9, records=records) as base:
        told = json.loads(await text(base + "alerts.json"))
    lines = {each["subject"]: [one["line"] for one in each["decisions"]] for each in told["open"]}
    address = "https://outlet0.example/rss.xml"
    assert lines["host:outlet0.example"] == [f"syndicator release {address}", f"syndicator confirm {address}"]
    assert lines["host:elsewhere.example"] == []


@pytest.mark.parametrize(
    ("addresses", "names"),
    [
        (["https://a.example/f", "https://b.example/f"], ["a.example", "b.example"]),
        (["http://localhost:81/f", "http://localhost:82/f"], ["localhost:81", "localhost:82"]),
        (["https://a.example/f", "https://m.example/1/f", "https://m.example/2/f"], ["a.example", "m.example/1/f", ""]),
    ],
)
def test_addresses_of_one_host_are_told_apart(addresses, names):
    """In the table of who carried what when: by port, or by all of them."""
    found = short_names(addresses)
    assert len(set(found.values())) == len(addresses)
    assert [given for each, given in found.items() if names[addresses.index(each)]] == [each for each in names if each]


def test_less_than_a_minute_is_told_in_seconds():
    """A mirror that is seven seconds behind is not none behind."""
    assert [span(each) for each in (0, 7, 59, 60, 3660)] == ["0 s", "7 s", "59 s", "1 min", "1 h 01"]


@pytest.mark.parametrize("expect", ["", "8 d"])
async def test_what_decides_on_silence_is_shown(tmp_path, expect):
    """Where the operator says how often something is expected, lulls decide nothing."""

    class Records(MadeRecords):
        async def outlet(self, id_, now):
            found = await super().outlet(id_, now)
            return replace(found, rhythm=replace(found.rhythm, expect=expect))

    async with pages(tmp_path, 9, records=Records(made_status(9))) as base:
        page = words_of(await text(base + "outlets/outlet4"))
        told = json.loads(await text(base + "outlets/outlet4.json"))
    assert told["rhythm"]["expect"] == expect
    assert ("something at least every 8 d" in page) == bool(expect)
    assert ("Longest of late" in page) == ("Lull now" in page) == (not expect)


async def test_pages_of_outlets_lead_on_to_the_last(tmp_path):
    """By following the links of a person."""
    async with pages(tmp_path, 300) as base:
        seen, url = [], f"{base}?rows=100&country=SY"
        while url:
            page = await text(url)
            seen += re.findall(r'class="name"><a href="\.\./ops/outlets/(\w+)"', page)
            (following,) = re.findall(r'href="\.\./ops/([^"#]*)#outlets" rel="next"', page) or [""]
            url = base + html.unescape(following) if following else ""
    assert len(seen) == len(set(seen)) == 68


async def test_the_log_has_pages_by_number_of_line(tmp_path):
    """What is added meanwhile moves nothing."""
    async with pages(tmp_path, 9) as base:
        first = json.loads(await text(base + "alerts.json"))
        second = json.loads(await text(f"{base}alerts.json?before={first['next_before']}"))
        page = await text(base + "alerts")
    numbers = [each["id"] for told in (first, second) for each in told["log"]]
    assert numbers == list(range(150, 0, -1))
    assert second["next_before"] is None
    assert f'href="?before={first["next_before"]}#log"' in page


async def test_alerts_of_ten_thousand_outlets_have_pages(tmp_path):
    """The most urgent first, each once."""
    async with pages(tmp_path, 10_000) as base:
        found, after = [], ""
        while True:
            told = json.loads(await text(f"{base}alerts.json?after={after}"))
            found += [(not each["is_urgent"], -each["id"]) for each in told["open"]]
            if not (after := told["next_open"]):
                break
    assert found == sorted(found)
    assert len(set(found)) == told["open_count"] == len(found) > 100


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?state=tired", 400),
        ("?rows=41", 400),
        ("?order=best", 400),
        ("alerts?before=x", 400),
        ("alerts?before=9999999999999", 400),
        ("alerts?after=" + "x" * 201, 400),
        ("alerts?after=x", 200),
        ("outlets/nobody", 404),
        ("outlets/nobody.json", 404),
        ("outlets/", 404),
        ("nothing", 404),
        ("?page=2", 200),
    ],
)
async def test_an_address_that_makes_no_sense_is_refused(tmp_path, path, status):
    """With a sentence, and never with an error of ours."""
    async with pages(tmp_path, 9) as base:
        assert (await get(base + path)).status == status


@pytest.mark.parametrize("path", ["", "outlets/outlet1", "alerts", "configuration", "progress", "feeds"])
async def test_names_and_titles_of_strangers_stay_text(tmp_path, path):
    """Whatever an outlet is called and writes: no element of theirs, and each name set apart."""
    async with pages(tmp_path, 60, hostile=True) as base:
        page = await text(base + path)
    assert not {"script", "iframe", "object", "style"} & set(Elements(page).found)
    assert not [each for each in Elements(page).links if each.lower().lstrip().startswith("javascript")]
    assert 'onerror="' not in page
    names = re.findall(r"<bdi[^>]*>(.*?)</bdi>", page, re.DOTALL)
    assert any(html.unescape(name) in HOSTILE for name in names)


async def test_a_store_that_cannot_be_read_is_told(tmp_path):
    """And asked again by the next one who looks."""

    class Failing(MadeRecords):
        async def days(self, sources, since):
            raise StoreError("disk I/O error")

    async with pages(tmp_path, 9, records=Failing(made_status(9))) as base:
        answer = await get(base)
        assert (answer.status, b"disk I/O error" in answer.body) == (503, True)
        assert (await get(base + "alerts")).status == 200


async def test_offline_is_said_first_and_blames_nobody(tmp_path):
    """On every page; the one that shows more asks again by itself, and says so."""
    records = MadeRecords(made_status(9), offline="this machine seems to be offline: none of 17 sites answers")
    async with pages(tmp_path, 9, records=records) as base:
        for path in ("", "outlets/outlet1", "alerts", "configuration", "progress", "feeds"):
            page = await text(base + path)
            assert "We are offline." in page
            assert page.index("none of 17 sites answers") < page.index("<h1>")
            assert ('http-equiv="refresh"' in page) == (path == "progress")


async def test_nothing_yet_says_what_to_do(tmp_path):
    """A first start with an empty configuration."""
    async with pages(tmp_path, 0) as base:
        assert "No outlets yet" in await text(base)
        assert "No feeds yet" in await text(base + "feeds")


async def test_one_page_is_made_for_all_who_ask(tmp_path):
    """However they write what they ask for."""
    status = made_status(9)

    class Counting(MadeRecords):
        asked = 0

        async def days(self, sources, since):
            self.asked += 1
            return await super().days(sources, since)

    records = Counting(status)
    async with pages(tmp_path, 9, records=records) as base:
        for path in ("?rows=40&country=SY", "?country=SY", "?country=SY&order=worst&state="):
            await text(base + path)
        assert records.asked == 1
        await text(base + "?country=IR")
        assert records.asked == 2
