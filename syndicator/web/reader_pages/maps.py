"""Maps as SVG: land, the country that stands out, a dot for each place, and names beside the largest. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from syndicator.web.reader_pages.clipping import area, clipped, holds, middle
from syndicator.web.reader_pages.labels import Labels
from syndicator.web.reader_pages.outlines import LEVELS, Outlines, Point, outlines
from syndicator.web.reader_pages.projection import Box, Sight, locator, sight_of

MOST_DOTS, MOST_NAMES = 40, 6
# A coordinate in a path is half a pixel; and all paths together have at most so many letters.
_FINE, _MOST_LETTERS = 2, 6000
_COARSE = (1, 2, 4, 7, 12)
_LARGEST, _SMALLEST = 10.0, 3.0
# What is clipped is clipped so far outside, that its edge is not seen.
_OUTSIDE = 4
# A map of so few degrees needs another one, that shows where it is; and how large that is.
_SMALL, _INSET_WIDE, _INSET_HIGH = 9.0, 66, 52
# A country that takes that share of a map has its name on it.
_LARGE_SHARE = 0.05


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
    lands = list(_lands(sight, land))
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


def _lands(sight: Sight, land: Outlines, outside: int = _OUTSIDE) -> Iterator[_Land]:
    """Yield all land that is in sight, in pixels, as fine as there is room for."""
    finest = max((level for level, least in enumerate(LEVELS) if 1 / sight.scale >= least), default=0)
    box = sight.box.wider(outside / sight.scale)
    left, top, scale = sight.box.left, sight.box.top, sight.scale
    for code, points in sight.projection.lands(land.rings, finest, box, 1 / scale):
        if len(found := clipped(points, box)) > 2:  # noqa: PLR2004 - a triangle
            yield _Land(code, [((x - left) * scale, (y - top) * scale) for x, y in found])


def _paths(lands: Sequence[_Land], home: Sequence[str]) -> str:
    """Draw land, less finely where that would take too many letters."""
    for coarse in _COARSE:
        others = "".join(_path(each.points, coarse) for each in lands if each.country not in home)
        own = "".join(_path(each.points, coarse) for each in lands if each.country in home)
        if len(others) + len(own) <= _MOST_LETTERS:
            break
    parts = "".join(f'<path class="{name}" d="{path}"/>' for name, path in (("land", others), ("home", own)) if path)
    return f'<g transform="scale({1 / _FINE:g})">{parts}</g>'


def _path(points: Sequence[Point], coarse: int) -> str:
    """Write a polygon as a path of whole numbers, each step longer than ``coarse``; nothing if it is hardly seen."""
    x, y = first_x, first_y = round(points[0][0] * _FINE), round(points[0][1] * _FINE)
    steps: list[str] = []
    far_x = far_y = 0
    for px, py in points:
        dx, dy = round(px * _FINE) - x, round(py * _FINE) - y
        if abs(dx) + abs(dy) > coarse:
            space = " " if steps and dx >= 0 else ""
            steps.append(f"{space}{dx}{dy}" if dy < 0 else f"{space}{dx} {dy}")
            x, y = x + dx, y + dy
            far_x, far_y = max(far_x, abs(x - first_x)), max(far_y, abs(y - first_y))
    return f"M{first_x} {first_y}l{''.join(steps)}z" if len(steps) > 1 and far_x + far_y > coarse + 1 else ""


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
    around = locator(sight, _INSET_WIDE, _INSET_HIGH)
    left, top = around.drawn((sight.box.left, sight.box.top))
    right, bottom = around.drawn((sight.box.right, sight.box.bottom))
    frame = f'<rect class="in" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"/>'
    lands = _paths(list(_lands(around, land, outside=0)), home)
    sea = f'<rect class="sea" width="{_INSET_WIDE}" height="{_INSET_HIGH}"/>'
    return f'<g transform="translate({box.left:g} {box.top:g})">{sea}{lands}{frame}</g>', box
