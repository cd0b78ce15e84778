"""Make ``outlines.tsv``, the land that maps show, from Natural Earth by way of the npm package world-atlas 2.0.2.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python -m tests.make_outlines package/countries-50m.json

Arcs are the borders that two countries share, or a coast. Of each the points that matter least are dropped (Visvalingam
and Whyatt, 1993: by the triangle that a point makes with its neighbours), and the others are marked with how much they
matter, so that a map of the world needs only some.
"""

from __future__ import annotations

import heapq
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from babel.core import get_global

from syndicator.web.reader_pages.outlines import FILE, LEVELS, STEPS, encoded

Point = tuple[float, float]
# Natural Earth draws who holds a land. Here it is whose ISO 3166 says it is, as in the gazetteer.
_CODES = {"Somaliland": "SO", "Kosovo": "XK", "N. Cyprus": "CY", "Siachen Glacier": "IN", "Indian Ocean Ter.": "AU"}
_CRIMEA = (34.2, 45.3)
# An island smaller than that is dropped, unless it is the largest of its country; in square degrees at the equator.
_SMALLEST = 0.004
_HEAD = """\
# Land by country: Natural Earth 4.1, 1:50,000,000, in the public domain, by way of world-atlas 2.0.2. Made by
# tests/make_outlines.py; read by outlines.py, which says how it is written. First the arcs, then the countries.
"""


class Topology:
    """The arcs of a TopoJSON file in degrees, and countries as rings of arcs; ``~number`` is one that runs backwards."""

    def __init__(self, path: Path) -> None:
        """Read the file."""
        topology = json.loads(path.read_text())
        self.arcs = [list(_whole(_degrees(arc, topology["transform"]))) for arc in topology["arcs"]]
        numbers = get_global("territory_aliases")
        self.rings: dict[str, list[list[int]]] = defaultdict(list)
        for each in topology["objects"]["countries"]["geometries"]:
            name = each["properties"]["name"]
            code = _CODES[name] if name in _CODES else numbers[each["id"]][0]
            polygons = {"Polygon": [each["arcs"]], "MultiPolygon": each["arcs"]}[each["type"]] if "arcs" in each else []
            for polygon in polygons:
                whose = "UA" if code == "RU" and self._holds(polygon[0], _CRIMEA) else code
                self.rings[whose] += polygon

    def points(self, ring: Sequence[int]) -> list[Point]:
        """Return the points of a ring."""
        return [point for arc in ring for point in self.run(arc)[:-1]]

    def run(self, arc: int) -> list[Point]:
        """Return the points of an arc in its direction."""
        return self.arcs[~arc][::-1] if arc < 0 else self.arcs[arc]

    def _holds(self, ring: Sequence[int], point: Point) -> bool:
        points, (x, y), inside = self.points(ring), point, False
        for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside


def _degrees(arc: Sequence[Sequence[int]], transform: dict[str, Sequence[float]]) -> Iterator[Point]:
    (kx, ky), (x0, y0), x, y = transform["scale"], transform["translate"], 0, 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        yield round(x * kx + x0, 3), round(y * ky + y0, 3)


def _whole(points: Iterable[Point]) -> Iterator[Point]:
    """Yield points so that what crosses the antimeridian goes on beyond it."""
    last = turns = 0.0
    for place, (x, y) in enumerate(points):
        turns += 360 * round((last - x - turns) / 360) if place else 0
        last = x + turns
        yield round(last, 3), y


def weighed(points: Sequence[Point]) -> list[float]:
    """Return how much each point of an arc matters: square degrees at the equator. The ends always do."""
    shrink = max(math.cos(math.radians(sum(y for _, y in points) / len(points))), 0.05)
    flat = [(x * shrink, y) for x, y in points]
    before, after = list(range(-1, len(flat) - 1)), list(range(1, len(flat) + 1))
    weights = [math.inf] * len(flat)

    def area(at: int) -> float:
        (x1, y1), (x2, y2), (x3, y3) = flat[before[at]], flat[at], flat[after[at]]
        return abs((x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1)) / 2

    heap = [(area(at), at) for at in range(1, len(flat) - 1)]
    current = {at: of for of, at in heap}
    heapq.heapify(heap)
    most = 0.0
    while heap:
        of, at = heapq.heappop(heap)
        if current.get(at) != of:
            continue
        del current[at]
        most = weights[at] = max(most, of)
        before[after[at]], after[before[at]] = before[at], after[at]
        for beside in (before[at], after[at]):
            if beside in current:
                current[beside] = area(beside)
                heapq.heappush(heap, (current[beside], beside))
    return weights


def _level(weight: float) -> int:
    """Return the coarsest of ``LEVELS`` that needs a point of this weight; -1 where none does."""
    return max((level for level, pixel in enumerate(LEVELS) if weight >= pixel * pixel), default=-1)


def _size(points: Sequence[Point]) -> float:
    shrink = max(math.cos(math.radians(points[0][1])), 0.05)
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) * shrink / 2


def lines(topology: Topology) -> Iterator[str]:
    """Yield the lines of the file."""
    kept: dict[str, list[list[int]]] = {}
    for code, rings in sorted(topology.rings.items()):
        sizes = [_size(topology.points(ring)) for ring in rings]
        kept[code] = [ring for ring, size in zip(rings, sizes, strict=True) if size >= min(_SMALLEST, max(sizes))]
    used = sorted({max(arc, ~arc) for rings in kept.values() for ring in rings for arc in ring})
    number = {arc: at for at, arc in enumerate(used)}
    for arc in used:
        points = topology.arcs[arc]
        marked = [(x, y, _level(of)) for (x, y), of in zip(points, weighed(points), strict=True)]
        yield encoded([(round(x * STEPS), round(y * STEPS), level) for x, y, level in marked if level >= 0])
    yield ""
    for code, rings in kept.items():
        refs = [" ".join(str(~number[~arc] if arc < 0 else number[arc]) for arc in ring) for ring in rings]
        yield f"{code}\t{','.join(refs)}"


def main() -> None:
    """Write the file."""
    topology = Topology(Path(sys.argv[1]))
    text = _HEAD + "".join(f"{line}\n" for line in lines(topology))
    FILE.write_text(text)
    print(f"{FILE}: {len(text):,} bytes, {len(topology.rings)} countries")


if __name__ == "__main__":
    main()
