"""What readers get, and what is decided on the way there. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """An attached media file."""

    url: str
    type: str
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The words a tag rests on: ``field`` is title or text, ``start`` and ``end`` count characters in it."""

    field: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A statement about a story. ``path`` runs from the widest holder to the term itself: SY, SY-ID.

    A region has a ``role`` (about, actor, dateline, mention), and a ``score``: the probability that the story names it.
    A place has its GeoNames id and, unless it is too large for one, a ``point`` (latitude and longitude in decimal
    degrees, WGS 84). Other schemes have none of these.
    """

    scheme: str
    term: str
    label: str
    path: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    role: str = ""
    score: float = 1.0
    geonameid: int | None = None
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item made safe: plain title, clean HTML, canonical link, folded onto the outlet's home.

    ``key`` tells it from the source's other items. Its plain text is read off ``html``: see ``markup.words_of_safe``.
    Digests are of folded words, so that a change of markup, case or punctuation is none; ``copy_digest`` is None where
    there are too few words to tell a copy from a coincidence. ``feeds`` are those whose filters held it when it was
    made.
    """

    key: str
    link: str | None
    link_key: str | None
    title: str
    html: str
    title_digest: str
    text_digest: str
    copy_digest: str | None
    author: str | None
    published: datetime | None
    language: str
    categories: tuple[str, ...] = ()
    enclosure: Enclosure | None = None
    point: tuple[float, float] | None = None
    tags: tuple[Tag, ...] = ()
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What readers get. ``uid`` never changes; ``updated`` moves only when its words did."""

    id: int
    uid: str
    outlet: str
    source: str
    source_title: str
    title: str
    html: str
    link: str | None
    author: str | None
    language: str
    published: datetime | None
    first_seen: datetime
    updated: datetime
    categories: tuple[str, ...] = ()
    enclosure: Enclosure | None = None
    point: tuple[float, float] | None = None
    tags: tuple[Tag, ...] = ()
    outlets: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


class Verdict(StrEnum):
    """What an entry is to us."""

    NEW = "new"
    UPDATED = "updated"
    COPY = "copy"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry as it was last taken in: which story it stands for, what it said.

    ``story`` is None once retention has let the story go: the entry is still known, and must not come back as new.
    ``is_confirmed`` says that the story has been shown by its outlet's home, not only by a mirror.
    """

    id: int
    source: str
    story: int | None
    origin: str
    title_digest: str
    text_digest: str
    link_key: str | None
    published: datetime | None
    seen_at: datetime
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows that bears on one document's entries.

    ``sightings`` by entry key within the source, ``links`` by link key within the outlet, ``texts``: the number of
    the story that first had these very words, by copy digest, anywhere.
    """

    sightings: Mapping[str, KnownEntry]
    links: Mapping[str, KnownEntry]
    texts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done with one entry, and why, in words.

    ``story`` is the story it belongs to; for a new one it is None, and None too where ``repeats`` says that it belongs
    to the new story of an earlier decision of the same document. ``sighting`` is the known entry that this one is,
    ``retires`` the one whose key it takes over: what that stood for is still known by its page and words. ``changed``
    names what the source now says otherwise (title, text, link); only with UPDATED does the story follow.
    ``is_rekeyed``: the known entry has another key now; ``is_confirming``: the outlet's home shows a story that only a
    mirror had.
    """

    verdict: Verdict
    entry: Entry
    reason: str
    story: int | None = None
    sighting: int | None = None
    repeats: int | None = None
    changed: tuple[str, ...] = ()
    is_rekeyed: bool = False
    is_confirming: bool = False
    retires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """How far an output feed's files are behind its members."""

    name: str
    version: int
    rendered: int
    changed_at: datetime
    members: int = 0
