"""Numbers with their nouns, for messages to people."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 outlet", "2 outlets", "12,000 stories"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
