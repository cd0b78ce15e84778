"""A happening in a newsroom on loopback: outlets tell of it in four languages, and the operator is alerted once."""

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime

from syndicator.alerts import AlertWatch, Look, SpikeDetector
from syndicator.config import load
from syndicator.models.alerts import AlertKind, Phase
from syndicator.runtime.app import App
from tests.apps import Clock
from tests.newsroom import CEASEFIRE, Item, Site, outlet, rss, write_config

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SYRIA = 'title = "Syria"\nwhere = "region:SY"\n'
USUAL = {
    "ar": "أعيد فتح سوق الزيتون في تونس",
    "fa": "نمایشگاه کتاب در شیراز باز شد",
    "ru": "В Казани открыли новую библиотеку",
    "tr": "Bursa'da kitap fuarı açıldı",
}
TRUCE = {
    "ar": ["وقف إطلاق النار في إدلب", "سكان إدلب يرحبون بالهدنة"],
    "fa": ["آتش‌بس در ادلب برقرار شد"],
    "ru": ["Перемирие в Идлибе вступило в силу"],
    "tr": ["İdlib'de ateşkes başladı"],
}


class Newsroom:
    """Outlets on loopback, by language, and an application that polls them under a clock that a test moves."""

    def __init__(self, app, clock, sites):
        self.app, self.clock, self.sites = app, clock, sites
        self.items = {name: [] for name in sites}
        self.watch = AlertWatch(app.store, [SpikeDetector()], lambda: Look(now=clock(), rules=app.rules))

    async def tell(self, name, title, text=""):
        number = len(self.items[name])
        link = f"{self.sites[name].base}/{number}"
        self.items[name].insert(0, Item(title, link, str(number), text or title, format_datetime(self.clock())))
        self.sites[name].answers["/feed.xml"] = rss(*self.items[name][:20], language=name[:2])

    async def poll(self):
        for source in self.app.config.sources.values():
            await self.app.pipeline.poll(source)
        await self.app.outbox.run()

    async def usual(self, days):
        for day in range(days):
            self.clock.move(DAY)
            for name in self.sites:
                for part in range(3):
                    await self.tell(name, f"{USUAL[name[:2]]} {day} {part}")
            await self.poll()

    async def look(self):
        """Take two looks, a minute apart; return what was logged of alerts that are told."""
        events = []
        for _ in range(2):
            self.clock.move(MINUTE)
            events += await self.watch.look()
        return events

    async def titles(self, numbers):
        return {each.title for each in await self.app.store.read(lambda tx: tx.stories.get(numbers))}


@asynccontextmanager
async def a_newsroom(folder, names):
    clock = Clock()
    async with AsyncExitStack() as stack:
        sites = {name: await stack.enter_async_context(Site()) for name in names}
        outlets = {name: outlet(site.base, name=name, language=name[:2]) for name, site in sites.items()}
        config_folder = write_config(
            folder / "c", outlets=outlets, feeds={"syria": SYRIA}, concepts={"ceasefire": CEASEFIRE}
        )
        config = load(config_folder, environ={}, state=folder / "s")
        app = App(config, clock=clock)
        try:
            await app.adopt(config)
            yield Newsroom(app, clock, sites)
        finally:
            await app.close()


async def test_a_truce_is_told_in_four_languages_and_alerted_once(tmp_path):
    """With its stories, those of distinct outlets first; it ends by itself, and nobody is alerted again."""
    async with a_newsroom(tmp_path, USUAL) as newsroom:
        await newsroom.usual(16)
        assert await newsroom.look() == []
        for name, titles in TRUCE.items():
            for title in titles:
                newsroom.clock.move(MINUTE)
                await newsroom.tell(name, title)
            await newsroom.poll()
        (event,) = await newsroom.look()
        assert (event.kind, event.phase, str(event.subject)) == (AlertKind.SPIKE, Phase.RAISED, "series:any/SY/any")
        assert event.words.startswith("Syria: 5 stories of 4 outlets in 2 h, where 0.0")
        assert await newsroom.titles(event.stories) == {title for titles in TRUCE.values() for title in titles}
        assert len(await newsroom.titles(event.stories[:4]) & {titles[-1] for titles in TRUCE.values()}) == 4
        events = []
        for _ in range(3):
            await newsroom.usual(1)
            events += await newsroom.look()
        assert [each.phase for each in events] == [Phase.CLEARED]


LONG = "في صباح اليوم اجتمع ممثلو القرى الواقعة قرب مدينة إدلب واتفقوا على فتح الطريق أمام {} حتى نهاية الشهر، وقال شيخ القرية إن الأهالي ينتظرون عودة {} منذ الشتاء الماضي، وإن الأطفال سيعودون إلى {} في الأسبوع المقبل إذا بقي الهدوء كما هو الآن."
THINGS = [
    ("الشاحنات", "المزارعين", "المدارس"),
    ("الحافلات", "الجيران", "الملاعب"),
    ("القوافل", "الأطباء", "بيوتهم"),
    ("التجار", "العمال", "المكتبة"),
]


async def test_copies_make_outlets_and_no_stories(tmp_path):
    """Four stories of one outlet are none. A second one that copies them makes it a spike of four stories."""
    async with a_newsroom(tmp_path, ["ar", "ar-too", "ru", "tr"]) as newsroom:
        await newsroom.usual(16)
        stories = [(f"إدلب بعد الهدنة: {things[0]}", LONG.format(*things)) for things in THINGS]
        for story in stories:
            await newsroom.tell("ar", *story)
        await newsroom.poll()
        assert await newsroom.look() == []
        for story in stories:
            await newsroom.tell("ar-too", *story)
        await newsroom.poll()
        (event,) = await newsroom.look()
        assert event.words.startswith("Syria: 4 stories of 2 outlets in 2 h")
        assert await newsroom.titles(event.stories) == {title for title, _ in stories}
