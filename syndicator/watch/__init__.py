"""What an operator must know: health of endpoints, differences between mirrors, domains that changed hands. Pure."""

from syndicator.watch.compare import WINDOW, Comparison, compare, describe
from syndicator.watch.continuity import ENOUGH_KNOWN, ENOUGH_WORDS, learn, mismatch_reason
from syndicator.watch.health import Health, health_of, is_home_down, working_base
from syndicator.watch.hints import mirror_candidates, named_addresses
from syndicator.watch.reach import Reach

__all__ = [
    "ENOUGH_KNOWN",
    "ENOUGH_WORDS",
    "WINDOW",
    "Comparison",
    "Health",
    "Reach",
    "compare",
    "describe",
    "health_of",
    "is_home_down",
    "learn",
    "mirror_candidates",
    "mismatch_reason",
    "named_addresses",
    "working_base",
]
