"""Copies of the readers' face: a static site, written after each change to folders and object stores.

Each copy goes at its own pace: one that fails is tried again, after longer and longer waits, and holds up nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from syndicator.errors import StoreError
from syndicator.publish.retry import Failures
from syndicator.publish.targets import Target, TargetError
from syndicator.store import Store, Transaction

_log = structlog.get_logger()
# What was written is recorded after so many files; so many are on their way at once.
_STEP, _AT_ONCE = 64, 8
_MOST_FAULTS = 3
# So often it is looked whether what was written is still there.
_CHECK_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """A file of the site. Those of a lower ``rank`` are written first: nothing leads to what is not there yet."""

    digest: str
    content_type: str
    rank: int = 0


class StaticSite(Protocol):
    """The readers' face as files."""

    async def files(self) -> Mapping[str, SiteFile]:
        """Return all files by path: the same mapping as before, as long as none has changed."""

    async def read(self, path: str) -> tuple[str, bytes] | None:
        """Return a file's digest and bytes as they are now, None if it is gone."""


class _Copy:
    """One copy: what was ``written`` there, by digest, and the files of the site when it was complete."""

    def __init__(self, address: str, store: Store, site: StaticSite) -> None:
        self._address, self._store, self._site = address, store, site
        self._written: dict[str, str] = {}
        self._target: Target | None = None
        self._checked_at: datetime | None = None
        self._complete: Mapping[str, SiteFile] | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def is_being_written(self) -> bool:
        """Whether it is being brought up to date just now."""
        return self.task is not None and not self.task.done()

    async def update(self, open_target: Callable[[str], Target], now: datetime) -> None:
        """Write what has changed since it was complete. Raise TargetError if that cannot be done."""
        files = await self._site.files()
        is_checked = self._checked_at is not None and self._checked_at <= now < self._checked_at + _CHECK_EVERY
        if is_checked and self._complete is files:
            return
        target = self._target = self._target or open_target(self._address)
        if not is_checked:
            await self._check(target)
            self._checked_at = now
        try:
            await self._write(target, files)
        except TargetError:  # what is to be seen no longer goes nevertheless: it may be private now, or fill the disk
            await self._delete_unwanted(target, files)
            raise
        await self._delete_unwanted(target, files)
        self._complete = files

    def distrust(self) -> None:
        """Before anything else is written, read credentials again, and look at what is there."""
        self._target = self._checked_at = None

    async def _check(self, target: Target) -> None:
        written = await self._store.read(lambda tx: tx.replicas.written(self._address))
        present = await target.present(written.keys())
        self._written = {path: digest for path, digest in written.items() if path in present}

    async def _write(self, target: Target, files: Mapping[str, SiteFile]) -> None:
        """Write files rank by rank. One that cannot be written holds up none of its rank, and all of those after it."""
        outdated = [path for path, file in files.items() if self._written.get(path) != file.digest]
        for rank in sorted({files[path].rank for path in outdated}):
            of_rank = sorted(path for path in outdated if files[path].rank == rank)
            faults: list[TargetError] = []
            for some in _steps(of_rank):
                faults += await self._write_some(target, {path: files[path] for path in some})
                if len(faults) >= _MOST_FAULTS:
                    break
            if faults:
                raise faults[0]

    async def _write_some(self, target: Target, files: Mapping[str, SiteFile]) -> list[TargetError]:
        """Write some files, record those that are written, and return the faults of the others."""
        written: dict[str, str] = {}
        faults: list[TargetError] = []
        gate = asyncio.Semaphore(_AT_ONCE)

        async def write(path: str) -> None:
            async with gate:
                found = await self._site.read(path) if len(faults) < _MOST_FAULTS else None
                # One that is another by now may lead to files that are not of this list: it is of the next.
                if found is None or found[0] != files[path].digest:
                    return
                try:
                    await target.put(path, found[1], files[path].content_type)
                except TargetError as error:
                    faults.append(error)
                else:
                    written[path] = files[path].digest

        await asyncio.gather(*map(write, files))
        await target.sync()
        await self._store.write(lambda tx: tx.replicas.record(self._address, written, ()), may_wait=True)
        self._written.update(written)
        return faults

    async def _delete_unwanted(self, target: Target, files: Mapping[str, SiteFile]) -> None:
        """Delete what was written and is no longer of the site. Other files at the target are not touched."""
        for some in _steps(sorted(self._written.keys() - files.keys())):
            await asyncio.gather(*map(target.delete, some))
            await target.sync()
            await self._store.write(partial(_forget, address=self._address, paths=some), may_wait=True)
            for path in some:
                del self._written[path]


