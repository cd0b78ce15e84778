"""Pages of events: who told it, in which order, and who has not; over real HTTP from a store with made stories."""

import csv
import io
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import event as engine_events

from syndicator.models import Outcome
from syndicator.models.reader_pages import EventOrder, EventsWanted, EventTableWanted, EventWanted, Moved, Silence
from syndicator.runtime.reader_pages import Reading
from syndicator.runtime.reader_pages.events import cards, counted_members
from tests.stages.made_events import DAY, HOUR, MINUTE, OUTLETS, TITLES, event_desk, served
from tests.stores import speaks_sqlite

HOSTILE = [line for line in Path("tests/data/xss.txt").read_text("utf-8").splitlines() if line]
ODD = ["\u202eevas \u2066cannot\u2069 \u202dbe\u202c closed \u202e", "كلمة " * 60, "x" * 200]
PRIVATE = 'title = "Desk"\nwhere = ""\ntoken_file = "desk.tokens"\n'
ONLY_LEVANT = 'title = "Levant"\nwhere = "outlet:levant"\n'
NO_ON_DEMAND = "[on_demand]\nenabled = false\n"


async def text(client, path):
    answer = await client.get(path)
    assert answer.status == 200, (path, answer.status, await answer.text())
    return await answer.text()


async def told_widely(desk):
    """Have two outlets tell an event, one of whose stories two others copy; return its number."""
    event = await desk.tell("levant", copied_by=("ledger", "walnut"))
    await desk.tell("orontes", "Ceasefire in Idlib from midnight", event=event, after=3 * MINUTE)
    await desk.tell("levant", "Ceasefire in Idlib holds", event=event, after=HOUR, score=0.22)
    return event


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_the_page_of_an_event_says_who_told_it_in_which_order(tmp_path):
    """Own words and copies apart, each with the time after the first, and how sure it is that it is the same."""
    async with event_desk(tmp_path) as desk:
        page = await desk.page(EventWanted(number=await told_widely(desk)))
    assert (page.card.origins, page.card.copies, page.card.stories) == (2, 2, 3)
    assert [(each.outlet.id, each.seconds, each.own, each.copies) for each in page.tellers] == [
        ("levant", 0, 2, 0),
        ("ledger", 60, 0, 1),
        ("walnut", 120, 0, 1),
        ("orontes", 180, 1, 0),
    ]
    assert [(each.story.title, each.score, each.is_weak) for each in page.stories] == [
        (TITLES["en"], None, False),
        ("Ceasefire in Idlib from midnight", 0.5, False),
        ("Ceasefire in Idlib holds", 0.22, True),
    ]
    assert page.card.countries == ("LB", "GB", "CY", "IQ")


async def test_stories_that_credit_one_agency_count_once(tmp_path):
    """As one origin, however many outlets tell it in words of their own."""
    async with event_desk(tmp_path) as desk:
        event = await desk.tell("levant", credit="Reuters")
        await desk.tell("orontes", event=event, credit="Reuters")
        await desk.tell("ledger", event=event)
        page = await desk.page(EventWanted(number=event))
    assert page.card.origins == 2
    assert [each.credit for each in page.tellers] == ["Reuters", "Reuters", ""]


async def test_pages_are_served_in_every_language_and_as_json(tmp_path):
    """With one h1, and links that hold below a language's path."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        event = await told_widely(desk)
        for prefix in ("", "/ar", "/fa"):
            for path in ("events", f"events/{event}"):
                page = await text(client, f"{prefix}/{path}")
                assert len(re.findall("<h1", page)) == 1
                assert TITLES["en"] in page
                here = f"http://x{prefix}/{path}"
                assert (await client.get(_resolved(here, page, f"events/{event}"))).status == 200
        found = await (await client.get(f"/events/{event}.json")).json()
        assert found["tellers"][0]["outlet"]["id"] == "levant"
        assert (await (await client.get("/events.json")).json())["events"][0]["id"] == event


def _resolved(here, page, ending):
    """Return the path that the page's first link to an address with that ending leads to."""
    link = re.search(rf'href="([^"]*/{ending})"', page)
    return urlsplit(urljoin(here, link[1])).path


