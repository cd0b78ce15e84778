"""The files of captures: one a day and outlet, appended to record by record. Blocking, and for one thread.

Each record is a gzip member of its own. A process that is killed while it writes leaves a torn last member, which is
cut off before anything is appended. All members before it stay as they are.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import IO, NamedTuple

import structlog

SUFFIX = ".warc.gz"
_DAMAGED = ".damaged"
_PIECE = 16384
_GZIP = 31  # zlib's window bits for gzip members
_PROBE = bytes(_PIECE)
_log = structlog.get_logger()


class Member(NamedTuple):
    """A record, packed; its id and the digest of its payload."""

    data: bytes
    id: str
    digest: str


class Place(NamedTuple):
    """Where a record lies in a file, in bytes."""

    file: str
    offset: int
    member: Member


# Makes a record for a place: its file's name, and the offset there.
Make = Callable[[str, int], Member]


def day_of(name: str) -> date:
    """Return the day of a file, by its path below the folder of captures. Raise ValueError if it has none."""
    return date.fromisoformat(name.rpartition("/")[2].partition(".")[0])


class CaptureFile(NamedTuple):
    """A file of captures, by its path below their folder."""

    name: str
    day: date
    size: int


class CaptureFiles:
    """Appends to the files below a folder, finds and deletes old ones."""

    def __init__(self, folder: Path, begin: Make) -> None:
        """Touch nothing yet; ``begin`` makes the first record of each file."""
        self._folder, self._begin = folder, begin
        self._sizes: dict[Path, int] = {}

    def append(self, outlet: str, day: date, makes: Sequence[Make], *, is_synced: bool) -> list[Place]:
        """Append records at once, and return where they are. Raise OSError.

        What is ``is_synced`` is on disk afterwards. Where something fails the file is as before, or is repaired before
        it is appended to again.
        """
        path = self._folder / outlet / f"{day.isoformat()}{SUFFIX}"
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _open(path) as file:
            start = self._whole_size(path, file)
            places = _placed(f"{outlet}/{path.name}", start, makes if start else (self._begin, *makes))
            try:
                _write_all(file, b"".join(each.member.data for each in places))
                if is_synced:
                    os.fdatasync(file.fileno())
            except OSError:
                self._sizes.pop(path, None)
                with suppress(OSError):
                    file.truncate(start)
                raise
        self._sizes[path] = places[-1].offset + len(places[-1].member.data)
        return places[-len(makes) :]

    def repair(self) -> None:
        """Cut torn ends off the latest file of each outlet; older ones were closed in peace. Raise OSError."""
        latest: dict[str, CaptureFile] = {}
        for each in self.all():
            if each.name.endswith(SUFFIX):
                latest[each.name.partition("/")[0]] = each
        for each in latest.values():
            path = self._folder / each.name
            with _open(path) as file:
                self._sizes[path] = self._whole_size(path, file)

    def probe(self) -> None:
        """Raise OSError where nothing can be written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / ".probe"
        try:
            with path.open("wb") as file:
                file.write(_PROBE)
                file.flush()
                os.fsync(file.fileno())
        finally:
            path.unlink(missing_ok=True)

    def all(self) -> list[CaptureFile]:
        """Return all files of captures, the oldest first."""
        return sorted(self._found(), key=lambda each: (each.day, each.name))

    def outdated(self, before: date, most_bytes: int) -> list[CaptureFile]:
        """Return the files of days before ``before``, and of the rest the oldest beyond ``most_bytes`` in all."""
        files = self.all()
        left = sum(each.size for each in files)
        found = []
        for each in files:
            if each.day >= before and left <= most_bytes:
                break
            found.append(each)
            left -= each.size
        return found

    def delete(self, names: Collection[str]) -> None:
        """Delete files, and folders that are empty then. Raise OSError."""
        for name in names:
            path = self._folder / name
            path.unlink(missing_ok=True)
            self._sizes.pop(path, None)
            with suppress(OSError):  # it has other files
                path.parent.rmdir()

    def _found(self) -> Iterator[CaptureFile]:
        for path in self._folder.glob(f"*/*{SUFFIX}*"):
            with suppress(ValueError, FileNotFoundError):
                yield CaptureFile(f"{path.parent.name}/{path.name}", day_of(path.name), path.stat().st_size)

    def _whole_size(self, path: Path, file: IO[bytes]) -> int:
        """Return a file's size, after cutting off what is no whole member. One that is as we left it is not read."""
        size = os.fstat(file.fileno()).st_size
        if size == self._sizes.get(path, 0):
            return size
        found = whole_members(file)
        if found.end < size:
            _cut(path, file, found, size)
        return found.end


class Members(NamedTuple):
    """Where the last whole member of a file ends, and whether what follows is damaged, and not only cut short."""

    end: int
    is_damaged: bool


def whole_members(file: IO[bytes]) -> Members:
    """Read a file of gzip members from its beginning, and find where they end."""
    file.seek(0)
    end, rest = 0, b""
    while True:
        member, length = zlib.decompressobj(_GZIP), 0
        while not member.eof:
            piece = rest or file.read(_PIECE)
            rest = b""
            if not piece:
                return Members(end, is_damaged=False)
            try:
                member.decompress(piece)
            except zlib.error:
                return Members(end, is_damaged=True)
            length += len(piece)
        rest = member.unused_data
        end += length - len(rest)


def _placed(name: str, start: int, makes: Sequence[Make]) -> list[Place]:
    places = []
    for make in makes:
        places.append(Place(name, start, make(name, start)))
        start += len(places[-1].member.data)
    return places


def _write_all(file: IO[bytes], data: bytes) -> None:
    """Write without a buffer: a disk that is nearly full takes a part, and refuses the next one."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _open(path: Path) -> IO[bytes]:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)


def _cut(path: Path, file: IO[bytes], found: Members, size: int) -> None:
    """Cut off a torn end. A damaged one may have whole members behind the damage: it is set aside."""
    if found.is_damaged:
        file.seek(found.end)
        aside = path.with_name(f"{path.name}.{found.end}{_DAMAGED}")
        with _open(aside) as kept:
            while piece := file.read(_PIECE):
                kept.write(piece)
            os.fsync(kept.fileno())
        _log.error("a capture file is damaged", file=str(path), offset=found.end, set_aside=str(aside))
    else:
        _log.warning("a capture was cut short, and is cut off", file=str(path), bytes=size - found.end)
    file.truncate(found.end)
