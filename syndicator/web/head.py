"""Reads the heads of plain requests: those without a body that say nothing unusual. All others are aiohttp's."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

# Beyond this, and beyond so many lines, aiohttp says what is wrong.
LONGEST_HEAD = 8000
_END = b"\r\n\r\n"
_HEAD = re.compile(
    rb"(GET|HEAD) (/[\x21\x24-\x7e]*+) HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t\x20-\x7e]*+\r\n){1,60}+)\r\n"
)
_BEGINNING = re.compile(rb"(?:GET|HEAD) /")
# A request with one of these has a body, or wants another protocol.
_UNUSUAL = ("content-length", "transfer-encoding", "expect", "upgrade", "trailer", "http2-settings")


class PlainHead(NamedTuple):
    """The head of a GET or HEAD: its target and headers, by name in lower case, and how many bytes it has.

    If it ``is_last``, the reader wants the connection to be closed.
    """

    is_head: bool
    target: str
    headers: dict[str, str]
    length: int
    is_last: bool


class NoHead(Enum):
    """Why there is no head: it is not all there yet, or it is none of those that are read here."""

    INCOMPLETE = "incomplete"
    UNUSUAL = "unusual"


def read_head(data: bytes) -> PlainHead | NoHead:
    """Return the head that data begin with."""
    end = data.find(_END, 0, LONGEST_HEAD)
    if end < 0:
        is_begun = len(data) < LONGEST_HEAD and _BEGINNING.match(data) is not None
        return NoHead.INCOMPLETE if is_begun else NoHead.UNUSUAL
    found = _HEAD.match(data)
    if found is None or found.end() != end + len(_END):
        return NoHead.UNUSUAL
    headers: dict[str, str] = {}
    lines = found[3].decode("ascii").split("\r\n")
    lines.pop()
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip(" \t")
    # A header that is there twice is joined, refused or ignored, depending on which it is.
    if len(headers) != len(lines) or "host" not in headers or any(name in headers for name in _UNUSUAL):
        return NoHead.UNUSUAL
    connection = headers.get("connection", "").lower()
    is_last, length = connection == "close", end + len(_END)
    if connection not in ("", "keep-alive", "close") or (is_last and length < len(data)):
        return NoHead.UNUSUAL
    return PlainHead(found[1] == b"HEAD", found[2].decode("ascii"), headers, length, is_last)
