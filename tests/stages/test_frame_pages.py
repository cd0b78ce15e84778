"""What is around readers' pages: the page about the server, errors, robots, languages."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from lxml import html

from syndicator.config import load
from syndicator.errors import StoreError
from syndicator.fetch.robots import read_robots
from syndicator.models.reader_pages import AboutWanted, Retained, Rights
from syndicator.rules import rules_from
from syndicator.runtime.reader_pages import Reading
from syndicator.runtime.reader_pages.about import about_page
from syndicator.web import SiteContext, serve
from syndicator.web.reader_pages import LANGUAGES, Frame, language_of, render
from syndicator.web.robots import robots_txt
from tests.apps import HOME, Shown, an_app
from tests.conftest import NOW
from tests.newsroom import outlet, write_config
from tests.waiting import get

SECRET = "title = 'سر'\nwhere = ''\ntoken_file = '{}'\n"


@asynccontextmanager
async def served(app, *, pages=None, **parts):
    """Serve the readers' face of an application; yield its address."""

    async def status():
        raise NotImplementedError

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


@asynccontextmanager
async def site(folder, *, pages=None, feeds=None, main="", **parts):
    """Serve the readers' face of a new application."""
    async with an_app(folder, Shown(), feeds=feeds, main=main) as app, served(app, pages=pages, **parts) as base:
        yield base


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
        links = page.xpath("//footer//a[@hreflang]")
        for each in links:
            assert (await get(urljoin(f"{base}{prefix}/about", each.get("href")))).status == 200
    assert {each.get("hreflang") for each in links} == set(LANGUAGES) - {prefix.strip("/") or "en"}


async def test_a_private_feed_counts_for_nobody(tmp_path):
    """Not even as a number."""
    (tmp_path / "tokens").write_text("")
    feeds = {"all": "title = 'All'\nwhere = ''\n", "secret": SECRET.format(tmp_path / "tokens")}
    async with site(tmp_path, feeds=feeds) as base:
        twin = json.loads((await get(f"{base}/about.json")).body)
    assert twin["feeds"] == 1


def link(page, rel, **wanted):
    """Return where links of a page's head lead."""
    found = html.fromstring(page.body).xpath(f"//head/link[@rel='{rel}']")
    return [each.get("href") for each in found if wanted.items() <= dict(each.attrib).items()]


@pytest.mark.parametrize("query", ["", "?page=1", "?utm_source=x", "?page=1&page=2&x=%00", "?q=x&after=7"])
async def test_a_page_has_one_address_in_each_language(tmp_path, query):
    """Absolute, and without what changes nothing; without a language it is for everybody else."""
    async with site(tmp_path) as base:
        page = await get(f"{base}/ar/{query}")
    home = "http://127.0.0.1:0"
    assert link(page, "canonical") == [f"{home}/ar/"]
    assert link(page, "alternate", hreflang="ar") == [f"{home}/ar/"]
    assert link(page, "alternate", hreflang="en") == link(page, "alternate", hreflang="x-default") == [f"{home}/"]
    assert link(page, "alternate", type="application/json") == ["../index.json"]


async def test_the_second_page_has_an_address_of_its_own(tmp_path):
    """Its number is part of it."""
    feeds = {f"f{n}": f"title = 'F{n}'\nwhere = ''\n" for n in range(21)}
    async with site(tmp_path, feeds=feeds) as base:
        page = await get(f"{base}/?utm=x&page=2")
    assert link(page, "canonical") == ["http://127.0.0.1:0/?page=2"]
    assert link(page, "alternate", type="application/json") == ["./index.json?page=2"]


HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9"}


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nope", 404, "There is no such page"),
        ("/nope/deeper/", 404, "There is no such page"),
        ("/a%2Fb%2Fc/d", 404, "There is no such page"),
        ("/stories/999", 404, "There is no such page"),
        ("/?page=x", 400, "page is a number, 1 or more."),
        ("/?page=99", 404, "There is no such page"),
    ],
)
@pytest.mark.parametrize("language", ["", "/ar"])
async def test_people_get_a_page_where_something_is_wrong(tmp_path, language, path, status, says):
    """In the language of the address, with ways on that are there; it has no address of its own."""
    async with site(tmp_path) as base:
        answer = await get(f"{base}{language}{path}", **HTML)
        page = html.fromstring(answer.body)
        for each in page.xpath("//main//a/@href | //link[@rel='stylesheet']/@href"):
            assert (await get(urljoin(f"{base}{language}{path}", each))).status == 200
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert page.get("dir") == ("rtl" if language else "ltr")
    assert not page.xpath("//link[@rel='canonical'] | //link[@rel='alternate']")
    assert not language or status == 400 or says not in page.text_content()
    assert (language and status != 400) or says in page.text_content()
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/nope", "/stories/999", "/feeds/x.atom", "/stories/999.json", "/ops/nope", "/x.css"])
async def test_programs_get_a_line_of_text_where_something_is_wrong(tmp_path, path):
    """Whoever does not say that they look at pages; and for what is no page, everybody."""
    async with site(tmp_path) as base:
        for headers in ({}, {"Accept": "*/*"}, HTML if path.startswith(("/feeds", "/ops")) or "." in path else {}):
            answer = await get(base + path, **headers)
            assert (answer.status, answer.headers["Content-Type"][:10]) == (404, "text/plain")


