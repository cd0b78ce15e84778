"""How many spikes are found on real traces, and how many where nothing happens: the shipped rule beside its rivals.

Topics are words of two outlets' titles, and places and topics of a wire. What has nothing happen is the same trace with
its items dealt out anew within four weeks: which of them are on a topic is drawn by lot, when they came is not. Each
rule's threshold is that with which it raises half an alarm a topic-year there. Then, at moments drawn by lot, a topic's
share is raised in the true trace, and a rule has found that which raises an alarm within a day.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import random
import re
import statistics
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from syndicator.watch.spikes import (
    ENDING_HOURS,
    KEPT_DAYS,
    LAG,
    RESTING_HOURS,
    Baseline,
    judge,
    learn,
    part_of,
)
from tests.bench.watching.counting import counting
from tests.bench.watching.replay import CORPORA

CLASSES = ((0.5, "under .5"), (2.0, ".5 to 2"), (12.0, "2 to 12"))
_OUTLETS = ("zerohedge", "forbes")
_PER_CLASS = (10, 10, 2)  # of each outlet
_OF_WIRE = 9
_DAY, _MONTH, _HOURS_A_YEAR = 24, 28 * 24, 365.25 * 24
_LEARNING = 28 * 24
_RELEARNED = 6
_MOMENTS = 12
_ALARMS = 0.5
_LEAST_ITEMS = 30
# Of a rare topic ten times as many are one item or none, which nobody would call a spike.
_LEAST_RAISED = 4
_WORD = re.compile(r"[a-z]{3,}|[0-9]{3,}|[\u4e00-\u9fff]{2,}")


@dataclass
class Trace:
    """How many items an outlet has in each hour, and at which places among them those on a topic stand."""

    name: str
    hours: list[int]  # of each item, in order
    on_topic: list[bool]
    totals: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        size = self.hours[-1] + 1
        self.totals, self.counts = [0] * size, [0] * size
        for hour, is_on in zip(self.hours, self.on_topic, strict=True):
            self.totals[hour] += 1
            self.counts[hour] += is_on

    @property
    def years(self) -> float:
        """How long it is watched."""
        return (len(self.totals) - _LEARNING) / _HOURS_A_YEAR

    @property
    def a_day(self) -> float:
        """Items on the topic a day."""
        return sum(self.on_topic) * _DAY / len(self.totals)

    def shuffled(self, chance: random.Random) -> Trace:
        """Return it with its items dealt out anew within four weeks."""
        months: defaultdict[int, list[int]] = defaultdict(list)
        for place, hour in enumerate(self.hours):
            months[hour // _MONTH].append(place)
        on_topic = list(self.on_topic)
        for places in months.values():
            drawn = [self.on_topic[place] for place in places]
            chance.shuffle(drawn)
            for place, is_on in zip(places, drawn, strict=True):
                on_topic[place] = is_on
        return Trace(self.name, self.hours, on_topic)


Scores = Sequence[float]
Rule = Callable[[Sequence[int], Sequence[int], int, int], Scores]


def shipped(least: int, *, has_parts: bool = True) -> Rule:
    """Return the rule of ``watch.spikes``, with at least so many items."""

    def rule(counts: Sequence[int], totals: Sequence[int], first: int, last: int) -> Scores:
        scores, usual = [0.0] * (last - first), Baseline(0, 0.0, 1.0)
        for hour in range(first, last):
            if not counts[hour] or sum(counts[hour - _DAY + 1 : hour + 1]) < least:
                continue
            if not 0 <= hour - LAG - usual.hour < _RELEARNED:
                usual = learn(hour - LAG, _cells(counts, hour - LAG), _cells(totals, hour - LAG))
                if not has_parts:
                    usual = replace(usual, parts=(1.0,) * len(usual.parts))
            window = range(max(0, hour - _DAY + 1), hour + 1)
            found = judge(hour, {h: counts[h] for h in window}, {h: totals[h] for h in window}, usual, least=least)
            scores[hour - first] = found.score
        return scores

    return rule


def _cells(counts: Sequence[int], last: int) -> dict[tuple[int, int], int]:
    cells: dict[tuple[int, int], int] = defaultdict(int)
    for hour in range(max(0, last - KEPT_DAYS * _DAY + 1), last + 1):
        if counts[hour]:
            cells[(last - hour) // _DAY, part_of(hour)] += counts[hour]
    return cells


def _sum(values: Sequence[float], end: int, hours: int) -> float:
    return sum(values[max(0, end - hours + 1) : end + 1])


def _each_hour(score: Callable[[Sequence[int], Sequence[int], int], float]) -> Rule:
    """Return a rule that scores every hour with an item by itself."""

    def rule(counts: Sequence[int], totals: Sequence[int], first: int, last: int) -> Scores:
        return [score(counts, totals, hour) if counts[hour] else 0.0 for hour in range(first, last)]

    return rule


def _deviation(values: Sequence[float], now: float, least: float) -> float:
    return (now - statistics.fmean(values)) / max(least, statistics.pstdev(values))


@_each_hour
def mean_and_deviation(counts: Sequence[int], totals: Sequence[int], hour: int) -> float:
    """Score by standard deviations of the days of four weeks, as huginn does."""
    days = [_sum(counts, hour - day * _DAY, _DAY) for day in range(1, 29)]
    return _deviation(days, _sum(counts, hour, _DAY), 0.5)


@_each_hour
def share_and_deviation(counts: Sequence[int], totals: Sequence[int], hour: int) -> float:
    """The same of the share of all items, as GDELT normalises."""
    ends = [hour - day * _DAY for day in range(29)]
    shares = [_sum(counts, end, _DAY) / max(1.0, _sum(totals, end, _DAY)) for end in ends]
    return _deviation(shares[1:], shares[0], 0.5 / max(1.0, _sum(totals, hour, _MONTH) / 28))


def exponential(counts: Sequence[int], totals: Sequence[int], first: int, last: int) -> Scores:
    """Score six hours by a fading mean and variance of such hours."""
    fading = 0.5 ** (1 / (14 * _DAY))
    mean = variance = 0.0
    scores = []
    for hour in range(last):
        if hour >= LAG:
            value = _sum(counts, hour - LAG, 6)
            variance = fading * (variance + (1 - fading) * (value - mean) ** 2)
            mean += (1 - fading) * (value - mean)
        if hour >= first:
            now = _sum(counts, hour, 6) if counts[hour] else 0.0
            scores.append((now - mean) / max(0.3, math.sqrt(variance)) if now else 0.0)
    return scores


def _faded(values: Sequence[int], last: int) -> list[float]:
    """Return what has gathered by each hour, halved in 14 days."""
    fading, sum_, found = 0.5 ** (1 / (14 * _DAY)), 0.0, []
    for value in values[:last]:
        sum_ = sum_ * fading + value
        found.append(sum_)
    return found


def _poisson(count: int, mean: float) -> float:
    """Return -log10 of the probability of ``count`` or more."""
    if count <= 0 or mean <= 0:
        return 0.0
    if count <= mean:
        return 0.3
    term = total = 1.0
    for more in range(1, 200):
        term *= mean / (count + more)
        total += term
    return -(count * math.log(mean) - mean - math.lgamma(count + 1) + math.log(total)) / math.log(10)


def poisson(counts: Sequence[int], totals: Sequence[int], first: int, last: int) -> Scores:
    """Score six hours by a fading rate."""
    gathered, looked = _faded(counts, last), _faded([1] * last, last)
    return [
        _poisson(int(_sum(counts, hour, 6)), 6 * (gathered[hour - LAG] + 0.5) / (looked[hour - LAG] + 24))
        if counts[hour]
        else 0.0
        for hour in range(first, last)
    ]


def _shares(counts: Sequence[int], totals: Sequence[int], last: int) -> list[float]:
    pairs = zip(_faded(counts, last), _faded(totals, last), strict=True)
    return [(count + 0.5) / (total + 250) for count, total in pairs]


def poisson_of_share(counts: Sequence[int], totals: Sequence[int], first: int, last: int) -> Scores:
    """Score 2, 6 and 24 hours by a fading share of all items."""
    shares = _shares(counts, totals, last)

    def score(hour: int) -> float:
        windows = ((int(_sum(counts, hour, w)), shares[hour - LAG] * _sum(totals, hour, w)) for w in (2, 6, _DAY))
        return max(_poisson(count, mean) for count, mean in windows)

    return [score(hour) if counts[hour] else 0.0 for hour in range(first, last)]


def cusum(times: float) -> Rule:
    """Return the cumulative sum of the likelihood of so many times the share."""

    def rule(counts: Sequence[int], totals: Sequence[int], first: int, last: int) -> Scores:
        shares, sum_, scores = _shares(counts, totals, last), 0.0, []
        for hour in range(LAG, last):
            mean = shares[hour - LAG] * totals[hour]
            sum_ = max(0.0, sum_ + counts[hour] * math.log(times) - (times - 1) * mean)
            if hour >= first:
                scores.append(sum_)
        return scores

    return rule


RULES: dict[str, Rule] = {
    "mean + k sd of 24 h": mean_and_deviation,
    "EWMA": exponential,
    "mean + k sd of the share": share_and_deviation,
    "Poisson, 6 h": poisson,
    "Poisson of the share": poisson_of_share,
    "CUSUM, share x5": cusum(5),
    "CUSUM, share x3": cusum(3),
    "ours, without parts of the day": shipped(1, has_parts=False),
    "ours, any number of items": shipped(1),
    "ours, 4 items": shipped(4),
}


def alarms(scores: Scores, threshold: float) -> list[int]:
    """Return where alarms are raised: one ends after six hours below half the threshold, and then rests."""
    found, held, rests_until = [], -1, -1
    for place, score in enumerate(scores):
        if held >= 0:
            if score >= threshold / 2:
                held = place
            elif place - held >= ENDING_HOURS:
                held, rests_until = -1, place + RESTING_HOURS
        elif score >= threshold and place >= rests_until:
            found.append(place)
            held = place
    return found


def fitted(all_scores: Sequence[Scores], years: float) -> float:
    """Return the least threshold with at most half an alarm a year."""
    values = sorted({score for scores in all_scores for score in scores if score > 0})
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        count = sum(len(alarms(scores, values[middle])) for scores in all_scores)
        low, high = (middle + 1, high) if count > _ALARMS * years else (low, middle)
    return values[low] if low < len(values) else math.inf


@dataclass(frozen=True)
class Trial:
    """A day of a trace that was changed: the counts around it, and where it begins."""

    counts: list[int]
    totals: list[int]
    begins: int


def injected(trace: Trace, kind: str, chance: random.Random) -> Iterator[Trial]:
    """Yield trials at moments drawn by lot, when nothing was going on of late."""
    share = sum(trace.counts) / sum(trace.totals)
    for _ in range(_MOMENTS):
        begins = chance.randrange(max(_LEARNING, int(0.6 * len(trace.totals)) - _DAY), len(trace.totals) - _DAY)
        start = max(0, begins - (KEPT_DAYS + 2) * _DAY)
        start -= start % _DAY  # parts of the day stay where they are
        end = begins + _DAY
        trial = Trial(trace.counts[start:end], trace.totals[start:end], begins - start)
        if sum(trial.totals[-_DAY:]):
            _change(trial, kind, share, chance)
            yield trial


def _change(trial: Trial, kind: str, share: float, chance: random.Random) -> None:
    hours = range(trial.begins, trial.begins + _DAY)
    if kind == "6 items in 6 h":
        for _ in range(6):
            hour = trial.begins + chance.randrange(6)
            trial.counts[hour] += 1
            trial.totals[hour] += 1
        return
    for hour in hours:
        if kind == "total x3":
            trial.counts[hour] *= 3
            trial.totals[hour] *= 3
            continue
        times = 10 if kind == "x10" else 4
        others = trial.totals[hour] - trial.counts[hour]
        trial.counts[hour] += sum(chance.random() < (times - 1) * share for _ in range(others))
    free = [hour for hour in hours for _ in range(trial.totals[hour] - trial.counts[hour])]
    missing = _LEAST_RAISED - sum(trial.counts[hour] for hour in hours)
    if kind.startswith("x") and missing > 0:
        for hour in chance.sample(free, min(missing, len(free))):
            trial.counts[hour] += 1


def found_after(rule: Rule, threshold: float, trial: Trial) -> int | None:
    """Return after how many hours an alarm is raised that is not open yet, None if there is none within a day."""
    first = max(LAG + 1, trial.begins - 3 * _DAY)
    scores = rule(trial.counts, trial.totals, first, trial.begins + _DAY)
    raised = [place + first - trial.begins for place in alarms(scores, threshold)]
    return next((hour for hour in raised if hour >= 0), None)


def topics() -> list[Trace]:
    """Return the topics of all traces."""
    return [*_words(), *_wire()]


def _words() -> Iterator[Trace]:
    titles: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    with gzip.open(CORPORA / "polling" / "items.tsv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["feed"] in _OUTLETS:
                seen, published = int(row["first_seen_ts"]), int(row["pub_ts"] or 0)
                at = published if seen - 2 * 86400 <= published <= seen else seen
                titles[row["feed"]].append((at, row["title"].casefold()))
    for outlet in _OUTLETS:
        items = sorted(titles[outlet])
        words = [frozenset(_terms(title)) for _, title in items]
        yield from _chosen(outlet, [at for at, _ in items], words, _PER_CLASS)


def _terms(title: str) -> Iterator[str]:
    for found in _WORD.findall(title):
        if found.isascii():
            yield found
        else:
            yield from (found[place : place + 2] for place in range(len(found) - 1))


def _wire() -> Iterator[Trace]:
    items = []
    with gzip.open(CORPORA / "geo" / "reuters_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["date"] and "1987-03-01" <= row["date"] < "1987-04-08":
                at = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC).timestamp()
                items.append((int(at), frozenset((*row["places"], *row["topics"]))))
    items.sort(key=lambda each: each[0])
    yield from _chosen("wire", [at for at, _ in items], [of for _, of in items], (_OF_WIRE, _OF_WIRE - 1, 1))


def _chosen(name: str, times: Sequence[int], words: Sequence[frozenset[str]], wanted: Sequence[int]) -> Iterator[Trace]:
    """Yield some topics of each class, drawn by lot."""
    chance = random.Random(name)
    begin = times[0] // 86400 * 24
    hours = [at // 3600 - begin for at in times]
    counts = Counter(word for some in words for word in some)
    days = (hours[-1] + 1) / _DAY
    by_class: list[list[str]] = [[] for _ in CLASSES]
    for word, count in sorted(counts.items()):
        place = bisect_right([limit for limit, _ in CLASSES], count / days)
        if count >= _LEAST_ITEMS * min(1.0, days / 200) and place < len(CLASSES):
            by_class[place].append(word)
    for some, number in zip(by_class, wanted, strict=True):
        for word in chance.sample(some, min(number, len(some))):
            yield Trace(f"{name}: {word}", hours, [word in each for each in words])


def main() -> None:
    """Print the table, and what it costs."""
    counting()
    if not CORPORA.is_dir():
        print("spikes: set SYNDICATOR_CORPORA to the folder of the shared corpora")
        return
    traces = topics()
    still = [trace.shuffled(random.Random(trace.name)) for trace in traces]
    years = sum(trace.years for trace in traces)
    print(f"spikes: {len(traces)} topics, {years:.0f} topic-years; found within a day / median h, by items a day")
    print(f"{'':<32}{'threshold':>10} {'x10':<26} {'x4':<15} {'6 in 6 h':<15} total x3  true trace")
    for name, rule in RULES.items():
        _print(name, rule, traces, still, years)


def _print(name: str, rule: Rule, traces: Sequence[Trace], still: Sequence[Trace], years: float) -> None:
    threshold = fitted([rule(each.counts, each.totals, _LEARNING, len(each.totals)) for each in still], years)
    raised = sum(len(alarms(rule(t.counts, t.totals, _LEARNING, len(t.totals)), threshold)) for t in traces)
    columns = []
    for kind in ("x10", "x4", "6 items in 6 h", "total x3"):
        hours: defaultdict[int, list[int | None]] = defaultdict(list)
        for trace in traces:
            chance = random.Random(f"{trace.name} {kind}")
            place = bisect_right([limit for limit, _ in CLASSES], trace.a_day)
            hours[place].extend(found_after(rule, threshold, trial) for trial in injected(trace, kind, chance))
        columns.append(_column(kind, [hours[place] for place in range(len(CLASSES))]))
    print(f"{name:<32}{threshold:>10.2f} {'  '.join(columns)}  {raised / years:.1f}", flush=True)


def _column(kind: str, by_class: Sequence[Sequence[int | None]]) -> str:
    if kind == "total x3":
        every = [each for some in by_class for each in some]
        return _part(every)
    return " ".join(_part(some) + (_median(some) if kind == "x10" else "") for some in by_class)


def _part(some: Sequence[int | None]) -> str:
    return f"{sum(each is not None for each in some) / max(1, len(some)):.2f}".lstrip("0").rjust(4)


def _median(some: Sequence[int | None]) -> str:
    hours = [each + 1 for each in some if each is not None]
    return f"/{statistics.median(hours):.0f}" if hours else "/-"


if __name__ == "__main__":
    main()
