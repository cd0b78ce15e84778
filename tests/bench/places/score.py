"""The measures: precision, recall and F1 of places found; how near and in which country they are put."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from syndicator.tag.gazetteer import Gazetteer
from syndicator.tag.name import Name
from syndicator.tag.region import PLACE_THRESHOLD
from tests.bench.places.corpora import Story
from tests.bench.places.learn import NEAR, ResolutionCase, Seen

_FARTHEST = 20_000.0  # kilometres: half around the earth, where there are no coordinates


class Found(NamedTuple):
    """Counts of places found, right and wrong."""

    right: int
    found: int
    gold: int

    def __str__(self) -> str:
        """Return precision, recall and F1 as text."""
        precision, recall = self.right / max(1, self.found), self.right / max(1, self.gold)
        both = 2 * precision * recall / max(1e-9, precision + recall)
        return f"P {precision:.3f}  R {recall:.3f}  F1 {both:.3f}"


def recognition(stories: Sequence[Story], seen: Sequence[Sequence[Seen]], likely: float = PLACE_THRESHOLD) -> Found:
    """Count names taken for places; each gold place is hit once at most."""
    right = found = 0
    for names in seen:
        taken = [each for each in names if each.span.probability >= likely]
        found += len(taken)
        right += len({(each.gold.start, each.gold.phrase) for each in taken if each.gold})
    return Found(right, found, sum(len(story.gold) for story in stories))


class Put(NamedTuple):
    """How near to the gold places were put."""

    near: float
    country: float | None
    mean: float
    median: float
    size: int

    def __str__(self) -> str:
        """Return the line of the table."""
        country = "     -" if self.country is None else f"{self.country:.3f}"
        return (
            f"Acc@161 {self.near:.3f}  country {country}  mean {self.mean:4.0f} km  median {self.median:3.0f} km"
            f"  ({self.size} matched)"
        )


Decide = Callable[[ResolutionCase], int]


def resolution(given: Iterable[ResolutionCase], decide: Decide, gazetteer: Gazetteer) -> Put:
    """Measure the candidates that ``decide`` chooses."""
    far: list[float] = []
    country: list[bool] = []
    for case in given:
        number = decide(case)
        far.append(min(case.distances[number], _FARTHEST))
        if case.gold.country:
            country.append(gazetteer.code(case.candidates[number].place.country) == case.gold.country)
    near = sum(each < NEAR for each in far) / max(1, len(far))
    share = sum(country) / len(country) if country else None
    return Put(near, share, statistics.fmean(far), statistics.median(far), len(far))


def most_populous(case: ResolutionCase) -> int:
    """Decide for the most peopled candidate: the baseline."""
    return max(range(len(case.candidates)), key=lambda number: case.candidates[number].place.population)


def by_weights(table: dict[str, float]) -> Decide:
    """Decide by weights."""

    def decide(case: ResolutionCase) -> int:
        scores = [sum(table.get(name, 0.0) * value for name, value in each.items()) for each in case.features]
        return max(range(len(scores)), key=scores.__getitem__)

    return decide


def misses(stories: Sequence[Story], seen: Sequence[Sequence[Seen]]) -> tuple[Counter[str], Counter[str]]:
    """Count false negatives and false positives by kind."""
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for story, names in zip(stories, seen, strict=True):
        by_start = {each.span.at: each for each in names}
        taken = {
            (each.gold.start, each.gold.phrase)
            for each in names
            if each.gold and each.span.probability >= PLACE_THRESHOLD
        }
        for gold in story.gold:
            if (gold.start, gold.phrase) not in taken:
                missed[_kind_of_miss(by_start.get(gold.start), gold.phrase)] += 1
        for each in names:
            if each.span.probability >= PLACE_THRESHOLD and each.gold is None:
                wrong[_kind_of_name(each.span.name, story, each)] += 1
    return missed, wrong


def _kind_of_miss(there: Seen | None, phrase: str) -> str:
    if there is None:
        return "not in the gazetteer"
    if there.gold is None:
        return "other bounds"
    features = {*there.span.name.features, *there.span.cues}
    for kind, marks in _KINDS:
        if features & marks:
            return kind
    return "rejected"


_KINDS = (
    ("like a person", frozenset(("person", "person-strong", "first-name-before", "surname-after", "surname"))),
    ("demonym", frozenset(("people",))),
    ("a common word", frozenset(("word", "word-large", "stop", "generic"))),
    ("part of a longer name", frozenset(("capital-before", "capital-after", "org-after", "street-after", "place-beside"))),
)  # fmt: skip


def _kind_of_name(name: Name, story: Story, each: Seen) -> str:
    if any(gold.start <= each.span.at < gold.start + len(gold.phrase) for gold in story.gold):
        return "other bounds"
    if any(gold.phrase == each.phrase for gold in story.gold):
        return "gold elsewhere in the story"
    features = {*name.features, *each.span.cues}
    for kind, marks in _KINDS:
        if features & marks:
            return kind
    return "country or region that is not marked" if "country" in features else "other"


def calibration(seen: Iterable[Seen], steps: int = 5) -> list[tuple[float, float, int]]:
    """Return mean probability, share of places and size for mentions in each fifth of the scale."""
    bins: list[list[Seen]] = [[] for _ in range(steps)]
    for each in seen:
        bins[min(steps - 1, math.floor(each.span.probability * steps))].append(each)
    return [
        (statistics.fmean(each.span.probability for each in group), sum(bool(each.gold) for each in group) / len(group), len(group))
        for group in bins
        if group
    ]  # fmt: skip
