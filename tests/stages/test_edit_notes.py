"""Edits in the log of operations: what outlets rewrote or took down, for recipients who ask for it, and once."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from syndicator.alerts.edits import NAME, edit_consumer
from syndicator.config import load
from syndicator.models import ChangeKind
from syndicator.runtime.app import App
from tests.apps import Clock, Shown, source_of
from tests.newsroom import EVERYTHING, Item, outlet, rss, write_config

HOUR = timedelta(hours=1)
DESK = 'to = ["https://hooks.example/desk"]\nkinds = ["edited", "deleted", "restored"]\n'


class Newsroom:
    """An outlet whose one story is rewritten, and the notes on it."""

    def __init__(self, app, shown, clock):
        self.app, self.shown, self.clock = app, shown, clock

    async def show(self, title, text="نص طويل عن الخبر.", *, guid="1"):
        """Let an hour pass, poll the outlet, and have the outbox run."""
        self.clock.move(HOUR)
        self.shown.body = rss(Item(title, guid=guid, link=f"https://one.example/{guid}", text=text), language="ar")
        await self.app.pipeline.poll(source_of(self.app))
        await self.app.outbox.run()

    async def notes(self):
        events = await self.app.store.read(lambda tx: tx.alerts.events_after(0, 1000))
        return [(str(each.kind), each.words) for each in events]


@asynccontextmanager
async def newsroom(folder, *, desk=DESK, language="ar"):
    shown, clock = Shown(), Clock()
    config_folder = write_config(
        folder / "c",
        outlets={"one": outlet("https://one.example", name="Damas", country="SY", language=language)},
        feeds={"all": EVERYTHING},
    )
    if desk:
        (config_folder / "alerts").mkdir()
        (config_folder / "alerts" / "desk.toml").write_text(desk, encoding="utf-8")
    config = load(config_folder, environ={}, state=folder / "s")
    app = App(config, fetch=shown, clock=clock)
    try:
        await app.adopt(config)
        yield Newsroom(app, shown, clock)
    finally:
        await app.close()


def quoted(words):
    return f'"\u2068{words}\u2069"'


async def test_a_changed_number_is_said_first_with_both_headlines(tmp_path):
    async with newsroom(tmp_path) as room:
        before, after = "مقتل ١٢ مدنيا في قصف على إدلب", "مقتل ٢١ مدنيا في قصف على إدلب"
        await room.show(before)
        await room.show(after)
        assert await room.notes() == [
            (
                "retitled",
                (
                    f"Damas changed a number in a headline: {quoted('١٢ مدنيا')} became {quoted('٢١ مدنيا')}. "
                    f"It was {quoted(before)} and is {quoted(after)}."
                ),
            )
        ]


@pytest.mark.parametrize(
    ("language", "before", "after", "said"),
    [
        ("ru", "Минобороны подтвердило удар", "Минобороны не подтвердило удар", '"не подтвердило"'),
        ("tr", "Van'da 40 köy yolu kapandı", "Van'da 140 köy yolu kapandı", '"40 köy" became "140 köy"'),
        ("fa", "زلزله در خوی: ۵ نفر زخمی شدند", "زلزله در خوی: ۱۵ نفر زخمی شدند", quoted("۱۵ نفر")),
    ],
)
async def test_headlines_of_other_languages(tmp_path, language, before, after, said):
    async with newsroom(tmp_path, language=language) as room:
        await room.show(before)
        await room.show(after)
        ((kind, words),) = await room.notes()
        assert kind == "retitled"
        assert said in words


async def test_a_headline_that_goes_to_and_fro_within_a_day_is_said_twice_at_most(tmp_path):
    """Once that it changed, once that it went back."""
    async with newsroom(tmp_path) as room:
        one, other = "افتتاح المعبر غدا", "افتتاح المعبر الأسبوع المقبل"
        for title in (one, other, one, other, one):
            await room.show(title)
        changed, back = await room.notes()
        assert changed[1].startswith("Damas rewrote a headline. It was")
        assert back == (
            "retitled",
            f"Damas took a headline back to {quoted(one)}; for a while it was {quoted(other)}.",
        )


async def test_a_rewritten_text_is_said_with_the_headline_of_its_story(tmp_path):
    async with newsroom(tmp_path) as room:
        title = "عودة العائلات إلى حلب"
        await room.show(title, "عادت 30 عائلة إلى بيوتها في حلب يوم الاثنين بعد الهدنة.")
        await room.show(title, "عادت 300 عائلة إلى بيوتها في حلب يوم الاثنين بعد الهدنة.")
        assert await room.notes() == [
            (
                "rewritten",
                (
                    f"Damas changed a number in the text of {quoted(title)}: "
                    f"{quoted('30 عائلة')} became {quoted('300 عائلة')}."
                ),
            )
        ]


async def test_a_page_that_is_taken_down_and_put_back(tmp_path):
    async with newsroom(tmp_path) as room:
        await room.show("تقرير عن المعابر")
        for kind in (ChangeKind.DELETED, ChangeKind.RESTORED):
            await room.app.store.write(lambda tx, kind=kind: tx.changes.add([(1, kind)], room.clock()))
            await room.app.outbox.run()
        assert [kind for kind, _ in await room.notes()] == ["deleted", "restored"]
        assert (await room.notes())[0][1] == f"Damas took down {quoted('تقرير عن المعابر')}: its page is gone."


@pytest.mark.parametrize("desk", ["", DESK.replace('"edited"', '"silent"'), DESK + 'where = "region:IQ"\n'])
async def test_what_nobody_asks_for_is_not_noted(tmp_path, desk):
    """No recipient, one that wants other kinds, one whose filter does not match."""
    async with newsroom(tmp_path, desk=desk) as room:
        await room.show("مقتل ١٢ مدنيا في قصف على إدلب")
        await room.show("مقتل ٢١ مدنيا في قصف على إدلب")
        assert await room.notes() == []


async def test_a_filter_chooses_stories(tmp_path):
    """The language of feeds' filters, on the story as it is now."""
    async with newsroom(tmp_path, desk=DESK + 'where = "region:SY"\n') as room:
        await room.show("مقتل ١٢ مدنيا في قصف على إدلب")
        await room.show("مقتل ٢١ مدنيا في قصف على إدلب")
        assert [kind for kind, _ in await room.notes()] == ["retitled"]


async def test_changes_that_are_handed_over_again_are_noted_once(tmp_path):
    """As after a crash between the note and whatever else a consumer writes."""
    async with newsroom(tmp_path) as room:
        await room.show("افتتاح المعبر غدا")
        await room.show("إغلاق المعبر غدا")
        changes = await room.app.store.read(lambda tx: tx.changes.after(0, 100))
        ports = room.app.pipeline.ports
        again = edit_consumer(
            room.app.store, rules=ports.rules, wants=lambda: lambda _event, _story: True, clock=room.clock
        )
        await again._handle(changes)
        assert len(await room.notes()) == 1
        reached = await room.app.store.read(lambda tx: tx.changes.position_of(NAME))
        assert reached == changes[-1].position
