"""The front page and the pages of feeds: made stories in a real store, real rendering, over real HTTP."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import update

from syndicator.config import load
from syndicator.config.opml import read_opml
from syndicator.models import EventAssignment
from syndicator.query import parse
from syndicator.runtime.app import App
from syndicator.runtime.reader_pages import feed, feeds
from syndicator.store.tables import story
from syndicator.web import SiteContext, serve
from tests.apps import Clock
from tests.newsroom import CEASEFIRE, EVERYTHING, Item, outlet, write_config
from tests.stages.test_copies import Newsroom

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OUTLETS = {
    "jisr": ("ar", "وكالة الجسر"),
    "tribune": ("en", "The Orontes Tribune"),
    "nevsky": ("ru", "Невский бюллетень"),
    "alborz": ("fa", "پیام البرز"),
    "postasi": ("tr", "Boğaz Postası"),
}
TITLES = {
    "jisr": "هدنة في إدلب تصمد",
    "tribune": "Ceasefire in Idlib holds",
    "nevsky": "Перемирие в Идлибе соблюдается",
    "alborz": "آتش‌بس در ادلب برقرار است",
    "postasi": "İdlib'de ateşkes sürüyor",
}
XSS = [line for line in (Path(__file__).parents[1] / "data" / "xss.txt").read_text("utf-8").splitlines() if line]
HOSTILE = [
    *XSS,
    "\u202eevas \u2066cannot\u2069 \u202dbe\u202c closed \u202e",
    "كلمة " * 60,
    "x" * 200,
    "<b>bold</b> &amp; 'quoted' \"twice\"",
]


class Room(Newsroom):
    """Outlets whose stories a test makes, and their pages."""

    async def tell(self, of, *titles, after=timedelta(minutes=1), text="Two lorries waited at the bridge."):
        """Have an outlet tell stories, the first one first; nothing of before is listed any more."""
        count = await self.app.store.read(lambda tx: tx.stories.last_number())
        items = [
            Item(title, link=f"https://{of}.example/{count + place}", guid=f"{count + place}", text=text)
            for place, title in enumerate(titles)
        ]
        await self.show(f"https://{of}.example", *reversed(items), after=after)

    async def tell_one_event(self, *numbers):
        """Have stories tell the event that the first one began."""

        def record(tx):
            stories = {each.id: each for each in tx.stories.get(numbers)}
            for number in numbers:
                tx.events.record([(stories[number], EventAssignment(event=numbers[0], reason="made"))])

        await self.app.store.write(record)

    def seconds(self):
        return self.clock.now.timestamp()

    async def fill(self, name, *, of="tribune", days):
        """Have a feed hold so many stories of each day, by days back from now."""
        for back, count in days.items():
            now = self.clock.now
            self.clock.now = now - back * DAY
            await self.tell(of, *(f"Harbour news {back} {n}" for n in range(count)), after=timedelta())
            self.clock.now = now

    async def get(self, path, status=200):
        async with self.client.get(path, allow_redirects=False) as answer:
            assert answer.status == status, path
            return answer.headers["Location"] if status == 301 else await answer.text()

    async def get_json(self, path):
        return json.loads(await self.get(path))


@asynccontextmanager
async def room(tmp_path, feeds=None, concepts=None, outlets=OUTLETS, main="[on_demand]\nenabled = false\n"):
    """Serve the pages of an application with outlets in five languages."""
    files = {
        key: outlet(f"https://{key}.example", name=name, language=language) for key, (language, name) in outlets.items()
    }
    texts = {"all": EVERYTHING} if feeds is None else feeds
    folder = write_config(
        tmp_path / "c", outlets=files, feeds=texts, concepts=concepts or {}, main=_MAIN.replace("ON_DEMAND", main)
    )
    config = load(folder, environ={}, state=tmp_path / "s")
    found = Room(None, Clock(NOON))
    app = found.app = App(config, fetch=found.fetch, clock=found.clock)
    try:
        await app.adopt(config)
        context = SiteContext(
            files=app.files,
            status=None,
            trouble=tuple,
            pages=app.reader_pages,
            directory=lambda: app.directory,
            clock=found.seconds,
        )
        runner, port = await serve(context, "127.0.0.1", 0)
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as found.client:
                yield found
        finally:
            await runner.cleanup()
    finally:
        await app.close()


_MAIN = """listen = "127.0.0.1:1"
base_url = "https://feeds.example"
title = "Border Desk"
[tag]
authority = "test.invalid"
[poll]
interval = "1s"
shortest = "1s"
ON_DEMAND"""


def words(page):
    """Return what a page says, without markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


