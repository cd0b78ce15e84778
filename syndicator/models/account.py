"""All that is known of one story: for its page, its JSON and ``syndicator explain``. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syndicator.models.reader_pages.outlets import AddressState
from syndicator.models.reader_pages.parts import DiffPart, Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class TagAccount:
    """A tag with the words that it rests on, those ``in_title`` and ``in_text``; ``ask`` is a filter's term for it."""

    scheme: str
    term: str
    label: str
    role: str
    score: float
    words: tuple[str, ...]
    in_title: tuple[str, ...] = ()
    in_text: tuple[str, ...] = ()
    ask: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingAccount:
    """An item of an outlet that tells the story: where it was read first, and why it was taken for the story.

    ``seconds`` is how long after the first it was seen. ``title`` is a copy's own. ``credit`` is the agency it names.
    ``captured`` is the WARC record of the document it came with: a file, and the offset there.

    ``wording`` is what became of the text in a copy: see ``ingest.copies.Likeness``; empty for the story's own outlet,
    and where it is not known. ``headline`` is the story's, as it was then, against the copy's own, if that is another.
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
    language: str = ""
    country: str = ""
    is_copy: bool = False
    wording: str = ""
    headline: tuple[DiffPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NearStory:
    """A story of its own in nearly the same words, where other ``facts`` stand: numbers, days, names, or a headline.

    ``instead`` are pairs of words: this story's, and that one's in their place. It came ``seconds`` after this one, or
    before it where that is negative.
    """

    id: int
    title: str
    language: str
    outlet: str
    outlet_name: str
    first_seen: datetime
    seconds: int
    facts: str
    instead: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time on an address: ``shown`` in its newest words, in ``other`` words, ``missing`` there, or no ``answer``."""

    kind: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressAccount:
    """An address of the outlet whose page it is: the home first, then the mirrors.

    ``page`` is the story's there; None where one needs a secret. ``kind`` is home, mirror, onion, or elsewhere for a
    page that is none of an outlet that is known. ``state`` is what became of asking it last; None for that page.

    What follows is known where the outlet's addresses are compared: since when it shows the story, when it was read
    last without it, whether it shows the newest words, and the home's ``headline`` against its own, if that is another.
    ``lag`` is how many seconds after the home it had the story. At ``changed_at`` it showed the newest words before any
    other.
    """

    host: str
    page: str | None
    kind: str
    state: AddressState | None = None
    good_at: datetime | None = None
    answers_since: datetime | None = None
    tried_at: datetime | None = None
    shown_at: datetime | None = None
    missing_at: datetime | None = None
    changed_at: datetime | None = None
    has_newest: bool | None = None
    lag: int = 0
    headline: tuple[DiffPart, ...] = ()
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """How the story is known: where it was read first, how (direct, onion, or the kind of proxy), and as what.

    ``identity`` is by what its source's item is known again: guid, link, or words.
    """

    endpoint: str | None
    source: str
    way: str
    identity: str
    outcome: str = ""
    digest: str = ""
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

    ``origins`` counts stories by whom they are from: those that credit one agency count once. ``copies`` counts outlets
    that carry another's text; ``place`` is this story's among all, the first being 1.
    """

    id: int
    title: str
    stories: int
    origins: int
    score: float | None
    reason: str
    others: tuple[EventStory, ...]
    copies: int = 0
    place: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionAccount:
    """A change of the story's words: when and where the new ones were seen first, and what is different.

    The new words are ``version`` of those that are kept, the oldest being 1; those before were there since ``since``.
    ``added`` and ``removed`` count words of what is shown of the text.
    """

    at: datetime
    endpoint: str | None
    changed: tuple[str, ...]
    title: tuple[DiffPart, ...]
    text: tuple[DiffPart, ...]
    version: int = 2
    since: datetime | None = None
    added: int = 0
    removed: int = 0


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
    """A story, and how it is known: ``title``, ``text`` and ``link`` are those of ``outlet``, its origin.

    ``text`` is as much as ``policy`` lets be shown (link, excerpt, full): ``shown`` of ``length`` words. ``marks`` are
    on the words that tags rest on; paragraphs begin at ``breaks``. ``feeds`` are those that are explained:
    ``more_feeds`` hold it as well. While the outlet's home ``is_home_down``, ``link`` leads to an address that answers.
    If it ``is_compared``, all its addresses are read. ``whole_change`` is the first version against the newest, where
    there are others between them.
    """

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
    country: str = ""
    policy: str = ""
    shown: int = 0
    length: int = 0
    marks: tuple[Mark, ...] = ()
    breaks: tuple[int, ...] = ()
    addresses: tuple[AddressAccount, ...] = ()
    is_home_down: bool = False
    is_compared: bool = False
    near: tuple[NearStory, ...] = ()
    more_feeds: int = 0
    basis: Basis | None = None
    whole_change: RevisionAccount | None = None
    deleted_at: datetime | None = None
