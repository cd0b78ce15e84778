"""What the operator configured. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """How an endpoint is requested: by which proxy (an address, ``environment`` or none), and by robots.txt or not."""

    proxy: str = ""
    respect_robots: bool = True


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

    ``kind`` is feed, sitemap or page; a page's stories are where ``select`` points. Where ``text`` is page, not feed,
    thin entries are read whole at their own addresses. ``fetch_options`` are by endpoint, where they
    are not the usual ones.
    """

    id: str
    outlet: str
    endpoints: tuple[str, ...]
    language: str
    interval: timedelta | None = None
    kind: str = "feed"
    select: Select | None = None
    text: str = "feed"
    fetch_options: Mapping[str, FetchOptions] = field(default_factory=dict, hash=False)

    @property
    def home(self) -> str:
        """The endpoint at the outlet's own domain."""
        return self.endpoints[0]

    def options_for(self, endpoint: str) -> FetchOptions:
        """Return how an endpoint is requested."""
        return self.fetch_options.get(endpoint, DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher under one identity, however many addresses it has.

    ``mode`` is failover; or race, where the next endpoint is requested too when one is slow; or compare, where all
    endpoints are read, the others at a lower rate. Mirrors that are ``trusted`` may add items that lead elsewhere.
    """

    id: str
    name: str
    country: str
    language: str
    home: str
    mirrors: tuple[str, ...] = ()
    links: str = "working"
    mode: str = "failover"
    trusted: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def bases(self) -> tuple[str, ...]:
        """Home and mirrors, home first."""
        return (self.home, *self.mirrors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A topic in several languages; ``terms`` are exact words, phrases, or beginnings ending in ``*``."""

    id: str
    label: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An output feed: everything that ``where`` holds, newest ``limit`` first."""

    name: str
    title: str
    where: str
    description: str = ""
    formats: tuple[str, ...] = ("atom", "rss")
    limit: int = 100
