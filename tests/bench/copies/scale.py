"""What it costs to look up and add a story, by how many there are; the same with a table of SQLite beside it."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from syndicator.store.fingerprint_table import FingerprintTable

_KEYS = 20
_ROUNDS, _STORIES = 10, 300
_MOST_IN_SQLITE = 100_000
# Not on a disk: a story changes twenty pages, all of which the system would write again and again.
_MEMORY = Path("/dev/shm")


def index(*sizes: str) -> None:
    """Print CPU microseconds for a lookup and an insert of twenty keys, at 10,000, 100,000 and a million stories."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        path = Path(folder) / "fingerprints"
        with FingerprintTable(path) as table:
            _grow("mapped table", _with_table(table), lambda: table.size, list(map(int, sizes)), chance)
        began = time.process_time()
        with FingerprintTable(path) as table:
            print(f"index: opened again in {(time.process_time() - began) * 1e3:.1f} ms, to {table.position:,}")
        base = sqlite3.connect(Path(folder) / "base", isolation_level=None)
        few = [size for size in map(int, sizes or ("10000", "100000")) if size <= _MOST_IN_SQLITE]
        _grow("SQLite index", _with_sqlite(base), lambda: 0, few, chance)
        base.close()


def _grow(
    name: str,
    ask_and_add: Callable[[int, Sequence[int]], None],
    size: Callable[[], int],
    sizes: Sequence[int],
    chance: random.Random,
) -> None:
    story = 0
    for wanted in sizes or (10_000, 100_000, 1_000_000):
        while story < wanted:
            story += 1
            ask_and_add(story, _keys(chance))
        spent = []
        for _ in range(_ROUNDS):
            made = [_keys(chance) for _ in range(_STORIES)]
            began = time.process_time()
            for keys in made:
                story += 1
                ask_and_add(story, keys)
            spent.append((time.process_time() - began) / _STORIES * 1e6)
        spent.sort()
        print(
            f"index, {name}: {wanted:>9,} stories   {spent[_ROUNDS // 2]:6.1f} us to look up and add one"
            f" (least {spent[0]:.1f})   {size() / 2**20:.0f} MB"
        )


def _keys(chance: random.Random) -> list[int]:
    return [chance.getrandbits(63) for _ in range(_KEYS)]


def _with_table(table: FingerprintTable) -> Callable[[int, Sequence[int]], None]:
    def ask_and_add(story: int, keys: Sequence[int]) -> None:
        table.candidates(keys, least=2)
        table.add(story, keys)

    return ask_and_add


def _with_sqlite(base: sqlite3.Connection) -> Callable[[int, Sequence[int]], None]:
    """Return the same with one row for each key, in transactions of a thousand stories."""
    base.execute("pragma journal_mode=wal")
    base.execute("create table keys (key integer, story integer, primary key (key, story)) without rowid")
    base.execute("begin")
    places = ",".join("?" * _KEYS)

    def ask_and_add(story: int, keys: Sequence[int]) -> None:
        found = base.execute(f"select story from keys where key in ({places})", keys)
        Counter(row[0] for row in found)
        base.executemany("insert into keys values (?, ?)", [(key, story) for key in keys])
        if story % 1000 == 0:
            base.execute("commit")
            base.execute("begin")

    return ask_and_add
