"""What a sudden change does: ten times the news for six hours, five silent days and back."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.bench.polling_rules import Rule
from tests.bench.polling_simulator import play
from tests.bench.polling_traces import DAY, HOUR, Trace

_BURST, _SILENCE = 6 * HOUR, 5 * DAY


def regimes(traces: Sequence[Trace], rules: dict[str, Callable[[], Rule]]) -> list[str]:
    """Return lines with what each rule does, each with its own number, in both changes."""
    lines = [
        f"{'':16} six hours of ten times the news: minutes, missed per 1,000 | five silent days: polls a day, then minutes"
    ]
    for name, make in rules.items():
        bursts = [_burst(trace) for trace in traces]
        delays, missed, items = [], 0, 0
        for trace, start in bursts:
            played = play(trace, make(), phase=600.0, since=start, until=start + _BURST)
            delays += [delay for _, delay in played.delays]
            missed, items = missed + played.missed, items + played.missed + len(played.delays)
        silent = [_silence(trace) for trace in traces]
        polls = [play(trace, make(), phase=600.0, since=start, until=start + _SILENCE) for trace, start in silent]
        after = [
            delay
            for trace, start in silent
            for _, delay in play(
                trace, make(), phase=600.0, since=start + _SILENCE, until=start + _SILENCE + DAY
            ).delays
        ]
        lines.append(
            f"{name:16} {_mean(delays):26.1f} {1000 * missed / max(items, 1):28.1f} |"
            f" {sum(each.polls for each in polls) / len(polls) / 5:24.1f} {_mean(after):14.1f}"
        )
    return lines


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)


def _place(trace: Trace) -> float:
    """Return a moment in the longest stretch of the second half from which there are seven days, or what there is."""
    half = trace.stretches[len(trace.stretches) // 2 :]
    start, end = max(half, key=lambda each: each[1] - each[0])
    return start + (end - start) / 4


def _burst(trace: Trace) -> tuple[Trace, float]:
    chance, start = random.Random(trace.name), _place(trace)
    inside = [each for each in trace.items if start <= each < start + _BURST]
    more = [min(max(each + chance.gauss(0, 600), start), start + _BURST - 1) for each in inside for _ in range(9)]
    return replace(trace, items=tuple(sorted((*trace.items, *more)))), start


def _silence(trace: Trace) -> tuple[Trace, float]:
    start = _place(trace)
    first, last = bisect_left(trace.items, start), bisect_left(trace.items, start + _SILENCE)
    return replace(trace, items=(*trace.items[:first], *trace.items[last:])), start
