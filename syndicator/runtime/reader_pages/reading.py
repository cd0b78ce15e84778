"""What readers' pages are made of: one transaction, which is only read, the rules in force, and the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from syndicator.models import Feed, Republish, Story
from syndicator.models.reader_pages import Name
from syndicator.rules import Rules
from syndicator.runtime.reader_pages.feed_days import Tallies
from syndicator.store import Transaction


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that a page is made from. ``feeds`` are the public ones: no page tells of others.

    ``tallies`` outlive the page: what was counted for one need not be counted for the next.
    """

    tx: Transaction
    rules: Rules
    now: datetime
    tallies: Tallies = field(default_factory=Tallies)

    @property
    def feeds(self) -> Mapping[str, Feed]:
        """The public feeds by name."""
        return self.rules.public_feeds

    @cached_property
    def shows_all(self) -> bool:
        """Whether anybody may see every story: unless some are in private feeds alone, and there are no others."""
        return len(self.feeds) == len(self.rules.feeds) or self.rules.config.on_demand.is_enabled

    def visible(self, numbers: Sequence[int]) -> list[int]:
        """Return the numbers of those stories that readers may see, in the same order."""
        if self.shows_all:
            return list(numbers)
        shown = self.tx.feeds.held_by(numbers, self.feeds)
        return [number for number in numbers if number in shown]

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

    def policy(self, story: Story) -> Republish:
        """Return how much of a story's text pages show."""
        outlet = self.rules.outlets.get(story.outlet)
        if outlet is not None:
            return outlet.on_pages
        past = self.tx.origins.policy(story.source)
        return past if past is Republish.LINK else Republish.EXCERPT
