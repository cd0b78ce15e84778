"""BCubed (Bagga and Baldwin, 1998) and pairwise precision and recall of a clustering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Score(NamedTuple):
    """Precision and recall."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"{self.precision:.3f} / {self.recall:.3f} / {self.f1:.3f}"


def bcubed(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Score each item by its cluster, and average over items."""
    in_gold, in_found, both = Counter(gold), Counter(found), Counter(zip(gold, found, strict=True))
    precision = sum(count * count / in_found[cluster] for (_, cluster), count in both.items())
    recall = sum(count * count / in_gold[event] for (event, _), count in both.items())
    return Score(precision / len(gold), recall / len(gold))


def pairwise(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Score each pair of items."""
    right = _pairs(Counter(zip(gold, found, strict=True)))
    return Score(right / max(1, _pairs(Counter(found))), right / max(1, _pairs(Counter(gold))))


def _pairs(counts: Counter) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())
