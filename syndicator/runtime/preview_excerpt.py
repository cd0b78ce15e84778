"""A part of a text around the words that count, and where they are in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from syndicator.models.preview import Span

_BEFORE = 60
_LONGEST = 240


def excerpt_of(text: str, spans: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    """Return a part of a text that begins shortly before the first of ``spans``, and the spans in it.

    Without any it is the beginning. What is left out is an ellipsis.
    """
    start = _start(text, spans[0][0]) if spans else 0
    end = _end(text, start)
    before, after = ("…" if start else ""), ("…" if end < len(text) else "")
    shift = len(before) - start
    inside = tuple((begin + shift, until + shift) for begin, until in spans if start <= begin and until <= end)
    return before + text[start:end] + after, inside


def _start(text: str, at: int) -> int:
    """Return where an excerpt begins for what stands ``at`` a place: at a word, if there is one near."""
    earliest = at - _BEFORE
    if earliest <= 0:
        return 0
    space = text.find(" ", earliest, at)
    return earliest if space < 0 else space + 1


def _end(text: str, start: int) -> int:
    end = start + _LONGEST
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", start, end)
    return space if space > start + _LONGEST // 2 else end
