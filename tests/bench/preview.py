"""A preview of 30 days beside a plain scan, in a store of many made-up stories; and what the index costs a story.

The store is made once, in the folder that is given: a million stories take some fifteen minutes.

    make bench BENCH_ARGS="preview --stories 1000000 --folder /tmp/preview_bench"
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from sqlalchemy import insert

from syndicator.models import Evidence, Tag
from syndicator.outbox.search import SearchFill
from syndicator.query import Filters, Vocabulary, parse
from syndicator.rules import Rules, subject_of
from syndicator.runtime.preview import preview
from syndicator.runtime.preview_trial import Budget, Wanted
from syndicator.store import Store, Transaction, open_store, tables
from tests.conftest import NOW

_SPAN = timedelta(days=365)
_WINDOW = timedelta(days=30)
_AT_ONCE = 2000
_WORDS, _LENGTH = 60_000, 105
_LETTERS = {
    "en": "aeioukrstlmnb", "ru": "аеиоукрстлмнбв", "ar": "ابتثجحدرسعفقكلمنهوي", "fa": "ابپتچدرزسشعگلمنهوی", "tr": "aeıioöuükrstlmnbş",
}  # fmt: skip
_ENDINGS = {"en": ("", "", "s", "ing", "ed"), "ru": ("", "а", "ов", "ами"), "tr": ("", "lar", "da"), "fa": ("", "‌ها")}
_REGIONS = ("SY", "UA", "PS", "TR", "IR", "US", "FR", "LB", "IQ", "SD", "YE", "LY")
_CONCEPTS = ("ceasefire", "aid", "election", "protest", "earthquake", "sanctions")
_RULES = SimpleNamespace(filters={}, feeds={}, outlets={}, config=SimpleNamespace(base_url="https://h.example"))
# A scan that looks at each story is measured on so many, and its time given for all of the window.
_SCANNED = 2000


class Words(NamedTuple):
    words: Sequence[str]
    weights: Sequence[float]


def preview_speed(*options: str) -> None:
    """Print how long previews of several filters take."""
    reader = argparse.ArgumentParser(prog="preview")
    reader.add_argument("--stories", type=int, default=50_000)
    reader.add_argument("--folder", type=Path)
    chosen = reader.parse_args(options)
    with tempfile.TemporaryDirectory(prefix="syndicator-preview-") as folder:
        asyncio.run(_measure(chosen.folder or Path(folder), chosen.stories))


async def _measure(folder: Path, count: int) -> None:
    path = folder / f"stories-{count}.db"
    folder.mkdir(exist_ok=True)
    words = made_words(random.Random(5))
    store = open_store(f"sqlite:///{path}")
    try:
        await fill(store, words, count)
        await index(store, path)
        for name, where in _filters(words).items():
            await _compare(store, path, name, where)
    finally:
        store.close()


def _filters(words: dict[str, Words]) -> dict[str, str]:
    common, rare = words["en"].words[20], words["en"].words[3000]
    arabic = words["ar"].words[150]
    return {
        "region and concept": "region:SY concept:ceasefire",
        "a frequent word": words["en"].words[6],
        "a less frequent word": common,
        "a rare word": rare,
        "a beginning of words": f"{rare[:4]}*",
        "an Arabic word and a region": f"region:SY {arabic}",
        "words or words, not a region": f"({common} or {arabic}) -region:US",
        "a phrase": f'"{words["en"].words[1]} {words["en"].words[2]}"',
        "two words near each other": f"near/5({words['en'].words[8]}, {words['en'].words[9]})",
        "not a region": "not region:SY",
        "a regular expression in a region": f"region:SY concept:aid /{rare[:4]}/",
        "a regular expression alone": f"/{rare[:4]}[a-z]/",
    }


async def _compare(store: Store, path: Path, name: str, text: str) -> None:
    """Print the time of a preview (the median, and the least CPU of five) beside scans by the matcher and by LIKE."""
    where = parse(text, Vocabulary())
    wanted = Wanted(text=text, where=where, since=NOW - _WINDOW)
    times, spent = [], []
    for _ in range(5):
        began, before = time.perf_counter(), time.process_time()
        found = await preview(store, cast("Rules", _RULES), wanted, now=NOW, budget=Budget(time.monotonic))
        times.append(time.perf_counter() - began)
        spent.append(time.process_time() - before)
    filters = Filters({"": where})
    before = time.process_time()
    newest = await store.read(lambda tx: tx.stories.newest(_SCANNED))
    for story in newest:
        filters(subject_of(story))
    scan = (time.process_time() - before) * found.of / len(newest)
    word = text.strip('"').split()[0].strip("(/*")
    before = time.process_time()
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT count(*) FROM story WHERE first_seen >= ? AND (title LIKE ? OR html LIKE ?)"
        connection.execute(query, (moment(NOW - _WINDOW), f"%{word}%", f"%{word}%")).fetchone()
    like = time.process_time() - before
    untried = f", {found.reach.untried:,} untried" if found.reach.untried else ""
    print(
        f"{name:<34} {found.total:>7,} of {found.of:,}{untried}: {1000 * sorted(times)[2]:5.0f} ms, CPU {1000 * min(spent):5.0f};"
        f" CPU of the matcher over all {1000 * scan:7.0f}, of LIKE for one word {1000 * like:5.0f}",
        flush=True,
    )


async def fill(store: Store, words: dict[str, Words], count: int) -> None:
    """Add what is missing of the stories, evenly over a year."""
    done = await store.read(lambda tx: tx.stories.last_number())
    began = time.process_time()
    for start in range(done, count, _AT_ONCE):
        chance = random.Random(start)
        rows = [_story(chance, words, number, count) for number in range(start, min(start + _AT_ONCE, count))]
        await store.write(lambda tx, rows=rows: _insert(tx, rows))
    if done < count:
        print(f"made {count - done:,} stories in {time.process_time() - began:.0f} s of CPU", flush=True)


def _insert(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    cast("Any", tx).connection.execute(insert(tables.story), rows)


async def index(store: Store, path: Path) -> None:
    """Index what is not indexed, and print what that costs a story."""
    before, size = await store.read(lambda tx: tx.search.reach()), path.stat().st_size
    fill = SearchFill(store)
    began = time.process_time()
    await fill.step()
    while await store.read(lambda tx: tx.search.unfilled_below()):
        await fill.step()
    indexed = (
        (before.below or await store.read(lambda tx: tx.stories.last_number()) + 1) - 1 if not before.is_complete else 0
    )
    if indexed:
        spent = 1e6 * (time.process_time() - began) / indexed
        await store.write(lambda tx: cast("Any", tx).connection.exec_driver_sql("PRAGMA optimize"))
        grown = (path.stat().st_size - size) / indexed
        print(f"indexed {indexed:,} stories: {spent:.0f} us of CPU and {grown:.0f} bytes each", flush=True)


def made_words(chance: random.Random) -> dict[str, Words]:
    """Make up the words of five languages, as frequent as words are, some in several forms."""
    made = {}
    for language, letters in _LETTERS.items():
        stems = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(_WORDS // 4)]
        words = [
            chance.choice(stems[: 1 + number]) if number < len(stems) else chance.choice(stems)
            for number in range(_WORDS)
        ]
        endings = _ENDINGS.get(language, ("",))
        forms = list(dict.fromkeys(word + chance.choice(endings) for word in words))
        weights = list(accumulate(1 / (number + 3) for number in range(len(forms))))
        made[language] = Words(forms, weights)
    return made


def _story(chance: random.Random, words: dict[str, Words], number: int, count: int) -> dict[str, Any]:
    language = chance.choice(tuple(words))
    known = words[language]
    text = chance.choices(known.words, cum_weights=known.weights, k=_LENGTH)
    title = " ".join(text[:8]).capitalize()
    seen = NOW - _SPAN * (1 - number / count)
    return {
        "uid": f"tag:{number}", "outlet": f"outlet-{chance.randrange(400)}", "source": "s", "title": title, "language": language,
        "html": f"<p>{' '.join(text)}.</p>", "link": f"https://news.example/{number}", "published": seen, "first_seen": seen,
        "updated": seen, "categories": (), "is_confirmed": True, "tags": tuple(_tags(chance, title)),
        "author": None, "enclosure": None, "point": None, "text_revisions": 0, "revised": (), "deleted_at": None,
    }  # fmt: skip


def _tags(chance: random.Random, title: str) -> list[Tag]:
    evidence = (Evidence(field="title", start=0, end=4, words=title[:4]),)
    common = {"evidence": evidence, "label": "x"}
    regions = {_REGIONS[min(int(chance.expovariate(0.5)), len(_REGIONS) - 1)] for _ in range(chance.randint(0, 2))}
    found = [
        Tag(scheme="region", term=f"{each}-1", path=(each, f"{each}-1"), role="about", score=0.9, **common)
        for each in sorted(regions)
    ]
    if chance.random() < 0.3:
        concept = _CONCEPTS[min(int(chance.expovariate(0.7)), len(_CONCEPTS) - 1)]
        found.append(Tag(scheme="concept", term=concept, path=(concept,), **common))
    return found


def moment(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
