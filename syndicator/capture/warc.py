"""Records of WARC 1.1 (ISO 28500:2017): make ours, read ours and those of other programs."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import uuid
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import msgspec
import structlog
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from syndicator import __version__
from syndicator.capture.files import Make, Member
from syndicator.errors import SyndicatorError
from syndicator.models import Document, Exchange, PollNote

_VERSION = "WARC/1.1"
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_HTTP = "application/http; msgtype=response"
_FIELDS = "application/warc-fields"
_NOTE = 'application/json; profile="poll-note"'
_CONFORMS = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
_END_OF_HEAD = re.compile(rb"\n\r?\n")
# What is longer is no feed, and is not read.
_LARGEST = 64 * 1024 * 1024
_WITHOUT_PAYLOAD = ("warcinfo", "revisit")
_Headers = Sequence[tuple[str, str]]
_log = structlog.get_logger()
_notes = msgspec.json.Decoder(PollNote)


class WarcError(SyndicatorError):
    """A file is not WARC, or is damaged."""


class RecordKind(StrEnum):
    """The types of records that a replay reads."""

    RESPONSE = "response"
    REVISIT = "revisit"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The record that has the body of one that was captured as the same as before."""

    url: str
    date: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedAnswer:
    """An answer in a WARC file. ``refers_to`` is, for a revisit, as much as it says of where its body is."""

    path: Path
    offset: int
    kind: RecordKind
    id: str
    date: str
    digest: str
    content_type: str
    exchange: Exchange
    refers_to: Original


# Making records


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
        content_type = document.content_type or "application/octet-stream"
        headers = [("WARC-Target-URI", document.url)]
        return _member("resource", name, offset, at, headers, content_type=content_type, body=body)

    return make


def note_record(note: PollNote) -> Make:
    """Return what makes the record of how a poll went: metadata to the documents of its requests."""

    def make(name: str, offset: int) -> Member:
        records = (request.record for request in note.requests if request.record)
        headers = [("WARC-Concurrent-To", id_) for id_ in records]
        body = msgspec.json.encode(note)
        return _member("metadata", name, offset, note.committed[-1], headers, content_type=_NOTE, body=body)

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
    headers: _Headers,
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


# Reading records


def read_warc(path: Path) -> Iterator[CapturedAnswer | PollNote]:
    """Read the answers and the notes on polls in a file, packed or not; what is neither is passed over.

    A record that is cut short ends the file, with a warning. Raise WarcError.
    """
    with _opened(path) as file:
        records, is_begun = ArchiveIterator(file, no_record_parse=True), False
        try:
            for record in records:
                found, is_whole = _read(path, records, record)
                if not is_whole:
                    _log.warning("a WARC file ends within a record", file=str(path), offset=records.offset)
                    return
                is_begun = True
                if found is not None:
                    yield found
        except (ArchiveLoadFailed, zlib.error, EOFError, ValueError, msgspec.MsgspecError) as error:
            if not is_begun or file.read(1):
                raise WarcError(
                    f"{path}: cannot be read as WARC near byte {records.offset}: {_words(error)}"
                ) from error
            _log.warning("a WARC file ends within a record", file=str(path), offset=records.offset)


def read_answer(answer: CapturedAnswer) -> Exchange:
    """Read an answer again, with its body. Raise WarcError."""
    with _opened(answer.path) as file:
        try:
            file.seek(answer.offset)
            records = ArchiveIterator(file, no_record_parse=True)
            found, _ = _read(answer.path, records, next(records))
        except (ArchiveLoadFailed, zlib.error, OSError, ValueError, StopIteration) as error:
            raise WarcError(f"{answer.path}: cannot be read at byte {answer.offset}: {_words(error)}") from error
    if not isinstance(found, CapturedAnswer):
        raise WarcError(f"{answer.path}: there is another record at byte {answer.offset} now")
    return found.exchange


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise WarcError(f"{path}: cannot be read: {error.strerror}") from error


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _read(path: Path, records: ArchiveIterator, record: Any) -> tuple[CapturedAnswer | PollNote | None, bool]:
    """Read a record if it is an answer or a note. Return whether it is whole, too."""
    if record.format != "warc":
        raise WarcError(f"{path}: is of the format {record.format.upper()}, not WARC")
    fields, offset = record.rec_headers, records.offset
    if record.length is None:
        return None, False
    if record.length > _LARGEST:
        return None, True
    block = record.raw_stream.read(record.length)
    is_whole = len(block) == record.length
    is_http = record.content_type is not None and record.content_type.startswith("application/http")
    if record.rec_type == "metadata" and record.content_type == _NOTE and is_whole:
        return _notes.decode(block), True
    is_answer = (record.rec_type in ("response", "revisit") and is_http) or record.rec_type == "resource"
    if not is_answer or not is_whole or not block:  # a length that cannot be read counts as none
        return None, is_whole
    kind = RecordKind(record.rec_type)
    return _answer(path, offset, kind, fields, block), True


def _answer(path: Path, offset: int, kind: RecordKind, fields: StatusAndHeaders, block: bytes) -> CapturedAnswer:
    head, body = (b"", block) if kind is RecordKind.RESOURCE else _parts(block)
    url, date = _field(fields, "WARC-Target-URI"), _field(fields, "WARC-Date")
    is_cut = bool(_field(fields, "WARC-Truncated"))
    return CapturedAnswer(
        path=path,
        offset=offset,
        kind=kind,
        id=_field(fields, "WARC-Record-ID"),
        date=date,
        digest=_field(fields, "WARC-Payload-Digest"),
        content_type=_field(fields, "Content-Type"),
        exchange=Exchange(url=url, at=_time(date), head=head, body=body, is_cut=is_cut),
        refers_to=Original(
            url=_field(fields, "WARC-Refers-To-Target-URI"),
            date=_field(fields, "WARC-Refers-To-Date"),
            digest=_field(fields, "WARC-Payload-Digest"),
        ),
    )


def _field(fields: StatusAndHeaders, name: str) -> str:
    return str(fields.get_header(name, ""))


def _time(date: str) -> datetime:
    at = datetime.fromisoformat(date)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _parts(block: bytes) -> tuple[bytes, bytes]:
    """Take an answer's head from its body."""
    found = _END_OF_HEAD.search(block)
    return (block[: found.end()], block[found.end() :]) if found else (block, b"")
