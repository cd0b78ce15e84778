"""Assign a role to each region of a story: about (the scene), actor (a government or people), dateline, mention.

Every mention adds to the scene and to the agency of its region, by what is named and what stands before the name: "in
Syria" is a scene, "Moscow, Ankara agree" are actors, a town that is no capital is a scene. Titles and first sentences
count more. What a town gets, its division and its country get too. All numbers are in ``data/hand.tsv``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from syndicator.tag.gazetteer import NO_PLACE, Gazetteer, Kind, Place, Usage
from syndicator.tag.mention import Span
from syndicator.tag.sense import DIVISIONS, Sense
from syndicator.tag.weights import weights

Siblings = tuple[int, int]  # the country and the parent that places share
_FIRST = 300  # characters of the text that count as its beginning
SHORT_TEXT = 300  # characters: in a shorter text a single mention is enough for a role


class Role(StrEnum):
    """The role of a region in a story."""

    ABOUT = "about"
    ACTOR = "actor"
    DATELINE = "dateline"
    MENTION = "mention"
    OUTLET = "outlet"


class ResolvedMention(NamedTuple):
    """A place named in a story: where, which one; ``score`` is the probability of both."""

    span: Span
    sense: Sense
    score: float
    is_dateline: bool

    @property
    def is_demonym(self) -> bool:
        """Whether the name is that of the place's people: Turkish, Syrians."""
        return bool(self.sense.usage & Usage.DEMONYM)

    @property
    def is_metonym(self) -> bool:
        """Whether the name is that of the place's government: the Kremlin."""
        return bool(self.sense.usage & Usage.METONYM)


@dataclass(slots=True)
class RegionEvidence:
    """What a story's mentions add up to for one region."""

    place: Place
    scene: float = 0.0
    agency: float = 0.0
    probabilities: dict[int, float] = field(default_factory=dict)  # that a name refers to it, by number of name
    mentions: list[ResolvedMention] = field(default_factory=list)
    is_named: bool = False

    @property
    def weight(self) -> float:
        """How much the story is about the region, as scene or actor."""
        return self.scene + self.agency

    @property
    def score(self) -> float:
        """The probability that at least one of its names refers to it; repeating a name does not raise it."""
        return 1 - math.prod(1 - probability for probability in self.probabilities.values())


class RegionRole(NamedTuple):
    """A region with its role; ``score`` is the probability that the story names it at all."""

    place: Place
    role: Role
    score: float
    mentions: Sequence[ResolvedMention]


def assign_roles(
    mentions: Sequence[ResolvedMention], gazetteer: Gazetteer, length: int = SHORT_TEXT
) -> list[RegionRole]:
    """Return the regions of a story with their roles, the weightiest first, datelines last.

    ``length`` is that of the text without its title, in characters.
    """
    weigh = weights("role")
    regions = _add_up((each for each in mentions if not each.is_dateline), gazetteer, weigh)
    main = _main_regions(regions, length, weigh)
    scenes = _scenes([regions[number] for number in main], weigh)
    largest = _largest_scenes(regions.values())
    assigned = []
    for number, region in sorted(regions.items(), key=_weightiest_first):
        role = Role.MENTION
        if number in main:
            role = Role.ABOUT if number in scenes else Role.ACTOR
        elif _is_part_of_scene(region, largest, scenes, gazetteer, weigh):
            role = Role.ABOUT
        if region.is_named or region.place.parent == NO_PLACE or role is not Role.MENTION:
            assigned.append(RegionRole(region.place, role, region.score, region.mentions))
    for each in mentions:
        if each.is_dateline:
            places = _with_parents(each.sense.place, gazetteer)
            assigned += [RegionRole(place, Role.DATELINE, each.score, [each]) for place in places]
    return assigned


def _with_parents(place: Place, gazetteer: Gazetteer) -> Iterator[Place]:
    """Yield a place and all that contain it, the country last."""
    yield place
    while place.parent != NO_PLACE:
        place = gazetteer.place[place.parent]
        yield place


def _add_up(
    mentions: Iterable[ResolvedMention], gazetteer: Gazetteer, weigh: Mapping[str, float]
) -> dict[int, RegionEvidence]:
    regions: dict[int, RegionEvidence] = {}
    for each in mentions:
        scene, agency = _scene_and_agency(each, weigh)
        for place in _with_parents(each.sense.place, gazetteer):
            region = regions.get(place.number)
            if region is None:
                region = regions[place.number] = RegionEvidence(place)
            region.scene += scene * each.score
            region.agency += agency * each.score
            name = each.span.name.number
            region.probabilities[name] = max(each.score, region.probabilities.get(name, 0.0))
            region.mentions.append(each)
            region.is_named |= place.number == each.sense.place.number
    return regions


def _scene_and_agency(mention: ResolvedMention, weigh: Mapping[str, float]) -> tuple[float, float]:
    """Return how much a mention adds to the scene and to the agency of its place."""
    span = mention.span
    kind = _kind_of(mention.sense)
    where = "title" if span.field == 0 else "first" if span.at < _FIRST else "rest"
    weight = weigh[where] * weigh[f"{kind}-worth"]
    scene = weigh[f"{kind}-{_manner_of(span.cues)}"]
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


def _main_regions(regions: Mapping[int, RegionEvidence], length: int, weigh: Mapping[str, float]) -> frozenset[int]:
    """Return the countries and other widest regions with enough weight for a role."""
    totals = {number: region.weight for number, region in regions.items() if region.place.parent == NO_PLACE}
    least = weigh["least" if length >= SHORT_TEXT else "least-short"]
    least = max(least, weigh["least-share"] * max(totals.values(), default=0.0))
    return frozenset(number for number, total in totals.items() if total >= least)


def _scenes(main: Sequence[RegionEvidence], weigh: Mapping[str, float]) -> frozenset[int]:
    """Return those of the main regions that are the scene. One that outweighs all others is, even if it acts."""
    most = max((region.scene for region in main), default=0.0)
    scenes = frozenset(
        region.place.number
        for region in main
        if region.scene >= weigh["scene-share"] * most and region.scene >= weigh["scene-part"] * region.weight
    )
    if scenes or not main:
        return scenes
    total = sum(region.weight for region in main)
    first = max(main, key=lambda region: region.weight)
    is_alone = first.weight >= weigh["alone"] * total
    return frozenset({first.place.number}) if is_alone else scenes


def _is_part_of_scene(
    region: RegionEvidence,
    largest: Mapping[Siblings, float],
    scenes: frozenset[int],
    gazetteer: Gazetteer,
    weigh: Mapping[str, float],
) -> bool:
    """Return whether a place within a scene is the scene too, and not only mentioned.

    ``largest`` has the largest scene among places with the same parent.
    """
    if region.place.parent == NO_PLACE:
        return False
    *_, widest = _with_parents(region.place, gazetteer)
    if widest.number not in scenes:
        return False
    most = largest.get((region.place.country, widest.number), 0.0)
    return region.scene >= weigh["scene-share"] * most and region.scene > 0


def _largest_scenes(regions: Iterable[RegionEvidence]) -> dict[Siblings, float]:
    largest: dict[Siblings, float] = defaultdict(float)
    for region in regions:
        siblings = (region.place.country, region.place.parent)
        largest[siblings] = max(largest[siblings], region.scene)
    return largest


def _weightiest_first(item: tuple[int, RegionEvidence]) -> float:
    return -item[1].weight