def _steps(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    return (paths[start : start + _STEP] for start in range(0, len(paths), _STEP))


def _forget(tx: Transaction, *, address: str, paths: Sequence[str]) -> None:
    tx.replicas.record(address, {}, paths)


class Replicator:
    """Keeps the copies up to date. ``targets`` returns their addresses, which ``open_target`` opens."""

    def __init__(
        self,
        store: Store,
        site: StaticSite,
        *,
        targets: Callable[[], Sequence[str]],
        open_target: Callable[[str], Target],
        clock: Callable[[], datetime],
    ) -> None:
        """Write nothing before ``start``."""
        self._store, self._site, self._clock = store, site, clock
        self._targets, self._open = targets, open_target
        self._copies: dict[str, _Copy] = {}
        self._failures = Failures()

    @property
    def notices(self) -> tuple[str, ...]:
        """What is wrong with copies, in sentences."""
        return tuple(
            f"the copy at {address} is behind: {problem.message} (next try at {problem.next_try_at:%H:%M:%S} UTC)"
            for address, problem in self._failures.problems.items()
        )

    def start(self) -> None:
        """Begin to bring every copy up to date that is not being written, and has not failed just now."""
        targets, now = self._targets(), self._clock()
        self._failures.keep_only(targets)
        for address in self._copies.keys() - set(targets):
            _cancel(self._copies.pop(address))
        for address in targets:
            copy = self._copies.setdefault(address, _Copy(address, self._store, self._site))
            if not copy.is_being_written and not self._failures.is_waiting(address, now):
                copy.task = asyncio.create_task(self._update(address, copy))

    async def settled(self) -> None:
        """Wait until no copy is being written."""
        await asyncio.gather(*self._running())

    async def finish(self, seconds: float) -> None:
        """Bring copies up to date once more, for so many seconds at most, and write no more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.settled()  # what is under way may have begun before the last change
                self.start()
                await self.settled()
        running = self._running()
        for copy in self._copies.values():
            _cancel(copy)
        await asyncio.gather(*running, return_exceptions=True)

    def _running(self) -> list[asyncio.Task[None]]:
        return [copy.task for copy in self._copies.values() if copy.task is not None and not copy.task.done()]

    async def _update(self, address: str, copy: _Copy) -> None:
        try:
            await copy.update(self._open, self._clock())
        except StoreError as error:
            _log.error("cannot read or record what a copy has", copy=address, error=str(error))
        except TargetError as error:
            self._fail(address, copy, str(error), None)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one copy must not end the others
            self._fail(address, copy, f"a fault of this program ({type(error).__name__}: {error})", error)
        else:
            if self._failures.clear(address):
                _log.info("a copy is up to date again", copy=address)

    def _fail(self, address: str, copy: _Copy, reason: str, error: Exception | None) -> None:
        copy.distrust()
        failure = self._failures.add(address, reason, self._clock())
        next_try = failure.next_try_at.isoformat(timespec="seconds")
        _log.error("cannot write a copy", copy=address, reason=reason, next_try=next_try, exc_info=error)


def _cancel(copy: _Copy) -> None:
    if copy.task is not None:
        copy.task.cancel()
