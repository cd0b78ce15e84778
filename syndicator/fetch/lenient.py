"""Read answers that a strict parser refuses and browsers do not: repair their heads, and read their bodies by them.

aiohttp's own parser reads every answer. Only one that it refuses before its body has begun is looked at again. Whoever
shares a connection could be deceived by such an answer, so the connection is closed after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import BadHttpMessage, ContentLengthError, HttpProcessingError, TransferEncodingError
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from syndicator.fetch.chunks import BadChunkError, Chunks
from syndicator.fetch.head import Head, end_of_head, is_interim, may_be_head, rewritten

LARGEST_HEAD = 262_144  # as in Chrome
_FINAL = 200
_Messages = Sequence[tuple[RawResponseMessage, StreamReader]]
_Answer = tuple[_Messages, bool, bytes]
_NOTHING: _Answer = ((), False, b"")


class LenientHandler(ResponseHandler):
    """aiohttp's protocol, with a parser that gives an answer a second chance."""

    opener: object = None  # what must live as long as the connection

    def set_response_params(self, **params: Any) -> None:
        """Begin an answer."""
        self._params = params
        super().set_response_params(**params)
        self.read_by(_Parser(self, self._parser))

    def strict_parser(self) -> Any:
        """Return a new parser for what is left of this answer."""
        super().set_response_params(**self._params)
        return self._parser

    def read_by(self, parser: Any) -> None:
        """Pass what comes next to ``parser``."""
        self._parser = parser


class _Parser:
    """Stands before aiohttp's parser until an answer's body has begun, and in its place if it fails before that."""

    __slots__ = ("_body", "_handler", "_held", "_payload", "_pieces", "_refusal", "_size", "_strict")

    def __init__(self, handler: LenientHandler, strict: Any) -> None:
        self._handler, self._strict = handler, strict
        self._pieces: list[bytes] = []
        self._size = 0
        self._held = bytearray()
        self._refusal: HttpProcessingError | None = None
        self._payload: StreamReader | None = None
        self._body: _Body | None = None

    def feed_data(self, data: bytes) -> _Answer:
        """Return the messages whose heads are complete now; raise HttpProcessingError."""
        if self._body is not None:
            self._body.feed(data)
            return _NOTHING
        if self._refusal is not None:
            self._held += data
            return self._repair(self._refusal, len(self._held) - len(data))
        self._pieces.append(data)
        try:
            answer: _Answer = self._strict.feed_data(data)
        except HttpProcessingError as error:
            self._refusal, self._held = error, bytearray().join(self._pieces).lstrip(b"\r\n")
            return self._repair(error, 0)
        self._let_go(answer, len(data))
        return answer

    def feed_eof(self) -> Any:
        """End the answer with the connection; raise HttpProcessingError if it breaks off."""
        if self._body is not None:
            return self._body.feed_eof()
        if self._refusal is not None:
            raise self._refusal
        return self._strict.feed_eof()

    def pause_reading(self) -> None:
        """Pause for whoever reads slowly."""
        if self._body is None:
            self._strict.pause_reading()

    def _let_go(self, answer: _Answer, size: int) -> None:
        """Leave the rest to the strict parser once it has read an answer's head, and the first of its chunks."""
        messages, is_over, _ = answer
        for message, payload in messages:
            if message.code >= _FINAL:
                self._payload = payload
                is_over = is_over or not message.chunked
        if is_over or (self._payload is not None and (self._payload.total_bytes or self._payload.is_eof())):
            self._handler.read_by(self._strict)
            return
        self._size += size
        self._check(self._size)

    def _repair(self, refusal: HttpProcessingError, seen: int) -> _Answer:
        """Read the head again as soon as it is complete; raise the refusal if it makes no sense either way."""
        end = end_of_head(self._held, max(seen - 2, 0))
        while end and is_interim(self._held[:end]):
            del self._held[:end]
            end = end_of_head(self._held)
        if not end and may_be_head(self._held):
            self._check(len(self._held))
            return _NOTHING
        head = rewritten(bytes(self._held[:end]))
        if head is None:
            raise refusal
        rest = bytes(self._held[end:])
        if self._payload is not None:  # whoever waits has the head already
            return self._take_over(head, self._payload, rest)
        messages, _, _ = self._handler.strict_parser().feed_data(head.text)
        self._handler.read_by(self)
        self._take_over(head, messages[-1][1], rest)
        return messages, False, b""

    def _take_over(self, head: Head, payload: StreamReader, rest: bytes) -> _Answer:
        self._handler.force_close()
        self._body = _Body(head, payload)
        self._body.feed(rest)
        return _NOTHING

    @staticmethod
    def _check(size: int) -> None:
        if size > LARGEST_HEAD:
            raise BadHttpMessage(f"the head is longer than {LARGEST_HEAD:,} bytes")


class _Body:
    """Passes the body of a repaired answer on, as its head says; what follows the body is ignored."""

    def __init__(self, head: Head, payload: StreamReader) -> None:
        self._chunks = Chunks() if head.is_chunked else None
        self._left = head.length
        self._payload = payload
        self._has_ended = payload is EMPTY_PAYLOAD

    def feed(self, data: bytes) -> None:
        if self._has_ended:
            return
        try:
            piece = self._chunks.feed(data) if self._chunks else data[: self._left]
        except BadChunkError as error:
            self._has_ended = True
            self._payload.set_exception(aiohttp.ClientPayloadError(str(error)))
            return
        self._payload.feed_data(piece)
        if self._left is not None:
            self._left -= len(piece)
        if self._left == 0 or (self._chunks is not None and self._chunks.has_ended):
            self._end()

    def feed_eof(self) -> None:
        if self._has_ended:
            return
        if self._left:
            raise ContentLengthError(f"{self._left} bytes are missing")
        if self._chunks is not None:
            raise TransferEncodingError("chunks are missing")
        self._end()

    def _end(self) -> None:
        self._has_ended = True
        self._payload.feed_eof()
