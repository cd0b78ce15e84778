"""The list of topics, and the page of one: which words count, what they caught."""

import json
from datetime import timedelta

import pytest

from syndicator.models.reader_pages import TopicsWanted, TopicWanted
from syndicator.outbox.search import search_consumers
from syndicator.outbox.search_text import VERSION
from syndicator.watch.series import Series, concept_of
from syndicator.watch.spikes import hour_of
from tests.newsroom import CEASEFIRE, EVERYTHING, Item, outlet
from tests.stages.readers_room import is_harmless, readers_room, words_of
from tests.stages.test_outlet_pages import HOSTILE

HOME = "https://courier.example"
STRIKES = """label = "Strikes <b>"
threshold = 2
[terms]
en = ["airstrike*", "near/5(jets, hit or bomb)"]
all = ["drone"]
[weights]
"airstrike*" = 2
[against]
en = ["labour strike"]
[veto]
en = ["football"]
"""
CONCEPTS = {"ceasefire": CEASEFIRE, "strikes": STRIKES}
OUTLETS = {
    "courier": outlet(HOME, name="The Levant Courier"),
    "jisr": outlet("https://jisr.example", name="وكالة الجسر", language="ar"),
    "galil": outlet("https://galil.example", name="גליל", language="he"),
}
FEEDS = {
    "all": EVERYTHING,
    "truces": 'title = "Truces"\nwhere = "concept:ceasefire region:SY"\n',
    "calm": 'title = "Calm"\nwhere = "calm"\n',
}
TITLES = {
    "en": ("Ceasefire in Idlib holds", "Bakers sold bread."),
    "ar": ("هدنة في إدلب", "بدأت ظهرا."),
    "late": ("Quiet day in Idlib", "Markets opened; people say that the truce holds."),
}


def item(number, title, text):
    return Item(title, link=f"{HOME}/{number}", guid=str(number), text=text)


def told(count):
    return [item(n, f"Day {n} of the ceasefire", f"Lorry number {n} crossed at Bab al-Hawa.") for n in range(count)]


async def indexed(room):
    """Fill the index of stories."""
    follow, fill = search_consumers(room.app.store)
    for each in (follow, fill):
        while await each.step():
            pass


async def test_a_page_marks_the_words_that_a_story_has_its_topic_by(tmp_path):
    """In the headline, or where they are not there in the text below it."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS, feeds=FEEDS) as room:
        await room.show(HOME, *(item(n, *each) for n, each in enumerate(TITLES.values())))
        page = await room.page("/topics/ceasefire")
        assert '<mark class="concept">Ceasefire</mark> in Idlib' in page
        assert '<mark class="concept">هدنة</mark>' in page
        assert 'the <mark class="concept">truce</mark> holds' in page
        assert "Decided by" not in page


async def test_words_beyond_what_may_be_shown_are_named(tmp_path):
    """The text itself stays with the outlet."""
    outlets = {"courier": outlet(HOME, republish="link")}
    async with readers_room(tmp_path, outlets=outlets, concepts=CONCEPTS) as room:
        await room.show(HOME, item(1, *TITLES["late"]))
        page = await room.page("/topics/ceasefire")
        assert "Markets opened" not in page
        assert "Decided by truce" in words_of(page)


async def test_a_page_says_which_words_count_and_how_much(tmp_path):
    """Those that weigh more, that speak against it, that rule it out; and how much is enough."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS) as room:
        page = await room.page("/topics/strikes")
        words = words_of(page)
        assert is_harmless(page)
        assert "counts at least 2 together" in words
        assert "airstrike* (counts 2)" in words.replace("( ", "(").replace(" )", ")")
        assert "labour strike (speaks against it)" in words.replace("( ", "(").replace(" )", ")")
        assert "football (rules it out)" in words.replace("( ", "(").replace(" )", ")")
        assert "near/5(a, b) are both" in words
        assert "every language" in words
        plain = words_of(await room.page("/topics/ceasefire"))
        assert "A story has it when it holds one of them." in plain
        assert "near/5" not in plain


async def test_languages_that_have_no_words_are_told(tmp_path):
    """If outlets write them; not those of a topic whose words are of every language."""
    plain = {"flood": 'label = "Flood"\nterms = { all = ["flood*"] }\n'}
    async with readers_room(tmp_path, outlets=OUTLETS, concepts={**CONCEPTS, **plain}) as room:
        assert (await room.app.reader_pages(TopicWanted(id="ceasefire"))).without_words == (("he", 1),)
        assert (await room.app.reader_pages(TopicWanted(id="flood"))).without_words == ()
        assert "no words in Hebrew yet, which 1 outlet writes" in words_of(await room.page("/topics/ceasefire"))


@pytest.mark.parametrize("has_index", [True, False])
async def test_all_stories_of_a_topic_are_found_page_by_page(tmp_path, has_index):
    """By the index, with those that came after it was filled; or among the latest, which is said then."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS) as room:
        await room.show(HOME, *told(45), item(99, "Football in Homs", "The match ended in a draw."))
        if has_index:
            await indexed(room)
        await room.show(HOME, *told(48))
        found, before = [], 0
        while True:
            page = await room.app.reader_pages(TopicWanted(id="ceasefire", before=before))
            found.append([each.id for each in page.stories])
            if not (before := page.next_before):
                break
        numbers = [each for some in found for each in some]
        assert [len(some) for some in found] == [16, 16, 16]
        assert numbers == sorted(set(numbers), reverse=True)
        assert bool(page.searched) is not has_index
        words = words_of(await room.page("/topics/ceasefire"))
        assert ("Looked for in the latest" in words) is not has_index


async def test_a_page_says_that_its_index_is_still_being_filled(tmp_path):
    """Older stories are not said to be none."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS) as room:
        await room.show(HOME, *told(3))
        await room.app.store.write(lambda tx: tx.search.ensure(VERSION))
        assert "The index is still being filled" in await room.page("/topics/ceasefire")
        await indexed(room)
        page = await room.app.reader_pages(TopicWanted(id="ceasefire"))
        assert (len(page.stories), page.is_filling) == (3, False)


