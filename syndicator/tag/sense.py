"""Toponym resolution: choose the place that a name refers to, its sense, among its candidates in the gazetteer.

Two passes. The first scores the candidates of each name without context: population, kind, how the name is used. The
likely candidates of all names share countries, divisions and neighbourhoods. That is the context in which the second
pass scores again, each name without its own part of it. A name has one sense in a story. Scores become probabilities by
a softmax (conditional logit); the weights are fitted off-line.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from syndicator.tag.gazetteer import NO_COUNTRY, NO_PLACE, Gazetteer, Kind, Place, Usage
from syndicator.tag.mention import Span
from syndicator.tag.name import Name
from syndicator.tag.weights import weights

_NEAR = 120.0  # kilometres within which nearness decays to 1/e
_NEAR_DEGREES = 4.0
_DEGREE = 111.2  # kilometres
_LEAST_PROBABILITY = 0.05  # that a name is a place: others are not resolved and are no context
_MOST_NEIGHBOURS = 14
_MOST_CANDIDATES = 60
_LARGE = 500_000  # population of a town that other languages have names for
_LEAST_SHARE = 0.01
_MOST_REMEMBERED = 3000
_SHARPNESS = 20  # of log(1 + 20 * share): a share of a twentieth counts already
_ACTING = frozenset(("acts-after", "said-after", "listed", "object"))
_POINT_KINDS = frozenset((Kind.TOWN, Kind.SUBDIVISION))
_QUALIFIER_KINDS = frozenset((Kind.COUNTRY, Kind.DIVISION))
DIVISIONS = frozenset((Kind.DIVISION, Kind.SUBDIVISION))


class Sense(NamedTuple):
    """The place that a name refers to in a story, with its probability among the candidates.

    ``in_country`` is the probability that the name refers to a place of the same country: any of its Springfields.
    """

    place: Place
    usage: int
    probability: float
    in_country: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known before the story is read: its language, its outlet's country, where earlier stories were.

    ``shares``, from 0 to 1, are those of earlier stories about a country, division or town, by its number. ``language``
    counts because a Halle in German is likelier the one in Germany.
    """

    language: str = ""
    country: int | None = None
    shares: Mapping[int, float] = field(default_factory=dict)


class Candidate(NamedTuple):
    """One meaning of a name, with its features that do not depend on context, and their score."""

    place: Place
    usage: int
    features: tuple[tuple[str, float], ...]
    score: float
    division: int  # that it is or lies in


class CandidateSet(NamedTuple):
    """The candidates of a name without context: their probabilities, summed by country and by division, too."""

    candidates: tuple[Candidate, ...]
    probabilities: tuple[float, ...]
    by_country: tuple[tuple[int, float], ...]
    by_division: tuple[tuple[int, float], ...]


class Context(NamedTuple):
    """How much the story's names refer to each country and division, and its surest points."""

    total: float
    countries: Mapping[int, float]
    divisions: Mapping[int, float]
    surest: Sequence[tuple[float, int, Place]]


@dataclass(slots=True)
class StoryName:
    """A distinct name of the story: the probability that it is a place, and the cues beside any of its mentions."""

    name: Name
    probability: float
    qualifiers: set[int] = field(default_factory=set)  # places after a comma: Paris, Texas
    is_division: bool = False  # "province" follows
    is_governed: bool = False  # "governor" stands beside it
    acts: bool = False  # "agrees" follows, or it is the dateline: likely a capital


