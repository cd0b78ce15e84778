"""What the operator configured. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from syndicator.models.formats import DEFAULT_FORMATS
from syndicator.models.tokens import FeedToken


class SourceKind(StrEnum):
    """What the documents of a source are."""

    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"


class TextFrom(StrEnum):
    """Where the text of thin entries is read: in the feed, or at their own pages."""

    FEED = "feed"
    PAGE = "page"


class OutletMode(StrEnum):
    """When an outlet's other endpoints are requested: on failure; when one is slow; or always, to compare them."""

    FAILOVER = "failover"
    RACE = "race"
    COMPARE = "compare"


class LinksTo(StrEnum):
    """Where links lead while an outlet's home is down: to a mirror that works, or home all the same."""

    WORKING = "working"
    HOME = "home"


class Republish(StrEnum):
    """How much of an outlet's stories our feeds show: title and link, an excerpt, or the whole text."""

    LINK = "link"
    EXCERPT = "excerpt"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """How an endpoint is requested: by which proxy (an address, ``environment`` or none), and by robots.txt or not.

    If it ``keeps_packed``, a gzip file that is too large when unpacked is returned as it came: sitemaps are. Of a body
    at most ``largest`` bytes are read; 0 stands for the usual bound. What comes is ``captured_for`` an outlet, by its
    id; empty, as mostly, for none.
    """

    proxy: str = ""
    respect_robots: bool = True
    keeps_packed: bool = False
    largest: int = 0
    captured_for: str = ""


DIRECT = FetchOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """CSS selectors for the stories of a page, and within each. Where one is empty, the usual place is looked at."""

    item: str
    link: str = ""
    title: str = ""
    text: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing of an outlet that is polled, at one of its endpoint URLs; that of the home comes first.

    A page's stories are where ``select`` points. ``fetch_options`` are by endpoint, where they are not the usual ones.
    Only processes with a label of ``ask_from`` poll it, where it names any. If it ``is_captured``, its documents are
    kept as they were received. ``expect`` is how long it may be without anything new, where the operator knows.
    """

    id: str
    outlet: str
    endpoints: tuple[str, ...]
    language: str
    interval: timedelta | None = None
    kind: SourceKind = SourceKind.FEED
    select: Select | None = None
    text: TextFrom = TextFrom.FEED
    is_captured: bool = False
    expect: timedelta | None = None
    ask_from: frozenset[str] = frozenset()
    fetch_options: Mapping[str, FetchOptions] = field(default_factory=dict, hash=False)

    @property
    def home(self) -> str:
        """The endpoint at the outlet's own domain."""
        return self.endpoints[0]

    def options_for(self, endpoint: str) -> FetchOptions:
        """Return how an endpoint is requested."""
        options = self.fetch_options.get(endpoint, DIRECT)
        if self.is_captured:
            options = replace(options, captured_for=self.outlet)
        return replace(options, keeps_packed=True) if self.kind is SourceKind.SITEMAP else options


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What readers are told of a story's source: its outlet's name and home, and its own address. No passwords.

    ``republish`` is how much of its stories they are shown.
    """

    source: str
    outlet: str
    name: str
    home: str
    address: str
    republish: Republish = Republish.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher under one identity, however many addresses it has.

    Mirrors that are ``trusted`` may add items that lead elsewhere. If it ``is_preferred``, stories that other outlets
    have as well are told in its words. If it ``finds_deletions``, its stories' pages are looked at again for some time.
    ``republish`` is how much of its stories feeds show, ``on_pages`` how much pages do. ``expect`` is how long it may
    be without anything new, where the operator knows.
    """

    id: str
    name: str
    country: str
    language: str
    home: str
    mirrors: tuple[str, ...] = ()
    links: LinksTo = LinksTo.WORKING
    mode: OutletMode = OutletMode.FAILOVER
    trusted: tuple[str, ...] = ()
    is_preferred: bool = False
    finds_deletions: bool = False
    republish: Republish = Republish.FULL
    on_pages: Republish = Republish.EXCERPT
    expect: timedelta | None = None
    sources: tuple[Source, ...] = ()

    @property
    def bases(self) -> tuple[str, ...]:
        """Home and mirrors, home first."""
        return (self.home, *self.mirrors)


EVERY_LANGUAGE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptEntry:
    """What speaks for a concept, in texts of one language or of every one; with a weight below 0, against it.

    A story with an entry that ``is_veto`` is not about the concept, whatever else it has.
    """

    text: str
    language: str = EVERY_LANGUAGE
    weight: float = 1.0
    is_veto: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A topic in several languages: what a story has of its entries must weigh at least ``threshold``.

    ``terms`` are the texts of those that speak for it. Without ``entries`` they are words of every language.
    """

    id: str
    label: str
    terms: tuple[str, ...]
    entries: tuple[ConceptEntry, ...] = ()
    threshold: float = 1.0

    @property
    def is_plain(self) -> bool:
        """Whether any of its terms makes a story one of it."""
        return self.threshold == 1 and all(entry.weight == 1 and not entry.is_veto for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An output feed: everything that ``where`` holds, newest ``limit`` first.

    ``labels`` is the language of its categories' labels, a BCP 47 tag; empty for English. If it ``has_story_links``, a
    line below each entry's text leads to the story's page. If it ``has_archives``, what leaves it stays in those.
    ``language`` is that of its own title and description, if known. ``entry_title`` is a template for entries' titles:
    see ``titles``. ``icon`` (square) and ``logo`` (wide) are addresses of its pictures. Readers who ask for a name in
    ``renamed_from`` are sent here. Where there are ``tokens``, only who has one may
    read it: nobody, if there are none left.
    """

    name: str
    title: str
    where: str
    description: str = ""
    formats: tuple[str, ...] = DEFAULT_FORMATS
    limit: int = 100
    labels: str = ""
    has_story_links: bool = True
    has_archives: bool = True
    language: str = ""
    entry_title: str = ""
    icon: str = ""
    logo: str = ""
    renamed_from: tuple[str, ...] = ()
    tokens: tuple[FeedToken, ...] | None = None

    @property
    def is_private(self) -> bool:
        """Whether it is for those who have a token, and not shown, listed, copied or announced to anybody else."""
        return self.tokens is not None
