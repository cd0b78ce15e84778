"""Strips and bars of days as SVG, for readers' and operators' pages. Pure.

What they say in words is given to them: pages are in several languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

from syndicator.models.days import DayState

# A cell is two units wide and a gap one: so is the dash of the sheet.
_CELL = 3
# Where the lines of a state run in a strip 14 units high; their widths are the sheet's.
_ROWS = {
    DayState.NEWS: ("7",),
    DayState.QUIET: ("10.5",),
    DayState.SILENT: ("12.5",),
    DayState.FAILING: ("2.5", "11.5"),
    DayState.UNSEEN: ("7",),
}
_BAR, _BARS_HIGH = 10, 60


def strip(letters: str, label: str) -> Markup:
    """Draw days, a cell for each letter."""
    width = len(letters) * _CELL - 1
    return Markup(  # noqa: S704 - made of letters of our own; the label is escaped
        f'<svg class="strip" viewBox="0 0 {width} 14" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">{_paths(letters)}</svg>'
    )


def swatch(state: str) -> Markup:
    """Draw what a state looks like, for the key of the strips."""
    lines = "".join(f"M0 {row}h14" for row in _ROWS[DayState(state)])
    return Markup(  # noqa: S704 - made of letters of our own
        '<svg class="strip" viewBox="0 0 14 14" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="{state}" d="{lines}"/></svg>'
    )


def bars(label: str, values: Sequence[tuple[str, int | None]]) -> Markup:
    """Draw a bar for each title and number, the last one as being under way; a gap where there is no number."""
    most = max((number for _, number in values if number is not None), default=0)
    return Markup(  # noqa: S704 - titles are escaped
        f'<svg class="bars low" viewBox="0 0 {len(values) * _BAR} {_BARS_HIGH}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">{"".join(_bars(values, max(most, 1)))}</svg>'
    )


def _paths(letters: str) -> str:
    """Draw a path for each state. A quiet day's line runs on below news, which hide it: most days are one or other."""
    runs = _runs(letters)
    if DayState.QUIET in runs:
        below = _runs(letters.replace(DayState.NEWS, DayState.QUIET))[DayState.QUIET]
        runs = {DayState.QUIET.value: below} | {
            state: found for state, found in runs.items() if state != DayState.QUIET
        }
    return "".join(f'<path class="{letter}" d="{_lines(letter, found)}"/>' for letter, found in runs.items())


def _runs(letters: str) -> dict[str, list[tuple[int, int]]]:
    """Return where each state begins and how far it goes, in units of the drawing."""
    runs: dict[str, list[tuple[int, int]]] = {}
    position = 0
    for letter, same in groupby(letters):
        length = len(list(same))
        runs.setdefault(letter, []).append((position * _CELL, length * _CELL - 1))
        position += length
    return runs


def _lines(letter: str, runs: Sequence[tuple[int, int]]) -> str:
    return "".join(f"M{x} {row}h{width}" for row in _ROWS[DayState(letter)] for x, width in runs)


def _bars(values: Sequence[tuple[str, int | None]], most: int) -> Iterator[str]:
    last = len(values) - 1
    for place, (title, number) in enumerate(values):
        x = place * _BAR
        if number is None:
            yield f'<rect class="gap" x="{x}" y="0" width="{_BAR}" height="{_BARS_HIGH}">'
            yield f"<title>{escape(title)}</title></rect>"
            continue
        # What is there at all can be seen.
        high = max(number * (_BARS_HIGH - 2) / most, 1.0) if number else 0.0
        kind = ' class="now"' if place == last else ""
        yield f'<rect{kind} x="{x + 1}" y="{_short(_BARS_HIGH - high)}" width="{_BAR - 2}" height="{_short(high)}">'
        yield f"<title>{escape(title)}</title></rect>"


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