async def test_an_event_that_was_merged_leads_to_the_older_one(tmp_path):
    """Its page in each language, its JSON, its table and its feed."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        older, other = await desk.tell("levant"), await desk.tell("orontes")
        await desk.tell("ledger", event=older, merged=(other,))
        assert await desk.page(EventWanted(number=other)) == Moved(path=f"events/{older}")
        for path in (f"/events/{other}", f"/ar/events/{other}", f"/events/{other}.json", f"/events/{other}.csv"):
            answer = await client.get(path, allow_redirects=False)
            assert answer.status == 301
            there = await client.get(path)
            assert (there.status, there.url.path) == (200, path.replace(str(other), str(older)))
        feed = await client.get(f"/events/{other}.atom", allow_redirects=False)
        assert (feed.status, feed.headers["Location"]) == (301, f"../feeds/event/{older}.atom")
        page = await text(client, f"/events/{older}")
        assert "opened an event that turned out to be this one" in page


@pytest.mark.parametrize("path", ["/events/99", "/events/99.csv", "/events/99.atom", "/events/99.json", "/events/0"])
async def test_what_is_no_event_has_no_page(tmp_path, path):
    """Nor any file."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        await told_widely(desk)
        assert (await client.get(path)).status == 404


@pytest.mark.parametrize(
    "query", ["order=oldest", "language=Arabic", "country=syria", "after=x", "after=1", "after=1-0", "after=-1-2"]
)
async def test_a_query_that_makes_no_sense_is_refused_with_a_sentence(tmp_path, query):
    """Instead of an answer to another one."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        answer = await client.get(f"/events?{query}")
        assert (answer.status, (await answer.text())[-2:]) == (400, ".\n")


async def test_who_usually_tells_it_and_has_not_is_called_silent_only_if_it_answered(tmp_path):
    """Each with what is known; who does not tell what these tell, or told it elsewhere, is not named."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        await desk.usual("levant", "orontes", "plume", "tribune", "walnut", "ledger")
        event = await desk.tell("levant", after=HOUR)
        await desk.tell("orontes", event=event, copied_by=("ledger",))
        await desk.tell("plume", "Lyon: a bridge is painted")
        await desk.read("plume", polls=12)
        await desk.read("tribune", good=9 * HOUR, outcome=Outcome.TIMEOUT, failed=12)
        page = await desk.page(EventWanted(number=event))
        html = words_of(await text(client, f"/events/{event}"))
    assert [(each.outlet.id, each.shared, each.silence) for each in page.absent] == [
        ("plume", 4, Silence.SILENT),
        ("tribune", 4, Silence.UNREACHED),
        ("walnut", 4, Silence.UNREAD),
    ]
    assert "1 story, and it is not on this. silent on it" in html
    assert len(re.findall("silent on it", html)) == 1
    assert len(re.findall("we cannot say", html)) == 2
    assert "It has not been asked yet." in html


