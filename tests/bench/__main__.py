"""Benchmarks: CPU seconds of ours beside a baseline of the same run. Ratios hold; seconds depend on the machine.

``make bench`` runs all; ``make bench BENCH_ARGS=documents`` one. Made data only. What follows ``poll`` is for it:
``make bench BENCH_ARGS="poll --feeds 10000 --only ours,baseline"``.
"""

from __future__ import annotations

import asyncio
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser

from syndicator.config import load
from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
from syndicator.replay import Capture, replay
from syndicator.tag import RegionTagger, country_labels, ensure_gazetteer, open_gazetteer
from tests.bench.archives import archives, copying, reads
from tests.bench.capture import measure
from tests.bench.configured import configured
from tests.bench.continuity import continuity
from tests.bench.copies.run import copies
from tests.bench.copies.scale import index
from tests.bench.doors import doors
from tests.bench.due import due
from tests.bench.events.run import events
from tests.bench.filters import filters
from tests.bench.fixtures import fixtures
from tests.bench.hub import hub
from tests.bench.idle import idle
from tests.bench.ingest import ingest_speed
from tests.bench.installation import installation
from tests.bench.metrics import metrics
from tests.bench.outlets import outlets
from tests.bench.pages import pages
from tests.bench.places.run import places
from tests.bench.poll import run
from tests.bench.preview import preview_speed
from tests.bench.publish import publish
from tests.bench.reading import reading
from tests.bench.render import render
from tests.bench.scale import scale
from tests.bench.search_pages import search_speed
from tests.bench.serve.run import serving
from tests.bench.telling import telling
from tests.bench.watching.run import watching
from tests.newsroom import EVERYTHING, Item, rss, write_config

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
WORDS = {
    "en": "the ceasefire in Idlib holds while Turkey and Russia talk about aid roads schools and winter near Aleppo".split(),
    "ar": "وقف إطلاق النار في إدلب بين تركيا وروسيا يفتح الطريق أمام المساعدات إلى حلب والمدارس".split(),
    "ru": "перемирие в Идлибе держится пока Турция и Россия говорят о помощи дорогах и школах у Алеппо".split(),
    "tr": "İdlib'de ateşkes sürerken Türkiye ve Rusya yardım yollarını okulları ve Halep'i konuşuyor".split(),
    "fa": "آتش‌بس در ادلب برقرار است و ترکیه و روسیه درباره کمک و جاده و مدرسه در حلب سخن می‌گویند".split(),
}


def text(chance: random.Random, length: int) -> str:
    """Make up about ``length`` characters in one of five languages."""
    words = WORDS[chance.choice(list(WORDS))]
    made = ""
    while len(made) < length:
        made += chance.choice(words) + " "
    return made


def document(chance: random.Random, items: int = 25) -> bytes:
    """Make up a feed of about 31 KB."""
    return rss(
        *(
            Item(
                text(chance, 60),
                link=f"https://o.example/{n}",
                guid=f"{chance.random()}",
                text=f"<p>{text(chance, 900)}</p>",
            )
            for n in range(items)
        )
    )


def cpu(work: Callable[[], object]) -> float:
    """Give the CPU seconds that ``work`` took in this process."""
    before = time.process_time()
    work()
    return time.process_time() - before


def tell(what: str, ours: float, baseline: float, named: str) -> None:
    """Print one line."""
    print(f"{what:<44} ours {ours:8.3f}   {named} {baseline:8.3f}   ratio {baseline / ours:5.2f}x")


def documents() -> None:
    """Parse and clean 200 documents: ours (in one process) beside feedparser as it comes, which sanitizes itself."""
    chance = random.Random(1)
    bodies = [document(chance) for _ in range(200)]
    job = Job(
        url="https://o.example/f", outlet="o", content_type="", bases=("https://o.example",), language="en", now=NOW
    )
    ours = cpu(lambda: [extract_document(job, body) for body in bodies])
    theirs = cpu(lambda: [feedparser.parse(body) for body in bodies])
    tell("parse + normalize, CPU s per 1,000 documents", ours * 5, theirs * 5, "feedparser's defaults")


def tags() -> None:
    """Tag 1,000 stories of 1,500 characters beside a regular expression of all English country names."""
    chance = random.Random(2)
    stories = [(text(chance, 60), text(chance, 1500)) for _ in range(1000)]
    tagger = RegionTagger(open_gazetteer(ensure_gazetteer()))
    names = country_labels().values()
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b")
    ours = cpu(lambda: [tagger(*story) for story in stories])
    theirs = cpu(lambda: [pattern.findall(" ".join(story)) for story in stories])
    tell("region tags, CPU s per 1,000 stories", ours, theirs, "re of English country names")


def flow() -> None:
    """Take 300 documents through the whole flow (20 outlets, 5 % new items a poll) beside parsing them with feedparser."""
    chance = random.Random(4)
    with tempfile.TemporaryDirectory() as folder:
        root, captures = Path(folder), []
        items = {n: [_item(chance) for _ in range(25)] for n in range(20)}
        for hour in range(15):
            for n, held in items.items():
                held[:] = [_item(chance), *held[:-1]] if hour else held
                path = root / f"o{n}-{hour}.xml"
                path.write_bytes(rss(*held))
                captures.append(Capture(at=NOW + timedelta(hours=hour), outlet=f"o{n}", path=path))
        config = load(write_config(root / "c", feeds={"everything": EVERYTHING}), environ={}, state=root / "s")
        told = asyncio.run(replay(config, sorted(captures), root / "out"))
        theirs = cpu(lambda: [feedparser.parse(capture.path.read_bytes()) for capture in captures])
    tell("whole flow, CPU s per 1,000 changed documents", told["cpu_seconds"] / 0.3, theirs / 0.3, "feedparser alone")
    print(f"{'':<44} peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def capture() -> None:
    """Record 1,000 documents as they were received, beside polls that cost some 10 ms of CPU each."""
    chance = random.Random(5)
    measure([document(chance) for _ in range(1000)])


def poll(*options: str) -> None:
    """Run the whole daemon beside other readers of as many feeds: see ``tests.bench.poll``."""
    run.main(options)


def _item(chance: random.Random) -> Item:
    return Item(
        text(chance, 60), link=f"https://o.example/{chance.random()}", guid=f"{chance.random()}", text=text(chance, 900)
    )


ALL = {
    work.__name__: work
    for work in (
        *(documents, fixtures, continuity, tags, places, copies, index, ingest_speed, scale, events, doors, due),
        configured,
        *(filters, preview_speed, publish, render, archives, copying, reads, hub, flow, capture, idle, installation),
        *(pages, outlets, reading, telling, metrics, serving, watching, poll),
    )
}

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["poll", *options]:
            poll(*options)
        case ["watching", *options]:
            watching(*options)
        case ["reading", *options]:
            reading(*options)
        case ["preview", *options]:
            preview_speed(*options)
        case ["search", *options]:
            search_speed(*options)
        case ["copies", *options]:
            copies(*options)
        case ["scale", *names]:
            scale(*names)
        case ["pages", *counts]:
            pages(*counts)
        case ["outlets", *counts]:
            outlets(*counts)
        case ["serving", *names]:
            serving(*names)
        case names:
            for name in names or ALL:
                ALL[name]()
