"""What an operator must know."""

from syndicator.watch.compare import WINDOW, Comparison, compare, told
from syndicator.watch.continuity import ENOUGH_KNOWN, doubts, learn
from syndicator.watch.health import Health, is_home_down, word_for, working_base
from syndicator.watch.hints import hints_of, named_addresses

__all__ = [
    "ENOUGH_KNOWN",
    "WINDOW",
    "Comparison",
    "Health",
    "compare",
    "doubts",
    "hints_of",
    "is_home_down",
    "learn",
    "named_addresses",
    "told",
    "word_for",
    "working_base",
]
