"""The front page, and the pages of feeds."""

from __future__ import annotations

from dataclasses import dataclass

from syndicator.models.reader_pages.parts import DayStories, StoryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontWanted:
    """The front page: feeds by title, from page number 1 on."""

    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCard:
    """A feed to subscribe to; ``formats`` are the names of those it is published in."""

    name: str
    title: str
    description: str
    where: str
    language: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A feed with its latest stories and how many it had on each of the last days, today last.

    ``outlets`` is how many told them, ``languages`` are theirs, the most frequent first.
    """

    feed: FeedCard
    stories: tuple[StoryRow, ...]
    days: tuple[DayStories, ...] = ()
    outlets: int = 0
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """Some of the public feeds, ``count`` in all; ``outlets`` and ``languages`` count all that is read."""

    number: int
    pages: int
    count: int
    outlets: int
    languages: int
    shelves: tuple[Shelf, ...]
