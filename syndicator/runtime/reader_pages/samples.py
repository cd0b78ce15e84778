"""The latest stories that readers may see of something, and what they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from syndicator.models import Tag
from syndicator.models.reader_pages import Name, Share
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.store import TaggedStory
from syndicator.tag import country_labels, open_gazetteer

# Of so many of the latest stories pages say what they are about.
SAMPLED = 300
_MOST_SHARES = 6
# Where most stories are in private feeds alone, those for everybody are looked for so far and no farther.
_ROUNDS, _AT_ONCE = 10, 200
_ROLES = ("about", "actor")
# Returns up to so many numbers of stories below a number, or of the latest if that is 0, newest first.
Fetch = Callable[[int, int], Sequence[int]]


class Slice(NamedTuple):
    """Numbers of stories, newest first, and below which number there are more of them; 0 if there are none."""

    numbers: list[int]
    next_before: int


def latest(reading: Reading, fetch: Fetch, *, before: int, limit: int) -> Slice:
    """Return the latest stories that readers may see, of those that are fetched."""
    at_once = limit + 1 if reading.shows_all else max(limit + 1, _AT_ONCE)
    found: list[int] = []
    for _ in range(_ROUNDS):
        numbers = fetch(before, at_once)
        found += reading.visible(numbers)
        if len(found) > limit:
            return Slice(found[:limit], found[limit - 1])
        if len(numbers) < at_once:
            return Slice(found, 0)
        before = numbers[-1]
    return Slice(found, before)


def tagged(reading: Reading, numbers: Sequence[int]) -> list[TaggedStory]:
    """Return what stories are about, in the same order."""
    found = reading.tx.stories.tagged(numbers)
    return [found[number] for number in numbers if number in found]


def places(reading: Reading, stories: Iterable[TaggedStory]) -> tuple[Share, ...]:
    """Return the countries, groups and areas that most stories are about, or that act in them."""
    counts = Counter(place for each in stories for place in set(_places(each.tags)))
    gazetteer = open_gazetteer(reading.rules.config.gazetteer)

    def label(term: str) -> str:
        return country_labels().get(term) or gazetteer.label_of(term) or term

    return shares(counts, lambda term: Name(id=term, name=label(term)))


def topics(reading: Reading, stories: Iterable[TaggedStory]) -> tuple[Share, ...]:
    """Return the topics that most stories have."""
    concepts = reading.rules.concepts
    counts = Counter(tag.term for each in stories for tag in each.tags if tag.scheme == "concept")
    known = Counter({term: count for term, count in counts.items() if term in concepts})
    return shares(known, lambda term: Name(id=term, name=concepts[term].label))


def shares(counts: Counter[str], name: Callable[[str], Name], most: int = _MOST_SHARES) -> tuple[Share, ...]:
    """Return the largest counts, each with a name."""
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(Share(of=name(key), own=count) for key, count in largest)


def _places(tags: Iterable[Tag]) -> Iterator[str]:
    return (tag.path[0] for tag in tags if tag.scheme == "region" and tag.role in _ROLES and tag.path)
