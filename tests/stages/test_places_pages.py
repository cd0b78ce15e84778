"""Pages of places: which stories are on them, in every language, however few may be seen and wherever they are."""

import json
import re
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from syndicator.models import ChangeKind
from syndicator.models.reader_pages import (
    Index,
    Moved,
    PlaceIndexWanted,
    PlaceRole,
    PlacesWanted,
    PlaceWanted,
)
from syndicator.publish import FeedFiles
from syndicator.runtime.reader_pages import PageSource, Reading
from syndicator.runtime.reader_pages.maps import places_map
from syndicator.runtime.reader_pages.places import PER_PAGE
from syndicator.web import SiteContext, serve
from syndicator.web.reader_pages import LANGUAGES, Frame, language_of, render
from tests.apps import Clock, Shown, an_app
from tests.newsroom import CEASEFIRE
from tests.stages.test_copies import AGENCY, EN_TEXT, EN_TITLE, PAPER, at, newsroom
from tests.stages.told import CEASEFIRES, DAY, HOUR, MINUTE, Desk
from tests.stores import speaks_sqlite

SYRIA = 'title = "Syria"\nwhere = "region:SY"\n'
FEEDS = {"syria": SYRIA}
TOWNS = [
    "Market reopens in Saraqib",
    "Ariha and Saraqib clear their roads",
    "Olives from Latakia",
    "Schools open in Idlib city",
    "Idlib province plans new roads",
    "Turkish convoy enters Syria at Bab al-Hawa",
]
HOSTILE = [
    *[line for line in Path("tests/data/xss.txt").read_text("utf-8").splitlines() if line][:20],
    "\u202eSyria " + "x" * 200,
    "Syria " + "long headline " * 25,
]


class Places:
    """Pages of a desk's application."""

    def __init__(self, desk):
        self.desk, self.app = desk, desk.app
        self.source = PageSource(desk.app.store, lambda: desk.app.rules, desk.clock)

    async def page(self, term=None, **wanted):
        return await self.source(PlaceWanted(term=term, **wanted) if term else PlacesWanted())

    async def tell(self, *titles, language="en", outlet="ege"):
        """Tell stories, a minute after each other."""
        for title in titles:
            self.desk.clock.move(MINUTE)
            await self.desk.tell(outlet, title, language=language)
        await self.run()

    async def run(self):
        await self.app.outbox.run()
        await self.desk.run()


@asynccontextmanager
async def places(folder, *, feeds=FEEDS, main="", has_index=True):
    """Return the pages of an application that has a search index, or has none."""
    clock = Clock()
    (folder / "c").mkdir()
    (folder / "c" / "readers").write_text("samira: 0123456789abcdef0123456789abcdef\n")
    async with an_app(folder, Shown(), clock=clock, feeds=feeds, concepts={"ceasefire": CEASEFIRE}, main=main) as app:
        if has_index:
            await app.outbox.run()
        desk = Desk(app, clock)
        await desk.run()
        made = Places(desk)
        if not has_index:
            made.run = desk.run
        yield made


def html_of(page, language="en", path="places/SY"):
    frame = Frame(title="Desk", base_url="", path=path, root="..", language=language_of(language))
    return render(page, frame)


def titles(page):
    return [each.title for each in page.stories]


@pytest.mark.parametrize("has_index", [True, False])
async def test_a_place_has_its_stories_by_role(tmp_path, has_index):
    """Of a country what is about its towns too, of a town its own alone; the index finds what a look at tags does."""
    async with places(tmp_path, has_index=has_index) as room:
        await room.tell(*TOWNS, "Ankara plans a new station")
        country, division, town = [await room.page(term) for term in ("SY", "SY-ID", "SY-ID/saraqib")]
        assert titles(country) == TOWNS[::-1]
        assert titles(town) == TOWNS[1::-1]
        assert TOWNS[2] not in titles(division)
        assert country.index is (Index.READY if has_index else Index.NONE)
        turkey = {role: titles(await room.page("TR", role=role)) for role in PlaceRole}
        assert turkey[PlaceRole.ACTOR] == [TOWNS[5]]
        assert turkey[PlaceRole.ABOUT] == ["Ankara plans a new station"]
        assert set(turkey[PlaceRole.REGION]) == {TOWNS[5], "Ankara plans a new station"}
        assert turkey[PlaceRole.DATELINE] == []
        counts = {each.role: each.stories for each in (await room.page("TR")).roles}
        assert counts == {role: len(turkey[role]) for role in PlaceRole if role is not PlaceRole.REGION}


