"""What readers get, and what is decided on the way there. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """An attached media file."""

    url: str
    type: str
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that a story came with; 0 stands for an unknown size in pixels, "" for an unknown media type.

    A thumbnail is a small picture that stands for the story, or for another of its pictures.
    """

    url: str
    type: str = ""
    width: int = 0
    height: int = 0
    is_thumbnail: bool = False


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
    degrees, WGS 84). ``namesakes`` are terms of places that the words may as well mean: of the town Idlib where the
    tag is that of the division. Other schemes have none of these.
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
    namesakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item made safe: plain title, clean HTML, canonical link, folded onto the outlet's home.

    ``key`` tells it from the source's other items. ``other_keys`` are those by which it may be known as well, and
    ``other_links`` the keys of its other addresses: they count only beside the same words. Its plain text is read off
    ``html``: see ``markup.words_of_safe``. Digests are of folded words, so that a change of markup, case or punctuation
    is none; ``copy_digest`` is None where there are too few words to tell a copy from a coincidence, ``fingerprint``
    (see ``fingerprint.fingerprint``) is empty there. ``credit`` is the agency that the text is credited to, if any.
    ``feeds`` are those whose filters held it when it was made.
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
    other_keys: tuple[str, ...] = ()
    other_links: tuple[str, ...] = ()
    fingerprint: bytes = b""
    credit: str = ""
    pictures: tuple[Picture, ...] = ()


# What was published longer ago than this when it came is old news: an outlet's first document, or what it brought over.
OLD_NEWS = timedelta(days=2)


def placed_at(published: datetime | None, first_seen: datetime) -> datetime:
    """Return the time by which a story has its place in feeds: when it came, or its own date if it was old by then."""
    return published if published is not None and published < first_seen - OLD_NEWS else first_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What readers get. ``uid`` never changes; ``updated`` moves only when its words did.

    ``outlets`` are its own and those that copied it, ``copied_at`` is when the last of them did. ``revised`` names what
    its outlet has ever rewritten (title, text). Since ``deleted_at`` its page at the outlet is known to be gone.
    ``notes`` is HTML that a feed shows above its text: what happened to it. The store has none.
    """

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
    revised: tuple[str, ...] = ()
    copied_at: datetime | None = None
    deleted_at: datetime | None = None
    pictures: tuple[Picture, ...] = ()
    notes: str = ""

    @property
    def placed_at(self) -> datetime:
        """The time by which it has its place in feeds; ``updated`` is that, until its words change."""
        return self.updated if self.updated <= self.first_seen else placed_at(self.published, self.first_seen)


class Headline(NamedTuple):
    """What lists of stories need to know of one: no text, no tags."""

    id: int
    title: str
    language: str
    outlet: str
    first_seen: datetime


class StoryBrief(NamedTuple):
    """A story without its text and what rests on that. A named tuple: a page reads a thousand."""

    id: int
    outlet: str
    language: str
    title: str
    link: str | None
    first_seen: datetime
    revised: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryText:
    """The words of a story that its outlet may rewrite."""

    title: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The words that a story had before its outlet rewrote them.

    ``endpoint`` showed the new ones. ``changed`` names what was rewritten (title, text). Both are empty for revisions
    of the version that did not keep them.
    """

    replaced_at: datetime
    title: str
    html: str
    endpoint: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """An outlet that carries another's story: when it was first seen there, and where."""

    outlet: str
    first_seen: datetime
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """How far an output feed's files are behind its members."""

    name: str
    version: int
    rendered: int
    changed_at: datetime
    members: int = 0


class ChangeKind(StrEnum):
    """What happened to a story: the outbox's closed set.

    A story that is ``RETRACTED`` has left the store, by retention. One whose page its outlet took away is ``DELETED``,
    and ``RESTORED`` if the page comes back: both are still in the store.
    One that is ``RETAGGED`` says the same, and was given other tags.
    """

    ADDED = "added"
    REVISED = "revised"
    RETRACTED = "retracted"
    COPIED = "copied"
    LINKED = "linked"
    DELETED = "deleted"
    RESTORED = "restored"
    RETAGGED = "retagged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of the outbox. ``position`` rises in order of commit; consumers keep the last one they have handled."""

    position: int
    story: int
    kind: ChangeKind
    at: datetime