async def test_whoever_asks_far_down_gets_a_line_of_text(tmp_path):
    """Links of a page there would be as long as its address, and each depth another page to be kept."""
    async with site(tmp_path) as base:
        answer = await get(f"{base}{'/a' * 40}", **HTML)
    assert (answer.status, answer.headers["Content-Type"][:10]) == (404, "text/plain")


@pytest.mark.parametrize(
    "target", [b"/outlets?q=\xff", b"/places/\xff", b"/search.json?q=\xff", b"/stories/\xe4", b"/feeds/\xc3\x28"]
)
async def test_an_address_that_is_no_utf_8_is_a_mistake_of_whoever_asks(tmp_path, target):
    """Old robots send such bytes as they are."""
    async with site(tmp_path) as base:
        host, port = base.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.split(b" ")[1] in (b"400", b"404")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/feeds/all/9999-12-31", 404),
        ("/feeds/all/0001-01-01", 404),
        ("/search?q=event:9223372036854775808", 400),
        ("/search?q=published:<0001", 400),
        ("/search.json?q=published:9999..9999", 400),
        ("/stories/999999999999", 404),
        ("/events/999999999999", 404),
        ("/search?q=lang:%00", 400),
    ],
)
async def test_numbers_and_days_beyond_all_bounds_are_answered(tmp_path, path, status):
    """With a sentence, and not by a fault."""
    async with site(tmp_path, feeds={"all": "title = 'All'\nwhere = ''\n"}) as base:
        assert (await get(base + path)).status == status


@pytest.mark.parametrize(
    "path", ["/feeds/all?q=1", "/topics?q=1", "/places?feed=x", "/outlets?sort=2", "/about?after=1"]
)
async def test_what_a_page_does_not_ask_for_makes_no_other_page(tmp_path, path):
    """Its canonical address is without it."""
    async with site(tmp_path, feeds={"all": "title = 'All'\nwhere = ''\n"}) as base:
        page = await get(base + path)
    assert link(page, "canonical") == [f"http://127.0.0.1:0{path.partition('?')[0]}"]


async def test_a_path_in_markup_is_no_markup(tmp_path):
    """Nothing of an address is in the page."""
    async with site(tmp_path) as base:
        answer = await get(f"{base}/%3Cscript%3Ealert(1)", **HTML)
    assert (answer.status, b"alert(1)" in answer.body) == (404, False)


async def test_while_the_daemon_starts_a_page_loads_again_by_itself(tmp_path):
    """It says when, to people and to programs."""

    async def starting(_wanted):
        raise StoreError("the daemon is still starting")

    async with site(tmp_path, pages=starting) as base:
        page, text = await get(f"{base}/tr/about", **HTML), await get(f"{base}/about")
    assert page.status == text.status == 503
    assert page.headers["Retry-After"] == text.headers["Retry-After"] == "10"
    assert html.fromstring(page.body).xpath("//meta[@http-equiv='refresh']/@content") == ["10"]
    assert b"still starting" in text.body


async def test_robots_may_crawl_pages_and_nothing_that_is_made_for_a_question(tmp_path):
    """By the parser that our own requests obey."""
    async with site(tmp_path) as base:
        answer = await get(f"{base}/robots.txt")
    rules = read_robots(answer.body, "any-robot")
    pages = ("/", "/about", "/ar/", "/stories/5", "/ru/stories/5", "/feeds/", "/feeds/all")
    feeds = (
        "/feeds/all.atom",
        "/feeds/all.json",
        "/feeds/region/SY.json",
        "/feeds/all.rss?token=x",
        "/feeds/all/1.atom",
    )
    for path in (*pages, *feeds):
        assert rules.allows(f"{base}{path}"), path
    asked = ("/search", "/search.atom", "/ar/search?q=x", "/?page=2", "/feeds/all?page=2")
    for path in (*asked, "/ops/", "/about.json", "/feeds/all/page.json", "/hub"):
        assert not rules.allows(f"{base}{path}"), path


def test_below_a_path_of_a_proxy_robots_get_paths_with_it():
    """As they see them."""
    assert "Disallow: /news/search\n" in robots_txt("https://host.example/news")


def test_a_latin_name_in_an_arabic_sentence_takes_no_number_with_it(tmp_path):
    """The number stands behind it: the name is isolated, there and nowhere else."""
    config = load(write_config(tmp_path, outlets={f"o{n}": outlet(f"{HOME}/{n}") for n in range(9)}), environ={})
    page = about_page(Reading(tx=None, rules=rules_from(config), now=NOW), AboutWanted())
    for code, name in (("ar", "\u2068News <b>\u2069"), ("fa", "\u2068News <b>\u2069"), ("tr", "News <b>")):
        frame = Frame(title="News <b>", base_url="", path="about", root=".", language=language_of(code))
        (lede,) = html.fromstring(render(page, frame)).find_class("lede")
        assert name in lede.text_content()
        assert lede.text_content().count("\u2068") == (code != "tr")
