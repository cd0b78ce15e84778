"""Decide whether one text is a copy of another, and what was changed. Pure.

How much two texts have in common decides little: a daily bulletin has more in common with yesterday's than a shortened
reprint with its original. What decides is what stands where they differ. Sentences are aligned with each other, and in
them words; where a number stands for another number, a day for another day or a name for another name, the texts are of
one mould and tell of different things. Sentences that were added, left out or moved change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from syndicator.ingest.alignment import AlignedPair, Alignment, Gap, align, aligned
from syndicator.ingest.copy_text import CopyText, Kind, rare

__all__ = ["Changes", "Comparison", "CopyText", "Likeness", "Mould", "compare", "likeness"]

# Of the shorter text's shingles of three words, those that the other has as well.
_LEAST_CONTAINMENT = 0.4
# Of the shorter text's words, those in sentences that the other has not.
_MOST_LOST = 0.3
# Numbers that stand for others, against those that are the same, and against all places where a text that was much
# edited differs. In a mould numbers are what differs.
_MOST_NUMBERS = 0.1
# Names that stand for others, against those that are the same.
_MOST_NAMES = 0.2
# Places where a text differs, for each of which one number or name may stand for another whatever else is the same.
_MUCH_EDITED = 12
# Words that must agree for a text to be more than a phrase that many stories have.
_LEAST_WORDS = 12
# In shorter texts a name in another's place is enough to tell two of a mould apart, if nothing else differs.
_SHORT = 80
_ITEM = 25
# Words of a text that agree and outweigh a number or name that the headline has in another's place.
_LONG = 60
_SURE = 0.9
# Headlines with at least this in common, and so many words that are no names, are of one mould.
_SAME_MOULD, _LEAST_MOULD = 0.5, 2
_LEAST_TITLE = 5
_MOST_LISTED = 20
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of the old text in the new one: ``headline`` (old, new), sentences, and words (old, new).

    At most twenty of each are listed. One side of ``replaced`` is empty where words were only added or only left out.
    """

    headline: tuple[str, str] | None = None
    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()

    @property
    def is_extension(self) -> bool:
        """Whether the new text has all of the old one, and more: a story that is written through."""
        is_more = bool(self.added) or any(new for _, new in self.replaced)
        return is_more and not self.left_out and not any(old for old, _ in self.replaced)