async def test_the_front_page_shows_each_feed_with_its_latest_stories_and_its_usual_day(tmp_path):
    """Today beside the median of the whole days before, the outlets and their languages, at most five stories."""
    async with room(tmp_path) as r:
        await r.fill("all", days={6: 1, 5: 9, 4: 2, 3: 3, 2: 3, 1: 8})
        for each in OUTLETS:
            await r.tell(each, TITLES[each])
        page, found = await r.get("/"), await r.get_json("/index.json")
    (shelf,) = found["shelves"]
    assert shelf["usual"] == 3  # of 9, 2, 3, 3, 8: the first day was not read from its beginning
    assert [each["stories"] for each in shelf["days"]][-7:] == [1, 9, 2, 3, 3, 8, 5]
    assert len(shelf["days"]) == 30
    assert (shelf["outlets"], shelf["languages"][0], set(shelf["languages"])) == (
        5,
        "en",
        {"en", "ar", "ru", "fa", "tr"},
    )
    assert [each["title"] for each in shelf["stories"]] == [TITLES[each] for each in reversed(OUTLETS)]
    said = words(page)
    assert "5 today usually 3 a day" in said
    assert "5 outlets in English, " in said
    assert "reads 5 outlets at their own addresses" in said
    assert "write in 5 languages" in said
    assert 'aria-label="Stories a day for 30 days: least 0, most 9, today 5 so far"' in page
    assert '<a href="./feeds/all.atom">Atom</a>' in page


async def test_a_young_feed_says_since_when_it_is_read(tmp_path):
    """Nobody says what is usual after a day or two; days on which nothing was read at all tell nothing."""
    async with room(tmp_path) as r:
        assert "No story yet." in await r.get("/")
        await r.tell("tribune", "Port of Tartus reopens")
        assert "1 today read since 6 Mar" in words(await r.get("/?page=1"))
        r.clock.move(20 * DAY)
        await r.tell("tribune", "Ferry to Mersin sails again")
        assert "1 today read since 6 Mar" in words(await r.get("/")), "the daemon did not run on the days between"
        for number in range(4):
            await r.tell("tribune", f"Bakers of Homs, part {number}")
            r.clock.move(DAY)
        assert "0 today usually 1 a day" in words(await r.get("/"))


async def test_a_rare_feed_says_how_many_stories_there_were(tmp_path):
    """On days on which other stories were read, it had none: nobody says that nothing is usual."""
    async with room(tmp_path, feeds={"ports": 'title = "Ports"\nwhere = "port"'}) as r:
        for number in range(6):
            await r.tell("tribune", f"Bakers of Homs, part {number}")
            r.clock.move(DAY)
        await r.tell("tribune", "Port of Tartus reopens")
        assert "1 today 1 in 30 days" in words(await r.get("/"))


async def test_examples_below_the_search_box_find_stories_that_are_there(tmp_path):
    """A place, and a topic in the languages that tell it; without stories there are none."""
    async with room(tmp_path, concepts={"ceasefire": CEASEFIRE}) as r:
        assert "Try" not in words(await r.get("/ru/"))
        await r.tell("nevsky", "Перемирие в Идлибе", "Перемирие в Сирии соблюдается")
        await r.tell("postasi", "İdlib'de ateşkes sürüyor")
        found = await r.get_json("/index.json")
        page = await r.get("/")
    for each in found["examples"]:
        parse(each, r.app.config.vocabulary)
    assert found["examples"][1] == "concept:ceasefire lang:(ru or tr)"
    assert found["examples"][0].startswith("region:SY")
    assert 'href="./search?q=concept%3Aceasefire+lang%3A%28ru+or+tr%29"' in page


