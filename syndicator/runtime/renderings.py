"""Feeds' files as rows of a store that several processes share: the daemon writes them, web nodes read them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial

from syndicator.publish import FeedFiles
from syndicator.store import Rendering, RenderingInfo, RenderingStamp, Store, Transaction
from syndicator.store.renderings import packed, unpacked

# Files that are written in one transaction: nobody else writes meanwhile.
_AT_ONCE = 20


class RenderingWriter:
    """Keeps rows as the files are. Private files are on this machine alone: nodes have nobody's tokens."""

    def __init__(self, store: Store, files: FeedFiles) -> None:
        """Write nothing where no other process can read it."""
        self._store, self._files, self._changes = store, files, files.changes()
        self._pending: set[str] = set()
        self._is_compared = False

    async def write(self) -> None:
        """Write what has changed; at first, compare all. Raise StoreError: what was not written then is later."""
        if not self._store.is_shared:
            return
        self._pending |= self._changes()
        if not self._is_compared:
            self._pending = await self._different(self._pending)
            self._is_compared = True
        for names in _parts(sorted(self._pending)):
            made, gone = await asyncio.to_thread(self._read, names)
            if made or gone:
                await self._store.write(partial(_write, made=made, gone=gone))
            self._pending.difference_update(gone, (each.file for each in made))

    async def _different(self, names: set[str]) -> set[str]:
        """Return those of these files that have no row, and all rows that are not as their files."""
        listed = await self._store.read(lambda tx: tx.renderings.newer(0))
        different = await asyncio.to_thread(_different, self._files, listed)
        return different | names.difference(each.file for each in listed)

    def _read(self, names: Sequence[str]) -> tuple[list[Rendering], set[str]]:
        """Return the files that are for everybody, and the names of those that are not, or not there any more."""
        made, gone = [], {name for name in names if self._files.is_gone(name)}
        for name in names:
            file = self._files.read(name)
            if file is not None and file.is_private:
                gone.add(name)
            elif file is not None:
                made.append(Rendering(file=name, digest=file.digest, modified=file.modified, body=packed(file.body)))
        return made, gone


class RenderingReader:
    """Keeps a folder of files as the rows are. ``fault`` says what cannot be written there; empty if all can."""

    def __init__(self, store: Store, files: FeedFiles) -> None:
        """Leave what lies in the folder as it is until the first ``look``."""
        self._store, self._files = store, files
        self._seen: RenderingStamp | None = None
        self._pending: set[str] = set()
        self.fault = ""

    @property
    def has_looked(self) -> bool:
        """Whether the folder has been filled. It is left as it is while no daemon has ever written a row."""
        return self._seen is not None

    async def look(self) -> set[str]:
        """Take over what has changed, at first all; return the names of the files. Raise StoreError.

        What cannot be taken over is tried again the next time.
        """
        stamp = await self._store.read(lambda tx: tx.renderings.stamp())
        if stamp != self._seen and stamp.version:
            self._pending |= await self._changed(stamp)
            self._seen = stamp
        self._pending |= self._files.take_lost()
        names, self.fault = sorted(self._pending), ""
        for name in names:
            if fault := await self._take(name):
                self.fault = self.fault or fault
            else:
                self._pending.discard(name)
        return set(names) - self._pending

    async def _changed(self, stamp: RenderingStamp) -> set[str]:
        """Return the names of files that are to be taken over; delete those that are no more."""
        seen = self._seen
        if seen is not None and seen.deleted == stamp.deleted and seen.version < stamp.version:
            listed = await self._store.read(lambda tx: tx.renderings.newer(seen.version))
            return {each.file for each in listed}
        listed = await self._store.read(lambda tx: tx.renderings.newer(0))
        await asyncio.to_thread(self._files.keep_only, [each.file for each in listed])
        return await asyncio.to_thread(_different, self._files, listed)

    async def _take(self, name: str) -> str:
        """Replace a file by what its row has; return what is wrong if that cannot be."""
        found = await self._store.read(lambda tx: tx.renderings.get(name))
        if found is None:  # deleted since: the next look finds that
            return ""
        try:
            await asyncio.to_thread(self._put, found)
        except (OSError, ValueError) as error:
            return f"{name} cannot be taken over: {error}"
        return ""

    def _put(self, found: Rendering) -> None:
        self._files.put(found.file, unpacked(found.body), found.modified, keeps_date=False)
        self._files.sync()


def _different(files: FeedFiles, listed: Sequence[RenderingInfo]) -> set[str]:
    """Return the files that are not as these rows say, or not for everybody."""
    return {each.file for each in listed if _info(files, each.file) != each}


def _info(files: FeedFiles, name: str) -> RenderingInfo | None:
    """Return what identifies a file that anybody may read."""
    found = files.look_up(name)
    if found is None or found.is_private:
        return None
    return RenderingInfo(file=name, digest=found.digest, modified=found.modified)


def _write(tx: Transaction, *, made: Sequence[Rendering], gone: set[str]) -> None:
    tx.renderings.put(made)
    tx.renderings.delete(gone)


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]
