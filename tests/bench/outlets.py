"""What readers' pages of outlets and topics cost: CPU milliseconds with their queries and rendering, and bytes.

The store has 10,000 outlets with ninety days of each, and many stories, of which one outlet has a quarter. The bars are
50 ms, and 30 KB, 8 KB compressed.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from syndicator.config import load
from syndicator.models import Concept, ConceptEntry, Evidence, Outlet, OutletMode, Source, Tag
from syndicator.models.days import DayCount, day_of
from syndicator.models.reader_pages import OutletOrder, OutletsWanted, OutletWanted, TopicsWanted, TopicWanted
from syndicator.outbox.search_text import VERSION
from syndicator.rules import Rules, rules_from
from syndicator.runtime.reader_pages import PageSource
from syndicator.store import EVERY_MARK, SearchRow, Store, mark_of, open_store
from syndicator.store.tables import appearance, endpoint, entry, member, revision, source, story
from syndicator.store.transaction import SQLTransaction
from syndicator.watch.series import Series, concept_of
from syndicator.watch.spikes import hour_of
from syndicator.web.reader_pages import Frame, language_of, render
from tests.conftest import NOW
from tests.made_ops import NAMES, TITLES
from tests.newsroom import EVERYTHING, write_config

_ROUNDS, _OUTLETS, _TOPICS = 7, 10_000, 60
# One tells a quarter of all stories, another is read at three addresses that are compared.
_BUSY, _COMPARED = "outlet7", "outlet8"
_TEXT = "<p>" + "The bridge over the Orontes opened to lorries after eleven weeks of repairs, the council said. " * 20
_PLACES = (("SY", "SY-ID"), ("LB",), ("TR", "TR-31"), ("RU",), ("IR",), ("CY",), ("IQ", "IQ-NI"))
_Row = dict[str, Any]


def outlets(stories: str = "120000") -> None:
    """Print the table, in a store of so many stories."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(int(stories), Path(folder)))