@dataclass(frozen=True, slots=True)
class Mould:
    """What tells two texts of one mould apart: other ``facts`` (numbers, days, names; or headline), as (old, new)."""

    facts: str
    pairs: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        other = "another headline" if self.facts == "headline" else f"other {self.facts}"
        return f"the same mould, but {other}: {', '.join(f'{old} / {new}' for old, new in self.pairs)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether a text is a copy of another, the share of the shorter one that both have, and why, in words.

    Texts of one ``mould`` are no copies: they say other things in the same words.
    """

    is_copy: bool
    containment: float
    reason: str
    changes: Changes
    mould: Mould | None = None


class Likeness(StrEnum):
    """What became of a text in a copy."""

    SAME = "same"
    SHORTENED = "shortened"
    EXTENDED = "extended"
    CHANGED = "changed"


def compare(new: CopyText, old: CopyText) -> Comparison:
    """Compare a text with one that was there before."""
    if min(new.length, old.length) < _ITEM and (found := _compare_items(new, old)):
        return found
    shorter = min(len(new.shingles), len(old.shingles))
    containment = len(new.shingles & old.shingles) / shorter if shorter else 0.0
    if containment < _LEAST_CONTAINMENT:
        return _no_copy(containment, f"only {containment:.0%} of the words in a row are the same")
    alignment = align(new.sentences, old.sentences)
    headline = aligned(old.headline, new.headline)
    changes = _changes(new, old, alignment)
    mould = _conflict(alignment, headline, new.language) or _headline_conflict(
        headline, new, old, alignment, containment
    )
    reason = str(mould) if mould else None
    if reason is None and _lost(new, old, alignment) > _MOST_LOST:
        reason = "too many sentences are another's"
    if reason is None and _agreeing(alignment) < _LEAST_WORDS and new.words != old.words:
        reason = "too few words to tell a copy from a coincidence"
    if reason is not None:
        return Comparison(is_copy=False, containment=containment, reason=reason, changes=changes, mould=mould)
    return Comparison(
        is_copy=True, containment=containment, reason=_described(new, old, alignment, changes), changes=changes
    )


def _compare_items(new: CopyText, old: CopyText) -> Comparison | None:
    """Decide on short items by headline and text together; None where the texts alone may decide."""
    if _is_same_title(new, old) and _says_the_same(new, old):
        changes = _changes(new, old, align(new.sentences, old.sentences))
        return Comparison(is_copy=True, containment=1.0, reason="the same headline and the same facts", changes=changes)
    if min(new.length, old.length) < _LEAST_WORDS:
        return _no_copy(0.0, "too few words to tell a copy from a coincidence")
    return None


def _is_same_title(new: CopyText, old: CopyText) -> bool:
    return new.headline.words == old.headline.words and len(new.headline.words) >= _LEAST_TITLE


def _says_the_same(new: CopyText, old: CopyText) -> bool:
    """Return whether two short items under one headline have the same facts, and half of their words."""
    shorter, longer = sorted((new, old), key=lambda each: len(each.words))
    said, facts = set(longer.words + longer.headline.words), _facts(shorter)
    if not shorter.words:
        return len(shorter.headline.words) >= _LEAST_WORDS
    if len(shorter.words) + len(shorter.headline.words) < _LEAST_WORDS or not facts <= said:
        return False
    is_as_long = 2 * len(shorter.words) > len(longer.words)
    own = _facts(longer, numbers_only=True) - set(shorter.words + shorter.headline.words)
    if is_as_long and own:
        return False
    shared = sum(word in said for word in shorter.words)
    return 2 * shared >= len(shorter.words)


def _facts(text: CopyText, *, numbers_only: bool = False) -> set[str]:
    """Return the numbers, days and places of a text, and its names inside sentences."""
    least = Kind.DAY if numbers_only else Kind.NAME
    return {
        word
        for sentence in text.sentences
        for place, (word, kind) in enumerate(zip(sentence.words, sentence.kinds, strict=True))
        if kind >= least and (place or kind is not Kind.NAME)
    }


def _no_copy(containment: float, reason: str) -> Comparison:
    return Comparison(is_copy=False, containment=containment, reason=reason, changes=Changes())


def _conflict(alignment: Alignment, headline: AlignedPair, language: str) -> Mould | None:
    """Return why two aligned texts tell of different things, if they do."""
    gaps = [gap for pair in alignment.pairs for gap in pair.gaps]
    slots = [gap for gap in gaps if gap.old and gap.new]
    for kind, named in ((Kind.NUMBER, "numbers"), (Kind.DAY, "days")):
        found = [(old, new) for old, new in (gap.of((kind,)) for gap in slots) if old and new]
        alike = sum(kind is Kind.DAY or _is_alike(old, new) for old, new in found)
        most = max(_MOST_NAMES * _equal(alignment, kind), len(gaps) // _MUCH_EDITED)
        if len(found) > _MOST_NUMBERS * len(gaps) or alike > most:
            return Mould(named, _replaced(slots, (kind,)))
    for kinds in ((Kind.PLACE,), (Kind.PLACE, Kind.NAME)):
        count = sum(min(map(len, gap.of(kinds))) for gap in slots)
        most = max(_MOST_NAMES * sum(_equal(alignment, kind) for kind in kinds), len(gaps) // _MUCH_EDITED)
        if count > most:
            return Mould("names", _replaced(slots, kinds))
    return _single_name(gaps, headline, alignment, language)


def _is_alike(old: Sequence[str], new: Sequence[str]) -> bool:
    """Return whether numbers may be of one kind, as those of a mould are: 12 and 105, not 12 and 1986 or 3.5."""
    pairs = [(one, other) for one in old for other in new]
    return any(abs(len(one) - len(other)) <= 1 and ("_" in one) == ("_" in other) for one, other in pairs)


def _single_name(gaps: Sequence[Gap], headline: AlignedPair, alignment: Alignment, language: str) -> Mould | None:
    """Return what stands in another's place, if that is all in which two short texts differ and it may be a name.

    What is replaced wherever it stands is what the text is about, whether or not it looks like a name.
    """
    slots = {(tuple(gap.old), tuple(gap.new)) for gap in gaps}
    if len(slots) != 1 or _agreeing(alignment) >= _SHORT:
        return None
    ((old, new),) = slots
    is_throughout = len(gaps) > 1 or any((tuple(gap.old), tuple(gap.new)) == (old, new) for gap in headline.gaps)
    if not (old and new and (is_throughout or _may_be_names(gaps[0], language))):
        return None
    return Mould("names", ((" ".join(old), " ".join(new)),))


def _may_be_names(gap: Gap, language: str) -> bool:
    """Return whether words in each other's place are names by their capitals, or rare, or look like full names."""
    if all(gap.of((Kind.PLACE, Kind.NAME))):
        return True
    is_full_name = len(gap.old) == len(gap.new) > 1
    return not gap.has_names and (is_full_name or all(rare(words, language) for words in (gap.old, gap.new)))


