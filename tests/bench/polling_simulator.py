"""Plays traces against a rule: how long items wait, how many are missed, at equal polls."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.polling_rules import Rule
from tests.bench.polling_traces import DAY, Trace


@dataclass(frozen=True, slots=True)
class Played:
    """What became of the second half of a feed: minutes that items waited with the day each came, how many were missed."""

    name: str
    delays: tuple[tuple[int, float], ...]
    missed: int
    polls: int
    days: float


def play(
    trace: Trace, rule: Rule, *, phase: float = 0.0, since: float | None = None, until: float | None = None
) -> Played:
    """Play one feed; the first poll is ``phase`` seconds after its beginning.

    Its second half is scored, or what came and was polled ``since`` a moment and ``until`` another.
    """
    scored_from = _middle(trace)
    delays: list[tuple[int, float]] = []
    missed = polls = 0
    items, taken = trace.items, 0
    wait, last = phase, None
    elapsed = 0.0
    for start, end in trace.stretches:
        if last is not None:
            rule.jump(start - last)
        at = start + wait
        taken = max(taken, bisect_left(items, start))
        while at < end:
            shown = bisect_left(items, at, taken)
            new = items[max(taken, shown - trace.window) : shown]
            scored = _is_within(at, since, until) if since is not None else elapsed + at - start >= scored_from
            polls += scored
            lost = shown - taken - len(new)
            if scored:
                missed += lost
                day = int((elapsed + at - start) // DAY)
                first = since if since is not None else start + scored_from - elapsed
                delays += [(day, (at - each) / 60) for each in new if each >= first]
            taken, last = shown, at
            is_full = len(new) >= trace.window
            at = rule.poll(at, new, trace.window, is_overflowing=is_full)
        wait, last = at - end, end
        elapsed += end - start
    return Played(trace.name, tuple(delays), missed, polls, (elapsed - scored_from) / DAY)


def _is_within(at: float, since: float, until: float | None) -> bool:
    return since <= at and (until is None or at < until)


def _middle(trace: Trace) -> float:
    return trace.days * DAY / 2


def polls_a_day(played: Sequence[Played]) -> float:
    """Return polls per feed and day, the mean over feeds."""
    return sum(each.polls / each.days for each in played) / len(played)


@dataclass(frozen=True, slots=True)
class Scores:
    """How a rule did: minutes, and missed per 1,000 items. Pooled over items per day, or means over feeds (macro)."""

    polls: float
    mean: float
    median: float
    p95: float
    p99: float
    missed: float
    macro_mean: float
    macro_median: float
    macro_p95: float
    worst: float


def scores(played: Sequence[Played]) -> Scores:
    weighted = sorted((delay, 1 / each.days) for each in played for _, delay in each.delays)
    total = sum(weight for _, weight in weighted)
    by_feed = [sorted(delay for _, delay in each.delays) or [0.0] for each in played]
    means = [sum(each) / len(each) for each in by_feed]
    missed = sum(each.missed / each.days for each in played)
    return Scores(
        polls=polls_a_day(played),
        mean=sum(delay * weight for delay, weight in weighted) / total,
        median=_quantile(weighted, total, 0.5),
        p95=_quantile(weighted, total, 0.95),
        p99=_quantile(weighted, total, 0.99),
        missed=1000 * missed / (missed + total),
        macro_mean=sum(means) / len(means),
        macro_median=sum(each[len(each) // 2] for each in by_feed) / len(by_feed),
        macro_p95=sum(each[int(len(each) * 0.95)] for each in by_feed) / len(by_feed),
        worst=max(means),
    )


def _quantile(weighted: Sequence[tuple[float, float]], total: float, share: float) -> float:
    left = share * total
    for delay, weight in weighted:
        left -= weight
        if left <= 0:
            return delay
    return weighted[-1][0]


def tuned(
    traces: Sequence[Trace],
    make: Callable[[float], Rule],
    low: float,
    high: float,
    polls: float,
    phases: Sequence[float],
) -> tuple[float, list[Played]]:
    """Find the number at which a rule costs so many polls, within half a percent; return what it then did, by phase."""

    def run(scale: float, phase: float) -> list[Played]:
        return [play(trace, make(scale), phase=phase) for trace in traces]

    rises = polls_a_day(run(low, phases[0])) < polls_a_day(run(high, phases[0]))
    scale = (low * high) ** 0.5
    for _ in range(20):
        found = polls_a_day(run(scale, phases[0]))
        if abs(found / polls - 1) < 0.003:
            break
        if (found < polls) == rises:
            low = scale
        else:
            high = scale
        guess = scale * (polls / found) ** (1 if rises else -1)
        scale = guess if low < guess < high else (low * high) ** 0.5
    return scale, [each for phase in phases for each in run(scale, phase)]


def difference(
    ours: Sequence[Played], others: Sequence[Played], *, rounds: int = 1000
) -> tuple[tuple[float, float], ...]:
    """Return 95 % intervals of the difference in mean delay, pooled and over feeds, by resampling feeds and their days."""
    chance = random.Random(1)
    pairs = [(_by_day(a), _by_day(b), a.days) for a, b in zip(ours, others, strict=True)]
    pooled, macro = [], []
    for _ in range(rounds):
        sums, means = [0.0, 0.0, 0.0, 0.0], [0.0, 0.0]
        for _ in pairs:
            first, second, length = chance.choice(pairs)
            days = sorted(first.keys() | second.keys())
            drawn = chance.choices(days, k=len(days))
            for place, of in enumerate((first, second)):
                total = sum(of.get(day, (0.0, 0))[0] for day in drawn)
                count = sum(of.get(day, (0.0, 0))[1] for day in drawn) or 1
                sums[place] += total / length
                sums[place + 2] += count / length
                means[place] += total / count / len(pairs)
        pooled.append(sums[0] / sums[2] - sums[1] / sums[3])
        macro.append(means[0] - means[1])
    return tuple((sorted(each)[int(rounds * 0.025)], sorted(each)[int(rounds * 0.975)]) for each in (pooled, macro))


def _by_day(played: Played) -> dict[int, tuple[float, int]]:
    found: dict[int, tuple[float, int]] = {}
    for day, delay in played.delays:
        total, count = found.get(day, (0.0, 0))
        found[day] = total + delay, count + 1
    return found


def clairvoyant(traces: Sequence[Trace], polls: float) -> list[Played]:
    """Return what could be had by knowing the future: polls at arrivals, at one price for a poll in all feeds."""
    halves = [_second_half(trace) for trace in traces]
    low, high = 0.0, 7 * DAY
    for _ in range(30):
        price = (low + high) / 2
        made = [_best_polls(items, trace.window, price) for (items, _), trace in zip(halves, traces, strict=True)]
        spent = sum(len(each) / days for each, (_, days) in zip(made, halves, strict=True)) / len(halves)
        low, high = (low, price) if spent < polls else (price, high)
        if abs(spent / polls - 1) < 0.003:
            break
    return [
        Played(trace.name, tuple(_delays(items, chosen)), 0, len(chosen), days)
        for trace, (items, days), chosen in zip(traces, halves, made, strict=True)
    ]


def _second_half(trace: Trace) -> tuple[list[float], float]:
    """Return the items of the part that is scored, with the time between stretches cut out, and its days."""
    elapsed, scored_from, found = 0.0, _middle(trace), []
    for start, end in trace.stretches:
        moments = trace.items[bisect_left(trace.items, start) : bisect_left(trace.items, end)]
        found += [elapsed + each - start for each in moments]
        elapsed += end - start
    return [each for each in found if each >= scored_from], (elapsed - scored_from) / DAY


def _best_polls(items: Sequence[float], window: int, price: float) -> list[int]:
    """Return after which items to poll, so that waiting and polls together cost the least, and nothing is missed."""
    best, before = [0.0], [0]
    sums = [0.0]
    for at in items:
        sums.append(sums[-1] + at)
    for j in range(1, len(items) + 1):
        at = items[j - 1]
        cost, chosen = min(
            (best[k] + price + (j - k) * at - (sums[j] - sums[k]), k) for k in range(max(0, j - window), j)
        )
        best.append(cost)
        before.append(chosen)
    found, j = [], len(items)
    while j > 0:
        found.append(j)
        j = before[j]
    return found[::-1]


def _delays(items: Sequence[float], chosen: Sequence[int]) -> list[tuple[int, float]]:
    start, found = 0, []
    for end in chosen:
        found += [(int(items[end - 1] // DAY), (items[end - 1] - each) / 60) for each in items[start:end]]
        start = end
    return found
