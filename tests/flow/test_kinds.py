"""Kinds of source through the running daemon: sitemaps, pages, archives after a gap; and how outlets are found."""

import asyncio
import tomllib

import pytest
from aiohttp import web
from click.testing import CliRunner

from syndicator.cli import cli
from syndicator.models import Document, Outcome
from tests.flow.test_mirrors import HOUR, watched
from tests.newsroom import Item, Site, outlet, rss, write_config
from tests.stages.test_kinds import PAGE, address, urlset
from tests.stores import any_store
from tests.waiting import eventually

pytestmark = any_store

KIND = 'kind = "{}"'


def html(text):
    return lambda _: web.Response(text=text, content_type="text/html")


def index(base, *names):
    listed = "".join(f"<sitemap><loc>{base}/{name}</loc></sitemap>" for name in names)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'.encode()


async def test_a_news_sitemap_is_polled_and_a_changed_headline_is_an_update(tmp_path, free_port):
    """Stories come from its headlines; an address it has no more is no deletion."""
    async with Site() as site:
        site.answers["/s.xml"] = urlset(address(f"{site.base}/1", "Аскер убит"), address(f"{site.base}/2", "Перемирие"))
        text = outlet(site.base, path="/s.xml", extra=KIND.format("sitemap"), language="ru")
        async with watched(tmp_path, free_port, text) as w:
            before = await w.shows("Аскер убит", "Перемирие")
            site.answers["/s.xml"] = urlset(address(f"{site.base}/2", "Перемирие в Идлибе"))
            await w.poll(site)
            after = await w.shows("Аскер убит", "Перемирие в Идлибе")
    assert after["Перемирие в Идлибе"] == before["Перемирие"]


async def test_a_sitemap_that_breaks_off_is_read_as_far_as_it_goes_and_asked_again(tmp_path, free_port):
    """Without conditions: what the server calls unchanged may have been whole."""
    async with Site() as site:
        whole = urlset(address(f"{site.base}/1", "Мост открыт"), address(f"{site.base}/2", "Порт закрыт"))
        site.answers["/s.xml"] = whole[:-60]
        async with watched(tmp_path, free_port, outlet(site.base, path="/s.xml", extra=KIND.format("sitemap"))) as w:
            assert set(await w.shows("Мост открыт")) == {"Мост открыт"}
            (endpoint,) = (await w.endpoints()).values()
            assert endpoint["note"] == "breaks off before its end; what it has whole is read"
            site.answers["/s.xml"] = whole
            await w.poll(site)
            await w.shows("Мост открыт", "Порт закрыт")
            assert "If-None-Match" not in site.requests[-1].headers


async def test_an_index_leads_to_its_sitemaps_at_each_poll(tmp_path, free_port):
    """Also when the index itself has not changed; addresses on other domains are not read."""
    async with (
        Site() as site,
        Site({"/far.xml": urlset(address("https://far.example/1", "Far"))}, host="127.0.0.9") as far,
    ):
        site.answers["/i.xml"] = index(site.base, "a.xml", "b.xml")
        site.answers["/a.xml"] = urlset(address(f"{site.base}/a", "From a"))
        site.answers["/b.xml"] = urlset(address(f"{site.base}/b", "From b"))
        text = outlet(site.base, path="/i.xml", extra=KIND.format("sitemap"))
        async with watched(tmp_path, free_port, text) as w:
            await w.shows("From a", "From b")
            site.answers["/b.xml"] = urlset(address(f"{site.base}/c", "Later in b"))
            await w.poll(site)
            await w.shows("From a", "From b", "Later in b")
            site.answers["/i.xml"] = index(far.base, "far.xml")
            await w.poll(site)
            (endpoint,) = (await w.endpoints()).values()
            assert endpoint["note"] == f"cannot read {far.base}/far.xml"
            assert far.requests == []


async def test_sitemaps_of_an_index_that_are_no_news_stand_in_nobodys_way(tmp_path, free_port):
    """Nor do those that fail; what is called news is read first."""
    async with Site() as site:
        site.answers["/i.xml"] = index(site.base, "pages.xml", "lost.xml", "z-news.xml")
        site.answers["/pages.xml"] = urlset("<url><loc>/about</loc></url>")
        site.answers["/z-news.xml"] = urlset(address(f"{site.base}/1", "هدنة"))
        async with watched(tmp_path, free_port, outlet(site.base, path="/i.xml", extra=KIND.format("sitemap"))) as w:
            await w.shows("هدنة")
            (endpoint,) = (await w.endpoints()).values()
            assert endpoint["note"] == f"cannot read {site.base}/pages.xml, {site.base}/lost.xml"
        assert [request.path for request in site.requests][:2] == ["/i.xml", "/z-news.xml"]


