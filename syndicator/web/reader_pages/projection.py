"""From degrees to the pixels of a map: which part of the world it shows, and how. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from syndicator.web.reader_pages.clipping import Box, clipped
from syndicator.web.reader_pages.outlines import Point, Ring

WIDE = 320
_LOWEST, _HIGHEST = 160, 300
# Around the outermost points, as a share of what they span; and the least that a map spans, in degrees.
_MARGIN, _LEAST = 0.18, 2.4
# What lies beyond is shown from above the pole, with all of Antarctica.
_POLAR, _CONTINENT = 66.0, 27.5
_TURN, _RIGHT = 360.0, 90.0
# What is so far apart is shown on a map of the world, from the Bering Strait to the Bering Strait.
_WORLDWIDE, _DATE_LINE = 180.0, -169.0
# No map shows more than that of the poles, but those from above them.
_NORTH, _SOUTH, _FRINGE = 84.0, -60.0, 5.0


class Projection(Protocol):
    """Puts the world on a plane whose unit is a degree of latitude."""

    def point(self, lon: float, lat: float) -> Point:
        """Return where a place is."""

    def lands(self, rings: Iterable[Ring], level: int, box: Box, least: float) -> Iterator[tuple[str, Sequence[Point]]]:
        """Yield what of land is in the box, as it is on the plane, with its country; none smaller than ``least``."""


@dataclass(frozen=True, slots=True)
class Cylindrical:
    """Equirectangular: degrees of longitude are as short as they are at the middle latitude, ``shrink``."""

    middle: float
    shrink: float

    def point(self, lon: float, lat: float) -> Point:
        """Return where a place is: on the side of the world that the map's middle is on."""
        return (self.middle + math.remainder(lon - self.middle, _TURN)) * self.shrink, -lat

    def lands(self, rings: Iterable[Ring], level: int, box: Box, least: float) -> Iterator[tuple[str, Sequence[Point]]]:
        """Yield land where it is, and once around the world to the east and west."""
        shrink = self.shrink
        west, east, south, north = box.left / shrink, box.right / shrink, -box.bottom, -box.top
        degrees = Box(west, south, east, north)
        for ring in rings:
            if ring.north < south or ring.south > north:
                continue
            if ring.north - ring.south < least and (ring.east - ring.west) * shrink < least:
                continue
            if ring.is_polar:
                row = _around_a_pole(ring.at(level))
                yield ring.country, [(x * shrink, -y) for x, y in clipped(row, degrees)]
                continue
            for turn in (-_TURN, 0.0, _TURN):
                if ring.west + turn < east and ring.east + turn > west:
                    points = _turned(ring.at(level), turn)
                    if not degrees.holds((ring.west + turn, ring.south)) or not degrees.holds(
                        (ring.east + turn, ring.north)
                    ):
                        points = clipped(points, degrees)
                    yield ring.country, [(x * shrink, -y) for x, y in points]


def _turned(points: Sequence[Point], turn: float) -> Sequence[Point]:
    return [(x + turn, y) for x, y in points] if turn else points


def _around_a_pole(points: Sequence[Point]) -> list[Point]:
    """Return the outline of land around a pole, three times in a row, closed along the pole."""
    step = points[-1][0] - points[0][0]
    row = [(x + step * turn, y) for turn in (-1, 0, 1) for x, y in points]
    pole = math.copysign(_RIGHT, points[0][1])
    return [*row, (row[-1][0], pole), (row[0][0], pole)]


