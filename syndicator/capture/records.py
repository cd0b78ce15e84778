"""Make records of WARC 1.1 (ISO 28500:2017), each packed by itself. Pure."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from syndicator import __version__
from syndicator.capture.files import Make, Member
from syndicator.models import Document, Exchange, PollNote

NOTE_TYPE = 'application/json; profile="poll-note"'
_VERSION = "WARC/1.1"
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_HTTP = "application/http; msgtype=response"
_FIELDS = "application/warc-fields"
_CONFORMS = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
_WITHOUT_PAYLOAD = ("warcinfo", "revisit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The record that has the body of one that was captured as the same as before."""

    url: str
    date: str
    digest: str


def info_record(outlet: str, user_agent: str, at: datetime) -> Make:
    """Return what makes the record that a file of an outlet begins with."""

    def make(name: str, offset: int) -> Member:
        fields = {
            "software": f"syndicator/{__version__}",
            "format": "WARC File Format 1.1",
            "conformsTo": _CONFORMS,
            "isPartOf": outlet,
            "http-header-user-agent": user_agent,
        }
        block = "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode("utf-8")
        headers = [("WARC-Filename", name.rpartition("/")[2])]
        return _member("warcinfo", name, offset, at, headers, content_type=_FIELDS, body=block)

    return make


def response_record(exchange: Exchange) -> Make:
    """Return what makes the record of an answer with its body."""

    def make(name: str, offset: int) -> Member:
        headers = [("WARC-Target-URI", exchange.url)]
        if exchange.is_cut:
            headers.append(("WARC-Truncated", "unspecified"))
        head, body = exchange.head, exchange.body
        return _member("response", name, offset, exchange.at, headers, content_type=_HTTP, head=head, body=body)

    return make


def revisit_record(exchange: Exchange, original: Original | None, *, is_not_modified: bool) -> Make:
    """Return what makes the record of an answer that brought what was captured before: ``original``, if known."""

    def make(name: str, offset: int) -> Member:
        profile = "server-not-modified" if is_not_modified else "identical-payload-digest"
        headers = [("WARC-Target-URI", exchange.url), ("WARC-Profile", _PROFILE + profile)]
        if original is not None:
            headers += [("WARC-Refers-To-Target-URI", original.url), ("WARC-Refers-To-Date", original.date)]
        if original is not None and not is_not_modified:
            headers.append(("WARC-Payload-Digest", original.digest))
        member = _member("revisit", name, offset, exchange.at, headers, content_type=_HTTP, head=exchange.head)
        return member if original is None else member._replace(digest=original.digest)

    return make


def resource_record(document: Document, body: bytes, at: datetime) -> Make:
    """Return what makes the record of a document that was sent to us."""

    def make(name: str, offset: int) -> Member:
        # A hub's field may have bytes that are no text.
        given = document.content_type.encode("ascii", "replace").decode("ascii")
        content_type = given or "application/octet-stream"
        headers = [("WARC-Target-URI", document.url)]
        return _member("resource", name, offset, at, headers, content_type=content_type, body=body)

    return make


def note_record(note: PollNote) -> Make:
    """Return what makes the record of how a poll went: metadata to the documents of its requests."""

    def make(name: str, offset: int) -> Member:
        records = (request.record for request in note.requests if request.record)
        headers = [("WARC-Concurrent-To", id_) for id_ in records]
        body = msgspec.json.encode(note)
        return _member("metadata", name, offset, note.committed[-1], headers, content_type=NOTE_TYPE, body=body)

    return make


class _RawHead(StatusAndHeaders):  # type: ignore[misc]
    """A head that is written as it came: the library would encode what is not ASCII."""

    def __init__(self, head: bytes) -> None:
        super().__init__("", [])
        self._raw = head

    def __bool__(self) -> bool:
        """Return that there is a head: the library's own test asks for its parts."""
        return True

    def compute_headers_buffer(self, header_filter: object = None) -> None:  # noqa: ARG002
        """Set what is written."""
        self.headers_buff = self._raw


def _member(
    kind: str,
    name: str,
    offset: int,
    at: datetime,
    headers: Sequence[tuple[str, str]],
    *,
    content_type: str,
    head: bytes | None = None,
    body: bytes = b"",
) -> Member:
    """Make and pack a record. Its id is that of its place and time: a file has one record at a place."""
    date = warc_date(at)
    id_ = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name}/{offset}/{date}')}>"
    digest = payload_digest(body)
    every = [("WARC-Type", kind), ("WARC-Record-ID", id_), ("WARC-Date", date), *headers]
    every.append(("WARC-Block-Digest", payload_digest((head or b"") + body)))
    if kind not in _WITHOUT_PAYLOAD:
        every.append(("WARC-Payload-Digest", digest))
    fields = StatusAndHeaders("", every, protocol=_VERSION)
    raw_head = None if head is None else _RawHead(head)
    record = ArcWarcRecord("warc", kind, fields, io.BytesIO(body), raw_head, content_type, len(head or b"") + len(body))
    record.payload_length = len(body)
    packed = io.BytesIO()
    WARCWriter(packed, gzip=True, warc_version=_VERSION).write_record(record)
    return Member(packed.getvalue(), id_, digest)


def warc_date(at: datetime) -> str:
    """Write a time as WARC 1.1 has it, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def payload_digest(data: bytes) -> str:
    """Return the digest of a payload as records have it. SHA-1, the usual one, is no evidence any more."""
    return "sha256:" + base64.b32encode(hashlib.sha256(data).digest()).decode("ascii")