async def test_a_poll_waits_only_so_long_for_what_documents_lead_to(tmp_path, free_port):
    """Or the watchdog would take it for stuck; what was read by then is taken in."""
    base, asked = "https://outlet.example", []
    bodies = {f"{base}/i.xml": index(base, *(f"news{n}.xml" for n in range(5)))}
    bodies |= {f"{base}/news{n}.xml": urlset(address(f"{base}/{n}", f"Story {n}")) for n in range(5)}

    async def fetch(endpoint, _known, _way):
        asked.append(endpoint)
        return Document(endpoint=endpoint, outcome=Outcome.OK, url=endpoint, body=bodies[endpoint], elapsed=30.0)

    text = outlet(base, path="/i.xml", extra=KIND.format("sitemap"))
    async with watched(tmp_path, free_port, text, fetch=fetch) as w:
        assert set(await w.shows("Story 0", "Story 1")) == {"Story 0", "Story 1"}
        (endpoint,) = (await w.endpoints()).values()
        assert endpoint["note"].startswith(f"cannot read {base}/news2.xml")
    assert asked == [f"{base}/i.xml", f"{base}/news0.xml", f"{base}/news1.xml"]


async def test_a_page_is_polled_by_its_selectors(tmp_path, free_port):
    """Until its layout changes: that is said, and nothing is lost."""
    page = PAGE.replace(b"https://outlet.example/", b"/")
    async with Site({"/ar": html(page.decode())}) as site:
        text = outlet(site.base, path="/ar", extra='kind = "page"\nselect = { item = ".card", text = "p.text" }')
        async with watched(tmp_path, free_port, text) as w:
            shown = await w.shows("دوريات مشتركة على الطريق الدولي إم 4")
            assert [link for _, link in shown.values()] == [f"{site.base}/ar/{n}" for n in (1, 2, 3)]
            site.answers["/ar"] = html("<p>new</p>")
            await w.poll(site)
            (endpoint,) = (await w.endpoints()).values()
            assert (endpoint["outcome"], "layout changed" in endpoint["note"]) == ("not_a_feed", True)
            assert await w.entries() == shown


def archived(*titles, base, before=None):
    link = f'<link xmlns="http://www.w3.org/2005/Atom" rel="prev-archive" href="{base}{before}"/>' if before else ""
    return rss(*(Item(title, link=f"{base}/{title}", guid=title) for title in titles), extra=link)


async def test_must_25_after_a_gap_archives_are_read_until_something_is_known(tmp_path, free_port):
    """And only after a gap: not at the first visit, not while documents overlap."""
    async with Site() as site:
        site.answers |= {
            "/0": archived("n0", base=site.base),
            "/1": archived("n2", "n1", base=site.base, before="/0"),
            "/2": archived("n4", "n3", base=site.base, before="/1"),
            "/3": archived("n6", "n5", base=site.base, before="/2"),
        }

        def shows(*titles):
            site.answers["/feed.xml"] = archived(*titles, base=site.base, before="/3")

        shows("n2", "n1")
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await w.shows("n1", "n2")
            shows("n3", "n2")
            await w.poll(site)
            await w.shows("n3")
            assert {request.path for request in site.requests} == {"/feed.xml"}
            shows("n8", "n7")
            await w.poll(site)
            shown = await w.shows(*(f"n{n}" for n in range(1, 9)))
            assert [request.path for request in site.requests if request.path != "/feed.xml"] == ["/3", "/2"]
            assert list(shown) == [f"n{n}" for n in (8, 7, 6, 5, 4, 3, 2, 1)]