@dataclass(frozen=True, slots=True)
class Polar:
    """From above the South Pole, azimuthal and equidistant."""

    def point(self, lon: float, lat: float) -> Point:
        """Return where a place is."""
        distance, angle = _RIGHT + lat, math.radians(lon)
        return distance * math.sin(angle), -distance * math.cos(angle)

    def lands(self, rings: Iterable[Ring], level: int, box: Box, least: float) -> Iterator[tuple[str, Sequence[Point]]]:
        """Yield land that is near the pole."""
        corner = max(map(abs, (box.left, box.top, box.right, box.bottom))) * math.sqrt(2)
        for ring in rings:
            if _RIGHT + ring.south <= corner and ring.north - ring.south >= least:
                yield ring.country, clipped([self.point(x, y) for x, y in ring.at(level)], box)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a map shows: a box of a projection's plane, drawn so many pixels wide."""

    projection: Projection
    box: Box
    wide: float = WIDE

    @property
    def high(self) -> int:
        """How many pixels high it is."""
        return round(self.box.height * self.scale)

    @property
    def scale(self) -> float:
        """Pixels to a degree of latitude."""
        return self.wide / self.box.width

    def pixel(self, lon: float, lat: float) -> Point:
        """Return where a place is drawn."""
        return self.drawn(self.projection.point(lon, lat))

    def drawn(self, point: Point) -> Point:
        """Return where a point of the plane is drawn."""
        return (point[0] - self.box.left) * self.scale, (point[1] - self.box.top) * self.scale


def sight_of(places: Sequence[Point]) -> Sight:
    """Return what shows some places, each as longitude and latitude, with room around them."""
    lats = [lat for _, lat in places]
    if max(lats) <= -_POLAR:
        reach = max(_CONTINENT, *(1.1 * (_RIGHT + lat) for lat in lats))
        return Sight(Polar(), Box(-reach * WIDE / _HIGHEST, -reach, reach * WIDE / _HIGHEST, reach))
    west, east = _span([lon for lon, _ in places])
    shrink = math.cos(math.radians(max(-_POLAR, min(_POLAR, (min(lats) + max(lats)) / 2))))
    flat = Cylindrical((west + east) / 2, shrink)
    points = [flat.point(*each) for each in places]
    if east - west == _TURN:
        points += [(west * shrink, points[0][1]), (east * shrink, points[0][1])]
    return Sight(flat, _on_the_globe(_shaped(_around(points)), shrink, lats))


def locator(sight: Sight, wide: float, high: float, half: float) -> Sight:
    """Return what shows where a map of something small lies: so many degrees to the north and south."""
    box = sight.box
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    reach = half * wide / high
    return Sight(sight.projection, Box(x - reach, y - half, x + reach, y + half), wide)


def _span(lons: Sequence[float]) -> tuple[float, float]:
    """Return the narrowest stretch that has all of some longitudes; its east end may be beyond 180 degrees."""
    some = sorted({lon % _TURN for lon in lons})
    gaps = [(after - before, after) for before, after in pairwise([*some, some[0] + _TURN])]
    widest, after = max(gaps)
    if _TURN - widest > _WORLDWIDE:
        return _DATE_LINE, _DATE_LINE + _TURN
    west = math.remainder(after, _TURN)
    return west, west + _TURN - widest


def _around(points: Sequence[Point]) -> Box:
    xs, ys = zip(*points, strict=True)
    box = Box(min(xs), min(ys), max(xs), max(ys))
    return box.wider(max(box.width, box.height) * _MARGIN)


def _shaped(box: Box) -> Box:
    """Return a box that is not too small, and neither too long nor too high for a column of text."""
    wide = max(box.width, _LEAST, box.height * WIDE / _HIGHEST)
    high = max(box.height, wide * _LOWEST / WIDE)
    wide = max(wide, high * WIDE / _HIGHEST)
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def _on_the_globe(box: Box, shrink: float, lats: Sequence[float]) -> Box:
    """Return a box that is no wider than the world, and has no more of the ends of it than it must."""
    surplus = max(0.0, box.width - _TURN * shrink) / 2
    top, bottom = max(_NORTH, max(lats) + _FRINGE), min(_SOUTH, min(lats) - _FRINGE)
    return Box(box.left + surplus, max(box.top, -top), box.right - surplus, min(box.bottom, -bottom))
