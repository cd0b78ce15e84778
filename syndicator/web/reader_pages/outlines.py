"""The outlines of the world's countries, as maps draw them. The file is read when the first map is drawn.

An arc, a line of the file, is a run of points: of each how far it is from the one before, in hundredths of a degree to
the east and to the north, the former with the point's level in its last three bits. A number is written with its sign
last, in letters of five bits, the lowest first; each but the last has a sixth bit. A country is its ISO 3166 code and
its rings, each the numbers of its arcs, of which ``~number`` runs backwards. No ring is cut at the antimeridian: what
crosses it goes on beyond 180 degrees, and what is around a pole ends 360 degrees from where it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

STEPS = 100
# How many degrees a pixel has where the points of a level are enough, the first having all: others change less than it.
LEVELS = (0.026, 0.05, 0.09, 0.16, 0.28, 0.5, 0.8, 1.3)
_BITS_OF_LEVEL, _LEVEL = 3, 7
FILE = Path(str(resources.files(__package__).joinpath("outlines.tsv")))
_FIRST, _BITS, _MORE = ord("?"), 5, 32

Point = tuple[float, float]
# Points in hundredths of a degree, each with its level.
_Arc = list[tuple[int, int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """The outline of one piece of land, in degrees, by level, with the box that it lies in.

    One that ``is_polar`` is around a pole: its last point is the first one, 360 degrees further.
    """

    country: str
    levels: tuple[tuple[Point, ...], ...]
    west: float
    south: float
    east: float
    north: float
    is_polar: bool

    def at(self, level: int) -> Sequence[Point]:
        """Return the points of a level."""
        return self.levels[level]


class Outlines:
    """All land, as ``rings``; those of one country follow each other."""

    def __init__(self, text: str) -> None:
        """Read a file's text."""
        lines, _, countries = text.partition("\n\n")
        arcs = [_decoded(line) for line in lines.splitlines() if not line.startswith("#")]
        listed = [line.split("\t") for line in countries.splitlines()]
        self.rings = tuple(_ring(code, refs.split(), arcs) for code, rings in listed for refs in rings.split(","))


def _ring(code: str, refs: Sequence[str], arcs: Sequence[_Arc]) -> Ring:
    points: _Arc = []
    for number in map(int, refs):
        run = arcs[~number][::-1] if number < 0 else arcs[number]
        shift = round((points[-1][0] - run[0][0]) / (360 * STEPS)) * 360 * STEPS if points else 0
        points += [(x + shift, y, level) for x, y, level in (run[1:] if points else run)]
    places = [((x / STEPS, y / STEPS), level) for x, y, level in points]
    xs, ys = [x for (x, _), _ in places], [y for (_, y), _ in places]
    return Ring(
        country=code,
        levels=tuple(tuple(place for place, of in places if of >= level) for level in range(len(LEVELS))),
        west=min(xs),
        south=min(ys),
        east=max(xs),
        north=max(ys),
        is_polar=abs(xs[-1] - xs[0]) > 180,  # noqa: PLR2004 - half a turn
    )


@cache
def outlines() -> Outlines:
    """Return the outlines that come with the program."""
    return Outlines(FILE.read_text("ascii"))


def encoded(points: Sequence[tuple[int, int, int]]) -> str:
    """Write an arc: points, each with a level."""
    parts = []
    last_x = last_y = 0
    for x, y, level in points:
        parts += [_number((_zigzag(x - last_x) << _BITS_OF_LEVEL) | level), _number(_zigzag(y - last_y))]
        last_x, last_y = x, y
    return "".join(parts)


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else ~(number << 1)


def _signed(number: int) -> int:
    return ~(number >> 1) if number & 1 else number >> 1


def _number(number: int) -> str:
    letters = []
    while number >= _MORE:
        letters.append(chr(_FIRST + (_MORE | number & (_MORE - 1))))
        number >>= _BITS
    return "".join([*letters, chr(_FIRST + number)])


def _decoded(line: str) -> _Arc:
    x = y = 0
    points = []
    numbers = _numbers(line)
    for across in numbers:
        x, y = x + _signed(across >> _BITS_OF_LEVEL), y + _signed(next(numbers))
        points.append((x, y, across & _LEVEL))
    return points


def _numbers(line: str) -> Iterator[int]:
    number = shift = 0
    for letter in line:
        bits = ord(letter) - _FIRST
        number |= (bits & (_MORE - 1)) << shift
        if bits & _MORE:
            shift += _BITS
        else:
            yield number
            number = shift = 0
