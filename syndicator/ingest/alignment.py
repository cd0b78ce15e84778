"""Align two texts: sentence by sentence, and in each word by word. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from syndicator.ingest.copy_text import Kind, Sentence

# Of a sentence's pairs of words, those that make it the same sentence as another, changed.
_LEAST_ALIKE = 0.3
# Sentences that a pair of words is looked for in: what stands in more tells none of them.
_MOST_PLACES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
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
class AlignedPair:
    """Two sentences aligned: the words that are equal, their kinds, and where the sentences differ."""

    equal: Sequence[str]
    kinds: Sequence[Kind]
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Two texts aligned: pairs of sentences, and those that only one of them has."""

    pairs: Sequence[AlignedPair]
    same: int
    only_old: Sequence[Sentence]
    only_new: Sequence[Sentence]


def align(new: Sequence[Sentence], old: Sequence[Sentence]) -> Alignment:
    """Pair the sentences of the shorter text with those of the longer one that they have most in common with."""
    if [each.words for each in new] == [each.words for each in old]:
        return Alignment(pairs=list(map(aligned, old, new)), same=len(new), only_old=(), only_new=())
    is_swapped = sum(len(each.words) for each in new) < sum(len(each.words) for each in old)
    short, long = (new, old) if is_swapped else (old, new)
    places: dict[tuple[str, str], list[int]] = {}
    for place, sentence in enumerate(long):
        for pair in _pairs(sentence):
            found = places.setdefault(pair, [])
            if len(found) < _MOST_PLACES:
                found.append(place)
    used: set[int] = set()
    pairs: list[tuple[Sentence, Sentence]] = []
    lost: list[Sentence] = []
    for sentence in short:
        partner = _partner(sentence, places, used)
        if partner is None:
            lost.append(sentence)
        else:
            used.add(partner)
            pairs.append((sentence, long[partner]))
    rest = [sentence for place, sentence in enumerate(long) if place not in used]
    return Alignment(
        pairs=[aligned(b, a) if is_swapped else aligned(a, b) for a, b in pairs],
        same=sum(a.words == b.words for a, b in pairs),
        only_old=rest if is_swapped else lost,
        only_new=lost if is_swapped else rest,
    )


def _partner(sentence: Sentence, places: dict[tuple[str, str], list[int]], used: set[int]) -> int | None:
    """Return the place of the sentence that another has most in common with: rather one without a partner."""
    pairs = _pairs(sentence)
    shared = Counter(place for pair in pairs for place in places.get(pair, ()))
    found = [place for place, count in shared.items() if count >= _LEAST_ALIKE * len(pairs)]
    return max(found, key=lambda place: (shared[place] - (place in used), -place), default=None)


def _pairs(sentence: Sentence) -> set[tuple[str, str]]:
    """Return the pairs of words in a row; a word alone is one."""
    words = sentence.words
    return set(pairwise(words)) if len(words) > 1 else {(words[0], "")}


def aligned(old: Sentence, new: Sentence) -> AlignedPair:
    """Align the words of two sentences."""
    if old.words == new.words:
        return AlignedPair(equal=old.words, kinds=old.kinds, gaps=())
    equal: list[int] = []
    gaps: list[Gap] = []
    for start, end, new_start, new_end, is_equal in _blocks(old.words, new.words):
        if is_equal:
            equal.extend(range(start, end))
        else:
            gaps.append(
                Gap(
                    old=old.words[start:end],
                    new=new.words[new_start:new_end],
                    old_kinds=old.kinds[start:end],
                    new_kinds=new.kinds[new_start:new_end],
                    has_names=old.has_names and new.has_names,
                )
            )
    words, kinds = old.words, old.kinds
    return AlignedPair(equal=[words[place] for place in equal], kinds=[kinds[place] for place in equal], gaps=gaps)


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