def _headline_conflict(
    headline: AlignedPair, new: CopyText, old: CopyText, alignment: Alignment, containment: float
) -> Mould | None:
    """Return what tells two headlines of one mould apart, unless the text outweighs it."""
    if not headline.gaps or (_agreeing(alignment) >= _LONG and containment >= _SURE):
        return None
    longest = max(len(new.headline.words), len(old.headline.words))
    if headline.kinds.count(Kind.WORD) < _LEAST_MOULD or len(headline.equal) < _SAME_MOULD * longest:
        return None
    found = _replaced(headline.gaps, (Kind.NUMBER,)) or _replaced(headline.gaps, (Kind.DAY,))
    found = found or _replaced(headline.gaps, (Kind.PLACE, Kind.NAME))
    if not found and not headline.gaps[0].has_names:
        language = new.language or "en"
        pairs = [(rare(gap.old, language), rare(gap.new, language)) for gap in headline.gaps]
        found = next((((" ".join(sorted(a)), " ".join(sorted(b))),) for a, b in pairs if a and b), ())
    return Mould("headline", found) if found else None


def _replaced(gaps: Iterable[Gap], kinds: tuple[Kind, ...]) -> tuple[tuple[str, str], ...]:
    """Return words of some kinds that stand in each other's place."""
    found = [(old, new) for old, new in (gap.of(kinds) for gap in gaps) if old and new]
    return tuple((" ".join(old), " ".join(new)) for old, new in found[:_MOST_NAMED])


def _agreeing(alignment: Alignment) -> int:
    return sum(len(pair.equal) for pair in alignment.pairs)


def _equal(alignment: Alignment, kind: Kind) -> int:
    """Return how many words of a kind are equal."""
    return sum(pair.kinds.count(kind) for pair in alignment.pairs)


def _lost(new: CopyText, old: CopyText, alignment: Alignment) -> float:
    """Return the share of the shorter text's words that stand in sentences without a partner."""
    is_swapped = len(new.words) < len(old.words)
    lost = alignment.only_new if is_swapped else alignment.only_old
    return sum(len(each.words) for each in lost) / max(1, min(len(new.words), len(old.words)))


def _changes(new: CopyText, old: CopyText, alignment: Alignment) -> Changes:
    replaced = [(" ".join(gap.old), " ".join(gap.new)) for pair in alignment.pairs for gap in pair.gaps]
    return Changes(
        headline=None if new.headline.words == old.headline.words else (old.title, new.title),
        added=tuple(each.raw for each in alignment.only_new[:_MOST_LISTED]),
        left_out=tuple(each.raw for each in alignment.only_old[:_MOST_LISTED]),
        replaced=tuple(replaced[:_MOST_LISTED]),
    )


def _described(new: CopyText, old: CopyText, alignment: Alignment, changes: Changes) -> str:
    """Return why a text is a copy, in words."""
    if new.words == old.words:
        said = "the text is the same word for word"
    else:
        count = min(len(new.sentences), len(old.sentences))
        said = f"{alignment.same} of {count} sentences are the same"
        if changed := len(alignment.pairs) - alignment.same:
            said += f", {changed} {'is' if changed == 1 else 'are'} changed"
    for what, sentences in (("added", changes.added), ("left out", changes.left_out)):
        if sentences:
            said += f", {len(sentences)} {what}"
    return said + ("; the headline is new" if changes.headline else "")


def likeness(reason: str) -> Likeness | None:
    """Return what became of a text in a copy, by the reason that was stored for it; None where it does not say."""
    if "word for word" in reason:
        return Likeness.SAME
    if "the same facts" in reason:
        return Likeness.CHANGED
    if "sentences are the same" not in reason:
        return None
    has_more, has_less = (re.search(rf"\d {what}", reason) is not None for what in ("added", "left out"))
    if re.search(r"\d (?:is|are) changed", reason) or (has_more and has_less):
        return Likeness.CHANGED
    if has_more or has_less:
        return Likeness.EXTENDED if has_more else Likeness.SHORTENED
    return Likeness.SAME
