"""Other ways to group headlines: the same title, and the nearest headline by character tf-idf."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from datetime import timedelta

from tests.bench.events.corpora import Headline

_WINDOW = timedelta(hours=72)


def exact_title(stories: Sequence[Headline]) -> list[int]:
    """Group headlines that are equal but for case."""
    first: dict[str, int] = {}
    return [first.setdefault(story.title.casefold(), number) for number, story in enumerate(stories)]


def nearest_by_tfidf(stories: Sequence[Headline]) -> list[tuple[int, float]]:
    """Return for each headline the nearest one of the 72 hours before, by 3-5-grams, and its cosine; idf as it comes."""
    counts: Counter[str] = Counter()
    holders: defaultdict[str, deque[tuple[int, float]]] = defaultdict(deque)
    found: list[tuple[int, float]] = []
    for number, story in enumerate(stories):
        grams = _grams(story.title)
        counts.update(grams.keys())
        weights = {gram: times * math.log((number + 2) / (counts[gram] + 1) + 1) for gram, times in grams.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        alike: defaultdict[int, float] = defaultdict(float)
        for gram, weight in weights.items():
            held = holders[gram]
            while held and story.at - stories[held[0][0]].at > _WINDOW:
                held.popleft()
            for other, its in held:
                alike[other] += its * weight
            held.append((number, weight / length))
        best = max(alike, key=lambda other: (alike[other], -other), default=number)
        found.append((best, alike[best] / length if best != number else 0.0))
    return found


def joined(nearest: Sequence[tuple[int, float]], threshold: float) -> list[int]:
    """Return the cluster of each headline: that of its nearest one, if they are alike enough."""
    clusters: list[int] = []
    for number, (other, cosine) in enumerate(nearest):
        clusters.append(clusters[other] if other != number and cosine >= threshold else number)
    return clusters


def cosine(one: tuple[str, str], other: tuple[str, str], counts: Counter[str], total: int) -> float:
    """Return the cosine of two texts' words by tf-idf."""
    first, second = (_weighted(text, counts, total) for text in (one, other))
    product = sum(weight * second.get(word, 0.0) for word, weight in first.items())
    lengths = math.sqrt(sum(w * w for w in first.values()) * sum(w * w for w in second.values()))
    return product / lengths if lengths else 0.0


def _weighted(text: tuple[str, str], counts: Counter[str], total: int) -> dict[str, float]:
    words = Counter(" ".join(text).casefold().split())
    return {word: (1 + math.log(times)) * math.log(total / counts[word]) for word, times in words.items()}


def _grams(title: str) -> Counter[str]:
    text = f" {title.casefold()} "
    return Counter(text[at : at + length] for length in (3, 4, 5) for at in range(len(text) - length + 1))
