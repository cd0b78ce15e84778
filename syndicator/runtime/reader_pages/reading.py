"""What readers' pages are made of: what readers may be told of, in which order, and what outlets are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from syndicator.models import Story
from syndicator.models.reader_pages import Name
from syndicator.runtime.reader_pages.feed_days import Tallies
from syndicator.runtime.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Reading(Scope):
    """All that a page is made from, for readers.

    ``tallies`` outlive the page: what was counted for one need not be counted for the next.
    """

    is_public: bool = True
    tallies: Tallies = field(default_factory=Tallies)

    def stories(self, numbers: Sequence[int]) -> list[Story]:
        """Return those of these stories that readers may see, in the order of their numbers as they are given."""
        found = {story.id: story for story in self.tx.stories.get(self.visible(numbers))}
        return [found[number] for number in numbers if number in found]

    def outlet(self, id_: str) -> Name:
        """Return what an outlet is called; one that has left the configuration by its id."""
        outlet = self.rules.outlets.get(id_)
        return Name(id=id_, name=outlet.name, language=outlet.language) if outlet else Name(id=id_, name=id_)

    def outlets(self, ids: Iterable[str]) -> tuple[Name, ...]:
        """Return what outlets are called."""
        return tuple(self.outlet(each) for each in ids)