async def _measure(stories: int, folder: Path) -> None:
    rules = _rules(folder)
    store = open_store(f"sqlite:///{folder}/store.db")
    try:
        await _fill(store, rules, stories)
        pages = PageSource(store, lambda: rules, lambda: NOW)
        print(f"{stories:,} stories, {_OUTLETS:,} outlets: CPU ms (median of {_ROUNDS}), bytes, bytes compressed")
        for path, wanted in {
            "outlets": OutletsWanted(),
            "outlets?order=news": OutletsWanted(order=OutletOrder.NEWS),
            "outlets?q=": OutletsWanted(words="невский"),
            f"outlets/{_BUSY}": OutletWanted(id=_BUSY),
            f"outlets/{_COMPARED}": OutletWanted(id=_COMPARED),
            "topics": TopicsWanted(),
            "topics/topic0": TopicWanted(id="topic0"),
            "topics/topic9, older": TopicWanted(id="topic9", before=stories // 2),
        }.items():
            await _tell(pages, path, wanted)
    finally:
        store.close()


async def _tell(pages: PageSource, path: str, wanted: object) -> None:
    frame = Frame(
        title="Border Desk", base_url="https://news.example", path=path.partition("?")[0], root="..",
        language=language_of("en"),
    )  # fmt: skip
    reads, whole, html = [], [], b""
    for _ in range(_ROUNDS):
        begun = time.process_time()
        page = await pages(wanted)
        reads.append(time.process_time() - begun)
        html = render(page, frame).encode()
        whole.append(time.process_time() - begun)
    read, both = (statistics.median(each) * 1000 for each in (reads, whole))
    packed = len(gzip.compress(html, 6))
    print(f"  {path:<22} {both:6.1f} ms (read {read:.1f}) {len(html):>8,} {packed:>7,}", flush=True)


def _rules(folder: Path) -> Rules:
    config = load(write_config(folder / "config", feeds={"all": EVERYTHING}))
    made = {each.id: each for each in map(_outlet, range(_OUTLETS))}
    concepts = {f"topic{number}": _concept(number) for number in range(_TOPICS)}
    return replace(rules_from(config), config=replace(config, outlets=made, concepts=concepts))


def _outlet(number: int) -> Outlet:
    name, country, language = NAMES[number % len(NAMES)]
    of, home = f"outlet{number}", f"https://outlet{number}.example"
    mirrors = (f"https://m{number}.mirror.example", f"https://n{number}.mirror.example")[: number % 3]
    addresses = tuple(f"{each}/rss.xml" for each in (home, *mirrors))
    sources = (Source(id=f"{of}/rss.xml", outlet=of, endpoints=addresses, language=language),)
    return Outlet(
        id=of, name=f"{name} {number}", country=country, language=language, home=home, mirrors=mirrors, sources=sources,
        mode=OutletMode.COMPARE if mirrors else OutletMode.FAILOVER,
    )  # fmt: skip


def _concept(number: int) -> Concept:
    languages = ("en", "ar", "fa", "ru", "tr", "he", "fr")
    entries = tuple(ConceptEntry(text=f"word{number}{each}*", language=of) for of in languages for each in "abcde")
    terms = tuple(each.text for each in entries)
    return Concept(id=f"topic{number}", label=f"Topic {number}", terms=terms, entries=entries)


async def _fill(store: Store, rules: Rules, stories: int) -> None:
    sources = {source.id: source for outlet in rules.outlets.values() for source in outlet.sources}
    await store.write(lambda tx: tx.sources.sync(sources, NOW, rules.bounds))
    await store.write(lambda tx: tx.search.ensure(VERSION))
    ids = list(sources)
    for start in range(0, len(ids), 500):
        some = [day for each in ids[start : start + 500] for day in _days(each)]
        await store.write(lambda tx, some=some: tx.days.add(some))
    await store.write(_answer)
    await store.write(lambda tx: _count(tx, rules))
    await store.write(lambda tx: tx.feeds.define({"all": ("x", "y")}, NOW, last_story=0))
    chance = random.Random(1)
    for start in range(0, stories, 10_000):
        rows = list(_stories(rules, range(start + 1, min(start + 10_000, stories) + 1), stories, chance))
        await store.write(lambda tx, rows=rows: _add(tx, rows))
    await store.write(lambda tx: tx.search.filled_to(0))


def _days(of: str) -> list[DayCount]:
    today = day_of(NOW)
    return [DayCount(of, day, day % 40, 48, 0) for day in range(today - 89, today + 1)]


def _answer(tx: SQLTransaction) -> None:
    """Have every address answered, and every source told something within a month."""
    known: _Row = {"outcome": "ok", "tried_at": NOW, "good_at": NOW, "seen_items": b"x" * 3000}
    tx.connection.execute(update(endpoint).values(**known))
    for number, id_ in enumerate(tx.connection.scalars(select(source.c.id)).all()):
        at = NOW - timedelta(minutes=number % 40_000)
        tx.connection.execute(update(source).where(source.c.id == id_).values(news_at=at, timing=b"x" * 300))


def _count(tx: SQLTransaction, rules: Rules) -> None:
    names = [str(Series(thing=concept_of(id_), language=of)) for id_ in rules.concepts for of in ("", "ar", "en", "fa")]
    ids = tx.volumes.ids(names, adding=names)
    last = hour_of(NOW)
    tx.volumes.add({(of, last - hour): (3, 1) for of in ids.values() for hour in range(60 * 24)})
    tx.volumes.know({concept_of(each): "x" for each in rules.concepts}, NOW - timedelta(days=90))


def _stories(rules: Rules, numbers: range, of: int, chance: random.Random) -> Iterator[_Row]:
    """Yield rows of stories over sixty days."""
    for number in numbers:
        id_ = _BUSY if number % 4 == 0 else f"outlet{chance.randrange(_OUTLETS)}"
        outlet = rules.outlets[id_]
        title = TITLES.get(outlet.language, "Bridge at Jisr al-Shughur reopens")
        topic = 0 if number % 3 == 0 else number % _TOPICS
        at = NOW - timedelta(days=60) * (of - number) / of
        yield {
            "id": number, "uid": f"tag:{number}", "outlet": id_, "source": outlet.sources[0].id, "title": title,
            "html": _TEXT, "link": f"{outlet.home}/{number}", "language": outlet.language, "published": at,
            "first_seen": at, "updated": at, "categories": [], "is_confirmed": True,
            "tags": tuple(_tags(number, topic, title)),
        }  # fmt: skip


def _tags(number: int, topic: int, title: str) -> Iterator[Tag]:
    evidence = (Evidence(field="title", start=0, end=5, words=title[:5]),)
    for place in (number % 7, (number + 3) % 7):
        path, said = _PLACES[place], {"evidence": evidence, "role": "about", "score": 0.9}
        yield Tag(scheme="region", term=path[-1], label=path[-1], path=path, **said)  # type: ignore[arg-type]
    id_ = f"topic{topic}"
    yield Tag(scheme="concept", term=id_, label=f"Topic {topic}", path=(id_,), evidence=evidence)


def _add(tx: SQLTransaction, rows: list[_Row]) -> None:
    connection = tx.connection
    connection.execute(insert(story), rows)
    entries = [_entry(row, row["source"], row["outlet"], "new") for row in rows]
    copied = [row for row in rows if row["id"] % 5 == 0 and row["outlet"] != _BUSY]
    connection.execute(insert(entry), [*entries, *(_entry(row, f"{_BUSY}/rss.xml", _BUSY, "copy") for row in copied)])
    changed = [row for row in rows if row["id"] % 8 == 0]
    before: _Row = {"html": _TEXT, "endpoint": "", "changed": ("title",)}
    connection.execute(
        insert(revision),
        [
            {"story": row["id"], "replaced_at": row["first_seen"], "title": f"{row['title']} so far", **before}
            for row in changed
        ],
    )
    connection.execute(
        insert(member), [{"feed": "all", "story": row["id"], "placed_at": row["first_seen"]} for row in rows]
    )
    shown = [_appearance(row, at) for row in rows[-300:] for at in ("outlet8", "m8.mirror", "n8.mirror")]
    if rows[-1]["first_seen"] == NOW:
        connection.execute(insert(appearance), shown)
    tx.search.put([_indexed(row) for row in rows])


def _appearance(row: _Row, host: str) -> _Row:
    said = {"title": row["title"], "title_digest": "t", "text_digest": "t", "link_key": None, "absent_at": None}
    key = {"source": f"{_COMPARED}/rss.xml", "key": str(row["id"]), "endpoint": f"https://{host}.example/rss.xml"}
    return {**key, "first_at": row["first_seen"] + timedelta(minutes=len(host)), **said}


def _entry(row: _Row, of: str, outlet: str, verdict: str) -> _Row:
    return {
        "source": of, "outlet": outlet, "key": f"{verdict}{row['id']}", "link": row["link"], "title_digest": "t",
        "text_digest": "t", "seen_at": row["first_seen"], "story": row["id"], "verdict": verdict,
    }  # fmt: skip


def _indexed(row: _Row) -> SearchRow:
    marks = [mark_of("concept", tag.term) for tag in row["tags"] if tag.scheme == "concept"]
    return SearchRow(row["id"], row["title"].lower(), "", "", "", "", " ".join([EVERY_MARK, *marks]))
