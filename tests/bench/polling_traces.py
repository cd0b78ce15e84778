"""Real traces of feeds: when items appeared, and while that was seen (see ``covered``). Moments are seconds since 1970."""

from __future__ import annotations

import gzip
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

HOUR, DAY = 3600.0, 86400.0
_LEAST_OVERLAP, _LONGEST_GAP, _LEAST_STRETCH = 0.05, 36 * HOUR, 6 * HOUR
_LEAST_DAYS, _MOST_DAYS = 27.0, 120.0
# An item is dated well if it was seen within two days after its date.
_WELL_DATED, _LEAST_WELL_DATED = 2 * DAY, 0.85
_LEAST_ITEMS = 3.5


@dataclass(frozen=True, slots=True)
class Trace:
    """One feed: stretches of time in which no item can have been missed, and items in them, in order.

    ``window`` is how many items a document shows.
    """

    name: str
    stretches: tuple[tuple[float, float], ...]
    items: tuple[float, ...]
    window: int

    @property
    def days(self) -> float:
        return sum(end - start for start, end in self.stretches) / DAY


def read_traces(items: Path, captures: Path | None = None) -> list[Trace]:
    """Read traces that are long, dated and dense enough: some 4 items a day over 27 covered days or more."""
    found = []
    shown = _captures(captures) if captures else {}
    for name, dates in sorted(_items(items).items()):
        caught = shown.get(name)
        if captures and not caught:
            continue
        well = sum(0 <= seen - at <= _WELL_DATED for at, seen in dates) / len(dates)
        stretches = covered(caught) if caught else [(min(at for at, _ in dates), max(at for at, _ in dates))]
        stretches = _last(stretches, _MOST_DAYS)
        arrivals = sorted(at if 0 <= seen - at <= _WELL_DATED else seen for at, seen in dates)
        inside = tuple(each for start, end in stretches for each in _between(arrivals, start, end))
        window = round(median(count for _, count, _ in caught)) if caught else 15
        trace = Trace(name, tuple(stretches), inside, max(1, window))
        if well >= _LEAST_WELL_DATED and trace.days >= _LEAST_DAYS and len(inside) / trace.days >= _LEAST_ITEMS:
            found.append(trace)
    return found


def covered(captures: list[tuple[float, int, int]]) -> list[tuple[float, float]]:
    """Return the stretches between captures of which each shares items with the last, of six hours or more."""
    stretches: list[tuple[float, float]] = []
    for (before, _, _), (at, count, new) in pairwise(sorted(captures)):
        if not count or (count - new) / count < _LEAST_OVERLAP or at - before > _LONGEST_GAP:
            continue
        if stretches and stretches[-1][1] == before:
            stretches[-1] = (stretches[-1][0], at)
        else:
            stretches.append((before, at))
    return [(start, end) for start, end in stretches if end - start >= _LEAST_STRETCH]


def _last(stretches: list[tuple[float, float]], days: float) -> list[tuple[float, float]]:
    left, kept = days * DAY, []
    for start, end in reversed(stretches):
        if left <= 0:
            break
        kept.append((max(start, end - left), end))
        left -= end - start
    return kept[::-1]


def _between(moments: list[float], start: float, end: float) -> list[float]:
    return moments[bisect_left(moments, start) : bisect_left(moments, end)]


def _rows(path: Path) -> list[list[str]]:
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
    head, *lines = text.splitlines()
    assert head.startswith("set\tfeed\t"), f"{path}: not a table of items or captures"
    return [line.split("\t") for line in lines]


def _items(path: Path) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in _rows(path):
        seen = float(row[4])
        found[f"{row[0]}/{row[1]}"].append((float(row[3] or seen), seen))
    return found


def _captures(path: Path) -> dict[str, list[tuple[float, int, int]]]:
    found: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    for row in _rows(path):
        found[f"{row[0]}/{row[1]}"].append((float(row[2]), int(row[3]), int(row[5])))
    return found
