"""Group stories into events as they arrive: on line, in any language, by one threshold. Pure.

A story joins the event it is most like if they are alike enough, or opens one. Its words are compared with what the
stories of the event's last days have in common, not with every story: the cost does not rise with the number of
stories. What is common and says little is learned from the stories themselves.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import islice
from mmap import mmap
from operator import itemgetter, mul
from typing import NamedTuple

from syndicator.models import EventAssignment
from syndicator.outbox.event_centroid import Centroid, Vector
from syndicator.outbox.event_features import FEATURES, SHARED, Features, features_of, words_by_feature
from syndicator.plural import counted

# So long after its latest story an event takes no other.
WINDOW = timedelta(hours=48)
_WINDOW = WINDOW.total_seconds()
_JOIN, _MERGE = 0.21, 0.30
_ACROSS_LANGUAGES = 3.5  # shared features are half of a vector; and other languages have less of them in common
_NAMES_ACROSS = 4  # rare shared features that make two languages' stories one event: a name has one or two
_RARE = 0.02  # of the stories have a feature that may be a name
_LEAST_RARE = 3
_PRIOR = 1000.0  # stories without any known word that weights begin with, so that the first ones' are nearly equal
_RARITY = 1.3  # the power of the logarithm of a feature's rarity in its weight
_MOST_GRAMS, _MOST_SHARED = 140, 60
_ASKED, _REMEMBERED, _SCORED, _MERGED = 8, 256, 20, 3
_LEARNED = 200_000  # stories after which what was learned counts half: words come and go
_PRUNE_EVERY = 2000
_MOST_EVENTS = 120_000  # more than that, and those that were longest idle are forgotten
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story as the index reads it. ``places`` are terms of regions; numbers rise with time of arrival."""

    id: int
    title: str
    language: str
    at: datetime
    text: str = ""
    places: tuple[str, ...] = ()

    @property
    def base_language(self) -> str:
        """Its language without region or script."""
        return self.language.partition("-")[0].lower()


class _Match(NamedTuple):
    score: float
    event: int
    language: str  # whose stories it is most like


@dataclass(slots=True)
class _Event:
    last: float
    centroids: dict[str, Centroid]


