"""Find stories by the keys of their fingerprints: a hash table in a mapped file, at one cost whatever its size.

The file is a cache: the truth are the fingerprints in the store, of which it can be made again. One process writes it,
others on the same machine may read it at any time; what they read while it is written may be wrong, so candidates are
only to be compared.

A bucket has eight slots: eight tags (the upper halves of keys, 0 for none), then the numbers of their stories. The
table grows by linear hashing (Litwin, 1980): whenever it is fuller than it should be, the next bucket is split in two,
so that neither the file nor any single call is large for a small store. At its largest size, a full bucket forgets its
oldest story.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

BUCKETS = 2**22
_MAGIC = b"synd-fpt"
_VERSION = 1
_HEADER = struct.Struct("=8sQQ16s")  # magic, version, most buckets, whose
_HEADER_SIZE = 4096
# Words of the header that change, by their place in the file.
_LEVEL, _SPLIT, _USED, _POSITION = 8, 9, 10, 11
_SLOTS = 8
_BUCKET = struct.Struct("=16I")
_BUCKET_SIZE = _BUCKET.size
_TAGS = struct.Struct("=8I")
_EMPTY = bytes(_BUCKET_SIZE)
# 1,024 buckets. So many bits of a key's lower half choose the bucket; the others come from its tag.
_FIRST_LEVEL = 10
_LOW_BITS = (1 << _FIRST_LEVEL) - 1
# Slots of a bucket in use, on average, beyond which the next one is split. Buckets yet to be split have more.
_FULL = 3.5
# Room on disk is taken in such steps, before it is written: a full disk would otherwise kill the process (SIGBUS).
_STEP = 2**20
# Stories with the same key that are remembered, the latest ones: what a hundred stories say is no mark of any.
_MOST_HOLDERS = 4
_WEIGHT = 12  # of a key, divided among its holders
# Stories below the last position that may have been lost in a power cut; adding a story again changes nothing.
REPEATED = 5_000


Reserve = Callable[[int, int, int], None]


def take_room(file: int, start: int, length: int) -> None:
    """Take room on disk for a part of a file, where the system can."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, start, length)


