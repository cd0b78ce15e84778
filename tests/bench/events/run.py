"""``make bench BENCH_ARGS=events``: the whole table."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from syndicator.outbox.event_features import SHARED, Features, features_of
from syndicator.outbox.event_index import _ACROSS_LANGUAGES, EventIndex, Item
from tests.bench.events.baselines import cosine, exact_title, joined, nearest_by_tfidf
from tests.bench.events.corpora import FOLDER, Headline, pairs
from tests.bench.events.corpora import headlines as read_headlines
from tests.bench.events.score import bcubed, pairwise

_THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
_STORIES = 100_000


def events() -> None:
    """Print how well events are found, how alike texts are said to be, and what it costs."""
    if FOLDER.is_dir():
        _grouped(read_headlines())
        _graded()
    else:
        print("events: set SYNDICATOR_CORPORA to the folder of the shared corpora")
    subprocess.run((sys.executable, "-m", "tests.bench.events.scale", str(_STORIES)), check=True)


def _grouped(stories: Sequence[Headline]) -> None:
    """Print BCubed and pairwise scores over all, and for each language."""
    print(
        f"events: {len(stories)} headlines, {len({story.event for story in stories})} events; precision / recall / F1"
    )
    _print("exact title", stories, exact_title(stories))
    nearest = nearest_by_tfidf(stories)
    gold = [story.event for story in stories]
    best = max(_THRESHOLDS, key=lambda threshold: bcubed(gold, joined(nearest, threshold)).f1)
    _print(f"nearest by tf-idf, best threshold ({best})", stories, joined(nearest, best))
    began = time.process_time()
    at_once, settled, links = _ours(stories)
    spent = time.process_time() - began
    _print("ours, as answered at once", stories, at_once)
    _print("ours, with merges", stories, settled)
    print(f"{spent / len(stories) * 1e3:.2f} ms a headline; links to events of other languages: {links}")


def _ours(stories: Sequence[Headline]) -> tuple[list[int], list[int], str]:
    """Return events at once and in the end, and how many links between languages are right."""
    index, at_once, merged = EventIndex(), [], {}
    right = wrong = 0
    told: defaultdict[int, list[Headline]] = defaultdict(list)
    for number, story in enumerate(stories, 1):
        found = index.add(Item(id=number, title=story.title, language=story.language, at=story.at))
        for related in found.related[:1]:
            others = Counter(each.event for each in told[related] if each.language != story.language)
            is_right = bool(others) and others.most_common(1)[0][0] == story.event
            right, wrong = right + is_right, wrong + (not is_right)
        told[found.event].append(story)
        at_once.append(found.event)
        merged.update(dict.fromkeys(found.merged, found.event))
    return at_once, [_last(event, merged) for event in at_once], f"{right} right, {wrong} wrong"


def _last(event: int, merged: dict[int, int]) -> int:
    while event in merged:
        event = merged[event]
    return event


def _print(name: str, stories: Sequence[Headline], found: Sequence[int]) -> None:
    for language in ("all", *dict.fromkeys(story.language for story in stories)):
        chosen = [(s.event, f) for s, f in zip(stories, found, strict=True) if language in ("all", s.language)]
        gold, events = zip(*chosen, strict=True)
        print(
            f"{name if language == 'all' else '':<40} {language:<4} BCubed {bcubed(gold, events)}   pairs {pairwise(gold, events)}"
        )


def _graded() -> None:
    """Print the correlation of our likeness with people's grades, and that of tf-idf over words."""
    graded = pairs()
    counts: Counter[str] = Counter()
    for pair in graded:
        for text in pair.texts:
            counts.update(set(" ".join(text).casefold().split()))
    index = EventIndex()
    read = [tuple(features_of(*text) for text in pair.texts) for pair in graded]
    for both in read:
        for features in both:
            index._learn(features)
    ours: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    theirs: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for pair, both in zip(graded, read, strict=True):
        is_one = len(set(pair.languages)) == 1
        alike = _alike(index, *both, is_one_language=is_one)
        plain = cosine(*pair.texts, counts, 2 * len(graded))
        for name in ("all", pair.languages[0] if is_one else "-".join(pair.languages)):
            ours[name].append((alike, -pair.grade))
            theirs[name].append((plain, -pair.grade))
    print(f"graded pairs ({len(graded)}), Pearson: ours (tf-idf of words)")
    print("  ".join(f"{name} {_correlation(ours[name])} ({_correlation(theirs[name])})" for name in ours))


def _alike(index: EventIndex, one: Features, other: Features, *, is_one_language: bool) -> float:
    first, second = index._vector(one), index._vector(other)
    compared = ((each, weight) for each, weight in first.items() if is_one_language or each >= SHARED)
    product = sum(weight * second.get(each, 0.0) for each, weight in compared)
    return product if is_one_language else _ACROSS_LANGUAGES * product


def _correlation(rows: Sequence[tuple[float, float]]) -> str:
    return f"{statistics.correlation(*zip(*rows, strict=True)):.3f}"
