"""Add up what a story's mentions say of each region: how surely, how often and where it is named, as scene or as party.

Every mention adds to the scene and to the agency of its region, by what is named and what stands before the name: "in
Syria" is a scene, "Moscow, Ankara agree" are actors, a town that is no capital is a scene. What a town gets, its
division and its country get too. The numbers are in ``data/hand.tsv``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from syndicator.tag.gazetteer import NO_PLACE, Gazetteer, Kind, Place, Usage
from syndicator.tag.institutions import InstitutionMention
from syndicator.tag.mention import Span
from syndicator.tag.sense import DIVISIONS, Sense

_UNNAMED_BY_PEOPLE = 0.3  # of the probability that a people's name is no place, the part that it names no country
_FIRST = 300  # characters of the text that count as its beginning


class ResolvedMention(NamedTuple):
    """A place named in a story: where, which one."""

    span: Span
    sense: Sense
    is_dateline: bool

    @property
    def score(self) -> float:
        """The probability that a place is named, and this one."""
        return self.span.probability * self.sense.probability

    @property
    def certainty(self) -> float:
        """The probability that a country or place is named at all.

        The corpora that recognition is fitted to mark peoples as places now and then only: in "French troops",
        France is named more surely than a place.
        """
        probability = self.span.probability
        if self.sense.usage & Usage.DEMONYM:
            return 1 - (1 - probability) * _UNNAMED_BY_PEOPLE
        return probability

    @property
    def is_demonym(self) -> bool:
        """Whether the name is that of the place's people: Turkish, Syrians."""
        return bool(self.sense.usage & Usage.DEMONYM)

    @property
    def is_metonym(self) -> bool:
        """Whether the name is that of the place's government: the Kremlin."""
        return bool(self.sense.usage & Usage.METONYM)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFacts:
    """What was found in a story: places, institutions, the lengths of its title and text, its outlet's country."""

    mentions: Sequence[ResolvedMention]
    institutions: Sequence[InstitutionMention] = ()
    lengths: tuple[int, int]
    home: int | None = None

    @property
    def origins(self) -> list[ResolvedMention]:
        """The places of its dateline."""
        return [each for each in self.mentions if each.is_dateline]


@dataclass(slots=True)
class RegionEvidence:
    """What a story's mentions add up to for one region.

    ``kinds`` and ``manners`` say of a widest region what names it (a country's name, its people, a town …) and how (in,
    acts, object …). ``institutions`` stand for it; a region may have nothing else.
    """

    place: Place
    scene: float = 0.0
    agency: float = 0.0
    count: float = 0.0  # of mentions, each weighted with its score
    probabilities: dict[int, float] = field(default_factory=dict)  # that a name refers to it, by number of name
    mentions: list[ResolvedMention] = field(default_factory=list)
    institutions: tuple[InstitutionMention, ...] = ()
    kinds: set[str] = field(default_factory=set)
    manners: set[str] = field(default_factory=set)
    is_named: bool = False

    @property
    def weight(self) -> float:
        """How much the story is about the region, as scene or actor."""
        return self.scene + self.agency

    @property
    def score(self) -> float:
        """The probability that at least one of its names refers to it; repeating a name does not raise it."""
        probabilities = self.probabilities.values()
        if len(probabilities) == 1:
            return next(iter(probabilities))
        return 1 - math.prod([1 - probability for probability in probabilities])


def widest(place: Place, gazetteer: Gazetteer) -> int:
    """Return the number of the country, or of the other widest region, that a place is or lies in."""
    while place.parent != NO_PLACE:
        place = gazetteer.place[place.parent]
    return place.number


def add_up(
    mentions: Iterable[ResolvedMention], gazetteer: Gazetteer, weigh: Mapping[str, float]
) -> dict[int, RegionEvidence]:
    """Return the evidence for each region by the number of its place; ``weigh`` is the table of roles."""
    regions: dict[int, RegionEvidence] = {}
    for each in mentions:
        kind, manner = _kind_of(each.sense), _manner_of(each.span.cues)
        if kind == "division" and "rival" in each.span.cues:
            kind = "country"  # Scotland plays like one
        scene, agency = _scene_and_agency(each.span, kind, manner, weigh)
        own, name, certainty = each.sense.place, each.span.name.number, each.certainty
        place = own
        while True:
            region = regions.get(place.number)
            if region is None:
                region = regions[place.number] = RegionEvidence(place)
            is_country = place.parent == NO_PLACE and place.country == own.country
            score = certainty * (each.sense.in_country if is_country else each.sense.probability)
            region.scene += scene * score
            region.agency += agency * score
            region.count += score
            if score > region.probabilities.get(name, 0.0):
                region.probabilities[name] = score
            region.mentions.append(each)
            if place is own:
                region.is_named = True
            if place.parent == NO_PLACE:
                region.kinds.add(kind)
                region.manners.add(manner)
                if "organ" in each.span.cues:
                    region.manners.add("organ")
                break
            place = gazetteer.place[place.parent]
    return regions


def with_institutions(
    regions: Mapping[int, RegionEvidence], institutions: Iterable[InstitutionMention], gazetteer: Gazetteer
) -> dict[int, RegionEvidence]:
    """Return the evidence with institutions, also for countries that nothing else names."""
    found = dict(regions)
    for each in institutions:
        number = gazetteer.country(each.code)
        if number is not None:
            region = found.get(number) or RegionEvidence(gazetteer.place[number])
            found[number] = replace(region, institutions=(*region.institutions, each))
    return found


def _scene_and_agency(span: Span, kind: str, manner: str, weigh: Mapping[str, float]) -> tuple[float, float]:
    """Return how much a mention adds to the scene and to the agency of its place."""
    where = "title" if span.field == 0 else "first" if span.at < _FIRST else "rest"
    weight = weigh[where] * weigh[f"{kind}-worth"]
    scene = weigh[f"{kind}-{manner}"]
    return weight * scene, weight * (1 - scene)


def _kind_of(sense: Sense) -> str:
    place = sense.place
    if sense.usage & Usage.METONYM:
        return "government"
    if sense.usage & Usage.DEMONYM:
        return "people"
    if place.kind is Kind.COUNTRY:
        return "country"
    if place.kind is Kind.GROUP:
        return "group"
    if place.is_capital:
        return "capital"
    return "division" if place.kind in DIVISIONS else "place"


def _manner_of(cues: Sequence[str]) -> str:
    if "from" in cues:
        return "bare"
    if "in" in cues or "hyphen-after-based" in cues or "area-after" in cues:
        return "in"
    if "object" in cues:
        return "object"
    return "acts" if "acts-after" in cues or "said-after" in cues or "listed" in cues else "bare"
