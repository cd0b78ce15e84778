"""Fit logistic regression (recognition) and conditional logit (resolution) by Newton's method, in plain Python.

Features are few (a hundred) and stories bring a dozen at a time, so sums over the sparse rows are quick enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from syndicator.tag.gazetteer import Gazetteer, Place, Usage
from syndicator.tag.mention import Recognizer, Span
from syndicator.tag.sense import Candidate, Prior, Resolver, collect_names, distance_km
from syndicator.text import Words
from tests.bench.places.corpora import Gold, Story

NEAR = 161.0  # kilometres: 100 miles, the field's usual measure
_START_WITHIN = 3  # characters


class Seen(NamedTuple):
    """A mention in a story of the corpus, with the gold it matches, if it does."""

    span: Span
    phrase: str
    gold: Gold | None


class ResolutionCase(NamedTuple):
    """A name that is a place, its candidates with all their features, and how far each is from the gold."""

    gold: Gold
    phrase: str
    candidates: Sequence[Candidate]
    features: Sequence[Mapping[str, float]]
    distances: Sequence[float]


def see(recognizer: Recognizer, story: Story) -> list[Seen]:
    """Recognize names in a story and match them to the gold: the same phrase, starts within three characters."""
    by_phrase: dict[str, list[Gold]] = {}
    for gold in story.gold:
        by_phrase.setdefault(gold.phrase, []).append(gold)
    seen = []
    for span in recognizer([Words(""), Words(story.text)], "en"):
        if not span.name.usage & Usage.METONYM:
            phrase = story.text[span.at : span.to]
            seen.append(Seen(span, phrase, _hit(span.at, phrase, by_phrase)))
    return seen


def _hit(start: int, phrase: str, by_phrase: Mapping[str, Sequence[Gold]]) -> Gold | None:
    for written in (phrase, f"{phrase}'s", f"{phrase}’s", f"{phrase}'", f"{phrase}’", f"{phrase}."):
        for gold in by_phrase.get(written, ()):
            if abs(gold.start - start) <= _START_WITHIN:
                return gold
    return None


def resolution_cases(
    resolver: Resolver,
    gazetteer: Gazetteer,
    story: Story,
    seen: Sequence[Seen],
    *,
    with_outlet: bool = False,
    shares: Mapping[int, float] | None = None,
) -> list[ResolutionCase]:
    """Return the candidates of the names of a story that are places, with their features in its context."""
    country = gazetteer.country(story.outlet_country) if with_outlet and story.outlet_country else None
    prior = Prior(language="en", country=country, shares=shares or {})
    names_by_number = collect_names([each.span for each in seen])
    context = resolver.context(names_by_number.values())
    known = {number: resolver.in_context(each, context, prior) for number, each in names_by_number.items()}
    found = []
    for each in seen:
        if each.gold is not None and each.span.name.number in names_by_number:
            candidates = resolver.candidates(each.span.name).candidates
            features = [
                {**dict(candidate.features), **added}
                for candidate, added in zip(candidates, known[each.span.name.number], strict=True)
            ]
            distances = [_distance(candidate.place, each.gold) for candidate in candidates]
            found.append(ResolutionCase(each.gold, each.phrase, candidates, features, distances))
    return found


def _distance(place: Place, gold: Gold) -> float:
    if math.isnan(place.lat):
        return math.inf
    return distance_km(place, place._replace(lat=gold.lat, lon=gold.lon))


def features_of(span: Span) -> frozenset[str]:
    """Return all features of a mention."""
    return frozenset((*span.name.features, *span.cues))


def fit_mention(seen: Iterable[tuple[Seen, float]], *, penalty: float = 1.0) -> dict[str, float]:
    """Fit recognition to weighted mentions; ``penalty`` is of squared weights."""
    rows = [
        ([(feature, 1.0) for feature in sorted(features_of(each.span))], each.gold is not None, counts)
        for each, counts in seen
    ]
    return fit_logistic(rows, penalty=penalty)


Row = tuple[
    Sequence[tuple[str, float]], bool, float
]  # features with their values, whether it is one, how much it counts


def fit_logistic(
    rows: Sequence[Row], *, penalty: float = 1.0, fixed: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Fit a logistic regression with a ``bias``; ``penalty`` is of squared weights, ``fixed`` ones stay as they are."""
    fixed = fixed or {}
    names = sorted({feature for features, _, _ in rows for feature, _ in features} - {"bias", *fixed})
    index = {name: place for place, name in enumerate(names)}
    bias = len(names)
    data = [
        (
            [*((index[feature], value) for feature, value in features if feature in index), (bias, 1.0)],
            sum(fixed.get(feature, 0.0) * value for feature, value in features),
            hit,
            counts,
        )
        for features, hit, counts in rows
    ]
    weight = [0.0] * (bias + 1)
    for _ in range(12):
        gradient = [-penalty * each for each in weight[:bias]] + [0.0]
        curve = [[0.0] * (bias + 1) for _ in range(bias + 1)]
        for place in range(bias):
            curve[place][place] = penalty
        for features, base, hit, counts in data:
            probability = 1 / (1 + math.exp(-base - sum(weight[each] * value for each, value in features)))
            error, bend = counts * (hit - probability), counts * probability * (1 - probability)
            for one, value in features:
                gradient[one] += error * value
                row = curve[one]
                for other, factor in features:
                    row[other] += bend * value * factor
        step = _solve(curve, gradient)
        weight = [old + new for old, new in zip(weight, step, strict=True)]
        if max(map(abs, step)) < 1e-4:
            break
    return {**dict(zip(names, weight, strict=False)), "bias": weight[bias]}


