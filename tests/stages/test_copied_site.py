"""Pages in copies: all links lead to what is there, and a change is written where it shows and nowhere else."""

import json
import posixpath
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from syndicator.models.reader_pages import AboutWanted, ErrorPage, FrontWanted, StoryWanted
from syndicator.runtime.copied_pages import (
    KINDS,
    list_of_feeds,
    per_day,
    per_event,
    per_feed,
    per_outlet,
    single,
)
from syndicator.runtime.reader_pages.feeds import SHELVES
from syndicator.runtime.static_site import FilesOfSite
from syndicator.runtime.story_pages import ShownStories
from syndicator.web import CopiedPage, render_copy
from tests.apps import HOME, Shown, an_app, source_of
from tests.newsroom import Item, rss

FEEDS = {f"f{n:02}": f"title = 'خلاصة {n}'\nwhere = '\"word{n}\"'\nlimit = 3\n" for n in range(21)}
# Every kind of pages there is, and those that copies could have: what is wanted there is some page of ours.
ALL_KINDS = (
    *KINDS,
    per_feed("feeds/{}", lambda _: FrontWanted()),
    per_day("feeds/{}/{}", lambda _, __: FrontWanted()),
    per_event("events/{}", lambda _: AboutWanted()),
    per_outlet("outlets/{}", lambda _: AboutWanted()),
    single("outlets", AboutWanted()),
)


def items(*numbers):
    return [
        Item(f"Bread prices, report {n}", link=f"{HOME}/{n}", guid=f"g{n}", text=f"Only word{n % 21} of {n}.")
        for n in numbers
    ]


@asynccontextmanager
async def copied(folder, *, kinds=KINDS, feeds=FEEDS, numbers=range(21), clock=None):
    """An application that has published some stories, and the files of its site."""
    shown = Shown(rss(*items(*numbers)))
    async with an_app(folder, shown, feeds=feeds, clock=clock) as app:
        app.shown = shown
        site = FilesOfSite(
            app.files,
            ShownStories(app.store),
            lambda: app.directory,
            app.reader_pages,
            rules=lambda: app.rules,
            kinds=kinds,
        )
        await app.outbox.run()
        await published(app)
        yield app, site


async def published(app):
    await app.pipeline.poll(source_of(app), None)
    await app.outbox.run()
    for _ in range(3):
        await app.publisher.publish()


async def written(site):
    """Return all files by path, as a copy gets them."""
    files = await site.files()
    return {path: (await site.read(path))[1] for path in files}


def dead_links(files):
    """Return what pages lead to that is not among the files: (page, address)."""
    dead = set()
    for path, body in files.items():
        if not path.endswith(".html"):
            continue
        page = html.fromstring(body)
        assert not page.xpath("//form")
        for address in page.xpath("//@href | //@src | //@action"):
            parts = urlsplit(address)
            if parts.scheme or address.startswith("#"):
                continue
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), unquote(parts.path))).lstrip("/")
            index = posixpath.join(target, "index.html").removeprefix("./")
            # A page's address ends in a stroke: not every server sends readers there.
            is_there = target in files if not parts.path.endswith("/") else index in files
            if parts.query or not is_there:
                dead.add((path, address))
    return dead


@pytest.mark.parametrize("kinds", [KINDS, ALL_KINDS, ()], ids=["those there are", "all there could be", "none"])
async def test_no_link_of_a_copy_is_dead(tmp_path, kinds):
    """Nor asks a server; whatever pages a copy has, and before and after news."""
    async with copied(tmp_path, kinds=kinds) as (app, site):
        files = await written(site)
        assert dead_links(files) == set()
        assert len([path for path in files if path.startswith("stories/") and path.endswith(".html")]) == 21
        await more(app, rss(*items(*range(21, 42))))
        files = await written(site)
        assert dead_links(files) == set()


async def test_a_copy_has_all_pages_of_the_front(tmp_path):
    """Ten feeds on each, which lead to each other; and as JSON."""
    async with copied(tmp_path, numbers=range(1)) as (_, site):
        files = await written(site)
    assert {"index.html", "page/2/index.html", "page/3/index.html", "feeds/index.html"} < files.keys()
    assert [json.loads(files[f"{name}.json"])["number"] for name in ("index", "page/2", "page/3")] == [1, 2, 3]
    first, second, third = (
        html.fromstring(files[name]) for name in ("index.html", "page/2/index.html", "page/3/index.html")
    )
    assert sum(len(page.xpath("//h2")) for page in (first, second, third)) == 21
    assert first.xpath("//a[@rel='next']/@href") == ["page/2/"]
    assert second.xpath("//a[@rel='prev']/@href") == ["../../"]
    assert second.xpath("//link[@type='application/json']/@href") == ["../2.json"]
    assert second.xpath("//link[@rel='canonical']/@href") == ["http://127.0.0.1:0/?page=2"]


