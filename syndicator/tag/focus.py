"""Score how likely a story is about a region, as its scene or as a party, from how the story names it.

A logistic regression over how often, how early, how surely and beside how many others a country is named; towns and
divisions count for their country. It is fitted (``make fit``) to wire stories whose countries an editor chose, cut to
the lengths that feeds have. How the outlet's country and institutions count is set by hand in ``data/hand.tsv``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from syndicator.tag.evidence import RegionEvidence, ResolvedMention
from syndicator.tag.gazetteer import NO_PLACE

_EARLY = 200.0  # characters within which being early decays to 1/e
_BEGINNING = 300  # characters: nothing in them is late
_LEAST_SCORE = 0.01
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
        widest = [region for region in regions if region.place.parent == NO_PLACE]
        title, text = lengths
        return cls(title=title, text=text, count=sum(region.count for region in widest), regions=len(widest))


def log_odds(region: RegionEvidence, shape: StoryShape, weigh: Mapping[str, float]) -> float:
    """Return how likely the story is about a country or other widest region, as the logarithm of odds."""
    return sum(weigh[feature] * value for feature, value in focus_features(region, shape))


def probability(log_odds: float) -> float:
    """Return the probability with these odds."""
    return 1 / (1 + math.exp(-log_odds))


def focus_features(region: RegionEvidence, shape: StoryShape) -> Iterator[tuple[str, float]]:
    """Yield the features of a region with their values."""
    first = min(region.mentions, key=_position)
    at = first.span.at if first.span.field else 0
    yield "bias", 1.0
    yield "certain", math.log(max(region.score, _LEAST_SCORE))
    yield "count", math.log(region.count + 0.5)
    yield "share", region.count / shape.count
    yield "early", math.exp(-at / _EARLY)
    yield "late", max(0.0, at - _BEGINNING) / max(shape.text, 1)
    yield "length", math.log(shape.text / 1000 + 0.1)
    yield "others", math.log(shape.regions)
    if shape.regions == 1:
        yield "alone", 1.0
    yield from ((manner, 1.0) for manner in region.manners)
    if not first.span.field and "in" in region.manners:
        yield "title-in", 1.0
    if region.kinds <= _PLACES:
        yield "place-only", 1.0
    elif len(region.kinds) == 1:
        yield f"{next(iter(region.kinds))}-only", 1.0


def _position(mention: ResolvedMention) -> tuple[int, int]:
    return mention.span.field, mention.span.at
