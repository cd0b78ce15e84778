"""Assign a role to each region of a story: about (the scene), actor (a government or people), dateline, mention.

A country or other widest region has a role if the story is likely about it (``focus``). Whether it is the scene or a
party is told by what is named and how (``evidence``). Where no region is likely enough, the likeliest one is what the
story is about; where none is named, that is the dateline's. All numbers are in ``data/weights.tsv`` and ``hand.tsv``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from syndicator.tag.evidence import RegionEvidence, ResolvedMention, add_institutions, add_up, with_parents
from syndicator.tag.focus import StoryShape, log_odds, probability
from syndicator.tag.gazetteer import NO_PLACE, Gazetteer, Place
from syndicator.tag.institutions import InstitutionMention
from syndicator.tag.weights import weights

Siblings = tuple[int, int]  # the country and the parent that places share
SHORT = 300  # characters: a shorter story has no room to name what it is not about


class Role(StrEnum):
    """The role of a region in a story."""

    ABOUT = "about"
    ACTOR = "actor"
    DATELINE = "dateline"
    MENTION = "mention"
    OUTLET = "outlet"


class Extent(NamedTuple):
    """Characters ``at`` to ``to``, end exclusive, of the text with index ``field``."""

    field: int
    at: int
    to: int


class RegionRole(NamedTuple):
    """A region with its role, and the words that it rests on.

    ``score`` is the probability that the story names it at all, ``focus`` the probability that the story is about the
    country or group that it is or lies in.
    """

    place: Place
    role: Role
    score: float
    focus: float
    words: Sequence[Extent]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFacts:
    """What roles are assigned by: places and institutions found, lengths of title and text, the outlet's country."""

    mentions: Sequence[ResolvedMention]
    institutions: Sequence[InstitutionMention] = ()
    lengths: tuple[int, int]
    home: int | None = None


def assign_roles(story: StoryFacts, gazetteer: Gazetteer) -> list[RegionRole]:
    """Return the regions of a story with their roles, the likeliest that it is about first, datelines last."""
    weigh = weights("role")
    regions = add_up((each for each in story.mentions if not each.is_dateline), gazetteer, weigh)
    shape = StoryShape.of(regions.values(), story.lengths)
    is_abroad = _is_abroad(_likely(regions, shape), story.home)
    add_institutions(regions, (each for each in story.institutions if not (each.is_home and is_abroad)), gazetteer)
    origins = [each for each in story.mentions if each.is_dateline]
    likely = _likely(regions, shape)
    main = _main_regions(likely, regions, story, has_dateline=bool(origins))
    scenes = _scenes([regions[number] for number in main], weigh)
    largest = _largest_scenes(regions.values())
    assigned: list[RegionRole] = []
    for number, region in regions.items():
        *_, widest = with_parents(region.place, gazetteer)
        role = Role.MENTION
        if number in main:
            role = Role.ABOUT if number in scenes else Role.ACTOR
        elif widest.number in scenes and _is_part_of_scene(region, largest[region.place.country, widest.number], weigh):
            role = Role.ABOUT
        if role is not Role.MENTION or region.is_named or (number == widest.number and region.mentions):
            focus = probability(likely[widest.number])
            score = region.score if region.mentions else focus
            assigned.append(RegionRole(region.place, role, score, focus, _words(region)))
    assigned.sort(key=lambda each: (-each.focus, -regions[each.place.number].weight))
    return assigned + list(_of_datelines(origins, gazetteer, is_focus=not main))


def _words(region: RegionEvidence) -> list[Extent]:
    named = [Extent(each.span.field, each.span.at, each.span.to) for each in region.mentions]
    return named or [Extent(each.field, each.at, each.to) for each in region.institutions]


def _likely(regions: Mapping[int, RegionEvidence], shape: StoryShape) -> dict[int, float]:
    """Return, of each of a story's widest regions, how likely the story is about it, as the logarithm of odds."""
    weigh = weights("focus")
    return {
        number: log_odds(region, shape, weigh) for number, region in regions.items() if region.place.parent == NO_PLACE
    }


def _is_abroad(likely: Mapping[int, float], home: int | None) -> bool:
    """Return whether a story leads with another country than its outlet's: its government may be that country's."""
    others = (odds for number, odds in likely.items() if number != home)
    return probability(max(others, default=-math.inf)) >= weights("focus")["least-abroad"]


def _main_regions(
    likely: Mapping[int, float], regions: Mapping[int, RegionEvidence], story: StoryFacts, *, has_dateline: bool
) -> frozenset[int]:
    """Return the regions that the story is about.

    The outlet's country, where only "the government" and the like stand for it, is one if there is no other.
    """
    weigh = weights("focus")
    least = weigh["least" if sum(story.lengths) >= SHORT else "least-short"]
    main = frozenset(
        number
        for number, odds in likely.items()
        if probability(odds) >= least and (regions[number].mentions or number != story.home)
    )
    if main or has_dateline:
        return main
    return _likeliest(likely, regions, None if _is_abroad(likely, story.home) else story.home)


def _likeliest(likely: Mapping[int, float], regions: Mapping[int, RegionEvidence], home: int | None) -> frozenset[int]:
    """Return the region that a story without a clear one is about, if any; only here, ``home`` is likelier."""
    weigh = weights("focus")
    odds = {number: odds + (weigh["home"] if number == home else 0.0) for number, odds in likely.items()}
    first = max(odds, key=odds.__getitem__, default=None)
    if first is None:
        return frozenset()
    least = weigh["least-first" if regions[first].mentions else "least"]
    return frozenset((first,)) if probability(odds[first]) >= least else frozenset()


def _of_datelines(origins: Iterable[ResolvedMention], gazetteer: Gazetteer, *, is_focus: bool) -> Iterator[RegionRole]:
    """Yield the regions where a story was written; one that is about nothing else is about them, too."""
    for each in origins:
        words = [Extent(each.span.field, each.span.at, each.span.to)]
        for place in with_parents(each.sense.place, gazetteer):
            score = each.score_of(place)
            if is_focus:
                yield RegionRole(place, Role.ABOUT, score, score, words)
            yield RegionRole(place, Role.DATELINE, score, score, words)


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


def _is_part_of_scene(region: RegionEvidence, largest: float, weigh: Mapping[str, float]) -> bool:
    """Return whether a place within a scene is the scene too; ``largest`` is the largest scene among its divisions."""
    return region.place.parent != NO_PLACE and region.scene > 0 and region.scene >= weigh["scene-share"] * largest


def _largest_scenes(regions: Iterable[RegionEvidence]) -> dict[Siblings, float]:
    largest: dict[Siblings, float] = defaultdict(float)
    for region in regions:
        siblings = (region.place.country, region.place.parent)
        largest[siblings] = max(largest[siblings], region.scene)
    return largest
