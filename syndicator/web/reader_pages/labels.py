"""Where names stand on a map, that none covers another one or a dot. Pure."""

from __future__ import annotations

import unicodedata

from markupsafe import escape

from syndicator.web.reader_pages.clipping import Box
from syndicator.web.reader_pages.outlines import Point

# The sheet's letters are 12 pixels high; how wide they are is an estimate, rather too much than too little.
_HIGH = 12.0
_WIDTHS = {**dict.fromkeys("fijlrtI.,' -’", 5.0), **dict.fromkeys("mwMWЖЩШЮжшщюфФ", 11.5)}
_LETTER, _CAPITAL, _WIDE_LETTER = 7.3, 8.8, 12.0
_GAP = 3.0
_MIDDLE = 4.0  # from the middle of a line to its foot


class Labels:
    """Finds room for names, one after another."""

    def __init__(self, sheet: Box) -> None:
        """Begin with an empty sheet."""
        self._sheet, self._taken, self._count = sheet, list[Box](), 0

    def avoid(self, box: Box) -> None:
        """Have nothing written there."""
        self._taken.append(box)

    def beside(self, name: str, place: Point, size: float, *, most: int) -> str:
        """Write a name beside a dot; nothing where there is no room, or if so many stand there already."""
        if self._count >= most:
            return ""
        (x, y), width, off = place, width_of(name), size + _GAP
        for anchor, left, foot in (
            ("", x + off, y + _MIDDLE),
            ("end", x - off - width, y + _MIDDLE),
            ("middle", x - width / 2, y - off),
            ("middle", x - width / 2, y + off + _HIGH - _GAP),
        ):
            if self._takes(left, foot, width):
                self._count += 1
                at = {"": left, "end": left + width, "middle": left + width / 2}[anchor]
                how = f' text-anchor="{anchor}"' if anchor else ""
                return f'<text x="{at:.0f}" y="{foot:.0f}"{how}>{escape(name)}</text>'
        return ""

    def on(self, name: str, place: Point) -> str:
        """Write a country's name on it; nothing where there is no room."""
        width = width_of(name)
        left, foot = place[0] - width / 2, place[1] + _MIDDLE
        if not self._takes(left, foot, width):
            return ""
        return f'<text class="w" x="{place[0]:.0f}" y="{foot:.0f}" text-anchor="middle">{escape(name)}</text>'

    def _takes(self, left: float, foot: float, width: float) -> bool:
        """Take room for a line, if there is some."""
        box = Box(left, foot - _HIGH + 2, left + width, foot + 3)
        is_inside = self._sheet.holds((box.left, box.top)) and self._sheet.holds((box.right, box.bottom))
        if not is_inside or any(map(box.meets, self._taken)):
            return False
        self._taken.append(box)
        return True


def width_of(name: str) -> float:
    """Return how many pixels a name takes, roughly."""
    return sum(_width(letter) for letter in name if not unicodedata.combining(letter))


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return _WIDE_LETTER
    return _WIDTHS.get(letter) or (_CAPITAL if letter.isupper() else _LETTER)