async def test_an_archive_that_fails_is_read_later(tmp_path, free_port):
    """The gap is not forgotten."""
    async with Site() as site:
        site.answers["/feed.xml"] = archived("n2", "n1", base=site.base, before="/3")
        site.answers["/2"] = archived("n2", "n1", base=site.base)
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await w.shows("n1", "n2")
            site.answers["/3"] = lambda _: web.Response(status=503)
            site.answers["/feed.xml"] = archived("n8", "n7", base=site.base, before="/3")
            await w.poll(site)
            await w.shows("n7", "n8")
            site.answers["/3"] = archived("n6", "n5", base=site.base, before="/2")
            site.answers["/feed.xml"] = archived("n9", "n8", "n7", base=site.base, before="/3")
            await w.poll(site)
            await w.shows(*(f"n{n}" for n in (1, 2, 5, 6, 7, 8, 9)))
            site.answers["/feed.xml"] = archived("n10", "n9", "n8", base=site.base, before="/3")
            await w.poll(site)
            await w.shows("n10")
        assert [request.path for request in site.requests if request.path != "/feed.xml"] == ["/3", "/3", "/2"]


async def test_archives_beyond_the_twentieth_are_read_at_the_next_poll(tmp_path, free_port):
    """Nothing is left out in silence."""
    async with Site() as site:
        site.answers["/feed.xml"] = archived("n0", base=site.base)
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await w.shows("n0")
            for n in range(1, 23):
                site.answers[f"/{n}"] = archived(f"n{n}", base=site.base, before=f"/{n - 1}" if n > 1 else None)
            site.answers["/feed.xml"] = archived("n23", base=site.base, before="/22")
            await w.poll(site)
            await w.shows("n3", "n23")
            (endpoint,) = (await w.endpoints()).values()
            assert "20 archives are read; the next poll goes on with" in endpoint["note"]
            site.answers["/feed.xml"] = archived("n24", "n23", base=site.base, before="/22")
            await w.poll(site)
            await w.shows(*(f"n{n}" for n in range(25)))


async def test_f08_archives_in_a_circle_or_elsewhere_end(tmp_path, free_port):
    """Nothing is asked twice in a poll, nor another domain."""
    async with Site() as site, Site({"/x": archived("x", base="")}, host="127.0.0.9") as other:
        site.answers["/feed.xml"] = archived("n1", base=site.base)
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await w.shows("n1")
            site.answers["/a"] = archived("n8", base=site.base, before="/b")
            site.answers["/b"] = archived("n7", base=site.base, before="/a")
            site.answers["/feed.xml"] = archived("n9", base=site.base, before="/a")
            await w.poll(site)
            await w.shows("n7", "n8", "n9")
            site.answers["/feed.xml"] = archived("m1", base=other.base, before="/x")
            await w.poll(site)
            await w.shows("m1")
            assert (len(site.requests), other.requests) == (5, [])


# --- finding -------------------------------------------------------------------------------------------------------


def site_page(*links, lang="fa-IR", body=""):
    return f'<html lang="{lang}"><head><title>پیک | خانه</title>{"".join(links)}</head><body>{body}</body></html>'


FEED_LINK = '<link rel="alternate" type="application/rss+xml" href="/rss/main">'
COMMENTS = '<link rel="alternate" type="application/rss+xml" href="/comments/feed">'
STORIES = "".join(
    f'<div class="item"><h3><a href="/n/{n}">خبر شماره {n} درباره آتش‌بس در ادلب</a></h3></div>' for n in range(5)
)


async def command(*words):
    done = await asyncio.to_thread(CliRunner().invoke, cli, [str(word) for word in words])
    return done.exit_code, done.output


async def add_and_poll(tmp_path, site, *options):
    """Let ``add`` write a file for a site, then poll with it; give the file and the feed that comes out."""
    folder = write_config(tmp_path / "c", feeds={"everything": 'title = "E"\nwhere = ""\n'})
    where = ("--config", folder, "--state", tmp_path / "s")
    code, told = await command("add", site.base, "--country", "IR", "--id", "peyk", *options, *where)
    assert code == 0, told
    text = (folder / "outlets" / "peyk.toml").read_text(encoding="utf-8")
    code, told = await command("poll", "peyk", *where)
    assert code == 0, told
    return text, (tmp_path / "s" / "feeds" / "everything.rss").read_text(encoding="utf-8")


async def test_add_finds_a_feed_and_what_the_page_says(tmp_path):
    """Its name and language; comments are no source; mirrors it names are suggestions, in a comment."""
    body = "آدرس‌های جایگزین سایت: peyk.news"
    page = html(site_page(COMMENTS, FEED_LINK, body=body))
    async with Site({"/": page, "/rss/main": rss(Item("آتش‌بس در ادلب", guid="1"))}) as site:
        text, feed = await add_and_poll(tmp_path, site)
    told = tomllib.loads(text)
    assert (told["name"], told["country"], told["language"]) == ("پیک", "IR", "fa")
    assert told["source"] == [{"path": "/rss/main"}]
    assert '# mirrors = ["https://peyk.news"]' in text
    assert "mirrors" not in told
    assert "آتش‌بس در ادلب" in feed


