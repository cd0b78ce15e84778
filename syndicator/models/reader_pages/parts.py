"""What several readers' pages show: rows of stories, tags, shares, days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The page is at another path by now, without the language: "events/12"."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Characters of a text from ``start`` up to, but not including, ``end``.

    ``kind`` is the role of the place they name (about, actor, dateline, mention), "concept", or "found" for words that
    a search asked for.
    """

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """An outlet, a place or a topic: the name that people read, and the language it is in."""

    id: str
    name: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChip:
    """A tag of a story: ``scheme`` is "region" or "concept"; ``role`` is empty for a concept."""

    scheme: str
    term: str
    label: str
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """A story in a list.

    ``origins`` is how many told its event in words of their own, this one included; ``copies`` are the outlets that
    carry its text. It ``is_retitled`` where its headline was rewritten. ``decided`` are the terms of a filter that it
    matches, in words.
    """

    id: int
    title: str
    language: str
    outlet: Name
    first_seen: datetime
    title_marks: tuple[Mark, ...] = ()
    excerpt: str = ""
    excerpt_marks: tuple[Mark, ...] = ()
    origins: int = 1
    copies: tuple[Name, ...] = ()
    is_retitled: bool = False
    tags: tuple[TagChip, ...] = ()
    decided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStories:
    """How many stories came on a day, UTC."""

    day: date
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDay:
    """How many stories came on a day, UTC; None if nobody looked."""

    day: date
    stories: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many stories of something there are: told in ``own`` words, and as ``copies``."""

    of: Name
    own: int
    copies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPart:
    """Words, with the space before them, that are the ``same``, were ``added`` or ``removed``."""

    kind: str
    words: str
