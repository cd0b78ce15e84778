"""What must be known of outlets: health, differences between mirrors, domains that changed hands, gone pages. Pure."""

from syndicator.watch.compare import WINDOW, Comparison, compare, describe
from syndicator.watch.continuity import ENOUGH_KNOWN, ENOUGH_WORDS, learn, mismatch_reason
from syndicator.watch.health import Health, health_by, health_of, health_of_source, is_home_down, working_base
from syndicator.watch.hints import mirror_candidates, named_addresses
from syndicator.watch.pages import (
    WATCHED_FOR,
    after_look,
    answer_of,
    first_look,
    has_page,
    is_site_up,
    needs_proof,
)
from syndicator.watch.reach import Reach

__all__ = [
    "ENOUGH_KNOWN",
    "ENOUGH_WORDS",
    "WATCHED_FOR",
    "WINDOW",
    "Comparison",
    "Health",
    "Reach",
    "after_look",
    "answer_of",
    "compare",
    "describe",
    "first_look",
    "has_page",
    "health_by",
    "health_of",
    "health_of_source",
    "is_home_down",
    "is_site_up",
    "learn",
    "mirror_candidates",
    "mismatch_reason",
    "named_addresses",
    "needs_proof",
    "working_base",
]
