"""Lines, dots and bars as SVG without text: labels stand beside them, so that they never shrink. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

_HIGH, _STEP = 28, 4
_TALL, _COLUMN = 60, 10
_DOT = 10
_BARS_HIGH = 60
_MOST_DOTS = 24


def spark(label: str, numbers: Sequence[int]) -> Markup:
    """Draw a line of bars, one for each number, the last of them being under way."""
    most = max(numbers, default=0) or 1
    tops = [_short(_HIGH - max(number * (_HIGH - 2) / most, 1)) for number in numbers]
    columns = "".join(f"M{place * _STEP + 2} {_HIGH}V{top}" for place, top in enumerate(tops[:-1]))
    now = f"M{(len(tops) - 1) * _STEP + 2} {_HIGH}V{tops[-1]}" if tops else ""
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path d="{}"/><path class="now" d="{}"/></svg>'
    ).format(len(numbers) * _STEP, _HIGH, label, columns, now)


def columns(label: str, numbers: Sequence[int]) -> Markup:
    """Draw a column for each number, the last of them being under way."""
    most = max(numbers, default=0) or 1
    tops = [_short(_TALL - number * (_TALL - 2) / most) for number in numbers]
    parts = [f"M{place * _COLUMN + 1} {_TALL}V{top}h{_COLUMN - 2}V{_TALL}z" for place, top in enumerate(tops)]
    return Markup(
        '<svg class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}"/><path class="now" d="{}"/></svg>'
    ).format(len(numbers) * _COLUMN, _TALL, label, "".join(parts[:-1]), "".join(parts[-1:]))


def dots(origins: int, copies: int) -> Markup:
    """Draw a filled dot for each telling in own words, and a ring for each copy, as far as there is room."""
    shown = min(origins, _MOST_DOTS)
    rings = min(copies, _MOST_DOTS - shown)
    parts = [
        f'<circle{"" if place < shown else " class=c"} cx="{place * _DOT + 5}" r="3.5"/>'
        for place in range(shown + rings)
    ]
    width = max(len(parts), 1) * _DOT
    return Markup(  # noqa: S704 - made of numbers
        f'<svg class="dots" viewBox="0 -5 {width} 10" width="{width}" height="10" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def bar(own: int, copies: int, most: int) -> Markup:
    """Draw a bar: filled for own words, hollow for copies, as long as their share of the most."""
    whole = 100 / max(most, 1)
    x, width = _short(own * whole), _short(copies * whole)
    hollow = f'<rect class="copy" x="{x}" width="{width}" height="8"/>' if copies else ""
    return Markup(  # noqa: S704 - made of numbers
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{x}" height="8"/>{hollow}</svg>'
    )


def linked_bars(bars: Sequence[tuple[str, int, str]]) -> Markup:
    """Draw a bar for each name, number and address that it leads to, the last one as being under way.

    It is for pointers alone: a list of the same links stands beside it.
    """
    most, last = max((number for _, number, _ in bars), default=0) or 1, len(bars) - 1
    parts = [
        _linked(place, name, max(number * (_BARS_HIGH - 2) / most, 1.0), address, is_last=place == last)
        for place, (name, number, address) in enumerate(bars)
        if number
    ]
    return Markup(
        '<svg class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    ).format(len(bars) * _DOT, _BARS_HIGH, Markup("").join(parts))


def _linked(place: int, name: str, high: float, address: str, *, is_last: bool) -> Markup:
    kind = Markup(' class="now"') if is_last else ""
    x, y = place * _DOT + 1, _short(_BARS_HIGH - high)
    return Markup(
        '<a href="{}" tabindex="-1"><rect{} x="{}" y="{}" width="8" height="{}"><title>{}</title></rect></a>'
    ).format(address, kind, x, y, _short(high), name)


def marked(text: str, marks: Sequence[tuple[int, int, str]]) -> Markup:
    """Return a text with marks on its words; where two overlap, the first one counts."""
    parts: list[Markup] = []
    at = 0
    for start, end, kind in sorted(marks):
        if start < at or end > len(text) or start >= end:
            continue
        name = "" if kind == "found" else f' class="{escape(kind)}"'
        parts += [escape(text[at:start]), Markup("<mark{}>{}</mark>").format(Markup(name), text[start:end])]  # noqa: S704
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
