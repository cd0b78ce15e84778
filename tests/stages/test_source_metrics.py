"""Metrics of single sources: read from what is stored of each, in parts."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from sqlalchemy import insert, update

from syndicator.config import load
from syndicator.runtime.app import App
from syndicator.runtime.source_metrics import source_metrics
from syndicator.store.tables import Moment, Names, Packed, source
from syndicator.store.watch_tables import door, pulse
from syndicator.web.exposition import Format, render
from tests.apps import Clock, Shown
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, MAIN, outlet, write_config

HOUR = timedelta(hours=1)
SOURCES = 2300  # more than two parts


@pytest.fixture
async def app(tmp_path):
    """An application with an outlet of two sources, and one of very many."""
    two = outlet("https://haber.example", name="Haber") + '[[source]]\npath = "/خبر.xml"\n'
    many = "".join(f'[[source]]\npath = "/{number}.xml"\n' for number in range(SOURCES))
    folder = write_config(
        tmp_path / "c",
        outlets={"haber": two, "many": outlet("https://many.example") + many},
        feeds={"all": EVERYTHING},
        main=MAIN,
    )
    config = load(folder, environ={}, state=tmp_path / "s")
    app = App(config, fetch=Shown(), clock=Clock())
    try:
        await app.adopt(config)
        yield app
    finally:
        await app.close()


def empty(kind):
    match kind:
        case Packed():
            return {}
        case Moment():
            return NOW
        case Names():
            return ()
        case _:
            return kind.python_type()


async def keep(app, table, **values):
    """Store a row; what metrics do not read of it is as empty as it may be."""
    wanting = [each for each in table.c if not each.nullable and each.name not in values]
    values |= {each.name: empty(each.type) for each in wanting}
    await app.store.write(lambda tx: tx.connection.execute(insert(table).values(**values)))


async def answered(app, id_, good_at, news_at):
    changed = update(source).where(source.c.id == id_).values(good_at=good_at, news_at=news_at)
    await app.store.write(lambda tx: tx.connection.execute(changed))


async def scraped(app, outlet_=""):
    text = render(await source_metrics(app, outlet_), Format.TEXT).decode()
    return {
        (each.name.removeprefix("syndicator_"), *each.labels.values()): each.value
        for family in parse(text)
        for each in family.samples
    }


async def test_a_lull_is_measured_against_the_alarm(app):
    """Half of the way from the newest item to the alarm is a half; at the alarm it is 1."""
    id_ = "haber/feed.xml"
    await keep(app, pulse, subject=f"source:{id_}", newest_at=NOW - 10 * HOUR, silent_at=NOW + 10 * HOUR)
    await answered(app, id_, NOW, NOW - 9 * HOUR)
    found = await scraped(app)
    assert found["source_lull_ratio", "haber", id_] == 0.5
    assert found["source_good_timestamp_seconds", "haber", id_] == NOW.timestamp()
    assert found["source_news_timestamp_seconds", "haber", id_] == (NOW - 9 * HOUR).timestamp()
    app.clock.move(20 * HOUR)
    assert (await scraped(app))["source_lull_ratio", "haber", id_] == 0.5
    await answered(app, id_, NOW + 10 * HOUR, NOW - 9 * HOUR)
    assert (await scraped(app))["source_lull_ratio", "haber", id_] == 1


async def test_who_never_answered_has_no_lull(app):
    """Nor has one of whose rhythm nothing is known, or whose clock puts the alarm before the item."""
    await keep(app, pulse, subject="source:haber/feed.xml", newest_at=NOW - HOUR, silent_at=NOW + HOUR)
    await keep(app, pulse, subject="source:haber/خبر.xml", newest_at=NOW, silent_at=NOW)
    await answered(app, "haber/خبر.xml", NOW, None)
    await answered(app, "many/1.xml", NOW, NOW)
    found = await scraped(app)
    assert not any(name == "source_lull_ratio" for name, *_ in found)
    assert ("source_news_timestamp_seconds", "haber", "haber/خبر.xml") not in found
    assert ("source_good_timestamp_seconds", "haber", "haber/خبر.xml") in found


async def test_every_source_in_force_is_there_once(app):
    """However many parts they are read in; the alarms of groups are no sources."""
    await app.store.write(lambda tx: tx.connection.exec_driver_sql("update source set good_at = 1000000"))
    await keep(app, pulse, subject="outlet:many", newest_at=NOW, silent_at=NOW + HOUR)
    found = await scraped(app)
    assert len(found) == SOURCES + 3
    assert {source for _, _, source in found} == set(app.config.sources)


async def test_one_outlet_alone_can_be_asked_for(app):
    """With the certificates of its own hosts."""
    for host in ("haber.example", "many.example"):
        await keep(app, door, host=host, valid_until=NOW + HOUR, seen_at=NOW)
    await answered(app, "haber/feed.xml", NOW, None)
    await answered(app, "many/1.xml", NOW, None)
    assert await scraped(app, "haber") == {
        ("source_good_timestamp_seconds", "haber", "haber/feed.xml"): NOW.timestamp(),
        ("certificate_expiry_timestamp_seconds", "haber.example"): (NOW + HOUR).timestamp(),
    }
    assert len(await scraped(app)) == 4
    assert await source_metrics(app, "nobody") is None
