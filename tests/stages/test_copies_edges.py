"""Items that grow, are rewritten, are brought together, or come under keys that tell nothing: none is lost or told twice."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from syndicator.models import Outcome
from tests.newsroom import Item
from tests.stages.test_copies import AGENCY, DIGEST, EN_TEXT, EN_TITLE, PAPER, TEXTS, at, newsroom

MINUTE = timedelta(minutes=1)
LEAK = "The water board of Salamiyah will shut the northern main on Thursday night to mend a leak near the old mill."
TANKERS = " Pressure falls in six streets until dawn, and tankers stand at the market from eight in the evening."
PROMISE = " Residents of the upper quarter asked for a second tanker, which the board promised by noon."
CROSSING_TITLE = "Kassab crossing opens to walkers"
CROSSING = (
    "Turkey and Syria reopened the crossing at Kassab for travellers on foot after a pause of three winters. Customs"
    " officers from Antakya and Latakia work there in two shifts, and buses wait on both sides of the hill."
)
FLASH = at(AGENCY, "a", "Leak: main shut", LEAK)
LONGER = at(AGENCY, "ab", "Salamiyah main shut for repair", LEAK + TANKERS)
LONGEST = at(AGENCY, "abc", "Salamiyah main shut, tankers promised", LEAK + TANKERS + PROMISE)


@pytest.mark.parametrize("order", permutations([FLASH, LONGER, LONGEST]))
async def test_a_flash_that_grows_twice_at_once_ends_as_the_longest_version(tmp_path, order):
    """In whatever order a document lists the versions."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, FLASH)
        await room.show(AGENCY, *order)
        (story,) = await room.stories()
        assert (story.title, story.link) == (LONGEST.title, LONGEST.link)


@pytest.mark.parametrize("language", ["ar", "fa", "ru", "tr"])
async def test_a_reprint_that_makes_way_for_the_outlets_own_report_is_a_new_story(tmp_path, language):
    """Who prints the new report has that one, not what stood there before."""
    title, text = TEXTS[language]
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", title, text))
        await room.show(DIGEST, at(DIGEST, "d", f"{title.split()[-1]} 7", text))
        bridge, report = await room.stories()
        assert bridge.title == EN_TITLE
        assert "digest" not in bridge.outlets
        assert (report.title, report.outlets, report.link) == (title, ("paper", "digest"), f"{PAPER}/p")
        await room.show(PAPER, at(PAPER, "p", f"{title} 2", text))
        assert await room.titles() == [EN_TITLE, f"{title} 2"]


async def test_a_reprint_whose_numbers_move_on_before_its_origins_do_stays_the_same_story(tmp_path):
    """It is one of the mould for a while, and the same again later."""
    fire = (
        "A fire at the market of Mersin hurt {} people on Friday, the governor said. Shops near the harbour stay shut."
    )
    later = (
        " Crews from Tarsus came to help, and the ring road was closed until the evening. Two schools let children go."
    )
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", "Fire at Mersin market", fire.format(3) + later))
        await room.show(PAPER, at(PAPER, "p", "Fire at Mersin market", fire.format(3) + later))
        await room.show(PAPER, at(PAPER, "p", "Market in flames: more hurt", fire.format(5) + later))
        await room.show(AGENCY, at(AGENCY, "1", "Fire at Mersin market: five hurt", fire.format(5) + later))
        assert await room.titles() == ["Fire at Mersin market: five hurt"]


async def test_a_page_for_breaking_news_tells_the_next_flash(tmp_path):
    """The flash before has become an article elsewhere; the page stands for something new under the same guid."""
    slot = at(AGENCY, "breaking", FLASH.title, LEAK)
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, slot)
        await room.show(AGENCY, LONGER, slot)
        for number, language in enumerate(("ru", "tr", "ar"), 2):
            title, text = TEXTS[language]
            await room.show(AGENCY, replace(slot, title=title, text=text))
            stories = await room.stories()
            assert (len(stories), stories[0].title, stories[-1].title) == (2, LONGER.title, title), number


async def test_what_a_story_said_before_it_was_rewritten_is_not_its_copy(tmp_path):
    """A reprint of its old words keeps them, and who prints those has another story than the one there is now."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "live", CROSSING_TITLE, CROSSING))
        await room.show(PAPER, at(PAPER, "p", CROSSING_TITLE, CROSSING))
        await room.show(AGENCY, at(AGENCY, "live", *TEXTS["ru"]))
        await room.show(DIGEST, at(DIGEST, "d", CROSSING_TITLE, CROSSING))
        assert await room.titles() == [TEXTS["ru"][0], CROSSING_TITLE]


async def test_a_guid_that_is_used_again_may_stand_on_a_copy(tmp_path):
    """Its page, its words and its date are another's: it is compared like what was never seen."""
    async with newsroom(tmp_path) as room:
        await room.show(PAPER, at(PAPER, "x", CROSSING_TITLE, CROSSING, guid="7"))
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        longer = f"{EN_TEXT} More follows from our reporters in Idlib."
        await room.show(PAPER, at(PAPER, "bridge", "Bridge opens", longer, guid="7"))
        assert [each.outlets for each in await room.stories()] == [("paper",), ("agency", "paper")]


