"""Lists too long for one statement."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
_MOST = 500


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield ``values`` in parts that every database takes."""
    for start in itertools.count(0, _MOST):
        chunk = values[start : start + _MOST]
        if not chunk:
            return
        yield chunk
