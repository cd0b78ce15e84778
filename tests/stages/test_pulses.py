"""Arrivals and rhythms in the store: noted with polls, learned from beside them, and seeded from what is stored."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from syndicator.models import Outlet, PollBounds, PollRecord, Source
from syndicator.models.settings import WatchSettings
from syndicator.outbox import Outbox, Pulses
from syndicator.store import open_store, tables
from syndicator.watch import doors
from syndicator.watch.pulse_row import unpacked
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import Item, rss
from tests.stores import store_url

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def store(tmp_path):
    made = open_store(store_url(tmp_path / "s.db"))
    yield made
    made.close()


def rules_of(*outlets, silent=1.5):
    watch = WatchSettings(silent=silent)
    return SimpleNamespace(outlets={each.id: each for each in outlets}, config=SimpleNamespace(watch=watch))


def paper(name, country="SY", sources=1, **keys):
    return Outlet(
        id=name,
        name=name.title(),
        country=country,
        language="ar",
        home=f"https://{name}.example",
        sources=tuple(
            Source(id=f"{name}/{n}", outlet=name, endpoints=(f"https://{name}.example/{n}",), language="ar")
            for n in range(sources)
        ),
        **keys,
    )


async def note(store, source, *moments, since, now=None):
    await store.write(lambda tx: tx.pulses.note(source, moments, since=since, now=now or max(moments)))


async def rows(store):
    return await store.read(lambda tx: {row.subject: row for row in tx.pulses.after("", 1000)})


async def arrivals(store):
    return await store.read(lambda tx: tx.pulses.arrivals(1000))


def dated(at):
    return at.strftime("%a, %d %b %Y %H:%M:%S GMT")


async def test_polls_note_new_items_within_the_time_since_the_last_good_answer(tmp_path):
    """By their own dates; the first document is marked; a poll that brings nothing new notes nothing."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:

        async def poll(*items):
            shown.body = rss(*items)
            await app.pipeline.poll(source_of(app))
            return [(each.at - NOW, each.is_first, each.is_late) for each in await arrivals(app.store)]

        old = Item("خبر قديم من حلب", link=f"{HOME}/0", guid="0", date=dated(NOW - 5 * HOUR))
        assert await poll(old) == [(-5 * HOUR, True, False)]
        assert len(await poll(old)) == 1
        clock.move(2 * HOUR)
        items = [
            Item("Свежая новость из Идлиба", link=f"{HOME}/1", guid="1", date=dated(NOW + HOUR)),
            *(Item(f"Архив {n}", link=f"{HOME}/a{n}", guid=f"a{n}", date=dated(NOW - n * DAY)) for n in range(9, 40)),
            Item("Tarihsiz haber", link=f"{HOME}/3", guid="3"),
            Item("خبر از آینده", link=f"{HOME}/4", guid="4", date=dated(NOW + 9 * DAY)),
        ]
        found = await poll(*items, old)
        # A date that nobody can know yet is none; an archive counts once.
        assert sorted(found[1:]) == [(timedelta(0), False, False)] * 3 + [(HOUR, False, False)]
        clock.move(3 * DAY)
        last = Item("خبر جديد", link=f"{HOME}/5", guid="5", date=dated(NOW + 2 * DAY))
        assert (await poll(last, *items))[-1] == (2 * DAY, False, True)


async def test_copies_are_signs_of_life(tmp_path):
    """An outlet that carries what others have is not silent."""
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        first = Item("Heyet İdlib'e vardı", link=f"{HOME}/1", guid="1")
        shown.body = rss(first)
        await app.pipeline.poll(source_of(app))
        clock.move(HOUR)
        again = [Item("Halep'te yağmur", link=f"{HOME}/2", guid=guid) for guid in ("2", "3")]
        shown.body = rss(*again, first)
        report = await app.pipeline.poll(source_of(app))
        assert (report.verdicts["new"], report.verdicts["copy"]) == (1, 1)
        assert len(await arrivals(app.store)) == 3


async def test_arrivals_are_learned_from_in_steps_and_deleted(store):
    """A large backlog is no long transaction."""
    pulses = Pulses(store, rules=lambda: rules_of(paper("jisr", sources=2), paper("sham")))
    await note(store, "jisr/0", NOW, since=None)
    for n in range(1, 9):
        await note(store, "jisr/0", *(NOW + n * DAY + m * HOUR / 10 for m in range(90)), since=NOW + n * DAY)
    await note(store, "gone/0", NOW, since=NOW)
    steps = 0
    while await pulses.step():
        steps += 1
    assert steps >= 3
    assert await arrivals(store) == []
    found = await rows(store)
    assert list(found) == ["country:SY", "language:ar", "outlet:jisr", "source:jisr/0"]
    assert unpacked(found["source:jisr/0"]).rate > 40
    assert found["outlet:jisr"].members == ("jisr/0", "jisr/1")


