"""What an event's stories of one language have in common: a sum of their features that fades with time. Pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import mul

from syndicator.outbox.event_features import SHARED

# A story's weight for each of its features: of length 1.
Vector = Mapping[int, float]
_FADES = 36 * 3600.0  # seconds in which a story's weight falls to 1/e
_MOST_FEATURES = 200


class Centroid:
    """The sum of vectors, twice: each with its weight as it is now, and each as it was when it came.

    Shared features come first, so that languages are compared over these alone.
    """

    __slots__ = ("_at", "_features", "_length", "_now", "_shares", "_sum")

    def __init__(self, vector: Vector, at: float) -> None:
        """Begin with one vector, of the time ``at`` in seconds."""
        self._at = at
        self._store(vector, vector)

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
        self._join(vector, vector, at)

    def absorb(self, other: Centroid) -> None:
        """Add all of another centroid."""
        self._join(
            dict(zip(other._features, other._now, strict=True)),
            dict(zip(other._features, other._sum, strict=True)),
            other._at,
        )

    def _join(self, now: Vector, whole: Vector, at: float) -> None:
        latest = max(at, self._at)
        old, new = (math.exp((each - latest) / _FADES) for each in (self._at, at))
        sums = dict(zip(self._features, self._sum, strict=True))
        faded = {each: weight * old for each, weight in zip(self._features, self._now, strict=True)}
        for each, weight in whole.items():
            sums[each] = sums.get(each, 0.0) + weight
            faded[each] = faded.get(each, 0.0) + now[each] * new
        self._at = latest
        self._store(faded, sums)

    def _store(self, now: Vector, whole: Vector) -> None:
        kept = list(whole)
        if len(kept) > _MOST_FEATURES:
            kept = sorted(kept, key=whole.__getitem__, reverse=True)[:_MOST_FEATURES]
        kept.sort(reverse=True)
        self._shares = sum(each >= SHARED for each in kept)
        self._features = array("I", kept)
        self._sum = array("f", map(whole.__getitem__, kept))
        self._now = self._sum if now is whole else array("f", map(now.__getitem__, kept))
        self._length = math.sqrt(_product(whole, self._features, self._sum)) or 1.0

    def _faded(self, at: float) -> float:
        return math.exp(-abs(at - self._at) / _FADES) / self._length


def _product(vector: Vector, features: Sequence[int], weights: Sequence[float]) -> float:
    """Return the scalar product, in C all the way: it is most of the work."""
    return float(sum(map(mul, map(vector.get, features, repeat(0.0)), weights)))