async def test_an_empty_server_says_so(tmp_path):
    """On the front page, and in the list of feeds."""
    async with room(tmp_path, feeds={}, outlets={}) as r:
        for path in ("/", "/feeds/"):
            assert "No feeds yet" in words(await r.get(path))


async def test_titles_are_text_in_their_own_direction_and_the_front_page_has_as_many_pages_as_it_needs(tmp_path):
    """Whatever stands in a title; after the last page there is none."""
    made = {f"f{n:03}": f'title = "<b>{n:03}</b>"\nwhere = "title:nothing"\n' for n in range(feeds.SHELVES)}
    arabic = 'title = "أخبار إدلب"\nwhere = "title:nothing"\nlanguage = "ar"\n'
    async with room(tmp_path, feeds={"open": arabic, **made}) as r:
        first, second = await r.get("/"), await r.get("/?page=2")
        await r.get("/?page=3", status=404)
        await r.get("/?page=x", status=400)
    assert "<bdi>&lt;b&gt;000&lt;/b&gt;</bdi>" in first
    assert "<b>0" not in first
    assert re.search(r'<h2 lang="ar"><a href="./feeds/open"><bdi>أخبار إدلب</bdi>', second)
    assert "<bdi>Border Desk</bdi>" in second
    assert 'href="./?page=2" rel="next"' in first
    assert 'href="./?page=1" rel="prev"' in second


async def test_all_feeds_are_listed_and_paged_by_key(tmp_path):
    """By title; a name that is gone leads to the beginning."""
    made = {f"f{n:03}": f'title = "Feed {n:03}"\nwhere = "title:nothing"\n' for n in range(feeds.LINES + 2)}
    async with room(tmp_path, feeds=made) as r:
        first, rest = await r.get_json("/feeds.json"), await r.get_json("/feeds.json?after=f099")
        page = await r.get("/feeds/")
        await r.get("/feeds/?after=gone", status=301)
        assert await r.get("/feeds", status=301) == "feeds/"
        assert await r.get("/ar/feeds", status=301) == "feeds/"
    assert [each["feed"]["name"] for each in first["feeds"]] == [f"f{n:03}" for n in range(100)]
    assert (first["count"], first["after"]) == (102, "f099")
    assert [each["feed"]["name"] for each in rest["feeds"]] == ["f100", "f101"]
    assert rest["after"] == ""
    assert '<a href="../feeds/?after=f099" rel="next">' in page
    assert "102 feeds" in words(page)
    assert '<a href="../feeds/f000.rss">RSS</a>' in page


async def test_a_feed_is_shown_by_day_and_event(tmp_path):
    """Under the oldest of its titles, with who told it independently, copies, languages, and where the rest is."""
    async with room(tmp_path) as r:
        await r.tell("tribune", "Port of Tartus reopens", after=-DAY)
        r.clock.move(DAY)
        for each in OUTLETS:
            await r.tell(each, TITLES[each])
        await r.tell("tribune", "Bakers of Aleppo return")
        await r.tell_one_event(2, 3, 4, 5, 6)
        page, found = await r.get("/feeds/all"), await r.get_json("/feeds/all/page.json")
    today, before = found["shown"]
    event, single = today["told"][1], today["told"][0]
    assert (today["day"], today["stories"], today["events"]) == ("2026-03-06", 6, 2)
    assert (before["day"], before["stories"], before["told"][0]["title"]) == ("2026-03-05", 1, "Port of Tartus reopens")
    assert single["title"] == "Bakers of Aleppo return"
    assert (event["id"], event["title"], event["language"]) == (2, TITLES["jisr"], "ar")
    assert (event["origins"], event["copies"], event["languages"], event["more"]) == (5, 0, 5, 0)
    assert [each["id"] for each in event["tellings"]] == [2, 3, 4, 5, 6]
    said = words(page)
    assert "6 stories today in 2 events · 7 in the last 30 days · changed 12:" in said
    assert "5 independent origins" in said
    assert "5 languages · since 12:" in said
    assert f'<h3 lang="ar" dir="rtl"><a href="../events/2">{TITLES["jisr"]}</a></h3>' in page
    assert said.index("Friday 6 March 2026") < said.index("Thursday 5 March 2026")
    assert '<link rel="alternate" type="application/json" href="../feeds/all/page.json">' in page


