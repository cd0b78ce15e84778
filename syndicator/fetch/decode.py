"""Content codings, undone piece by piece and never beyond a limit (RFC 9110, 8.4)."""

from __future__ import annotations

import sys
import zlib
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP = b"\x1f\x8b"
ACCEPTED = "gzip, deflate, br, zstd"


class BadEncodingError(Exception):
    """The body is not what its Content-Encoding says, or that is unknown."""


class TooLargeError(Exception):
    """The body is larger than allowed."""


class _Decoder(Protocol):
    def feed(self, data: bytes, room: int) -> bytes: ...
    def is_done(self) -> bool: ...


class Body:
    """Collects a body, decoding as it comes; ``largest`` counts decoded bytes."""

    def __init__(self, encoding: str, largest: int) -> None:
        """Take the header's value; raise BadEncodingError for an unknown or doubled coding."""
        self._decoder = _decoder_for(encoding.strip().lower())
        self._parts: list[bytes] = []
        self._room = largest

    def feed(self, data: bytes) -> None:
        """Take a piece as it came; raise TooLargeError or BadEncodingError."""
        try:
            piece = self._decoder.feed(data, self._room + 1)
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise BadEncodingError(f"the body does not decode: {error}") from error
        self._room -= len(piece)
        if self._room < 0:
            raise TooLargeError
        self._parts.append(piece)

    def finish(self) -> bytes:
        """Give the whole; raise BadEncodingError when the coded stream broke off."""
        if not self._decoder.is_done():
            raise BadEncodingError("the encoded body breaks off")
        return b"".join(self._parts)


def _decoder_for(encoding: str) -> _Decoder:
    makers: dict[str, type[_Decoder]] = {
        "": _Identity,
        "identity": _Identity,
        "gzip": _Zlib,
        "x-gzip": _Zlib,
        "deflate": _Zlib,
    }
    makers |= {"br": _Brotli, "zstd": _Zstd}
    if encoding not in makers:
        raise BadEncodingError(f'the content encoding "{encoding[:40]}" is not one we asked for')
    return makers[encoding]()


class _Identity:
    def feed(self, data: bytes, room: int) -> bytes:
        return data[:room]

    def is_done(self) -> bool:
        return True


class _Zlib:
    """Gzip, zlib, and the raw deflate that some servers send instead."""

    def __init__(self) -> None:
        self._inner: zlib._Decompress | None = None

    def feed(self, data: bytes, room: int) -> bytes:
        if self._inner is None:
            is_wrapped = data[:1] == b"\x1f" or (data[:1] or b"\0")[0] & 0x0F == 8  # noqa: PLR2004 - RFC 1950, CM
            self._inner = zlib.decompressobj(47 if is_wrapped else -15)
        out = self._inner.decompress(data, room)
        while self._inner.eof and self._inner.unused_data.startswith(_GZIP):  # members may follow one another
            rest, self._inner = self._inner.unused_data, zlib.decompressobj(47)
            out += self._inner.decompress(rest, max(1, room - len(out)))
        if self._inner.eof and self._left() not in (b"", _GZIP[:1]):
            raise BadEncodingError("something follows the encoded body")
        return out

    def is_done(self) -> bool:
        return self._inner is None or (self._inner.eof and not self._left())

    def _left(self) -> bytes:
        """Give what follows the last member; the first byte of another may be all of it that has come."""
        return b"" if self._inner is None else self._inner.unused_data.strip(b"\0")


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
