"""Which of its namesakes does a name mean here? Every candidate is scored on one line; the whole story has a say.

Two passes. The first weighs each name by itself: how many people live there, what it is. What the likely readings
share (a country, a division, a neighbourhood) is the context in which the second weighs again, each name without its
own share of it. A name has one sense in a story. What comes out are probabilities: the softmax (conditional logit) of
one table of weights, fitted off-line.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from syndicator.tag.gazetteer import NO_COUNTRY, NOWHERE, Gazetteer, Kind, Means, Place
from syndicator.tag.mention import Span
from syndicator.tag.name import Name
from syndicator.tag.weights import weights

_NEAR = 120.0  # kilometres over which closeness fades
_NEAR_DEGREES = 4.0
_DEGREE = 111.2  # kilometres
_HARDLY = 0.05  # a name that is hardly a place is not asked which, and tells nothing
_MOST_NEIGHBOURS = 14
_MOST_CANDIDATES = 60
_LARGE = 500_000  # people: a town that other languages have names for
_FEWEST_SHARE = 0.01
_MOST_REMEMBERED = 3000
_SHARPNESS = 20  # of log(1 + 20 * share): a share of a twentieth already tells
_ACTING = frozenset(("acts-after", "said-after", "listed", "object"))
_SPOTS = frozenset((Kind.TOWN, Kind.SUBDIVISION))
_HOLDERS = frozenset((Kind.COUNTRY, Kind.DIVISION))
DIVISIONS = frozenset((Kind.DIVISION, Kind.SUBDIVISION))


class Sense(NamedTuple):
    """A name's place in a story, with the probability that it is this one of its namesakes."""

    place: Place
    means: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known before a word is read: the outlet's country, and where its earlier stories were.

    ``shares`` go from 0 to 1, by number of place: of countries, divisions and towns. ``language`` is the story's: a
    Halle in German is likelier the one in Germany.
    """

    language: str = ""
    country: int | None = None
    shares: Mapping[int, float] = field(default_factory=dict)


class Candidate(NamedTuple):
    """One meaning of a name, with the features that no context changes, and what they weigh together."""

    place: Place
    means: int
    features: tuple[tuple[str, float], ...]
    score: float


class Candidates(NamedTuple):
    """What a name may mean by itself: candidates, their shares, and what those come to by country and division."""

    each: tuple[Candidate, ...]
    shares: tuple[float, ...]
    by_country: tuple[tuple[int, float], ...]
    by_division: tuple[tuple[int, float], ...]


class Context(NamedTuple):
    """How likely the story is about each country and division, and its surest places."""

    total: float
    countries: Mapping[int, float]
    divisions: Mapping[int, float]
    surest: Sequence[tuple[float, int, Place]]


@dataclass(slots=True)
class Subject:
    """A name of the story: the chance that it is a place, and what stands beside it in one place or another."""

    name: Name
    chance: float
    holders: set[int] = field(default_factory=set)  # places that a comma adds: Paris, Texas
    is_division: bool = False  # "province" follows
    is_governed: bool = False  # "governor" stands beside it
    acts: bool = False  # "agrees" follows, or it is where the story was written: as capitals do


class Resolver:
    """Gives every name of a story its sense."""

    def __init__(self, gazetteer: Gazetteer, table: Mapping[str, float] | None = None) -> None:
        """Resolve to places of this gazetteer; ``table`` has other weights than those in force."""
        self.gazetteer = gazetteer
        self.weights = weights("sense") if table is None else defaultdict(float, table)
        self._known: dict[int, Candidates] = {}

    def __call__(self, spans: Sequence[Span], prior: Prior, seats: Collection[Span] = ()) -> dict[int, Sense]:
        """Give senses by number of name; ``seats`` are the spans that say where the story was written."""
        asked = gather(spans, seats)
        context = self.context(asked.values())
        return {number: self._decide(each, context, prior) for number, each in asked.items()}

    def candidates(self, name: Name) -> Candidates:
        """Give what a name may mean by itself."""
        known = self._known.get(name.number)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[name.number] = self._weigh(name)
        return known

    def _weigh(self, name: Name) -> Candidates:
        own = {
            meaning.place.country
            for meaning in name.meanings
            if meaning.place.kind is Kind.TOWN and meaning.means & Means.CURATED
        }
        each = []
        for place, means in name.meanings[:_MOST_CANDIDATES]:
            features = tuple(_features(place, means, is_overshadowed=place.country in own))
            score = sum(self.weights[feature] * value for feature, value in features)
            each.append(Candidate(place, means, features, score))
        shares = _softmax([candidate.score for candidate in each])
        countries: defaultdict[int, float] = defaultdict(float)
        divisions: defaultdict[int, float] = defaultdict(float)
        for candidate, share in zip(each, shares, strict=True):
            if share >= _FEWEST_SHARE:
                if candidate.place.country != NO_COUNTRY:
                    countries[candidate.place.country] += share
                if (division := _division(candidate.place)) != NOWHERE:
                    divisions[division] += share
        return Candidates(tuple(each), tuple(shares), tuple(countries.items()), tuple(divisions.items()))

    def context(self, asked: Iterable[Subject]) -> Context:
        """Add up what all names may mean, each by its chance to be a place."""
        countries: defaultdict[int, float] = defaultdict(float)
        divisions: defaultdict[int, float] = defaultdict(float)
        surest, total = [], 0.0
        for each in asked:
            known, chance = self.candidates(each.name), each.chance
            for country, share in known.by_country:
                countries[country] += chance * share
                total += chance * share
            for division, share in known.by_division:
                divisions[division] += chance * share
            best = max(range(len(known.shares)), key=known.shares.__getitem__)
            place = known.each[best].place
            if place.kind in _SPOTS and not math.isnan(place.lat):
                surest.append((known.shares[best] * chance, each.name.number, place))
        surest.sort(key=_surest_first)
        return Context(total, countries, divisions, surest[:_MOST_NEIGHBOURS])

    def in_context(self, asked: Subject, context: Context, prior: Prior) -> list[dict[str, float]]:
        """Give the features that the story adds to each candidate."""
        known = self.candidates(asked.name)
        own_countries = {country: share * asked.chance for country, share in known.by_country}
        own_divisions = {division: share * asked.chance for division, share in known.by_division}
        at_home = self.gazetteer.speakers(prior.language)
        total = context.total - sum(own_countries.values()) + 0.5
        found = []
        for candidate in known.each:
            place, features = candidate.place, {}
            weight = context.countries.get(place.country, 0.0) - own_countries.get(place.country, 0.0)
            if weight > _FEWEST_SHARE:
                feature = "country-context" if place.kind is Kind.COUNTRY else "context"
                features[feature] = math.log1p(_SHARPNESS * weight / total)
                if place.kind in _SPOTS:
                    near = _nearness(place, asked.name.number, context.surest)
                    if near:
                        features["near"] = math.log1p(10 * near)
            division = _division(place)
            weight = context.divisions.get(division, 0.0) - own_divisions.get(division, 0.0)
            if weight > _FEWEST_SHARE:
                features["division-context"] = math.log1p(_SHARPNESS * weight / total)
            _of_surroundings(place, asked, features)
            _of_prior(place, prior, features)
            if place.country in at_home:
                features["tongue"] = 1.0
            found.append(features)
        return found

    def _decide(self, asked: Subject, context: Context, prior: Prior) -> Sense:
        known = self.candidates(asked.name)
        if len(known.each) == 1:
            only = known.each[0]
            return Sense(only.place, only.means, 1.0)
        weigh = self.weights
        scores = [
            candidate.score + sum(weigh[feature] * value for feature, value in features.items())
            for candidate, features in zip(known.each, self.in_context(asked, context, prior), strict=True)
        ]
        shares = _softmax(scores)
        best = max(range(len(shares)), key=shares.__getitem__)
        chosen = known.each[best]
        # Idlib the town and Idlib the province around it are no namesakes.
        share = sum(
            share for each, share in zip(known.each, shares, strict=True) if _is_same_spot(each.place, chosen.place)
        )
        return Sense(chosen.place, chosen.means, share)


def gather(spans: Sequence[Span], seats: Collection[Span] = ()) -> dict[int, Subject]:
    """Give the distinct names of a story by number, with what stands beside them anywhere.

    ``seats`` are those that say where the story was written.
    """
    found: dict[int, Subject] = {}
    at = {(span.field, span.start): span for span in spans}
    for span in spans:
        if span.chance < _HARDLY:
            continue
        asked = found.get(span.name.number)
        if asked is None:
            asked = found[span.name.number] = Subject(span.name, span.chance)
        asked.chance = max(asked.chance, span.chance)
        asked.acts |= span in seats or not _ACTING.isdisjoint(span.cues)
        asked.is_governed |= "governor" in span.cues
        if "division-after" in span.cues or "division-small-after" in span.cues:
            asked.is_division = True
        if "comma-holder" in span.cues:
            holders = at[span.field, span.end].name.meanings
            asked.holders.update(m.place.number for m in holders if m.place.kind in _HOLDERS)
    return found


def _features(place: Place, means: int, *, is_overshadowed: bool) -> list[tuple[str, float]]:
    """Give what tells for a candidate by itself."""
    people = math.log10(place.people + 1)
    if place.kind is Kind.TOWN:
        found = [("people", people)]
        if place.is_capital:
            found.append(("capital", 1.0))
    elif place.kind in DIVISIONS:
        found = [("division-people", people), (place.kind.name.lower(), 1.0)]
        if is_overshadowed and place.kind is Kind.DIVISION:
            found.append(("overshadowed", 1.0))
    else:
        found = [("other-people", people), (place.kind.name.lower(), 1.0)]
    if means & Means.ALTERNATE:
        found.append(("alternate-large" if place.people >= _LARGE else "alternate", 1.0))
    if means & Means.CURATED and not place.is_capital:
        found.append(("curated-town" if place.kind is Kind.TOWN else "curated", 1.0))
    return found


def _of_surroundings(place: Place, asked: Subject, features: dict[str, float]) -> None:
    if asked.acts and place.is_capital:
        features["capital-acts"] = 1.0
    is_division = place.kind in DIVISIONS
    if asked.is_governed and is_division:
        features["governed"] = 1.0
    if asked.is_division:
        features["division-said" if is_division else "division-denied"] = 1.0
    elif place.kind is Kind.SUBDIVISION:
        features["subdivision-unsaid"] = 1.0
    if place.holder in asked.holders or (place.country in asked.holders and place.number not in asked.holders):
        features["held"] = 1.0


def _of_prior(place: Place, prior: Prior, features: dict[str, float]) -> None:
    if place.country == prior.country:
        features["outlet"] = 1.0
    shares = prior.shares
    if shares:
        for feature, number in (
            ("earlier-country", place.country),
            ("earlier-division", _division(place)),
            ("earlier-place", place.number),
        ):
            if share := shares.get(number):
                features[feature] = math.log1p(_SHARPNESS * share)


def _is_same_spot(one: Place, other: Place) -> bool:
    return one.number in {other.number, other.holder} or one.holder == other.number


def _division(place: Place) -> int:
    """Give the number of the division that a place is or lies in, NOWHERE if there is none."""
    if place.kind is Kind.DIVISION:
        return place.number
    return place.holder if place.holder != place.country else NOWHERE


def _nearness(place: Place, name: int, surest: Sequence[tuple[float, int, Place]]) -> float:
    """Add up how near the surest other places are; within a few degrees the earth is flat."""
    near, lat, lon = 0.0, place.lat, place.lon
    width = 0.0
    for chance, other, there in surest:
        high = there.lat - lat
        if -_NEAR_DEGREES < high < _NEAR_DEGREES and other != name:
            width = width or math.cos(math.radians(lat))
            wide = (there.lon - lon) * width
            square = high * high + wide * wide
            if square < _NEAR_DEGREES * _NEAR_DEGREES:
                near += chance * math.exp(-_DEGREE * math.sqrt(square) / _NEAR)
    return near


def kilometres(here: Place, there: Place) -> float:
    """Give the great-circle distance (haversine, mean radius of the earth)."""
    lat, other = math.radians(here.lat), math.radians(there.lat)
    half = math.sin((other - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other) * math.sin(math.radians(there.lon - here.lon) / 2) ** 2
    return 12742 * math.asin(min(1.0, math.sqrt(half)))


def _softmax(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _surest_first(known: tuple[float, int, Place]) -> float:
    return -known[0]
