"""The page of a story: where to read it, its words, who copied it, what changed, and why it is in which feeds."""

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from syndicator.cli.explain import lines
from syndicator.config import load
from syndicator.models import Capture, CaptureRecord, Document, Outcome, Validators
from syndicator.models.reader_pages import AddressState, StoryWanted
from syndicator.outbox import Outbox, event_consumer
from syndicator.runtime.account import account_of
from syndicator.runtime.app import App
from syndicator.web.reader_pages import CopiedPage, Frame, language_of, render, render_copy
from tests.apps import Clock
from tests.conftest import NOW
from tests.newsroom import CEASEFIRE, EVERYTHING, MAIN, outlet, rss, write_config
from tests.stages.readers_room import HasMost
from tests.stages.test_copies import AGENCY, DIGEST, EN_TEXT, EN_TITLE, PAPER, TEXTS, at

MIRROR, ONION = "https://mirror.example", "http://agencyabcdefgh.onion"
XSS = [line for line in (Path(__file__).parents[1] / "data" / "xss.txt").read_text("utf-8").splitlines() if line]
BULLETIN = (
    "The civil defence in Hama put out {} fires in the last day and took {} people to hospital, its daily bulletin said."
    " Crews came from Salamiyah and Masyaf. Drivers are asked to keep the lanes beside the roads free."
)
LONG = " ".join(f"Sentence number {n} on the market of Homs ends here." for n in range(60))


class Room:
    """Outlets that show what a test says at each of their addresses; those in ``down`` do not answer."""

    def __init__(self):
        self.app, self.clock, self.shown, self.down, self._asked = None, Clock(), {}, set(), 0

    async def fetch(self, url, known, options):
        self._asked += 1
        base = url.rpartition("/")[0].replace("reader:pass@", "")
        is_up = base not in self.down
        return Document(
            endpoint=url,
            outcome=Outcome.OK if is_up else Outcome.CONNECT_ERROR,
            url=url,
            status=200 if is_up else None,
            body=self.shown.get(base, self.shown[AGENCY]) if is_up else None,
            validators=Validators(body_hash=str(self._asked)),
        )

    async def show(self, home, *items, after=timedelta(minutes=5)):
        self.shown[home] = rss(*items, title=home)
        self.clock.move(after)
        poll = "agency" if home in (AGENCY, MIRROR, ONION) else home.removeprefix("https://").partition(".")[0]
        for source in self.app.config.outlets[poll].sources:
            await self.app.pipeline.poll(source)

    async def page(self, number="1"):
        return await self.app.reader_pages(StoryWanted(number=number))

    async def html(self, number="1", language="en"):
        return render(await self.page(number), frame(number, language))


def frame(number, language="en", **more):
    return Frame(
        title="Desk",
        base_url="https://desk.example",
        path=f"stories/{number}",
        root=".." if language == "en" else "../..",
        language=language_of(language),
        **more,
    )


@asynccontextmanager
async def newsroom(folder, *mirrors, feeds=None, concepts=None, main=None, **agency):
    """Make an application with an agency, which may have mirrors, a paper and a digest."""
    outlets = {
        "agency": outlet(AGENCY, *mirrors, name="Agency", **agency),
        "paper": outlet(PAPER, name="Paper"),
        "digest": outlet(DIGEST, name="Digest", country="LB", language="ar"),
    }
    written = write_config(
        folder / "c",
        outlets=outlets,
        feeds=feeds or {"all": EVERYTHING},
        concepts=concepts,
        **({"main": main} if main else {}),
    )
    config = load(written, environ={}, state=folder / "s")
    room = Room()
    room.shown = {home: rss(title=home) for home in (AGENCY, PAPER, DIGEST)}
    room.app = App(config, fetch=room.fetch, clock=room.clock)
    try:
        await room.app.adopt(config)
        yield room
    finally:
        await room.app.close()