@pytest.mark.parametrize("has_index", [True, False])
async def test_one_page_follows_another(tmp_path, has_index):
    """By key, to the last story, and each is on one of them."""
    async with places(tmp_path, has_index=has_index) as room:
        told = [f"Saraqib council meets, session {number}" for number in range(2 * PER_PAGE)]
        await room.tell(*told)
        first = await room.page("SY-ID/saraqib")
        second = await room.page("SY-ID/saraqib", before=first.next_before)
        assert titles(first) + titles(second) == told[::-1]
        assert len(first.stories) == PER_PAGE
        assert second.next_before == 0
        shown = html_of(first, path="places/SY-ID/saraqib")
        assert f"before={first.next_before}" in shown
        assert 'rel="next"' not in html_of(second)


async def test_a_place_tells_what_is_beside_it(tmp_path):
    """Its days, the words for it in each language, outlets, topics, what lies in it, and a map."""
    async with places(tmp_path) as room:
        await room.tell("Idlib counts its olives")
        room.desk.clock.move(2 * DAY)
        await room.tell(*TOWNS)
        for outlet, title in CEASEFIRES:
            await room.desk.tell(outlet, title)
        await room.run()
        page = await room.page("SY-ID")
        days = [each.stories for each in page.days]
        assert len(days) == 30
        assert days[-3:] == [1, 0, sum(days) - 1]
        words = {(each.words, each.language) for each in page.words}
        assert {("إدلب", "ar"), ("Идлибе", "ru"), ("ادلب", "fa"), ("İdlib", "tr")} <= words
        assert ("Saraqib", "en") not in words
        assert {each.of.id for each in page.outlets} == {"ege", "enab", "tabriz", "volga"}
        assert [(each.of.name, each.own) for each in page.topics] == [("Ceasefire", 5)]
        assert "SY-ID/saraqib" in [each.place.term for each in page.within]
        assert page.map.home == ("SY",)
        assert {"SY-ID/saraqib", "SY-ID/ariha"} <= {each.place.term for each in page.map.points}
        assert [each.term for each in page.path] == ["SY"]


async def test_a_town_and_its_division_tell_of_each_other(tmp_path):
    """Who is called Idlib is on both pages; on maps they are one dot."""
    async with places(tmp_path) as room:
        await room.tell(*TOWNS, *["Teachers meet in Idlib"] * 2)
        division, town = await room.page("SY-ID"), await room.page("SY-ID/idlib")
        assert [each.term for each in division.namesakes] == ["SY-ID/idlib"]
        assert [each.term for each in town.namesakes] == ["SY-ID"]
        assert "Teachers meet in Idlib" in titles(division)
        assert "Teachers meet in Idlib" in titles(town)
        assert [each.place.label for each in division.map.points].count("Idlib") == 1
        assert "SY-ID/idlib" in html_of(division, path="places/SY-ID")


async def test_a_group_has_the_stories_of_its_countries(tmp_path):
    """As filters find them, and its page lists them; a country's page says which groups it is in."""
    async with places(tmp_path) as room:
        await room.tell("Olives from Latakia", "Rain in Tripoli, Lebanon", "Snow falls in Oslo")
        levant = await room.page("levant")
        assert set(titles(levant)) == {"Olives from Latakia", "Rain in Tripoli, Lebanon"}
        assert {"SY", "LB"} <= {each.term for each in levant.members}
        assert "levant" in [each.term for each in (await room.page("SY")).groups]


