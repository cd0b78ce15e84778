"""JSON documents put together from entries that are bytes already. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec


def joined(head: Mapping[str, object], name: str, entries: Sequence[bytes]) -> bytes:
    """Return an object with the members of a non-empty ``head``, and last the list ``name`` of these entries."""
    start = msgspec.json.encode(head)[:-1] + b',"' + name.encode() + b'":['
    return start + b",".join(b"\n" + each for each in entries) + b"\n]}\n"
