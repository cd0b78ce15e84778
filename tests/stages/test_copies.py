"""One story, once: copies across outlets and within one, whose words a story has, and guids that tell nothing apart."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from syndicator.config import load
from syndicator.models import Document, Outcome, Validators
from syndicator.runtime.app import App
from tests.apps import Clock
from tests.newsroom import EVERYTHING, Item, outlet, rss, write_config
from tests.stores import IS_POSTGRES

AGENCY, PAPER, DIGEST = "https://agency.example", "https://paper.example", "https://digest.example"

TEXTS = {
    "en": (
        "Bridge at Jisr al-Shughur reopens",
        (
            "The bridge over the Orontes at Jisr al-Shughur opened to lorries on Tuesday after eleven weeks of repairs, the"
            " provincial council said. Farmers in the Ghab plain had been driving forty kilometres to the next crossing."
            " Engineers replaced three of the seven spans and laid a new surface."
        ),
    ),
    "ar": (
        "إعادة فتح جسر جسر الشغور",
        (
            "أعيد فتح الجسر فوق نهر العاصي في جسر الشغور أمام الشاحنات يوم الثلاثاء بعد أحد عشر أسبوعا من أعمال الإصلاح،"
            " حسبما أعلن مجلس المحافظة. وكان مزارعو سهل الغاب يقطعون أربعين كيلومترا للوصول إلى أقرب معبر."
            " واستبدل المهندسون ثلاثة من أقواس الجسر السبعة ووضعوا طبقة جديدة من الإسفلت."
        ),
    ),
    "fa": (
        "پل جسرالشغور بازگشایی شد",
        (
            "پل روی رود عاصی در جسرالشغور پس از یازده هفته تعمیر روز سه‌شنبه به روی کامیون‌ها باز شد، شورای استان اعلام کرد."
            " کشاورزان دشت غاب تا نزدیک‌ترین گذرگاه چهل کیلومتر رانندگی می‌کردند."
            " مهندسان سه دهانه از هفت دهانه پل را عوض کردند و روکش تازه‌ای کشیدند."
        ),
    ),
    "ru": (
        "Мост в Джиср-эш-Шугуре открыт",
        (
            "Мост через Оронт в Джиср-эш-Шугуре открыли для грузовиков во вторник после одиннадцати недель ремонта, сообщил"
            " совет провинции. Крестьянам равнины Эль-Габ приходилось ехать сорок километров до следующей переправы."
            " Инженеры заменили три из семи пролётов и уложили новое покрытие."
        ),
    ),
    "tr": (
        "Cisr eş-Şuğur köprüsü açıldı",
        (
            "Cisr eş-Şuğur'da Asi nehri üzerindeki köprü on bir haftalık onarımın ardından salı günü kamyonlara açıldı,"
            " il meclisi duyurdu. Gab ovasının çiftçileri en yakın geçide kırk kilometre yol gidiyordu."
            " Mühendisler yedi açıklıktan üçünü yeniledi ve yeni bir kaplama döşedi."
        ),
    ),
}
EN_TITLE, EN_TEXT = TEXTS["en"]


class Newsroom:
    """An application whose outlets show what a test says, polled one after another at times that a test sets."""

    def __init__(self, app, clock):
        self.app, self.clock, self.shown, self._asked = app, clock, {}, 0

    async def fetch(self, url, known, options):
        self._asked += 1
        return Document(
            endpoint=url,
            outcome=Outcome.OK,
            url=url,
            status=200,
            body=self.shown[url.rpartition("/")[0]],
            validators=Validators(body_hash=str(self._asked)),
        )

    async def show(self, home, *items, after=timedelta(minutes=5)):
        """Poll the outlet at ``home``, where these items are listed now."""
        self.shown[home] = rss(*items, title=home)
        self.clock.move(after)
        outlets = self.app.config.outlets.values()
        (source,) = next(each.sources for each in outlets if each.home == home)
        return await self.app.pipeline.poll(source)

    async def stories(self):
        """Return the stories, the oldest first."""
        return (await self.app.store.read(lambda tx: tx.stories.newest(1000)))[::-1]

    async def titles(self):
        return [each.title for each in await self.stories()]


@asynccontextmanager
async def newsroom(folder, **more):
    """Make an application with an agency, a paper and a digest."""
    outlets = {
        key: outlet(home, **{"name": key.title(), **more.get(key, {})})
        for key, home in {"agency": AGENCY, "paper": PAPER, "digest": DIGEST}.items()
    }
    feeds = {"all": EVERYTHING}
    config = load(write_config(folder / "c", outlets=outlets, feeds=feeds), environ={}, state=folder / "s")
    clock, room = Clock(), Newsroom(None, None)
    app = App(config, fetch=room.fetch, clock=clock)
    room.app, room.clock = app, clock
    try:
        await app.adopt(config)
        yield room
    finally:
        await app.close()


def at(home, slug, title, text, *, guid=None):
    return Item(title, link=f"{home}/{slug}", guid=guid or f"{home}/{slug}", text=text)


@pytest.mark.parametrize("language", TEXTS)
async def test_a_reprint_with_another_headline_is_the_same_story(tmp_path, language):
    """In whatever script: one story, which both outlets have."""
    title, text = TEXTS[language]
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", title, text))
        await room.show(PAPER, at(PAPER, "a", f"{title.split()[0]} 7", text))
        (story,) = await room.stories()
        assert (story.title, story.outlets, story.copies) == (title, ("agency", "paper"), (f"{PAPER}/a",))


async def test_the_same_mould_with_other_numbers_is_another_story(tmp_path):
    """A daily bulletin under the very same headline, at one outlet and at two."""
    bulletin = (
        "The civil defence in Hama put out {} fires in the last day and took {} people to hospital, its daily bulletin"
        " said. Crews came from Salamiyah and Masyaf. Drivers are asked to keep the lanes beside the roads free."
    )
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "mon", "Civil defence: daily bulletin", bulletin.format(14, 3)))
        await room.show(AGENCY, at(AGENCY, "tue", "Civil defence: daily bulletin", bulletin.format(9, 5)))
        await room.show(PAPER, at(PAPER, "x", "Civil defence: daily bulletin", bulletin.format(21, 7)))
        stories = await room.stories()
        assert [each.outlets for each in stories] == [("agency",), ("agency",), ("paper",)]


@pytest.mark.parametrize("is_first", [True, False])
async def test_outlets_that_lead_to_one_page_tell_one_story_in_its_owners_words(tmp_path, is_first):
    """Three words are too few for a copy, and enough beside the same page. The id stays whoever came first."""
    own = (AGENCY, at(AGENCY, "port", "Tartus port reopens", "By our staff."))
    lists = (DIGEST, Item("Tartus port reopens", link=f"{AGENCY}/port?utm_source=d", guid="d1", text="See the report."))
    async with newsroom(tmp_path) as room:
        first, second = (own, lists) if is_first else (lists, own)
        await room.show(*first)
        (before,) = await room.stories()
        await room.show(*second)
        (story,) = await room.stories()
        assert story.uid == before.uid
        assert (story.outlet, story.link) == ("agency", f"{AGENCY}/port")
        assert set(story.outlets) == {"agency", "digest"}


async def test_two_lists_of_a_page_that_is_nobodys_are_one_story_if_they_name_it_alike(tmp_path):
    """The page is at an outlet that is not configured."""
    page = "https://elsewhere.example/report"
    async with newsroom(tmp_path) as room:
        await room.show(DIGEST, Item("Water returns to Raqqa", link=page, guid="1", text="A report."))
        await room.show(PAPER, Item("Water returns to Raqqa's homes", link=page, guid="p", text="Read."))
        await room.show(AGENCY, Item("Why we doubt this survey", link=page, guid="a", text="An opinion."))
        assert await room.titles() == ["Water returns to Raqqa", "Why we doubt this survey"]


async def test_a_forged_link_or_guid_changes_nothing_of_anothers_story(tmp_path):
    """Neither words nor feeds nor outlets, whether the forger comes first or last."""
    forged = Item("Win at cards", link=f"{AGENCY}/port", guid=f"{AGENCY}/port", text="Click here and win.")
    async with newsroom(tmp_path) as room:
        await room.show(DIGEST, forged)
        await room.show(AGENCY, at(AGENCY, "port", "Tartus port reopens", "By our staff."))
        await room.show(PAPER, forged)
        by_outlet = {each.outlet: each for each in await room.stories()}
        assert by_outlet["agency"].title == "Tartus port reopens"
        assert by_outlet["agency"].outlets == ("agency",)


async def test_the_agency_that_a_story_is_credited_to_is_its_origin(tmp_path):
    """It may come last; the reprint's later edits are no news then."""
    reprint = at(PAPER, "p", "Bridge opens", f"JISR AL-SHUGHUR (Agency) - {EN_TEXT}")
    async with newsroom(tmp_path, agency={"name": "Agency"}) as room:
        await room.show(PAPER, reprint)
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        (story,) = await room.stories()
        assert set(story.outlets) == {"agency", "paper"}


