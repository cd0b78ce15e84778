"""A search page, with its HTML, beside the bare query of the index and a plain scan, in a store of many stories.

The store is that of ``preview``: a million stories take some fifteen minutes to make.

    make bench BENCH_ARGS="search --stories 1000000 --folder /tmp/preview_bench"
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from syndicator.models.reader_pages import SearchPage, SearchWanted
from syndicator.query import Vocabulary
from syndicator.rules import Rules
from syndicator.runtime.preview_trial import Budget, work_seconds
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search import PATIENCE, search
from syndicator.store import Store, Transaction, open_store
from syndicator.web.reader_pages import Frame, language_of, render
from syndicator.web.snapshot import represented
from tests.bench.preview import Words, fill, index, made_words, moment
from tests.conftest import NOW

_TIMES = 5
_RULES = SimpleNamespace(
    filters={}, feeds={}, outlets={}, readers_vocabulary=Vocabulary(),
    config=SimpleNamespace(base_url="https://h.example", on_demand=SimpleNamespace(is_enabled=False)),
)  # fmt: skip


def search_speed(*options: str) -> None:
    """Print how long search pages take."""
    reader = argparse.ArgumentParser(prog="search")
    reader.add_argument("--stories", type=int, default=50_000)
    reader.add_argument("--folder", type=Path)
    reader.add_argument("--as-it-is", action="store_true", help="do not index what is not indexed yet")
    chosen = reader.parse_args(options)
    with tempfile.TemporaryDirectory(prefix="syndicator-search-") as folder:
        asyncio.run(_measure(chosen.folder or Path(folder), chosen.stories, is_filled=chosen.as_it_is))


async def _measure(folder: Path, count: int, *, is_filled: bool) -> None:
    path = folder / f"stories-{count}.db"
    folder.mkdir(exist_ok=True)
    words = made_words(random.Random(5))
    store = open_store(f"sqlite:///{path}")
    try:
        if not is_filled:
            await fill(store, words, count)
            await index(store, path)
        for span in ("30d", "all"):
            for name, text in _filters(words).items():
                await _compare(store, path, f"{name}, {span}", SearchWanted(text=text, span=span))
    finally:
        store.close()


def _filters(words: dict[str, Words]) -> dict[str, str]:
    english, arabic = words["en"].words, words["ar"].words
    return {
        "one word": english[20],
        "a common word": english[6],
        "a rare word": english[3000],
        "region and word": f"region:SY {english[20]}",
        "an Arabic phrase": f'"{arabic[1]} {arabic[2]}"',
        "words, not a region": f"({english[20]} or {arabic[150]}) -region:US",
        "only a negation": "not region:SY",
        "a beginning of words": f"{english[3000][:4]}*",
        "every letter a beginning": " or ".join(f"{letter}*" for letter in "abcdefghiklmnoprstuv"),
        "a regular expression alone": f"/{english[3000][:4]}[a-z]/",
    }


async def _compare(store: Store, path: Path, name: str, wanted: SearchWanted) -> None:
    """Print the time of a page (the median, and the least CPU of five) beside FTS5 alone and a scan by LIKE."""

    def read(tx: Transaction) -> object:
        reading = Reading(tx=tx, rules=cast("Rules", _RULES), now=NOW)
        return search(reading, wanted, Budget(work_seconds(), PATIENCE))

    times, spent, sizes = [], [], (0, 0)
    for _ in range(_TIMES):
        began, before = time.perf_counter(), time.process_time()
        found = await store.read(read)
        made = represented(render(found, _frame(wanted)).encode())
        times.append(time.perf_counter() - began)
        spent.append(time.process_time() - before)
        sizes = len(made.body), len(made.compressed)
    assert isinstance(found, SearchPage)
    word = wanted.text.strip('"').split()[-1].strip("(/*)-[a]z")
    with closing(sqlite3.connect(path)) as connection:
        bare = _seconds(lambda: connection.execute(_FTS5, (f'"{word}"', _first(connection, wanted))).fetchall())
        like = _seconds(lambda: connection.execute(_LIKE, (moment(found.since), f"%{word}%", f"%{word}%")).fetchone())
    missing = f", complete since {found.complete_since:%Y-%m-%d}" if found.complete_since else ""
    print(
        f"{name:<32} {found.total:>7,}{missing}: {1000 * sorted(times)[_TIMES // 2]:5.0f} ms, CPU {1000 * min(spent):4.0f};"
        f" {sizes[0] / 1024:.0f} KB, {sizes[1] / 1024:.1f} gzip; of one word, CPU of FTS5 {1000 * bare:4.0f}, of LIKE {1000 * like:5.0f}",
        flush=True,
    )


_FTS5 = "SELECT rowid FROM search WHERE search MATCH ? AND rowid >= ? ORDER BY rowid DESC"
_LIKE = "SELECT count(*) FROM story WHERE first_seen >= ? AND (title LIKE ? OR html LIKE ?)"


def _first(connection: sqlite3.Connection, wanted: SearchWanted) -> int:
    if wanted.span == "all":
        return 0
    query = "SELECT id FROM story WHERE first_seen >= ? ORDER BY first_seen LIMIT 1"
    return int(connection.execute(query, (moment(NOW) - 30 * 86_400_000_000,)).fetchone()[0])


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _frame(wanted: SearchWanted) -> Frame:
    return Frame(
        title="Bench", base_url="https://h.example", path="search", root=".", language=language_of("en"),
        query=f"?q={wanted.text}",
    )  # fmt: skip