async def test_add_finds_a_sitemap_where_there_is_no_feed(tmp_path):
    """As robots.txt names it."""
    async with Site({"/": html(site_page())}) as site:
        site.robots = lambda _: web.Response(text=f"User-agent: *\nSitemap: {site.base}/x/news.xml")
        site.answers["/x/news.xml"] = urlset(address(f"{site.base}/1", "وقف إطلاق النار"))
        text, feed = await add_and_poll(tmp_path, site)
    assert tomllib.loads(text)["source"] == [{"path": "/x/news.xml", "kind": "sitemap"}]
    assert "وقف إطلاق النار" in feed


async def test_add_takes_the_page_where_there_is_nothing_else(tmp_path):
    """With selectors that were guessed."""
    async with Site({"/": html(site_page(body=STORIES))}) as site:
        text, feed = await add_and_poll(tmp_path, site)
    (source,) = tomllib.loads(text)["source"]
    assert (source["path"], source["kind"]) == ("/", "page")
    assert feed.count("<item>") == 5


async def test_add_takes_the_address_of_a_feed(tmp_path):
    """The site is looked at for what it says."""
    async with Site({"/": html(site_page(lang="tr")), "/f.xml": rss(Item("Ateşkes", guid="1"))}) as site:
        folder = write_config(tmp_path / "c")
        code, told = await command("add", f"{site.base}/f.xml", "--country", "TR", "--dry-run", "--config", folder)
    assert (code, 'path = "/f.xml"' in told, 'language = "tr"' in told) == (0, True, True)
    assert list((folder / "outlets").iterdir()) == []


@pytest.mark.parametrize(
    ("page", "options", "complaint"),
    [
        (None, (), "not found"),
        (site_page(), (), "found no feed, no news sitemap and no list of stories"),
        (site_page(FEED_LINK, lang=""), ("--country", "IR"), "give it with --language"),
        (site_page(FEED_LINK, lang="fa"), (), "give it with --country"),
    ],
)
async def test_add_says_what_it_lacks(tmp_path, page, options, complaint):
    """And writes nothing."""
    feed = rss(Item("Story", guid="1"), language="")
    async with Site({"/rss/main": feed} | ({"/": html(page)} if page else {})) as site:
        folder = write_config(tmp_path / "c")
        code, told = await command("add", site.base, *options, "--config", folder)
    assert (code, complaint in told) == (1, True), told
    assert list((folder / "outlets").iterdir()) == []


# --- mirrors that are suggested ------------------------------------------------------------------------------------


async def test_mirrors_are_suggested_accepted_and_used(tmp_path, free_port):
    """What a feed names, and where it redirects to for good; accepting keeps the file's comments."""
    named = "The Courier's site can also be accessed at the following alternate addresses: www.courier.ir"
    async with Site() as site:
        site.answers["/feed.xml"] = rss(Item("Story", link=f"{site.base}/1", guid="1", text=named))
        text = "# ours\n" + outlet(site.base) + "# the end\n"
        async with watched(tmp_path, free_port, text) as w:
            await w.shows("Story")
            code, told = await w.command("mirrors")
            assert (code, "https://www.courier.ir  (named" in told, "addresses: www.courier.ir" in told) == (
                0,
                True,
                True,
            )
            code, told = await w.command("mirrors", "accept", "https://www.courier.ir")
            assert code == 0, told
            written = (w.config / "outlets" / "one.toml").read_text()
            assert tomllib.loads(written)["mirrors"] == ["https://www.courier.ir"]
            assert (written.startswith("# ours\n"), written.endswith("# the end\n")) == (True, True)

            async def is_asked_there():
                return "https://www.courier.ir" in await w.endpoints()

            await eventually(is_asked_there)
            assert "No suggestions" in (await w.command("mirrors"))[1]


