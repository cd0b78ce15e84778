"""Searches over real HTTP: what a filter finds, what is wrong with one, and what of it is a feed."""

import asyncio
import html
import json
import re
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from syndicator.config import load
from syndicator.models.reader_pages import SearchStart, SearchWanted
from syndicator.publish import FeedFiles
from syndicator.runtime.app import App
from syndicator.runtime.preview_trial import Budget
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search import search
from syndicator.web import SiteContext, serve
from syndicator.web.limits import ConnectionLimits
from syndicator.web.search_feeds import FRESH_FOR, IN_ALL, OF_A_READER
from tests.apps import Clock
from tests.documents import ROOT
from tests.newsroom import EVERYTHING, MAIN, Item, outlet, write_config
from tests.stages.test_copies import AGENCY, PAPER, Newsroom
from tests.waiting import get

ATOM = "{http://www.w3.org/2005/Atom}"
STORIES = {
    AGENCY: (
        ("Truce in Idlib", "A cease-fire began at noon. Markets re-opened, and bakers sold bread."),
        ("هدنة في إدلب", "بدأت الهدنة ظهرا، وأعيد فتح الأسواق في حلب."),
        ("آتش‌بس در غزه", "مدرسه‌های شهر باز شد."),
    ),
    PAPER: (
        ("Перемирие в Газе", "Рынки открылись, войска отошли от границы."),
        ("Hatay'da ateşkes", "İstanbul'dan gelen heyet ateşkesin sürdüğünü söyledi."),
        ("Rain in Brighton", "It rained, and the market was closed."),
    ),
}
TOKEN = "reader: 0123456789abcdefghij\n"


@asynccontextmanager
async def searched(tmp_path, *, stories=None, feeds=None, main="", limits=None, **more):
    """Serve the pages of an application whose two outlets showed these stories; yield it with the site's address."""
    config_folder = write_config(
        tmp_path / "c",
        outlets={
            "agency": outlet(AGENCY, name="The Agency", **more.get("agency", {})),
            "paper": outlet(PAPER, name="Paper"),
        },
        feeds=feeds or {"all": EVERYTHING},
        main=MAIN + main,
    )
    (config_folder / "readers.txt").write_text(TOKEN)
    config = load(config_folder, environ={}, state=tmp_path / "s")
    clock, room = Clock(), Newsroom(None, None)
    app = App(config, fetch=room.fetch, clock=clock)
    room.app, room.clock = app, clock
    seconds = SecondsClock()
    try:
        await app.adopt(config)
        await told(room, STORIES if stories is None else stories)
        context = SiteContext(
            files=FeedFiles(tmp_path / "f"),
            status=None,
            trouble=tuple,
            directory=lambda: app.directory,
            pages=app.reader_pages,
            searches=app.searches,
            clock=seconds,
            limits=limits or ConnectionLimits(),
        )
        runner, port = await serve(context, "127.0.0.1", 0)
        try:
            room.site, room.seconds = f"http://127.0.0.1:{port}", seconds
            yield room
        finally:
            await runner.cleanup()
    finally:
        await app.close()


