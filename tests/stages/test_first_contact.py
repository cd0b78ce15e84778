"""The first poll of a source with mirrors: who is waited for, and what is said of what they show."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.config import load
from syndicator.models import Document, Outcome, OutletMode, Validators
from syndicator.runtime.app import App
from tests.apps import Clock
from tests.newsroom import EVERYTHING, Item, outlet, rss, write_config

HOME = "https://haber.example"
MIRRORS = [f"https://m{number}.ayna.example" for number in range(1, 12)]
NEWS = rss(Item("Köprü açıldı", link=f"{HOME}/1", guid="1"), title="Haber")
HANGS = object()


class Network:
    """Answers by address: a document, an outcome, or never."""

    def __init__(self, answers):
        self.answers = answers

    async def __call__(self, url, known, options):
        answer = self.answers[url.rpartition("/")[0]]
        if answer is HANGS:
            await asyncio.Event().wait()
        is_good = isinstance(answer, bytes)
        return Document(
            endpoint=url,
            outcome=Outcome.OK if is_good else answer,
            url=url,
            status=200,
            body=answer if is_good else None,
            validators=Validators(body_hash=url),
        )


@asynccontextmanager
async def meeting(folder, answers, *, mode=OutletMode.FAILOVER):
    """Make an application whose one outlet has a home and mirrors that answer so; nobody has a second."""
    home, *mirrors = answers
    outlets = {"haber": outlet(home, *mirrors, name="Haber", mode=mode.value)}
    config = load(
        write_config(folder / "c", outlets=outlets, feeds={"all": EVERYTHING}), environ={}, state=folder / "s"
    )
    at_once = timedelta(0)
    config = replace(config, mirror_slow=at_once, politeness=replace(config.politeness, deadline=at_once))
    app = App(config, fetch=Network(answers), clock=Clock())
    try:
        await app.adopt(config)
        yield app
    finally:
        await app.close()


async def titles(app):
    return [story.title for story in await app.store.read(lambda tx: tx.stories.newest(100))]


@pytest.mark.parametrize("mode", OutletMode)
@pytest.mark.parametrize("working", [HOME, MIRRORS[0], MIRRORS[-1]])
async def test_mirrors_that_hang_hold_the_first_story_up_for_one_deadline_at_most(tmp_path, mode, working):
    """However many they are, and though those of one site ask one after another; nothing counts against them."""
    answers = {HOME: Outcome.CONNECT_ERROR, **dict.fromkeys(MIRRORS, HANGS), working: NEWS}
    async with meeting(tmp_path, answers, mode=mode) as app:
        report = await app.pipeline.poll(app.config.outlets["haber"].sources[0])
        assert await titles(app) == ["Köprü açıldı"]
        assert {each.outcome for each in report.documents} <= {Outcome.OK, Outcome.CONNECT_ERROR}


async def test_a_mirror_that_shows_nothing_does_not_speak_for_a_home(tmp_path):
    """A doubt is noted as if the home were alone."""
    foreign = rss(Item("Win at cards", link="https://casino.example/1", guid="1"), title="Casino")
    answers = {HOME: foreign, MIRRORS[0]: rss(title="Haber")}
    async with meeting(tmp_path, answers) as app:
        report = await app.pipeline.poll(app.config.outlets["haber"].sources[0])
        notes = [each.note for each in (*report.documents, *report.compared)]
        assert any("nothing in it speaks for Haber" in note for note in notes)
