"""A store of very many made-up stories, for what readers' pages cost: a year of 400 outlets, with places, topics, events.

It is made once, in the folder that is given; what is missing of it is added. Texts are of 30 words, as in most feeds.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from syndicator.config import load
from syndicator.models import Evidence, Tag
from syndicator.outbox.search import SearchFill
from syndicator.runtime.app import App
from syndicator.store import Transaction, tables
from tests.bench.preview import Words, made_words
from tests.conftest import NOW
from tests.made_reader_words import PLACES, TOPICS
from tests.made_readers import store_poll
from tests.newsroom import outlet, write_config

_SPAN, _OUTLETS, _AT_ONCE, _LENGTH = timedelta(days=365), 400, 10_000, 30
_LANGUAGES = ("en", "ru", "ar", "fa", "tr")
_TOPICS = tuple(TOPICS)
# Of each fifty stories five events have five each; of each hundred thousand one event has four hundred.
_BLOCK, _SHARED, _WAVE, _WAVE_LENGTH, _WAVE_STEP = 50, 5, 100_000, 8000, 20
_MAIN = """listen = "127.0.0.1:{port}"
base_url = "http://127.0.0.1:{port}"
title = "Border Desk"
[tag]
authority = "border-desk.example"
"""


async def reading_app(folder: Path, count: int, port: int, *, indexed: int) -> App:
    """Open an application on the store, made as far as it is not there yet; the ``indexed`` newest can be searched."""
    topics = {id_: f"label = {json.dumps(TOPICS[id_][0])}\n[terms]\nen = [{json.dumps(id_)}]\n" for id_ in _TOPICS}
    written = write_config(
        folder / "config",
        port=port,
        outlets={
            f"outlet-{n}": outlet(
                f"https://outlet-{n}.example", f"https://m{n}.mirror.example", name=f"Outlet {n}", language=_language(n)
            )
            for n in range(_OUTLETS)
        },
        feeds={name: f"title = {json.dumps(name)}\nwhere = {json.dumps(where)}\n" for name, where in _feeds()},
        concepts=topics,
        main=_MAIN,
    )
    config = load(written, environ={}, state=folder / "state")
    app = App(replace(config, store=f"sqlite:///{folder / f'reading-{count}.db'}"), clock=lambda: NOW)
    await app.adopt(app.config)
    await _fill(app, count)
    await _index(app, count, indexed)
    return app


def _feeds() -> Iterator[tuple[str, str]]:
    yield "everything", ""
    yield from ((f"of-{place.term.lower()}", f"region:{place.term}") for place in PLACES)
    yield from ((f"of-{topic}", f"concept:{topic}") for topic in _TOPICS)


def _language(outlet_number: int) -> str:
    return _LANGUAGES[outlet_number % len(_LANGUAGES)]


async def _fill(app: App, count: int) -> None:
    done = await app.store.read(lambda tx: tx.stories.last_number())
    words = made_words(random.Random(5))
    if not done:
        await app.store.write(lambda tx: [store_poll(tx, each) for each in app.config.sources.values()])
    for start in range(done, count, _AT_ONCE):
        chance = random.Random(start)
        made = [_story(chance, words, number, count) for number in range(start + 1, start + 1 + _AT_ONCE)]
        await app.store.write(lambda tx, made=made: _store(tx, made))
        print(f"made {start + _AT_ONCE:,} stories", flush=True)
    if done < count:
        await app.store.write(lambda tx: tx.connection.exec_driver_sql("PRAGMA optimize"))  # type: ignore[attr-defined]


async def _index(app: App, count: int, indexed: int) -> None:
    fill = SearchFill(app.store)
    await fill.step()
    while (below := await app.store.read(lambda tx: tx.search.unfilled_below())) > max(0, count - indexed):
        if below % _AT_ONCE == 1:
            print(f"to be indexed: {below:,}", flush=True)
        await fill.step()


def _story(chance: random.Random, words: dict[str, Words], number: int, count: int) -> dict[str, Any]:
    outlet_number = chance.randrange(_OUTLETS)
    language = _language(outlet_number)
    known = words[language]
    text = chance.choices(known.words, cum_weights=known.weights, k=_LENGTH)
    title = " ".join(text[:8]).capitalize()
    seen = NOW - _SPAN * (1 - number / count)
    of = f"outlet-{outlet_number}"
    return {
        "id": number, "uid": f"tag:{number}", "outlet": of, "source": f"{of}/feed.xml", "title": title,
        "language": language, "html": f"<p>{' '.join(text)}.</p>", "link": f"https://{of}.example/{number}",
        "published": seen, "first_seen": seen, "updated": seen, "categories": (), "is_confirmed": True,
        "tags": tuple(_tags(chance, title)), "author": None, "enclosure": None, "point": None, "text_revisions": 0,
        "revised": ("title",) if number % 40 == 0 else (), "deleted_at": None, "pictures": (),
    }  # fmt: skip


def _tags(chance: random.Random, title: str) -> Iterator[Tag]:
    evidence = (Evidence(field="title", start=0, end=4, words=title[:4]),)
    last = len(PLACES) - 1
    for place in (
        PLACES[n] for n in sorted({min(int(chance.expovariate(0.5)), last) for _ in range(chance.randint(0, 2))})
    ):
        yield Tag(
            scheme="region", term=place.term, label=place.label, path=place.path, role=chance.choice(("about", "actor")),
            score=0.9, evidence=evidence, geonameid=place.geonameid, point=place.point,
        )  # fmt: skip
    if chance.random() < 0.3:
        topic = _TOPICS[min(int(chance.expovariate(0.7)), len(_TOPICS) - 1)]
        yield Tag(scheme="concept", term=topic, label=TOPICS[topic][0], path=(topic,), evidence=evidence)


def _event_of(number: int) -> int:
    """Return the number of the story that opened the event of a story: its own for most."""
    wave = (number - 1) // _WAVE * _WAVE
    if number - wave <= _WAVE_LENGTH and number % _WAVE_STEP == 0:
        return wave + _WAVE_STEP
    block = (number - 1) // _BLOCK * _BLOCK
    place = (number - block) % 10
    return block + place if 1 <= place <= _SHARED else number


def _store(tx: Transaction, made: list[dict[str, Any]]) -> None:
    connection = tx.connection  # type: ignore[attr-defined]
    connection.execute(insert(tables.story), made)
    connection.execute(insert(tables.entry), [row for each in made for row in _entries(each)])
    events: dict[int, dict[str, Any]] = {}
    for each in made:
        event = events.setdefault(
            _event_of(each["id"]),
            {
                "id": each["id"],
                "uid": each["uid"],
                "title": each["title"],
                "first_at": each["first_seen"],
                "stories": 0,
            },
        )
        event |= {"last_at": each["first_seen"], "stories": event["stories"] + 1, "merged_into": None}
    connection.execute(insert(tables.event), list(events.values()))
    connection.execute(insert(tables.event_member), [
        {"story": each["id"], "event": _event_of(each["id"]), "score": 0.6, "reason": "alike in words", "related": ()}
        for each in made
    ])  # fmt: skip
    connection.execute(insert(tables.member), [row for each in made for row in _members(each)])
    revised = [each for each in made if each["revised"]]
    connection.execute(insert(tables.revision), [
        {"story": each["id"], "replaced_at": each["updated"], "title": each["title"][3:], "html": each["html"],
         "endpoint": "", "changed": ("title",)}
        for each in revised
    ])  # fmt: skip


def _entries(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the story's own entry, and those of two copies of every tenth."""
    own = int(made["outlet"].partition("-")[2])
    for place in range(3 if made["id"] % 10 == 0 else 1):
        of = f"outlet-{(own + 7 * place) % _OUTLETS}"
        yield {
            "source": f"{of}/feed.xml", "outlet": of, "key": str(made["id"]), "link": f"https://{of}.example/{made['id']}",
            "link_key": f"{of}.example/{made['id']}", "copy_digest": None, "title_digest": "", "text_digest": "",
            "published": made["published"], "seen_at": made["first_seen"] + timedelta(minutes=9 * place),
            "story": made["id"], "verdict": "copy" if place else "new", "reason": "made", "title": None, "credit": None,
            "endpoint": f"https://{of}.example/feed.xml",
        }  # fmt: skip


def _members(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("everything", *(f"of-{tag.term.lower()}" for tag in made["tags"])):
        yield {"feed": name, "story": made["id"], "placed_at": made["first_seen"], "is_archived": True}