async def test_a_page_that_is_asked_for_by_a_key_is_a_further_page_like_any_other(tmp_path):
    """Feeds by title, after a name."""
    kinds = (list_of_feeds("list", "after={after}", 10, lambda number, _: FrontWanted(number=min(number, 2))),)
    async with copied(tmp_path, kinds=kinds, numbers=range(1)) as (app, site):
        pages = [path for path in await site.files() if path.startswith("list") and path.endswith(".html")]
        last = app.directory.public_feeds[19].name
        assert sorted(pages) == ["list/index.html", "list/page/2/index.html", "list/page/3/index.html"]
        body = (await site.read("list/page/3/index.html"))[1].decode()
    assert f'<link rel="canonical" href="http://127.0.0.1:0/list?after={last}">' in body


class FewFiles:
    """A copy with some files and no further pages."""

    def __init__(self, paths):
        self._paths = paths

    def has(self, path):
        return path in self._paths

    def further(self, path, query):
        return None


async def test_what_leads_nowhere_is_plain_text_and_keeps_its_language(tmp_path):
    """Words stay, links and forms go; what leads elsewhere or is there stays as it is."""
    page = ErrorPage(status=404)
    files = FewFiles({"index.html", "static/style.css", "static/icon.svg", "a/c/index.html"})
    text = render_copy(page, CopiedPage(path="a/b"), files, title="أخبار", base_url="https://news.example")
    found = html.fromstring(text)
    assert found.xpath("//a/@href") == ["#main", "../../", "../../"]
    assert not found.xpath("//nav//li | //form | //link[@type='application/json']")
    assert found.xpath("string(//footer)").count("About") == 1


async def test_a_change_of_one_feed_of_many_is_written_where_it_shows(tmp_path):
    """Its files, its own page, the list of feeds, and the one page of ten that shows it."""
    async with copied(tmp_path, kinds=ALL_KINDS) as (app, site):
        before = {path: file.digest for path, file in (await site.files()).items()}
        assert await site.files() is await site.files()
        await more(app, rss(*items(3 + 21 * 2)))
        after = {path: file.digest for path, file in (await site.files()).items()}
        changed = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    own = {"feeds/f03.atom", "feeds/f03.rss", "feeds/f03.json", "feeds/f03/index.html", "feeds/f03/page.json"}
    number = [each.name for each in app.directory.public_feeds].index("f03") // SHELVES + 1
    front = {"index.html", "index.json"} if number == 1 else {f"page/{number}/index.html", f"page/{number}.json"}
    assert own | front | {"feeds/index.html", "feeds.json"} < changed
    assert not {path for path in changed if path.startswith(("page/", "about"))} - front
    assert not {path for path in changed if path.startswith("feeds/f") and not path.startswith("feeds/f03")}


async def test_a_page_that_led_to_one_that_is_gone_is_written_again(tmp_path):
    """Whatever it is made from: another story took the place of the one it named."""
    kinds = (single("latest", FrontWanted()),)
    feeds = {"all": "title = 'All'\nwhere = ''\nlimit = 3\n"}
    async with copied(tmp_path, kinds=kinds, feeds=feeds, numbers=range(3)) as (app, site):
        before = await site.files()
        assert dead_links(await written(site)) == set()
        await more(app, rss(*items(3, 4)))
        after = await site.files()
        assert before["latest/index.html"].digest != after["latest/index.html"].digest
        assert dead_links(await written(site)) == set()
        assert (await site.files())["latest/index.html"].digest == after["latest/index.html"].digest


async def more(app, body):
    """Have the outlet show something else, and publish."""
    app.shown.body = body
    await published(app)


async def test_a_page_that_is_gone_meanwhile_is_not_written(tmp_path):
    """The next time it is not among the files."""
    none = (
        single("stories/404", StoryWanted(number="404")),
        list_of_feeds("x/", "after={after}", 20, lambda _, __: FrontWanted(number=99)),
    )
    async with copied(tmp_path, kinds=none) as (_, site):
        assert "stories/404/index.html" in await site.files()
        assert await site.read("stories/404/index.html") is None
        assert await site.read("x/index.html") is None
        assert await site.read("nobody.html") is None
