"""What happens to stories after they have come. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


class ChangeKind(StrEnum):
    """What happened to a story: the outbox's closed set.

    A story that is ``RETRACTED`` has left the store, by retention. One whose page its outlet took away is ``DELETED``,
    and ``RESTORED`` if the page comes back: both are still in the store.
    """

    ADDED = "added"
    REVISED = "revised"
    RETRACTED = "retracted"
    COPIED = "copied"
    LINKED = "linked"
    DELETED = "deleted"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of the outbox. ``position`` rises in order of commit; consumers keep the last one they have handled."""

    position: int
    story: int
    kind: ChangeKind
    at: datetime
