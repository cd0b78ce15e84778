"""Decide whether one text is a copy of another, and what was changed. Pure.

How much two texts have in common decides little: a daily bulletin has more in common with yesterday's than a shortened
reprint with its original. What decides is what stands where they differ. Sentences are aligned with each other, and in
them words; where a number stands for another number, a day for another day or a name for another name, the texts are of
one mould and tell of different things. Sentences that were added, left out or moved change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from syndicator.ingest.copy_text import CopyText, Kind, Sentence, rare

__all__ = ["Changes", "Comparison", "CopyText", "compare"]

# Of the shorter text's shingles of three words, those that the other has as well.
_LEAST_CONTAINMENT = 0.4
# Of a sentence's pairs of words, those that make it the same sentence as another, changed.
_LEAST_ALIKE = 0.3
# Of the shorter text's words, those in sentences that the other has not.
_MOST_LOST = 0.3
# Names that stand for others, against those that are the same.
_MOST_NAMES = 0.2
# Words that must agree for a text to be more than a phrase that many stories have.
_LEAST_WORDS = 12
# Texts below are short items: one name in another's place is enough to tell two of a mould apart.
_SHORT = 40
_ITEM = 25
# Words of a text that agree and outweigh a number or name that the headline has in another's place.
_LONG = 60
_SURE = 0.9
# Headlines with at least this in common are one headline, changed.
_SAME_MOULD = 0.5
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether a text is a copy of another, the share of the shorter one that both have, and why, in words."""

    is_copy: bool
    containment: float
    reason: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Words of the old and the new sentence that stand in each other's place."""

    old: Sequence[str]
    new: Sequence[str]
    old_kinds: Sequence[Kind]
    new_kinds: Sequence[Kind]
    has_names: bool

    def of(self, kinds: Iterable[Kind]) -> tuple[list[str], list[str]]:
        """Return the words of some kinds that only the old, and only the new text has here."""
        wanted = frozenset(kinds)
        old = [word for word, kind in zip(self.old, self.old_kinds, strict=True) if kind in wanted]
        new = [word for word, kind in zip(self.new, self.new_kinds, strict=True) if kind in wanted]
        return [word for word in old if word not in new], [word for word in new if word not in old]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aligned:
    """Two sentences aligned: what is equal, by kind, and where they differ."""

    equal: Counter[Kind]
    equal_words: Sequence[str]
    gaps: Sequence[_Gap]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alignment:
    """Two texts aligned: pairs of sentences, and those that only one of them has."""

    pairs: Sequence[_Aligned]
    same: int
    only_old: Sequence[Sentence]
    only_new: Sequence[Sentence]


def compare(new: CopyText, old: CopyText) -> Comparison:
    """Compare a text with one that was there before."""
    if min(len(new.words), len(old.words)) < _ITEM and (found := _compare_items(new, old)):
        return found
    containment = _containment(new.words, old.words)
    if containment < _LEAST_CONTAINMENT:
        return _no_copy(containment, f"only {containment:.0%} of the words in a row are the same")
    alignment = _align(new.sentences, old.sentences)
    headline = _aligned(old.headline, new.headline)
    changes = _changes(new, old, alignment)
    reason = _conflict(alignment, new.language) or _headline_conflict(headline, new, old, alignment, containment)
    if reason is None and _lost(new, old, alignment) > _MOST_LOST:
        reason = "too many sentences are another's"
    if reason is None and _agreeing(alignment) < _LEAST_WORDS and new.words != old.words:
        reason = "too few words to tell a copy from a coincidence"
    if reason is not None:
        return Comparison(is_copy=False, containment=containment, reason=reason, changes=changes)
    return Comparison(
        is_copy=True, containment=containment, reason=_described(new, old, alignment, changes), changes=changes
    )


def _compare_items(new: CopyText, old: CopyText) -> Comparison | None:
    """Decide on short items by headline and text together; None where the texts alone may decide."""
    if _is_same_title(new, old) and _says_the_same(new, old):
        changes = _changes(new, old, _align(new.sentences, old.sentences))
        return Comparison(is_copy=True, containment=1.0, reason="the same headline and the same facts", changes=changes)
    if min(len(new.words), len(old.words)) < _LEAST_WORDS:
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


