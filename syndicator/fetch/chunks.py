"""Undo the chunked transfer coding leniently, for answers whose other faults a strict parser refused. Pure."""

from __future__ import annotations

import re

_SIZE = re.compile(rb"[ \t]*(?:0[xX])?([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?")
_LONGEST_LINE, MOST_CHUNKS = 4096, 65_536


class BadChunkError(Exception):
    """A chunk does not say how long it is, or there are too many."""


class Chunks:
    """Takes the body out of its chunks (RFC 9112, 7.1); lines may end in a bare line feed. Trailers are ignored."""

    def __init__(self) -> None:
        self._line = b""
        self._left = self._count = 0
        self.has_ended = False

    def feed(self, data: bytes) -> bytes:
        """Return what of the body ``data`` holds; raise BadChunkError."""
        parts, position = [], 0
        while position < len(data) and not self.has_ended:
            if self._left:
                parts.append(data[position : position + self._left])
                position += len(parts[-1])
                self._left -= len(parts[-1])
                continue
            end = data.find(b"\n", position) + 1
            self._line += data[position : end or len(data)]
            if len(self._line) > _LONGEST_LINE:
                raise BadChunkError("the line with a chunk's size is too long")
            if not end:
                break
            position = end
            self._read_size()
        return b"".join(parts)

    def _read_size(self) -> None:
        line, self._line = self._line[:-1], b""
        if not line.strip():  # the end of the chunk before
            return
        found = _SIZE.fullmatch(line)
        if found is None:
            raise BadChunkError(f"the size of a chunk is no number: {line[:40]!r}")
        if self._count == MOST_CHUNKS:
            raise BadChunkError(f"the body has more than {MOST_CHUNKS:,} chunks")
        self._count += 1
        self._left = int(found[1], 16)
        self.has_ended = not self._left
