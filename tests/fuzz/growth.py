"""Does an input cost more for each byte when it is longer? Fragments are repeated up to three sizes, and measured.

Of what is linear, each further byte costs the same. Of what is quadratic, it costs four times as much between the
second size and the third as between the first and the second.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from tests.fuzz import samples
from tests.fuzz.targets import Target

SIZES = (8_000, 32_000, 128_000)
_MOST_GROWTH = 2.5
_WORTH_MEASURING = 0.05  # seconds of CPU for the largest: what is less says nothing, and harms nobody
_TIMES = 3
_UNCLOSED = (
    "<p ", "<a ", "<b>", "<b id={}>", "<b id={}><p>", "<div>", "<ul><li>", '<"', "<!--", "<![CDATA[", "<?", "</", "&", "&#1", "(", "a.",
    "a@", "a-", "{},", "{} ", "%", "../", "\u0301", "\u0315\u0300", "a\u200c", " ", "\n", "http://", "<category>{}</category>", "<author/>",
    "<x xml:base='a/'/>", "encoding='", "1T", ":", "2026-",
)  # fmt: skip


class GrowthError(BaseException):
    """An input whose cost grows faster than its length; no ``except Exception`` may swallow it."""


def fragment(number: int) -> str:
    """Give what is repeated, the same for the same number: one that hurts, or two of them behind each other."""
    chance = random.Random(number)
    pieces = (*_UNCLOSED, *samples.NASTY, *samples.TEXTS, *samples.LINKS, *samples.DATES)
    return "".join(chance.choice(pieces) for _ in range(chance.choice((1, 1, 2)))) or " "


def repeated(what: str, size: int) -> str:
    """Repeat a fragment up to a size, with its number in place of ``{}``."""
    if "{}" not in what:
        return what * (size // len(what))
    return "".join(what.replace("{}", str(number)) for number in range(size // (len(what) + 3)))


def check_growth(target: Target, number: int, clock: Callable[[], float] = time.process_time) -> None:
    """Raise GrowthError where the target's cost for each further byte grows with its input; measured twice."""
    assert target.grown is not None
    cases = [target.grown(number, repeated(fragment(number), size)) for size in SIZES]
    if _seconds(target, cases[-1], clock, 1) < _WORTH_MEASURING:
        return
    growth = min(_growth(target, cases, clock) for _ in range(2))
    if growth > _MOST_GROWTH:
        raise GrowthError(
            f"a byte of {fragment(number)!r} costs {growth:.1f} times as much in an input four times as long"
        )


def _growth(target: Target, cases: list[Any], clock: Callable[[], float]) -> float:
    small, middle, large = (_seconds(target, case, clock, _TIMES) for case in cases)
    first = (middle - small) / (SIZES[1] - SIZES[0])
    second = (large - middle) / (SIZES[2] - SIZES[1])
    return second / max(first, 1e-9)


def _seconds(target: Target, case: Any, clock: Callable[[], float], times: int) -> float:
    """Give the least of several measurements: whatever disturbs one makes it longer."""
    assert target.cost is not None
    found = []
    for _ in range(times):
        started = clock()
        target.cost(case)
        found.append(clock() - started)
    return min(found)
