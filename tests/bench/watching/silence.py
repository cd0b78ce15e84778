"""How long it takes to find that a feed has fallen silent, and how often one that has not is said to be.

Silence is injected at evenly spaced moments of the last 40 % of each trace. A delay is from there to the alarm, the
median of a feed, then the median of feeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tests.bench.watching.rules import DAY, HOUR, Rule
from tests.bench.watching.traces import YEAR, Trace

_LEARNED = 0.6
_MOMENTS = 200


@dataclass(frozen=True)
class Found:
    """What a rule came to at a feed, in one part of its trace."""

    alarms: int
    years: float
    delay: float


def judge(trace: Trace, make: Callable[[], Rule], constants: Sequence[float]) -> dict[float, tuple[Found, Found]]:
    """Return what each constant comes to, in the first part of a trace and in the rest."""
    whole = trace.days * DAY
    result = {}
    bounds = (0.0, _LEARNED * whole, whole)
    lulls = list(_lulls(trace, make(), constants))
    for place, constant in enumerate(constants):
        parts = []
        for begun, ended in pairwise(bounds):
            alarms, delays = 0, []
            step = (ended - begun) / _MOMENTS
            moment = begun + step / 2
            for start, end, alarms_in in lulls:
                alarm = alarms_in[place]
                if begun < end <= ended:
                    alarms += alarm < end - start
                while moment <= min(end, ended):
                    if moment >= start:
                        delays.append(max(0.0, start + alarm - moment))
                    moment += step
            parts.append(Found(alarms, (ended - begun) / YEAR, median(delays) / HOUR))
        result[constant] = (parts[0], parts[1])
    return result


def _lulls(trace: Trace, rule: Rule, constants: Sequence[float]) -> Iterable[tuple[float, float, list[float]]]:
    """Yield lulls by a clock that runs while somebody looks: begin, end, and after how long each constant alarms."""
    skipped = 0.0
    start = 0.0
    alarms = [float("inf")] * len(constants)
    origin = trace.stretches[0][0]
    for at, gap, is_end in trace.steps():
        skipped += gap
        if gap:
            rule.skip(gap)
        if is_end:
            continue
        now = at - skipped - origin
        yield start, now, alarms
        rule.arrive(at)
        start, alarms = now, [rule.alarm_at(each) - at for each in constants]
    yield start, trace.days * DAY, alarms
