"""The list of outlets, and the page of one: where it can be read, what it told, how it tells."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event

from syndicator.models import Outcome, Quarantine
from syndicator.models.alerts import AlertKind, AlertState, Subject, SubjectKind
from syndicator.models.days import DayCount, day_of
from syndicator.models.reader_pages import OutletOrder, OutletsWanted, OutletWanted
from syndicator.store.origins import Origins
from syndicator.store.outlet_stories import OutletStories
from syndicator.store.stories import Stories
from syndicator.web import CopiedPage, render_copy
from tests.conftest import NOW
from tests.made_ops import made_alert
from tests.newsroom import EVERYTHING, Item, outlet, rss
from tests.stages.readers_room import Elements, HasMost, is_harmless, readers_room, words_of
from tests.stages.test_copies import EN_TEXT, EN_TITLE
from tests.stores import speaks_sqlite

COURIER, MIRROR = "https://courier.example", "https://courier.mirror.example"
JISR, PAPER = "https://jisr.example", "https://paper.example"
HOSTILE = (Path(__file__).parents[1] / "data" / "xss.txt").read_text().splitlines()
OUTLETS = {
    "courier": outlet(COURIER, MIRROR, name="The Levant Courier", country="LB"),
    "jisr": outlet(JISR, name="وكالة الجسر للأنباء", country="SY", language="ar"),
    "paper": outlet(PAPER, name="Paper", country="SY"),
}
PRIVATE = {"mine": 'title = "Secret plan"\nwhere = ""\ntoken_file = "mine.tokens"\n'}


def item(home, slug, title=EN_TITLE, text=EN_TEXT):
    return Item(title, link=f"{home}/{slug}", guid=f"{home}/{slug}", text=text)


async def everything(room, wanted, **changes):
    """Return all pages that are wanted, one after another by their keys."""
    found, after = [], ""
    while True:
        page = await room.app.reader_pages(OutletsWanted(**wanted, **changes, after=after, rows=2))
        found.append(page)
        if not (after := page.next_after):
            return found


@pytest.mark.parametrize("order", OutletOrder)
async def test_each_outlet_is_listed_once_in_its_place(tmp_path, order):
    """By country, by name, and those with the latest news first; whoever has none comes last."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(PAPER, item(PAPER, "1"))
        await room.show(COURIER, item(COURIER, "1", "Port reopens", "The second terminal works again."))
        pages = await everything(room, {"order": order})
        listed = [each.outlet.id for page in pages for each in page.outlets]
        assert (
            listed
            == {
                OutletOrder.COUNTRY: ["courier", "paper", "jisr"],
                OutletOrder.NAME: ["paper", "courier", "jisr"],
                OutletOrder.NEWS: ["courier", "paper", "jisr"],
            }[order]
        )
        assert [(page.first, page.matching) for page in pages] == [(1, 3), (3, 3)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=levant", ["courier"]),
        ("q=الجسر", ["jisr"]),
        ("q=mirror.example", ["courier"]),
        ("q=levant+paper", []),
        ("country=sy", ["paper", "jisr"]),
        ("language=ar&country=SY", ["jisr"]),
        ("country=SY&language=en&q=pap", ["paper"]),
        ("country=FR", []),
        ("order=name&after=~paper~paper", ["courier", "jisr"]),
        ("order=name&after=paper", ["paper", "courier", "jisr"]),
    ],
)
async def test_outlets_are_chosen_by_words_country_and_language(tmp_path, query, found):
    """Words are in the name or an address; what nobody has leads to a way on."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        page = await room.page(f"/outlets?{query}")
        twin = json.loads(await room.page(f"/outlets.json?{query}"))
        assert [each["outlet"]["id"] for each in twin["outlets"]] == found
        assert ("No such outlet" in page) is (not found)


async def test_an_order_that_there_is_not_is_a_mistake(tmp_path):
    """So is a number of a story that is none."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        assert (await room.get("/outlets?order=worst"))[0] == 400
        assert (await room.get("/outlets/paper?before=last"))[0] == 400


