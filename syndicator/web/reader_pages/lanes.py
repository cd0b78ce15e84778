"""A lane for each address of an outlet: when it showed a story, as SVG beside the same in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from syndicator.models.account import AddressAccount, Stretch

_WIDTH, _COLUMNS = 180, 3
_MINUTES = (1, 2, 5, 10, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 10080)
_STEPS = tuple(timedelta(minutes=each) for each in _MINUTES)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Where a stretch is drawn: from the top, and how high. No answer is two rails.
_ROWS = {
    "shown": (("seen", 6, 8),),
    "other": (("old", 8, 4),),
    "missing": (("miss", 6, 8),),
    "silent": (("fail", 5, 3), ("fail", 12, 3)),
}


@dataclass(frozen=True, slots=True)
class Window:
    """The time that lanes show: three columns, each of a ``step``."""

    start: datetime
    step: timedelta

    @property
    def columns(self) -> Sequence[datetime]:
        """When each column begins."""
        return [self.start + place * self.step for place in range(_COLUMNS)]

    def place(self, moment: datetime) -> float:
        """Return where a moment is, from 0 to the width of a lane; what is outside is at the edge."""
        return min(max((moment - self.start) / (_COLUMNS * self.step), 0.0), 1.0) * _WIDTH


def window_of(addresses: Iterable[AddressAccount]) -> Window | None:
    """Return the shortest window with all that came about at addresses; None where nothing is known to draw.

    What an address went on showing afterwards runs out of it.
    """
    listed = list(addresses)
    starts = [each.start for address in listed for each in address.stretches]
    if not starts:
        return None
    told = [[each.shown_at, each.missing_at, each.changed_at] for each in listed]
    turns = [*starts, *(each for some in told for each in some if each is not None)]
    turns += [each.end for address in listed for each in address.stretches if each.kind == "silent"]
    first, last = min(starts), max(turns)
    for step in _STEPS:
        start = first - (first - _EPOCH) % step
        if last < start + (_COLUMNS - 0.5) * step:
            return Window(start, step)
    return Window(first, _STEPS[-1])


def lane(address: AddressAccount, window: Window) -> Markup:
    """Draw when an address showed a story: thick in its newest words, thin in others, dashed without it."""
    ticks = "".join(f'<path class="tick" d="M{_WIDTH * place // _COLUMNS} 0V20"/>' for place in range(1, _COLUMNS))
    bars = "".join(_bar(each, window) for each in address.stretches)
    mark = ""
    if address.changed_at is not None:
        mark = f'<path class="mk" d="M{_short(window.place(address.changed_at))} 2v16"/>'
    return Markup(  # noqa: S704 - made of numbers
        f'<svg class="lane" viewBox="0 0 {_WIDTH} 20" preserveAspectRatio="none" aria-hidden="true">'
        f"{ticks}{bars}{mark}</svg>"
    )


def _bar(stretch: Stretch, window: Window) -> str:
    start, end = window.place(stretch.start), window.place(stretch.end)
    if start >= _WIDTH:
        return ""
    width = max(end - start, 1.0)
    return "".join(
        f'<rect class="{name}" x="{_short(start)}" y="{top}" width="{_short(width)}" height="{height}"/>'
        for name, top, height in _ROWS[stretch.kind]
    )


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
