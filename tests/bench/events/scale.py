"""What an index of many stories costs: ``python -m tests.bench.events.scale 100000``, in a process of its own."""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from syndicator.outbox.event_index import WINDOW, EventIndex, Item

_SYLLABLES = [first + rest for first in "bcdfghklmnprstvz" for rest in ("a", "e", "i", "o", "u", "an", "en", "is")]
_STOPS = (1_000, 3_000, 10_000, 30_000, 100_000)
_TOPICS = 3000


def main(count: int) -> None:
    """Add so many made headlines, all within the window; then make the index again."""
    stories = list(made(count))
    before, index, began, last = _megabytes(), EventIndex(), time.process_time(), 0
    events = []
    for number, story in enumerate(stories, 1):
        events.append(index.add(story).event)
        if number in _STOPS:
            spent = time.process_time() - began
            share = f"{spent / (number - last) * 1e3:.2f} ms a story since the last row"
            print(f"{number:>9,} stories: {share}, {len(index):,} events, {_megabytes() - before:.0f} MB", flush=True)
            began, last = time.process_time(), number
    again, began = EventIndex(), time.process_time()
    for story, event in zip(stories, events, strict=True):
        again.restore(story, event)
    print(f"{count:>9,} stories made again: {time.process_time() - began:.1f} s")


def made(count: int) -> Iterator[Item]:
    """Yield headlines of nine words, four of which are of their happening, the others as frequent as words are."""
    chance = random.Random(1)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(60_000)]
    topics: list[list[str]] = []
    begin, step = datetime(2026, 3, 1, tzinfo=UTC), WINDOW / 1.02 / count
    for number in range(1, count + 1):
        if not topics or chance.random() < 0.7:
            topics = [*topics[-_TOPICS:], chance.sample(words, 8)]
        said = chance.sample(chance.choice(topics), 4)
        said += [words[min(len(words) - 1, int(chance.paretovariate(0.6)))] for _ in range(5)]
        yield Item(id=number, title=" ".join(said), language="en", at=begin + step * number)


def _megabytes() -> float:
    """Return the memory that this process has now; its peak would be that of the process that began it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main(int(sys.argv[1]))