async def test_the_list_says_who_does_not_answer_and_calls_nobody_silent(tmp_path):
    """An outlet that is read at a mirror is said to be."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        room.down = {COURIER: Outcome.TIMEOUT, PAPER: Outcome.DNS_ERROR}
        room.shown = {MIRROR: b"", JISR: b""}
        await room.show(MIRROR.replace(MIRROR, JISR), item(JISR, "1"))
        room.shown[MIRROR] = room.shown[JISR]
        for _ in range(4):
            await room.poll("courier")
            await room.poll("paper")
        words = words_of(await room.page("/outlets"))
        assert "read at a mirror" in words
        assert "does not answer" in words
        assert "silent" not in words


async def test_a_page_says_where_to_read_it_while_its_home_is_down(tmp_path):
    """Its mirror is the first thing to follow, the home has no answer since it gave its last."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        room.shown[MIRROR] = b""
        await room.show(COURIER, item(COURIER, "1"))
        room.shown[MIRROR] = room.shown[COURIER]
        room.down[COURIER] = Outcome.CONNECT_ERROR
        for _ in range(4):
            room.clock.move(timedelta(minutes=20))
            await room.poll("courier")
        page = await room.page("/outlets/courier")
        words = words_of(page)
        assert f'<a class="btn main" href="{MIRROR}" rel="noreferrer">' in page
        assert "Its own address does not answer us." in words
        assert "no answer since" in words
        assert "silent" not in words.replace("silent on 0", "")
        assert "proxy.internal" not in page
        assert "curl" not in page


async def test_an_address_that_was_sold_has_no_link(tmp_path):
    """It is named, so that nobody trusts it."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(COURIER, item(COURIER, "1"))
        (source,) = room.app.config.outlets["courier"].sources
        sold = Quarantine.CONFIRMED
        await room.app.store.write(lambda tx: tx.sources.decide_quarantine(source, source.home, sold))
        page = await room.page("/outlets/courier")
        assert "do not trust it" in words_of(page)
        assert "courier.example" in page
        assert not [each for each in Elements(page).links if each.startswith(COURIER)]
        assert "do not trust its address" not in words_of(await room.page("/outlets"))  # its mirror stands for it


async def test_addresses_that_are_compared_say_what_they_lack(tmp_path):
    """A mirror that lacks a story, and shows another in other words, is not said to show the same."""
    outlets = {"courier": outlet(COURIER, MIRROR, name="Courier", mode="compare")}
    items = [item(COURIER, str(n), f"Bridge number {n} reopens", f"Lorries crossed bridge {n}.") for n in range(5)]
    changed = [*items[:2], replace(items[2], title="Bridge closed"), *items[3:4]]
    async with readers_room(tmp_path, outlets=outlets) as room:
        for home, mirror in ((items[:2], items[:2]), (items, changed), (items, changed)):
            room.shown = {COURIER: rss(*home), MIRROR: rss(*mirror)}
            await room.poll("courier")
            room.clock.move(timedelta(days=1, minutes=1))
        await room.poll("courier")
        page = await room.app.reader_pages(OutletWanted(id="courier"))
        assert (page.addresses[1].comparison.missing, page.addresses[1].comparison.differing) == (1, 1)
        words = words_of(await room.page("/outlets/courier"))
        assert "lacks 1 of 5" in words
        assert "other words in 1 story" in words


async def test_older_stories_are_found_by_the_number_of_the_last(tmp_path):
    """Each is on one page; an outlet's page has no other's stories."""
    mine = [item(PAPER, str(n), f"Bridge number {n} reopens", f"Lorries crossed bridge {n}.") for n in range(45)]
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(PAPER, *mine)
        await room.show(JISR, item(JISR, "1"))
        found, before = [], 0
        while True:
            page = await room.app.reader_pages(OutletWanted(id="paper", before=before))
            found.append([each.id for each in page.stories])
            if not (before := page.next_before):
                break
        numbers = [each for some in found for each in some]
        assert [len(some) for some in found] == [15, 15, 15]
        assert numbers == sorted(set(numbers), reverse=True)
        assert f"outlets/paper?before={found[0][-1]}" in await room.page("/outlets/paper")


async def test_copies_are_counted_both_ways(tmp_path):
    """Of the one that copied, and of the one that was copied from."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(PAPER, item(PAPER, "1"))
        await room.show(COURIER, item(COURIER, "a", "Bridge opens"))
        await room.show(COURIER, item(COURIER, "b", "Port reopens", "The second terminal works again."))
        paper, courier = [(await room.app.reader_pages(OutletWanted(id=each))).month for each in ("paper", "courier")]
        assert (paper.own, paper.copied, paper.copied_by) == (1, 0, 1)
        assert (courier.own, courier.copied, courier.copied_by) == (1, 1, 0)
        assert "copied by The Levant Courier" in words_of(await room.page("/outlets/paper"))