class FingerprintTable:
    """Stories by fingerprint keys. ``path`` None keeps it in memory; ``store`` names the store that it belongs to.

    A file of another store, version or size, or with a damaged header, is emptied. ``position`` is then 0; stories
    above it are to be added. With ``read_only`` the file of another process is read, and must exist. Closed with
    ``close()``.
    """

    def __init__(
        self,
        path: Path | None,
        buckets: int = BUCKETS,
        *,
        store: str = "",
        read_only: bool = False,
        reserve: Reserve = take_room,
    ) -> None:
        """Open the table, or make it. ``buckets`` is the most it may have, a power of two of at least 1,024.

        ``reserve`` takes room on disk for a part of the file. Raise OSError if there is none, or the file cannot be
        opened; ValueError for another number of buckets, or a file to read that is smaller.
        """
        if buckets < 1 << _FIRST_LEVEL or buckets & (buckets - 1):
            raise ValueError(f"buckets of a fingerprint table: {buckets} is no power of two of at least 1024")
        self._most_level = buckets.bit_length() - 1
        identity = hashlib.blake2b(store.encode(), digest_size=16).digest()
        self._header = _HEADER.pack(_MAGIC, _VERSION, buckets, identity)
        self._end = _HEADER_SIZE + buckets * _BUCKET_SIZE
        self._file = None if path is None else _opened(path, read_only=read_only)
        self._map = _mapped(self._file, self._end, read_only=read_only)
        self._words = memoryview(self._map).cast("Q")
        self._halves = memoryview(self._map).cast("I")
        self._is_read_only, self._reserve_room, self._reserved = read_only, reserve, 0
        if read_only:
            return
        try:
            self._begin()
        except OSError:
            self.close()
            raise

    @property
    def position(self) -> int:
        """The number of a story up to which all are in the table, or have been."""
        return self._words[_POSITION] if self._is_ours() else 0

    @property
    def size(self) -> int:
        """The bytes that its buckets take, in the file or in memory."""
        return _HEADER_SIZE + ((1 << self._words[_LEVEL]) + self._words[_SPLIT]) * _BUCKET_SIZE

    def add(self, story: int, keys: Iterable[int]) -> None:
        """Add a story's keys, and raise ``position`` to it. Keys that it has already stay as they are."""
        words, data, halves = self._words, self._map, self._halves
        level, split = words[_LEVEL], words[_SPLIT]
        used = 0
        for tag, offset in _tags_and_offsets(keys, level, split):
            tags = _TAGS.unpack_from(data, offset)
            if tag not in tags and 0 in tags:
                place = tags.index(0)
            elif (place := _place(_BUCKET.unpack_from(data, offset), tag, story)) < 0:
                continue
            used += not tags[place]
            at = (offset >> 2) + place
            halves[at + _SLOTS] = story
            halves[at] = tag
        words[_USED] += used
        words[_POSITION] = max(words[_POSITION], story)
        while words[_LEVEL] < self._most_level and words[_USED] > _FULL * ((1 << words[_LEVEL]) + words[_SPLIT]):
            if not self._has_room():
                break
            self._split()

    def candidates(self, keys: Iterable[int], *, most: int = 5, least: int = 1) -> list[tuple[int, int]]:
        """Return stories that share at least ``least`` keys with a text, and how many they share.

        Those that share most come first, then the lowest number. A key counts the less the more stories have it: what
        all stories of a mould say must not outweigh what one of them says.
        """
        if not self._is_ours():
            return []
        data, level, split = self._map, self._words[_LEVEL], self._words[_SPLIT]
        shared, weights = Counter[int](), Counter[int]()
        for tag, offset in _tags_and_offsets(keys, level, split):
            if data.find(tag.to_bytes(4, sys.byteorder), offset, offset + _TAGS.size) < 0:  # the rule
                continue
            bucket = _BUCKET.unpack_from(data, offset)
            holders = [bucket[place + _SLOTS] for place in range(_SLOTS) if bucket[place] == tag]
            for story in holders:
                shared[story] += 1
                weights[story] += _WEIGHT // len(holders)
        found = [story for story, count in shared.items() if count >= least]
        found.sort(key=lambda story: (-weights[story], story))
        return [(story, shared[story]) for story in found[:most]]

    def reset(self) -> None:
        """Empty the table. What lies beyond its first buckets is overwritten when they are split."""
        first = _HEADER_SIZE + (_BUCKET_SIZE << _FIRST_LEVEL)
        self._map[:first] = bytes(first)
        self._words[_LEVEL] = _FIRST_LEVEL
        self._map[: _HEADER.size] = self._header

    def close(self) -> None:
        """Unmap the file. The system writes what is not yet written."""
        self._words.release()
        self._halves.release()
        self._map.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _is_ours(self) -> bool:
        return not self._is_read_only or self._map[: _HEADER.size] == self._header

    def _has_room(self) -> bool:
        """Return whether there is room for one more bucket; without it full buckets forget, as at the largest size."""
        if self.size + _BUCKET_SIZE <= self._reserved:
            return True
        try:
            self._reserve(min(self._end, self._reserved + _STEP))
        except OSError:
            return False
        return True

    def _begin(self) -> None:
        """Take the file as it is, or empty it."""
        self._reserve(_HEADER_SIZE + (_BUCKET_SIZE << _FIRST_LEVEL))
        if self._map[: _HEADER.size] != self._header or not self._is_plausible():
            self.reset()
        self._reserve(self.size)
        self._words[_POSITION] = max(0, self._words[_POSITION] - REPEATED)

    def _is_plausible(self) -> bool:
        """Return whether the words of the header can be true: nothing outside of the table may be touched."""
        level, split, used = self._words[_LEVEL], self._words[_SPLIT], self._words[_USED]
        if not _FIRST_LEVEL <= level <= self._most_level or split >> level or (split and level == self._most_level):
            return False
        return used <= _SLOTS * ((1 << level) + split)

    def _reserve(self, end: int) -> None:
        """Take room on disk up to ``end``. Raise OSError if there is none."""
        if self._file is not None and end > self._reserved:
            self._reserve_room(self._file, self._reserved, end - self._reserved)
        self._reserved = max(self._reserved, end)

    def _split(self) -> None:
        """Move those slots of the next bucket to a new one whose keys belong there by one more bit."""
        words, halves = self._words, self._halves
        level, split = words[_LEVEL], words[_SPLIT]
        bit = 1 << (level - _FIRST_LEVEL)
        offset = _HEADER_SIZE + split * _BUCKET_SIZE
        bucket = _BUCKET.unpack_from(self._map, offset)
        moved = [place for place in range(_SLOTS) if bucket[place] & bit]
        new = offset + (_BUCKET_SIZE << level)
        self._map[new : new + _BUCKET_SIZE] = _EMPTY
        for free, place in enumerate(moved, new >> 2):
            halves[free + _SLOTS] = bucket[place + _SLOTS]
            halves[free] = bucket[place]
        is_last = split + 1 == 1 << level
        words[_LEVEL], words[_SPLIT] = (level + 1, 0) if is_last else (level, split + 1)
        for place in moved:
            halves[(offset >> 2) + place] = halves[(offset >> 2) + place + _SLOTS] = 0


def _tags_and_offsets(keys: Iterable[int], level: int, split: int) -> Iterator[tuple[int, int]]:
    """Yield the tag of each key, and where its bucket begins in the file."""
    mask, longer_mask = (1 << level) - 1, (2 << level) - 1
    for key in keys:
        tag = key >> 32 or 1
        address = (key & _LOW_BITS) | (tag << _FIRST_LEVEL)
        bucket = address & mask
        if bucket < split:
            bucket = address & longer_mask
        yield tag, _HEADER_SIZE + bucket * _BUCKET_SIZE


def _place(bucket: Sequence[int], tag: int, story: int) -> int:
    """Return the slot for a story in a bucket that is full or has its tag: a free one, else that of the oldest story.

    A tag that enough stories have replaces its own oldest. It is negative if the story has the tag already, or is older
    than all that it might replace.
    """
    holders = [place for place in range(_SLOTS) if bucket[place] == tag]
    if any(bucket[place + _SLOTS] == story for place in holders):
        return -1
    is_common = len(holders) >= _MOST_HOLDERS
    if not is_common and 0 in bucket:
        return bucket.index(0)
    oldest = min(holders if is_common else range(_SLOTS), key=lambda place: bucket[place + _SLOTS])
    return oldest if bucket[oldest + _SLOTS] < story else -1


def _opened(path: Path, *, read_only: bool) -> int:
    return os.open(path, os.O_CLOEXEC | (os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT), 0o600)


def _mapped(file: int | None, size: int, *, read_only: bool) -> mmap.mmap:
    """Map an open file, or memory. Only what is written takes room."""
    if file is None:
        return mmap.mmap(-1, size)
    try:
        if not read_only and os.fstat(file).st_size < size:
            os.ftruncate(file, size)
        return mmap.mmap(file, size, access=mmap.ACCESS_READ if read_only else mmap.ACCESS_WRITE)
    except BaseException:
        os.close(file)
        raise