def words_in(html):
    """Return what a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def links_out(html):
    return re.findall(r'<a[^>]*href="https?://[^"]*"[^>]*>', html)


async def told_in_full(room, title="Bridge opens"):
    """Have a story with all that its page can show: addresses that differ, a copy, a near copy, versions, an event.

    ``title`` is the copy's, and part of the mirror's. Return the story's number.
    """
    old = at(AGENCY, "0", "Flood gates tested", "The gates closed at noon and opened at one o'clock again.")
    room.shown[MIRROR] = room.shown[ONION] = rss(old, title=AGENCY)
    await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), old)
    await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), old, after=timedelta(minutes=30))
    room.shown[MIRROR] = rss(at(AGENCY, "1", f"{EN_TITLE} {title}", EN_TEXT), old, title=AGENCY)
    await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), old, after=timedelta(minutes=30))
    await room.show(PAPER, at(PAPER, "p", title, EN_TEXT), at(PAPER, "q", f"{EN_TITLE} to lorries at last", ""))
    await room.show(DIGEST, at(DIGEST, "d", EN_TITLE, EN_TEXT.replace("three of the seven", "two of the eight")))
    room.down = {ONION}
    edited = at(AGENCY, "1", f"{EN_TITLE} to lorries", f"{EN_TEXT} Tolls are free.")
    await room.show(AGENCY, edited, old, after=timedelta(hours=2))
    await Outbox(room.app.store, [event_consumer(room.app.store)]).run()
    stories = await room.app.store.read(lambda tx: tx.stories.newest(9))
    return str(next(each.id for each in stories if each.link == f"{AGENCY}/1"))


async def test_the_head_says_who_told_it_where_and_when(tmp_path):
    """The outlet with its page, language and country; what leads away takes no referrer along."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        html = await room.html()
    assert '<a href="../outlets/agency"><bdi lang="en">Agency</bdi></a> · English · United Kingdom' in html
    assert "Fri 6 Mar 2026, 12:05" in html
    assert f'href="{AGENCY}/1" rel="noreferrer">Read at agency.example</a>' in html
    assert "or at" not in html
    assert all('rel="noreferrer"' in link for link in links_out(html))


