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


def request(header: bytes, body: bytes = b"") -> bytes:
    """Put a request into one message."""
    return b"".join((_REQUEST.pack(len(header), len(body)), header, body))


def receive(sock: socket.socket) -> tuple[bytes, bytes] | None:
    """Read one request, blocking; None when the other side is gone."""
    head = _exactly(sock, _REQUEST.size)
    if head is None:
        return None
    sizes = _REQUEST.unpack(head)
    message = _exactly(sock, sum(sizes))
    return None if message is None else (message[: sizes[0]], message[sizes[0] :])


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
    parts = []
    while count:
        part = sock.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