async def test_the_preferred_outlets_words_are_a_storys(tmp_path):
    """It takes the story over, and whoever had it first cannot edit it any more."""
    async with newsroom(tmp_path, agency={"preferred": True}) as room:
        await room.show(PAPER, at(PAPER, "p", "Bridge opens", EN_TEXT))
        (before,) = await room.stories()
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", "Bridge opens, at last", EN_TEXT))
        (story,) = await room.stories()
        assert (story.uid, story.outlet, story.title) == (before.uid, "agency", EN_TITLE)
        await room.show(AGENCY, at(AGENCY, "1", "Bridge reopens to lorries", EN_TEXT))
        assert await room.titles() == ["Bridge reopens to lorries"]


async def test_a_flash_grows_into_the_article_that_follows_it(tmp_path):
    """Under an id of its own, at the same outlet; what becomes of the flash later changes nothing."""
    flash = EN_TEXT.partition(". ")[0] + "."
    first = at(AGENCY, "flash", "BREAKING: bridge reopens", flash)
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, first)
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT), first)
        (story,) = await room.stories()
        assert (story.title, story.link) == (EN_TITLE, f"{AGENCY}/1")
        await room.show(AGENCY, at(AGENCY, "flash", "BREAKING: the bridge reopens", flash))
        assert await room.titles() == [EN_TITLE]