async def test_a_story_that_no_feed_holds_has_a_page(tmp_path):
    """Feeds come and go, and with feeds on demand readers may see every story."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        page = await room.page()
    for feeds in ((), tuple(replace(each, is_member=False) for each in page.feeds)):
        assert EN_TITLE in words_in(render(replace(page, feeds=feeds), frame("1")))


async def test_a_mirror_is_offered_beside_the_home_and_before_it_while_that_is_down(tmp_path):
    """Whoever cannot reach the home finds the way at one look."""
    async with newsroom(tmp_path, MIRROR, ONION, mode="compare") as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        before = await room.html()
        room.down = {AGENCY, ONION}
        for _ in range(4):
            await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), after=timedelta(hours=2))
        after = await room.html()
    said = words_in(before)
    assert said.index("Read at agency.example") < said.index("or at mirror.example, which answers too")
    assert "or by Tor at agencyabcdefgh.onion" in said
    assert "does not answer just now" not in said
    assert f'<a class="btn main" href="{MIRROR}/1"' in after
    assert "The outlet's own address does not answer just now." in words_in(after).replace("&#39;", "'")
    assert f'class="btn" href="{ONION}' not in after
    assert f'class="btn" href="{AGENCY}' not in after


async def test_a_mirror_that_is_read_and_does_not_list_the_story_is_not_offered(tmp_path):
    """It lags, or leaves it out: whoever followed the link would find nothing. Its row says so."""
    async with newsroom(tmp_path, MIRROR, mode="compare") as room:
        old = at(AGENCY, "0", "Flood gates tested", "The gates closed at noon.")
        room.shown[MIRROR] = rss(old, title=AGENCY)
        await room.show(AGENCY, old)
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), old)
        without = await room.html("2")
        room.shown[MIRROR] = rss(at(AGENCY, "1", EN_TITLE, EN_TEXT), old, title=AGENCY)
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), old, after=timedelta(hours=1))
        there = await room.html("2")
    assert "or at mirror.example" not in words_in(without)
    assert "not seen there" in words_in(without)
    assert "or at mirror.example, which answers too" in words_in(there)


async def test_nothing_is_claimed_of_a_mirror_that_is_not_read(tmp_path):
    """It is asked when the home fails; whose home is blocked needs its address before."""
    async with newsroom(tmp_path, MIRROR) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        page = await room.page()
    home, mirror = page.addresses
    said = words_in(
        render(replace(page, addresses=(home, replace(mirror, state=AddressState.UNSEEN, tried_at=None))), frame("1"))
    )
    assert "or at mirror.example" in said
    assert "which answers too" not in said
    assert "Only its home is read as long as that answers" in said
    assert "not asked yet" in said
    gone = render(replace(page, addresses=(home, replace(mirror, state=AddressState.FOREIGN))), frame("1"))
    assert 'href="https://mirror.example' not in gone
    assert "shows what looks like another" in gone


async def test_an_address_with_a_password_is_nowhere(tmp_path):
    """Not on the page, not in its JSON: neither the password nor a page that asks for it."""
    async with newsroom(tmp_path, "https://reader:pass@mirror.example", mode="compare") as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        page = await room.page()
        room.down = {AGENCY}
        for _ in range(4):
            await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), after=timedelta(hours=2))
        later = await room.page()
    for each in (page, later):
        told = render(each, frame("1")) + msgspec.json.encode(each).decode()
        assert "pass@" not in told
        assert 'href="https://mirror.example' not in told
        assert each.link == f"{AGENCY}/1"
        assert each.addresses[1].page is None


@pytest.mark.parametrize(
    ("policy", "said", "is_there"),
    [
        ("full", "The whole text, 603 words.", (True, True)),
        ("excerpt", r"The opening, [45]\d of 603 words: this outlet allows excerpts.", (True, False)),
        ("link", "This outlet lets its headline be shown and no more.", (False, False)),
        ("", r"The opening, [45]\d of 603 words: this outlet allows excerpts.", (True, False)),
    ],
)
async def test_a_page_shows_as_much_as_the_outlet_lets_and_says_how_much(tmp_path, policy, said, is_there):
    """An excerpt where it says nothing; what was rewritten is told within that, too."""
    text = f"It began. {LONG}"[:-1] + " then."
    async with newsroom(tmp_path, **({"republish": policy} if policy else {})) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, text))
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, text.replace("number 59 on", "number 59 by")))
        html = words_in(await room.html())
    assert re.search(said, html)
    assert ("number 0" in html, "number 59" in html) == is_there
    assert ("beyond what may be shown" in html) is (not is_there[1])


async def test_a_text_is_shown_in_its_paragraphs_with_its_marks(tmp_path):
    """Marks stand in the paragraph that has the words."""
    text = "<p>Markets opened in Homs.</p><p>Bakers of Saraqib sold bread.</p>"
    async with newsroom(tmp_path, republish="full") as room:
        await room.show(AGENCY, at(AGENCY, "1", "Bread", text))
        html = await room.html()
    first, second = re.findall(r'<p lang="en" dir="ltr">(.*?)</p>', html)[:2]
    assert re.sub(r"<[^>]+>", "", first).strip() == "Markets opened in Homs."
    assert re.search(r'<mark class="\w+">Homs</mark>', first)
    assert re.search(r'<mark class="\w+">Saraqib</mark>', second)


@pytest.mark.parametrize("language", TEXTS)
async def test_words_that_tags_rest_on_are_marked_in_the_text_and_named_in_the_table(tmp_path, language):
    """Where they stand, in every script; the term that asks for the tag leads to the search for it."""
    title, text = TEXTS[language]
    async with newsroom(tmp_path, language=language) as room:
        await room.show(AGENCY, at(AGENCY, "1", title, text))
        page, html = await room.page(), await room.html()
    assert page.marks
    for mark in page.marks:
        tags = [each for each in page.tags if page.text[mark.start : mark.end] in each.in_text]
        assert mark.kind in {each.role for each in tags}
        assert f'<mark class="{mark.kind}">{page.text[mark.start : mark.end]}</mark>' in html
    place = next(each for each in page.tags if each.term == "SY-ID/jisr-al-shughur")
    assert place.ask == "about:SY-ID/jisr-al-shughur"
    assert '<a href="../search?q=about%3ASY-ID%2Fjisr-al-shughur">' in html
    assert f"“<bdi>{place.in_title[0]}</bdi>” in the headline".replace("'", "&#39;") in html


async def test_topics_are_asked_for_by_their_concept(tmp_path):
    """They have no role and no likelihood."""
    async with newsroom(tmp_path, concepts={"ceasefire": CEASEFIRE}) as room:
        await room.show(AGENCY, at(AGENCY, "1", "Ceasefire in Idlib", "The ceasefire held on the first day."))
        page, html = await room.page(), await room.html()
    assert [(each.term, each.ask) for each in page.tags if each.scheme == "concept"] == [
        ("ceasefire", "concept:ceasefire")
    ]
    assert '<mark class="concept">ceasefire</mark>' in html


async def test_copies_stand_in_order_of_time_with_what_became_of_them(tmp_path):
    """Word for word, shortened, and in other words; each with the reason why it was taken for the story."""
    sentences = EN_TEXT.split(". ")
    edited = EN_TEXT.replace("a new surface", "another surface").replace("opened to lorries", "opened to heavy lorries")
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT + " Tolls are not asked for."))
        await room.show(PAPER, at(PAPER, "p", "Bridge <opens>", EN_TEXT + " Tolls are not asked for."))
        await room.show(DIGEST, at(DIGEST, "d", EN_TITLE, ". ".join(sentences[:3])))
        page, html = await room.page(), await room.html()
    assert [(each.outlet, each.wording, each.is_copy) for each in page.tellings] == [
        ("agency", "", False),
        ("paper", "same", True),
        ("digest", "shortened", True),
    ]
    said = words_in(html)
    assert "One origin, 2 copies." in said
    assert said.index("First seen here.") < said.index("Word for word.") < said.index("Shortened.")
    assert "Another headline. A copy of agency by 100%: the text is the same word for word" in said
    assert "5 min later" in said
    assert "<ins>&lt;opens&gt;</ins>" in html
    assert "Arabic, Lebanon" in said
    assert edited != EN_TEXT


async def test_a_copys_headline_is_held_against_the_one_of_its_time(tmp_path):
    """What the outlet rewrote later is no difference of the copy's."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", EN_TITLE, EN_TEXT))
        await room.show(AGENCY, at(AGENCY, "1", f"{EN_TITLE} to lorries", EN_TEXT))
        page = await room.page()
    assert page.tellings[1].headline == ()
    assert page.revisions[0].title


