"""Files that readers fetch: replaced whole or not at all, known by the hash of their bytes, served from disk."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from syndicator.models.formats import feed_of, format_of
from syndicator.publish.cache import BoundedCache
from syndicator.publish.disk import (
    delete_leftovers,
    find_files,
    make_folder,
    open_folder,
    remove_empty_folders,
    sync_folder,
    write_temporary,
)

T = TypeVar("T")
_Stamp = tuple[int, int, int, int, int]
_log = structlog.get_logger()
_CACHE_BYTES = 32 * 1024 * 1024
# Reading and compressing more than this would hold up everything else in the event loop.
_LARGE = 256 * 1024
_PROBE = bytes(4096)
_PUBLIC, _PRIVATE = 0o644, 0o600


@dataclass(frozen=True, slots=True)
class _Version:
    """A file as it was last read or written; another ``stamp`` under its name is another file."""

    digest: bytes
    stamp: _Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """What identifies a file's bytes, and since when; another ``stamp`` under its name is another file."""

    digest: str
    modified: datetime
    stamp: _Stamp

    @property
    def is_private(self) -> bool:
        """Whether the file is closed to others on this machine, and so to readers without a token."""
        return not self.stamp[4] & stat.S_IROTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(FileInfo):
    """A file's bytes as they are or compressed, with the digest, date and stamp of the file they are from."""

    body: bytes
    is_compressed: bool = False