async def test_what_caught_how_many_is_counted_by_words(tmp_path):
    """However they are written; beside it where, and who tells of it."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS, feeds=FEEDS) as room:
        await room.show(
            HOME,
            item(1, "Ceasefire in Idlib", "Bread."),
            item(2, "A ceasefire in Aleppo", "Olives."),
            item(3, "A truce in Hama", "Water."),
        )
        page = await room.app.reader_pages(TopicWanted(id="ceasefire"))
        assert [(each.words.lower(), each.stories) for each in page.caught] == [("ceasefire", 2), ("truce", 1)]
        assert [(each.of.id, each.own) for each in page.places] == [("SY", 3)]
        assert [(each.of.id, each.own) for each in page.outlets] == [("courier", 3)]
        assert [each.name for each in page.feeds] == ["truces"]


async def test_topics_are_listed_with_their_stories_of_a_week_and_a_month(tmp_path):
    """As the series have them; today is the last day, and days before they were counted are none."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS) as room:
        now = room.clock()
        since = now - timedelta(days=40)

        def count(tx):
            name = str(Series(thing=concept_of("ceasefire")))
            of = tx.volumes.ids([name], adding=[name])[name]
            hours = {0: (2, 1), 24 * 6: (5, 0), 24 * 8: (7, 0), 24 * 29: (11, 0), 24 * 31: (100, 0)}
            tx.volumes.add({(of, hour_of(now) - ago): each for ago, each in hours.items()})
            tx.volumes.know({concept_of("ceasefire"): "x"}, since)

        await room.app.store.write(count)
        page = await room.app.reader_pages(TopicsWanted())
        assert [(each.topic.id, each.week, each.month) for each in page.topics] == [
            ("ceasefire", 8, 26), ("strikes", 0, 0),
        ]  # fmt: skip
        assert page.topics[0].counted_since is None
        assert page.topics[1].counted_since == now
        assert page.topics[0].days[-1].stories == 3
        one = await room.app.reader_pages(TopicWanted(id="strikes"))
        assert [each.stories for each in one.days] == [None] * 29 + [0]
        assert "30 days" in words_of(await room.page("/topics"))


async def test_topics_that_do_not_fit_are_on_the_next_page(tmp_path):
    """By the key of the last one, in order of their labels."""
    concepts = {f"t{n}": f'label = "Topic {n:03}"\nterms = {{ all = ["word{n}"] }}\n' for n in range(45)}
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=concepts) as room:
        first = await room.app.reader_pages(TopicsWanted())
        second = await room.app.reader_pages(TopicsWanted(after=first.next_after))
        labels = [each.topic.name for page in (first, second) for each in page.topics]
        assert labels == [f"Topic {n:03}" for n in range(45)]
        assert second.next_after == ""
        assert "Next" in await room.page("/topics")


async def test_there_is_no_page_of_a_topic_that_is_not_configured(tmp_path):
    """Nor under its name in capitals."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS) as room:
        asked = ("/topics/peace", "/topics/Ceasefire", "/topics/ceasefire/x", "/topics/ceasefire.xml")
        assert [(await room.get(each))[0] for each in asked] == [404] * 4
        assert json.loads(await room.page("/topics/ceasefire.json"))["topic"]["name"] == "Ceasefire"


async def test_stories_that_only_private_feeds_hold_have_no_topic_page(tmp_path):
    """Neither as stories nor in the words that caught them; their feeds are not named."""
    feeds = {
        "ports": 'title = "Ports"\nwhere = "port"\n',
        "mine": 'title = "Secret plan"\nwhere = "concept:ceasefire"\ntoken_file = "mine.tokens"\n',
    }
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.tokens").write_text("")
    main = "[on_demand]\nenabled = false\n"
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS, feeds=feeds, main=main) as room:
        await room.show(HOME, item(1, "Truce in Idlib", "Bread."), item(2, "Ceasefire at the port", "Cranes."))
        for path in ("/topics/ceasefire", "/topics/ceasefire.json"):
            text = await room.page(path)
            assert "at the port" in text
            assert "Secret plan" not in text
            assert "Idlib" not in text
        page = await room.app.reader_pages(TopicWanted(id="ceasefire"))
        assert [each.words for each in page.caught] == ["Ceasefire"]
        assert page.feed == ""


async def test_hostile_titles_stay_words(tmp_path):
    """Beside the words that are marked in them."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS) as room:
        await room.show(HOME, *(item(n, f"{title} ceasefire {n}", "Words.") for n, title in enumerate(HOSTILE)))
        for before in range(1, len(HOSTILE) + 2, 18):
            assert is_harmless(await room.page(f"/topics/ceasefire?before={before}"))


@pytest.mark.parametrize("language", ["ar", "fa"])
async def test_pages_are_mirrored_for_languages_that_are(tmp_path, language):
    """Words of each language keep their own direction."""
    async with readers_room(tmp_path, outlets=OUTLETS, concepts=CONCEPTS) as room:
        page = await room.page(f"/{language}/topics/ceasefire")
        assert f'<html lang="{language}" dir="rtl">' in page
        assert '<span lang="tr" dir="ltr">' in page
        assert 'dir="rtl">' in await room.page(f"/{language}/topics")


async def test_no_topics_is_said_in_a_sentence(tmp_path):
    """The list is there before any topic is."""
    async with readers_room(tmp_path, outlets=OUTLETS) as room:
        assert "No topics yet" in await room.page("/topics")