async def test_copies_are_found_after_a_restart_and_without_the_index(tmp_path):
    """The index is a cache: kept, lost or damaged, it is made of what the store has."""
    for number, damage in enumerate([lambda _: None, lambda path: path.unlink(), lambda path: path.write_bytes(b"x")]):
        state = tmp_path / str(number)
        async with newsroom(state) as room:
            await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        indexes = list((state / "s").glob("*-copies"))
        assert bool(indexes) != IS_POSTGRES  # beside PostgreSQL it is in memory
        for index in indexes:
            damage(index)
        async with newsroom(state) as room:
            await room.show(PAPER, at(PAPER, "p", "Bridge opens", EN_TEXT))
            (story,) = await room.stories()
            assert story.outlets == ("agency", "paper")


async def test_what_is_older_than_the_window_is_no_copy(tmp_path):
    """An anniversary piece is printed again."""
    async with newsroom(tmp_path) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
        await room.show(PAPER, at(PAPER, "p", "Bridge opens", EN_TEXT), after=timedelta(days=30))
        assert len(await room.stories()) == 2


ITEMS = [(f"Well {name} reopens", f"The well at {name} gives water again.") for name in ("Kafr", "Salqin", "Harem")]


async def test_guids_that_move_from_item_to_item_identify_none(tmp_path):
    """The newest is always number one: neither edits nor new stories come of it, nor do they later."""
    async with newsroom(tmp_path) as room:
        for count in (2, 3, 3):
            listed = ITEMS[:count][::-1]
            await room.show(AGENCY, *(Item(t, guid=str(n), text=x) for n, (t, x) in enumerate(listed)))
        assert await room.titles() == [title for title, _ in ITEMS]


async def test_guids_that_change_at_every_request_make_no_new_stories(tmp_path):
    """Whether the items have links or only words."""
    async with newsroom(tmp_path) as room:
        for asked in range(6):
            linked = (Item(t, f"{AGENCY}/{n}", guid=f"{asked}-{n}", text=x) for n, (t, x) in enumerate(ITEMS))
            await room.show(AGENCY, *linked)
            await room.show(
                PAPER, *(Item(f"{t}, too", guid=f"{asked}-{n}", text=f"{x}!") for n, (t, x) in enumerate(ITEMS))
            )
        assert len(await room.stories()) == 6