async def test_what_says_other_things_in_the_same_words_is_told_beside_the_copies_and_is_none(tmp_path):
    """A bulletin with other numbers is a story of its own, which the page leads to, and says which numbers."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "mon", "Civil defence: daily bulletin", BULLETIN.format(14, 3)))
        await room.show(AGENCY, at(AGENCY, "tue", "Civil defence: daily bulletin", BULLETIN.format(9, 5)))
        await room.show(PAPER, at(PAPER, "x", "Civil defence: daily bulletin", BULLETIN.format(9, 5)))
        first, second = await room.page("1"), await room.page("2")
        html = await room.html("2")
    assert [(each.id, each.facts, each.instead) for each in first.near] == [(2, "numbers", (("14", "9"), ("3", "5")))]
    assert [(each.id, each.seconds) for each in second.near] == [(1, -300)]
    said = words_in(html)
    assert "No copy. Nearly the same text, with other numbers: 9 here, 14 there; 5 here, 3 there." in said
    assert '<a href="../stories/1">Civil defence: daily bulletin</a>' in html
    assert "One origin, 1 copy." in said
    assert said.index("No copy.") < said.index("First seen here.")


async def test_a_story_that_nobody_copied_says_so(tmp_path):
    """In one sentence."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        said = words_in(await room.html())
    assert "Only here so far: in its own words, and nobody has copied it." in said
    assert "What changed" not in said
    assert "Where it could be read" not in said
    assert "Event" not in said.partition("Copies")[2]


