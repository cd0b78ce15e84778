"""What an event's stories of one language have in common: a sum of their features that fades with time. Pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from heapq import nlargest
from itertools import chain, repeat
from operator import mul

from syndicator.outbox.event_features import SHARED

# A story's weight for each of its features: of length 1.
Vector = Mapping[int, float]
_FADES = 36 * 3600.0  # seconds in which a story's weight falls to 1/e
_MOST_FEATURES = 200
_Sums = dict[int, tuple[float, float]]


class Centroid:
    """The sum of vectors, twice: each with its weight as it is now, and each as it was when it came.

    Shared features come first, so that languages are compared over these alone.
    """

    __slots__ = ("_at", "_features", "_length", "_now", "_shares", "_sum")

    def __init__(self, vector: Vector, at: float) -> None:
        """Begin with one vector, of the time ``at`` in seconds."""
        self._at = at
        self._store({each: (weight, weight) for each, weight in vector.items()})

    def likeness(self, vector: Vector, at: float) -> float:
        """Return how alike a story of the same language is, 1 at most; it falls as the event's stories age."""
        return _product(vector, self._features, self._now) * self._faded(at)

    def shared_likeness(self, vector: Vector, at: float) -> float:
        """Return the part of it that rests on shared features: all that two languages can have in common."""
        return _product(vector, self.shared(), self._now) * self._faded(at)

    def shared(self) -> Sequence[int]:
        """Return its shared features."""
        return self._features[: self._shares]

    def shared_with(self, vector: Vector) -> list[int]:
        """Return the shared features that a story has, too."""
        return [each for each in self.shared() if each in vector]

    def similarity(self, other: Centroid) -> float:
        """Return how alike two centroids are (cosine), less the longer ago the older one grew."""
        sums = dict(zip(self._features, self._sum, strict=True))
        product = _product(sums, other._features, other._sum)
        return product / (self._length * other._length) * math.exp(-abs(self._at - other._at) / _FADES)

    def add(self, vector: Vector, at: float) -> None:
        """Add the vector of a story."""
        self._join({each: (weight, weight) for each, weight in vector.items()}, at)

    def absorb(self, other: Centroid) -> None:
        """Add all of another centroid."""
        self._join(other._sums(1.0), other._at)

    def _join(self, more: _Sums, at: float) -> None:
        latest = max(at, self._at)
        fade = math.exp((at - latest) / _FADES)
        sums = self._sums(math.exp((self._at - latest) / _FADES))
        for each, (now, whole) in more.items():
            before = sums.get(each, (0.0, 0.0))
            sums[each] = (before[0] + now * fade, before[1] + whole)
        self._at = latest
        self._store(sums)

    def _sums(self, fade: float) -> _Sums:
        rows = zip(self._features, self._now, self._sum, strict=True)
        return {each: (now * fade, whole) for each, now, whole in rows}

    def _store(self, sums: _Sums) -> None:
        kept = sums.items() if len(sums) <= _MOST_FEATURES else nlargest(_MOST_FEATURES, sums.items(), _whole)
        shared = [each for each in kept if each[0] >= SHARED]
        rows = list(chain(shared, (each for each in kept if each[0] < SHARED)))
        self._shares = len(shared)
        self._features = array("I", [each for each, _ in rows])
        self._now = array("f", [now for _, (now, _) in rows])
        self._sum = array("f", [whole for _, (_, whole) in rows])
        self._length = math.sqrt(sum(map(mul, self._sum, self._sum))) or 1.0

    def _faded(self, at: float) -> float:
        return math.exp(-abs(at - self._at) / _FADES) / self._length


def _product(vector: Vector, features: Sequence[int], weights: Sequence[float]) -> float:
    """Return the scalar product, in C all the way: it is most of the work."""
    return float(sum(map(mul, map(vector.get, features, repeat(0.0)), weights)))


def _whole(item: tuple[int, tuple[float, float]]) -> tuple[float, int]:
    return item[1][1], item[0]
