"""When a rewritten text is a revision, and when it is a counter or a clock that changes at every poll. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from syndicator.models import KnownEntry

# As many as the library reader allows: a text that is edited by people changes less often.
MOST_TEXT_REVISIONS = 24


def is_endless(changed: Sequence[str], known: KnownEntry) -> bool:
    """Return whether a change of the text alone is one too many. A change of the title or the link always counts."""
    return tuple(changed) == ("text",) and known.text_revisions >= MOST_TEXT_REVISIONS
