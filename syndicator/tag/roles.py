"""Assign a role to each region of a story: about (the scene), actor (a government or people), dateline, mention.

A country or other widest region has a role if the story is about it (``focus``). Whether it is the scene or a party is
told by what is named and how (``evidence``). A story that is about no region named is about its dateline's. All numbers
are in ``data/weights.tsv`` and ``data/hand.tsv``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from syndicator.tag.evidence import RegionEvidence, ResolvedMention, StoryFacts, add_up, widest
from syndicator.tag.focus import find_focus
from syndicator.tag.gazetteer import NO_PLACE, Gazetteer, Place
from syndicator.tag.institutions import InstitutionMention
from syndicator.tag.weights import weights

_PARTIES = frozenset(("people", "government", "capital"))  # what names who acts
Siblings = tuple[int, int]  # the country and the parent that places share


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
    """A region with its role, and what it rests on.

    ``score`` is the probability that the story names it at all, ``focus`` the probability that the story is about the
    country or group that it is or lies in.
    """

    place: Place
    role: Role
    score: float
    focus: float
    mentions: Sequence[ResolvedMention]
    institutions: Sequence[InstitutionMention] = ()

    def words(self, most: int | None = None) -> list[Extent]:
        """Return the names of the region, or if there are none, of what stands for it; ``most`` of them at most."""
        if self.mentions:
            return [Extent(each.span.field, each.span.at, each.span.to) for each in self.mentions[:most]]
        return [Extent(each.field, each.at, each.to) for each in self.institutions[:most]]


def assign_roles(story: StoryFacts, gazetteer: Gazetteer) -> list[RegionRole]:
    """Return the regions of a story with their roles, the likeliest that it is about first, datelines last."""
    weigh = weights("role")
    places = add_up([each for each in story.mentions if not each.is_dateline], gazetteer, weigh)
    focus = find_focus(story, places, gazetteer)
    regions = focus.evidence
    scenes = _scenes([regions[number] for number in focus.main], weigh)
    largest = _largest_scenes(regions.values())
    assigned: list[RegionRole] = []
    for number, region in regions.items():
        holder = widest(region.place, gazetteer)
        role = Role.MENTION
        if number in focus.main:
            role = Role.ABOUT if number in scenes else Role.ACTOR
        elif holder in scenes and _is_part_of_scene(region, largest[region.place.country, holder], weigh):
            role = Role.ABOUT
        if role is not Role.MENTION or region.is_named or (number == holder and region.mentions):
            likely = focus.likely[holder]
            score = max(region.score, likely) if region.institutions else region.score
            if number == focus.home and role is not Role.MENTION:  # most stories of an outlet are of its country
                score = 1 - (1 - score) * (1 - weigh["home-prior"])
            assigned.append(RegionRole(region.place, role, score, likely, region.mentions, region.institutions))
    assigned.sort(key=lambda each: (-each.focus, -regions[each.place.number].weight))
    if story.origins:
        origins = add_up(story.origins, gazetteer, weigh)
        assigned += _of_datelines(origins.values(), is_focus=not focus.main)
    return assigned


def _of_datelines(regions: Iterable[RegionEvidence], *, is_focus: bool) -> Iterator[RegionRole]:
    """Yield the regions where a story was written; one that is about nothing else is about them, too."""
    for region in regions:
        score = region.score
        if is_focus:
            yield RegionRole(region.place, Role.ABOUT, score, score, region.mentions)
        yield RegionRole(region.place, Role.DATELINE, score, score, region.mentions)


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
    if first.weight >= weigh["alone"] * total:
        return frozenset({first.place.number})
    passive = frozenset(region.place.number for region in main if _is_acted_upon(region))
    others = [region for region in main if region.place.number not in passive]
    return passive if others and all(map(_is_party, others)) else scenes


def _is_party(region: RegionEvidence) -> bool:
    """Return whether a region is named as who acts: by its people, government, capital or army."""
    return region.kinds <= _PARTIES or "organ" in region.manners


def _is_acted_upon(region: RegionEvidence) -> bool:
    """Return whether a region is named by its own name and does nothing: French troops leave Chad."""
    return not region.kinds <= _PARTIES and "acts" not in region.manners


def _is_part_of_scene(region: RegionEvidence, largest: float, weigh: Mapping[str, float]) -> bool:
    """Return whether a place within a scene is the scene too; ``largest`` is the largest scene among its divisions."""
    return region.place.parent != NO_PLACE and region.scene > 0 and region.scene >= weigh["scene-share"] * largest


def _largest_scenes(regions: Iterable[RegionEvidence]) -> dict[Siblings, float]:
    largest: dict[Siblings, float] = defaultdict(float)
    for region in regions:
        siblings = (region.place.country, region.place.parent)
        largest[siblings] = max(largest[siblings], region.scene)
    return largest
