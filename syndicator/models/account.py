"""All that is known of one story: for its page, its JSON and ``syndicator explain``. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TagAccount:
    """A tag with the words that it rests on."""

    scheme: str
    term: str
    label: str
    role: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingAccount:
    """An item of an outlet that tells the story: where it was read first, and why it was taken for the story.

    ``seconds`` is how long after the first it was seen. ``title`` is a copy's own. ``credit`` is the agency it names.
    ``captured`` is the WARC record of the document it came with: a file, and the offset there.
    """

    outlet: str
    outlet_name: str
    source: str
    endpoint: str | None
    is_mirror: bool
    link: str | None
    title: str | None
    published: datetime | None
    seen_at: datetime
    seconds: int
    decision: str
    reason: str
    credit: str
    captured: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStory:
    """Another story of the same event; ``page`` is the path of its page here."""

    id: int
    page: str
    title: str
    language: str
    outlet_name: str
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAccount:
    """The event that a story is on: its stories, the latest first, and why this one was counted among them.

    ``origins`` counts stories by whom they are from: those that credit one agency count once.
    """

    id: int
    title: str
    stories: int
    origins: int
    score: float | None
    reason: str
    others: tuple[EventStory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPart:
    """Words, with the space before them, that are the ``same``, were ``added`` or ``removed``."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionAccount:
    """A change of the story's words: when and where the new ones were seen first, and what is different."""

    at: datetime
    endpoint: str | None
    changed: tuple[str, ...]
    title: tuple[DiffPart, ...]
    text: tuple[DiffPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAccount:
    """Whether a feed holds the story, and the terms of its filter that decide, in words.

    It may hold one that its filter does not match any more: what readers have seen stays.
    """

    name: str
    title: str
    url: str
    is_member: bool
    matches: bool
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryAccount:
    """A story, and how it is known: ``title``, ``text`` and ``link`` are those of ``outlet``, its origin."""

    id: int
    uid: str
    page: str
    title: str
    text: str
    link: str | None
    language: str
    outlet: str
    outlet_name: str
    author: str | None
    published: datetime | None
    first_seen: datetime
    updated: datetime
    tellings: tuple[TellingAccount, ...]
    revisions: tuple[RevisionAccount, ...]
    tags: tuple[TagAccount, ...]
    feeds: tuple[FeedAccount, ...]
    event: EventAccount | None = None
    notes: tuple[str, ...] = ()
