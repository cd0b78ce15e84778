"""Whatever the store is in, readers get the same."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syndicator.config import load
from syndicator.replay import find_captures, replay
from syndicator.store.move import move_store
from syndicator.store.watch_tables import metadata
from tests.newsroom import EVERYTHING, MAIN, Item, rss, write_config
from tests.stores import store_url

WORDS = {
    "en": "the ceasefire in Idlib holds while Turkey and Russia talk about aid roads schools and winter near Aleppo",
    "ar": "وقف إطلاق النار في إدلب بين تركيا وروسيا يفتح الطريق أمام المساعدات إلى حلب والمدارس",
    "ru": "перемирие в Идлибе держится пока Турция и Россия говорят о помощи дорогах и школах у Алеппо",
    "tr": "İdlib'de ateşkes sürerken Türkiye ve Rusya yardım yollarını okulları ve Halep'i konuşuyor ılık",
    "fa": "آتش‌بس در ادلب برقرار است و ترکیه و روسیه درباره کمک و جاده و مدرسه در حلب سخن می‌گویند",
}
FEEDS = {
    "everything": EVERYTHING,
    "syria": "title = \"سوريا\"\nwhere = 'region:SY'\nlimit = 20\n",
    "copied": "title = \"Copied\"\nwhere = 'copies:1'\n",
}


def made_news(folder):
    """Write captures of ten outlets: news, rewritten headlines, agency texts at several outlets, items that come back."""
    chance = random.Random(21)
    wire, kept = [], {}
    for hour in range(6):
        wire.append(made_item(chance, f"wire-{hour}"))
        for number, language in enumerate([*WORDS, *WORDS]):
            outlet = f"{language}{number}"
            items = kept.setdefault(outlet, [])
            items.insert(0, made_item(chance, f"{outlet}-{hour}", language))
            if chance.random() < 0.5:
                items.insert(1, Item(wire[-1].title, link=f"https://{outlet}.example/w{hour}", text=wire[-1].text))
            if hour and chance.random() < 0.5:
                old = items[-1]
                items[-1] = Item(f"{old.title} 2021 {language}", link=old.link, guid=old.guid, text=old.text)
            path = folder / outlet / f"2021090{1 + hour // 3}T{hour:02}{number:02}00Z.xml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(rss(*items[:8]))


def made_item(chance, key, language="en"):
    words = WORDS[language].split()
    title, text = (" ".join(chance.choices(words, k=count)) for count in (8, 80))
    return Item(title, link=f"https://x.example/{key}", guid=key, text=text)


def play(folder, out, store):
    config = load(
        write_config(folder / "c", feeds=FEEDS, main=f'store = "sqlite:///{folder}/unused.db"\n{MAIN}'),
        environ={},
        state=folder / "s",
    )
    return asyncio.run(replay(config, find_captures(folder / "in"), out, store=store))


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.xdist_group("postgresql")
def test_a_replay_gives_the_same_bytes_and_the_same_rows_on_both(tmp_path):
    """Files of all formats, stories with their ids, entries with their reasons, events, feeds: row by row."""
    made_news(tmp_path / "in")
    urls = {kind: store_url(tmp_path / f"{kind}.db", kind) for kind in ("sqlite", "postgresql")}
    told = {kind: play(tmp_path, tmp_path / kind, url) for kind, url in urls.items()}
    for each in told.values():
        del each["seconds"], each["cpu_seconds"]
    assert told["sqlite"] == told["postgresql"]
    assert told["sqlite"]["entries"]["copy"] > 5
    assert told["sqlite"]["entries"]["updated"] > 5
    assert files_of(tmp_path / "sqlite") == files_of(tmp_path / "postgresql")
    move_store(urls["postgresql"], f"sqlite:///{tmp_path}/moved.db", lambda *_: None)
    with (
        closing(sqlite3.connect(tmp_path / "sqlite.db")) as here,
        closing(sqlite3.connect(tmp_path / "moved.db")) as there,
    ):
        for table in metadata.sorted_tables:
            if table.name not in ("search_word", "meta", "config_file"):  # of several processes' alone
                names = ", ".join(f'"{column.name}"' for column in table.c)
                query = f"SELECT {names} FROM {table.name} ORDER BY {names}"
                assert here.execute(query).fetchall() == there.execute(query).fetchall(), table.name
