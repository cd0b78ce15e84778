"""The list of topics, and the page of one: what the configuration calls concepts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syndicator.models.reader_pages.parts import DayStories, Name, SeenDay, Share, StoryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsWanted:
    """A page of topics by label, those after the key ``after``."""

    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLine:
    """A topic in a list: its stories of the last 7 and 30 days, and of each of these, today last.

    ``counted_since`` is None where they are counted for longer than that.
    """

    topic: Name
    week: int
    month: int
    days: tuple[DayStories, ...]
    counted_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsPage:
    """Some of ``count`` topics. ``next_after`` is the key for the next page, empty on the last one."""

    count: int
    after: str
    topics: tuple[TopicLine, ...]
    next_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWanted:
    """The page of a topic, with its stories numbered below ``before``; 0 for the latest."""

    id: str
    before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWord:
    """What speaks for a topic, or with a weight below 0 against it; one that ``is_veto`` rules it out."""

    text: str
    weight: float = 1.0
    is_veto: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWords:
    """The words of a language, "all" for any, and how many stories of 30 days in that language have the topic."""

    language: str
    words: tuple[TopicWord, ...]
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtWord:
    """Words as stories have them, and how many stories."""

    words: str
    language: str
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingFeed:
    """A public feed whose filter names a topic."""

    name: str
    title: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPage:
    """All that readers are told of a topic.

    A story has it when what it has of the ``words`` weighs at least ``threshold``; unless it ``is_weighed``, one of
    them is enough. ``without_words`` are languages that outlets write in and that it has no words for, with the number
    of those outlets. ``days`` are the last 30, and ``counted_since`` is None where they are counted for longer than
    that. ``searched`` is how many stories were looked through for it where there is no index, else 0; while that
    ``is_filling``, older stories are still missing. ``caught``, ``places`` and ``outlets`` are of its ``sampled``
    latest stories. ``feed`` is the name of its own feed, empty where there are none on demand.
    """

    topic: Name
    before: int
    threshold: float
    is_weighed: bool
    words: tuple[TopicWords, ...]
    without_words: tuple[tuple[str, int], ...]
    days: tuple[SeenDay, ...]
    counted_since: datetime | None
    stories: tuple[StoryRow, ...]
    next_before: int
    searched: int
    is_filling: bool
    sampled: int
    caught: tuple[CaughtWord, ...]
    places: tuple[Share, ...]
    outlets: tuple[Share, ...]
    feeds: tuple[NamingFeed, ...]
    feed: str