async def test_of_an_event_with_more_stories_than_are_counted_nobody_is_called_silent(tmp_path):
    """One of the others may be theirs. The page says that there are more."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        await desk.usual("levant", "orontes", "plume")
        event = await desk.tell("levant")
        await desk.tell_much("orontes", [f"Idlib, part {n}" for n in range(1000)], event=event)
        await desk.tell("plume", event=event)
        await desk.read("plume")
        page = words_of(await text(client, f"/events/{event}"))
    assert "These numbers are of its first 1000 stories: there are more." in page
    assert "It has too many stories to say who has not told it." in page
    assert "silent on it" not in page


async def test_an_outlet_that_told_it_where_readers_may_not_look_is_not_called_silent(tmp_path):
    """Its story is in a private feed: neither that nor its silence is told. Who is only there is never named."""
    feeds = {"desk": PRIVATE, "levant": ONLY_LEVANT, "some": 'title = "S"\nwhere = "outlet:plume or outlet:orontes"\n'}
    async with event_desk(tmp_path, feeds=feeds, main=NO_ON_DEMAND) as desk, served(tmp_path, desk) as client:
        await desk.usual("levant", "orontes", "plume", "tribune")
        event = await desk.tell("levant")
        await desk.tell("orontes", event=event)
        await desk.tell("plume", event=event, feeds=("desk",))
        await desk.tell("tribune", event=event)
        await desk.read("plume")
        page = await text(client, f"/events/{event}")
        listed = await text(client, "/events")
        table = await text(client, f"/events/{event}.csv")
    for each in ("tribune", "Tribune", "plume", "Plume"):
        assert each not in page
        assert each not in table
    assert "Tribune" not in listed
    assert "2 independent origins" in page


async def test_what_readers_may_not_see_is_not_counted(tmp_path):
    """An event of which nothing is shown has no page; one of which one story is says so."""
    feeds = {"desk": PRIVATE, "levant": ONLY_LEVANT}
    async with event_desk(tmp_path, feeds=feeds, main=NO_ON_DEMAND) as desk, served(tmp_path, desk) as client:
        hidden = await desk.tell("orontes", "Secret talks in Hama")
        await desk.tell("plume", "Talks in Hama are secret", event=hidden)
        shown = await desk.tell("orontes", "Ceasefire, says a source")
        await desk.tell("levant", event=shown)
        assert [(await client.get(f"/events/{hidden}{ending}")).status for ending in ("", ".csv", ".json")] == [404] * 3
        page = await text(client, f"/events/{shown}")
        assert "Of its stories only one is shown here." in page
        assert "Orontes" not in page
        assert "says a source" not in page
        assert "past retention" not in page
        assert (await desk.page(EventsWanted())).events == ()


async def test_a_page_says_that_earlier_stories_are_past_retention(tmp_path):
    """Whoever opened it is forgotten: others may have told it first."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        event = await desk.tell("levant")
        await desk.tell("orontes", event=event, after=DAY)
        await desk.tell("ledger", event=event, after=DAY)
        await desk.app.store.write(lambda tx: tx.retention.delete([event]))
        page = await text(client, f"/events/{event}")
    assert "earlier ones are past retention" in page
    assert "Levant" not in page


async def test_events_of_other_languages_are_shown_as_what_they_may_be(tmp_path):
    """In both directions; whoever told one of them is not called silent, and their origins are not added up."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        arabic = await desk.tell("jisr")
        russian = await desk.tell("neva", related=(arabic,))
        await desk.tell("neva", "Перемирие", event=russian)
        for event, other in ((arabic, russian), (russian, arabic)):
            page = await desk.page(EventWanted(number=event))
            assert [each.id for each in page.related] == [other]
            assert {each.of.id for each in page.languages} == {"ar", "ru"}
            assert page.card.origins == 1
            html = await text(client, f"/events/{event}")
            assert "May be the same happening" in html
        assert 'lang="ar" dir="rtl"' in await text(client, f"/events/{russian}")


async def test_many_stories_are_paged_by_their_numbers(tmp_path):
    """Each is on one page, in order, whatever comes meanwhile."""
    async with event_desk(tmp_path) as desk:
        event = await desk.tell("levant")
        told = [event, *await desk.tell_much("orontes", [f"Idlib, part {n}" for n in range(70)], event=event)]
        found, after = [], 0
        while True:
            page = await desk.page(EventWanted(number=event, after=after))
            found += [each.story.id for each in page.stories]
            assert page.is_continued is (after > 0)
            if not page.after:
                break
            after = page.after
            told.append(await desk.tell("plume", event=event))
        assert found == told
        assert await desk.page(EventWanted(number=event, after=10**6)) is None


async def test_the_list_has_the_latest_events_of_several_stories(tmp_path):
    """Paged by key: each once, the newest first. Those of a single story are left out."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        several = []
        for number in range(50):
            several.append(await desk.tell("levant", f"Market day number {number} in Hama"))
            await desk.tell("orontes", f"Hama, market {number}", event=several[-1])
            await desk.tell("plume", f"Alone with number {number}")
        first = await desk.page(EventsWanted())
        key = tuple(map(int, first.after.split("-")))
        second = await desk.page(EventsWanted(after=key))
        assert [each.id for each in (*first.events, *second.events)] == several[::-1]
        assert (len(first.events), second.after) == (30, "")
        page = await text(client, "/events")
        following = re.search(r'href="([^"]*after=[^"]*)"', page)[1].replace("&amp;", "&")
        assert "Market day number 3 in" in await text(client, following.removeprefix("."))
        assert "Alone" not in page


