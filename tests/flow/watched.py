"""Outlets on loopback whose rhythms are known, and whose next days a test plays: polls, what is learned, and looks."""

from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syndicator.alerts import AlertWatch, Look, SilenceDetector
from syndicator.config import load
from syndicator.models.alerts import AlertKind, AlertState
from syndicator.runtime.app import App
from tests.apps import Clock
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, MAIN, Item, Site, rss, write_config

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def dated(at: datetime) -> str:
    return at.strftime("%a, %d %b %Y %H:%M:%S GMT")


@dataclass
class Paper:
    """An outlet at a site of its own: what it shows, and what it publishes at which hours."""

    site: Site
    headline: str = "News {n}"
    hours: tuple[int, ...] = (5, 7, 9, 10, 12, 13, 15, 17, 19, 21)
    items: list[Item] = field(default_factory=list)
    is_publishing: bool = True

    def publish(self, at: datetime, path: str = "/feed.xml") -> None:
        """Put one item more on the feed."""
        n = f"{at:%Y%m%d%H%M}"
        self.items.insert(0, Item(self.headline.format(n=n), f"{self.site.base}/{n}", f"{path}{n}", date=dated(at)))
        self.show(path)

    def show(self, path: str = "/feed.xml") -> None:
        self.site.answers[path] = rss(*self.items[:30])


class Play:
    """The days of some outlets, in steps of an hour."""

    def __init__(self, app: App, clock: Clock, papers: dict[str, Paper], folder) -> None:
        self.app, self.clock, self.papers, self.folder = app, clock, papers, folder
        self.watch = AlertWatch(app.store, (SilenceDetector(),), self.describe)
        self.is_offline, self.told = False, []

    def describe(self) -> Look:
        return Look(now=self.clock(), rules=self.app.rules, is_offline=self.is_offline)

    async def learn(self, days: int = 21, *, shape: Callable[[int], Sequence[float]] | None = None) -> None:
        """Have some days behind, as polls noted them: ``shape`` says at which hours of a day something came."""
        begun = self.clock() - days * DAY
        for day in range(days + 1):
            start = (begun + day * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
            for source in self.app.rules.sources.values():
                if day == 0:
                    await self.note(source.id, [begun], since=None, now=begun)
                usual = self.papers[source.outlet].hours
                # Each day differs a little, as days do.
                hours = shape(day) if shape else [hour + day % 3 / 4 for hour in usual[: 10 - day % 4]]
                moments = [start + each * HOUR for each in hours]
                moments = [each for each in moments if begun < each <= self.clock() - HOUR]
                if moments:
                    await self.note(source.id, moments, since=moments[0], now=moments[-1])
        await self.app.outbox.run()
        for paper in self.papers.values():
            paper.publish(self.clock() - timedelta(minutes=5))
        await self.step(timedelta(0))

    async def note(self, source: str, moments: Sequence[datetime], *, since: datetime | None, now: datetime) -> None:
        """Note new items, as a poll does."""
        await self.app.store.write(lambda tx: tx.pulses.note(source, moments, since=since, now=now))

    async def poll(self) -> None:
        for source in self.app.rules.sources.values():
            await self.app.pipeline.poll(source)

    async def reload(self, name: str, text: str) -> None:
        """Edit an outlet's file, and put it in force."""
        (self.folder / "outlets" / f"{name}.toml").write_text(text, encoding="utf-8")
        await self.app.adopt(load(self.folder, environ={}, state=self.app.config.state))

    async def step(self, by: timedelta = HOUR, *, polls: bool = True) -> None:
        """Let time go by: outlets publish at their hours, and are polled; then a look is taken, and a minute later."""
        before = self.clock()
        self.clock.move(by)
        for paper in self.papers.values():
            for at in (before + n * HOUR for n in range(1, 1 + by // HOUR)):
                if paper.is_publishing and at.hour in paper.hours:
                    paper.publish(at.replace(minute=1))
        if polls:
            await self.poll()
        await self.app.outbox.run()
        await self.look()

    async def look(self) -> None:
        for _ in range(2):
            self.clock.move(timedelta(minutes=2))
            self.told += [
                (str(each.phase), str(each.kind), str(each.subject), each.words) for each in await self.watch.look()
            ]

    async def until_told(self, most: timedelta, *, by: timedelta = HOUR, polls: bool = True) -> timedelta | None:
        """Let time go by until something is told; return how long that was."""
        begun, count = self.clock(), len(self.told)
        while self.clock() - begun < most:
            await self.step(by, polls=polls)
            if len(self.told) > count:
                return self.clock() - begun
        return None

    async def alerts(self, *, kind=AlertKind.SILENT) -> dict[str, str]:
        """Return the words of open alerts by subject, without those that a wider one covers."""
        current = await self.app.store.read(lambda tx: tx.alerts.current())
        return {
            str(each.subject): each.words
            for each in current
            if each.kind is kind and each.state is AlertState.RAISED and not each.is_covered
        }


@asynccontextmanager
async def a_play(folder, write, *papers: Paper, names=None, main="", at=NOW):
    """Play outlets: ``write`` writes each one's file, given its home."""
    clock = Clock(at)
    by_name = dict(zip(names or [f"paper{n}" for n in range(len(papers))], papers, strict=True))
    for paper in papers:
        await paper.site.__aenter__()
    texts = {name: write(name, paper.site.base) for name, paper in by_name.items()}
    config_folder = write_config(folder / "c", outlets=texts, feeds={"all": EVERYTHING}, main=MAIN + main)
    config = load(config_folder, environ={}, state=folder / "s")
    app = App(config, clock=clock)
    try:
        await app.adopt(config)
        yield Play(app, clock, by_name, config_folder)
    finally:
        await app.close()
        for paper in papers:
            await paper.site.__aexit__()