async def test_places_most_in_the_news(tmp_path):
    """By the counts of days, with what lies in them and which have unusually much."""
    async with places(tmp_path) as room:
        await room.desk.usual(16)
        for outlet, title in CEASEFIRES:
            room.desk.clock.move(MINUTE)
            await room.desk.tell(outlet, title)
        await room.run()
        page = await room.page()
        by_term = {each.place.term: each for each in page.places}
        assert page.is_counted
        assert by_term["SY"].spike.stories == 5
        assert by_term["SY"].week == by_term["SY"].month == 5
        assert by_term["TR"].month == 45
        assert by_term["TR"].week == 21
        assert len(by_term["TR"].days) == 30
        assert sum(each.stories for each in by_term["TR"].days) == by_term["TR"].month
        assert by_term["SY"].within[0].place.term == "SY-ID"
        weeks = [each.week for each in page.places]
        assert weeks == sorted(weeks, reverse=True)
        assert (await room.page("SY")).spike.stories == 5
        assert "unusually much" in html_of(page, path="places")


@pytest.mark.parametrize("on_demand", [True, False])
async def test_private_stories_are_not_told_of(tmp_path, on_demand):
    """Unless feeds on demand show all to anybody: neither their titles, nor places, days, words nor numbers."""
    feeds = {"syria": SYRIA, "secret": 'title = "Secret plan"\nwhere = "region:UA"\ntoken_file = "readers"\n'}
    main = f"[on_demand]\nenabled = {json.dumps(on_demand)}\n"
    async with places(tmp_path, feeds=feeds, main=main) as room:
        await room.tell("Rain in Kharkiv", *TOWNS[:2], "Saraqib writes to Kharkiv")
        page, ukraine = await room.page(), await room.page("UA")
        town = await room.page("UA-63")
        shown = html_of(page, path="places") + html_of(ukraine, path="places/UA") + html_of(town, path="places/UA-63")
        assert ("Rain in Kharkiv" in shown) is on_demand
        assert "Saraqib writes to Kharkiv" in shown
        assert "Secret plan" not in shown
        assert len(ukraine.stories) == sum(each.stories for each in ukraine.days) == 1 + on_demand
        assert ukraine.roles[0].stories == 1 + on_demand
        assert {each.place.term: each.month for each in page.places}["UA"] == 1 + on_demand
        assert on_demand or not page.is_counted
        assert bool(ukraine.subscribe) is on_demand
        assert ('href="../feeds/region/UA.atom"' in shown) is on_demand


async def test_public_feeds_that_ask_for_a_place(tmp_path):
    """Not those that exclude it, and not private ones."""
    feeds = {
        "syria": SYRIA,
        "not": 'title = "Not Syria"\nwhere = "topic NOT region:SY"\n',
        "either": 'title = "أيهما"\nwhere = "about:SY OR about:TR"\nlanguage = "ar"\n',
        "secret": 'title = "Secret"\nwhere = "region:SY"\ntoken_file = "readers"\n',
    }
    async with places(tmp_path, feeds=feeds) as room:
        page = await room.page("SY")
        assert {each.name for each in page.feeds} == {"syria", "either"}
        assert '<bdi lang="ar">أيهما</bdi>' in html_of(page)


async def test_terms_have_one_address(tmp_path):
    """In their own case; what is no place has no page."""
    async with places(tmp_path) as room:
        assert await room.page("sy-id/IDLIB") == Moved(path="places/SY-ID/idlib")
        assert await room.page("EU") == Moved(path="places/eu")
        assert await room.page("SY-XX") is None
        assert await room.page("nowhere/at/all") is None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_name_places_in_their_language(tmp_path, language):
    """Where the gazetteer or CLDR knows a name; the lists of countries are sorted by it."""
    async with places(tmp_path) as room:
        await room.tell(*TOWNS)
        town = html_of(await room.page("SY-ID/saraqib"), language, "places/SY-ID/saraqib")
        name = {"en": "Saraqib", "ar": "سراقب", "fa": "سراقب", "ru": "Саракиб", "tr": "Serakib"}[language]
        country = {"en": "Syria", "ar": "سوريا", "fa": "سوریه", "ru": "Сирия", "tr": "Suriye"}[language]
        assert f"<h1><bdi>{name}</bdi></h1>" in town
        assert f"<bdi>{country}</bdi>" in town
        index = html_of(await room.source(PlaceIndexWanted()), language, "places")
        assert f"<bdi>{country}</bdi>" in index
        names = re.findall(r'places/[A-Z]{2}"><bdi>([^<]+)', index)
        assert len(names) > 240
        if language == "tr":
            assert names.index("Çin") < names.index("Danimarka")


