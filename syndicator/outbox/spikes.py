"""Judge the series that have more stories: which have a spike, which of them are one happening, and which end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syndicator.models.volumes import CountedStory, SeriesState, Spike
from syndicator.rules import Rules
from syndicator.store import Store, Transaction
from syndicator.watch.series import Series, overlaps
from syndicator.watch.spikes import (
    ENDING_HOURS,
    KEPT_DAYS,
    LAG,
    LEARNING_DAYS,
    LEAST_STORIES,
    NOTHING,
    PARTS,
    RESTING_HOURS,
    WINDOWS,
    Baseline,
    Surprise,
    hour_of,
    judge,
    learn,
    threshold,
)

_APART = timedelta(minutes=1)
# What is usual is learned anew after so many hours.
_RELEARNED = 6
_DAY = max(WINDOWS)
_HOURS_A_DAY = 24
_MOST_NUMBERS = 300
_KEPT_STORIES = 3 * _HOURS_A_DAY
_ENDING, _RESTING = timedelta(hours=ENDING_HOURS), timedelta(hours=RESTING_HOURS)
_LEARNING = timedelta(days=LEARNING_DAYS)


@dataclass(slots=True)
class _Verdict:
    """What a look changes, by the number of the series."""

    usual: dict[int, bytes] = field(default_factory=dict)
    raised: dict[int, Spike] = field(default_factory=dict)
    kept: dict[int, Spike] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)


class SpikeJudge:
    """Looks at series that have more stories, once a minute at most, and once an hour at those with a spike."""

    def __init__(self, store: Store, *, rules: Callable[[], Rules], clock: Callable[[], datetime], most: int) -> None:
        """Keep at most some ``most`` series."""
        self._store, self._rules, self._clock, self._most = store, rules, clock, most
        self._hour: int | None = None
        self._looked_at: datetime | None = None
        self._touched: set[int] = set()

    async def __call__(self, touched: Collection[int] | None) -> None:
        """Judge what was ``touched``. In a new hour, judge again what a crash may have kept from it, and prune.

        What is touched within a minute of the last look waits: with a spike, a look takes all stories of the day.
        """
        now, is_new_hour = self._clock(), self._hour != hour_of(self._clock())
        self._touched.update(touched or ())
        if not is_new_hour and not (self._touched and self._may_look(now)):
            return
        allowed = self._rules().config.watch.spikes_a_day
        verdict = await self._store.read(
            lambda tx: _Look(tx, now, allowed).judge(self._touched, is_new_hour=is_new_hour)
        )
        if verdict != _Verdict() or is_new_hour:
            await self._store.write(lambda tx: self._write(tx, verdict, now, is_new_hour=is_new_hour), may_wait=True)
        self._hour, self._looked_at = hour_of(now), now
        self._touched.clear()

    def _may_look(self, now: datetime) -> bool:
        return self._looked_at is None or not self._looked_at <= now < self._looked_at + _APART

    def _write(self, tx: Transaction, verdict: _Verdict, now: datetime, *, is_new_hour: bool) -> None:
        tx.volumes.learn(verdict.usual)
        for of, spike in verdict.raised.items():
            tx.volumes.raise_(of, spike, now)
        for of, spike in verdict.kept.items():
            tx.volumes.keep(of, spike)
        for of in verdict.ended:
            tx.volumes.end(of, now)
        if is_new_hour:
            hour = hour_of(now)
            tx.volumes.correct(now)
            tx.volumes.prune(
                before=hour - KEPT_DAYS * _HOURS_A_DAY,
                after=hour + _HOURS_A_DAY,
                stories_before=hour - _KEPT_STORIES,
                most=self._most,
            )


class _Look:
    """One look at series: what is new of their spikes. Reads only."""

    def __init__(self, tx: Transaction, now: datetime, spikes_a_day: float) -> None:
        self._tx, self._now, self._hour = tx, now, hour_of(now)
        self._limit = threshold(spikes_a_day, tx.volumes.count())
        self._spiking = {each.id: each for each in tx.volumes.spiking()}
        self._verdict = _Verdict()

    def judge(self, touched: Collection[int], *, is_new_hour: bool) -> _Verdict:
        """Judge series that were touched; in a new hour, also those of the last two, and all that have a spike."""
        ids = set(touched)
        if is_new_hour:
            ids.update(self._spiking, self._tx.volumes.touched_between(self._hour - 1, self._hour))
        counts = self._tx.volumes.by_hour(sorted(ids), self._hour - _DAY + 1, self._hour)
        busy = [of for of in sorted(ids) if of in self._spiking or sum(counts[of].values()) >= LEAST_STORIES]
        surprises = self._surprises(self._tx.volumes.states(busy), counts)
        fresh = [(state, each) for state, each in surprises if self._may_begin(state) and each.score >= self._limit]
        known = [(state, each) for state, each in surprises if state.id in self._spiking]
        if fresh or known:
            stories = _Stories(self._tx, self._hour)
            for state, each in known:
                self._keep(state, each, stories)
            self._end()
            self._raise(fresh, stories)
        return self._verdict

    def _may_begin(self, state: SeriesState) -> bool:
        """Return whether a series may have a spike that it has not: not soon after the last one."""
        is_resting = state.ended_at is not None and state.ended_at <= self._now < state.ended_at + _RESTING
        return state.id not in self._spiking and not is_resting

    def _surprises(
        self, states: Sequence[SeriesState], counts: Mapping[int, Mapping[int, int]]
    ) -> list[tuple[SeriesState, Surprise]]:
        """Return how surprising series are. Those of a feed or concept that is new are not."""
        named = [(state, series) for state in states if not (series := Series.parse(state.name)).is_total]
        since = self._tx.volumes.known_since({series.thing for _, series in named if series.thing})
        totals = self._tx.volumes.ids({str(series.total) for _, series in named})
        in_all = self._tx.volumes.by_hour(sorted(totals.values()), self._hour - _DAY + 1, self._hour)
        # Where nothing is known of all stories of a language, none is surprising.
        lost = [state for state, series in named if str(series.total) not in totals]
        named = [(state, series) for state, series in named if str(series.total) in totals]
        usual = self._usual(named, totals, since)
        found = []
        for state, series in named:
            is_new = bool(series.thing) and self._now < since.get(series.thing, self._now) + _LEARNING
            of_all = in_all[totals[str(series.total)]]
            surprise = NOTHING if is_new else judge(self._hour, counts[state.id], of_all, usual[state.id])
            found.append((state, surprise))
        return [*found, *((state, NOTHING) for state in lost)]

    def _usual(
        self, named: Sequence[tuple[SeriesState, Series]], totals: Mapping[str, int], since: Mapping[str, datetime]
    ) -> dict[int, Baseline]:
        """Return what is usual for series. What is too old is learned anew."""
        last = self._hour - LAG
        known = {state.id: Baseline.unpack(state.usual) for state, _ in named}
        usual = {of: each for of, each in known.items() if each is not None and 0 <= last - each.hour < _RELEARNED}
        stale = [(state.id, series) for state, series in named if state.id not in usual]
        if stale:
            days = self._tx.volumes.by_day([*(of for of, _ in stale), *totals.values()], last, KEPT_DAYS, PARTS)
            for of, series in stale:
                of_all = days[totals[str(series.total)]]
                if series.thing in since:  # before it was known, none of the stories could be on it
                    age = (last - hour_of(since[series.thing])) // _HOURS_A_DAY
                    of_all = {cell: count for cell, count in of_all.items() if cell[0] < age}
                usual[of] = learn(last, days[of], of_all)
                self._verdict.usual[of] = usual[of].pack()
        return usual

    def _keep(self, state: SeriesState, surprise: Surprise, stories: _Stories) -> None:
        """Bring a spike up to now."""
        before = state.spike
        assert before is not None
        if surprise.stories == 0:
            self._verdict.kept[state.id] = replace(before, score=0.0, is_high=False)
            return
        held_at = self._now if surprise.score >= self._limit / 2 else before.held_at
        spike = stories.spike(state.id, surprise, held_at)
        self._verdict.kept[state.id] = replace(spike, head=before.head, is_high=surprise.score >= self._limit)

    def _end(self) -> None:
        """End the spikes that have been low for long; that of a happening with the last of its series."""
        spikes = {of: spike for of, each in self._spiking.items() if (spike := self._verdict.kept.get(of, each.spike))}
        over = [of for of, each in spikes.items() if not each.held_at <= self._now < each.held_at + _ENDING]
        heads = {each.head for of, each in spikes.items() if of not in over}
        self._verdict.ended = [of for of in over if self._spiking[of].name not in heads]
        for of in self._verdict.ended:
            self._verdict.kept.pop(of, None)

    def _raise(self, fresh: Sequence[tuple[SeriesState, Surprise]], stories: _Stories) -> None:
        """Raise spikes of several outlets, the widest first: narrower ones with the same stories are one happening."""
        heads = dict(self._heads())
        for state, surprise in sorted(fresh, key=_by_width):
            if not surprise.is_broad(stories.of_others(state.id, surprise.hours), self._limit):
                continue
            spike = stories.spike(state.id, surprise, self._now)
            surplus = surprise.stories - surprise.expected
            numbers = [each.number for each in stories.of(state.id, surprise.hours)]
            head = next((name for name, others in heads.items() if overlaps(surplus, numbers, others)), "")
            self._verdict.raised[state.id] = replace(spike, head=head)
            if not head:
                heads[state.name] = frozenset(spike.numbers)

    def _heads(self) -> Iterator[tuple[str, frozenset[int]]]:
        """Yield the series that stand for happenings, with their stories."""
        for of, state in self._spiking.items():
            spike = self._verdict.kept.get(of, state.spike)
            if spike is not None and not spike.head and of not in self._verdict.ended:
                yield state.name, frozenset(spike.numbers)


class _Stories:
    """The stories of the last day, by series."""

    def __init__(self, tx: Transaction, hour: int) -> None:
        self._tx, self._hour = tx, hour
        self._by_series = defaultdict[int, list[CountedStory]](list)
        for each in tx.volumes.counted_between(hour - _DAY + 1, hour):
            for series in each.series:
                self._by_series[series].append(each)

    def of(self, series: int, hours: int) -> list[CountedStory]:
        """Return the stories of a series in the last hours."""
        return [each for each in self._by_series[series] if each.hour > self._hour - hours]

    def spike(self, series: int, surprise: Surprise, held_at: datetime) -> Spike:
        """Return a spike that is high."""
        return Spike(
            hours=surprise.hours,
            stories=surprise.stories,
            outlets=self._outlets(self.of(series, surprise.hours)),
            expected=round(surprise.expected, 2),
            score=round(surprise.score, 2),
            is_high=True,
            held_at=held_at,
            numbers=tuple(_origins_first(self.of(series, _DAY))[:_MOST_NUMBERS]),
        )

    def of_others(self, series: int, hours: int) -> int:
        """Return how many stories of a series others have than the outlet that has most of them."""
        tellers = self._tellers(self.of(series, hours))
        most = Counter(outlet for some in tellers for outlet in some).most_common(1)
        return sum(bool(some.difference(outlet for outlet, _ in most)) for some in tellers)

    def _outlets(self, stories: Sequence[CountedStory]) -> int:
        return len(frozenset().union(*self._tellers(stories)))

    def _tellers(self, stories: Sequence[CountedStory]) -> list[set[str]]:
        """Return the outlets of each story, those that copied it too."""
        carriers = self._tx.stories.carriers_of([each.number for each in stories])
        return [{each.outlet, *(carrier.outlet for carrier in carriers.get(each.number, ()))} for each in stories]


def _origins_first(stories: Sequence[CountedStory]) -> list[int]:
    """Return the numbers of stories, the latest of each outlet before all others."""
    latest = sorted(stories, key=lambda each: -each.number)
    first = {each.outlet: each.number for each in reversed(latest)}
    of_each = sorted(first.values(), reverse=True)
    return [*of_each, *(each.number for each in latest if first[each.outlet] != each.number)]


def _by_width(each: tuple[SeriesState, Surprise]) -> tuple[tuple[bool, bool, bool], float, int]:
    state, surprise = each
    return Series.parse(state.name).width, -surprise.score, state.id
