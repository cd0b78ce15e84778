"""Outlets in several languages that tell events, straight into a store: who, when, in whose words, and how it was read."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import aiohttp

from syndicator.config import load
from syndicator.models import Copy, EndpointState, Entry, EventAssignment, New, Outcome, PollRecord
from syndicator.models.days import DayCount, day_of
from syndicator.publish import FeedFiles
from syndicator.runtime.app import App
from syndicator.web import SiteContext, serve
from tests.apps import Clock, Shown
from tests.newsroom import EVERYTHING, MAIN, outlet, write_config

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# By id: name, country, language.
OUTLETS = {
    "levant": ("The Levant Courier", "LB", "en"),
    "orontes": ("Orontes Daily", "GB", "en"),
    "ledger": ("The Port Ledger", "CY", "en"),
    "walnut": ("Walnut Hill Post", "IQ", "en"),
    "plume": ("The Rhone Plume", "FR", "en"),
    "tribune": ("The Orontes Tribune", "SY", "en"),
    "jisr": ("وكالة الجسر للأنباء", "SY", "ar"),
    "alborz": ("پیام البرز", "IR", "fa"),
    "neva": ("Невский бюллетень", "RU", "ru"),
    "bogaz": ("Boğaz Postası", "TR", "tr"),
}
TITLES = {
    "en": "Russia and Turkey agree on a ceasefire in Idlib",
    "ar": "الرباط ترحب بالهدنة في إدلب",
    "fa": "توافق روسیه و ترکیه بر سر آتش‌بس در ادلب",
    "ru": "Россия и Турция договорились о прекращении огня в Идлибе",
    "tr": "Rusya ve Türkiye İdlib'de ateşkes konusunda anlaştı",
}


@dataclass
class EventDesk:
    """An application whose outlets tell events as a test says. Stories have numbers from 1 on, as they are told."""

    app: App
    clock: Clock

    async def tell(
        self,
        outlet: str,
        title: str = "",
        *,
        event: int | None = None,
        after: timedelta = MINUTE,
        copied_by: tuple[str, ...] = (),
        credit: str = "",
        related: tuple[int, ...] = (),
        merged: tuple[int, ...] = (),
        score: float | None = None,
        feeds: tuple[str, ...] | None = None,
    ) -> int:
        """Store a story, some time after the last one; return its number. It opens an event, or joins one."""
        self.clock.move(after)
        language = OUTLETS[outlet][2]
        of = self.app.config.outlets[outlet].sources[0]
        entry = _entry(title or TITLES[language], language, f"{of.home}#{self.clock.now.timestamp()}", credit)
        entry = self.app.rules.classified(entry, of, self.clock())

        def add(tx):
            (number,) = tx.stories.add([(f"tag:{entry.key}", entry)], of, self.clock())
            tx.entries.record([(New(entry=entry, reason="new"), number)], of, self.clock())
            for place, each in enumerate(copied_by, 1):
                copier = self.app.config.outlets[each].sources[0]
                copy = Copy(
                    entry=replace(entry, link=f"{copier.home}/copy", credit=""), reason="the same", story=number
                )
                tx.entries.record([(copy, number)], copier, self.clock() + place * MINUTE)
            tx.feeds.join({number: entry.feeds if feeds is None else feeds}, self.clock(), fresh=[number])
            (story,) = tx.stories.get([number])
            tx.events.record([(story, _assignment(number, event, score, related, merged))])
            return number

        return await self.app.store.write(add)

    async def tell_much(self, outlet: str, titles: list[str], *, event: int, score: float = 0.5) -> list[int]:
        """Store many stories of an event at once, as told in one moment; return their numbers."""
        language = OUTLETS[outlet][2]
        of = self.app.config.outlets[outlet].sources[0]
        first = await self.app.store.read(lambda tx: tx.stories.last_number())
        entries = [_entry(title, language, f"{of.home}#{first + n}", "") for n, title in enumerate(titles)]

        def add(tx):
            numbers = tx.stories.add([(f"tag:{each.key}", each) for each in entries], of, self.clock())
            tx.feeds.join(dict.fromkeys(numbers, ("all",)), self.clock(), fresh=numbers)
            stories = reversed(tx.stories.get(numbers))
            tx.events.record([(each, _assignment(each.id, event, score, (), ())) for each in stories])
            return list(numbers)

        return await self.app.store.write(add)

    async def usual(self, *outlets: str, events: int = 4) -> None:
        """Have some outlets tell a few events together."""
        for number in range(events):
            opened = await self.tell(outlets[0], f"Market day number {number} in Hama")
            for each in outlets[1:]:
                await self.tell(each, f"Hama: market {number}", event=opened)

    async def read(
        self,
        outlet: str,
        *,
        good: timedelta | None = timedelta(0),
        steady: timedelta = 30 * DAY,
        outcome: Outcome = Outcome.OK,
        polls: int = 12,
        failed: int = 0,
        new: int = 0,
        listed: int = 0,
    ) -> None:
        """Store how an outlet was read today: its last good answer, how long all were good, and counts."""
        (source,) = self.app.config.outlets[outlet].sources
        now = self.clock()
        at = EndpointState(
            endpoint=source.home,
            outcome=outcome,
            tried_at=now,
            good_at=None if good is None else now - good,
            good_since=now - steady if outcome.is_good else None,
            seen_items=b"".join(number.to_bytes(_RECORD, "little") for number in range(listed)),
        )

        def write(tx):
            version = tx.sources.state(source).version
            record = PollRecord(
                source=source.id,
                version=version,
                polled_at=now,
                due_at=now,
                endpoints=(at,),
                seen_items={source.home: at.seen_items},
            )
            tx.record_poll(record, lambda _: record)
            tx.days.add([DayCount(source.id, day_of(now), new, polls, failed)])

        await self.app.store.write(write)

    async def page(self, wanted):
        """Return what a page shows."""
        return await self.app.reader_pages(wanted)


@asynccontextmanager
async def event_desk(folder, *, feeds=None, main="", names=None, state="s"):
    """Make an application with outlets in five languages."""
    known = {id_: (names or {}).get(id_, name) for id_, (name, _, _) in OUTLETS.items()}
    outlets = {
        id_: outlet(f"https://{id_}.example", name=known[id_], country=country, language=language)
        for id_, (_, country, language) in OUTLETS.items()
    }
    (folder / "c").mkdir(parents=True, exist_ok=True)
    (folder / "c" / "desk.tokens").write_text("", encoding="utf-8")  # for a feed that is private
    written = write_config(folder / "c", outlets=outlets, feeds=feeds or {"all": EVERYTHING}, main=MAIN + main)
    config = load(written, environ={}, state=folder / state)
    clock = Clock()
    app = App(config, fetch=Shown(), clock=clock)
    try:
        await app.adopt(config)
        yield EventDesk(app, clock)
    finally:
        await app.close()


@asynccontextmanager
async def served(folder, desk):
    """Serve an application's pages for readers; give a client."""
    app = desk.app
    context = SiteContext(
        files=FeedFiles(folder / "f"),
        status=None,
        trouble=tuple,
        pages=app.reader_pages,
        directory=lambda: app.directory,
    )
    runner, port = await serve(context, "127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        await runner.cleanup()


# Bytes of the record of an item: see ``parse.item_index``.
_RECORD = 16


def _entry(title, language, key, credit):
    return Entry(
        key=key,
        link=key,
        link_key=None,
        title=title,
        html="",
        title_digest="",
        text_digest="",
        copy_digest=None,
        author=None,
        published=None,
        language=language,
        credit=credit,
    )


def _assignment(number, event, score, related, merged):
    if event is None and not merged:
        return EventAssignment(event=number, reason="nothing alike lately", related=related)
    score = 0.5 if score is None else score
    reason = f"{score:.2f} alike, in common: Idlib"
    return EventAssignment(event=event or number, reason=reason, score=score, related=related, merged=merged)