class SecondsClock:
    """A clock of seconds that a test sets."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


async def told(room, stories):
    """Have the outlets show these stories, and everything follow that follows."""
    for home, some in stories.items():
        await room.show(home, *(item(home, number, *words) for number, words in enumerate(some)))
    await room.app.outbox.run()


def item(home, number, title, text):
    return Item(title, link=f"{home}/{number}", guid=f"{home}/{number}", text=text)


async def asked(room, text, path="/search", status=200, **query):
    """Return the page of a search as text."""
    answer = await get(f"{room.site}{path}?{urlencode({'q': text, **query})}", **{"Accept-Encoding": "identity"})
    assert answer.status == status, (text, answer.status, answer.body[:300])
    return answer.body.decode()


async def as_data(room, text, status=200, **query):
    return json.loads(await asked(room, text, "/search.json", status, **query))


async def titles(room, text, **query):
    return [each["title"] for each in (await as_data(room, text, **query))["stories"]]


def words_of(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


FOUND = {
    "market": ["Rain in Brighton", "Truce in Idlib"],
    "هدنة": ["هدنة في إدلب"],
    '"فتح الأسواق"': ["هدنة في إدلب"],
    "آتش‌بس": ["آتش‌بس در غزه"],
    "рынка or ateşkes*": ["Перемирие в Газе", "Hatay'da ateşkes"],
    "place:SY lang:ar": ["هدنة في إدلب"],
    "region:PS -outlet:paper": ["آتش‌بس در غزه"],
    "nowhere": [],
}


async def test_a_search_finds_what_a_filter_does(tmp_path):
    """Words or the whole language, in any script; the newest first."""
    async with searched(tmp_path) as room:
        for text, found in FOUND.items():
            assert await titles(room, text) == found


async def test_a_page_says_how_a_filter_is_read_and_why_each_result_is_one(tmp_path):
    """With the words marked by what they are, and the forms that they were found in."""
    async with searched(tmp_path) as room:
        page = await asked(room, "region:SY (truce or هدنة) -outlet:paper")
        words = words_of(page)
        assert (
            "Read as: about Syria, its places or its actions; with truce or هدنة in any form; not carried by Paper."
            in words
        )
        assert "2 stories" in words
        assert "2 events · 1 outlet" in words
        assert '<mark>Truce</mark> in <mark class="about">Idlib</mark>' in page
        assert "<mark>هدنة</mark> في" in page
        assert "Decided by region:SY by “Idlib”; truce by “Truce”" in words
        forms = {each["word"]: each["forms"] for each in (await as_data(room, "truce or هدنة"))["words"]}
        assert forms["truce"] == [{"form": "truce", "stories": 1}]
        assert {each["form"]: each["stories"] for each in forms["هدنة"]} == {"هدنة": 1, "الهدنة": 1}
        assert "<title>2 stories · search ·" in page


async def test_terms_are_added_and_taken_away_by_links(tmp_path):
    """Each in parentheses where the filter needs them."""
    async with searched(tmp_path) as room:
        found = await as_data(room, "truce or market")
        narrower = {each["term"]: each for facet in found["facets"] for each in facet["choices"]}
        assert narrower["outlet:paper"]["where"] == "(truce or market) outlet:paper"
        assert narrower["outlet:paper"]["stories"] == 1
        assert await titles(room, narrower["outlet:paper"]["where"]) == ["Rain in Brighton"]
        found = await as_data(room, "(truce or market) region:levant")
        assert found["terms"] == [
            {"term": "truce or market", "without": "region:levant"},
            {"term": "region:levant", "without": "truce or market"},
        ]
        page = await asked(room, "(truce or market) region:levant")
        assert 'href="./search?q=truce+or+market" aria-label="Take away region:levant"' in page


async def test_pages_go_on_after_a_story(tmp_path):
    """Twenty at a time, in either order, though others came meanwhile."""
    many = {AGENCY: [(f"Convoy number {number}", f"Lorries reach camp {number * 37}") for number in range(45)]}
    async with searched(tmp_path, stories=many) as room:
        first = await as_data(room, "convoy")
        assert (first["total"], len(first["stories"]), first["place"]) == (45, 20, 1)
        await room.show(PAPER, item(PAPER, 1, "Convoy of the paper", "It came late"))
        await room.app.outbox.run()
        second = await as_data(room, "convoy", after=first["next"])
        third = await as_data(room, "convoy", after=second["next"])
        numbers = [each["id"] for page in (first, second, third) for each in page["stories"]]
        assert len(set(numbers)) == 45
        assert numbers == sorted(numbers, reverse=True)
        assert (second["place"], third["place"], third["next"]) == (22, 42, None)
        oldest = await as_data(room, "convoy", order="oldest")
        assert [each["id"] for each in oldest["stories"]] == sorted(numbers)[:20]
        page = await asked(room, "convoy", after=first["next"])
        assert "Older: 42 to 46 of 46" in words_of(page)


async def test_a_search_looks_as_far_back_as_it_says(tmp_path):
    """Thirty days, unless a link says otherwise; or at one day."""
    async with searched(tmp_path) as room:
        before = room.clock.now.date()
        room.clock.move(timedelta(days=40))
        await room.show(AGENCY, item(AGENCY, 9, "A second truce", "It holds"))
        await room.app.outbox.run()
        assert await titles(room, "truce") == ["A second truce"]
        assert await titles(room, "truce", since="1y") == ["A second truce", "Truce in Idlib"]
        assert await titles(room, "truce", since="all") == ["A second truce", "Truce in Idlib"]
        assert await titles(room, "truce", day=before.isoformat()) == ["Truce in Idlib"]
        found = await as_data(room, "truce")
        assert len(found["days"]) == 31
        assert sum(each["stories"] for each in found["days"]) == 1
        assert 'aria-current="true">1 year' in await asked(room, "truce", since="1y")


async def test_an_address_that_makes_no_sense_is_refused(tmp_path):
    """With a sentence."""
    async with searched(tmp_path, stories={}) as room:
        for query in ("since=2y", "order=best", "after=x", "day=monday", "day=9999-12-31", f"q={'a' * 1001}"):
            answer = await get(f"{room.site}/search?{query}")
            assert answer.status == 400
            assert answer.body.strip().endswith(b".")


async def test_who_asks_for_nothing_is_shown_how_to(tmp_path):
    """By filters each of which finds something; where there is nothing, that is said."""
    async with searched(tmp_path) as room:
        start = json.loads(await asked(room, "", "/search.json"))
        examples = [each["where"] for each in start["examples"]]
        assert len(examples) >= 4
        for each in examples:
            assert await titles(room, each)
        page = await asked(room, "")
        assert "How to write a filter" in page
        assert "place:" in page
    async with searched(tmp_path / "empty", stories={}) as room:
        assert "There are no stories yet" in await asked(room, "")
        assert "No story in this time" in await asked(room, "truce")


MISTAKES = re.findall(
    r"^\| `(.+?)` \| (\d+) \| (.*?) \|$",
    (ROOT / "docs/filters.md").read_text("utf-8").partition("## Mistakes\n")[2].partition("\n## ")[0],
    re.MULTILINE,
)


async def test_every_mistake_of_the_document_has_a_page(tmp_path):
    """With its place, a caret, and repairs that can be read, each with what it finds."""
    async with searched(tmp_path) as room:
        assert len(MISTAKES) > 20
        mended = 0
        for text, column, message in MISTAKES:
            page = await asked(room, text, status=400)
            assert "<title>Problem: this filter cannot be read ·" in page
            assert 'role="alert"' in page
            found = (await as_data(room, text, status=400))["mistakes"][0]
            assert (found["line"], found["column"]) == (1, int(column)), text
            assert found["shown"] == text
            assert found["message"].replace("\u2068", "").replace("\u2069", "").startswith(message[:20]), found[
                "message"
            ]
            assert f"\n<b>{' ' * found['start']}^" in page
            for repair in found["repairs"]:
                assert repair["stories"] is not None
                assert await titles(room, repair["where"]) is not None
                mended += 1
        assert mended > 20


async def test_both_readings_are_one_click_away_with_their_counts(tmp_path):
    """Of "or" beside terms side by side."""
    async with searched(tmp_path) as room:
        found = await as_data(room, "region:SY هدنة or truce", status=400)
        repairs = [(each["where"], each["stories"]) for each in found["mistakes"][0]["repairs"]]
        assert repairs == [("region:SY (هدنة or truce)", 2), ("(region:SY هدنة) or truce", 2)]
        page = await asked(room, "region:SY هدنة or truce", status=400)
        assert 'href="./search?q=region%3ASY+%28%D9%87%D8%AF%D9%86%D8%A9+or+truce%29"' in page
        assert "2 stories" in words_of(page)


async def test_a_mistake_among_words_from_right_to_left_is_named_too(tmp_path):
    """A caret alone misleads there."""
    async with searched(tmp_path) as room:
        page = await asked(room, "هدنة outlet:وكالة", status=400)
        assert "line 1, column 13: <bdi>وكالة</bdi>" in page
        assert "\u2066هدنة outlet:وكالة\u2069" in page
        assert 'dir="ltr"' in page
        assert 'dir="auto"' in await asked(room, "هدنة")


async def test_readers_learn_nothing_of_private_feeds(tmp_path):
    """Neither their stories, by any count, nor their names, by what is suggested."""
    feeds = {
        "open": 'title = "Open"\nwhere = "outlet:paper"\n',
        "secretive": 'title = "Secret plans"\nwhere = "outlet:agency"\ntoken_file = "readers.txt"\n',
    }
    async with searched(tmp_path, feeds=feeds, main="[on_demand]\nenabled = false\n") as room:
        assert await titles(room, "truce or market or هدنة") == ["Rain in Brighton"]
        found = await as_data(room, "truce or market or هدنة")
        assert (found["total"], found["events"], found["outlets"]) == (1, 1, 1)
        assert sum(each["stories"] for each in found["days"]) == 1
        forms = {form["form"] for word in found["words"] for form in word["forms"]}
        assert forms == {"market"}
        assert await titles(room, "feed:open") == ["Перемирие в Газе", "Hatay'da ateşkes", "Rain in Brighton"]
        for text in ("feed:secretive", "feed:secretiv", "feed:xyz"):
            page = await asked(room, text, status=400)
            assert "there is no feed" in page
            assert "Secret plans" not in page
            assert text == "feed:secretive" or "secretive" not in page
        assert not (await as_data(room, "feed:secretiv", status=400))["mistakes"][0]["repairs"]
        assert "Truce" not in await asked(room, "*", since="all")
        assert "Truce" not in await asked(room, "*", "/search.atom")
        assert await get_status(room, "/search.atom", "feed:secretive") == 400


async def get_status(room, path, text):
    return (await get(f"{room.site}{path}?{urlencode({'q': text})}")).status


@pytest.mark.parametrize(("policy", "shown"), [("full", True), ("excerpt", False), ("link", False)])
async def test_results_show_no_more_of_a_text_than_pages_may(tmp_path, policy, shown):
    """Whatever a regular expression matches of it."""
    text = " ".join(f"слово{n}" for n in range(90))
    stories = {AGENCY: [("Перемирие", text)]}
    async with searched(tmp_path, stories=stories, agency={"republish": policy}) as room:
        for query in ("слово89", r"/слово8\d слово89/", "/(?s).*/"):
            found = await as_data(room, query)
            assert found["total"] == 1
            (row,) = found["stories"]
            said = json.dumps(row, ensure_ascii=False)
            assert ("слово85" in said) is (shown and query != "/(?s).*/")
            assert bool(row["excerpt"]) is (policy != "link")


async def test_hostile_words_are_only_words(tmp_path):
    """In titles, texts and filters: markup, bidi controls, one word of two hundred letters."""
    evil = (ROOT / "tests/data/xss.txt").read_text("utf-8").splitlines()[:20]
    titles_ = [*evil, "\u202eevil\u2066 truce", "w" * 200, "a " * 150]
    stories = {AGENCY: [(f"market {title}", title) for title in titles_]}
    async with searched(tmp_path, stories=stories) as room:
        for text in ("market", '"><script>alert(1)</script>', "<script>", "\u202emarket", "w" * 200, "&amp;"):
            answer = await get(f"{room.site}/search?{urlencode({'q': text})}", **{"Accept-Encoding": "identity"})
            assert answer.status in (200, 400)
            page = answer.body.decode().lower()
            assert "<script" not in page
            assert not re.search(r"<[^>]+\son\w+=", page)


async def test_pages_in_other_languages_mirror_and_keep_the_filter(tmp_path):
    """What is English stays marked as that."""
    async with searched(tmp_path) as room:
        page = await asked(room, "region:SY هدنة", "/ar/search")
        assert '<html lang="ar" dir="rtl">' in page
        assert '<bdi lang="en">about <b><bdi>Syria</bdi></b>' in page
        assert 'href="../search?q=region%3ASY+%D9%87%D8%AF%D9%86%D8%A9" hreflang="en"' in page


async def test_searches_beyond_a_few_are_put_off(tmp_path):
    """One is made at a time, some wait, and all others are told when to come again; other pages are not held up."""
    goes_on, begun = asyncio.Event(), []

    async def pages(wanted):
        begun.append(wanted)
        if isinstance(wanted, SearchWanted):
            await goes_on.wait()
            return SearchStart(examples=())
        return None

    context = SiteContext(files=FeedFiles(tmp_path), status=None, trouble=tuple, pages=pages)
    runner, port = await serve(context, "127.0.0.1", 0)
    try:
        site = f"http://127.0.0.1:{port}"
        asking = [asyncio.create_task(get(f"{site}/search?q=word{number}")) for number in range(20)]
        done, waiting = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 11:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        assert len(begun) == 1
        assert (await get(f"{site}/stories/1")).status == 404
        for each in done:
            assert each.result().status == 503
            assert int(each.result().headers["Retry-After"]) > 0
        goes_on.set()
        answers = [await each for each in waiting]
        assert [each.status for each in answers] == [200] * 9
    finally:
        await runner.cleanup()


async def test_what_a_search_finds_is_a_feed_in_three_formats(tmp_path):
    """With the stories' own ids, its own address, and an id for all spellings of one filter."""
    async with searched(tmp_path) as room:
        ids = {story.title: story.uid for story in await room.stories()}
        feed = ET.fromstring(await asked(room, "place:sy AND (truce or هدنة)", "/search.atom"))
        entries = feed.findall(f"{ATOM}entry")
        assert [each.findtext(f"{ATOM}id") for each in entries] == [ids["Truce in Idlib"], ids["هدنة في إدلب"]]
        base = room.app.config.base_url
        own = f"{base}/search.atom?{urlencode({'q': 'region:SY (truce or هدنة)'})}"
        assert feed.find(f"{ATOM}link[@rel='self']").get("href") == own
        other = ET.fromstring(await asked(room, "region:SY   (truce OR هدنة) # note", "/search.atom"))
        assert other.findtext(f"{ATOM}id") == feed.findtext(f"{ATOM}id")
        assert feed.findtext(f"{ATOM}id").startswith(f"tag:{room.app.config.authority}:feed/search/region%3ASY")
        rss = ET.fromstring(await asked(room, "truce", "/search.rss"))
        assert [each.findtext("guid") for each in rss.iter("item")] == [ids["Truce in Idlib"]]
        found = json.loads(await asked(room, "truce", "/search.feed.json"))
        assert [each["id"] for each in found["items"]] == [ids["Truce in Idlib"]]
        assert found["feed_url"] == f"{base}/search.feed.json?q=truce"
        page = await asked(room, "truce")
        assert '<link rel="alternate" type="application/atom+xml" title="truce" href="./search.atom?q=truce">' in page
        assert "where = '''\ntruce\n'''" in html.unescape(page)


