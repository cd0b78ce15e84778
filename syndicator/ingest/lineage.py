"""Which story an entry tells that is known by nothing but its words or its page, and whose words the story has. Pure.

A story has the words of its origin: of the outlet whose page it is, the agency that it is credited to, or the outlet
that the operator prefers; else of the first that had it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from syndicator.ingest.boilerplate import Boilerplate
from syndicator.ingest.copies import Comparison, CopyText, compare
from syndicator.ingest.copy_text import Kind, prepare
from syndicator.markup import words_of_safe
from syndicator.models import Copy, CopyCandidate, Decision, Entry, New, Update
from syndicator.text import fold, words_of

# Headlines that share half of the shorter one's words are of one story, if anything else speaks for it.
_SHARED_HEADLINE = 0.5
# What texts under other headlines must have in common: those on one affair are alike, an outlet's summaries the most.
_SURE, _SURE_WITHIN = 0.55, 0.85
# Texts of fewer words may be of one story without a word in common. Others are not made from each other where the share
# of the shorter one's words in a row that both have is below.
_LEAST_WORDS, _LEAST_COMMON = 12, 0.4
# Texts of fewer words may say nothing of whom they are about: "Quarterly dividend 10 cts, pay April 1".
_SHORT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Who tells an entry: an outlet, at its home or by a mirror. ``preferred`` are the operator's favourite outlets."""

    outlet: str
    names: Sequence[str] = ()
    is_home: bool = True
    preferred: Collection[str] = ()


class CopyReader:
    """Prepares texts of a document's entries and of stories to be compared, without what their outlets repeat."""

    def __init__(self, outlet: str, boilerplate: Mapping[str, bytes]) -> None:
        """Take entries for those of ``outlet``; what of the packed ``boilerplate`` is needed is unpacked then."""
        self._outlet, self._packed = outlet, boilerplate
        self._boilerplate: dict[str, Boilerplate] = {}

    def read(self, told: Entry | CopyCandidate) -> CopyText:
        """Return the words of an entry or a story."""
        outlet = told.outlet if isinstance(told, CopyCandidate) else self._outlet
        if outlet not in self._boilerplate:
            self._boilerplate[outlet] = Boilerplate(self._packed.get(outlet, b""))
        text = self._boilerplate[outlet].clean(words_of_safe(told.html))
        places = {evidence.words for tag in told.tags if tag.scheme == "region" for evidence in tag.evidence}
        return prepare(told.title, text, language=told.language, places=places)


def judge(entry: Entry, candidates: Sequence[CopyCandidate], teller: Teller, reader: CopyReader) -> Decision:
    """Return what an entry is to the first candidate that tells the same story; new if none does."""
    if not candidates:  # the rule
        return New(entry=entry, reason="not seen before")
    new, differs = reader.read(entry), ""
    for candidate in candidates:
        old = reader.read(candidate)
        comparison = compare_told(new, old, is_within=candidate.outlet == teller.outlet)
        is_same_page = candidate.is_same_page and _share_headline(entry.title, candidate.title)
        # What had the very same words may be rewritten by now.
        is_exact = candidate.is_exact and comparison.containment >= _LEAST_COMMON
        if comparison.is_copy or is_exact or is_same_page:
            decision = _decided(entry, candidate, comparison, teller, changed=_changed(new, old))
            is_longer = isinstance(decision, Update) and not decision.takes_over
            if is_longer and _is_roundup(new, candidate, candidates, reader):
                return New(entry=entry, reason="brings several stories of its outlet together")
            return decision
        differs = differs or comparison.reason
    return New(entry=entry, reason=f"not seen before; {differs}" if differs else "not seen before")


def is_unrelated(entry: Entry, candidate: CopyCandidate, reader: CopyReader) -> bool:
    """Return whether an entry and a story have neither words nor a headline nor a page in common."""
    if candidate.is_exact or candidate.is_same_page or _share_headline(entry.title, candidate.title):
        return False
    new, old = reader.read(entry), reader.read(candidate)
    return min(len(new.words), len(old.words)) >= _LEAST_WORDS and compare(new, old).containment < _LEAST_COMMON