class Resolver:
    """Resolves the names of a story."""

    def __init__(self, gazetteer: Gazetteer, table: Mapping[str, float] | None = None) -> None:
        """Resolve to places of this gazetteer; ``table`` replaces the weights in force."""
        self.gazetteer = gazetteer
        self.weights = weights("sense") if table is None else defaultdict(float, table)
        self._known: dict[int, CandidateSet] = {}

    def __call__(self, spans: Sequence[Span], prior: Prior, datelines: Collection[Span] = ()) -> dict[int, Sense]:
        """Return senses by number of name."""
        names = collect_names(spans, datelines)
        context = self.context(names.values())
        return {number: self._resolve(each, context, prior) for number, each in names.items()}

    def candidates(self, name: Name) -> CandidateSet:
        """Return a name's candidates without context."""
        known = self._known.get(name.number)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[name.number] = self._score_candidates(name)
        return known

    def _score_candidates(self, name: Name) -> CandidateSet:
        with_curated_town = {
            meaning.place.country
            for meaning in name.meanings
            if meaning.place.kind is Kind.TOWN and meaning.usage & Usage.CURATED
        }
        candidates = []
        for place, usage in name.meanings[:_MOST_CANDIDATES]:
            features = tuple(_candidate_features(place, usage, is_overshadowed=place.country in with_curated_town))
            score = sum(self.weights[feature] * value for feature, value in features)
            candidates.append(Candidate(place, usage, features, score, _division(place)))
        probabilities = _softmax([candidate.score for candidate in candidates])
        countries: defaultdict[int, float] = defaultdict(float)
        divisions: defaultdict[int, float] = defaultdict(float)
        for candidate, probability in zip(candidates, probabilities, strict=True):
            if probability >= _LEAST_SHARE:
                if candidate.place.country != NO_COUNTRY:
                    countries[candidate.place.country] += probability
                if candidate.division != NO_PLACE:
                    divisions[candidate.division] += probability
        sums = tuple(countries.items()), tuple(divisions.items())
        return CandidateSet(tuple(candidates), tuple(probabilities), *sums)

    def context(self, names: Iterable[StoryName]) -> Context:
        """Add up the candidates of all names, each weighted with the probability that it is a place."""
        countries: defaultdict[int, float] = defaultdict(float)
        divisions: defaultdict[int, float] = defaultdict(float)
        surest, total = [], 0.0
        for each in names:
            known, probability = self.candidates(each.name), each.probability
            for country, share in known.by_country:
                countries[country] += probability * share
                total += probability * share
            for division, share in known.by_division:
                divisions[division] += probability * share
            best = known.probabilities.index(max(known.probabilities))
            place = known.candidates[best].place
            if place.kind in _POINT_KINDS and not math.isnan(place.lat):
                surest.append((known.probabilities[best] * probability, each.name.number, place))
        surest.sort(key=_surest_first)
        return Context(total, countries, divisions, surest[:_MOST_NEIGHBOURS])

    def in_context(self, named: StoryName, context: Context, prior: Prior) -> list[dict[str, float]]:
        """Return the features that the story adds to each candidate of a name."""
        known = self.candidates(named.name)
        own_countries = {country: share * named.probability for country, share in known.by_country}
        own_divisions = {division: share * named.probability for division, share in known.by_division}
        speakers = self.gazetteer.speakers(prior.language)
        total = context.total - sum(own_countries.values()) + 0.5
        has_cues = named.acts or named.is_governed or named.is_division or named.qualifiers
        found = []
        for candidate in known.candidates:
            place, division = candidate.place, candidate.division
            features: dict[str, float] = {}
            weight = context.countries.get(place.country, 0.0) - own_countries.get(place.country, 0.0)
            if weight > _LEAST_SHARE:
                feature = "country-context" if place.kind is Kind.COUNTRY else "context"
                features[feature] = math.log1p(_SHARPNESS * weight / total)
                if place.kind in _POINT_KINDS:
                    _add_nearness(place, named.name.number, context.surest, features)
            weight = context.divisions.get(division, 0.0) - own_divisions.get(division, 0.0)
            if weight > _LEAST_SHARE:
                features["division-context"] = math.log1p(_SHARPNESS * weight / total)
            if has_cues:
                _add_cue_features(place, named, features)
            elif place.kind is Kind.SUBDIVISION:
                features["subdivision-unsaid"] = 1.0
            if place.country == prior.country:
                features["outlet"] = 1.0
            if prior.shares:
                _add_earlier_features(place, prior.shares, features)
            if place.country in speakers:
                features["tongue"] = 1.0
            found.append(features)
        return found

    def _resolve(self, named: StoryName, context: Context, prior: Prior) -> Sense:
        candidates = self.candidates(named.name).candidates
        if len(candidates) == 1:
            return Sense(candidates[0].place, candidates[0].usage, 1.0, 1.0)
        weigh = self.weights
        scores = [
            candidate.score + sum([weigh[feature] * value for feature, value in features.items()])
            if features
            else candidate.score
            for candidate, features in zip(candidates, self.in_context(named, context, prior), strict=True)
        ]
        probabilities = _softmax(scores)
        place, usage, *_ = candidates[probabilities.index(max(probabilities))]
        number, parent, country = place.number, place.parent, place.country
        probability = in_country = 0.0
        for candidate, each in zip(candidates, probabilities, strict=True):
            other = candidate.place
            # Idlib the town and Idlib the province around it are counted as one.
            if other.number in (number, parent) or other.parent == number:
                probability += each
                in_country += each
            elif other.country == country:
                in_country += each
        return Sense(place, usage, probability, in_country)


