"""What is known of a document's entries, and what is decided on them. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeGuard

from syndicator.models.stories import Entry, Tag


class GuidFault(StrEnum):
    """Why a source's guids do not tell its items apart."""

    MOVING = "its guids move from item to item"
    CHANGING = "its guids change while its items stay"


class Verdict(StrEnum):
    """What an entry is to us."""

    NEW = "new"
    UPDATED = "updated"
    COPY = "copy"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry as the store holds it: the story it stands for, and what it said when it was last ingested.

    ``story`` is None once retention has deleted the story: the entry is still known, and must not come back as new.
    ``is_confirmed`` is true when the outlet's home has shown the story, not only a mirror. ``text_revisions`` counts
    how often the text alone was rewritten. The story has the words of the entry that ``is_face``; it may have others of
    its outlet, such as the flash that came before.
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
    text_revisions: int = 0
    link: str | None = None
    is_face: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyCandidate:
    """A story that an entry may be a copy of, as it is told now: both share fingerprints, or lead to one page.

    Where it ``is_exact`` their words are the same. ``credit`` is the agency that its outlet credits it to.
    """

    story: int
    outlet: str
    title: str
    html: str
    language: str = ""
    tags: tuple[Tag, ...] = ()
    credit: str = ""
    is_confirmed: bool = True
    is_same_page: bool = False
    is_exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows that bears on one document's entries.

    ``entries`` by entry key within the source, ``links`` by link key within the outlet. ``texts`` maps a copy digest to
    the number of the story that first had these words, at any outlet. ``tombstones`` are keys of entries of this source
    whose story retention deleted long ago. Under ``shared_links`` this source has shown several stories lately.
    ``candidates`` by entry key, for entries that are known by nothing else; ``boilerplate`` is what is learned of that
    of the outlets of all these, packed, see ``ingest.boilerplate``.
    """

    entries: Mapping[str, KnownEntry]
    links: Mapping[str, KnownEntry]
    texts: Mapping[str, int]
    tombstones: frozenset[str] = frozenset()
    shared_links: frozenset[str] = frozenset()
    candidates: Mapping[str, tuple[CopyCandidate, ...]] = field(default_factory=dict)
    boilerplate: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An entry that begins a story. It takes over the key of the known entry ``retires``, if any."""

    verdict: ClassVar[Verdict] = Verdict.NEW
    entry: Entry
    reason: str
    retires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An entry that shows a known story again: another section's, another outlet's, or twice in one document.

    ``story`` is that story's number, or None where ``repeats`` is the place of the decision in the same document that
    begins it. If it is ``is_confirming``, the outlet's home shows a story that only a mirror had.
    """

    verdict: ClassVar[Verdict] = Verdict.COPY
    entry: Entry
    reason: str
    story: int | None = None
    repeats: int | None = None
    is_confirming: bool = False
    retires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An entry whose story follows it: ``changed`` names what is different (title, text, link).

    ``known`` is the entry's row, or None for an entry not seen before: a longer version under an id of its own, or the
    origin of a story that others had first. In the second case it ``takes_over`` the story, which is its outlet's from
    then on. If it is ``is_rekeyed``, the entry has another key now. It takes over the key of the entry ``retires``.
    """

    verdict: ClassVar[Verdict] = Verdict.UPDATED
    entry: Entry
    reason: str
    story: int
    known: int | None
    changed: tuple[str, ...]
    is_rekeyed: bool = False
    is_confirming: bool = False
    takes_over: bool = False
    retires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A known entry whose story stays as it is.

    ``changed`` names what is different and only noted on the entry: a copy's new words, for example. ``known`` is None
    for an entry of which only a tombstone is left.
    """

    verdict: ClassVar[Verdict] = Verdict.UNCHANGED
    entry: Entry
    reason: str
    story: int | None
    known: int | None
    changed: tuple[str, ...] = ()
    is_rekeyed: bool = False
    is_confirming: bool = False


Decision = New | Copy | Update | Unchanged


def is_first_seen(decision: Decision) -> TypeGuard[New | Copy | Update]:
    """Return whether a decision is on an entry that has no row yet."""
    return isinstance(decision, New | Copy) or (isinstance(decision, Update) and decision.known is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An entry of a story, as it was first seen: where, when, and why it was taken for that story.

    ``title`` is that of a copy; that of others is the story's. What is not known of entries from before is None or
    empty. Its ``key`` and its digests are as they are by now.
    """

    outlet: str
    source: str
    endpoint: str | None
    link: str | None
    title: str | None
    published: datetime | None
    seen_at: datetime
    verdict: Verdict | None
    reason: str
    credit: str
    key: str = ""
    title_digest: str = ""
    text_digest: str = ""
