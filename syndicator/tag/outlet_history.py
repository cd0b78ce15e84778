"""Where an outlet's earlier stories were: the best hint which Springfield a local paper means. Learned as it goes.

It must not lock itself in: a namesake once taken for another would count for itself ever after. So only clear tags
count, each place's share is capped, a few stories say nothing, and what is long past fades.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syndicator.models import Tag
from syndicator.text import MemoDict

_CLEAR = 0.9  # score of a tag that counts
_FEWEST_STORIES = 3
_FEWEST_TIMES = 2
_LARGEST_SHARE = 0.5
_FADES_AT = 400  # stories: then all counts are halved
_MOST_PLACES = 40


@dataclass(slots=True)
class _Outlet:
    stories: int = 0
    times: Counter[int] = field(default_factory=Counter)  # by number of place: ten thousand outlets share the numbers


class OutletHistory:
    """Counts, by outlet, the regions that its stories were about."""

    def __init__(self, number_of: Callable[[str], int | None]) -> None:
        """Use ``number_of`` to turn a region's term into the gazetteer's number."""
        self._numbers = MemoDict(number_of)
        self._outlets: dict[str, _Outlet] = {}

    def learn(self, outlet: str, stories: Iterable[Sequence[Tag]]) -> None:
        """Count new stories, given by their tags."""
        known = self._outlets.setdefault(outlet, _Outlet())
        for tags in stories:
            known.stories += 1
            terms = {term for tag in tags if _is_clear(tag) for term in tag.path}
            known.times.update(number for term in terms if (number := self._numbers[term]) is not None)
        if known.stories > _FADES_AT:
            known.stories //= 2
            known.times = Counter({number: times // 2 for number, times in known.times.items() if times > 1})

    def shares(self, outlet: str) -> Mapping[int, float]:
        """Give the shares of its stories that were about each place, for ``Prior``; none while little is known."""
        known = self._outlets.get(outlet)
        if known is None or known.stories < _FEWEST_STORIES:
            return {}
        return {
            number: min(_LARGEST_SHARE, times / known.stories)
            for number, times in known.times.most_common(_MOST_PLACES)
            if times >= _FEWEST_TIMES
        }


def _is_clear(tag: Tag) -> bool:
    return tag.scheme == "region" and tag.role == "about" and tag.score >= _CLEAR