async def test_what_was_told_more_than_a_month_ago_is_not_counted(tmp_path):
    """It is still among its stories."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(PAPER, item(PAPER, "1"))
        await room.show(COURIER, item(COURIER, "a", "Bridge opens"))
        room.clock.move(timedelta(days=31))
        page = await room.app.reader_pages(OutletWanted(id="courier"))
        assert (page.month.own, page.month.copied, page.month.copied_by) == (0, 0, 0)
        assert len((await room.app.reader_pages(OutletWanted(id="paper"))).stories) == 1


async def test_a_headline_that_was_rewritten_twice_is_two_changes(tmp_path):
    """The latest first, each against what it replaced; a change of the text alone is none."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        for title, text in [
            ("Bridge reopens", EN_TEXT),
            ("Bridge reopens", f"{EN_TEXT} The toll is gone."),
            ("Old bridge reopens", f"{EN_TEXT} The toll is gone."),
            ("Old bridge reopens to lorries", f"{EN_TEXT} The toll is gone."),
        ]:
            await room.show(PAPER, item(PAPER, "1", title, text))
        month = (await room.app.reader_pages(OutletWanted(id="paper"))).month
        added = ["".join(part.words for part in each.title if part.kind == "added") for each in month.changes]
        assert [each.strip() for each in added] == ["to lorries", "Old bridge"]
        assert month.retitled == 1
        assert "<ins>to lorries</ins>" in await room.page("/outlets/paper")


async def test_a_story_that_was_taken_away_is_named(tmp_path):
    """Where its outlet's pages are looked at again."""
    outlets = {"paper": outlet(PAPER, name="Paper", deletions=True)}
    async with readers_room(tmp_path, outlets=outlets) as room:
        await room.show(PAPER, item(PAPER, "1"))
        (story,) = await room.stories()
        assert "none was taken away" in words_of(await room.page("/outlets/paper"))

        def delete(tx):
            tx.page_checks.add(story.id, "paper", room.clock())
            tx.stories.set_deleted(story.id, room.clock())
            check = tx.page_checks.get(story.id)
            tx.page_checks.save(replace(check, gone_at=room.clock(), next_at=None))

        await room.app.store.write(delete)
        (gone,) = (await room.app.reader_pages(OutletWanted(id="paper"))).month.deleted
        assert (gone.story, gone.title) == (story.id, EN_TITLE)


