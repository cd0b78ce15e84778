"""What is known of outlets beside their stories. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from syndicator.models.documents import Outcome, PermanentRedirect, Quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProfile:
    """What a source is known by: its title, the hosts its items lead to, the scripts and words of their titles.

    ``hosts`` and ``words`` have the latest first; ``scripts`` are shares of all letters; ``familiar`` is the share of a
    new document's words that is known by experience.
    """

    title: str
    hosts: tuple[str, ...]
    scripts: Mapping[str, float]
    words: tuple[str, ...]
    familiar: float
    learned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """An item as one endpoint shows it: since when, and what it says.

    At ``absent_at`` the endpoint was read last without it; None if it stood in the first document.
    """

    key: str
    endpoint: str
    first_at: datetime
    absent_at: datetime | None
    title: str
    title_digest: str
    text_digest: str
    link_key: str | None


class Complaint(NamedTuple):
    """What is to be known of one endpoint that is not as it should be; see ``EndpointState`` for the fields."""

    source: str
    endpoint: str
    outcome: Outcome | None
    note: str
    failures: float
    tried_at: datetime | None
    good_at: datetime | None
    quarantine: Quarantine
    redirect: PermanentRedirect | None


class CandidateKind(StrEnum):
    """What a suggested address rests on."""

    NAMED = "named"
    ONION = "onion"
    MOVED = "moved"
    LINKED = "linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorCandidate:
    """An address that may be an outlet's as well, and the words or header that say so."""

    outlet: str
    address: str
    kind: CandidateKind
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorSuggestion:
    """A hint as it was met: since when, how often, and whether the operator wants none of it."""

    hint: MirrorCandidate
    first_at: datetime
    last_at: datetime
    times: int
    is_dismissed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLink:
    """A hub that a source's home names, and the topic to subscribe to there (WebSub, 4)."""

    source: str
    hub: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What was asked of a hub. ``token`` is the secret part of our callback; ``until`` is when it ends."""

    token: str
    source: str
    hub: str
    topic: str
    secret: str
    is_active: bool = False
    until: datetime | None = None


class PageVerdict(StrEnum):
    """What an answer says of a story's page.

    An answer may say nothing: a host that is down, busy or refuses robots. In an ``OUTAGE`` other pages of the outlet
    are gone as well.
    """

    THERE = "there"
    GONE = "gone"
    UNKNOWN = "unknown"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAnswer:
    """A verdict on a page, what it rests on, and when the host wants to be asked again at the earliest."""

    verdict: PageVerdict
    note: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCheck:
    """What is known of a story's page at its outlet's home, which is looked at again at ``next_at``, or never.

    It was gone at every look since ``gone_at``, unless it was ``restored_at`` some time later.
    """

    story: int
    outlet: str
    next_at: datetime | None
    checks: int = 0
    checked_at: datetime | None = None
    gone_at: datetime | None = None
    restored_at: datetime | None = None
    verdict: PageVerdict = PageVerdict.UNKNOWN
    note: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether the page was gone at the last look that told."""
        return self.gone_at is not None and self.restored_at is None
