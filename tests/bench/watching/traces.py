"""When items of real feeds arrived, and in which stretches of time somebody looked. Tab-separated, gzipped.

Columns: set, feed, guid, pub_ts, first_seen_ts, last_seen_ts, and more that are not read. An item arrived when it was
published, where that lies within two days before it was first seen. Time between two looks counts where both show an
item in twenty in common and are at most 36 h apart: else items may have come and gone unseen. Of a feed with less than
an item a day, looks may be 30 days apart where they have half of their items in common.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

HOUR, DAY, YEAR = 3600.0, 86400.0, 365.25 * 86400.0
_TRUSTED, _LONGEST, _SHORTEST = 2 * DAY, 36 * HOUR, 6 * HOUR
_OVERLAP = 0.05
_SLOW, _LONGEST_OF_SLOW, _OVERLAP_OF_SLOW = 1.0, 30 * DAY, 0.5
_SHORTEST_TRACE, _LONG, _SLOW_RATE, _GROUP_SIZES = 14, 80, 0.5, (2, 4, 8)
# Feeds of fewer items say nothing.
_FEWEST = 40
CLASSES = ((1.0, "under 1"), (10.0, "1 to 10"), (100.0, "10 to 100"), (float("inf"), "over 100"))


@dataclass(frozen=True)
class Trace:
    """The arrivals of a feed, in order, by stretches of time in which all of them were seen."""

    name: str
    stretches: tuple[tuple[float, float, tuple[float, ...]], ...]

    @property
    def days(self) -> float:
        """How long it was looked at."""
        return sum(end - start for start, end, _ in self.stretches) / DAY

    @property
    def rate(self) -> float:
        """Items a day."""
        return sum(len(times) for *_, times in self.stretches) / self.days

    @property
    def rate_class(self) -> str:
        """Which class of rates it is in."""
        return next(name for below, name in CLASSES if self.rate < below)

    def steps(self) -> Iterator[tuple[float, float, bool]]:
        """Yield arrivals: their moments, how much time before them was not looked at, whether a stretch ends there."""
        skipped, before = 0.0, None
        for start, end, times in self.stretches:
            skipped += start - before if before is not None else 0.0
            before = end
            for at in times:
                yield at, skipped, False
                skipped = 0.0
            yield end, skipped, True
            skipped = 0.0


def read(path: Path) -> list[Trace]:
    """Read the traces of a file: those of feeds with enough items in enough time."""
    feeds: dict[str, list[tuple[float | None, float, float]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            published = float(row["pub_ts"]) if row["pub_ts"] else None
            seen = float(row["first_seen_ts"]), float(row["last_seen_ts"] or row["first_seen_ts"])
            feeds[f"{row['set']}/{row['feed']}"].append((published, *seen))
    traces = [_trace(name, items) for name, items in sorted(feeds.items()) if len(items) >= _FEWEST]
    return [each for each in traces if each.stretches and each.days >= _SHORTEST_TRACE]


def read_all(paths: Sequence[Path]) -> list[Trace]:
    """Read the traces of files; beside them, slow feeds and groups that are made of those that are long enough."""
    single = [each for path in paths for each in read(path)]
    long = [each for each in single if each.days >= _LONG]
    slow = [_slowed(each, _SLOW_RATE) for each in long if each.rate > 10 * _SLOW_RATE]
    return [*single, *slow, *_groups(single)]


def _slowed(trace: Trace, rate: float) -> Trace:
    """Keep as many items as come at a slow rate, chosen as by chance, but always the same."""
    most, place, stretches = 2**32 * rate / trace.rate, 0, []
    for start, end, times in trace.stretches:
        kept = [at for number, at in enumerate(times, place) if number * 2654435761 % 2**32 < most]
        stretches.append((start, end, tuple(kept)))
        place += len(times)
    return Trace(f"{trace.name} (slowed)", tuple(stretches))


def _groups(traces: Sequence[Trace]) -> list[Trace]:
    """Merge the longest traces of each set: what was looked at in the same time makes a group."""
    by_set: dict[str, list[Trace]] = defaultdict(list)
    for each in sorted(traces, key=lambda each: -each.days):
        by_set[each.name.partition("/")[0]].append(each)
    sizes = ((name, some, size) for name, some in by_set.items() for size in _GROUP_SIZES if len(some) >= size)
    made = [_merged(f"{name}: {size} together", some[:size]) for name, some, size in sizes]
    return [each for each in made if each.stretches and each.days >= _SHORTEST_TRACE]


def _merged(name: str, traces: Sequence[Trace]) -> Trace:
    spans = [(start, end) for start, end, _ in traces[0].stretches]
    for each in traces[1:]:
        others = [(start, end) for start, end, _ in each.stretches]
        spans = [(max(a, c), min(b, d)) for a, b in spans for c, d in others if min(b, d) - max(a, c) >= _SHORTEST]
    times = sorted(at for each in traces for *_, some in each.stretches for at in some)
    return Trace(name, tuple((a, b, tuple(times[bisect_right(times, a) : bisect_right(times, b)])) for a, b in spans))


def _trace(name: str, items: Sequence[tuple[float | None, float, float]]) -> Trace:
    looks = sorted({at for _, first, last in items for at in (first, last)})
    if _is_dated(items, looks):
        times = sorted(published for published, *_ in items if published is not None)
        return Trace(name, ((times[0], times[-1], tuple(times[1:])),))
    is_slow = len(items) * DAY < _SLOW * (looks[-1] - looks[0])
    trusted = _LONGEST_OF_SLOW if is_slow else _TRUSTED
    arrivals = sorted(
        published if published is not None and first - trusted <= published <= first else first
        for published, first, _ in items
    )
    return Trace(name, tuple(_stretches(arrivals, looks, items, is_slow=is_slow)))


def _is_dated(items: Sequence[tuple[float | None, float, float]], looks: Sequence[float]) -> bool:
    """Return whether only the items' own dates say when they came: an archive that was read once."""
    as_published = sum(published == first == last for published, first, last in items)
    return len(looks) < 10 or as_published > 0.9 * len(items)


def _stretches(
    arrivals: Sequence[float],
    looks: Sequence[float],
    items: Sequence[tuple[float | None, float, float]],
    *,
    is_slow: bool,
) -> Iterator[tuple[float, float, tuple[float, ...]]]:
    whole = [
        (later - earlier <= _LONGEST and shared >= _OVERLAP * shown)
        or (is_slow and later - earlier <= _LONGEST_OF_SLOW and shared >= _OVERLAP_OF_SLOW * shown)
        for (earlier, later, shared, shown) in _pairs(looks, items)
    ]
    start: int | None = None
    for place, is_whole in enumerate((*whole, False)):
        if is_whole and start is None:
            start = place
        elif not is_whole and start is not None:
            begun, ended = looks[start], looks[place]
            if ended - begun >= _SHORTEST:
                some = arrivals[bisect_right(arrivals, begun) : bisect_right(arrivals, ended)]
                yield begun, ended, tuple(some)
            start = None


def _pairs(
    looks: Sequence[float], items: Iterable[tuple[float | None, float, float]]
) -> Iterator[tuple[float, float, int, int]]:
    """Yield two looks at a time, with how many items both of them show, and how many the later."""
    firsts = sorted(first for _, first, _ in items)
    lasts = sorted(last for *_, last in items)
    for earlier, later in pairwise(looks):
        gone = bisect_left(lasts, later)
        shown = bisect_right(firsts, later) - gone
        both = bisect_right(firsts, earlier) - gone
        yield earlier, later, both, shown
