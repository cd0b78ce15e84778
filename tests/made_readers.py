"""A made newsroom for readers' pages: a real store and real rules behind the real server, and no daemon.

Its 300 stories of thirty days are in six languages, with places, topics, events, copies and rewritten headlines; one was
deleted, one home is down while its mirror answers, one mirror is down, one outlet allows links alone, and one has left
the configuration. One feed is private. In a hostile newsroom all names, titles and texts mean harm.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert

from syndicator import urls
from syndicator.config import Config, load
from syndicator.models import EndpointState, EventAssignment, Evidence, Outcome, PollRecord, Republish, Source, Tag
from syndicator.models.days import DayCount, day_of
from syndicator.outbox.search import SearchFill
from syndicator.query import Filters
from syndicator.rules import Rules, subject_of
from syndicator.runtime.app import App
from syndicator.runtime.publishing import FeedMaker
from syndicator.store import Transaction, tables
from syndicator.web import Face, SiteContext, serve
from tests.conftest import NOW
from tests.made_reader_words import COUNTRIES, HAPPENINGS, HOSTILE, LONG_NAME, PLACES, SENTENCES, TOPICS, Place
from tests.newsroom import outlet as outlet_file
from tests.newsroom import write_config
from tests.ports import port_of, reserve
from tests.stores import IS_POSTGRES

_DAYS, _STORIES, _EVENTS, _MORE_FEEDS = 30, 300, 40, 40
SECRET = "kept-from-readers"
_MAIN = """listen = "127.0.0.1:{port}"
base_url = "http://127.0.0.1:{port}"
title = "Border Desk"
[tag]
authority = "border-desk.example"
[on_demand]
enabled = {enabled}
"""
_OUTLETS = (
    ("tribune", "The Orontes Tribune", "SY", "en"),
    ("echo", "صدى الفرات", "SY", "ar"),
    ("anar", "رادیو انار", "IR", "fa"),
    ("bogaz", "Boğaz Postası", "TR", "tr"),
    ("nevsky", "Невский вестник", "RU", "ru"),
    ("fig", "תאנה וגפן", "IL", "he"),
    ("courier", "The Levant Courier", "LB", "en"),
    ("dijla", "نسيم دجلة", "IQ", "ar"),
    ("ege", "Ege Martısı", "TR", "tr"),
    ("messenger", LONG_NAME, "GB", "en"),
    ("clay", "Wire of Clay", "GB", "en"),
    ("quiet", "Кедровый листок", "RU", "ru"),
)
# Its home is down and its mirror answers; its mirror is down; its links alone may be shown; it is in no configuration.
HOME_DOWN, MIRROR_DOWN, LINKS_ONLY, GONE = "courier", "dijla", "ege", "former"
_FEEDS = {
    "everything": ("Everything", "not region:RU-MOW", "All that is read, in every language"),
    "idlib": ("Idlib", "region:SY-ID", "What happens in Idlib and who has a hand in it"),
    "truce": ("Ceasefires", "concept:ceasefire not region:RU-MOW", "Truces that hold and truces that do not"),
    "levant-ar": ("أخبار المشرق", "lang:ar (region:SY or region:LB or region:PS)", "بالعربية"),
    "rewritten": ("Rewritten headlines", "revised:title not region:RU-MOW", "Headlines that were rewritten"),
    "nothing": ("Nothing yet", "region:NZ", "A feed that has no story"),
    SECRET: ("Secret desk", "region:RU-MOW", "Nobody reads that this is here"),
}


class Made(NamedTuple):
    """A story to be stored, and what is around it. ``event`` is the number of the story that opened its event."""

    row: dict[str, Any]
    event: int
    copies: tuple[str, ...]
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeNewsroom:
    """A newsroom whose pages are at ``base``. ``paths`` are pages that nothing may link to, or not from everywhere."""

    app: App
    base: str

    @property
    def paths(self) -> tuple[str, ...]:
        """Searches, one with mistakes among them; a place without stories; the last story."""
        asked = ("search?q=Idlib", "search?q=region%3ASYY%20%28", "search?q=%D8%A7%D9%84%D9%87%D8%AF%D9%86%D8%A9")
        return (*asked, "search?q=nobodywritesthis", "places/NZ", f"stories/{_STORIES}")


@asynccontextmanager
async def made_newsroom(
    folder: Path, *, is_hostile: bool = False, has_on_demand: bool = False, stories: int = _STORIES
) -> AsyncIterator[MadeNewsroom]:
    """Make a newsroom in a folder and serve its readers' pages on a free port.

    With feeds on demand anybody may see every story; without, those of the private feed alone are kept from readers.
    """
    with reserve() as reservation:
        port = port_of(reservation)
        app = App(_config(folder, port, is_hostile=is_hostile, has_on_demand=has_on_demand), clock=lambda: NOW)
        try:
            await app.adopt(app.config)
            await fill(app, stories, is_hostile=is_hostile)
            runner, _ = await serve(context_of(app), "127.0.0.1", port, faces={Face.READERS})
            try:
                yield MadeNewsroom(app=app, base=f"http://127.0.0.1:{port}")
            finally:
                await runner.cleanup()
        finally:
            await app.close()


def context_of(app: App, clock: Callable[[], float] = time.monotonic) -> SiteContext:
    """Return what the server shows of an application without a daemon."""

    async def no_status() -> Any:
        raise NotImplementedError

    return SiteContext(
        files=app.files,
        status=no_status,
        trouble=tuple,
        directory=lambda: app.directory,
        make=FeedMaker(app, asyncio.Lock()),
        asked=app.on_demand.asked,
        pages=app.reader_pages,
        searches=app.searches,
        clock=clock,
    )


def _config(folder: Path, port: int, *, is_hostile: bool, has_on_demand: bool) -> Config:
    (folder / "c").mkdir(parents=True, exist_ok=True)
    (folder / "c" / "tokens.txt").write_text("leyla: 0123456789abcdef0123456789abcdef\n", encoding="utf-8")
    outlets = {
        id_: outlet_file(
            f"https://{id_}.example", f"https://{id_}.mirror.example", name=name, country=country, language=language
        )
        for id_, name, country, language in _OUTLETS
    }
    main = _MAIN.replace("{enabled}", str(has_on_demand).lower())
    feeds = dict(_feed_files(is_hostile=is_hostile))
    written = write_config(
        folder / "c", port=port, outlets=outlets, feeds=feeds, concepts=dict(_concept_files()), main=main
    )
    config = load(written, environ={}, state=folder / "s")
    only_links = replace(config.outlets[LINKS_ONLY], republish=Republish.LINK, on_pages=Republish.LINK)
    config = replace(config, outlets={**config.outlets, LINKS_ONLY: only_links})
    return _hostile(config) if is_hostile else config


def _feed_files(*, is_hostile: bool) -> Iterator[tuple[str, str]]:
    for name, (title, where, description) in _FEEDS.items():
        keys = {"title": title, "where": where, "description": description}
        if name == SECRET:
            keys["token_file"] = "tokens.txt"
        yield name, "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in keys.items())
    for number in range(_MORE_FEEDS if is_hostile else 0):
        yield (
            f"x{number}",
            f'title = "{number}"\nwhere = "concept:ceasefire"\nformats = ["atom"]\nlimit = 5\narchives = false\n',
        )


def _concept_files() -> Iterator[tuple[str, str]]:
    for id_, (label, words) in TOPICS.items():
        terms = "".join(f"{language} = {json.dumps([word], ensure_ascii=False)}\n" for language, word in words.items())
        yield id_, f"label = {json.dumps(label)}\n[terms]\n{terms}"


def _hostile(config: Config) -> Config:
    """Give everything that has a name a hostile one; the file format would refuse many of these."""
    turn = itertools.cycle(names := [each for each in HOSTILE if each.strip()])
    outlets = {id_: replace(each, name=next(turn)) for id_, each in config.outlets.items() if each.id != "messenger"}
    outlets["messenger"] = config.outlets["messenger"]
    feeds = {
        id_: replace(each, title=names[-number], description=names[6 * number])
        for number, (id_, each) in enumerate(config.feeds.items(), start=1)
    }
    return replace(config, outlets=outlets, feeds=feeds, title=names[3])


async def fill(app: App, stories: int, *, is_hostile: bool) -> None:
    """Store the stories and what the daemon would know beside them; publish the feeds."""
    made = list(_made(app.rules, stories, is_hostile=is_hostile))
    await app.store.write(lambda tx: _store(tx, app.rules, made))
    await app.store.write(lambda tx: _join(tx, app.rules))
    fill_ = SearchFill(app.store)
    while await fill_.step() or await app.store.read(lambda tx: tx.search.unfilled_below()):
        pass
    await app.publisher.publish()


def _made(rules: Rules, count: int, *, is_hostile: bool) -> Iterator[Made]:
    """Make stories, the oldest first; those of an event come near each other."""
    chance = random.Random(count)
    opened: list[tuple[int, int]] = []
    for number in range(1, count + 1):
        at = NOW - timedelta(days=_DAYS) * (1 - number / (count + 1))
        if number % max(2, count // _EVENTS) == 1:
            opened.append((number, chance.randrange(len(PLACES) * len(HAPPENINGS))))
        event, kind = opened[max(0, len(opened) - 1 - int(chance.expovariate(1.2)))]
        is_alone = number != event and chance.random() < 0.4
        subject = chance.randrange(len(PLACES) * len(HAPPENINGS)) if is_alone else kind
        yield _one(rules, chance, number, at, subject, event=number if is_alone else event, is_hostile=is_hostile)


def _one(
    rules: Rules, chance: random.Random, number: int, at: datetime, subject: int, *, event: int, is_hostile: bool
) -> Made:
    id_, _, _, language = _OUTLETS[chance.randrange(len(_OUTLETS) - 1)]
    place, happening = PLACES[subject % len(PLACES)], HAPPENINGS[subject // len(PLACES)]
    actor = ("RU", "TR")[subject % 2]
    title = happening.titles[language].format(place.names[language])
    text = SENTENCES[language].format(place.names[language], COUNTRIES[actor][1][language])
    tags = _tags(place, happening.topic, actor, language, title, text)
    harm = HOSTILE[number % len(HOSTILE)]
    if IS_POSTGRES:  # which takes no NUL; nor has a text that was cleaned any
        harm = harm.replace("\0", "")
    if is_hostile:
        title, text, tags = harm, f"{harm} {place.names[language]} {harm}", _tags_over(tags, harm)
    if number == 1:
        id_ = GONE
    source = rules.outlets[id_].sources[0] if id_ in rules.outlets else None
    is_retitled = number % 9 == 0
    row = {
        "id": number,
        "uid": f"tag:border-desk.example,2026:{id_}/{number:020x}",
        "outlet": id_,
        "source": source.id if source else f"{id_}/feed.xml",
        "title": title,
        "html": f"<p>{escape(text)}</p>",
        "link": f"https://{id_}.example/{at:%Y/%m/%d}/{number}.html",
        "author": (harm if is_hostile else "Samira Haddad") if number % 3 == 0 else None,
        "language": language,
        "published": at - timedelta(minutes=4),
        "first_seen": at,
        "updated": at + timedelta(hours=1) if is_retitled else at,
        "categories": (harm if is_hostile else "World",) if number % 2 else (),
        "enclosure": None,
        "point": place.point if number % 5 == 0 else None,
        "is_confirmed": True,
        "tags": tags,
        "text_revisions": 0,
        "revised": ("title", "text") if is_retitled else (),
        "deleted_at": at + timedelta(hours=5) if number % 97 == 0 else None,
        "pictures": (),
    }
    others = [each[0] for each in _OUTLETS if each[0] not in (id_, "quiet")]
    copies = tuple(chance.sample(others, chance.randrange(1, 4))) if number % 6 == 0 else ()
    before = (HOSTILE[-number % len(HOSTILE)] if is_hostile else f"{title} ({number})",) if is_retitled else ()
    return Made(row, event, copies, before)


def _tags(place: Place, topic: str, actor: str, language: str, title: str, text: str) -> tuple[Tag, ...]:
    found = [
        Tag(
            scheme="region", term=place.term, label=place.label, path=place.path, role="about", score=0.93,
            evidence=tuple(_evidence(place.names[language], title=title, text=text)), geonameid=place.geonameid,
            point=place.point,
        ),
        Tag(
            scheme="region", term=actor, label=COUNTRIES[actor][0], path=(actor,), role="actor", score=0.71,
            evidence=tuple(_evidence(COUNTRIES[actor][1][language], title=title, text=text)),
        ),
    ]  # fmt: skip
    if topic:
        label, words = TOPICS[topic]
        found.append(
            Tag(
                scheme="concept", term=topic, label=label, path=(topic,),
                evidence=tuple(_evidence(words[language], title=title, text=text)),
            )
        )  # fmt: skip
    return tuple(found)


def _evidence(words: str, **fields: str) -> Iterator[Evidence]:
    for field, text in fields.items():
        start = text.find(words)
        if start >= 0:
            yield Evidence(field=field, start=start, end=start + len(words), words=words)


def _tags_over(tags: tuple[Tag, ...], text: str) -> tuple[Tag, ...]:
    """Return tags whose evidence overlaps, lies in itself, and is all of the text."""
    length = len(text)
    spans = [(0, length), (length // 3, length), (length // 4, length // 2), (length, length)]
    return tuple(
        replace(
            tag,
            label=tag.label if tag.scheme == "region" else text[:80],
            evidence=tuple(
                Evidence(field=field, start=start, end=end, words=text[start:end])
                for field in ("title", "text")
                for start, end in spans[number:]
            ),
        )
        for number, tag in enumerate(tags)
    )


def _store(tx: Transaction, rules: Rules, made: list[Made]) -> None:
    connection = tx.connection  # type: ignore[attr-defined]
    connection.execute(insert(tables.story), [each.row for each in made])
    connection.execute(insert(tables.entry), [row for each in made for row in _entries(rules, each)])
    if revisions := [row for each in made for row in _revisions(each)]:
        connection.execute(insert(tables.revision), revisions)
    stories = {each.id: each for each in tx.stories.get([each.row["id"] for each in made])}
    reasons = {False: "alike in places and words", True: "nothing like it was told before"}
    tx.events.record([
        (stories[each.row["id"]], EventAssignment(
            event=each.event, reason=reasons[each.event == each.row["id"]],
            score=None if each.event == each.row["id"] else 0.62,
        ))
        for each in made
    ])  # fmt: skip
    for source in rules.sources.values():
        store_poll(tx, source)


def _entries(rules: Rules, made: Made) -> Iterator[dict[str, Any]]:
    row = made.row
    common = {"story": row["id"], "published": row["published"], "copy_digest": None, "credit": None}
    common |= {"title_digest": "", "text_digest": ""}
    yield common | {
        "source": row["source"], "outlet": row["outlet"], "key": str(row["id"]), "link": row["link"],
        "link_key": urls.link_key(row["link"]), "seen_at": row["first_seen"], "verdict": "new", "title": None,
        "reason": "no entry has its guid, its link or its words", "endpoint": f"https://{row['outlet']}.example/feed.xml",
    }  # fmt: skip
    for place, outlet in enumerate(made.copies, start=1):
        link = f"https://{outlet}.example/copied/{row['id']}.html"
        yield common | {
            "source": rules.outlets[outlet].sources[0].id, "outlet": outlet, "key": f"copy {row['id']}", "link": link,
            "link_key": urls.link_key(link), "seen_at": row["first_seen"] + timedelta(minutes=17 * place),
            "verdict": "copy", "title": row["title"][::-1][:60], "reason": "a copy of it by 97%",
            "endpoint": f"https://{outlet}.mirror.example/feed.xml", "credit": "Wire of Clay" if place == 2 else None,
        }  # fmt: skip


def _revisions(made: Made) -> Iterator[dict[str, Any]]:
    for title in made.before:
        yield {
            "story": made.row["id"], "replaced_at": made.row["updated"], "title": title,
            "html": made.row["html"].replace("People", "Many people"),
            "endpoint": f"https://{made.row['outlet']}.example/feed.xml", "changed": ("title", "text"),
        }  # fmt: skip


def store_poll(tx: Transaction, source: Source) -> None:
    """Store a poll of a source of some minutes ago, and ninety days of it."""
    tx.days.add(list(_day_counts(source)))
    is_down = {HOME_DOWN: (True, False), MIRROR_DOWN: (False, True)}.get(source.outlet, (False, False))
    endpoints = tuple(
        EndpointState(
            endpoint=url,
            outcome=Outcome.TIMEOUT if down else Outcome.OK,
            note="no answer within 20 s" if down else "",
            failures=9.0 if down else 0.0,
            tried_at=NOW - timedelta(minutes=6),
            good_at=NOW - timedelta(hours=30 if down else 0, minutes=6),
            latency=0.4,
        )
        for url, down in zip(source.endpoints, is_down, strict=True)
    )
    working = next(each.endpoint for each, down in zip(endpoints, is_down, strict=True) if not down)
    record = PollRecord(
        source=source.id, version=tx.sources.state(source).version, polled_at=NOW - timedelta(minutes=6),
        due_at=NOW + timedelta(minutes=9), endpoints=endpoints, working=working, title=source.outlet,
        news_at=NOW - timedelta(hours=1),
    )  # fmt: skip
    tx.record_poll(record, lambda _: record)


def _day_counts(source: Source) -> Iterator[DayCount]:
    today = day_of(NOW)
    for ago in range(90):
        if ago in (40, 41):
            continue
        is_failing = source.outlet == HOME_DOWN and ago < 2
        yield DayCount(
            source.id, today - ago, 0 if is_failing else (ago * 7) % 11, 48, 48 if is_failing else 0,
            Outcome.TIMEOUT if is_failing else "",
        )  # fmt: skip


def _join(tx: Transaction, rules: Rules) -> None:
    """Put the stories in the feeds whose filters want them."""
    filters = Filters(rules.filters)
    stories = tx.stories.newest(1_000_000)
    held = {story.id: set(filters(subject_of(story, now=NOW))) for story in stories}
    placed = {story.id: story.placed_at for story in stories}
    tx.feeds.join(held, NOW, place=lambda _, number: placed[number])
    for name in rules.feeds:
        tx.feeds.backfilled(name, tried=(), matching={}, removes=False, next_below=0, now=NOW)