class EventIndex:
    """The events of the last days."""

    def __init__(self) -> None:
        """Know nothing."""
        # Mapped: a daemon with few stories touches few of its pages.
        self._stories_with = memoryview(mmap(-1, 4 * FEATURES)).cast("I")
        self._stories = 0
        self._added = 0
        self._events: dict[int, _Event] = {}
        self._holders: dict[int, array[int]] = {}  # the latest events with each shared feature, the latest last
        self._now = -math.inf

    def __len__(self) -> int:
        """Return the number of events that may still take stories."""
        return len(self._events)

    def add(self, item: Item) -> EventAssignment:
        """Assign a story to an event, and learn from it."""
        at = self._advance(item)
        vector, names = self._read(item)
        certain, related = self._matches(vector, names, item.base_language, at)
        alike = certain[0] if certain and certain[0].score >= _JOIN else None
        event = alike.event if alike else item.id
        common = self._common_words(item, alike, vector) if alike else []
        self._put(item, event, vector, at)
        merged = self._merge(event, certain[1 : 1 + _MERGED]) if alike else ()
        others = tuple(each.event for each in related if each.event not in (event, *merged))
        if alike is None:
            return EventAssignment(event=event, reason=_opens(others), related=others)
        reason = _joins(alike, common, len(merged))
        surviving = min((event, *merged))
        gone = tuple(sorted({event, *merged} - {surviving}))
        return EventAssignment(event=surviving, reason=reason, score=alike.score, merged=gone, related=others)

    def restore(self, item: Item, event: int) -> None:
        """Put a story into the event it was assigned to before; in the order of their first assignment."""
        at = self._advance(item)
        vector, _ = self._read(item)
        self._put(item, event, vector, at)

    def _advance(self, item: Item) -> float:
        """Return an item's time in seconds; from time to time, forget events that take no other story."""
        at = item.at.timestamp()
        self._now = max(self._now, at)
        self._added += 1
        if self._added % _PRUNE_EVERY == 0:
            self._prune()
        return at

    def _read(self, item: Item) -> tuple[Vector, list[int]]:
        """Return a story's vector, and those of its shared features that events are asked for, the rarest first."""
        features = features_of(item.title, item.text, item.places)
        self._learn(features)
        vector = self._vector(features)
        count = self._stories_with
        names = sorted((count[each], each) for each in features.shared if each in vector)
        return vector, [each for _, each in names]

    def _learn(self, features: Features) -> None:
        if self._stories >= _LEARNED:
            self._stories //= 2
            for place, known in enumerate(self._stories_with):
                if known:
                    self._stories_with[place] = known >> 1
        self._stories += 1
        count = self._stories_with
        for kind in (features.grams, features.shared):
            for each in kind:
                count[each] += 1

    def _vector(self, features: Features) -> Vector:
        """Return the weights of a story's features: half of its length squared for each kind."""
        grams = self._weighted(features.grams, _MOST_GRAMS)
        shared = self._weighted(features.shared, _MOST_SHARED)
        share = 0.5 if grams and shared else 1.0
        return {**_scaled(grams, share), **_scaled(shared, share)}

    def _weighted(self, counts: Mapping[int, float], most: int) -> dict[int, float]:
        total, count = math.log(self._stories + _PRIOR), self._stories_with
        log = math.log
        weights = {
            each: (1.0 + log(times) if times > 1.0 else times) * (total - log(count[each] + 1.0)) ** _RARITY
            for each, times in counts.items()
        }
        if len(weights) <= most:
            return weights
        return dict(sorted(weights.items(), key=itemgetter(1), reverse=True)[:most])

    def _matches(
        self, vector: Vector, names: Sequence[int], language: str, at: float
    ) -> tuple[list[_Match], list[_Match]]:
        """Return the events that a story is like, the most alike first; apart from them, those only related."""
        certain: list[_Match] = []
        related: list[_Match] = []
        for number in self._candidates(names):
            event = self._events.get(number)
            if event is None or abs(at - event.last) > _WINDOW:
                continue
            for other, centroid in event.centroids.items():
                if other == language:
                    certain.append(_Match(centroid.likeness(vector, at), number, other))
                else:
                    # Of the joins of languages that were tried one in ten was wrong: these are only related.
                    score = min(1.0, _ACROSS_LANGUAGES * centroid.shared_likeness(vector, at))
                    related.append(_Match(score, number, other))
        certain.sort(reverse=True)
        related = sorted((each for each in related if each.score >= _JOIN), reverse=True)
        return certain, related[:_MERGED]

    def _candidates(self, names: Sequence[int]) -> list[int]:
        """Return the events that hold most of a story's rarest names."""
        held: dict[int, float] = {}
        known = (each for each in names if each in self._holders)
        total = math.log(self._stories + _PRIOR)
        for name in islice(known, _ASKED):
            rarity = total - math.log(self._stories_with[name] + 1.0)
            for event in self._holders[name]:
                held[event] = held.get(event, 0.0) + rarity
        return [event for event, _ in nlargest(_SCORED, held.items(), key=lambda item: (item[1], item[0]))]

    def _put(self, item: Item, number: int, vector: Vector, at: float) -> None:
        event = self._events.get(number)
        if event is None:
            event = self._events[number] = _Event(at, {})
        event.last = max(event.last, at)
        if (centroid := event.centroids.get(item.base_language)) is not None:
            centroid.add(vector, at)
        else:
            event.centroids[item.base_language] = Centroid(vector, at)
        self._hold(number, (each for each in vector if each >= SHARED))

    def _hold(self, event: int, names: Iterable[int]) -> None:
        for name in names:
            holders = self._holders.get(name)
            if holders is None:
                self._holders[name] = array("Q", (event,))
            elif event not in holders[-_ASKED:]:
                holders.append(event)
                if len(holders) > _REMEMBERED:
                    del holders[0]

    def _merge(self, number: int, others: Iterable[_Match]) -> tuple[int, ...]:
        """Merge events that are as alike as if they were one with this one; return them."""
        event, merged = self._events[number], []
        for other in others:
            if other.score < _JOIN or other.event == number or other.event in merged:
                continue
            if _similarity(event, self._events[other.event]) >= _MERGE:
                merged.append(other.event)
        for gone in merged:
            number = self._unite(number, gone)
        return tuple(merged)

    def _unite(self, one: int, two: int) -> int:
        older, younger = min(one, two), max(one, two)
        kept, gone = self._events[older], self._events.pop(younger)
        kept.last = max(kept.last, gone.last)
        for language, centroid in gone.centroids.items():
            if language in kept.centroids:
                kept.centroids[language].absorb(centroid)
            else:
                kept.centroids[language] = centroid
            self._rename(younger, older, centroid)
        return older

    def _rename(self, gone: int, kept: int, centroid: Centroid) -> None:
        """Register an event under the names of the one that it has absorbed."""
        for name in centroid.shared():
            holders = self._holders.get(name)
            if holders is not None and gone in holders:
                self._holders[name] = array("Q", dict.fromkeys(kept if each == gone else each for each in holders))

    def _prune(self) -> None:
        """Forget events that take no other story, and the longest idle ones where there are too many."""
        idle = [number for number, event in self._events.items() if self._now - event.last > _WINDOW]
        if (surplus := len(self._events) - len(idle) - _MOST_EVENTS) > 0:
            oldest = sorted((event.last, number) for number, event in self._events.items())
            idle = [number for _, number in oldest[: len(idle) + surplus]]
        if not idle:
            return
        for number in idle:
            del self._events[number]
        known = self._events
        self._holders = {
            name: live
            for name, holders in self._holders.items()
            if (live := array("Q", [each for each in holders if each in known]))
        }

    def _common_words(self, item: Item, alike: _Match, vector: Vector) -> list[str]:
        """Return the rarest words of a headline that its event has, too."""
        shared = set(self._events[alike.event].centroids[alike.language].shared_with(vector))
        count = self._stories_with
        words = {
            word: min(map(count.__getitem__, names))
            for word, names in words_by_feature(item.title)
            if shared.intersection(names)
        }
        return sorted(words, key=words.__getitem__)[:_MOST_WORDS]


def _similarity(one: _Event, two: _Event) -> float:
    shared = one.centroids.keys() & two.centroids.keys()
    return max((one.centroids[each].similarity(two.centroids[each]) for each in shared), default=0.0)


def _scaled(weights: Mapping[int, float], share: float) -> dict[int, float]:
    """Return weights whose squares add up to ``share``."""
    length = math.sqrt(sum(map(mul, weights.values(), weights.values())))
    by = math.sqrt(share) / length if length else 0.0
    return {each: weight * by for each, weight in weights.items()}


def _joins(alike: _Match, common: Sequence[str], merged: int) -> str:
    words = f", in common: {', '.join(common)}" if common else ""
    events = f"; shows {counted(merged, 'other event')} to be the same" if merged else ""
    return f"{alike.score:.2f} alike{words}{events}"


def _opens(related: Sequence[int]) -> str:
    return "nothing alike lately in its language; related stories in others" if related else "nothing alike lately"
