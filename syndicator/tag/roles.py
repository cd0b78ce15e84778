"""What part does each place play? About (the scene), actor (a government or people), dateline, mention.

Every mention gives its region so much of a scene and so much of an actor, by what it is and what stands before it:
"in Syria" is a scene, "Moscow, Ankara agree" are actors, a town that is no capital is a scene. Titles and first
sentences count more. What a town earns, its division and country earn too. All numbers are in ``data/weights.tsv``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from syndicator.tag.gazetteer import NOWHERE, Gazetteer, Kind, Means, Place
from syndicator.tag.mention import Span
from syndicator.tag.sense import DIVISIONS, Sense
from syndicator.tag.weights import weights

Siblings = tuple[int, int]  # the country and the holder that places share


class Role(StrEnum):
    """The part a region plays in a story."""

    ABOUT = "about"
    ACTOR = "actor"
    DATELINE = "dateline"
    MENTION = "mention"
    OUTLET = "outlet"


class Found(NamedTuple):
    """A place named in a story: where, which, how sure; ``score`` is the probability of both."""

    span: Span
    sense: Sense
    score: float
    is_dateline: bool

    @property
    def is_people(self) -> bool:
        """Whether it is named by its people: Turkish, Syrians."""
        return bool(self.sense.means & Means.PEOPLE)

    @property
    def is_government(self) -> bool:
        """Whether it is named by its government: the Kremlin."""
        return bool(self.sense.means & Means.GOVERNMENT)


@dataclass(slots=True)
class Part:
    """What a region has earned, and by which mentions."""

    place: Place
    scene: float = 0.0
    deeds: float = 0.0
    chances: dict[int, float] = field(default_factory=dict)  # that it is meant, by number of name
    found: list[Found] = field(default_factory=list)
    is_named: bool = False

    @property
    def score(self) -> float:
        """The probability that one of its names means it: a name said ten times is no surer than once."""
        return 1 - math.prod(1 - chance for chance in self.chances.values())


class RegionRole(NamedTuple):
    """A region with its role; ``score`` is the probability that the story names it at all."""

    place: Place
    role: Role
    score: float
    found: Sequence[Found]


_FIRST = 300  # characters of the text that count as its beginning
SHORT = 300  # characters: in a shorter text, what is named once counts


def assign_roles(found: Sequence[Found], gazetteer: Gazetteer, length: int = SHORT) -> list[RegionRole]:
    """Give the regions of a story with their roles, the weightiest first, datelines last.

    ``length`` is that of the text without its title: in a short one, what is named once already counts.
    """
    weigh = weights("role")
    datelines = [each for each in found if each.is_dateline]
    parts = _earn((each for each in found if not each.is_dateline), gazetteer, weigh)
    least = weigh["least" if length >= SHORT else "least-short"]
    kept = _kept(parts, least, weigh["least-share"])
    scenes = _scenes([parts[number] for number in kept], weigh)
    largest = _largest(parts.values())
    playing = []
    for number, part in sorted(parts.items(), key=_weightiest_first):
        role = Role.MENTION
        if number in kept:
            role = Role.ABOUT if number in scenes else Role.ACTOR
        elif _is_part_of_scene(part, largest, scenes, gazetteer, weigh):
            role = Role.ABOUT
        if part.is_named or part.place.holder == NOWHERE or role is not Role.MENTION:
            playing.append(RegionRole(part.place, role, part.score, part.found))
    for each in datelines:
        playing += [
            RegionRole(place, Role.DATELINE, each.score, [each]) for place in _upwards(each.sense.place, gazetteer)
        ]
    return playing


def _upwards(place: Place, gazetteer: Gazetteer) -> Iterator[Place]:
    """Yield a place and all that holds it, the country last."""
    yield place
    while place.holder != NOWHERE:
        place = gazetteer.place[place.holder]
        yield place


def _earn(found: Iterable[Found], gazetteer: Gazetteer, weigh: Mapping[str, float]) -> dict[int, Part]:
    parts: dict[int, Part] = {}
    for each in found:
        scene, deeds = _worth(each, weigh)
        for place in _upwards(each.sense.place, gazetteer):
            part = parts.get(place.number)
            if part is None:
                part = parts[place.number] = Part(place)
            part.scene += scene * each.score
            part.deeds += deeds * each.score
            name = each.span.name.number
            part.chances[name] = max(each.score, part.chances.get(name, 0.0))
            part.found.append(each)
            part.is_named |= place.number == each.sense.place.number
    return parts


def _worth(found: Found, weigh: Mapping[str, float]) -> tuple[float, float]:
    """Give how much of a scene and how much of an actor a mention makes its place."""
    span, (place, means, _) = found.span, found.sense
    cues = span.cues
    is_in = "in" in cues or "hyphen-after-based" in cues or "area-after" in cues
    if means & Means.GOVERNMENT:
        kind = "government"
    elif means & Means.PEOPLE:
        kind = "people"
    elif place.kind is Kind.COUNTRY:
        kind = "country"
    elif place.kind is Kind.GROUP:
        kind = "group"
    elif place.is_capital:
        kind = "capital"
    else:
        kind = "division" if place.kind in DIVISIONS else "place"
    if "from" in cues:
        manner = "bare"
    elif is_in:
        manner = "in"
    elif "object" in cues:
        manner = "object"
    else:
        manner = "acts" if "acts-after" in cues or "said-after" in cues or "listed" in cues else "bare"
    where = "title" if span.field == 0 else "first" if span.at < _FIRST else "rest"
    weight = weigh[where] * weigh[f"{kind}-worth"]
    scene = weigh[f"{kind}-{manner}"]
    return weight * scene, weight * (1 - scene)


def _kept(parts: Mapping[int, Part], least: float, least_share: float) -> frozenset[int]:
    """Give the countries and other widest regions that earn enough to play a part."""
    totals = {number: part.scene + part.deeds for number, part in parts.items() if part.place.holder == NOWHERE}
    least = max(least, least_share * max(totals.values(), default=0.0))
    return frozenset(number for number, total in totals.items() if total >= least)


def _scenes(kept: Sequence[Part], weigh: Mapping[str, float]) -> frozenset[int]:
    """Give those of the kept that are the scene; the only one that counts is, even if it acts."""
    most = max((part.scene for part in kept), default=0.0)
    scenes = frozenset(
        part.place.number
        for part in kept
        if part.scene >= weigh["scene-share"] * most and part.scene >= weigh["scene-part"] * (part.scene + part.deeds)
    )
    if scenes or not kept:
        return scenes
    total = sum(part.scene + part.deeds for part in kept)
    first = max(kept, key=lambda part: part.scene + part.deeds)
    is_alone = first.scene + first.deeds >= weigh["alone"] * total
    return frozenset({first.place.number}) if is_alone else scenes


def _is_part_of_scene(
    part: Part,
    largest: Mapping[Siblings, float],
    scenes: frozenset[int],
    gazetteer: Gazetteer,
    weigh: Mapping[str, float],
) -> bool:
    """Say whether a place within a scene is the scene, too, and not only named.

    ``largest`` are the most of a scene that any is, of those that one place holds directly.
    """
    if part.place.holder == NOWHERE:
        return False
    *_, widest = _upwards(part.place, gazetteer)
    if widest.number not in scenes:
        return False
    most = largest.get((part.place.country, widest.number), 0.0)
    return part.scene >= weigh["scene-share"] * most and part.scene > 0


def _largest(parts: Iterable[Part]) -> dict[Siblings, float]:
    largest: dict[Siblings, float] = defaultdict(float)
    for part in parts:
        siblings = (part.place.country, part.place.holder)
        largest[siblings] = max(largest[siblings], part.scene)
    return largest


def _weightiest_first(item: tuple[int, Part]) -> float:
    return -(item[1].scene + item[1].deeds)
