"""Where an outlet's earlier stories were: a prior for toponym resolution, learned as stories come.

A local paper's Springfield is mostly the same one. The prior must not confirm itself: a namesake once resolved wrongly
would count for itself ever after. So only tags with a high score count, each place's share is capped, a few stories
count for nothing, and old counts decay.

Two threads use it: the event loop learns of polls, the store's writer learns from stored stories and tags them again.
Counts are therefore never changed; a new value replaces the one before.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from syndicator.models import Tag
from syndicator.text import MemoDict

_CLEAR = 0.9  # score of a tag that counts
_FEWEST_STORIES = 3
_FEWEST_TIMES = 2
_LARGEST_SHARE = 0.5
_DECAYS_AT = 400  # stories: then all counts are halved
_MOST_PLACES = 40


class _Counts(NamedTuple):
    """How many stories an outlet had, and how many of them were about each place, by its number.

    Numbers instead of terms: ten thousand outlets share them. ``times`` is never changed.
    """

    stories: int
    times: Mapping[int, int]


_NO_COUNTS = _Counts(0, {})


class OutletHistory:
    """Counts, by outlet, the places that its stories were about. Safe to use from several threads."""

    def __init__(self, number_of: Callable[[str], int | None]) -> None:
        """Use ``number_of`` to turn a region's term into the gazetteer's number."""
        self._numbers = MemoDict(number_of)
        self._counts: dict[str, _Counts] = {}
        self._replacing = threading.Lock()

    def learn(self, outlet: str, stories: Iterable[Sequence[Tag]]) -> None:
        """Count new stories, given by their tags; all of them at once."""
        places = [self._places(tags) for tags in stories]
        with self._replacing:
            self._counts[outlet] = _add(self._counts.get(outlet, _NO_COUNTS), places)

    def shares(self, outlet: str) -> Mapping[int, float]:
        """Return the shares of its stories that were about each place, by number; empty while little is known.

        The mapping is the caller's: what is learned later does not change it.
        """
        stories, times = self._counts.get(outlet, _NO_COUNTS)
        if stories < _FEWEST_STORIES:
            return {}
        return {
            number: min(_LARGEST_SHARE, count / stories)
            for number, count in heapq.nlargest(_MOST_PLACES, times.items(), key=itemgetter(1))
            if count >= _FEWEST_TIMES
        }

    def _places(self, tags: Iterable[Tag]) -> list[int]:
        """Return the numbers of all places that a story is clearly about, with what contains them."""
        numbers = (self._numbers[term] for term in _terms(tags))
        return [number for number in numbers if number is not None]


def _terms(tags: Iterable[Tag]) -> Iterator[str]:
    """Yield the distinct terms of clear tags, in order: of equally frequent places the first are kept."""
    clear = (tag for tag in tags if tag.scheme == "region" and tag.role == "about" and tag.score >= _CLEAR)
    return iter(dict.fromkeys(term for tag in clear for term in tag.path))


def _add(counts: _Counts, stories: Sequence[Iterable[int]]) -> _Counts:
    """Return counts with these stories' places added, halved when they get many."""
    times = dict(counts.times)
    for places in stories:
        for number in places:
            times[number] = times.get(number, 0) + 1
    total = counts.stories + len(stories)
    if total > _DECAYS_AT:
        return _Counts(total // 2, {number: count // 2 for number, count in times.items() if count > 1})
    return _Counts(total, times)
