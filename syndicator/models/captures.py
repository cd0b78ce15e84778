"""What is kept of documents as they were received. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.models.doors import Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One answer as it was on the wire, but for its transfer coding: status line and fields, then the body's bytes.

    ``at`` is when its head came. ``is_cut`` says that the body is not all that was promised, or was not read.
    """

    url: str
    at: datetime
    head: bytes
    body: bytes = b""
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRecord:
    """Where a document was captured: a WARC file below the folder of captures, and its place there in bytes.

    ``digest`` is that of the payload, labelled as in the file. A record that ``is_whole`` has the body; another one
    says where the same body was captured before.
    """

    id: str
    at: datetime
    file: str
    offset: int
    length: int
    digest: str
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A captured document of a source, and what came of it: the outcome of its request, after it was read."""

    source: str
    endpoint: str
    outcome: str
    record: CaptureRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestNote:
    """How one request of a poll ended. ``record`` is the id of its record; failures have none.

    Of one that is ``is_followed`` a document led to the address, which is no endpoint of the source. ``peers`` are the
    hosts that answered: doubt of a document depends on them.
    """

    endpoint: str
    url: str
    outcome: str
    status: int | None = None
    note: str = ""
    record: str | None = None
    body_hash: str | None = None
    moved_to: str | None = None
    retry_after: timedelta | None = None
    is_followed: bool = False
    peers: tuple[Peer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollNote:
    """What a replay must know of a poll beside its documents: whose it was, its requests, and when it was committed.

    A large document is committed in several transactions, each with a time of its own; the last one orders polls. Those
    of one time are ordered by ``serial``, which counts the polls since the process began.
    """

    source: str
    committed: tuple[datetime, ...]
    serial: int
    requests: tuple[RequestNote, ...]
    is_push: bool = False
