"""What may be told of stories, and to whom: one transaction, which is only read, the rules in force, and the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from syndicator import urls
from syndicator.models import EndpointState, Feed, Outlet, Republish, Source, Story
from syndicator.rules import Rules
from syndicator.runtime.open_addresses import is_told
from syndicator.store import Transaction


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Readers are told of public feeds only, and of stories that they may see, if it ``is_public``."""

    tx: Transaction
    rules: Rules
    now: datetime
    is_public: bool = False

    @property
    def feeds(self) -> Mapping[str, Feed]:
        """The feeds that may be told of."""
        return self.rules.public_feeds if self.is_public else self.rules.feeds

    @cached_property
    def shows_all(self) -> bool:
        """Whether every story may be told of: to operators, and to readers who can have any made into a feed."""
        return len(self.feeds) == len(self.rules.feeds) or self.rules.config.on_demand.is_enabled

    def visible(self, numbers: Sequence[int]) -> list[int]:
        """Return the numbers of those stories that may be told of, in the same order."""
        if self.shows_all:
            return list(numbers)
        held = self.tx.feeds.held_by(numbers, self.feeds)
        return [number for number in numbers if number in held]

    def policy(self, story: Story) -> Republish:
        """Return how much of a story's text is told: to readers as much as pages may show, else as much as feeds do."""
        outlet = self.rules.outlets.get(story.outlet)
        if outlet is not None:
            return outlet.on_pages if self.is_public else outlet.republish
        past = self.tx.origins.policy(story.source)
        return Republish.EXCERPT if self.is_public and past is Republish.FULL else past

    def name(self, outlet: str) -> str:
        """Return what an outlet is called; one that has left the configuration by its id."""
        found = self.rules.outlets.get(outlet)
        return found.name if found else outlet

    def endpoint(self, source: str, address: str | None) -> str | None:
        """Return the address at which something was read, as far as it may be told."""
        found = self.rules.sources.get(source)
        outlet = self.rules.outlets.get(found.outlet) if found else None
        if not address or (self.is_public and not is_told(outlet, address)):
            return None
        return urls.redact(address)

    def endpoints(self, outlets: Iterable[Outlet]) -> Mapping[str, Sequence[EndpointState]]:
        """Return the endpoints of outlets by source."""
        sources: list[Source] = [source for outlet in outlets for source in outlet.sources]
        return self.tx.sources.endpoints(sources)
