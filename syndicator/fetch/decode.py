"""Content codings: decode a body piece by piece and never beyond a limit (RFC 9110, 8.4)."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
MOST_MEMBERS = 1000
_GZIP = b"\x1f\x8b"
_AUTOMATIC, _RAW = 47, -15  # zlib's window bits: a gzip or zlib header, or none
# A decompressor copies what follows the end of a member. Short slices bound that copy.
_SLICE = 16384


class BadEncodingError(Exception):
    """The body is not what its Content-Encoding says, or that is unknown."""


class TooLargeError(Exception):
    """The body is larger than allowed."""


class _Decoder(Protocol):
    def feed(self, data: bytes, room: int) -> bytes: ...
    def is_done(self) -> bool: ...


class Body:
    """Collects a body and decodes it as it arrives; ``largest`` counts decoded bytes."""

    def __init__(self, encoding: str, largest: int) -> None:
        """Choose the decoder for a Content-Encoding; raise BadEncodingError for an unknown or doubled coding."""
        self._decoder = _decoder_for(encoding.strip().lower())
        self._parts: list[bytes] = []
        self._room = largest

    def feed(self, data: bytes) -> None:
        """Decode one piece as it came; raise TooLargeError or BadEncodingError."""
        try:
            piece = self._decoder.feed(data, self._room + 1)
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise BadEncodingError(f"the body does not decode: {error}") from error
        self._room -= len(piece)
        if self._room < 0:
            raise TooLargeError
        if piece:
            self._parts.append(piece)

    def finish(self) -> bytes:
        """Return the decoded body; raise BadEncodingError when the coded stream broke off."""
        if not self._decoder.is_done():
            raise BadEncodingError("the encoded body breaks off")
        return b"".join(self._parts)


def _decoder_for(encoding: str) -> _Decoder:
    makers: dict[str, type[_Decoder]] = {
        "": _Identity,
        "identity": _Identity,
        "gzip": GzipDecoder,
        "x-gzip": GzipDecoder,
        "deflate": GzipDecoder,
        "br": _Brotli,
        "zstd": _Zstd,
    }
    if encoding not in makers:
        raise BadEncodingError(f'the content encoding "{encoding[:40]}" is not one we asked for')
    return makers[encoding]()


class _Identity:
    def feed(self, data: bytes, room: int) -> bytes:
        return data[:room]

    def is_done(self) -> bool:
        return True


class _Member(Protocol):
    """The part of ``zlib.decompressobj`` that the decoder uses."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class GzipDecoder:
    """Decodes gzip members (RFC 1952), zlib (RFC 1950), and the raw deflate that some servers send as zlib.

    Work is linear in the bytes fed. Zeros may follow the last member, as gzip itself allows.
    """

    def __init__(self, new_member: Callable[[int], _Member] = zlib.decompressobj) -> None:
        """Use ``new_member`` to make a decompressor from zlib's window bits."""
        self._new_member = new_member
        self._member: _Member | None = None
        self._begun = 0
        self._after = b""  # behind the last member: nothing yet, a zero, or the first byte of another member

    def feed(self, data: bytes, room: int) -> bytes:
        """Return at most ``room`` decoded bytes; raise BadEncodingError or zlib.error."""
        parts: list[bytes] = []
        for start in range(0, len(data), _SLICE):
            rest = data[start : start + _SLICE]
            while rest and room:
                part, rest = self._decode(rest, room)
                room -= len(part)
                parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def is_done(self) -> bool:
        """Return whether a body may end here."""
        return self._member is None and self._after != _GZIP[:1]

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
        """Begin a member; return None where ``data`` is padding or too short to tell."""
        data = self._after + data
        if not self._begun:
            has_header = data[0] == _GZIP[0] or data[0] & 0x0F == 8  # noqa: PLR2004 - RFC 1950, CM
            window = _AUTOMATIC if has_header else _RAW
        elif data.startswith(_GZIP):
            window = _AUTOMATIC
        elif data == _GZIP[:1] or not data.strip(b"\0"):
            self._after = data[:1]
            return None
        else:
            raise BadEncodingError("something follows the encoded body")
        if self._begun == MOST_MEMBERS:
            raise BadEncodingError(f"the gzip body has more than {MOST_MEMBERS:,} members")
        self._begun += 1
        return self._new_member(window)


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._has_begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        self._has_begun = True
        out: bytes = self._inner.process(data, output_buffer_limit=room)
        return out

    def is_done(self) -> bool:
        return not self._has_begun or bool(self._inner.is_finished())


class _Zstd:
    """One frame; a second frame or a skippable one is refused, so that many tiny frames cost nothing."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor()
        self._has_begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        self._has_begun = True
        out = self._inner.decompress(data, room)
        if self._inner.eof and self._inner.unused_data:
            raise BadEncodingError("something follows the encoded body")
        return out

    def is_done(self) -> bool:
        return not self._has_begun or self._inner.eof