def collect_names(spans: Sequence[Span], datelines: Collection[Span] = ()) -> dict[int, StoryName]:
    """Return the distinct names of a story, by number, with the cues beside all their mentions."""
    names: dict[int, StoryName] = {}
    at = {(span.field, span.start): span for span in spans}
    for span in spans:
        if span.probability < _LEAST_PROBABILITY:
            continue
        named = names.get(span.name.number)
        if named is None:
            named = names[span.name.number] = StoryName(span.name, span.probability)
        named.probability = max(named.probability, span.probability)
        named.acts |= span in datelines or not _ACTING.isdisjoint(span.cues)
        named.is_governed |= "governor" in span.cues
        if "division-after" in span.cues or "division-small-after" in span.cues:
            named.is_division = True
        if "comma-holder" in span.cues:
            qualifiers = at[span.field, span.end].name.meanings
            named.qualifiers.update(m.place.number for m in qualifiers if m.place.kind in _QUALIFIER_KINDS)
    return names


def _candidate_features(place: Place, usage: int, *, is_overshadowed: bool) -> list[tuple[str, float]]:
    """Return the features of a candidate that do not depend on context."""
    population = math.log10(place.population + 1)
    if place.kind is Kind.TOWN:
        found = [("people", population)]
        if place.is_capital:
            found.append(("capital", 1.0))
    elif place.kind in DIVISIONS:
        found = [("division-people", population), (place.kind.name.lower(), 1.0)]
        if is_overshadowed and place.kind is Kind.DIVISION:
            found.append(("overshadowed", 1.0))
    else:
        found = [("other-people", population), (place.kind.name.lower(), 1.0)]
    if usage & Usage.ALTERNATE:
        found.append(("alternate-large" if place.population >= _LARGE else "alternate", 1.0))
    if usage & Usage.CURATED and not place.is_capital:
        found.append(("curated-town" if place.kind is Kind.TOWN else "curated", 1.0))
    return found


def _add_cue_features(place: Place, named: StoryName, features: dict[str, float]) -> None:
    if named.acts and place.is_capital:
        features["capital-acts"] = 1.0
    is_division = place.kind in DIVISIONS
    if named.is_governed and is_division:
        features["governed"] = 1.0
    if named.is_division:
        features["division-said" if is_division else "division-denied"] = 1.0
    elif place.kind is Kind.SUBDIVISION:
        features["subdivision-unsaid"] = 1.0
    if place.parent in named.qualifiers or (place.country in named.qualifiers and place.number not in named.qualifiers):
        features["held"] = 1.0


def _add_earlier_features(place: Place, shares: Mapping[int, float], features: dict[str, float]) -> None:
    for feature, number in (
        ("earlier-country", place.country),
        ("earlier-division", _division(place)),
        ("earlier-place", place.number),
    ):
        if share := shares.get(number):
            features[feature] = math.log1p(_SHARPNESS * share)


def _division(place: Place) -> int:
    """Return the number of the division that a place is or lies in, NO_PLACE if there is none."""
    if place.kind is Kind.DIVISION:
        return place.number
    return place.parent if place.parent != place.country else NO_PLACE


def _add_nearness(
    place: Place, name: int, surest: Sequence[tuple[float, int, Place]], features: dict[str, float]
) -> None:
    """Add how near the surest other places are. The earth is taken as flat within a few degrees."""
    near, lat, lon = 0.0, place.lat, place.lon
    width = 0.0  # of a degree of longitude, in degrees of latitude
    for probability, other, there in surest:
        north = there.lat - lat
        if -_NEAR_DEGREES < north < _NEAR_DEGREES and other != name:
            width = width or math.cos(math.radians(lat))
            east = (there.lon - lon) * width
            square = north * north + east * east
            if square < _NEAR_DEGREES * _NEAR_DEGREES:
                near += probability * math.exp(-_DEGREE * math.sqrt(square) / _NEAR)
    if near:
        features["near"] = math.log1p(10 * near)


def distance_km(here: Place, there: Place) -> float:
    """Return the great-circle distance in kilometres (haversine, mean radius of the earth)."""
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
