"""Pack a record of each item of an endpoint's document, so that known items of the next one need not be parsed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from syndicator.models import RawEntry
from syndicator.parse.raw import HASH_SIZE

# The hash of an item, and the checksums of its guid and link without their fragments, 0 if missing.
_RECORD = struct.Struct(f"!{HASH_SIZE}sII")


class ItemIndex:
    """The records of the items of one document, in order."""

    def __init__(self, packed: bytes = b"") -> None:
        """Read packed records; invalid bytes are an empty index."""
        whole = packed if len(packed) % _RECORD.size == 0 else b""
        self._records = {record[0]: record for record in _RECORD.iter_unpack(whole)}

    def __len__(self) -> int:
        """Return how many items the document has."""
        return len(self._records)

    @property
    def hashes(self) -> frozenset[bytes]:
        """The hashes of the known items."""
        return frozenset(self._records)

    @property
    def marks(self) -> frozenset[int]:
        """The checksums of the guids and links of the items: see ``mark``."""
        return frozenset(mark for record in self._records.values() for mark in record[1:]) - {0}

    def after(self, hashes: Sequence[bytes], fresh: Sequence[RawEntry]) -> bytes | None:
        """Return the packed index of the next document, from the hashes of all its items and the entries of new ones.

        Return None if a new item shares its guid or link with a known one of the same document, but for a place in the
        page: their identity has to be decided together, so the known one must be parsed again.
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
    return mark(entry.guid), mark(entry.link)


def mark(text: str | None) -> int:
    """Return the checksum of a guid or link without its fragment, 0 if it is missing."""
    return zlib.crc32(text.partition("#")[0].encode("utf-8", "replace")) if text else 0
