"""What an operator must know."""

from syndicator.watch.compare import WINDOW, Comparison, compare, told
from syndicator.watch.continuity import ENOUGH_KNOWN, learn, mismatch_reason
from syndicator.watch.health import Health, is_home_down, word_for, working_base
from syndicator.watch.hints import mirror_candidates, named_addresses

__all__ = [
    "ENOUGH_KNOWN",
    "WINDOW",
    "Comparison",
    "Health",
    "compare",
    "is_home_down",
    "learn",
    "mirror_candidates",
    "mismatch_reason",
    "named_addresses",
    "told",
    "word_for",
    "working_base",
]
