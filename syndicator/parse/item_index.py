"""What an endpoint's document listed, packed: a record for each item, so that the next one need not be read whole."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from syndicator.models import RawEntry
from syndicator.parse.raw import HASH_SIZE

# An item's hash, and short ones of its guid and link, 0 for none.
_RECORD = struct.Struct(f"!{HASH_SIZE}sII")


class ItemIndex:
    """The records of one document, in its order."""

    def __init__(self, packed: bytes = b"") -> None:
        """Read what ``packed`` gave; anything else counts as nothing known."""
        whole = packed if len(packed) % _RECORD.size == 0 else b""
        self._records = {record[0]: record for record in _RECORD.iter_unpack(whole)}

    @property
    def hashes(self) -> frozenset[bytes]:
        """The items that are known."""
        return frozenset(self._records)

    def after(self, hashes: Sequence[bytes], fresh: Sequence[RawEntry]) -> bytes | None:
        """Give the listing of the next document, packed: all its hashes, and the entries of those that are not known.

        None if a fresh item shares its guid or link with a known one of the same document: items that stand beside
        each other so have to be judged together, and for that the known one must be read again.
        """
        entries = iter(fresh)
        known = [self._records[one] for one in hashes if one in self._records]
        new = [(one, *_marks(next(entries))) for one in hashes if one not in self._records]
        for place in (1, 2):
            held = {record[place] for record in known} - {0}
            if any(record[place] in held for record in new):
                return None
        records = iter(new)
        return b"".join(_RECORD.pack(*(self._records.get(one) or next(records))) for one in hashes)


def _marks(entry: RawEntry) -> tuple[int, int]:
    return _mark(entry.guid), _mark(entry.link)


def _mark(text: str | None) -> int:
    return zlib.crc32(text.encode("utf-8", "replace")) if text else 0
