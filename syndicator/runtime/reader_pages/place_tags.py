"""What the latest stories of a place say beside it: words for it, outlets, topics, and what lies in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from syndicator.models import Tag
from syndicator.models.reader_pages import Name, PlaceCount, Share, SpokenName
from syndicator.runtime.reader_pages.place_names import PlaceNames
from syndicator.runtime.reader_pages.place_stories import PlaceStories
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.tag.gazetteer import Region

T = TypeVar("T")
_MOST, _MOST_WITHIN = 8, 8
_TOLD = ("about", "actor")


class PlaceTags:
    """Counts in the tags of some stories of a place."""

    def __init__(
        self, reading: Reading, names: PlaceNames, stories: PlaceStories, region: Region, numbers: Sequence[int]
    ) -> None:
        """Read the tags."""
        self._reading, self._names, self._stories, self._region = reading, names, stories, region
        self._found = reading.tx.stories.tagged(numbers)

    @property
    def all(self) -> list[tuple[Tag, ...]]:
        """The tags of each story."""
        return [each.tags for each in self._found.values()]

    def words(self) -> tuple[SpokenName, ...]:
        """Return by which words stories named the place itself, by language, the most frequent first."""
        counts = Counter[tuple[str, str]]()
        for each in self._found.values():
            counts.update({(words, each.language) for words in _own_words(each.tags, self._region.term)})
        return tuple(
            SpokenName(words=words, language=language, stories=count) for (words, language), count in _most(counts)
        )

    def outlets(self) -> tuple[Share, ...]:
        """Return which outlets tell most, in words of their own and as copies."""
        own = Counter(each.outlet for each in self._found.values())
        carriers = self._reading.tx.stories.carriers_of(list(self._found))
        copies = Counter(carrier.outlet for some in carriers.values() for carrier in some)
        return tuple(
            Share(of=self._reading.outlet(outlet), own=own[outlet], copies=copies[outlet])
            for outlet, _ in _most(own + copies)
        )

    def topics(self) -> tuple[Share, ...]:
        """Return the topics that come up with the place."""
        counts = Counter(
            (tag.term, tag.label) for each in self._found.values() for tag in each.tags if tag.scheme == "concept"
        )
        return tuple(Share(of=Name(id=term, name=label), own=count) for (term, label), count in _most(counts))

    def within(self) -> tuple[PlaceCount, ...]:
        """Return the places that lie in it and came up."""
        counts = Counter(term for each in self._found.values() for term in set(_inner(each.tags, self._region.term)))
        return self._names.counted(_most(counts, _MOST * 2))[:_MOST]


def _own_words(tags: Sequence[Tag], term: str) -> Iterator[str]:
    """Yield the words for a place itself: its tag rests on those for what lies in it as well."""
    regions = [tag for tag in tags if tag.scheme == "region" and term in (*tag.path, *tag.namesakes)]
    inner = {each for tag in regions if term not in (tag.term, *tag.namesakes) for each in tag.evidence}
    for tag in regions:
        if term in (tag.term, *tag.namesakes):
            yield from (each.words for each in tag.evidence if each not in inner)


def told_regions(stories: Sequence[Sequence[Tag]]) -> Counter[str]:
    """Return how many stories, by their tags, are on each country, group or area."""
    return Counter(term for tags in stories for term in {tag.path[0] for tag in tags if _is_told(tag)})


def within_regions(stories: Sequence[Sequence[Tag]]) -> dict[str, list[tuple[str, int]]]:
    """Return what lies in countries and came up most in stories, by their tags."""
    found = defaultdict[str, Counter[str]](Counter)
    for tags in stories:
        inner = {(tag.path[0], term) for tag in tags if _is_told(tag) for term in tag.path[1:]}
        for term, each in inner:
            found[term][each] += 1
    return {term: _most(counts, _MOST_WITHIN) for term, counts in found.items()}


def _is_told(tag: Tag) -> bool:
    return tag.scheme == "region" and tag.role in _TOLD and bool(tag.path)


def _inner(tags: Sequence[Tag], term: str) -> Iterator[str]:
    """Yield the terms of what lies in a place, of each level."""
    for tag in tags:
        if _is_told(tag) and term in tag.path:
            yield from tag.path[tag.path.index(term) + 1 :]


def _most(counts: Counter[T], most: int = _MOST) -> list[tuple[T, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:most]
