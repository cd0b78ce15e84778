"""The results as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.poll.run import Result


def of(results: Mapping[str, Result], phases: Sequence[str], feeds: int) -> str:
    """Lay out CPU seconds per 1,000 feeds, the baseline's ratio to ours, memory, and what each counted."""
    spent = {name: [median(result.cpu[phase]) * 1000 / feeds for phase in phases] for name, result in results.items()}
    lines = [f"{f'CPU s per 1,000 feeds, of {feeds}':<32}" + "".join(f"{phase:>10}" for phase in phases)]
    lines += [f"{name:<32}" + "".join(f"{cpu:>10.3f}" for cpu in row) for name, row in spent.items()]
    if "ours" in spent and "baseline" in spent:
        pairs = zip(spent["baseline"], spent["ours"], strict=True)
        lines.append(f"{'baseline / ours':<32}" + "".join(f"{theirs / ours:>9.2f}x" for theirs, ours in pairs))
    return "\n".join([*lines, "", *(line for name, result in results.items() for line in _facts(name, result))])


def _facts(name: str, result: Result) -> Iterator[str]:
    """Tell what else is known of a contestant; an exclamation mark where something is amiss."""
    yield f"{name:<9} peak {result.peak_kb / 1024:.0f} MB, start {result.start:.2f} s CPU"
    told = [f"{what} {number}" for what, number in result.counts.items()]
    if (seen := result.counts.get("entries")) is not None:
        told.append("exact" if seen == result.expected else f"{result.expected} expected !")
    if result.failures:
        told.append(f"{result.failures} polls failed !")
    if told:
        yield f"{'':<9} {', '.join(told)}"
    answers = (f"{phase} {given.get('200', 0)}/{given.get('304', 0)}" for phase, given in result.answers.items())
    yield f"{'':<9} answers 200/304: {', '.join(answers)}"
