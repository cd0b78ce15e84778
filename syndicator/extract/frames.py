"""Messages over a stream socket: a length, then that many bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import NamedTuple

_REQUEST = struct.Struct("!II")
_ANSWER = struct.Struct("!I?d")
LARGEST = 32 * 1024 * 1024


class Answer(NamedTuple):
    """What became of a request, and the CPU seconds it took."""

    is_good: bool
    seconds: float
    payload: bytes


def request(header: bytes, body: bytes = b"") -> tuple[bytes, bytes]:
    """Give a request's parts in the order they are to be sent: a large body is not copied to be put behind a header."""
    return _REQUEST.pack(len(header), len(body)) + header, body


def receive(sock: socket.socket) -> tuple[bytes, bytes] | None:
    """Read one request, blocking; None when the other side is gone."""
    head = _exactly(sock, _REQUEST.size)
    if head is None:
        return None
    of_header, of_body = _REQUEST.unpack(head)
    header = _exactly(sock, of_header)
    body = _exactly(sock, of_body) if header is not None else None
    return None if header is None or body is None else (header, body)


def answer(what: Answer) -> bytes:
    """Put an answer into one message."""
    return _ANSWER.pack(len(what.payload), what.is_good, what.seconds) + what.payload


async def read(reader: asyncio.StreamReader, largest: int = LARGEST) -> Answer:
    """Read one answer; raise IncompleteReadError when the other side is gone, ValueError when it says too much."""
    length, is_good, seconds = _ANSWER.unpack(await reader.readexactly(_ANSWER.size))
    if length > largest:
        raise ValueError(f"an answer of {length} bytes")
    return Answer(is_good, seconds, await reader.readexactly(length))


def _exactly(sock: socket.socket, count: int) -> bytes | None:
    """Read so many bytes into one piece of memory."""
    found = sock.recv(count, socket.MSG_WAITALL) if count else b""
    return found if len(found) == count else None