async def test_a_failure_learns_nothing_twice(store):
    """What was learned and what is deleted are one transaction."""
    rules = rules_of(paper("jisr"))
    await note(store, "jisr/0", NOW, since=None)
    await note(store, "jisr/0", NOW + HOUR, NOW + 2 * HOUR, since=NOW)
    await Outbox(store, [Pulses(store, rules=lambda: rules)]).run()
    first = await rows(store)
    await Outbox(store, [Pulses(store, rules=lambda: rules)]).run()
    assert await rows(store) == first


async def test_another_constant_and_another_timetable_count_at_once(store):
    """Moments are computed anew, also by a new process; and only then."""
    rules = rules_of(paper("jisr"))
    await note(store, "jisr/0", NOW - 30 * DAY, since=None)
    times = [NOW - 30 * DAY + n * 5 * HOUR for n in range(1, 130)]
    await note(store, "jisr/0", *times, since=times[0])
    pulses = Pulses(store, rules=lambda: rules)
    await Outbox(store, [pulses]).run()
    before = (await rows(store))["source:jisr/0"]
    rules = rules_of(paper("jisr"), silent=3.0)
    await Outbox(store, [pulses]).run()
    patient = (await rows(store))["source:jisr/0"]
    assert patient.silent_at - patient.newest_at > 1.5 * (before.silent_at - before.newest_at)
    assert patient.state == before.state
    rules = rules_of(paper("jisr", expect=8 * DAY))
    await Outbox(store, [Pulses(store, rules=lambda: rules)]).run()
    assert (await rows(store))["source:jisr/0"].silent_at == before.newest_at + 8 * DAY


async def test_a_group_that_lost_much_of_itself_begins_anew(store):
    """What is gone is not to be expected any more; a member that comes, or a small one that goes, changes little."""
    papers = [paper("jisr"), paper("nahr"), paper("sham")]
    rules = rules_of(*papers)
    for name, every in (("jisr", 1), ("nahr", 1), ("sham", 24)):
        await note(store, f"{name}/0", NOW, since=None)
        await note(store, f"{name}/0", *(NOW + every * n * HOUR for n in range(1, 240 // every)), since=NOW)
    pulses = Pulses(store, rules=lambda: rules)
    await Outbox(store, [pulses]).run()
    state = (await rows(store))["country:SY"].state
    rules = rules_of(*papers[:2])
    await Outbox(store, [pulses]).run()
    assert (await rows(store))["country:SY"].state == state
    assert (await rows(store))["country:SY"].members == ("jisr/0", "nahr/0")
    rules = rules_of(papers[0], papers[2])
    await Outbox(store, [pulses]).run()
    assert "country:SY" not in await rows(store)


async def test_rhythms_of_sources_that_left_are_forgotten_after_a_month(store):
    """One that comes back before has its rhythm still; what is gone is at no look read any more."""
    papers = [paper("jisr"), paper("nahr"), paper("sham")]
    sources = {source.id: source for each in papers for source in each.sources}
    for each in sources:
        await note(store, each, NOW, since=None)
    await Outbox(store, [Pulses(store, rules=lambda: rules_of(*papers))]).run()

    async def sync():
        await store.write(lambda tx: tx.sources.sync(sources, NOW, PollBounds()))

    async def poll(source, at):
        record = PollRecord(source=source, version=0, polled_at=at, due_at=at, endpoints=())
        await store.write(lambda tx: tx.record_poll(record, pytest.fail, doors.after))

    await sync()
    for source, last in (("nahr/0", NOW), ("sham/0", NOW + 9 * DAY), ("jisr/0", NOW + 35 * DAY)):
        await poll(source, last)
    del sources["nahr/0"], sources["sham/0"]
    await sync()
    await Outbox(store, [Pulses(store, rules=lambda: rules_of(papers[0]))]).run()
    assert list(await rows(store)) == ["source:jisr/0", "source:sham/0"]


async def test_an_upgraded_store_knows_rhythms_at_once(tmp_path):
    """They are learned from the entries that it has."""
    url = store_url(tmp_path / "s.db", "sqlite")
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(tables.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0016")
    micro = [int((NOW - DAY * 30 + 6 * HOUR * n).timestamp() * 1e6) for n in range(120)]
    hour = 3_600_000_000
    with engine.begin() as connection:
        for n, at in enumerate(micro):
            values = {"key": str(n), "published": at - (n % 3) * hour, "seen": at}
            connection.execute(
                text(
                    "INSERT INTO entry (source, outlet, key, title_digest, text_digest, published, seen_at)"
                    " VALUES ('jisr/0', 'jisr', :key, '', '', :published, :seen)"
                ),
                values,
            )
    engine.dispose()
    store = open_store(url)
    rules = rules_of(paper("jisr"))
    await Outbox(store, [Pulses(store, rules=lambda: rules)]).run()
    [row] = (await rows(store)).values()
    store.close()
    assert row.begun_at == NOW - 30 * DAY
    assert unpacked(row).lulls > 100
    assert NOW < row.silent_at < NOW + 5 * DAY
