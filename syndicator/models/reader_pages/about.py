"""The page that says what a server reads, how, and what is kept: all that varies comes from its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutWanted:
    """The page about this server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How often sources are asked: every ``interval`` on average, and by their rhythms where it ``is_adaptive``.

    None is asked more often than every ``shortest``, and each at least every ``longest``. Requests name themselves
    ``user_agent``; ``unruly`` is how many sources are asked whatever robots.txt says.
    """

    interval: timedelta
    is_adaptive: bool
    shortest: timedelta
    longest: timedelta
    user_agent: str
    unruly: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """How long what is kept: ``stories`` from when they were first seen.

    ``documents`` is for how long those are kept as they came of outlets that are captured, and ``on_demand`` for how
    long feeds on demand that nobody asks for; None where there are none.
    """

    stories: timedelta
    documents: timedelta | None = None
    on_demand: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """How many outlets there are of whose stories pages show a link alone, an excerpt, or the whole text."""

    link: int
    excerpt: int
    whole: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPage:
    """What this server is: ``outlets`` counts those it reads, ``mirrored`` those of them that have mirrors.

    ``feeds`` counts the public ones, ``looks_for_deletions`` the outlets whose stories' pages are looked at again.
    ``copies`` are the addresses of copies of this site, ``hubs`` those that tell subscribers at once.
    """

    version: str
    outlets: int
    mirrored: int
    languages: int
    countries: int
    feeds: int
    polling: Polling
    retained: Retained
    rights: Rights
    looks_for_deletions: int = 0
    copies: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