async def test_the_widest_events_of_two_days_come_first(tmp_path):
    """By independent origins, not by stories; what is older is left out."""
    async with event_desk(tmp_path) as desk:
        old = await desk.tell("levant", "A flood")
        for each in ("orontes", "plume", "ledger"):
            await desk.tell(each, event=old)
        long = await desk.tell("levant", "A trial", after=3 * DAY)
        for _ in range(5):
            await desk.tell("levant", event=long)
        wide = await desk.tell("levant", "An election")
        await desk.tell("orontes", event=wide)
        await desk.tell("plume", event=wide)
        page = await desk.page(EventsWanted(order=EventOrder.WIDEST))
        rest = await desk.page(EventsWanted(order=EventOrder.WIDEST, after=(3, wide)))
    assert [(each.id, each.origins) for each in page.events] == [(wide, 3), (long, 1)]
    assert [each.id for each in rest.events] == [long]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [({"language": "ar"}, ["jisr"]), ({"country": "RU"}, ["neva"]), ({"language": "ar", "country": "RU"}, [])],
)
@pytest.mark.parametrize("order", EventOrder)
async def test_events_are_chosen_by_language_and_by_country_of_their_outlets(tmp_path, wanted, expected, order):
    """In either order."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        for outlet in ("levant", "jisr", "neva"):
            event = await desk.tell(outlet)
            await desk.tell(outlet, event=event)
        page = await desk.page(EventsWanted(order=order, **wanted))
        assert [each.outlet.id for each in page.events] == expected
        asked = "&".join(f"{name}={value}" for name, value in wanted.items())
        html = await text(client, f"/events?order={order}&{asked}")
        none = "None among these" if order is EventOrder.WIDEST else "No event matches"
        assert (none in html) is (not expected)


async def test_the_table_opens_in_spreadsheets_and_runs_nothing(tmp_path):
    """UTF-8 with a byte order mark, lines by RFC 4180, a row for each telling in order; a headline is no formula."""
    formula = '=HYPERLINK("https://evil.example","x"),\n"y"'
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        event = await desk.tell("jisr", copied_by=("alborz",))
        await desk.tell("jisr", formula, event=event)
        await desk.tell("neva", "＋7 495: звоните", event=event)
        answer = await client.get(f"/events/{event}.csv")
        body = await answer.read()
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="event-{event}.csv"' in answer.headers["Content-Disposition"]
    assert body.startswith(b"\xef\xbb\xbffirst seen,outlet,")
    assert body.count(b"\r\n") == body.count(b"\n") == 5
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    assert [(row[1], row[5], row[6]) for row in rows[1:]] == [
        ("jisr", "own words", ""),
        ("jisr", "own words", ""),
        ("alborz", "copy", "jisr"),
        ("neva", "own words", ""),
    ]
    assert rows[1][2:5] == [OUTLETS["jisr"][0], "SY", "ar"]
    assert rows[1][0] == "2026-03-06T12:01:00Z"
    assert [row[7][:2] for row in rows[1:]] == [TITLES["ar"][:2], "'=", TITLES["ar"][:2], "'＋"]


async def test_the_feed_of_an_event_is_offered_where_feeds_on_demand_are(tmp_path):
    """And nowhere else."""
    for enabled in (True, False):
        main = "" if enabled else NO_ON_DEMAND
        folder = tmp_path / str(enabled)
        async with event_desk(folder, main=main) as desk, served(folder, desk) as client:
            event = await told_widely(desk)
            page = await text(client, f"/events/{event}")
            assert (f"feeds/event/{event}.atom" in page) is enabled
            answer = await client.get(f"/events/{event}.atom", allow_redirects=False)
            assert answer.status == (301 if enabled else 404)


async def test_whatever_an_outlet_writes_stays_text(tmp_path):
    """In headlines, on all pages, in the direction of its language: no element or attribute that a plain one has not."""
    async with event_desk(tmp_path) as desk, served(tmp_path, desk) as client:
        plain = await desk.tell("alborz", "آتش بس")
        for _ in range(14):
            await desk.tell("alborz", "آتش بس در ادلب", event=plain, score=0.25)
        expected = Elements(await text(client, f"/events/{plain}") + await text(client, "/events"))
        event = await desk.tell("alborz", HOSTILE[0])
        await desk.tell_much("alborz", [*HOSTILE, *ODD], event=event, score=0.25)
        pages, after = [await text(client, "/ar/events")], ""
        while after is not None:
            pages.append(await text(client, f"/events/{event}{after}"))
            following = re.search(r'href="[^"]*(\?after=[0-9]+)" rel="next"', pages[-1])
            after = following[1] if following else None
        found = Elements("".join(pages))
    assert len(found.titles) >= len(HOSTILE) + len(ODD)
    assert found.names - expected.names <= {("ul", "class"), ("ul", "role"), ("p", "class"), ("a", "rel")}
    assert set(found.titles) == {("fa", "rtl")}


class Elements(HTMLParser):
    """Collects the elements of pages with their attributes, and the languages and directions of headlines."""

    def __init__(self, page):
        super().__init__()
        self.names, self.titles = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.names |= {(tag, name) for name in given or [""]}
        if given.get("class") == "t":
            self.titles.append((given["lang"], given["dir"]))


GROWING = {"story", "entry", "event", "event_member", "member"}
WALKS = {"SCAN event USING INDEX ix_event_last"}


@speaks_sqlite
async def test_no_page_looks_at_every_row_of_a_table_that_grows(tmp_path):
    """Each plan is asked for (EXPLAIN QUERY PLAN). The list walks from the newest event on, and sorts nothing."""
    async with event_desk(tmp_path) as desk:
        await desk.usual("levant", "orontes", "plume")
        number = await told_widely(desk)
        await desk.tell("jisr", related=(number,))
        found = {}
        engine = desk.app.store._engine

        @engine_events.listens_for(engine, "before_cursor_execute")
        def note(_connection, _cursor, statement, parameters, _context, _many):
            found[statement] = parameters

        wide = EventsWanted(order=EventOrder.WIDEST)
        some = EventsWanted(language="en", country="LB", after=(10**16, 10**6))
        for wanted in (EventsWanted(), wide, some, EventWanted(number=number), EventTableWanted(number=number)):
            await desk.page(wanted)
        engine_events.remove(engine, "before_cursor_execute", note)

        def plans(tx):
            for statement, parameters in found.items():
                if statement.startswith("SELECT"):
                    for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                        yield row[3], statement

        seen = await desk.app.store.read(lambda tx: list(plans(tx)))
    scans = [each for each in seen if each[0].startswith("SCAN") and each[0].split()[1] in GROWING]
    assert {plan for plan, _ in scans} == WALKS
    walks = [plan for plan, statement in seen if "ORDER BY event.last_at" in statement and "anon" not in statement]
    assert not [plan for plan in walks if "B-TREE" in plan]
    assert len(found) > 20


async def test_cards_count_what_readers_see_of_any_events(tmp_path):
    """For whichever page groups stories by event."""
    async with event_desk(tmp_path) as desk:
        event = await told_widely(desk)
        other = await desk.tell("jisr")

        def read(tx):
            reading = Reading(tx=tx, rules=desk.app.rules, now=desk.clock())
            return cards(reading, counted_members(reading, {event: 3, other: 1, 99: 7}))

        found = await desk.app.store.read(read)
    assert {number: (each.origins, each.copies, each.stories) for number, each in found.items()} == {
        event: (2, 2, 3),
        other: (1, 0, 1),
    }
    assert found[event].last_at - found[event].first_at == timedelta(minutes=63)