async def test_hostile_words_are_text(tmp_path):
    """In headlines, which are the outlets' words, and in evidence."""
    async with places(tmp_path) as room:
        await room.tell(*[f"Syria {each}" for each in HOSTILE])
        page = await room.page("SY")
        for language in LANGUAGES:
            shown = html_of(page, language)
            assert "<script" not in shown.lower()
            assert not re.search(r"<[^>]*\son\w+=", shown)
            assert " style=" not in shown


async def test_pages_of_nothing(tmp_path):
    """They say so."""
    async with places(tmp_path) as room:
        page, none = await room.page("FJ"), await room.page()
        assert (page.stories, page.words, page.map) == ((), (), None)
        assert "No story" in html_of(page, path="places/FJ")
        assert "No place yet" in html_of(none, path="places")


async def test_pages_are_served(tmp_path):
    """As HTML in each language and as JSON; towns have slashes in their paths, and bad questions get a sentence."""
    async with places(tmp_path) as room:
        await room.tell(*TOWNS)
        context = SiteContext(files=FeedFiles(tmp_path / "f"), status=None, trouble=tuple, pages=room.source)
        runner, port = await serve(context, "127.0.0.1", 0)
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
                town = await (await client.get("/places/SY-ID/saraqib")).text()
                arabic = await (await client.get("/ar/places/SY-ID?role=about")).text()
                found = await (await client.get("/places/SY-ID/saraqib.json")).json()
                index = await (await client.get("/places.json?by=name")).json()
                moved = await client.get("/ar/places/sy", allow_redirects=False)
                moved_json = await client.get("/places/sy-id/Saraqib.json", allow_redirects=False)
                bad = [
                    (await client.get(path)).status
                    for path in (
                        "/places/SY?role=x",
                        "/places/SY?before=-1",
                        "/places?by=size",
                        "/places/XX",
                        "/places/",
                    )
                ]
        finally:
            await runner.cleanup()
        assert '<a href="../../places/SY-ID"><bdi>Idlib</bdi></a>' in town
        assert 'href="../../feeds/region/SY-ID/saraqib.atom"' in town
        assert '<html lang="ar" dir="rtl">' in arabic
        assert [each["title"] for each in found["stories"]] == TOWNS[1::-1]
        assert len(index["countries"]) > 240
        assert (moved.status, moved.headers["Location"]) == (301, "../../ar/places/SY")
        assert (moved_json.status, moved_json.headers["Location"]) == (301, "../../places/SY-ID/saraqib.json")
        assert bad == [400, 400, 400, 404, 404]


async def test_pages_are_small(tmp_path):
    """With all that they may hold."""
    async with places(tmp_path) as room:
        told = [f"Session {n}: Saraqib, Ariha, Latakia, Aleppo, Hama and Tartus plan roads" for n in range(30)]
        await room.tell(*told)
        await room.desk.usual(3)
        await room.run()
        for language in LANGUAGES:
            for page in (await room.page("SY"), await room.page(), await room.source(PlaceIndexWanted())):
                assert len(html_of(page, language).encode()) <= 30_000


async def test_what_is_retracted_or_revised_later_is_found_as_it_is_now(tmp_path):
    """The index follows: a story that is about another place by now is on that one's page."""
    async with places(tmp_path) as room:
        await room.tell("Rain in Aleppo")

        def retag(tx):
            (story,) = tx.stories.newest(1)
            tags = room.app.rules.tags_of("Rain in Hama", "", "en", "ege")
            tx.stories.retag(story.id, tags)
            tx.changes.add([(story.id, ChangeKind.REVISED)], room.desk.clock())

        await room.app.store.write(retag)
        room.desk.clock.move(HOUR + timedelta(seconds=1))
        await room.run()
        assert titles(await room.page("SY-HL")) == []
        assert len((await room.page("SY-HM")).stories) == 1


