"""Messages over a stream socket: a length, then that many bytes."""

from __future__ import annotations

import asyncio
import socket
import struct

_LENGTH = struct.Struct("!I")
LARGEST = 32 * 1024 * 1024


def pack(*parts: bytes) -> bytes:
    """Put parts into one frame, each with its length."""
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def receive(sock: socket.socket) -> bytes | None:
    """Read one frame, blocking; None when the other side is gone."""
    head = _exactly(sock, _LENGTH.size)
    return None if head is None else _exactly(sock, _LENGTH.unpack(head)[0])


async def read(reader: asyncio.StreamReader, largest: int = LARGEST) -> bytes:
    """Read one frame; raise IncompleteReadError when the other side is gone, ValueError when it says too much."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > largest:
        raise ValueError(f"a frame of {length} bytes")
    return await reader.readexactly(length)


def _exactly(sock: socket.socket, count: int) -> bytes | None:
    parts = []
    while count:
        part = sock.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
