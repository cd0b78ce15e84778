"""Polygons clipped to a box, after Sutherland and Hodgman (1974). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syndicator.web.reader_pages.outlines import Point


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: x rises to the right, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def wider(self, by: float) -> Box:
        """Return it with a margin on each side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def holds(self, point: Point) -> bool:
        """Return whether a point is in it."""
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom

    def meets(self, other: Box) -> bool:
        """Return whether it has something in common with another one."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def clipped(points: Sequence[Point], box: Box) -> Sequence[Point]:
    """Return what of a polygon is in a box; where it is in several pieces, they hang together along the box's edge."""
    for axis, bound, side in ((0, box.left, 1), (0, box.right, -1), (1, box.top, 1), (1, box.bottom, -1)):
        if points:
            points = _cut(points, axis, bound, side)
    return points


def _cut(points: Sequence[Point], axis: int, bound: float, side: int) -> Sequence[Point]:
    """Return what of a polygon is on one side of a line: above ``bound`` on the axis for 1, below it for -1."""
    inside = [(point[axis] - bound) * side >= 0 for point in points]
    if all(inside):
        return points
    found: list[Point] = []
    before, was_inside = points[-1], inside[-1]
    for point, is_inside in zip(points, inside, strict=True):
        if is_inside != was_inside:
            share = (bound - before[axis]) / (point[axis] - before[axis])
            across = before[1 - axis] + (point[1 - axis] - before[1 - axis]) * share
            found.append((bound, across) if axis == 0 else (across, bound))
        if is_inside:
            found.append(point)
        before, was_inside = point, is_inside
    return found


def holds(points: Sequence[Point], place: Point) -> bool:
    """Return whether a place is in a polygon."""
    x, y = place
    inside = False
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], *points[:1]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def area(points: Sequence[Point]) -> float:
    """Return the area of a polygon, negative if it runs the other way around."""
    pairs = zip(points, [*points[1:], *points[:1]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def middle(points: Sequence[Point]) -> Point:
    """Return the centre of mass of a polygon that has an area."""
    pairs = list(zip(points, [*points[1:], *points[:1]], strict=True))
    whole = 6 * area(points)
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs)
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs)
    return x / whole, y / whole
