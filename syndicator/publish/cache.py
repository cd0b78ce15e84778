"""Caches bounded by bytes. The least recently used goes first."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_ENTRY_BYTES = 32 * 1024 * 1024
# What an entry costs beside its XML: its key, its digest, its places in two tables.
_OVERHEAD = 500


class BoundedCache(Generic[K, V]):
    """A mapping whose weights add up to ``bound`` at most.

    The latest value stays even if it alone is heavier: those who ask for it at one time share it. All methods may be
    called from any thread.
    """

    def __init__(self, bound: int) -> None:
        """Start empty."""
        self.bound, self.weight, self.hits, self.misses = bound, 0, 0, 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return a value, None if it is not held."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, weight: int) -> None:
        """Hold a value, in place of an earlier one with its key; drop others as the bound demands."""
        with self._lock:
            self._drop(key)
            self._values[key] = value, weight
            self.weight += weight
            while self.weight > self.bound and len(self._values) > 1:
                self._drop(next(iter(self._values)))

    def discard(self, key: K) -> None:
        """Drop a value if it is held."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: K) -> None:
        _, weight = self._values.pop(key, (None, 0))
        self.weight -= weight


@dataclass(frozen=True, slots=True)
class CachedEntry:
    """A story's entry as it stands in a document, and a digest of what it was rendered from."""

    digest: bytes
    body: bytes


class EntryCache:
    """Rendered entries by format, with the language of its labels, and uid.

    A feed is rendered whenever a story joins it, and all its other entries are as before.
    """

    def __init__(self, bound: int = _ENTRY_BYTES) -> None:
        """Hold about ``bound`` bytes."""
        self._entries: BoundedCache[tuple[str, str], CachedEntry] = BoundedCache(bound)

    @property
    def entries(self) -> BoundedCache[tuple[str, str], CachedEntry]:
        """The cache itself, with its counts."""
        return self._entries

    def get(self, format_name: str, uid: str, digest: bytes) -> bytes | None:
        """Return the bytes of an entry, None if it is not held or was rendered from something else."""
        found = self._entries.get((format_name, uid))
        return found.body if found is not None and found.digest == digest else None

    def put(self, format_name: str, uid: str, entry: CachedEntry) -> None:
        """Hold an entry."""
        self._entries.put((format_name, uid), entry, len(entry.body) + _OVERHEAD)


def entry_digest(shown: object) -> bytes:
    """Return a digest of everything that an entry shows: plain values, a story among them."""
    try:
        packed = msgspec.msgpack.encode(shown)
    except UnicodeEncodeError:  # half a character, which no database holds
        packed = ascii(shown).encode()
    return hashlib.blake2b(packed, digest_size=16).digest()
