"""How long it takes to find that a feed has fallen silent, and how often one that has not is said to be.

Silence is injected at evenly spaced moments of the last 40 % of each trace. A delay is from there to the alarm, the
median of a feed, then the median of feeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tests.bench.watching.rules import DAY, HOUR, RULES, Rule
from tests.bench.watching.traces import CLASSES, YEAR, Trace

_LEARNED = 0.6
_MOMENTS = 200
_ALLOWED = 0.5


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


def main(traces: Sequence[Trace]) -> None:
    """Print what all rules come to, by class: constants of rivals are chosen on the first part, once for all feeds.

    Of the constants with at most half a false alarm a source-year on the first part, a rival has the quickest.
    """
    print("\nSilence: false alarms a source-year / delay in hours (in mean gaps), on the last 40 % of each trace")
    classes = [name for _, name in CLASSES if any(each.rate_class == name for each in traces)]
    for name in classes:
        some = [each for each in traces if each.rate_class == name]
        years = sum(each.days * (1 - _LEARNED) * DAY / YEAR for each in some)
        print(f"  {name:10} items a day: {len(some):2} feeds, {years:.1f} source-years")
    print(f"{'rule':30}{'constant':>9}  " + "".join(f"{each:>26}" for each in classes))
    for rule, (make, constants) in RULES.items():
        judged = {each.name: judge(each, make, constants) for each in traces}
        chosen = _chosen(list(judged.values()), constants)
        cells = [
            _cell([(each, judged[each.name][chosen][1]) for each in traces if each.rate_class == name])
            for name in classes
        ]
        print(f"{rule:30}{chosen:9g}  " + "".join(f"{each:>26}" for each in cells), flush=True)


def _chosen(judged: Sequence[dict[float, tuple[Found, Found]]], constants: Sequence[float]) -> float:
    years = sum(each[constants[0]][0].years for each in judged)

    def alarms(constant: float) -> float:
        return sum(each[constant][0].alarms for each in judged) / years

    fitting = [each for each in constants if alarms(each) <= _ALLOWED]
    return fitting[0] if fitting else constants[-1]


def _cell(found: Sequence[tuple[Trace, Found]]) -> str:
    years = sum(each.years for _, each in found)
    alarms = sum(each.alarms for _, each in found) / years
    delay = median(each.delay for _, each in found)
    gaps = median(each.delay / 24 * trace.rate for trace, each in found)
    return f"{alarms:.2f} / {delay:.0f} h ({gaps:.1f})"