async def test_of_a_long_event_a_feed_shows_the_oldest_and_the_latest(tmp_path):
    """Five of its stories; how many more there are leads to the event, with who has not told it."""
    async with room(tmp_path) as r:
        for number in range(9):
            await r.tell("tribune", f"Talks in Astana, hour {number}")
        await r.tell_one_event(*range(1, 10))
        (day,) = (await r.get_json("/feeds/all/page.json"))["shown"]
        page = await r.get("/feeds/all")
    (event,) = day["told"]
    assert [each["id"] for each in event["tellings"]] == [1, 6, 7, 8, 9]
    assert (event["origins"], event["more"]) == (1, 4)
    assert re.search(r'<a href="../events/1">4 more, and who has not told it</a>', page)


async def test_copies_are_named_and_counted_apart(tmp_path):
    """A copy is hollow, and no origin."""
    text = " ".join(f"word{n} of the provincial council said on Tuesday" for n in range(30))
    async with room(tmp_path) as r:
        await r.tell("tribune", "Bridge at Jisr al-Shughur reopens", text=text)
        await r.tell("nevsky", "Bridge at Jisr al-Shughur reopens", text=text)
        page, found = await r.get("/feeds/all"), await r.get_json("/feeds/all/page.json")
    shares = {each["of"]["id"]: (each["own"], each["copies"]) for each in found["outlets"]}
    assert shares == {"tribune": (1, 0), "nevsky": (0, 1)}
    assert [(each["of"]["id"], each["own"], each["copies"]) for each in found["languages"]] == [("en", 1, 1)]
    assert "copied by Невский бюллетень" in words(page)
    assert found["outlets_count"] == 1
    assert '<rect class="copy"' in page


async def test_a_long_day_goes_on_by_key_and_shows_everything_once(tmp_path):
    """From the feed's page to the day's, and from there on; events that began further up are not repeated."""
    async with room(tmp_path) as r:
        await r.tell("tribune", *(f"Harbour news {n}" for n in range(75)))
        await r.tell_one_event(1, 40, 75)
        latest = await r.get_json("/feeds/all/page.json")
        path, seen, pages = "/feeds/all/2026-03-06.json", [], 0
        while path:
            found = await r.get_json(path)
            (day,) = found["shown"]
            for each in day["told"]:
                seen += [one["id"] for one in each.get("tellings", [each])]
            path = f"/feeds/all/2026-03-06.json?after={day['after']}" if day["after"] else ""
            pages += 1
        page = await r.get(f"/feeds/all/2026-03-06?after={latest['shown'][0]['after']}")
        for wrong in ("x", "1", "-", "1-2-3", "9" * 20 + "-1"):
            await r.get(f"/feeds/all/2026-03-06?after={wrong}", status=400)
    assert sorted(seen) == list(range(1, 76))
    assert pages == 7
    assert latest["shown"][0]["stories"] == 75
    assert "Continued" in words(page)


