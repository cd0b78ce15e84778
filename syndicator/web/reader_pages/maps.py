"""Maps as SVG: land, the country that stands out, a dot for each place, and names beside the largest. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from syndicator.web.reader_pages.clipping import Box, area, holds, middle
from syndicator.web.reader_pages.labels import Labels
from syndicator.web.reader_pages.outlines import LEVELS, Outlines, Point, outlines
from syndicator.web.reader_pages.projection import Sight, locator, sight_of

MOST_DOTS, MOST_NAMES = 40, 6
# A step in a path is half a pixel. All land has at most so many corners, which take some five letters each.
_FINE, _MOST_CORNERS, _MOST_INSET = 2, 900, 400
_LARGEST, _SMALLEST = 10.0, 3.0
# Land of fewer corners is left out where it is no wider and higher than that, in half pixels.
_FEW, _UNSEEN = 8, 4
# What is clipped is clipped so far outside, that its edge is not seen.
_OUTSIDE = 4
# A map of so few degrees needs another one, that shows where it is; and how large that is.
_SMALL, _INSET_WIDE, _INSET_HIGH = 9.0, 66, 52
# How many degrees to the north and south it shows; in the midst of an ocean more.
_REACHES = (25.0, 70.0)
# A country that takes that share of a map has its name on it.
_LARGE_SHARE = 0.05


_Cell = tuple[int, int]


class Dot(NamedTuple):
    """A place on a map: filled if stories are about it, hollow if it is in them otherwise."""

    lon: float
    lat: float
    weight: int
    name: str
    is_about: bool = True


class _Land(NamedTuple):
    """A piece of a country as it is drawn."""

    country: str
    points: list[Point]


def drawn(
    dots: Sequence[Dot],
    label: str,
    *,
    home: Sequence[str] = (),
    country: Callable[[str], str] | None = None,
    land: Outlines | None = None,
) -> Markup:
    """Draw a map of the heaviest dots, described by ``label``; nothing if there are none.

    ``country`` returns what is written on a country, by its code.
    """
    shown = sorted(dots, key=lambda dot: -dot.weight)[:MOST_DOTS]
    if not shown:
        return Markup()
    sight = sight_of([(dot.lon, dot.lat) for dot in shown])
    places = [sight.pixel(dot.lon, dot.lat) for dot in shown]
    sizes = [max(_SMALLEST, _LARGEST * math.sqrt(dot.weight / max(shown[0].weight, 1))) for dot in shown]
    land = land or outlines()
    lands = _lands(sight, land)
    inset, inset_box = _inset(sight, land, places, home)
    names = Labels(Box(0, 0, sight.wide, sight.high))
    names.avoid(inset_box)
    for (x, y), size in zip(places, sizes, strict=True):
        names.avoid(Box(x - size, y - size, x + size, y + size))
    texts = [
        text
        for dot, place, size in zip(shown, places, sizes, strict=True)
        if len(dot.name) and (text := names.beside(dot.name, place, size, most=MOST_NAMES))
    ]
    if country:
        texts += filter(None, (names.on(country(code), at) for code, at in _named(lands, sight, home)))
    circles = "".join(map(_circle, shown, places, sizes))
    return Markup(  # noqa: S704 - names are escaped, the rest is numbers
        f'<svg class="map" viewBox="0 0 {sight.wide} {sight.high}" role="img" aria-label="{escape(label)}">'
        f"{_paths(lands, home)}{circles}{''.join(texts)}{inset}</svg>"
    )


def _lands(sight: Sight, land: Outlines, *, outside: int = _OUTSIDE, most: int = _MOST_CORNERS) -> list[_Land]:
    """Return all land that is in sight, in pixels, as fine as there is room for.

    A border is the same from both of its sides: at each level it has some of its points, wherever one begins.
    """
    found: list[_Land] = []
    finest = max((level for level, least in enumerate(LEVELS) if 1 / sight.scale >= least), default=0)
    box = sight.box.wider(outside / sight.scale)
    left, top, scale = sight.box.left, sight.box.top, sight.scale
    for level in range(finest, len(LEVELS)):
        found = [
            _Land(code, [((x - left) * scale, (y - top) * scale) for x, y in points])
            for code, points in sight.projection.lands(land.rings, level, box, 1 / scale)
            if len(points) > 2  # noqa: PLR2004 - a triangle
        ]
        if sum(len(each.points) for each in found) <= most:
            break
    return found


def _paths(lands: Sequence[_Land], home: Sequence[str]) -> str:
    shapes = [(each.country, _cells(each.points)) for each in lands]
    others = "".join(_written(cells) for country, cells in shapes if country not in home)
    own = "".join(_written(cells) for country, cells in shapes if country in home)
    parts = "".join(f'<path class="{name}" d="{path}"/>' for name, path in (("land", others), ("home", own)) if path)
    return f'<g transform="scale({1 / _FINE:g})">{parts}</g>'


def _cells(points: Sequence[Point]) -> list[_Cell]:
    """Return the corners of a polygon in half pixels, none of them twice in a row."""
    cells = [(round(x * _FINE), round(y * _FINE)) for x, y in points]
    return [cell for cell, before in zip(cells, [cells[-1], *cells], strict=False) if cell != before]


def _written(cells: Sequence[_Cell]) -> str:
    """Write a polygon as a path of whole numbers; nothing if it is not seen."""
    if len(cells) < 3 or (len(cells) < _FEW and _extent(cells) <= _UNSEEN):  # noqa: PLR2004 - a triangle
        return ""
    x, y = cells[0]
    parts = [f"M{x} {y}l"]
    for to_x, to_y in cells[1:]:
        space = " " if len(parts) > 1 and to_x >= x else ""
        parts.append(f"{space}{to_x - x}{to_y - y}" if to_y < y else f"{space}{to_x - x} {to_y - y}")
        x, y = to_x, to_y
    return "".join([*parts, "z"])


def _extent(cells: Sequence[_Cell]) -> int:
    xs, ys = [x for x, _ in cells], [y for _, y in cells]
    return max(xs) - min(xs) + max(ys) - min(ys)


def _circle(dot: Dot, place: Point, size: float) -> str:
    hollow = "" if dot.is_about else ' class="c"'
    x, y = place
    return (
        f'<circle{hollow} cx="{x:.0f}" cy="{y:.0f}" r="{size:.1f}">'
        f"<title>{escape(dot.name)}: {dot.weight}</title></circle>"
    )


def _named(lands: Sequence[_Land], sight: Sight, home: Sequence[str]) -> Iterator[tuple[str, Point]]:
    """Yield the countries that take much of a map, the largest first, each with its middle."""
    whole = sight.wide * sight.high
    sizes = sorted(((abs(area(each.points)), each) for each in lands), key=lambda sized: -sized[0])
    seen = set(home)
    for size, each in sizes:
        if size < whole * _LARGE_SHARE:
            return
        if each.country not in seen and holds(each.points, at := middle(each.points)):
            seen.add(each.country)
            yield each.country, at


def _inset(sight: Sight, land: Outlines, places: Sequence[Point], home: Sequence[str]) -> tuple[str, Box]:
    """Draw where a small map is, in the corner with the fewest dots; return it with its box."""
    if sight.box.height > _SMALL:
        return "", Box(0, 0, 0, 0)
    corners = [(x, y) for y in (sight.high - _INSET_HIGH, 0) for x in (sight.wide - _INSET_WIDE, 0)]
    boxes = [Box(x, y, x + _INSET_WIDE, y + _INSET_HIGH) for x, y in corners]
    box = min(boxes, key=lambda each: sum(map(each.wider(_LARGEST).holds, places)))
    for reach in _REACHES:
        around = locator(sight, _INSET_WIDE, _INSET_HIGH, reach)
        if lands := _lands(around, land, outside=0, most=_MOST_INSET):
            break
    left, top = around.drawn((sight.box.left, sight.box.top))
    right, bottom = around.drawn((sight.box.right, sight.box.bottom))
    frame = f'<rect class="in" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"/>'
    sea = f'<rect class="sea" width="{_INSET_WIDE}" height="{_INSET_HIGH}"/>'
    return f'<g transform="translate({box.left:g} {box.top:g})">{sea}{_paths(lands, home)}{frame}</g>', box
