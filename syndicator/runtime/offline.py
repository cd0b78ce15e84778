"""When this machine is offline: it is said, outlets are not blamed, and all goes on as soon as one answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from syndicator.errors import StoreError
from syndicator.models import PollReport
from syndicator.store import Store
from syndicator.watch import Reach

_log = structlog.get_logger()
_PROBE_EVERY = timedelta(seconds=15)


class OfflineWatch:
    """Follows all polls; ``note`` each, and ``check`` every few seconds."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], country: Callable[[str], str] = lambda _: ""
    ) -> None:
        """Ask ``country`` for that of a source's outlet."""
        self._store, self._clock, self._country = store, clock, country
        self._reach = Reach()
        self._probed_at: datetime | None = None
        self._probed = ""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def trouble(self) -> str:
        """What an operator is told, nothing while outlets are reached."""
        return self._reach.words if self._is_offline else ""

    @property
    def unreached(self) -> Mapping[str, str]:
        """The endpoints that are not to be blamed, with their sources."""
        return self._reach.missed if self._is_offline else {}

    @property
    def _is_offline(self) -> bool:
        return self._reach.seems_offline(self._clock())

    def note(self, report: PollReport) -> None:
        """Take notice of a poll that has just ended."""
        if report.outcome.is_good and self._reach.is_calm:
            return
        before, now = self._reach, self._clock()
        self._reach = before.after(report, now, self._country(report.source))
        is_over = before.missed and not self._reach.missed
        if before.seems_offline(now) and (is_over or (self._reach.is_partial and not before.is_partial)):
            if is_over:
                _log.info("this machine is online again", unreached=len(before.missed))
                self._probed_at = None
            # With the first answer all are asked again at once: most of them tell whether it is over.
            task = asyncio.create_task(self._forgive(before.forgivable))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """Begin anew: the clock by which polls were noted was set."""
        self._reach, self._probed_at = Reach(), None

    async def check(self) -> None:
        """While the machine is offline, ask one source again from time to time: back-off would notice it late.

        They take turns: one may be down itself, or have left the configuration.
        """
        now = self._clock()
        if not self._is_offline or (self._probed_at is not None and now - self._probed_at < _PROBE_EVERY):
            return
        self._probed_at = now
        missed = self._reach.missed
        self._probed = min((each for each in missed if each > self._probed), default=min(missed))
        await self._forgive({self._probed: missed[self._probed]})

    async def settled(self) -> None:
        """Wait until what was noticed is written."""
        await asyncio.gather(*self._tasks)

    async def _forgive(self, missed: Mapping[str, str]) -> None:
        try:
            await self._store.write(lambda tx: tx.sources.forgive(missed, self._clock()))
        except StoreError as error:
            _log.error("cannot have outlets asked again", error=str(error))
