"""Content codings: decode a body piece by piece and never beyond a limit (RFC 9110, 8.4)."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli

from syndicator.fetch.closing import is_closed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
MOST_MEMBERS = 1000
_GZIP, _GZIP_FILE = b"\x1f\x8b", b"\x1f\x8b\x08"  # RFC 1952, 2.3.1: the mark, and deflate, the only method in use
_AUTOMATIC, _RAW = 47, -15  # zlib's window bits: a gzip or zlib header, or none
# A decompressor copies what follows the end of a member. Short slices bound that copy.
_SLICE = 16384
_ZSTD_FRAME = re.compile(
    rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"
)  # RFC 8878, 3.1.1 and 3.1.2: a frame, one to skip
# What servers write where nothing is encoded: character encodings, MIME's transfer encodings, codings of the transfer.
_IDENTITY = re.compile(
    r"(?:identity|none|null|off|plain|[78]bit|binary|(?:aws-)?chunked|unicode|(?:us-)?ascii|(?:x-)?utf-?\d{1,2}(?:[bl]e)?"
    r"|iso[-_]?8859[-_]\d{1,2}(?:-[ei])?|latin[-_]?\d|(?:x-)?(?:windows|cp|ibm)[-_]?\d{3,4}|x-mac-\w{1,20}|koi8-?[ru]"
    r"|gb_?2312|gbk|gb18030|hz-gb-2312|big5(?:-hkscs)?|(?:x-)?shift[-_]jis|sjis|(?:x-)?euc-?(?:jp|kr|tw)|iso-2022-\w{2}"
    r"|tis-620|asmo-708|iso-ir-\d{1,3})?"
)


class BadEncodingError(Exception):
    """The body is not what its Content-Encoding says, or that is unknown."""


class TooLargeError(Exception):
    """The body is larger than allowed."""


class _Decoder(Protocol):
    def feed(self, data: bytes, room: int) -> bytes: ...
    def is_done(self) -> bool: ...
    def has_ended(self) -> bool: ...


class Body:
    """Collects a body and decodes it as it arrives; ``largest`` counts decoded bytes.

    A body that begins like a gzip file is unpacked whatever was said of it: once within a coding, twice without one.
    If it ``keeps_packed``, such a file stays as it is where it holds more than ``largest``.
    """

    def __init__(self, encoding: str, largest: int, *, keeps_packed: bool = False) -> None:
        """Choose the decoder for a Content-Encoding; raise BadEncodingError for an unknown or doubled coding."""
        self._keeps_packed = keeps_packed
        self._coding = _decoder_for(encoding.lower()) if encoding else None
        self._largest = self._room = largest
        self._layers: list[_Layer] = []
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Decode one piece as it came; raise TooLargeError or BadEncodingError."""
        if self._layers or not self._is_plain(data):
            data = self._decoded(data)
        self._room -= len(data)
        if self._room < 0:
            raise TooLargeError
        if data:
            self._parts.append(data)

    def _is_plain(self, data: bytes) -> bool:
        """Return whether nothing is to be decoded, as most often: it has begun so, or begins with this piece."""
        is_begun = bool(self._parts) or (len(data) >= len(_GZIP_FILE) and not data.startswith(_GZIP_FILE))
        return is_begun and self._coding is None

    def _decoded(self, data: bytes) -> bytes:
        self._layers = self._layers or [
            _Layer(each, self._largest) for each in (self._coding or self._unpacker(), self._unpacker())
        ]
        try:
            for layer in self._layers:
                try:
                    data = layer.feed(data)
                except TooLargeError:
                    data = self._left_packed(layer)
                    break
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise BadEncodingError(f"the body does not decode: {error}") from error
        return data

    def _unpacker(self) -> _Unpacker:
        return _Unpacker(keeps_packed=self._keeps_packed)

    def _left_packed(self, layer: _Layer) -> bytes:
        """Take back a layer; return what it has got so far, as it came. Raise TooLargeError if that is not known."""
        packed = layer.decoder.packed if isinstance(layer.decoder, _Unpacker) else []
        if not packed:
            raise TooLargeError
        del self._layers[self._layers.index(layer) :]
        self._parts, self._room = [], self._largest
        return b"".join(packed)

    def finish(self) -> bytes:
        """Return the decoded body; raise BadEncodingError when the coded stream broke off."""
        if not all(layer.decoder.is_done() for layer in self._layers):
            raise BadEncodingError("the encoded body breaks off")
        return b"".join(self._parts)

    def is_whole(self) -> bool:
        """Return whether the body says itself that it is whole: by the ends of its codings, or of its root element."""
        decoders = [layer.decoder for layer in self._layers]
        if not all(decoder.is_done() for decoder in decoders):
            return False
        return any(decoder.has_ended() for decoder in decoders) or is_closed(b"".join(self._parts))


class _Layer:
    """A decoder with the room that is left for what it gives: an inner layer's input is bounded like the body."""

    def __init__(self, decoder: _Decoder, largest: int) -> None:
        self.decoder, self._room = decoder, largest

    def feed(self, data: bytes) -> bytes:
        out = self.decoder.feed(data, self._room + 1)
        self._room -= len(out)
        if self._room < 0:
            raise TooLargeError
        return out


