"""How many answers were given: an addition for each."""

from __future__ import annotations

from collections.abc import Mapping


class AnswerCounts:
    """Counts answers by the first digit of their status."""

    def __init__(self) -> None:
        self._counts = [0] * 10

    def add(self, status: int) -> None:
        """Count an answer with a status of three digits."""
        self._counts[status // 100] += 1

    @property
    def by_class(self) -> Mapping[str, int]:
        """How many answers there were of each class; what is only on the way to one does not count."""
        return {f"{digit}xx": self._counts[digit] for digit in range(2, 6)}