async def test_lanes_say_when_each_address_showed_it(tmp_path):
    """A mirror that came later, and tells another headline; the same stands beside in words."""
    async with newsroom(tmp_path, MIRROR, mode="compare") as room:
        old = at(AGENCY, "0", "Flood gates tested", "The gates closed at noon and opened at one o'clock again.")
        room.shown[MIRROR] = rss(old, title=AGENCY)
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), old)
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), old, after=timedelta(minutes=30))
        room.shown[MIRROR] = rss(at(AGENCY, "1", f"{EN_TITLE} late", EN_TEXT), old, title=AGENCY)
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), old, after=timedelta(minutes=30))
        number = next(
            each.id for each in await room.app.store.read(lambda tx: tx.stories.newest(9)) if "Bridge" in each.title
        )
        page, html = await room.page(str(number)), await room.html(str(number))
    home, mirror = page.addresses
    assert (home.lag, mirror.lag, mirror.has_newest) == (0, 3600, False)
    assert [each.kind for each in home.stretches] == ["shown"]
    assert [each.kind for each in mirror.stretches] == ["missing", "other"]
    said = words_in(html)
    assert (
        "since 13:05, 1 h later than at the home; not there at 12:35; another headline; answered last at 13:05" in said
    )
    assert html.count('<svg class="lane"') == 2
    assert "mirror.example shows another headline than the home." in said
    assert "<ins>late</ins>" in html


async def test_the_command_line_tells_what_the_page_does(tmp_path):
    """What is nearly the same, with the words that differ, and each address with its state."""
    async with newsroom(tmp_path, MIRROR, ONION, mode="compare") as room:
        number = await told_in_full(room)
        text = "\n".join(lines(await account_of(room.app.store, room.app.rules, number, now=room.clock())))
        page = await room.page(number)
    assert len(page.near) == len(page.revisions) == 1
    assert page.event.stories == 3
    assert "with other numbers: “3” here, “2” there; “7” here, “8” there" in text
    assert f"{AGENCY}/1  home, answers, shown since 2026-03-06 12:05" in text
    assert f"{MIRROR}/1  mirror, answers, shown since 2026-03-06 13:05, in other words" in text
    assert f"{ONION}/1  onion, does not answer" in text


async def test_a_silent_address_is_told_as_such(tmp_path):
    """Since when it has not answered, in red and in words."""
    async with newsroom(tmp_path, MIRROR, mode="compare") as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        room.down = {MIRROR}
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), after=timedelta(hours=2))
        page, said = await room.page(), words_in(await room.html())
    assert page.addresses[1].state is AddressState.NO_ANSWER
    assert "no answer since 12:05" in said
    assert [each.kind for each in page.addresses[1].stretches] == ["shown", "silent"]


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_versions_stand_against_each_other_the_latest_first(tmp_path, language):
    """With a sentence on what is different, where it was seen first, and the words in the story's direction."""
    title, text = TEXTS[language]
    async with newsroom(tmp_path, language=language) as room:
        await room.show(AGENCY, at(AGENCY, "1", title, text))
        await room.show(AGENCY, at(AGENCY, "1", f"{title} 25", text))
        await room.show(AGENCY, at(AGENCY, "1", f"{title} 25", f"{text} {title} {title}."))
        html = await room.html()
    said = words_in(html)
    whole = said.index("All changes: version 1 against 3, 12:15, against that of 12:05: The headline was rewritten.")
    latest = said.index("Version 3 of 3, 12:15, against that of 12:10:")
    assert whole < latest < said.index("Version 2 of 3, 12:10")
    assert f"{2 * len(title.split())} words were added." in said
    assert "The headline was rewritten." in said
    assert f"Seen first at {AGENCY}/feed.xml." in said
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<div class="text vs panel mt"><p lang="{language}" dir="{direction}"><b>' in html
    assert 'id="changes"' in html