async def test_an_outlet_that_has_left_says_so(tmp_path):
    """Its stories stay, and it is in no list; one that never was there has no page."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(PAPER, item(PAPER, "1"))
        config = room.app.config
        await room.app.adopt(replace(config, outlets={k: v for k, v in config.outlets.items() if k != "paper"}))
        page = await room.page("/outlets/paper")
        words = words_of(page)
        assert "no longer read here" in words
        assert "Paper" in words
        assert EN_TITLE in words
        assert f'href="{PAPER}"' in page
        assert "outlets/paper" not in await room.page("/outlets")
        assert [(await room.get(f"/outlets/{each}"))[0] for each in ("nobody", "Courier", "courier/x")] == [404] * 3


async def test_stories_and_names_of_private_feeds_are_not_told(tmp_path):
    """Nor is there a page of an outlet that has left, of which only they have stories."""
    public = 'title = "Ports"\nwhere = "port"\n'
    outlets = {key: OUTLETS[key] for key in ("paper", "courier")}
    feeds = {"ports": public, **PRIVATE}
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.tokens").write_text("")
    async with readers_room(tmp_path, outlets=outlets, feeds=feeds, main="[on_demand]\nenabled = false\n") as room:
        await room.show(PAPER, item(PAPER, "1"), item(PAPER, "2", "Port reopens", "The second terminal works again."))
        await room.show(PAPER, item(PAPER, "1", "Bridge opens to lorries"), after=timedelta(hours=1))
        page = await room.page("/outlets/paper")
        twin = await room.page("/outlets/paper.json")
        for text in (page, twin):
            assert "Port reopens" in text
            assert "Bridge" not in text
            assert "lorries" not in text
            assert "Secret plan" not in text
        found = await room.app.reader_pages(OutletWanted(id="paper"))
        assert (found.month.own, found.month.retitled, found.feed) == (1, 0, "")
        assert [each.name for each in found.feeds] == ["ports"]


async def test_hostile_names_and_titles_stay_words(tmp_path):
    """Of outlets and of stories, in both pages."""
    name = json.dumps(HOSTILE[0])[1:-1]
    outlets = {"paper": outlet(PAPER, name=name), "courier": outlet(COURIER, name="ж" * 90)}
    stories = [item(PAPER, str(n), f"{title} {n}", "Words.") for n, title in enumerate(HOSTILE)]
    stories += [item(PAPER, "long", "و" * 200, "Words."), item(PAPER, "longer", "Мост " * 60, "Words.")]
    async with readers_room(tmp_path, outlets=outlets) as room:
        await room.show(PAPER, *stories)
        for before in range(1, len(stories) + 2, 18):
            assert is_harmless(await room.page(f"/outlets/paper?before={before}"))
        page = await room.page("/outlets")
        assert is_harmless(page)
        assert HOSTILE[0] in words_of(page.replace("&lt;", "&amp;lt;")).replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("fa", "rtl"), ("ru", "ltr"), ("tr", "ltr")])
async def test_pages_are_in_the_language_of_their_path(tmp_path, language, direction):
    """An outlet's name and its headlines stay in their own language and direction."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(JISR, item(JISR, "1", "إعادة فتح جسر جسر الشغور", "أعيد فتح الجسر."))
        page = await room.page(f"/{language}/outlets/jisr")
        assert f'<html lang="{language}" dir="{direction}">' in page
        assert '<bdi lang="ar">وكالة الجسر للأنباء</bdi>' in page
        assert '<p class="t" lang="ar" dir="rtl">' in page
        assert f'<html lang="{language}" dir="{direction}">' in await room.page(f"/{language}/outlets")


async def test_a_copy_of_the_page_has_nothing_that_is_made_on_request(tmp_path):
    """No form, no older stories, no topics: files can answer none of them."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(PAPER, *(item(PAPER, str(n), f"Bridge {n}", f"Lorries crossed {n}.") for n in range(25)))
        for path, wanted in {"outlets": OutletsWanted(rows=2), "outlets/paper": OutletWanted(id="paper")}.items():
            page = await room.app.reader_pages(wanted)
            made = render_copy(page, CopiedPage(path=path), HasMost(), title="Desk", base_url="https://desk.example")
            found = Elements(made)
            assert "form" not in found.names
            assert not [each for each in found.links if "?" in each or "topics" in each or "places" in each]
            assert is_harmless(made)
        assert "There is 1 more outlet." in words_of(
            render_copy(
                await room.app.reader_pages(OutletsWanted(rows=2)),
                CopiedPage(path="outlets"),
                HasMost(),
                title="",
                base_url="",
            )
        )


async def test_nothing_configured_is_said_in_a_sentence(tmp_path):
    """The list is there before any outlet is."""
    async with readers_room(tmp_path, outlets={}) as room:
        assert "No outlets yet" in await room.page("/outlets")


async def test_an_outlet_that_was_never_read_says_what_is_not_known(tmp_path):
    """No story, no answer, no day: and nothing is said against it."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        words = words_of(await room.page("/outlets/courier"))
        assert "No story yet." in words
        assert "not looked at so far" in words
        assert "does not answer" not in words


