"""When a rewritten text is a revision, and when it is a counter or a clock that changes at every poll. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from syndicator.ingest.cosmetic import lasting_words
from syndicator.markup import lines_of_safe
from syndicator.models import Decision, Entry, KnownEntry, StoryText, Unchanged, Update

# As many as the library reader allows: a text that is edited by people changes less often.
MOST_TEXT_REVISIONS = 24
COSMETIC = "only counters, sizes or relative times differ"


def is_endless(changed: Sequence[str], known: KnownEntry) -> bool:
    """Return whether a change of the text alone is one too many. A change of the title or the link always counts."""
    return tuple(changed) == ("text",) and known.text_revisions >= MOST_TEXT_REVISIONS


def real_changes(before: StoryText, entry: Entry, changed: Sequence[str]) -> tuple[str, ...]:
    """Return those of an entry's changes that a reader would call one, beside the story's words ``before``."""
    return tuple(name for name in changed if name == "link" or _words(before, name) != _words(entry, name))


def without_cosmetics(decisions: Sequence[Decision], before: Mapping[int, StoryText]) -> tuple[Decision, ...]:
    """Return decisions whose updates name real changes only. An update without any leaves its story unchanged.

    ``before`` has the words of the updates' stories by number. What the entry says now is noted all the same, so that
    it is not compared again at every poll.
    """
    return tuple(_checked(each, before) for each in decisions)


def _checked(decision: Decision, before: Mapping[int, StoryText]) -> Decision:
    """Check an edit of a known entry. An entry that begins to stand for a story does so, however alike their words."""
    if not isinstance(decision, Update) or decision.known is None or decision.story not in before:
        return decision
    real = real_changes(before[decision.story], decision.entry, decision.changed)
    if real == decision.changed:
        return decision
    if real:
        return replace(decision, changed=real, reason=f"the outlet changed its {' and '.join(real)}")
    return Unchanged(
        entry=decision.entry,
        story=decision.story,
        known=decision.known,
        reason=COSMETIC,
        changed=decision.changed,
        is_rekeyed=decision.is_rekeyed,
        is_confirming=decision.is_confirming,
    )


def _words(said: StoryText | Entry, name: str) -> list[str]:
    if name == "title":
        return lasting_words([said.title], is_title=True)
    return lasting_words(lines_of_safe(said.html))
