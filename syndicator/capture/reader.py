"""Read WARC files, our own and those of other programs, packed or not."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import msgspec
import structlog
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders

from syndicator.capture.records import NOTE_TYPE, Original
from syndicator.errors import SyndicatorError
from syndicator.models import Exchange, PollNote

_END_OF_HEAD = re.compile(rb"\n\r?\n")
# What is longer is no feed, and is not read.
_LARGEST = 64 * 1024 * 1024
_ENDS = "a WARC file is cut short or damaged, and is read up to there"
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
                    _log.warning(_ENDS, file=str(path), offset=records.offset)
                    return
                is_begun = True
                if found is not None:
                    yield found
        except (ArchiveLoadFailed, zlib.error, EOFError, ValueError, msgspec.MsgspecError) as error:
            if not is_begun or file.read(1):
                raise WarcError(
                    f"{path}: cannot be read as WARC near byte {records.offset}: {_words(error)}"
                ) from error
            _log.warning(_ENDS, file=str(path), offset=records.offset)


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
    if record.rec_type == "metadata" and record.content_type == NOTE_TYPE and is_whole:
        return _note(path, offset, block), True
    is_answer = (record.rec_type in ("response", "revisit") and is_http) or record.rec_type == "resource"
    if not is_answer or not is_whole or not block:  # a length that cannot be read counts as none
        return None, is_whole
    kind = RecordKind(record.rec_type)
    return _answer(path, offset, kind, fields, block), True


def _note(path: Path, offset: int, block: bytes) -> PollNote:
    note = _notes.decode(block)
    if not note.committed or not note.requests:
        raise WarcError(f"{path}: the note on a poll at byte {offset} is empty")
    return note


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