async def test_mirrors_can_be_looked_for_and_dismissed(tmp_path, free_port):
    """On the front page and the latest stories' own."""
    body = "Зеркало сайта: kurier.media"
    async with Site({"/": html(site_page(lang="ru")), "/1": html(site_page(lang="ru", body=body))}) as site:
        site.answers["/feed.xml"] = rss(Item("История", link=f"{site.base}/1", guid="1"))
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await w.shows("История")
            code, told = await w.command("mirrors", "find", "one")
            assert (code, "https://kurier.media" in told) == (0, True), told
            assert "kurier.media" in (await w.command("mirrors"))[1]
            assert (await w.command("mirrors", "dismiss", "https://kurier.media"))[0] == 0
            assert "No suggestions" in (await w.command("mirrors"))[1]
            code, told = await w.command("mirrors", "accept", "https://kurier.media")
            assert (code, "name one with --outlet" in told) == (1, True)
            code, told = await w.command("mirrors", "accept", "nonsense", "--outlet", "one")
            assert (code, "outlets/one.toml: mirrors[0]" in told) == (2, True)
            assert "nonsense" not in (w.config / "outlets" / "one.toml").read_text()


async def test_f21_a_move_to_another_domain_is_a_suggestion(tmp_path, free_port):
    """Never adopted by itself."""
    async with Site({"/feed.xml": rss(Item("Story", guid="1"))}, host="127.0.0.9") as new, Site() as site:
        site.answers["/feed.xml"] = lambda _: web.Response(status=301, headers={"Location": new.base + "/feed.xml"})
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await w.shows("Story")
            for _ in range(3):
                await w.poll(site, after=12 * HOUR)
            told = (await w.command("mirrors"))[1]
            assert f"{new.base}  (moved, " in told
            assert (await w.endpoints())[site.base]["moved_to"] is None


# --- whole texts ---------------------------------------------------------------------------------------------------

LONG = (
    "Перемирие вступило в силу в четверг вдоль дороги из Латакии в Алеппо, после долгих недель переговоров в Дамаске. "
)
ARTICLE = f"<html><body><nav>Меню</nav><article><h1>Перемирие</h1><p>Автор: Иван Ткач</p><p>{LONG * 3}</p><p>{LONG * 2}</p></article></body></html>"


async def test_thin_items_are_read_whole_at_their_own_pages(tmp_path, free_port):
    """New ones once; known ones not again; a changed one anew; what robots.txt forbids stays as the feed has it."""
    async with Site({"/1": html(ARTICLE), "/no/2": html(ARTICLE)}) as site:
        site.robots = lambda _: web.Response(text="User-agent: *\nDisallow: /no/")
        thin = [
            Item("Перемирие", link=f"{site.base}/1", guid="1", text="Коротко."),
            Item("Нет", link=f"{site.base}/no/2", guid="2"),
        ]
        site.answers["/feed.xml"] = rss(*thin)
        text = outlet(site.base, extra='text = "page"', language="ru")
        async with watched(tmp_path, free_port, text) as w:
            await w.shows("Перемирие", "Нет")
            story = await w.daemon.app.store.read(lambda tx: tx.stories.newest(2))
            whole = {each.title: each for each in story}["Перемирие"]
            assert (whole.html.count("<p>"), whole.author) == (2, "Иван Ткач")
            assert "SY" in {term for tag in whole.tags for term in tag.path}
            site.answers["/feed.xml"] = rss(*thin, Item("Третье", link="https://other.example/3", guid="3"))
            await w.poll(site)
            await w.shows("Третье")
            assert [request.path for request in site.requests].count("/1") == 1
            thin[0].title = "Перемирие держится"
            site.answers["/feed.xml"] = rss(*thin)
            await w.poll(site)
            await w.shows("Перемирие держится")
            assert [request.path for request in site.requests].count("/1") == 2
            again = await w.daemon.app.store.read(lambda tx: tx.stories.get([whole.id]))
            assert again[0].html.count("<p>") == 2
            assert not [request for request in site.requests if request.path == "/no/2"]


async def text_of(w, title):
    stories = await w.daemon.app.store.read(lambda tx: tx.stories.newest(100))
    return next((each.html for each in stories if each.title == title), "")