def _containment(new: Sequence[str], old: Sequence[str]) -> float:
    """Return the share of the shorter text's shingles of three words that the longer one has."""
    one, other = (set(zip(words, words[1:], words[2:], strict=False)) for words in (new, old))
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter else 0.0


def _align(new: Sequence[Sentence], old: Sequence[Sentence]) -> _Alignment:
    """Pair the sentences of the shorter text with those of the longer one that they have most in common with."""
    is_swapped = sum(len(each.words) for each in new) < sum(len(each.words) for each in old)
    short, long = (new, old) if is_swapped else (old, new)
    places: dict[tuple[str, str], list[int]] = {}
    for place, sentence in enumerate(long):
        for pair in pairwise(sentence.words):
            places.setdefault(pair, []).append(place)
    used: set[int] = set()
    pairs: list[tuple[Sentence, Sentence]] = []
    lost: list[Sentence] = []
    for sentence in short:
        partner = _partner(sentence, long, places, used)
        if partner is None:
            lost.append(sentence)
        else:
            used.add(partner)
            pairs.append((sentence, long[partner]))
    rest = [sentence for place, sentence in enumerate(long) if place not in used]
    return _Alignment(
        pairs=[_aligned(b, a) if is_swapped else _aligned(a, b) for a, b in pairs],
        same=sum(a.words == b.words for a, b in pairs),
        only_old=rest if is_swapped else lost,
        only_new=lost if is_swapped else rest,
    )


def _partner(
    sentence: Sentence, long: Sequence[Sentence], places: dict[tuple[str, str], list[int]], used: set[int]
) -> int | None:
    """Return the place of the sentence that another has most in common with: rather one without a partner."""
    if len(sentence.words) == 1:
        return next((n for n, each in enumerate(long) if each.words == sentence.words), None)
    shared = Counter(place for pair in set(pairwise(sentence.words)) for place in set(places.get(pair, ())))
    least = _LEAST_ALIKE * (len(sentence.words) - 1)
    found = [place for place, count in shared.items() if count >= least]
    return max(found, key=lambda place: (shared[place] - (place in used), -place), default=None)


def _aligned(old: Sentence, new: Sentence) -> _Aligned:
    if old.words == new.words:
        return _Aligned(equal=_kinds(old, range(len(old.words))), equal_words=old.words, gaps=())
    equal: list[int] = []
    gaps: list[_Gap] = []
    for start, end, new_start, new_end, is_equal in _blocks(old.words, new.words):
        if is_equal:
            equal.extend(range(start, end))
        else:
            gaps.append(
                _Gap(
                    old=old.words[start:end],
                    new=new.words[new_start:new_end],
                    old_kinds=old.kinds[start:end],
                    new_kinds=new.kinds[new_start:new_end],
                    has_names=old.has_names and new.has_names,
                )
            )
    return _Aligned(equal=_kinds(old, equal), equal_words=[old.words[place] for place in equal], gaps=gaps)


def _kinds(sentence: Sentence, places: Iterable[int]) -> Counter[Kind]:
    """Count some words by kind. The capital of a sentence's first word says nothing where that word is the same."""
    return Counter(
        Kind.WORD if not place and sentence.kinds[0] is Kind.NAME else sentence.kinds[place] for place in places
    )


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int, bool]]:
    """Yield ranges of words that are equal, and those between, as one each."""
    start = new_start = end = new_end = 0
    for step in Levenshtein.opcodes(old, new):
        if step.tag != "equal":
            end, new_end = step.src_end, step.dest_end
            continue
        if (start, new_start) != (end, new_end):
            yield start, end, new_start, new_end, False
        yield step.src_start, step.src_end, step.dest_start, step.dest_end, True
        start, new_start = end, new_end = step.src_end, step.dest_end
    if (start, new_start) != (end, new_end):
        yield start, end, new_start, new_end, False