async def test_copies_count_for_the_outlets_that_carry_them(tmp_path):
    """Beside what they tell in words of their own."""
    async with newsroom(tmp_path) as room:
        await room.app.outbox.run()
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", "Bridge opens", EN_TEXT))
        await room.app.outbox.run()
        source = PageSource(room.app.store, lambda: room.app.rules, room.clock)
        page = await source(PlaceWanted(term="SY-ID/jisr-al-shughur"))
        assert [(each.of.name, each.own, each.copies) for each in page.outlets] == [("Agency", 1, 0), ("Paper", 0, 1)]


async def test_an_index_that_is_still_being_made_is_told_of(tmp_path):
    """What it has is shown, and that older stories are missing."""
    async with places(tmp_path) as room:
        await room.tell(*TOWNS)
        await room.app.store.write(lambda tx: tx.search.filled_to(5))
        page = await room.page("SY")
        assert page.index is Index.FILLING
        assert titles(page) == TOWNS[:3:-1]
        assert "older stories are missing" in html_of(page)


@speaks_sqlite
async def test_the_index_is_read_backwards_up_to_a_limit(tmp_path):
    """Nothing is sorted: what is read does not grow with what there is."""
    async with places(tmp_path) as room:
        await room.tell(*TOWNS)

        def plans(tx):
            find = (
                "SELECT rowid FROM search WHERE search MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"
            )
            ids = "SELECT name, id FROM series WHERE name BETWEEN 'any/' AND 'any0' AND name LIKE 'any/%/any'"
            read = tx.connection.exec_driver_sql
            found = read(f"EXPLAIN QUERY PLAN {find}", ('marks : "region=sy"', 0, 9, 9)).all()
            return [row[-1] for row in (*found, *read(f"EXPLAIN QUERY PLAN {ids}").all())]

        shown = await room.app.store.read(plans)
        assert not any("TEMP B-TREE" in each for each in shown)
        assert any("USING COVERING INDEX" in each for each in shown)
        assert not any(each.startswith("SCAN series") for each in shown)


async def test_what_may_not_be_seen_is_passed_over(tmp_path):
    """Pages hold as many stories as without it, and none is missed."""
    feeds = {
        "idlib": 'title = "Idlib"\nwhere = "region:SY-ID"\n',
        "secret": 'title = "Secret plan"\nwhere = "region:SY-HL"\ntoken_file = "readers"\n',
    }
    async with places(tmp_path, feeds=feeds, main="[on_demand]\nenabled = false\n") as room:
        shown = [f"Saraqib council, session {number}" for number in range(PER_PAGE + 4)]
        for number, title in enumerate(shown):
            await room.desk.tell(
                "ege", *[f"Aleppo opera, night {number}, act {act}" for act in range(20)], title, language="en"
            )
        await room.run()
        first = await room.page("SY")
        second = await room.page("SY", before=first.next_before)
        assert titles(first) + titles(second) == shown[::-1]
        assert second.next_before == 0
        assert first.roles[0].stories == len(shown)


async def test_a_map_of_stories_is_that_of_their_tags(tmp_path):
    """So that pages of feeds and events have one with a line."""
    async with places(tmp_path) as room:
        await room.tell(*TOWNS, "Snow falls in Oslo")

        def maps(tx):
            reading = Reading(tx=tx, rules=room.app.rules, now=room.desk.clock())
            stories = tx.stories.newest(9)
            return [places_map(reading, each) for each in (stories, [story.tags for story in stories], [])]

        of_stories, of_tags, of_nothing = await room.app.store.read(maps)
        assert of_stories == of_tags
        assert {each.place.term for each in of_stories.points[:2]} == {"SY-ID/saraqib", "SY-ID/idlib"}
        assert {"SY-LA", "NO-03/oslo"} <= {each.place.term for each in of_stories.points}
        assert of_stories.home == ("SY",)
        assert of_nothing is None