@pytest.mark.parametrize("change", ["link", "title"])
async def test_a_text_that_was_read_whole_is_not_cut_again(tmp_path, free_port, change):
    """When the item changes while its page cannot be had."""
    async with Site({"/1": html(ARTICLE)}) as site:
        item = Item("Перемирие", link=f"{site.base}/1", guid="1", text="Коротко.")
        site.answers["/feed.xml"] = rss(item)
        async with watched(tmp_path, free_port, outlet(site.base, extra='text = "page"')) as w:
            await w.shows("Перемирие")
            whole = await text_of(w, "Перемирие")
            del site.answers["/1"]
            setattr(item, change, f"{site.base}/2" if change == "link" else "Перемирие держится")
            site.answers["/feed.xml"] = rss(item, Item("Ещё", guid="2"))
            await w.poll(site)
            await w.shows("Ещё", item.title)
            assert await text_of(w, item.title) == whole


async def test_the_newest_are_read_whole_first(tmp_path, free_port):
    """Where there are more than a poll may read."""
    articles = (ARTICLE.replace(LONG, " ".join(f"Слово{n}и{place}" for place in range(40))) for n in range(25))
    async with Site({f"/{n}": html(article) for n, article in enumerate(articles)}) as site:
        items = [Item(f"Story {n}", link=f"{site.base}/{n}", guid=f"{n}", text="Short.") for n in range(25)]
        site.answers["/feed.xml"] = rss(*items)
        async with watched(tmp_path, free_port, outlet(site.base, extra='text = "page"')) as w:
            await w.shows("Story 0", "Story 24")
            assert len(await text_of(w, "Story 0")) > len(await text_of(w, "Story 24"))
        assert sorted(int(request.path[1:]) for request in site.requests[1:]) == list(range(20))


async def test_sitemaps_may_be_read_whole_too(tmp_path, free_port):
    """They have headlines only."""
    async with Site({"/1": html(ARTICLE)}) as site:
        site.answers["/s.xml"] = index(site.base, "news.xml")
        site.answers["/news.xml"] = urlset(address(f"{site.base}/1", "Перемирие"))
        extra = KIND.format("sitemap") + '\ntext = "page"'
        async with watched(tmp_path, free_port, outlet(site.base, path="/s.xml", extra=extra)) as w:
            await w.shows("Перемирие")
            assert (await text_of(w, "Перемирие")).count("<p>") == 2


async def test_an_odd_header_stops_no_outlet(tmp_path, free_port):
    """Nor its mirrors."""
    body = rss(Item("Story", guid="1"))
    odd = lambda _: web.Response(body=body, content_type="text/xml", headers={"Onion-Location": "http://["})  # noqa: E731
    async with Site({"/feed.xml": odd}) as site, watched(tmp_path, free_port, outlet(site.base)) as w:
        await w.shows("Story")


async def test_accepting_keeps_a_files_rights_place_and_line_ends(tmp_path):
    """A password may stand in it; it may be a link to somewhere else."""
    folder = write_config(tmp_path / "c", outlets={"one": outlet("https://one.example")})
    link, file = folder / "outlets" / "one.toml", tmp_path / "elsewhere.toml"
    file.write_bytes(link.read_bytes().replace(b"\n", b"\r\n"))
    file.chmod(0o600)
    link.unlink()
    link.symlink_to(file)
    code, told = await command("mirrors", "accept", "https://two.example", "--outlet", "one", "--config", folder)
    assert code == 0, told
    assert (link.is_symlink(), oct(file.stat().st_mode)[-3:]) == (True, "600")
    assert tomllib.loads(file.read_text(encoding="utf-8"))["mirrors"] == ["https://two.example"]
    assert b"\r\n" in file.read_bytes()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Главная — Новая почта", "Новая почта"),
        ("الرئيسية | بريد المغرب", "بريد المغرب"),
        ("Home - The Courier", "The Courier"),
        ("Postacı | Son Dakika", "Postacı"),
        ("\u202bبريد\u202c | الرئيسية", "بريد"),
    ],
)
async def test_add_tells_a_name_from_a_title(tmp_path, title, name):
    """Front pages say that they are front pages."""
    page = f"<html lang='ar-AR'><title>{title}</title>{FEED_LINK}"
    async with Site({"/": html(page), "/rss/main": rss(Item("هدنة", guid="1"))}) as site:
        folder = write_config(tmp_path / "c")
        code, told = await command("add", site.base, "--country", "MA", "--dry-run", "--config", folder)
        assert (code, f'name = "{name}"' in told) == (0, True), told
        code, told = await command("add", site.base, "--dry-run", "--config", folder)
        assert (code, "give it with --country" in told) == (1, True)