async def test_a_feed_of_a_search_is_asked_for_again_cheaply(tmp_path):
    """It is the same for five minutes, and known by its ETag."""
    async with searched(tmp_path) as room:
        url = f"{room.site}/search.atom?q=truce"
        first = await get(url)
        assert first.headers["Cache-Control"] == f"max-age={FRESH_FOR}"
        await room.show(PAPER, item(PAPER, 7, "Another truce", "It holds"))
        await room.app.outbox.run()
        assert (await get(url, **{"If-None-Match": first.headers["ETag"]})).status == 304
        room.seconds.now += FRESH_FOR
        later = await get(url, **{"If-None-Match": first.headers["ETag"]})
        assert later.status == 200
        assert b"Another truce" in later.body


async def test_who_asks_for_many_feeds_is_told_how_to_have_a_lasting_one(tmp_path):
    """One reader sooner than all together; what is kept is sent to anybody still."""
    limits = ConnectionLimits(key=lambda host: host)
    async with searched(tmp_path, limits=limits) as room:
        answers = [await get(f"{room.site}/search.atom?q=word{number}") for number in range(OF_A_READER + 1)]
        assert [each.status for each in answers] == [200] * OF_A_READER + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert b"ask whoever runs this server for a feed with a name of its own" in answers[-1].body
        room.seconds.now += FRESH_FOR - 1
        assert (await get(f"{room.site}/search.atom?q=word0")).status == 200
    async with searched(tmp_path / "all") as room:
        answers = [await get(f"{room.site}/search.atom?q=word{number}") for number in range(IN_ALL + 1)]
        assert [each.status for each in answers] == [200] * IN_ALL + [503]
        room.seconds.now += FRESH_FOR + 0.0
        assert answers[-1].headers["Retry-After"] == "2"


async def test_what_is_not_looked_at_in_time_is_said_to_be_missing(tmp_path):
    """And not that there is nothing."""
    async with searched(tmp_path) as room:
        wanted = SearchWanted(text="/Tr.ce/")
        over = Budget(lambda: 0.0, 0.0)
        reading = lambda tx: Reading(tx=tx, rules=room.app.rules, now=room.clock())  # noqa: E731
        page = await room.app.store.read(lambda tx: search(reading(tx), wanted, over))
        assert page.total == 0
        assert page.complete_since is not None
        whole = await room.app.store.read(lambda tx: search(reading(tx), wanted, Budget(lambda: 0.0)))
        assert (whole.total, whole.complete_since) == (1, None)