async def test_a_story_whose_page_is_gone_says_so_at_the_top(tmp_path):
    """Before anything of it is shown."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.app.store.write(lambda tx: tx.stories.set_deleted(1, room.clock()))
        said = words_in(await room.html())
    assert said.index("Its page at the outlet is gone") < said.index("Tags, and the words")


FIRE = "Bakery fire in Aleppo leaves eleven families homeless"
AGAIN = "Families homeless after fire guts bakery in Aleppo"


async def test_the_event_of_a_story_is_told_with_its_place_in_it(tmp_path):
    """Origins and copies are counted apart; the others lead to their pages."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", FIRE, ""))
        await room.show(PAPER, at(PAPER, "2", AGAIN, ""))
        await Outbox(room.app.store, [event_consumer(room.app.store)]).run()
        first, second = await room.page("1"), await room.page("2")
        said = words_in(await room.html("1")), words_in(await room.html("2"))
    assert (first.event.origins, first.event.copies, first.event.place, second.event.place) == (2, 0, 1, 2)
    assert (first.event.language, second.event.title) == ("en", FIRE)
    assert "2 independent origins. This one was first." in said[0]
    assert "This one was number 2 of 2." in said[1]
    assert FIRE in said[1].partition("Event")[2]


@pytest.mark.parametrize("is_private", [False, True])
async def test_nothing_of_private_feeds_is_told(tmp_path, is_private):
    """Neither their names nor stories that only they hold, nor that such a one opened the event."""
    tokens = 'token_file = "tokens"\n' if is_private else ""
    feeds = {
        "open": 'title = "Open"\nwhere = "outlet:paper"\nstory_links = false\n',
        "inner": f'title = "Inner circle"\nwhere = "outlet:agency"\nstory_links = false\n{tokens}',
    }
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "tokens").touch()
    async with newsroom(tmp_path, feeds=feeds, main=f"{MAIN}[on_demand]\nenabled = false\n") as room:
        await room.show(AGENCY, at(AGENCY, "1", FIRE, ""))
        await room.show(PAPER, at(PAPER, "2", AGAIN, ""))
        await room.show(DIGEST, at(DIGEST, "3", AGAIN, "Eleven families lost their home in Aleppo."))
        await Outbox(room.app.store, [event_consumer(room.app.store)]).run()
        hidden, page = await room.page("1"), await room.page("2")
        told = msgspec.json.encode(page).decode() + render(page, frame("2"))
        all_of_it = await account_of(room.app.store, room.app.rules, "1", now=room.clock())
    assert (hidden is None) is is_private
    assert ("Inner circle" in told) is (FIRE in told) is (not is_private)
    assert (page.event is None) is is_private
    assert [each.name for each in all_of_it.feeds] == ["inner", "open"]


async def test_the_filter_of_a_public_feed_that_uses_a_private_one_is_not_told(tmp_path):
    """It names that; who holds the story is told all the same, and operators are told why."""
    feeds = {
        "both": 'title = "Both"\nwhere = "feed:inner or region:SY"\n',
        "inner": 'title = "Inner circle"\nwhere = "outlet:agency"\ntoken_file = "tokens"\n',
    }
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "tokens").touch()
    async with newsroom(tmp_path, feeds=feeds) as room:
        await room.show(AGENCY, at(AGENCY, "1", FIRE, "A market in Idlib."))
        page = await room.page("1")
        all_of_it = await account_of(room.app.store, room.app.rules, "1", now=room.clock())
    told = msgspec.json.encode(page).decode() + render(page, frame("1"))
    assert [(each.name, each.is_member, each.terms) for each in page.feeds] == [("both", True, ())]
    assert "inner" not in told
    assert any("inner" in term for each in all_of_it.feeds for term in each.terms)


