"""The configuration as the rest of the program sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from syndicator.errors import Problem
from syndicator.models import Concept, Feed, FetchOptions, FetchSettings, Network, Outlet, PollBounds, Source
from syndicator.models.hub import HubSettings
from syndicator.models.notify import MailSettings, Recipient
from syndicator.models.on_demand import OnDemandSettings
from syndicator.models.settings import WatchSettings
from syndicator.models.workers import Worker
from syndicator.query import Vocabulary, Where
from syndicator.tag import open_gazetteer


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything the operator decided.

    ``fetch_options`` are those of commands that request an address which belongs to no source. ``filters`` are the
    parsed filters of ``feeds``, by the same names; ``recipient_filters`` are those of ``recipients`` that have one.
    ``texts`` are those of the files in force, by name; ``overrides`` are settings that the environment and the command
    line put in place of those in ``syndicator.toml``, by dotted key. ``problems`` are those of files that are not in
    force: the text that was last in force stands in, or the file is ``left_out``. ``warnings`` are what is in force,
    and perhaps not meant.
    """

    folder: Path
    state: Path
    listen: tuple[str, int]
    base_url: str
    title: str
    store: str
    retention: timedelta
    capture_retention: timedelta
    capture_size: int
    workers: int
    bounds: PollBounds
    politeness: FetchSettings
    at_once: int
    mirror_patience: timedelta
    mirror_slow: timedelta
    status_refresh: timedelta
    feed_icon: str
    feed_logo: str
    copies_to: tuple[str, ...]
    copies_at: tuple[str, ...]
    copy_credentials: Path | None
    operators: tuple[str, int] | None = None
    trusted_proxies: tuple[Network, ...] = ()
    hub: HubSettings = field(default_factory=HubSettings)
    on_demand: OnDemandSettings = field(default_factory=OnDemandSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    mail: MailSettings | None = None
    pages_per_hour: int
    fetch_options: FetchOptions
    takes_pushes: bool
    authority: str
    outlets: Mapping[str, Outlet] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    filters: Mapping[str, Where] = field(default_factory=dict)
    concepts: Mapping[str, Concept] = field(default_factory=dict)
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    recipient_filters: Mapping[str, Where] = field(default_factory=dict)
    gazetteer: Path
    worker: Worker
    overrides: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    left_out: frozenset[str] = field(default=frozenset(), compare=False)

    @cached_property
    def sources(self) -> dict[str, Source]:
        """All sources by id."""
        return {source.id: source for outlet in self.outlets.values() for source in outlet.sources}

    @property
    def operators_url(self) -> str:
        """Where operators' pages are, without a slash at the end; with readers' ones where they are off."""
        if self.operators is None or self.operators == self.listen:
            return self.base_url
        host, port = self.operators
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def store_place(self) -> str:
        """Where the store is, to be shown: the path of a SQLite database, or an address, which may have a password."""
        return self.store.removeprefix("sqlite:///")

    @property
    def resting_feeds(self) -> frozenset[str]:
        """The names of feeds whose files are bad and never were in force: what is published of them stays."""
        return frozenset(name[6:-5] for name in self.left_out if name.startswith("feeds/"))

    @property
    def resting_recipients(self) -> frozenset[str]:
        """The names of recipients whose files are bad and never were in force: what they are to be told stays."""
        return frozenset(name[7:-5] for name in self.left_out if name.startswith("alerts/"))

    @property
    def vocabulary(self) -> Vocabulary:
        """What filters may name."""
        return self.vocabulary_of(self.feeds)

    def vocabulary_of(self, names: Collection[str]) -> Vocabulary:
        """Return what filters may name that use the feeds with these names only."""
        feeds = {name: self.feeds[name].title for name in names}
        return vocabulary(self.outlets, self.concepts, self.gazetteer, feeds)


def vocabulary(
    outlets: Mapping[str, Outlet],
    concepts: Mapping[str, Concept],
    gazetteer: Path,
    feeds: Mapping[str, str] = MappingProxyType({}),
) -> Vocabulary:
    """Return the regions, concepts, outlets, sources and ``feeds`` that a filter may name, with labels."""
    places = open_gazetteer(gazetteer)
    return Vocabulary(
        groups=places.groups,
        find_region=places.label_of,
        regions_called=places.called,
        values={
            "region": places.labels(),
            "concept": {key: concept.label for key, concept in concepts.items()},
            "outlet": {key: outlet.name for key, outlet in outlets.items()},
            "source": {source.id: outlet.name for outlet in outlets.values() for source in outlet.sources},
            "feed": feeds,
        },
    )
