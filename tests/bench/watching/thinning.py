"""Whether a feed is found that brings but a fifth of its items, and how often one that is whole is said to.

From evenly spaced moments on, one item in five is kept, for a week; from the shipped functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from syndicator.watch.pulse import EMPTY, Pulse, after_arrivals, shifted
from tests.bench.watching.traces import DAY, YEAR, Trace

_MOMENTS_APART = 5 * DAY
_FOLLOWED = 7 * DAY
_FEWEST_DAYS = 60


@dataclass
class Thinned:
    """What became of a feed: alarms while it was whole, and after how many days each thinning was found."""

    years: float = 0.0
    alarms: int = 0
    found: list[float | None] = field(default_factory=list)


def judge(trace: Trace, *, keep: int) -> Thinned:
    """Follow a feed, and thin it to one item in ``keep`` from many moments on."""
    result, pulse, is_open = Thinned(), EMPTY, False
    skipped_to = trace.stretches[0][0]
    for start, end, times in trace.stretches:
        pulse = shifted(pulse, start - skipped_to)
        skipped_to = end
        next_at = start + DAY
        for place, at in enumerate(times):
            if at >= next_at and at + _FOLLOWED <= end and pulse.seen >= 14:
                result.found.append(_found_after(pulse, times[place:], at, keep))
                next_at = at + _MOMENTS_APART
            pulse = after_arrivals(pulse, (at,))
            result.alarms += pulse.is_thinned and not is_open
            is_open = pulse.is_thinned
        result.years += (end - start) / YEAR
    return result


def _found_after(pulse: Pulse, times: Sequence[float], begun: float, keep: int) -> float | None:
    for at in _some(times, keep):
        if at > begun + _FOLLOWED + DAY:
            return None
        pulse = after_arrivals(pulse, (at,))
        if pulse.is_thinned:
            return (at - begun) / DAY
    return None


def _some(times: Sequence[float], keep: int) -> Iterator[float]:
    """Yield one item in so many, chosen as by chance, but always the same."""
    return (at for place, at in enumerate(times) if place * 2654435761 % 2**32 < 2**32 // keep)


def main(traces: Sequence[Trace]) -> None:
    """Print how much is found, by how much is left."""
    long = [each for each in traces if each.days >= _FEWEST_DAYS and each.rate >= 1]
    print(f"\nThinning: {len(long)} feeds with {_FEWEST_DAYS} days or more")
    for keep in (5, 2):
        judged = [judge(each, keep=keep) for each in long]
        found = [each for one in judged for each in one.found]
        within = [sum(each is not None and each <= days for each in found) / max(1, len(found)) for days in (2, 3, 8)]
        years, alarms = sum(each.years for each in judged), sum(each.alarms for each in judged)
        print(
            f"  to one item in {keep}: {len(found)} times; found within 2 days {within[0]:.0%}, 3 days {within[1]:.0%}, "
            f"8 days {within[2]:.0%}; {alarms} false alarms in {years:.1f} source-years ({alarms / years:.2f} a year)",
            flush=True,
        )
