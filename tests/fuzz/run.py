"""Runs a target for a while, an alarm set for each input, and makes what fails smaller.

Between the inputs it measures what long ones cost, see ``growth``.
"""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase

from tests.fuzz.growth import SIZES, GrowthError, check_growth, fragment, repeated
from tests.fuzz.targets import Target

LONGEST = 5.0  # seconds for one input
_BATCH = 200
_SHRINKING = 30.0  # seconds
_INPUTS_FOR_ONE_GROWTH = 20
_LONGEST_GROWTH = 120.0  # seconds for one that is measured


class HangError(BaseException):
    """An input that takes too long; no ``except Exception`` may swallow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An input for which something does not hold."""

    case: Any
    error: BaseException

    @property
    def written(self) -> bytes:
        """Give it as a file: a document as it is, below its content type; anything else as Python writes it."""
        return _written(self.case)

    @property
    def trace(self) -> str:
        """Say where."""
        return "".join(traceback.format_tb(self.error.__traceback__)[-3:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many inputs were tried, how many a second, and the one that failed."""

    count: int
    rate: float
    found: Found | None


def fuzz(
    target: Target,
    *,
    seed: int,
    seconds: float = 60.0,
    most: int | None = None,
    longest: float = LONGEST,
    being_tried: Path | None = None,
    clock: Callable[[], float] = time.process_time,
) -> Outcome:
    """Try inputs for some seconds, or so many, each for ``longest`` seconds at most.

    ``being_tried`` is the file that holds the input of the moment. ``clock`` measures what long inputs cost.
    """
    started, count, measured = time.monotonic(), 0, 0
    last: list[Any] = []

    def one(case: Any) -> None:
        nonlocal count
        count += 1
        last[:] = [case]
        if being_tried is not None:
            being_tried.write_bytes(_written(case))
        with _alarm(longest):
            target.check(case)

    found = None
    while found is None and time.monotonic() - started < seconds and (most is None or count < most):
        try:
            _batch(target, one, seed + count, min(_BATCH, most - count if most else _BATCH))
        except (Exception, HangError) as error:  # noqa: BLE001 - any failure at all is a find
            case = last[0] if target.is_shrunk else _smaller(target.check, last[0], error)
            found = Found(case=case, error=error)
        found = found or _costly(target, range(seed + measured, seed + count // _INPUTS_FOR_ONE_GROWTH), clock)
        measured = count // _INPUTS_FOR_ONE_GROWTH
    return Outcome(count=count, rate=count / max(time.monotonic() - started, 1e-9), found=found)


def _costly(target: Target, numbers: range, clock: Callable[[], float]) -> Found | None:
    """Return the first input that costs more for each byte when it is longer; none for targets that do not grow."""
    for number in numbers if target.grown is not None else ():
        try:
            with _alarm(_LONGEST_GROWTH):
                check_growth(target, number, clock)
        except (GrowthError, HangError) as error:
            return Found(case=target.grown(number, repeated(fragment(number), SIZES[-1])), error=error)
    return None


def _batch(target: Target, one: Callable[[Any], None], seed: int, size: int) -> None:
    settings = hypothesis.settings(
        max_examples=max(size, 2), database=None, deadline=None, print_blob=False, report_multiple_bugs=False,
        phases=[Phase.generate, *([Phase.shrink] if target.is_shrunk else [])], suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    def test(case: Any) -> None:
        one(case)

    hypothesis.seed(seed)(settings(hypothesis.given(target.inputs)(test)))()


def _smaller(check: Callable[[Any], None], case: tuple[str, bytes], error: BaseException) -> tuple[str, bytes]:
    """Cut pieces out of a document, large ones first, as long as it fails in the same way."""
    content_type, body = case
    deadline, size = time.monotonic() + _SHRINKING, len(body) // 2
    while size and time.monotonic() < deadline:
        at = 0
        while at < len(body) and time.monotonic() < deadline:
            shorter = body[:at] + body[at + size :]
            if _fails_alike(check, (content_type, shorter), error):
                body = shorter
            else:
                at += size
        size //= 2
    return content_type, body


def _fails_alike(check: Callable[[Any], None], case: Any, error: BaseException) -> bool:
    try:
        with _alarm(LONGEST):
            check(case)
    except (Exception, HangError) as other:  # noqa: BLE001 - compared with what is looked for
        return _place(other) == _place(error)
    return False


def _place(error: BaseException) -> tuple[type[BaseException], object]:
    frames = traceback.extract_tb(error.__traceback__)
    return type(error), None if isinstance(error, HangError) else (frames[-1].filename, frames[-1].lineno)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: object) -> None:
        raise HangError(f"more than {seconds:g} s for one input")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _written(case: Any) -> bytes:
    match case:
        case (str() as content_type, bytes() as body):
            return content_type.encode() + b"\n\n" + body
    return repr(case).encode("utf-8", "backslashreplace")
