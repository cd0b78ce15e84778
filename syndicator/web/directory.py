"""What readers may be told of feeds: those in force, and those that were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syndicator.models import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDirectory:
    """The output feeds by name. A reload replaces it as a whole.

    Addresses come from ``base_url`` and never from a request. ``former`` are the names of feeds that are gone, each
    with its present name, or empty where there is none. Without the tokens of private feeds, these are nobody's here.
    """

    base_url: str = ""
    title: str = "syndicator"
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    has_tokens: bool = True

    def itself(self) -> FeedDirectory:
        """Return itself, where a function is wanted that returns the directory in force."""
        return self

    @property
    def public_feeds(self) -> list[Feed]:
        """The feeds that may be listed, by title."""
        return sorted((each for each in self.feeds.values() if not each.is_private), key=_title)


def _title(feed: Feed) -> tuple[str, str]:
    return feed.title.casefold(), feed.name
