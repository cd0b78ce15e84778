"""Rewrite the head of an answer that breaks the letter of RFC 9112 and that curl and browsers understand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_END = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+([1-9]\d\d)(?!\d)[ \t]*(.*)", re.IGNORECASE | re.DOTALL)
_PROTOCOL = b"http/"
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH = re.compile(rb"\+?(\d{1,18})(?:\.0*)?")
# A carriage return within a value, and what else no field may hold, is read as a space (RFC 9112, 2.2).
_READABLE = bytes(byte if byte >= 0x20 or byte == 0x09 else 0x20 for byte in range(0x100)).replace(b"\x7f", b" ")  # noqa: PLR2004
_FRAMING = frozenset((b"content-length", b"transfer-encoding", b"connection", b"keep-alive", b"upgrade"))
_WITHOUT_BODY = frozenset((b"204", b"304"))

Fields = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Head:
    """A head as a strict parser takes it, and how the body behind it ends.

    ``text`` says nothing of the body, which therefore ends with the connection. The body is chunked, or has ``length``
    bytes, or ends with the connection where that is None.
    """

    text: bytes
    is_chunked: bool
    length: int | None


def end_of_head(data: bytes | bytearray, start: int = 0) -> int:
    """Return where the head that begins ``data`` ends, searching from ``start`` on; 0 if it does not end there."""
    found = _END.search(data, start)
    return found.end() if found else 0


def rewritten(head: bytes) -> Head | None:
    """Return the head in canonical form, None where there is no telling what is meant.

    Repaired are: the protocol's name in small letters and spaces around the status, obsolete folding, space before a
    colon, and control characters in a value. A field without a valid name is left out. Transfer-Encoding overrides
    Content-Length; one length may be given several times, and one that is no number counts as none (RFC 9112, 6.3, asks
    to give up there; browsers do not). Refused are: lengths that differ, a line without a colon, a zero byte.
    """
    first, *lines = (line.removesuffix(b"\r") for line in head.strip(b"\r\n").split(b"\n"))
    status = _STATUS_LINE.fullmatch(first)
    fields = _fields(lines)
    if status is None or fields is None or b"\0" in head:
        return None
    lengths = set(_lengths(fields))
    is_chunked = any(b"chunked" in value.lower() for name, value in fields if name.lower() == b"transfer-encoding")
    if len(lengths) > 1 and not is_chunked:
        return None
    kept = [name + b": " + value for name, value in fields if _TOKEN.fullmatch(name) and name.lower() not in _FRAMING]
    start = b"HTTP/1.1 " + status[1] + b" " + status[2].translate(_READABLE)
    text = b"\r\n".join([start, *kept, b"Connection: close", b"", b""])
    if status[1] in _WITHOUT_BODY:
        return Head(text, is_chunked=False, length=0)
    return Head(text, is_chunked=is_chunked, length=None if is_chunked else next(iter(lengths), None))


def may_be_head(data: bytes | bytearray) -> bool:
    """Return whether data that has no end of a head in it may be the beginning of one."""
    begun = data[:16].lstrip(b"\r\n")[: len(_PROTOCOL)].lower()
    return _PROTOCOL.startswith(begun)


def is_interim(head: bytes | bytearray) -> bool:
    """Return whether a head is informational: another one follows it (RFC 9110, 15.2)."""
    status = _STATUS_LINE.match(head.lstrip(b"\r\n"))
    return status is not None and status[1].startswith(b"1")


def _fields(lines: Iterable[bytes]) -> Fields | None:
    """Return names and values; None if a line has no colon or continues nothing."""
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line)
        elif colon and line[:1] not in (b" ", b"\t"):
            fields.append((name.rstrip(b" \t"), [value]))
        else:
            return None
    return [(name, b" ".join(map(bytes.strip, parts)).translate(_READABLE).strip()) for name, parts in fields]


def _lengths(fields: Fields) -> Iterable[int]:
    for name, value in fields:
        if name.lower() == b"content-length":
            yield from (int(found[1]) for each in value.split(b",") if (found := _LENGTH.fullmatch(each.strip())))
