"""Messages over stream sockets: lengths first, then that many bytes.

Jobs go to a worker and answers come back; orders go to the template and numbers come back.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from enum import IntEnum
from typing import NamedTuple

_REQUEST = struct.Struct("!II")
_ANSWER = struct.Struct("!IB?d")
_ORDER = struct.Struct("!Bqq")
_REPLY = struct.Struct("!q")
LARGEST = 32 * 1024 * 1024


class Status(IntEnum):
    """What an answer's payload is: a result, a fault of the document, or a fault of this machine."""

    DONE = 0
    REJECTED = 1
    LOCAL_FAULT = 2


class Answer(NamedTuple):
    """What became of a request, and the CPU seconds it took; if ``is_last``, the worker takes no other."""

    status: Status
    payload: bytes
    seconds: float = 0.0
    is_last: bool = False


class OrderKind(IntEnum):
    """What the template is to do."""

    FORK = 1
    WAIT = 2


class Order(NamedTuple):
    """An order to the template.

    FORK, with a socket beside it: CPU seconds of each job and bytes of address space; the reply is a process id, or an
    errno below zero. WAIT: a process id; the reply is the child's status as of wait(2), below zero if it is unknown.
    """

    kind: OrderKind
    first: int
    second: int = 0


def request(header: bytes, body: bytes = b"") -> tuple[bytes, bytes]:
    """Return a request's parts in the order of sending; a large body is not copied behind the header."""
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
    """Encode an answer."""
    return _ANSWER.pack(len(what.payload), what.status, what.is_last, what.seconds) + what.payload


async def read(reader: asyncio.StreamReader, largest: int = LARGEST) -> Answer:
    """Read one answer; raise IncompleteReadError when the other side is gone, ValueError for an answer too large."""
    length, status, is_last, seconds = _ANSWER.unpack(await reader.readexactly(_ANSWER.size))
    if length > largest:
        raise ValueError(f"an answer of {length} bytes")
    return Answer(Status(status), await reader.readexactly(length), seconds, is_last)


def send_order(sock: socket.socket, order: Order, descriptors: list[int]) -> None:
    """Send an order to the template, with descriptors beside it."""
    socket.send_fds(sock, [_ORDER.pack(*order)], descriptors)


def receive_order(sock: socket.socket) -> tuple[Order, list[int]] | None:
    """Read one order and its descriptors, blocking; None when the other side is gone."""
    message, descriptors, _, _ = socket.recv_fds(sock, _ORDER.size, 1)
    if len(message) != _ORDER.size:
        return None
    kind, first, second = _ORDER.unpack(message)
    return Order(OrderKind(kind), first, second), descriptors


def send_reply(sock: socket.socket, number: int) -> None:
    """Send what came of an order."""
    sock.sendall(_REPLY.pack(number))


async def read_reply(sock: socket.socket) -> int:
    """Read what came of an order; raise EOFError when the template is gone."""
    message = await asyncio.get_running_loop().sock_recv(sock, _REPLY.size)
    if len(message) != _REPLY.size:
        raise EOFError
    return int(_REPLY.unpack(message)[0])


def _exactly(sock: socket.socket, count: int) -> bytes | None:
    """Read so many bytes into one piece of memory."""
    found = sock.recv(count, socket.MSG_WAITALL) if count else b""
    return found if len(found) == count else None
