"""Score how likely a story is about a region, as its scene or as a party, from how the story names it.

A logistic regression over how often, how early, how surely and beside how many others a country is named; towns and
divisions count for their country. It is fitted (``make fit``) to wire stories whose countries an editor chose, cut to
the lengths that feeds have. How the outlet's country and institutions count is set by hand in ``data/hand.tsv``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from syndicator.tag.evidence import RegionEvidence
from syndicator.tag.gazetteer import NO_PLACE

_EARLY = 200.0  # characters within which being early decays to 1/e
_BEGINNING = 300  # characters: nothing in them is late
_LEAST_SCORE = 0.01
_LEAST_LOG_ODDS = -50.0
_PLACES = frozenset(("capital", "place", "division"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryShape:
    """What a region's naming is measured by: lengths in characters, and how much the story names all its countries."""

    title: int
    text: int
    count: float
    regions: int

    @classmethod
    def of(cls, regions: Collection[RegionEvidence], lengths: tuple[int, int]) -> StoryShape:
        """Return the shape of a story with ``regions``; ``lengths`` are those of its title and text."""
        widest = [region for region in regions if region.place.parent == NO_PLACE and region.mentions]
        title, text = lengths
        return cls(title=title, text=text, count=sum(region.count for region in widest), regions=len(widest))


def log_odds(region: RegionEvidence, shape: StoryShape, weigh: Mapping[str, float]) -> float:
    """Return how likely the story is about a country or other widest region, as the logarithm of odds."""
    return sum(weigh[feature] * value for feature, value in focus_features(region, shape))


def probability(log_odds: float) -> float:
    """Return the probability with these odds."""
    return 1 / (1 + math.exp(-max(log_odds, _LEAST_LOG_ODDS)))


def focus_features(region: RegionEvidence, shape: StoryShape) -> Iterator[tuple[str, float]]:
    """Yield the features of a region with their values."""
    if region.institutions:
        yield from _institution_features(region, shape)
    if region.mentions:
        yield from _named_features(region, shape)


def _institution_features(region: RegionEvidence, shape: StoryShape) -> Iterator[tuple[str, float]]:
    yield "institutions", math.log1p(len(region.institutions))
    if not region.mentions:
        first = min(region.institutions, key=lambda each: (each.field, each.at))
        yield "unnamed", 1.0
        is_home = all(each.is_home for each in region.institutions)
        yield "home-others" if is_home else "unnamed-others", math.log1p(shape.regions)
        yield "early", _early(first.field, first.at)


def _named_features(region: RegionEvidence, shape: StoryShape) -> Iterator[tuple[str, float]]:
    first = min((each.span for each in region.mentions), key=lambda span: (span.field, span.at))
    yield "bias", 1.0
    yield "certain", math.log(max(region.score, _LEAST_SCORE))
    yield "count", math.log(region.count + 0.5)
    yield "share", region.count / shape.count
    yield "early", _early(first.field, first.at)
    yield "late", max(0.0, first.at - _BEGINNING) / shape.text if first.field else 0.0
    yield "length", math.log(shape.text / 1000 + 0.1)
    yield "others", math.log(shape.regions)
    if shape.regions == 1:
        yield "alone", 1.0
    yield from ((manner, 1.0) for manner in region.manners)
    if not first.field and "in" in region.manners:
        yield "title-in", 1.0
    if region.kinds <= _PLACES:
        yield "place-only", 1.0
    elif len(region.kinds) == 1:
        yield f"{next(iter(region.kinds))}-only", 1.0


def _early(field: int, at: int) -> float:
    return math.exp(-at / _EARLY) if field else 1.0
