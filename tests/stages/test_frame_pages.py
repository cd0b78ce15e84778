"""What is around readers' pages: the page about the server, errors, robots, languages."""

import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from lxml import html

from syndicator.config import load
from syndicator.models.reader_pages import AboutWanted, Retained, Rights
from syndicator.rules import rules_from
from syndicator.runtime.reader_pages import Reading
from syndicator.runtime.reader_pages.about import about_page
from syndicator.web import SiteContext, serve
from syndicator.web.reader_pages import LANGUAGES, Frame, language_of, render
from tests.apps import HOME, Shown, an_app
from tests.conftest import NOW
from tests.newsroom import outlet, write_config
from tests.waiting import get

SECRET = "title = 'سر'\nwhere = ''\ntoken_file = '{}'\n"


@asynccontextmanager
async def site(folder, *, pages=None, feeds=None, main="", **parts):
    """Serve the readers' face of an application."""

    async def status():
        raise NotImplementedError

    async with an_app(folder, Shown(), feeds=feeds, main=main) as app:
        context = SiteContext(
            files=app.files,
            status=status,
            trouble=tuple,
            directory=lambda: app.directory,
            pages=pages or app.reader_pages,
            **parts,
        )
        runner, port = await serve(context, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            await runner.cleanup()


def about(folder, main, outlets=None):
    """Return the page about a server with such a configuration, and its words."""
    config = load(write_config(folder, outlets=outlets or {"one": outlet(HOME)}, main=main), environ={})
    page = about_page(Reading(tx=None, rules=rules_from(config), now=NOW), AboutWanted())
    frame = Frame(title="News", base_url="", path="about", root=".", language=language_of("en"))
    return page, " ".join(" ".join(html.fromstring(render(page, frame)).xpath("//main//text()")).split())


def test_the_page_about_the_server_says_what_is_configured(tmp_path):
    """How often sources are asked, what is kept for how long, where the copies are."""
    main = (
        "listen = '127.0.0.1:1'\nretention = '40d'\ncapture = true\ncapture_retention = '14d'\n[poll]\ninterval = '20m'\n"
        "adaptive = false\n[publish]\nalso_at = ['https://copy.example/news']\n[politeness]\nuser_agent = 'robot/7'\n"
    )
    page, said = about(tmp_path, main)
    for sentence in ("asked every 20 minutes.", "robot/7", "robots.txt is respected.", "https://copy.example/news"):
        assert sentence in said
    assert "received 14 days" in said
    assert page.retained == Retained(
        stories=timedelta(days=40), documents=timedelta(days=14), on_demand=timedelta(days=30)
    )
    assert page.rights == Rights(link=0, excerpt=1, whole=0)


def test_the_page_about_the_server_leaves_out_what_is_not_so(tmp_path):
    """Nothing captured, no feeds on demand, no copies, no mirrors; robots.txt not respected by one source."""
    outlets = {"one": outlet(HOME, extra="robots = false"), "two": outlet("https://two.example", republish="link")}
    page, said = about(tmp_path, "[on_demand]\nenabled = false\n", outlets)
    assert page.retained.documents is page.retained.on_demand is None
    assert "received not kept" in said
    assert "respected, but for 1 source." in said
    for word in ("on request", "Copies of this site", "mirrors too", "WebSub"):
        assert word not in said
    assert (page.rights, page.mirrored, page.polling.unruly) == (Rights(link=1, excerpt=1, whole=0), 0, 1)


@pytest.mark.parametrize("prefix", ["", "/ar", "/fa", "/ru", "/tr"])
async def test_the_page_about_the_server_is_in_every_language(tmp_path, prefix):
    """With links that lead to the same page in the others."""
    async with site(tmp_path) as base:
        page = html.fromstring((await get(f"{base}{prefix}/about")).body)
        links = page.xpath("//link[@rel='alternate'][@hreflang]")
        for each in links:
            assert (await get(f"{base}{prefix}/{each.get('href')}")).status == 200
    assert {each.get("hreflang") for each in links} >= set(LANGUAGES) - {prefix.strip("/") or "en"}


async def test_a_private_feed_counts_for_nobody(tmp_path):
    """Not even as a number."""
    (tmp_path / "tokens").write_text("")
    feeds = {"all": "title = 'All'\nwhere = ''\n", "secret": SECRET.format(tmp_path / "tokens")}
    async with site(tmp_path, feeds=feeds) as base:
        twin = json.loads((await get(f"{base}/about.json")).body)
    assert twin["feeds"] == 1