async def test_an_event_that_fills_a_day_is_shown_once(tmp_path):
    """However many stories tell it; what else there was is found behind them."""
    async with room(tmp_path) as r:
        await r.tell("tribune", "Port of Tartus reopens")
        await r.tell("tribune", *(f"Talks in Astana, minute {n}" for n in range(430)))
        await r.tell_one_event(*range(2, 432))
        latest = await r.get_json("/feeds/all/page.json")
        (first,) = (await r.get_json("/feeds/all/2026-03-06.json"))["shown"]
        (second,) = (await r.get_json(f"/feeds/all/2026-03-06.json?after={first['after']}"))["shown"]
    assert [each["id"] for each in first["told"]] == [2]
    assert first["told"][0]["more"] == 425
    assert (first["stories"], first["events"]) == (431, 2)
    assert latest["shown"][0]["after"] == first["after"]
    assert [each["title"] for each in second["told"]] == ["Port of Tartus reopens"]
    assert second["after"] == ""


async def test_a_day_has_a_page_with_the_days_beside_it(tmp_path):
    """Days without stories are passed over; a day long ago with none has no page."""
    async with room(tmp_path) as r:
        await r.fill("all", days={9: 1, 5: 2, 1: 3})
        found, page = await r.get_json("/feeds/all/2026-03-01.json"), await r.get("/feeds/all/2026-03-01")
        empty = await r.get("/feeds/all/2026-02-28")
        for path in ("2025-03-01", "2026-02-31", "2026-13-01"):
            await r.get(f"/feeds/all/{path}", status=404)
    assert found["earlier"] == {"day": "2026-02-25", "stories": 1}
    assert found["later"] == {"day": "2026-03-05", "stories": 3}
    assert '<a href="../../feeds/all/2026-02-25" rel="prev">Wednesday 25 February 2026, 1 story</a>' in page
    assert '<a href="../../feeds/all/2026-03-05" rel="next">Thursday 5 March 2026, 3 stories</a>' in page
    assert "No story on this day" in words(empty)
    assert "<h1><bdi>Everything</bdi> · Sunday 1 March 2026</h1>" in page


async def test_days_of_a_feed_lead_to_their_pages(tmp_path):
    """Each bar, and a list of the same for who does not point."""
    async with room(tmp_path) as r:
        await r.fill("all", days={5: 2, 0: 3})
        page = await r.get("/feeds/all")
    assert re.search(
        r'<svg class="bars"[^>]* aria-hidden="true"><a href="../feeds/all/2026-03-01" tabindex="-1">', page
    )
    assert '<rect class="now" x="291"' in page
    assert '<li><a href="../feeds/all/2026-03-01">1 Mar</a><span>2</span></li>' in page


async def test_a_feed_says_its_filter_and_how_to_change_it(tmp_path):
    """Its formats and its outlets can be subscribed to."""
    where = 'title = "Ports"\ndescription = "Harbours & ferries"\nwhere = \'harbour or ферри\'\n'
    async with room(tmp_path, feeds={"ports": where}) as r:
        await r.tell("tribune", "Harbour of Tartus reopens")
        page = await r.get("/feeds/ports")
    assert "<code>harbour or ферри</code>" in page
    assert 'href="../search?q=harbour+or+%D1%84%D0%B5%D1%80%D1%80%D0%B8">try a change</a>' in page
    assert "Harbours &amp; ferries" in page
    assert '<a class="btn main" href="../feeds/ports.atom">Subscribe: Atom</a>' in page
    assert '<a class="btn" href="../feeds/ports.opml">OPML of its 1 outlet</a>' in page


async def test_a_feed_without_stories_says_so(tmp_path):
    """What comes will be there."""
    async with room(tmp_path) as r:
        page, found = await r.get("/feeds/all"), await r.get_json("/feeds/all/page.json")
    assert "No stories yet" in words(page)
    assert (found["shown"], found["earlier"], found["counted"]) == ([], None, 0)


