"""The configuration that publishing works by. Plain frozen values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from syndicator.models import Feed, Origin, Outlet, Story
from syndicator.models.formats import file_name
from syndicator.publish.cache import EntryCache


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationContext:
    """What all feeds have in common. Addresses come from ``base_url`` and never from a request.

    ``labels`` are the names of regions and concepts by term. ``past`` has the origins of sources that have left the
    configuration. Rendered entries depend on all of this, so that ``entry_cache`` belongs to one context.

    ``local_label`` returns what a region is called in a language, by language and term, or None. ``language`` is that
    of a feed which has its labels in it. Where it ``has_story_links``, each entry leads to its story's page here.
    ``entry_title`` is the template of a feed's titles, empty for the stories' own.

    ``icon`` and ``logo`` are the addresses of pictures for feeds that have none of their own. ``hubs`` are where feeds
    can be subscribed to (WebSub). ``alternates`` are other addresses that hold all that is below ``base_url``.
    """

    base_url: str
    title: str
    authority: str
    outlets: Mapping[str, Outlet]
    labels: Mapping[str, str]
    past: Mapping[str, Origin] = field(default_factory=dict)
    local_label: Callable[[str, str], str | None] | None = None
    language: str = ""
    has_story_links: bool = True
    entry_title: str = ""
    icon: str = ""
    logo: str = ""
    hubs: tuple[str, ...] = ()
    alternates: tuple[str, ...] = ()
    ttl_minutes: int = 5
    entry_cache: EntryCache = field(default_factory=EntryCache, compare=False, repr=False)

    def address(self, feed: Feed, format_name: str) -> str:
        """Return a feed's own address."""
        return f"{self.base_url}/feeds/{file_name(feed.name, format_name)}"

    def of_feed(self, feed: Feed) -> PublicationContext:
        """Return the context of one feed: this one, unless its entries differ from those of most feeds."""
        if not feed.labels and not feed.entry_title and feed.has_story_links == self.has_story_links:
            return self
        return replace(self, language=feed.labels, has_story_links=feed.has_story_links, entry_title=feed.entry_title)

    @property
    def variant(self) -> str:
        """What tells entries of this context from those of others that share its cache."""
        return f"{self.language}{'' if self.has_story_links else ' unlinked'} {self.entry_title}"

    def public_hubs(self, feed: Feed) -> tuple[str, ...]:
        """Return where a feed can be subscribed to: a private one nowhere."""
        return () if feed.is_private else self.hubs

    def duplicates(self, feed: Feed, format_name: str) -> tuple[str, ...]:
        """Return the other addresses of a feed's file: of a private one, there are none."""
        name = file_name(feed.name, format_name)
        return () if feed.is_private else tuple(f"{base}/feeds/{name}" for base in self.alternates)

    def story_page(self, story: Story) -> str | None:
        """Return the address of a story's page here, if entries lead to it."""
        return f"{self.base_url}/stories/{story.id}" if self.has_story_links else None

    def label(self, scheme: str, term: str, english: str) -> str:
        """Return a category's label in the feed's language, or ``english`` if there is none."""
        if not self.language or self.local_label is None or scheme != "region":
            return english
        return self.local_label(self.language, term) or english

    def scheme(self, scheme: str) -> str:
        """Return the URI of the scheme that a tag's terms belong to."""
        return f"tag:{self.authority}:{scheme}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRules:
    """The output feeds in force, by name, and their common context. A reload replaces it as a whole.

    ``asked_fields`` are the fields that feeds' filters ask for, by the feeds' names.
    """

    feeds: Mapping[str, Feed]
    context: PublicationContext
    asked_fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