async def test_a_guid_that_is_used_again_gives_no_uid_a_second_time(tmp_path):
    """Readers have seen the story that had it, though retention has deleted it."""
    async with newsroom(tmp_path) as room:
        await room.show(PAPER, at(PAPER, "x", CROSSING_TITLE, CROSSING, guid="7"))
        (before,) = await room.stories()
        await room.app.store.write(lambda tx: tx.retention.delete([before.id]))
        await room.show(PAPER, at(PAPER, "bridge", EN_TITLE, EN_TEXT, guid="7"))
        (story,) = await room.stories()
        assert story.title == EN_TITLE
        assert story.uid != before.uid


async def test_the_words_of_a_page_that_only_lists_named_before_are_found_again(tmp_path):
    """Its owner takes the story over: what was a line in a list is a report now, which others print."""
    async with newsroom(tmp_path) as room:
        await room.show(DIGEST, Item(EN_TITLE, link=f"{AGENCY}/1", guid="d", text="See the report."))
        (before,) = await room.stories()
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", "Lorries cross the Orontes again", EN_TEXT))
        (story,) = await room.stories()
        assert (story.uid, story.outlet, set(story.outlets)) == (before.uid, "agency", {"agency", "paper", "digest"})
        assert story.updated > before.updated


async def test_a_roundup_of_several_stories_is_one_of_its_own(tmp_path):
    """It has all of each, and is a longer version of none."""
    items = (at(AGENCY, "a", LONGER.title, LEAK + TANKERS), at(AGENCY, "b", CROSSING_TITLE, CROSSING))
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, *items)
        before = await room.titles()
        await room.show(AGENCY, at(AGENCY, "r", "The day in brief", f"{LEAK}{TANKERS} {CROSSING}"), *items)
        assert await room.titles() == [*before, "The day in brief"]


async def test_a_twin_of_what_is_edited_in_the_same_document_is_no_second_story(tmp_path):
    """The store has the words of before: those of the document count as well."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", FLASH.title, LEAK + TANKERS))
        twins = [at(AGENCY, "1", CROSSING_TITLE, CROSSING), at(AGENCY, "2", "Kassab open", CROSSING)]
        await room.show(AGENCY, *twins)
        assert await room.titles() == [CROSSING_TITLE]


async def test_items_that_only_changing_guids_tell_apart_are_one(tmp_path):
    """When guids are known to be of no use, two items of a document have one key."""
    async with newsroom(tmp_path) as room:
        for asked in range(6):
            texts = [
                "Вода пришла.",
                "Хлеб подешевел.",
                "Мост открыт.",
                "Вода пришла.",
                f"Рейс {asked}.",
                f"Рейс {asked}.",
            ]
            items = (Item(text, guid=f"{asked}-{n}", text=text) for n, text in enumerate(texts))
            report = await room.show(AGENCY, *items)
            assert report.outcome is Outcome.OK
        titles = await room.titles()
        assert titles[-2:] == ["Рейс 4.", "Рейс 5."]


@pytest.mark.parametrize("is_linked", [False, True])
async def test_reprints_under_guids_that_move_are_each_of_their_own_story(tmp_path, is_linked):
    """A guid stood on one reprint, and stands on the next one now."""
    reports = list(enumerate(TEXTS.values()))
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, *(at(AGENCY, f"{n}", *report) for n, report in reports))
        for count in (1, 2, 3, 4, 5, 5):
            listed = [(f"{PAPER}/p{n}" if is_linked else "", report) for n, report in reports[:count]]
            items = (Item(t, link=link, guid=f"{g}", text=x) for g, (link, (t, x)) in enumerate(reversed(listed)))
            await room.show(PAPER, *items)
        assert {each.title: each.outlets for each in await room.stories()} == {
            title: ("agency", "paper") for title, _ in TEXTS.values()
        }


async def test_no_mixture_of_guids_pages_and_words_stops_a_poll(tmp_path):
    """Two outlets that use all of them again and again, in any order, at any distance."""
    chance = random.Random(16)
    words = [("Salt mine", LEAK), ("Bridge", EN_TEXT), ("Kassab", CROSSING), *TEXTS.values(), ("Short", "No more.")]

    def item(home):
        title, text = chance.choice(words)
        guid, page = chance.choice(["", "1", "2", "3", "4"]), chance.choice(["", "a", "b", "c?id=1", "c?id=2", "#x"])
        link = f"{home}/{page}" if page else ""
        return Item(title, link=link, guid=guid, text=text + chance.choice(["", TANKERS, PROMISE]))

    async with newsroom(tmp_path) as room:
        for _ in range(120):
            home = chance.choice([AGENCY, PAPER])
            items = [item(home) for _ in range(chance.randrange(7))]
            report = await room.show(home, *items, after=chance.choice([5, 60, 6000]) * MINUTE)
            assert report.outcome is Outcome.OK
