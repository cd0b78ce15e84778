"""The drawings of operators' pages, with what they say in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup

from syndicator.models.days import DayState
from syndicator.plural import counted
from syndicator.web import drawings
from syndicator.web.drawings import swatch

__all__ = ["bars", "strip", "swatch"]


@lru_cache(maxsize=4096)
def strip(letters: str) -> Markup:
    """Draw days, a cell for each letter; said in a sentence too."""
    return drawings.strip(letters, _said(letters))


def bars(label: str, values: Sequence[tuple[str, int | None]]) -> Markup:
    """Draw a bar for each name and number, the last one as being under way; a gap where there is no number."""
    return drawings.bars(label, [(_titled(name, number), number) for name, number in values])


def _titled(name: str, number: int | None) -> str:
    return f"{name}: we did not look" if number is None else f"{name}: {number}"


def _said(letters: str) -> str:
    counts = ((state, letters.count(state)) for state in DayState)
    return f"{counted(len(letters), 'day')}: " + ", ".join(f"{n} {state.words}" for state, n in counts if n)