async def test_the_outlets_of_a_feed_are_a_list_to_subscribe_to(tmp_path):
    """Those whose stories it has, with addresses that anybody may ask: no passwords, nothing of the operator's own."""
    async with room(tmp_path) as r:
        for each in ("tribune", "jisr"):
            await r.tell(each, TITLES[each])
        async with r.client.get("/feeds/all.opml") as answer:
            body, kind = await answer.text(), answer.headers["Content-Type"]
        await r.get("/feeds/none.opml", status=404)
    assert kind == "text/x-opml; charset=utf-8"
    found = {each.title: each.address for each in read_opml(body)}
    assert found == {
        "The Orontes Tribune": "https://tribune.example/feed.xml",
        "وكالة الجسر": "https://jisr.example/feed.xml",
    }


@pytest.fixture
def private(tmp_path):
    """A feed for those who have a token."""
    (tmp_path / "tokens").write_text("")
    return f'title = "Для редакции"\nwhere = "Tartus"\ntoken_file = "{tmp_path / "tokens"}"\n'


async def test_a_private_feed_is_on_no_page(tmp_path, private):
    """Neither its name nor its title, nor a story that only it has; nor in a filter that uses it."""
    public = 'title = "أخبار إدلب"\nwhere = "Idlib"\n'
    using = 'title = "Both"\nwhere = "feed:inner or Idlib"\n'
    async with room(tmp_path, feeds={"open": public, "inner": private, "both": using}) as r:
        await r.tell("tribune", "Idlib holds", "Port of Tartus is the desk's secret")
        await r.tell_one_event(1, 2)
        pages = [await r.get(path) for path in ("/", "/index.json", "/feeds/", "/feeds.json", "/feeds/open")]
        pages += [await r.get(path) for path in ("/feeds/both", "/feeds/both/page.json", "/feeds/open/page.json")]
        for path in ("inner", "inner/page.json", "inner/2026-03-06", "inner/2026-03-06.json", "inner.opml"):
            for token in ("", "?token=x"):
                await r.get(f"/feeds/{path}{token}", status=404)
        (event,) = (await r.get_json("/feeds/both/page.json"))["shown"][0]["told"]
    assert "أخبار إدلب" in pages[0]
    assert all("Для редакции" not in each and "inner" not in each for each in pages)
    assert all("secret" not in each for each in (pages[4], pages[7]))
    assert event["origins"] == 1


async def test_former_names_lead_to_the_present_one(tmp_path, private):
    """Pages, days and lists of outlets; of a feed that is private now, nothing says so."""
    async with room(tmp_path, feeds={"old": EVERYTHING, "hidden": EVERYTHING}) as r:
        await r.tell("tribune", "Port of Tartus reopens")
    renamed = EVERYTHING + 'renamed_from = ["old"]\n'
    feeds_now = {"new": renamed, "inner": private + 'renamed_from = ["hidden"]\n'}
    for file in (tmp_path / "c" / "feeds").iterdir():
        file.unlink()
    async with room(tmp_path, feeds=feeds_now) as r:
        assert await r.get("/feeds/old", status=301) == "../feeds/new"
        assert await r.get("/ar/feeds/old", status=301) == "../../ar/feeds/new"
        assert await r.get("/feeds/old/2026-03-06", status=301) == "../../feeds/new/2026-03-06"
        assert await r.get("/feeds/old/page.json", status=301) == "../../feeds/new/page.json"
        assert await r.get("/feeds/old.opml", status=301) == "../feeds/new.opml"
        await r.get("/feeds/hidden", status=404)
        await r.get("/feeds/hidden.opml", status=404)
        assert "Port of Tartus reopens" in await r.get("/feeds/new")


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/feeds/region/SY", "../../places/SY"),
        ("/feeds/region/SY-ID/saraqib", "../../../places/SY-ID/saraqib"),
        ("/fa/feeds/concept/ceasefire", "../../topics/ceasefire"),
        ("/feeds/outlet/2026-03-06", "../../outlets/2026-03-06"),
        ("/feeds/event/12", "../../events/12"),
    ],
)
async def test_names_of_feeds_on_demand_lead_to_pages(tmp_path, path, location):
    """Without a suffix; an outlet may be called like a day."""
    async with room(tmp_path) as r:
        assert await r.get(path, status=301) == location