def fit_sense(
    given: Sequence[tuple[ResolutionCase, float]],
    start: Mapping[str, float],
    fixed: Mapping[str, float],
    *,
    penalty: float = 5.0,
) -> dict[str, float]:
    """Fit resolution: any candidate within 161 km of the gold is right; ``fixed`` weights stay as they are."""
    useful = [
        (case, counts)
        for case, counts in given
        if any(each < NEAR for each in case.distances) and not all(each < NEAR for each in case.distances)
    ]
    names = sorted({name for case, _ in useful for each in case.features for name in each} - set(fixed))
    index = {name: place for place, name in enumerate(names)}
    weight = [start.get(name, 0.0) for name in names]
    for _ in range(25):
        gradient = [-penalty * each for each in weight]
        curve = [[penalty * (one == other) for other in range(len(names))] for one in range(len(names))]
        for case, counts in useful:
            _add_case(case, counts, weight, index, fixed, gradient, curve)
        step = _solve(curve, gradient)
        weight = [old + new for old, new in zip(weight, step, strict=True)]
        if max(map(abs, step)) < 1e-3:
            break
    return {**dict(zip(names, weight, strict=True)), **fixed}


def _add_case(
    case: ResolutionCase,
    counts: float,
    weight: Sequence[float],
    index: Mapping[str, int],
    fixed: Mapping[str, float],
    gradient: list[float],
    curve: list[list[float]],
) -> None:
    """Add one case's part to the gradient and the curvature of the log-likelihood."""
    rows = [[(index[name], value) for name, value in each.items() if name in index] for each in case.features]
    base = [sum(fixed.get(name, 0.0) * value for name, value in each.items()) for each in case.features]
    scores = [plain + sum(weight[place] * value for place, value in row) for plain, row in zip(base, rows, strict=True)]
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    right = sum(power for power, far in zip(powers, case.distances, strict=True) if far < NEAR)
    mean: dict[int, float] = {}
    for row, power, far in zip(rows, powers, case.distances, strict=True):
        share = power / total
        pull = counts * ((power / right if far < NEAR else 0.0) - share)
        for one, value in row:
            gradient[one] += pull * value
            mean[one] = mean.get(one, 0.0) + share * value
            line = curve[one]
            for other, second in row:
                line[other] += counts * share * value * second
    for one, value in mean.items():
        line = curve[one]
        for other, second in mean.items():
            line[other] -= counts * value * second


def _solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Solve a symmetric positive system by Gaussian elimination."""
    size = len(vector)
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    for place in range(size):
        pivot = rows[place]
        for below in range(place + 1, size):
            row = rows[below]
            if row[place]:
                factor = row[place] / pivot[place]
                for column in range(place, size + 1):
                    row[column] -= factor * pivot[column]
    found = [0.0] * size
    for place in range(size - 1, -1, -1):
        row = rows[place]
        found[place] = (row[size] - sum(row[at] * found[at] for at in range(place + 1, size))) / row[place]
    return found