@pytest.mark.parametrize("is_enabled", [True, False])
async def test_an_outlet_has_a_feed_of_its_own_where_there_are_feeds_on_demand(tmp_path, is_enabled):
    """Else none is promised."""
    main = f"[on_demand]\nenabled = {str(is_enabled).lower()}\n"
    async with readers_room(tmp_path, outlets=OUTLETS, feeds={"all": EVERYTHING}, main=main) as room:
        assert ("feeds/outlet/paper.atom" in await room.page("/outlets/paper")) is is_enabled


async def test_a_strip_has_the_days_of_all_its_sources_and_its_silence(tmp_path):
    """A day on which nobody answered is failing though the outlet is called silent; today nobody has looked."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        today, source = day_of(room.clock()), "paper/feed.xml"

        def fill(tx):
            days = [(1, 0, 9), (2, 0, 0), (3, 0, 0), (4, 7, 0), (40, 2, 0)]
            tx.days.add([DayCount(source, today - ago, new, 9, failed) for ago, new, failed in days])
            alert = made_alert(AlertKind.SILENT, Subject(SubjectKind.OUTLET, "paper"), outlet="paper")
            tx.alerts.add(replace(alert, since=room.clock() - timedelta(days=2), state=AlertState.RAISED))

        await room.app.store.write(fill)
        page = await room.app.reader_pages(OutletWanted(id="paper"))
        assert page.strip == "u" * 49 + "n" + "u" * 35 + "nqsfu"
        assert [each.stories for each in page.days[-5:]] == [7, 0, 0, 0, None]
        assert page.polls == 9.0
        assert "Day by day" in await room.page("/outlets/paper")


@pytest.mark.parametrize(("days", "mean"), [(6, None), (7, 3.0), (30, 3.0)])
async def test_a_mean_of_too_few_days_is_not_told(tmp_path, days, mean):
    """In the list and on the page alike; days on which it did not answer are no part of it, nor is today."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        today = day_of(room.clock())
        counts = [DayCount("paper/feed.xml", today - ago, 3, 9, 0) for ago in range(1, days + 1)]
        counts += [DayCount("paper/feed.xml", today, 50, 9, 0), DayCount("paper/feed.xml", today - 31, 50, 9, 0)]
        counts += [DayCount("paper/feed.xml", today - 8, 0, 9, 9)] if days == 7 else []
        await room.app.store.write(lambda tx: tx.days.add(counts))
        listed = await room.app.reader_pages(OutletsWanted(words="paper"))
        page = await room.app.reader_pages(OutletWanted(id="paper"))
        assert [each.per_day for each in listed.outlets] == [mean]
        assert page.per_day == mean


@speaks_sqlite
async def test_no_read_walks_through_all_stories(tmp_path):
    """Each follows an index, whatever SQLite knows of the tables: stores grow to a million stories."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        await room.show(PAPER, *(item(PAPER, str(n), f"Bridge {n}", f"Lorries crossed {n}.") for n in range(9)))
    path = tmp_path / "s" / "syndicator.db"
    engine, plans = create_engine(f"sqlite:///{path}"), []

    def explain(_connection, cursor, statement, parameters, *_rest):
        plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        plans.extend((statement, str(row[3])) for row in plan)

    with engine.connect() as connection:
        event.listen(engine, "before_cursor_execute", explain)
        stories = OutletStories(connection)
        numbers = stories.latest("paper", 5, below=9)
        stories.retitlings("paper", numbers[-1])
        stories.copied_by_others("paper", numbers[-1])
        stories.carried("paper/feed.xml", NOW, 5)
        stories.removed("paper", NOW, 5)
        Stories(connection).tagged(numbers)
        Origins(connection).of_outlet("paper")
    engine.dispose()
    assert len(plans) > 10
    assert [each for each in plans if each[1].startswith("SCAN") and "anon" not in each[1]] == []