class FeedFiles:
    """A folder of published files. Memory holds a digest of each, and the bodies that readers asked for last.

    Names are paths below the folder, of the kind that ``format_of`` knows: no others are read, written or deleted.
    ``put``, ``sync`` and ``keep_only`` may run in any thread, one call at a time; ``info`` and ``get`` in a loop.
    """

    def __init__(
        self, folder: Path, *, cache_bytes: int = _CACHE_BYTES, fsync: Callable[[int], None] = os.fsync
    ) -> None:
        """Find the feeds that lie in ``folder``, without reading them: readers are served before the first poll.

        A missing folder is made. Other files in it are ignored.
        """
        self.folder = folder
        self._fsync = fsync
        self._cache: BoundedCache[tuple[bytes, bool], bytes] = BoundedCache(cache_bytes)
        self._loading = asyncio.Lock()
        self._lost: set[str] = set()
        self._wanted: frozenset[str] = frozenset()
        self._private: frozenset[str] = frozenset()
        open_folder(folder)
        delete_leftovers(folder)
        names, folders = find_files(folder, is_ours=lambda name: format_of(name) is not None)
        # None: not read yet.
        self._versions: dict[str, _Version | None] = dict.fromkeys(names)
        # A process before this one may have been ended between replacing and syncing, in any of them.
        self._unsynced = set(folders)
        self._followers: list[set[str]] = []

    @property
    def cached_bytes(self) -> int:
        """How many bytes of bodies are in memory."""
        return self._cache.weight

    def changes(self) -> Callable[[], set[str]]:
        """Return what returns, once, the files that were replaced, deleted, closed or opened; at first, all."""
        changed = set(self._versions)
        self._followers.append(changed)
        return partial(_taken, changed)

    def read(self, name: str) -> Published | None:
        """Return a file's bytes as they lie on disk, None if there is none. May be called from any thread."""
        read = self._read(name) if name in self._versions else None
        return _published(*read, is_compressed=False) if read else None

    def look_up(self, name: str) -> FileInfo | None:
        """Return a file's digest and date, None if there is no such file. May be called from any thread."""
        version = self._current(name)
        return _info(version) if version else None

    def is_gone(self, name: str) -> bool:
        """Return whether there is no such file, nor is to be: one that is lost is written again."""
        return name not in self._versions and name not in self._wanted

    def stamp(self, name: str) -> _Stamp | None:
        """Return what tells a file from those before it, None if there is no such file."""
        return self._requested(name)

    async def info(self, name: str) -> FileInfo | None:
        """Return a file's digest and date, None if there is no such file. It is read only if its digest is unknown."""
        stamp = self._requested(name)
        if stamp is None:
            return None
        version = self._known(name, stamp)
        if version is None:
            read = await self._run(stamp, lambda: self._read(name))
            version = read[0] if read else None
        if version is None:
            return None
        return _info(version)

    async def get(self, name: str, *, is_compressed: bool = False) -> Published | None:
        """Return a file's bytes, None if there is no such file. The digest is that of the very bytes returned."""
        stamp = self._requested(name)
        if stamp is None:
            return None
        cached = self._cached(name, stamp, is_compressed)
        return cached or await self._run(stamp, lambda: self._load(name, is_compressed))

    def put(self, name: str, body: bytes, modified: datetime, *, keeps_date: bool = True) -> bool:
        """Replace a file atomically, dated ``modified``; return False if it holds these bytes already.

        Unless it ``keeps_date``, one with the same bytes and another date is replaced, too. ``sync`` makes the
        replacement last. Raise OSError if it cannot be written, ValueError for any other name than that of a feed's
        file.
        """
        if format_of(name) is None:
            raise ValueError(f"{name!r} is not the name of a feed's file")
        digest, before = _digest(body), self._current(name)
        if before is not None and before.digest == digest and (keeps_date or _modified(before) == modified):
            return False
        path = self.folder / name
        self._unsynced.update(make_folder(path.parent, root=self.folder))
        temporary = write_temporary(self.folder, body, mode=self._mode(name), fsync=self._fsync, modified=modified)
        self._unsynced.add(path.parent)
        try:
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self._versions[name] = _Version(digest, _stamp(path.stat()))
        self._note(name)
        if before is not None:
            self._cache.discard((before.digest, False))
            self._cache.discard((before.digest, True))
        return True

    def keep_private(self, feeds: Collection[str], *, resting: Collection[str] = ()) -> None:
        """Close the files of these feeds, and what is put there later, to others on this machine; open all others.

        A web server that has the folder serves none of them. What there is of ``resting`` feeds stays as it is.
        """
        self._private = frozenset(feeds)
        for name in [each for each in self._versions if feed_of(each) not in resting]:
            path, mode = self.folder / name, self._mode(name)
            try:
                if stat.S_IMODE(path.stat().st_mode) != mode:
                    path.chmod(mode)
                    self._note(name)
            except FileNotFoundError:
                continue
            except OSError as error:
                _log.error("cannot change who may read a feed's file", file=str(path), error=str(error))

    def sync(self) -> None:
        """Bring replaced names to disk: until then, a power cut may bring the files before back. Raise OSError."""
        for folder in sorted(self._unsynced):
            sync_folder(folder, root=self.folder, fsync=self._fsync)
            self._unsynced.discard(folder)

    def keep_only(self, names: Iterable[str], *, resting: Collection[str] = ()) -> set[str]:
        """Delete the files of feeds that are no longer configured; return those of ``names`` that are missing: lost.

        What there is of ``resting`` feeds stays.
        """
        self._wanted = wanted = frozenset(names)
        for name in [each for each in self._versions.keys() - wanted if feed_of(each) not in resting]:
            del self._versions[name]
            self._note(name)
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError as error:
                _log.warning("cannot delete the file of a removed feed: delete it by hand", error=str(error))
            else:
                remove_empty_folders(self.folder, name)
        missing = {name for name in wanted if self._on_disk(name) is None}
        self._lost |= missing
        return missing

    def take_lost(self) -> set[str]:
        """Return, once, the files that are to be there and are missing: readers asked for them, or a reload did."""
        lost, self._lost = self._lost, set()
        return lost

    def check_writable(self) -> None:
        """Raise OSError if the folder takes no file at all, not even a small one: the disk is full or read-only."""
        open_folder(self.folder)
        write_temporary(self.folder, _PROBE, mode=_PUBLIC, fsync=self._fsync).unlink()

    # --- reading -----------------------------------------------------------------------------------

    def _requested(self, name: str) -> _Stamp | None:
        """Return the stamp of a file that a reader asks for; remember a lost one."""
        stamp = self._on_disk(name)
        if stamp is None and name in self._versions:
            self._lost.add(name)
        return stamp

    def _on_disk(self, name: str) -> _Stamp | None:
        """Return the stamp of one of our files, None if no file lies in its place now."""
        if name not in self._versions:
            return None
        try:
            found = (self.folder / name).stat()
        except OSError:
            return None
        return _stamp(found) if stat.S_ISREG(found.st_mode) else None

    def _known(self, name: str, stamp: _Stamp) -> _Version | None:
        version = self._versions.get(name)
        return version if version is not None and version.stamp == stamp else None

    def _cached(self, name: str, stamp: _Stamp, is_compressed: bool) -> Published | None:
        version = self._known(name, stamp)
        body = self._cache.get((version.digest, is_compressed)) if version else None
        return None if version is None or body is None else _published(version, body, is_compressed)

    async def _run(self, stamp: _Stamp, work: Callable[[], T]) -> T:
        """Run work on a small file at once, on a large one in a thread; one at a time: many may ask for one file."""
        if stamp[1] <= _LARGE:
            return work()
        async with self._loading:
            return await asyncio.to_thread(work)

    def _load(self, name: str, is_compressed: bool) -> Published | None:
        """Return a file's bytes from the cache, if another request has put them there meanwhile, else from disk."""
        stamp = self._on_disk(name)
        if stamp is not None and (cached := self._cached(name, stamp, is_compressed)) is not None:
            return cached
        read = self._read(name)
        if read is None:
            return None
        version, body = read
        # Only what was asked for is held: nearly all readers take it compressed, at a fifth of the size.
        body = gzip.compress(body, 6, mtime=0) if is_compressed else body
        self._cache.put((version.digest, is_compressed), body, len(body))
        return _published(version, body, is_compressed)

    def _read(self, name: str) -> tuple[_Version, bytes] | None:
        """Read a file: its stamp and its bytes are of one open file, whatever takes its place meanwhile."""
        try:
            with (self.folder / name).open("rb") as file:
                stamp, body = _stamp(os.fstat(file.fileno())), file.read()
        except OSError:
            return None
        version = self._versions[name] = _Version(_digest(body), stamp)
        return version, body

    def _current(self, name: str) -> _Version | None:
        """Return the version that lies on disk."""
        stamp = self._on_disk(name)
        if stamp is None:
            return None
        if (version := self._known(name, stamp)) is not None:
            return version
        read = self._read(name)
        return read[0] if read else None

    # --- writing -----------------------------------------------------------------------------------

    def _note(self, name: str) -> None:
        for changed in self._followers:
            changed.add(name)

    def _mode(self, name: str) -> int:
        return _PRIVATE if feed_of(name) in self._private else _PUBLIC


def _stamp(found: os.stat_result) -> _Stamp:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, stat.S_IMODE(found.st_mode)


def _taken(changed: set[str]) -> set[str]:
    taken = set()
    with suppress(KeyError):
        while True:  # whoever replaces a file meanwhile adds to it in another thread
            taken.add(changed.pop())
    return taken


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _modified(version: _Version) -> datetime:
    return datetime.fromtimestamp(version.stamp[2] // 1_000_000_000, UTC)


def _info(version: _Version) -> FileInfo:
    return FileInfo(digest=version.digest.hex(), modified=_modified(version), stamp=version.stamp)


def _published(version: _Version, body: bytes, is_compressed: bool) -> Published:
    return Published(
        body=body,
        digest=version.digest.hex(),
        modified=_modified(version),
        stamp=version.stamp,
        is_compressed=is_compressed,
    )