async def test_of_many_feeds_a_page_tells_of_the_nearest(tmp_path):
    """Twenty that hold it, and how many more; five that nearly do. The command line is told of all."""
    feeds = {f"in-{n:02}": f'title = "In {n}"\nwhere = "region:SY"\nstory_links = false\n' for n in range(25)}
    feeds |= {f"near-{n}": f'title = "N {n}"\nwhere = "region:SY x{n}y"\nstory_links = false\n' for n in range(7)}
    feeds["far"] = 'title = "Far"\nwhere = "region:JP"\nstory_links = false\n'
    async with newsroom(tmp_path, feeds=feeds) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "2", "Bridge at Jisr al-Shughur opens for lorries x3y", ""))
        await Outbox(room.app.store, [event_consumer(room.app.store)]).run()
        page, said = await room.page(), words_in(await room.html())
        all_of_it = await account_of(room.app.store, room.app.rules, "1", now=room.clock())
    assert len([each for each in page.feeds if each.is_member]) == 20
    assert page.more_feeds == 5
    assert "5 more feeds hold it." in said
    assert [(each.name, each.matches, each.terms) for each in page.feeds if not each.is_member] == [
        ("near-3", False, ("no x3y",))
    ]
    assert len(all_of_it.feeds) == len(feeds)


async def test_of_a_few_feeds_those_are_told_that_lack_little(tmp_path):
    """With the term that the story lacks; what has nothing of it is left out."""
    feeds = {
        "all": EVERYTHING,
        "aid": 'title = "Aid"\nwhere = "region:SY convoy"\nstory_links = false\n',
        "far": 'title = "Far"\nwhere = "region:JP convoy"\nstory_links = false\n',
    }
    async with newsroom(tmp_path, feeds=feeds) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        page, html = await room.page(), await room.html()
    assert [each.name for each in page.feeds] == ["all", "aid"]
    assert 'not in it: <bdi lang="en">no <code>convoy</code></bdi>' in html


async def test_how_it_is_known_is_told(tmp_path):
    """Where it was read, which way, when its outlet dates it, and as what."""
    async with newsroom(tmp_path) as room:
        item = at(AGENCY, "1", EN_TITLE, EN_TEXT)
        item.date = "Fri, 06 Mar 2026 11:50:00 GMT"
        await room.show(AGENCY, item)
        page, said = await room.page(), words_in(await room.html())
    assert (page.basis.way, page.basis.identity) == ("direct", "guid")
    assert f"{AGENCY}/feed.xml" in said.partition("How we know")[2]
    for each in ("HTTP, direct", "Fri 6 Mar 2026, 11:50 by the outlet", "its guid"):
        assert each in said
    assert page.uid in said


