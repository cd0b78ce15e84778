"""Feeds that somebody opens in a browser: a style sheet makes them readable, and programs notice nothing."""

import re
from urllib.parse import urljoin

import pytest
from lxml import etree

from syndicator.models import Feed, Link
from syndicator.publish.atom import render as render_atom
from syndicator.publish.context import PublicationContext
from syndicator.publish.rss import render as render_rss
from tests.conftest import NOW
from tests.stages.test_web import context
from tests.waiting import get

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PROGRAM = {"Accept": "application/atom+xml, application/rss+xml, text/html;q=0.5"}


def sheet_of(document):
    """Return where a document says its style sheet is."""
    (instruction,) = etree.fromstring(document).xpath("preceding-sibling::processing-instruction('xml-stylesheet')")
    assert instruction.get("type") == "text/css"
    return instruction.get("href")


@pytest.mark.parametrize("base", ["https://news.example", "https://host.example/below/news", ""])
@pytest.mark.parametrize("name", ["all", "region/SY", "region/SY-ID/saraqib"])
def test_a_document_names_its_sheet_wherever_it_is(base, name):
    """Relative: below any path, in a copy, and in whichever folder."""
    site = PublicationContext(base_url=base, title="News", authority="test.invalid", outlets={}, labels={})
    feed = Feed(name=name, title="أخبار", where="", description="d")
    for suffix, render in (("atom", render_atom), ("rss", render_rss)):
        address = f"https://copy.example/deep/feeds/{name}.{suffix}"
        document = render(feed, [], site, NOW, {})
        assert urljoin(address, sheet_of(document)) == "https://copy.example/deep/static/feed.css"


def test_an_archive_names_it_too():
    """It lies in a folder of its feed."""
    site = PublicationContext(
        base_url="https://news.example", title="News", authority="test.invalid", outlets={}, labels={}
    )
    own = Link(rel="self", href="https://news.example/feeds/all/2026-03.atom")
    feed = Feed(name="all", title="All", where="", description="d")
    document = render_atom(feed, [], site, NOW, {}, links=[own], is_archive=True)
    assert sheet_of(document) == "../../static/feed.css"


async def test_browsers_get_xml_and_programs_what_it_is(tmp_path):
    """The same bytes with the same name; whoever came before."""
    async with context(tmp_path) as base:
        for kind in ("atom", "rss"):
            address = f"{base}/feeds/f.{kind}"
            answers = [await get(address, **headers) for headers in (PROGRAM, BROWSER, {}, BROWSER, PROGRAM)]
            types = [each.headers["Content-Type"] for each in answers]
            own = f"application/{kind}+xml; charset=utf-8"
            assert types == [own, "application/xml; charset=utf-8", own, "application/xml; charset=utf-8", own]
            assert len({each.body for each in answers}) == 1
            assert (await get(address, **BROWSER, **{"If-None-Match": answers[0].headers["ETag"]})).status == 304
        as_json = await get(f"{base}/feeds/f.json", **BROWSER)
        assert as_json.headers["Content-Type"] == "application/feed+json; charset=utf-8"


async def test_the_sheet_asks_for_nothing(tmp_path):
    """No picture, font or sheet from anywhere: the policy would not let it, and an outlet must not see readers."""
    async with context(tmp_path) as base:
        answer = await get(f"{base}/static/feed.css")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert not re.search(rb"url\(|@import|@font-face", answer.body)
