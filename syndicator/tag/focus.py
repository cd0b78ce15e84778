"""Choose the countries and other widest regions that a story is about, as its scene or as a party.

How likely a story is about a country is a logistic regression over how often, how early, how surely and beside how many
others it is named; towns and divisions count for their country. It is fitted (``make fit``) to wire stories whose
countries an editor chose, cut to the lengths that feeds have. What the outlet's country and institutions count for, and
from what probability on a story is about a country, is set by hand in ``data/hand.tsv``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from syndicator.tag.evidence import RegionEvidence, ResolvedMention, StoryFacts, with_institutions
from syndicator.tag.gazetteer import NO_PLACE, Gazetteer, Kind
from syndicator.tag.weights import weights

_EARLY = 200.0  # characters within which being early decays to 1/e
_BEGINNING = 300  # characters: nothing in them is late
_SHORT, _LONG = 400, 2000  # characters between which what is asked of a region grows
_SUMMARY = 1000  # characters from which it grows for one that leads: those of a long summary in a feed
_LEAST_SCORE = 0.01
_LEAST_LOG_ODDS = -50.0
_PLACES = frozenset(("capital", "place", "division"))


class Focus(NamedTuple):
    """What a story is about; all by number of place.

    ``main`` are the regions that it is about, ``likely`` tells how likely it is about each widest region. ``evidence``
    is that of all regions, with the institutions that count. ``home`` is the outlet's country if the story leads with
    no other.
    """

    main: frozenset[int]
    likely: Mapping[int, float]
    evidence: Mapping[int, RegionEvidence]
    home: int | None


def find_focus(story: StoryFacts, regions: Mapping[int, RegionEvidence], gazetteer: Gazetteer) -> Focus:
    """Return what a story is about; ``regions`` is the evidence of its places.

    It is about each region that is likely enough. If there is none, and no dateline, it is about the likeliest one;
    only then the outlet's country is likelier than others. The outlet's own institutions ("the government") count only
    in a story that leads with no other country.
    """
    weigh = weights("focus")
    shape = StoryShape.of(regions.values(), story.lengths)
    origins = frozenset(each.sense.place.country for each in story.origins)
    odds = _log_odds(regions, shape, origins, weigh)
    is_abroad = any(
        number != story.home and probability(each) >= weigh["least-abroad"] and _leads(regions[number])
        for number, each in odds.items()
    )
    institutions = [each for each in story.institutions if not (each.is_home and is_abroad)]
    if institutions:
        regions = with_institutions(regions, institutions, gazetteer)
        odds = _log_odds(regions, shape, origins, weigh)
    home = None if is_abroad else story.home
    main = _likely_enough(odds, regions, story, home, weigh)
    if not main and not story.origins:
        main = _likeliest(odds, regions, home, weigh)
    return Focus(main, {number: probability(each) for number, each in odds.items()}, regions, home)


def _likely_enough(
    odds: Mapping[int, float],
    regions: Mapping[int, RegionEvidence],
    story: StoryFacts,
    home: int | None,
    weigh: Mapping[str, float],
) -> frozenset[int]:
    """Return the regions that are likely enough; ``home`` is the outlet's country if no other leads.

    A short story has no room to name what it is not about, and one missed is worse than one too many. Less is asked of
    a region that the title or the beginning calls by its own name, be it the third party of a pact.
    """
    length = sum(story.lengths)
    growth = _growth(length, _SHORT)
    least = _between(weigh["least-short"], weigh["least"], growth)
    least_leading = min(least, _between(weigh["least-leading"], weigh["least"], _growth(length, _SUMMARY)))
    advance = (1 - growth) * weigh["home-named"]
    return frozenset(
        number
        for number, each in odds.items()
        if probability(each + (advance if number == story.home else 0.0))
        >= (least_leading if _leads_by_name(regions[number]) else least)
        and _is_sure(regions[number], home, weigh)
    )


def _log_odds(
    regions: Mapping[int, RegionEvidence], shape: StoryShape, origins: Collection[int], weigh: Mapping[str, float]
) -> dict[int, float]:
    """Return how likely the story is about each of its widest regions, as the logarithm of odds.

    One that it was written in, and names besides, is likelier: a correspondent goes where the story is.
    """
    found = {}
    for number, region in regions.items():
        if region.place.parent == NO_PLACE:
            odds = 0.0
            for feature, value in focus_features(region, shape):
                odds += weigh[feature] * value
            found[number] = odds + (weigh["datelined"] if number in origins else 0.0)
    return found


def _leads(region: RegionEvidence) -> bool:
    """Return whether a region is a country, and named in the title or at the beginning."""
    return region.place.kind is Kind.COUNTRY and any(map(_is_leading, region.mentions))


def _leads_by_name(region: RegionEvidence) -> bool:
    """Return whether a region is named by its own name, and no people's or town's, in the title or at the beginning."""
    return any(
        _is_leading(each) and each.sense.place.number == region.place.number and not each.is_demonym
        for each in region.mentions
    )


def _is_leading(mention: ResolvedMention) -> bool:
    return not mention.span.field or mention.span.at < _BEGINNING


def _is_sure(region: RegionEvidence, home: int | None, weigh: Mapping[str, float]) -> bool:
    """Return whether a region is surely enough named to be one of several.

    An unsure name will do for the outlet's country, and institutions of its own for others.
    """
    if region.score >= weigh["least-score"]:
        return True
    return bool(region.mentions if region.place.number == home else region.institutions)


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share


def _growth(length: int, short: int) -> float:
    """Return where a story of so many characters lies between a short one, 0, and a long one, 1."""
    return min(1.0, math.log(max(length, short) / short) / math.log(_LONG / short))


def _likeliest(
    odds: Mapping[int, float], regions: Mapping[int, RegionEvidence], home: int | None, weigh: Mapping[str, float]
) -> frozenset[int]:
    """Return what a story without a clear focus is about: the likeliest region, if any, and those close to it.

    A group, a sea or a mountain range is the last resort: they are often part of a name.
    """
    with_home = {
        number: each + (weigh["home"] if number == home else 0.0)
        for number, each in odds.items()
        if number == home or regions[number].institutions or regions[number].score >= weigh["least-score"]
    }
    countries = {number: each for number, each in with_home.items() if regions[number].place.kind is Kind.COUNTRY}
    for candidates in (countries, with_home):
        if candidates:
            first = max(candidates, key=candidates.__getitem__)
            least = weigh["least-first" if regions[first].mentions else "least-unnamed"]
            if probability(candidates[first]) >= least:
                close = candidates[first] - weigh["close"]
                return frozenset(number for number, each in candidates.items() if each >= close)
    return frozenset()


def probability(log_odds: float) -> float:
    """Return the probability with these odds."""
    return 1 / (1 + math.exp(-max(log_odds, _LEAST_LOG_ODDS)))


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


def focus_features(region: RegionEvidence, shape: StoryShape) -> list[tuple[str, float]]:
    """Return the features of a region with their values."""
    found = _named_features(region, shape) if region.mentions else []
    if region.institutions:
        found += _institution_features(region, shape)
    return found


def _institution_features(region: RegionEvidence, shape: StoryShape) -> Iterator[tuple[str, float]]:
    yield "institutions", math.log1p(len(region.institutions))
    if not region.mentions:
        first = min(region.institutions, key=lambda each: (each.field, each.at))
        yield "unnamed", 1.0
        is_home = all(each.is_home for each in region.institutions)
        yield "home-others" if is_home else "unnamed-others", math.log1p(shape.regions)
        yield "early", _early(first.field, first.at)


def _named_features(region: RegionEvidence, shape: StoryShape) -> list[tuple[str, float]]:
    first = region.mentions[0].span  # they are in the order of the story
    found = [
        ("bias", 1.0),
        ("certain", math.log(max(region.score, _LEAST_SCORE))),
        ("count", math.log(region.count + 0.5)),
        ("share", region.count / shape.count),
        ("early", _early(first.field, first.at)),
        ("late", max(0.0, first.at - _BEGINNING) / shape.text if first.field else 0.0),
        ("length", math.log(shape.text / 1000 + 0.1)),
        ("others", math.log(shape.regions)),
    ]
    if shape.regions == 1:
        found.append(("alone", 1.0))
    found += [(manner, 1.0) for manner in sorted(region.manners)]  # the last digit of a sum depends on its order
    if not first.field and "in" in region.manners:
        found.append(("title-in", 1.0))
    if region.kinds <= _PLACES:
        found.append(("place-only", 1.0))
    elif len(region.kinds) == 1:
        found.append((f"{next(iter(region.kinds))}-only", 1.0))
    return found


def _early(field: int, at: int) -> float:
    return math.exp(-at / _EARLY) if field else 1.0
