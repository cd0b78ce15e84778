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
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
_FIRST_LEVEL = (
    10  # 1,024 buckets; so many bits of a key's lower half choose the bucket, and the others come from its tag
)
_LOW_BITS = (1 << _FIRST_LEVEL) - 1
_FULL = (
    3.5  # slots in use of a bucket, on average, beyond which the next one is split: buckets yet to be split have more
)
# Stories with the same key that are remembered, the latest ones: what a hundred stories say is no mark of any.
_MOST_HOLDERS = 4
# Room on disk is taken in steps of so many bytes, or an eighth of the file.
_LEAST_STEP = 1 << 17
Reserve = Callable[[int, int, int], None]
# Stories below the last position that may have been lost in a power cut; adding a story again changes nothing.
REPEATED = 5_000


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
        opened or mapped; ValueError for another number of buckets.
        """
        if buckets < 1 << _FIRST_LEVEL or buckets & (buckets - 1):
            raise ValueError(f"buckets of a fingerprint table: {buckets} is no power of two of at least 1024")
        self._most_level = buckets.bit_length() - 1
        identity = hashlib.blake2b(store.encode(), digest_size=16).digest()
        self._header = _HEADER.pack(_MAGIC, _VERSION, buckets, identity)
        self._most_size = _HEADER_SIZE + buckets * _BUCKET_SIZE
        self._is_read_only, self._reserve_room, self._reserved = read_only, reserve, 0
        self._file, self._map = _mapped(path, self._most_size, read_only=read_only)
        self._words = memoryview(self._map).cast("Q")
        self._halves = memoryview(self._map).cast("I")
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
        """The bytes that the table takes, of its file or in memory."""
        return _HEADER_SIZE + ((1 << self._words[_LEVEL]) + self._words[_SPLIT]) * _BUCKET_SIZE

    def add(self, story: int, keys: Iterable[int]) -> None:
        """Add a story's keys, and raise ``position`` to it. Keys that it has already stay as they are.

        Raise OSError, with all of it added, if the table should grow and there is no room on disk.
        """
        words, data, halves = self._words, self._map, self._halves
        level, split = words[_LEVEL], words[_SPLIT]
        used = 0
        for key in keys:
            tag, offset = _tag_and_offset(key, level, split)
            bucket = _BUCKET.unpack_from(data, offset)
            if tag not in bucket and 0 in bucket:
                place = bucket.index(0)
            elif (place := _place(bucket, tag, story)) < 0:
                continue
            used += not bucket[place]
            at = (offset >> 2) + place
            halves[at + _SLOTS] = story
            halves[at] = tag
        words[_USED] += used
        words[_POSITION] = max(words[_POSITION], story)
        while words[_LEVEL] < self._most_level and words[_USED] > _FULL * ((1 << words[_LEVEL]) + words[_SPLIT]):
            self._split()

    def candidates(self, keys: Iterable[int], *, most: int = 5, least: int = 1) -> list[tuple[int, int]]:
        """Return stories that share keys with a text, and how many: most shared first, then the lowest number.

        ``least`` leaves out stories that share fewer.
        """
        if not self._is_ours():
            return []
        data, level, split = self._map, self._words[_LEVEL], self._words[_SPLIT]
        found: list[int] = []
        for key in keys:
            tag, offset = _tag_and_offset(key, level, split)
            bucket = _BUCKET.unpack_from(data, offset)
            if tag in bucket:
                found += [bucket[place + _SLOTS] for place in range(_SLOTS) if bucket[place] == tag]
        shared = [(story, count) for story, count in Counter(found).items() if count >= least]
        return sorted(shared, key=lambda each: (-each[1], each[0]))[:most]

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
        """Take room on disk up to ``end``, and some more.

        A page of a mapped file for which the disk has no room, when it is first written, kills the process (SIGBUS).
        """
        if self._file is None or end <= self._reserved:
            return
        until = min(self._most_size, end + max(_LEAST_STEP, end >> 3))
        self._reserve_room(self._file, self._reserved, until - self._reserved)
        self._reserved = until

    def _is_ours(self) -> bool:
        return not self._is_read_only or self._map[: _HEADER.size] == self._header

    def _split(self) -> None:
        """Move those slots of the next bucket to a new one whose keys belong there by one more bit."""
        words = self._words
        level, split = words[_LEVEL], words[_SPLIT]
        bit = 1 << (level - _FIRST_LEVEL)
        offset = _HEADER_SIZE + split * _BUCKET_SIZE
        self._reserve(offset + (_BUCKET_SIZE << level) + _BUCKET_SIZE)
        bucket = _BUCKET.unpack_from(self._map, offset)
        moved = [place for place in range(_SLOTS) if bucket[place] & bit]
        kept = [place for place in range(_SLOTS) if bucket[place] and not bucket[place] & bit]
        _write(self._map, offset + (_BUCKET_SIZE << level), bucket, moved)
        is_last = split + 1 == 1 << level
        words[_LEVEL], words[_SPLIT] = (level + 1, 0) if is_last else (level, split + 1)
        _write(self._map, offset, bucket, kept)


def _tag_and_offset(key: int, level: int, split: int) -> tuple[int, int]:
    """Return a key's tag, and where its bucket begins in the file."""
    tag = key >> 32 or 1
    address = (key & _LOW_BITS) | (tag << _FIRST_LEVEL)
    bucket = address & ((1 << level) - 1)
    if bucket < split:
        bucket = address & ((2 << level) - 1)
    return tag, _HEADER_SIZE + bucket * _BUCKET_SIZE


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


def _write(data: mmap.mmap, offset: int, bucket: Sequence[int], places: Sequence[int]) -> None:
    """Write some slots of a bucket."""
    rest = (0,) * (_SLOTS - len(places))
    tags, stories = [bucket[place] for place in places], [bucket[place + _SLOTS] for place in places]
    _BUCKET.pack_into(data, offset, *tags, *rest, *stories, *rest)


def _mapped(path: Path | None, size: int, *, read_only: bool) -> tuple[int | None, mmap.mmap]:
    """Map a file, or memory. Return the file, if it is written, with its map. Only what is reserved takes room."""
    if path is None:
        return None, mmap.mmap(-1, size)
    flags = os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT
    number = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        if not read_only and os.fstat(number).st_size < size:
            os.ftruncate(number, size)
        mapped = mmap.mmap(number, size, access=mmap.ACCESS_READ if read_only else mmap.ACCESS_WRITE)
    except OSError:
        os.close(number)
        raise
    if read_only:
        os.close(number)
        return None, mapped
    return number, mapped