def _decoder_for(encoding: str) -> _Decoder | None:
    """Return the decoder for a coding, None where nothing is encoded."""
    codings = [
        name for each in encoding.split(",") if not _IDENTITY.fullmatch(name := each.partition(";")[0].strip(" \t\"'"))
    ]
    if not codings:
        return None
    makers: dict[str, type[_Decoder]] = {
        "gzip": GzipDecoder,
        "x-gzip": GzipDecoder,
        "deflate": GzipDecoder,
        "br": _Brotli,
        "zstd": _Zstd,
    }
    if len(codings) > 1 or codings[0] not in makers:
        raise BadEncodingError(f'the content encoding "{", ".join(codings)[:40]}" is not one we asked for')
    return makers[codings[0]]()


class _Unpacker:
    """Unpacks what begins like a gzip file; anything else passes.

    If it ``keeps_packed``, what was unpacked so far stands in ``packed``, as it came.
    """

    def __init__(self, *, keeps_packed: bool) -> None:
        self.packed: list[bytes] = []
        self._keeps_packed = keeps_packed
        self._begun = b""
        self._is_known = False
        self._gzip: GzipDecoder | None = None

    def feed(self, data: bytes, room: int) -> bytes:
        if not self._is_known:
            data = self._begun + data
            if len(data) < len(_GZIP_FILE) and _GZIP_FILE.startswith(data):
                self._begun = data
                return b""
            self._is_known, self._gzip = True, GzipDecoder() if data.startswith(_GZIP_FILE) else None
        if self._gzip is None:
            return data[:room]
        if self._keeps_packed:
            self.packed.append(data)
        return self._gzip.feed(data, room)

    def is_done(self) -> bool:
        return self._gzip.is_done() if self._gzip else self._is_known or not self._begun

    def has_ended(self) -> bool:
        return self._gzip is not None and self._gzip.has_ended()


class _Member(Protocol):
    """The part of ``zlib.decompressobj`` that the decoder uses."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class GzipDecoder:
    """Decodes gzip members (RFC 1952), zlib (RFC 1950), and the raw deflate that some servers send as zlib.

    Work is linear in the bytes fed. What follows the last member is ignored, as gzip and browsers do.
    """

    def __init__(self, new_member: Callable[[int], _Member] = zlib.decompressobj) -> None:
        """Use ``new_member`` to make a decompressor from zlib's window bits."""
        self._new_member = new_member
        self._member: _Member | None = None
        self._begun = 0
        self._after = b""  # behind the last member: nothing yet, or the first byte of another member
        self._is_over = False

    def feed(self, data: bytes, room: int) -> bytes:
        """Return at most ``room`` decoded bytes; raise BadEncodingError or zlib.error."""
        parts: list[bytes] = []
        for start in range(0, len(data), _SLICE):
            rest = data[start : start + _SLICE]
            while rest and room and not self._is_over:
                part, rest = self._decode(rest, room)
                room -= len(part)
                parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def is_done(self) -> bool:
        """Return whether a body may end here."""
        return self._member is None

    def has_ended(self) -> bool:
        """Return whether a member has ended, and its checksum with it."""
        return self._begun > 0 and self._member is None

    def _decode(self, data: bytes, room: int) -> tuple[bytes, bytes]:
        """Decode within one member; return the output and what follows that member."""
        member = self._member or self._begin(data)
        if member is None:
            return b"", b""
        data, self._after = self._after + data, b""
        out = member.decompress(data, room)
        self._member = None if member.eof else member
        return out, member.unused_data

    def _begin(self, data: bytes) -> _Member | None:
        """Begin a member; return None where ``data`` begins none or is too short to tell."""
        data = self._after + data
        if not self._begun:
            has_header = data[0] == _GZIP[0] or data[0] & 0x0F == 8  # noqa: PLR2004 - RFC 1950, CM
            window = _AUTOMATIC if has_header else _RAW
        elif data.startswith(_GZIP):
            window = _AUTOMATIC
        else:
            self._after, self._is_over = data, data != _GZIP[:1]
            return None
        if self._begun == MOST_MEMBERS:
            raise BadEncodingError(f"the gzip body has more than {MOST_MEMBERS:,} members")
        self._begun += 1
        return self._new_member(window)


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._has_begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        if not data or self._inner.is_finished():
            return b""
        self._has_begun = True
        out: bytes = self._inner.process(data, output_buffer_limit=room)
        return out

    def is_done(self) -> bool:
        return not self._has_begun or self.has_ended()

    def has_ended(self) -> bool:
        return bool(self._inner.is_finished())


class _Zstd:
    """One frame; a second frame or a skippable one is refused, so that many tiny frames cost nothing."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor()
        self._has_begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        if not data:
            return b""
        self._has_begun = True
        out = b"" if self._inner.eof else self._inner.decompress(data, room)
        if self._inner.eof and _ZSTD_FRAME.match(self._inner.unused_data):
            raise BadEncodingError("another frame follows the encoded body")
        return out

    def is_done(self) -> bool:
        return not self._has_begun or self.has_ended()

    def has_ended(self) -> bool:
        return self._inner.eof
