"""Stories that go straight into a store, tagged by the rules in force, under a clock that a test moves."""

from datetime import timedelta

from syndicator.alerts import Look, SpikeDetector
from syndicator.models import ChangeKind, Entry, Source
from syndicator.outbox import Outbox, volume_consumer

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# What is told every day, by outlets in four languages.
USUAL = {
    "enab": ("ar", ["افتتاح سوق جديد في تونس", "معرض الكتاب في الرباط", "أمطار غزيرة في عمان"]),
    "tabriz": ("fa", ["بازار شیراز باز شد", "نمایشگاه کتاب در تهران", "باران در اصفهان بارید"]),
    "volga": ("ru", ["В Казани открыли библиотеку", "Ярмарка мёда в Самаре", "Снег выпал в Перми"]),
    "ege": ("tr", ["İzmir'de kitap fuarı açıldı", "Bursa'da kar yağdı", "Ankara'da yeni park"]),
}
CEASEFIRES = [
    ("enab", "وقف إطلاق النار في إدلب"),
    ("tabriz", "آتش‌بس در ادلب برقرار شد"),
    ("volga", "Перемирие в Идлибе вступило в силу"),
    ("ege", "İdlib'de ateşkes başladı"),
    ("enab", "سكان إدلب يعودون بعد الهدنة"),
]


class Desk:
    """An application, and what its outlets tell."""

    def __init__(self, app, clock):
        self.app, self.clock, self.number = app, clock, 0

    async def tell(self, outlet, *titles, published=None, language=None, source="rss"):
        """Store stories of an outlet as new ones; they are published now unless it is said when."""
        language = language or USUAL[outlet][0]
        of = Source(
            id=f"{outlet}/{source}", outlet=outlet, endpoints=(f"https://{outlet}.example/{source}",), language=language
        )
        first = self.number
        self.number += len(titles)

        def add(tx):
            for number, title in enumerate(titles, first):
                entry = self.app.rules.classified(_entry(title, number, language, published), of, self.clock())
                (story,) = tx.stories.add([(f"tag:{number}", entry)], of, self.clock())
                tx.feeds.join({story: entry.feeds}, self.clock(), fresh=[story])
                tx.changes.add([(story, ChangeKind.ADDED)], self.clock())

        await self.app.store.write(add)

    async def usual(self, days):
        """Let days pass on which the usual is told."""
        for _ in range(days):
            self.clock.move(DAY)
            for outlet, (_, titles) in USUAL.items():
                await self.tell(outlet, *titles)
            await self.run()

    async def run(self):
        """Count and judge, as a process does that has just begun."""
        await Outbox(self.app.store, [self.consumer()]).run()

    def consumer(self, store=None):
        return volume_consumer(store or self.app.store, rules=lambda: self.app.rules, clock=self.clock)

    async def spikes(self):
        """Return what the detector finds, by subject."""
        look = Look(now=self.clock(), rules=self.app.rules)
        found = await self.app.store.read(lambda tx: list(SpikeDetector().find(tx, look)))
        return {each.subject.id: each for each in found}

    async def alone(self):
        """Return the subjects of the spikes that are covered by no other, unless they are about to end."""
        return [id_ for id_, each in (await self.spikes()).items() if not each.covered_by and not each.is_holding]

    async def volumes(self, name):
        """Return the stories of a series by hour."""

        def read(tx):
            ids = tx.volumes.ids([name])
            return tx.volumes.by_hour([ids[name]], 0, 10**7)[ids[name]] if ids else {}

        return await self.app.store.read(read)


def _entry(title, number, language, published):
    return Entry(
        key=str(number),
        link=None,
        link_key=None,
        title=title,
        html="",
        title_digest="",
        text_digest="",
        copy_digest=None,
        author=None,
        published=published,
        language=language,
    )