def _conflict(alignment: _Alignment, language: str) -> str | None:
    """Return why two aligned texts tell of different things, if they do."""
    gaps = [gap for pair in alignment.pairs for gap in pair.gaps]
    for kind, named in ((Kind.NUMBER, "numbers"), (Kind.DAY, "days")):
        if found := _replaced(gaps, (kind,)):
            return f"the same mould, but other {named}: {found}"
    equal = sum((pair.equal for pair in alignment.pairs), Counter[Kind]())
    for kinds in ((Kind.PLACE,), (Kind.PLACE, Kind.NAME)):
        count = sum(min(map(len, gap.of(kinds))) for gap in gaps)
        if count > _MOST_NAMES * sum(equal[kind] for kind in kinds):
            return f"the same mould, but other names: {_replaced(gaps, kinds)}"
    return _single_name(gaps, alignment, language)


def _single_name(gaps: Sequence[_Gap], alignment: _Alignment, language: str) -> str | None:
    """Return the names that stand in each other's place, if that is all in which two short texts differ."""
    slots = {(tuple(gap.old), tuple(gap.new)) for gap in gaps}
    if len(slots) != 1 or _agreeing(alignment) >= _SHORT:
        return None
    ((old, new),) = slots
    kinds = (Kind.PLACE, Kind.NAME)
    is_named = all(gaps[0].of(kinds)) or (not gaps[0].has_names and rare(old, language) and rare(new, language))
    if not (old and new and is_named):
        return None
    return f"the same mould, but other names: {' '.join(old)} / {' '.join(new)}"


def _headline_conflict(
    headline: _Aligned, new: CopyText, old: CopyText, alignment: _Alignment, containment: float
) -> str | None:
    """Return what tells two headlines of one mould apart, unless the text outweighs it."""
    if not headline.gaps or (_agreeing(alignment) >= _LONG and containment >= _SURE):
        return None
    if len(headline.equal_words) < _SAME_MOULD * max(len(new.headline.words), len(old.headline.words)):
        return None
    found = _replaced(headline.gaps, (Kind.NUMBER,)) or _replaced(headline.gaps, (Kind.DAY,))
    found = found or _replaced(headline.gaps, (Kind.PLACE, Kind.NAME))
    if not found and not headline.gaps[0].has_names:
        language = new.language or "en"
        pairs = [(rare(gap.old, language), rare(gap.new, language)) for gap in headline.gaps]
        found = next((f"{' '.join(sorted(a))} / {' '.join(sorted(b))}" for a, b in pairs if a and b), None)
    return f"the same mould, but another headline: {found}" if found else None


def _replaced(gaps: Iterable[_Gap], kinds: tuple[Kind, ...]) -> str | None:
    """Return words of some kinds that stand in each other's place, or None."""
    found = [(old, new) for old, new in (gap.of(kinds) for gap in gaps) if old and new]
    shown = [f"{' '.join(old)} / {' '.join(new)}" for old, new in found[:_MOST_NAMED]]
    return ", ".join(shown) or None


def _agreeing(alignment: _Alignment) -> int:
    return sum(len(pair.equal_words) for pair in alignment.pairs)


def _lost(new: CopyText, old: CopyText, alignment: _Alignment) -> float:
    """Return the share of the shorter text's words that stand in sentences without a partner."""
    is_swapped = len(new.words) < len(old.words)
    lost = alignment.only_new if is_swapped else alignment.only_old
    return sum(len(each.words) for each in lost) / max(1, min(len(new.words), len(old.words)))


def _changes(new: CopyText, old: CopyText, alignment: _Alignment) -> Changes:
    replaced = [(" ".join(gap.old), " ".join(gap.new)) for pair in alignment.pairs for gap in pair.gaps]
    return Changes(
        headline=None if new.headline.words == old.headline.words else (old.title, new.title),
        added=tuple(each.raw for each in alignment.only_new[:_MOST_LISTED]),
        left_out=tuple(each.raw for each in alignment.only_old[:_MOST_LISTED]),
        replaced=tuple(replaced[:_MOST_LISTED]),
    )


def _described(new: CopyText, old: CopyText, alignment: _Alignment, changes: Changes) -> str:
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
