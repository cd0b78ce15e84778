"""What of a configuration's folder is to be watched: the folder, and what its symbolic links lead to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from watchfiles import awatch

_log = structlog.get_logger()
_DEPTH = 3  # the folder, its rooms, what a link in a room leads to
_MOST_LINKS = 10_000
_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder as it lies on disk: its identity, and of each link in it what it leads to, None if to nothing.

    Another value for the same folder means that something was changed which a watch on the folder may not have seen.
    """

    identity: tuple[int, int]
    links: tuple[tuple[str, _Stamp | None], ...]

    @property
    def targets(self) -> list[Path]:
        """The files that links lead to; folders behind links are watched with the folder."""
        found = (Path(os.path.realpath(link)) for link, stamp in self.links if stamp is not None)
        return sorted({path for path in found if path.is_file()})


def look(folder: Path) -> Watched | None:
    """Return how a folder lies on disk, None if it does not."""
    try:
        found = folder.stat()
    except OSError:
        return None
    links = sorted(_links(str(folder), _DEPTH))[:_MOST_LINKS]
    return Watched((found.st_dev, found.st_ino), tuple((link, _stamp(link)) for link in links))


async def changes(folder: Path, watched: Watched, *, settle: int, stop: asyncio.Event) -> AsyncIterator[int]:
    """Yield 0 once the watch is set up, then how many files changed, each time, until ``stop`` is set.

    Changes within ``settle`` milliseconds are one. Raise OSError if something cannot be watched.
    """
    changing = awatch(
        folder, *watched.targets, debounce=settle, step=50, stop_event=stop, ignore_permission_denied=True
    )
    following = asyncio.ensure_future(anext(changing, None))
    await asyncio.sleep(0)  # it sets the watch up before it first waits
    try:
        yield 0
        while (found := await following) is not None:
            following = asyncio.ensure_future(anext(changing, None))
            yield len(found)
    finally:
        stop.set()
        await following


class FolderWatch:
    """Calls ``changed`` when something changes in a folder or behind a link in it; watches anew what is new there."""

    def __init__(self, folder: Path, changed: Callable[[], Awaitable[object]], *, settle: int) -> None:
        """Watch nothing before ``run``. Changes within ``settle`` milliseconds are one."""
        self._folder, self._changed, self._settle = folder, changed, settle
        self._stop, self._again = asyncio.Event(), asyncio.Event()
        self._watched: Watched | None = None

    def check(self) -> None:
        """Watch anew if the folder lies on disk differently than when the watch was set up."""
        if look(self._folder) not in (None, self._watched):
            self._again.set()

    def stop(self) -> None:
        """Let ``run`` return."""
        self._stop.set()
        self._again.set()

    async def run(self) -> None:
        """Watch until ``stop``."""
        is_first = True
        while not self._stop.is_set():
            self._again.clear()
            self._watched = look(self._folder)
            if self._watched is None:
                await self._again.wait()  # until a check finds it again
                continue
            try:
                async for count in changes(self._folder, self._watched, settle=self._settle, stop=self._again):
                    # The first come when the watch is set up: nothing is missed between reading and watching.
                    if count or not is_first:
                        _log.debug("configuration changed on disk", files=count)
                        await self._changed()
                    is_first = False
            except OSError as error:  # a link's target went away just now, or the kernel watches no more files
                _log.error("the configuration is not watched: SIGHUP reads it", error=str(error))
                self._again.clear()
                await self._again.wait()


def _links(folder: str, depth: int) -> Iterator[str]:
    """Yield the links below a folder, and those below folders that links lead to. A circle ends at the depth."""
    if not depth:
        return
    try:
        with os.scandir(folder) as entries:
            listed = list(entries)
    except OSError:
        return
    for each in listed:
        if each.is_symlink():
            yield each.path
        try:
            is_folder = each.is_dir()
        except OSError:
            continue
        if is_folder:
            yield from _links(each.path, depth - 1)


def _stamp(path: str) -> _Stamp | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path for each of many links costs more than the look itself
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