async def test_the_document_that_it_came_with_is_named_if_it_was_kept(tmp_path):
    """That of the same poll and endpoint: not one of an hour before, nor a later one."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", EN_TITLE, EN_TEXT))

        def capture(number, minutes, source="agency"):
            record = CaptureRecord(
                id=f"urn:{number}", at=NOW + timedelta(minutes=5 + minutes), file=f"{number}.warc.gz", offset=7,
                length=9, digest=f"sha256:{number}", is_whole=True,
            )  # fmt: skip
            endpoint = f"https://{source}.example/feed.xml"
            return Capture(source=f"{source}/feed.xml", endpoint=endpoint, outcome="ok", record=record)

        some = [capture(1, -70), capture(2, -1), capture(3, 1), capture(4, -1, "digest"), capture(5, -70, "paper")]
        await room.app.store.write(lambda tx: tx.captures.add(some))
        page, html = await room.page(), await room.html()
    assert (page.basis.captured, page.basis.digest) == ("2.warc.gz at byte 7", "sha256:2")
    assert [each.captured for each in page.tellings] == ["2.warc.gz at byte 7", ""]
    assert "kept as it came, in 2.warc.gz at byte 7" in html


class Reader(HTMLParser):
    """Reads which elements and attributes a page has."""

    def __init__(self, html):
        super().__init__()
        self.names, self.attributes, self.links = set(), set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value for name, value in attrs if name in ("href", "src", "action")}


HOSTILE = [*XSS[::24], "\u202eevil\u202c \u2066x", "w" * 200, "long words " * 28, "هدنة " * 50]


async def test_hostile_words_are_words(tmp_path):
    """In the headline, the text, a copy's headline and a diff; nothing of them becomes markup."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        plain = Reader(await room.html())
        for number, title in enumerate(HOSTILE):
            await room.show(PAPER, at(PAPER, f"p{number}", f"{title} 1", EN_TEXT))
            await room.show(AGENCY, at(AGENCY, "1", f"{title} 2", f"{EN_TEXT} {title}"))
            html = await room.html()
            found = Reader(html)
            assert found.names <= plain.names | {"del", "ins", "b", "div", "code", "br", "small", "span"}
            assert found.attributes <= plain.attributes
            assert {each.partition(":")[0] for each in found.links if ":" in each} <= {"http", "https"}


async def test_the_page_in_another_language_keeps_what_is_english_apart(tmp_path):
    """Reasons and terms of filters are marked as English, and links stay in the language."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", "Bridge opens", EN_TEXT))
        pages = {language: await room.html(language=language) for language in ("ar", "fa", "ru", "tr")}
    for language, html in pages.items():
        assert f'<html lang="{language}" dir="{"rtl" if language in ("ar", "fa") else "ltr"}">' in html
        assert '<bdi lang="en">A copy of agency by 100%' in html
        assert f'href="../../{language}/outlets/agency"' in html
        assert '<h1 lang="en" dir="ltr">' in html


async def test_a_copy_of_the_page_leads_nowhere_that_has_no_file(tmp_path):
    """Not to the search, to places or topics; to its outlet and its feeds it does."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        html = render_copy(
            await room.page(), CopiedPage(path="stories/1"), HasMost(), title="Desk", base_url="https://desk.example"
        )
    assert not re.search(r'href="[^"]*/(?:search|places|topics)', html)
    assert "<code>about:SY</code>" in html
    assert 'href="../../outlets/agency"' in html


async def test_a_story_that_is_not_there_has_no_page(tmp_path):
    """Retention may have deleted it; a number may be anything."""
    async with newsroom(tmp_path) as room:
        assert [await room.page(number) for number in ("1", "0", "9" * 12)] == [None, None, None]


async def test_a_page_is_small(tmp_path):
    """One with many copies, versions and tags, too."""
    async with newsroom(tmp_path, MIRROR, mode="compare", republish="full") as room:
        for number in range(6):
            await room.show(AGENCY, at(AGENCY, "1", f"{EN_TITLE} {number}", f"{EN_TEXT} Version {number}."))
            await room.show(PAPER, at(PAPER, f"p{number}", f"{EN_TITLE} {number}", f"{EN_TEXT} Version {number}."))
        page = await room.page()
    assert len(render(page, frame("1")).encode()) < 20_000
    many = replace(page, tellings=page.tellings * 50, tags=page.tags * 10, revisions=page.revisions * 9)
    html = render(many, frame("1"))
    assert len(html.encode()) < 30_000
    shown = (len(many.tellings) - 20, len(many.tags) - 16, len(many.revisions) - 6)
    assert all(f"{left} more in the JSON" in html for left in shown)