async def test_files_and_pages_hide_nothing_of_each_other(tmp_path):
    """Whatever a feed is called: like a page, like a day, like a kind."""
    names = ("page", "2026-03-06", "outlet", "feeds")
    async with room(tmp_path, feeds=dict.fromkeys(names, EVERYTHING)) as r:
        await r.tell("tribune", "Port of Tartus reopens")
        await r.app.publisher.publish()
        for name in names:
            assert "<h1><bdi>Everything</bdi></h1>" in await r.get(f"/feeds/{name}")
            assert "</entry>" in await r.get(f"/feeds/{name}.atom")
            assert (await r.get_json(f"/feeds/{name}.json"))["version"].startswith("https://jsonfeed.org/")
            assert "tribune.example" in await r.get(f"/feeds/{name}.opml")
        for name in ("page", "2026-03-06", "feeds"):
            assert (await r.get_json(f"/feeds/{name}/page.json"))["feed"]["name"] == name
            assert (await r.get_json(f"/feeds/{name}/2026-03-06.json"))["day"] == "2026-03-06"
        # These are the JSON of outlets called so, were there any.
        await r.get("/feeds/outlet/page.json", status=404)
        await r.get("/feeds/outlet/2026-03-06.json", status=404)


async def test_hostile_titles_stay_text(tmp_path):
    """On the front page, in rows, as events, and in names: whatever got as far as the store."""
    hostile_feed = "title = '<b>bold</b> & <script>evil()</script>'\nwhere = ''\n"
    async with room(tmp_path, feeds={"all": hostile_feed}) as r:
        await r.tell("tribune", *(f"News {n}" for n in range(len(HOSTILE))))
        await r.tell_one_event(1, 2, 3)

        def spoil(tx):
            for number, title in enumerate(HOSTILE, 1):
                tx.connection.execute(update(story).where(story.c.id == number).values(title=title, language='"><i'))

        await r.app.store.write(spoil)
        pages = [await r.get(path) for path in ("/", "/feeds/", "/feeds/all", "/feeds/all/2026-03-06", "/ar/feeds/all")]
    for page in pages:
        assert "<script" not in page.lower()
        assert "<img src=x" not in page
        assert not re.search(r"<[^>]+ (?:style|on[a-z]+)=", page)
        assert "<b>bold" not in page
        assert "&lt;b&gt;bold" in page
        assert "<i" not in page.replace("<input", "").replace("<img", "")


async def test_pages_are_in_each_language(tmp_path):
    """With the same stories, each in its own direction; times are UTC, and digits are the same."""
    async with room(tmp_path) as r:
        for each in OUTLETS:
            await r.tell(each, TITLES[each])
        pages = {code: await r.get(f"/{code}/feeds/all") for code in ("ar", "fa", "ru", "tr")}
    for code, page in pages.items():
        direction = "rtl" if code in ("ar", "fa") else "ltr"
        assert f'<html lang="{code}" dir="{direction}">' in page
        assert f'<p class="t" lang="fa" dir="rtl"><a href="../../{code}/stories/4">{TITLES["alborz"]}</a>' in page
        assert f'<p class="t" lang="en" dir="ltr"><a href="../../{code}/stories/2">' in page
        assert 'href="../../feeds/all.atom"' in page
        assert f'href="../../{code}/feeds/all/2026-03-06"' in page
        assert ">12:0" in page


def test_a_place_is_written_and_read_back():
    """To the microsecond; anything else is none."""
    place = feed.place_of("1772798400123456-17")
    assert (place.story, place.at.microsecond) == (17, 123456)
    assert feed.written_place(place) == "1772798400123456-17"
    assert feed.place_of("") is feed.place_of("17") is feed.place_of("x-1") is None
