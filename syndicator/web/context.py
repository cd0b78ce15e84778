"""What the server is given, and what it asks of the rest of the program."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from syndicator.errors import StoreError
from syndicator.models import Network
from syndicator.models.status import Status
from syndicator.web.connection import open_files_limit
from syndicator.web.counts import AnswerCounts
from syndicator.web.directory import FeedDirectory
from syndicator.web.feeds import Files
from syndicator.web.hub import OwnHub
from syndicator.web.limits import ConnectionLimits
from syndicator.web.metrics import MetricsSource
from syndicator.web.ops.records import NoRecords, OpsRecords
from syndicator.web.pushes import PushLimits


class Face(Enum):
    """Who pages are for: readers may be anybody, operators see how the daemon is."""

    READERS = "readers"
    OPERATORS = "operators"


BOTH_FACES = frozenset(Face)


class Hub(Protocol):
    """Answers hubs; ``knows`` and ``receive`` raise HubBusyError when no more can be taken in now."""

    async def verify(self, token: str, asked: Mapping[str, str]) -> str | None: ...  # noqa: D102
    async def knows(self, token: str) -> bool: ...  # noqa: D102
    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> bool: ...  # noqa: D102


class Searches(Protocol):
    """Makes feeds of searches; both methods raise FilterError for a filter that readers cannot use."""

    async def normal(self, text: str) -> str: ...  # noqa: D102
    async def render(self, where: str, format_name: str) -> bytes: ...  # noqa: D102


async def _no_page(_wanted: object) -> object | None:
    raise StoreError("the daemon is still starting")


async def _make_none(_name: str) -> bool:
    return False


def _note_nothing(_name: str) -> None:
    pass


async def _no_status() -> Status:
    raise StoreError("the daemon knows, and this process is none")


async def _no_operations() -> bytes:
    return b""


def _no_links(_name: str) -> str:
    return ""


def _unknown_pace(_name: str) -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """What the server shows: the feeds' files, the status, and the reasons why the daemon is not well, if any.

    ``directory`` returns the feeds in force. ``make`` makes the file of a feed that is asked for by name and has none,
    if it can, or raises FeedNotMadeError; ``asked`` is called with the names of feeds that are asked for, now and then.
    ``pace`` returns in how many seconds a feed will change, by its name, as far as one can tell.

    ``notes`` are what an operator should know though the daemon is well. ``operations`` returns the log of operations
    as an Atom document, ``pages`` the reader's page that is wanted (see ``models.reader_pages``), or None, ``searches``
    what readers' filters find as feeds, ``records`` what operators' pages show beside the status. Subscribers ask
    ``own_hub``, and ``feed_links`` returns the ``Link``
    header of a feed's file. ``hub`` answers hubs, which may push within ``push_limits``; readers may connect within
    ``limits``, and within what ``descriptors`` leaves to others. ``trusted_proxies`` are believed when they say whom
    they forward for. ``clock`` counts seconds, for ages, and ``wall`` those since 1970.

    ``unready`` are the reasons why readers should be sent elsewhere; without it, all that is not well is one. Scrapers
    are answered by ``metrics``. All answers are counted in ``answers``. Where operators' pages, the hub and hubs'
    callbacks are another process's, ``elsewhere`` is what those who ask for them are told.
    """

    files: Files
    trouble: Callable[[], Sequence[str]]
    status: Callable[[], Awaitable[Status]] = _no_status
    directory: Callable[[], FeedDirectory] = field(default_factory=lambda: FeedDirectory().itself)
    make: Callable[[str], Awaitable[bool]] = _make_none
    asked: Callable[[str], None] = _note_nothing
    pace: Callable[[str], int] = _unknown_pace
    notes: Callable[[], Sequence[str]] = tuple
    operations: Callable[[], Awaitable[bytes]] = _no_operations
    pages: Callable[[object], Awaitable[object | None]] = _no_page
    searches: Searches | None = None
    records: OpsRecords = field(default_factory=NoRecords)
    hub: Hub | None = None
    own_hub: OwnHub | None = None
    feed_links: Callable[[str], str] = _no_links
    push_limits: PushLimits = field(default_factory=PushLimits)
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    descriptors: Callable[[], int] = open_files_limit
    trusted_proxies: Collection[Network] = ()
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    unready: Callable[[], Sequence[str]] | None = None
    metrics: MetricsSource | None = None
    answers: AnswerCounts = field(default_factory=AnswerCounts)
    elsewhere: str = ""