def compare_told(new: CopyText, old: CopyText, *, is_within: bool) -> Comparison:
    """Compare texts of two outlets, or ``is_within`` one: there the same words under another headline say less."""
    comparison = compare(new, old)
    if not comparison.is_copy or new.headline.words == old.headline.words:
        return comparison
    shorter = min(new, old, key=lambda each: len(each.words))
    if comparison.containment < (_SURE_WITHIN if is_within else _SURE):
        reason = f"another headline, and only {comparison.containment:.0%} of the words in a row are the same"
    elif len(shorter.words) < _SHORT and not _names_anybody(shorter):
        reason = "another headline, and the text names nobody"
    else:
        return comparison
    return replace(comparison, is_copy=False, reason=reason)


def _names_anybody(text: CopyText) -> bool:
    """Return whether a text has a name or a place; of scripts without capitals, that is taken for granted."""
    kinds = {kind for each in text.sentences for kind in each.kinds}
    return not kinds.isdisjoint((Kind.NAME, Kind.PLACE)) or not all(each.has_names for each in text.sentences)


def _is_roundup(
    new: CopyText, extended: CopyCandidate, candidates: Sequence[CopyCandidate], reader: CopyReader
) -> bool:
    """Return whether a text that has all of one story of its outlet has all of another one, too."""
    first = reader.read(extended)
    for candidate in candidates:
        other = reader.read(candidate)
        if candidate.outlet == extended.outlet and not compare_told(other, first, is_within=True).is_copy:
            comparison = compare_told(new, other, is_within=True)
            if comparison.is_copy and comparison.changes.is_extension:
                return True
    return False


def _decided(
    entry: Entry, candidate: CopyCandidate, comparison: Comparison, teller: Teller, *, changed: tuple[str, ...]
) -> Decision:
    reason = _reason(candidate, comparison, teller)
    if candidate.outlet == teller.outlet:
        if not (comparison.changes.is_extension and (teller.is_home or not candidate.is_confirmed)):
            return Copy(entry=entry, story=candidate.story, reason=reason)
        reason = f"a longer version: {comparison.reason}"
        return Update(entry=entry, story=candidate.story, known=None, reason=reason, changed=changed)
    origin = _why_origin(entry, candidate, teller)
    if origin and teller.is_home:
        reason = f"{reason}; {origin}"
        return Update(entry=entry, story=candidate.story, known=None, reason=reason, changed=changed, takes_over=True)
    return Copy(entry=entry, story=candidate.story, reason=reason)


def _changed(new: CopyText, old: CopyText) -> tuple[str, ...]:
    """Return what of a story changes when it takes over the words of a copy."""
    is_retitled, is_rewritten = new.headline.words != old.headline.words, new.words != old.words
    named = (("title", is_retitled), ("text", is_rewritten), ("link", True))
    return tuple(name for name, is_changed in named if is_changed)


def _why_origin(entry: Entry, candidate: CopyCandidate, teller: Teller) -> str:
    """Return why the story is this outlet's rather than the candidate's, empty if it is not."""
    if candidate.is_same_page and (entry.link_key or "").startswith("~"):
        return "the page is its own"
    if candidate.credit and fold(candidate.credit) in map(fold, teller.names):
        return f"{candidate.outlet} credits it"
    is_preferred = teller.outlet in teller.preferred and candidate.outlet not in teller.preferred
    return "its outlet is preferred" if is_preferred else ""


def _reason(candidate: CopyCandidate, comparison: Comparison, teller: Teller) -> str:
    whose = "another item of its outlet" if candidate.outlet == teller.outlet else candidate.outlet
    if candidate.is_exact:
        return f"word for word the story of {whose}"
    if comparison.is_copy:
        return f"a copy of {whose} by {comparison.containment:.0%}: {comparison.reason}"
    return f"leads to the same page as {whose}, under much the same headline"


def _share_headline(title: str, other_title: str) -> bool:
    one, other = (set(words_of(each).folded()) for each in (title, other_title))
    return bool(one and other) and len(one & other) >= _SHARED_HEADLINE * min(len(one), len(other))
