"""Where an outlet's earlier stories were: the best hint which Springfield a local paper means. Learned as it goes.

It must not lock itself in: a namesake once taken for another would count for itself ever after. So only clear tags
count, each place's share is capped, a few stories say nothing, and what is long past fades.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syndicator.models import Tag

_CLEAR = 0.9  # score of a tag that counts
_FEWEST_STORIES = 3
_FEWEST_TIMES = 2
_LARGEST_SHARE = 0.5
_FADES_AT = 400  # stories: then all counts are halved
_MOST_PLACES = 40


@dataclass(slots=True)
class _Outlet:
    stories: int = 0
    times: Counter[str] = field(default_factory=Counter)


class Earlier:
    """Counts, by outlet, the regions that its stories were about."""

    def __init__(self, number_of: Callable[[str], int | None]) -> None:
        """Use ``number_of`` to turn a region's term into the gazetteer's number."""
        self._number_of = number_of
        self._outlets: dict[str, _Outlet] = {}
        self._shares: dict[str, Mapping[int, float]] = {}

    def learn(self, outlet: str, stories: Iterable[Sequence[Tag]]) -> None:
        """Count new stories, given by their tags."""
        known = self._outlets.setdefault(outlet, _Outlet())
        for tags in stories:
            known.stories += 1
            known.times.update({term for tag in tags if _is_clear(tag) for term in tag.path})
            self._shares.pop(outlet, None)
        if known.stories > _FADES_AT:
            known.stories //= 2
            known.times = Counter({term: times // 2 for term, times in known.times.items() if times > 1})

    def shares(self, outlet: str) -> Mapping[int, float]:
        """Give the shares of its stories that were about each place, for ``Prior``; none while little is known."""
        shares = self._shares.get(outlet)
        if shares is None:
            shares = self._shares[outlet] = dict(self._count(self._outlets.get(outlet, _Outlet())))
        return shares

    def _count(self, known: _Outlet) -> Iterable[tuple[int, float]]:
        if known.stories < _FEWEST_STORIES:
            return
        for term, times in known.times.most_common(_MOST_PLACES):
            number = self._number_of(term) if times >= _FEWEST_TIMES else None
            if number is not None:
                yield number, min(_LARGEST_SHARE, times / known.stories)


def _is_clear(tag: Tag) -> bool:
    return tag.scheme == "region" and tag.role == "about" and tag.score >= _CLEAR
