"""When this machine is offline: it is said, outlets are not blamed, and all goes on as soon as one answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from syndicator.alerts import MACHINE
from syndicator.errors import StoreError
from syndicator.models import Complaint, PollReport
from syndicator.models.alerts import AlertKind
from syndicator.store import Store, Transaction
from syndicator.watch import Reach

_log = structlog.get_logger()
_PROBE_EVERY = timedelta(seconds=15)
# What answered so shortly before an outage was well when it began: few are asked less than once a day.
_WELL_WITHIN = timedelta(days=1)
# So long after its first failures an outage is noticed, and looked at.
_NOTICED_WITHIN = timedelta(minutes=5)


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
        was_offline = before.seems_offline(now)
        is_over = was_offline and not self._reach.seems_offline(now)
        if was_offline and (is_over or (self._reach.is_partial and not before.is_partial)):
            if is_over:
                _log.info("this machine is online again", unreached=len(before.missed))
                self._probed_at = None
            # With the first answer all are asked again at once: most of them tell whether it is over.
            task = asyncio.create_task(self._forgive(before.forgivable))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def shift(self, by: timedelta) -> None:
        """Go on by a clock that was set: an outage lasts, and who was missed in it is not to blame."""
        self._reach, self._probed_at = self._reach.shifted(by), None

    async def resume(self) -> None:
        """Begin offline if the store says so: nothing is well then, and can tell by failing. Raise StoreError."""
        if found := await self._store.read(_outage):
            self._reach = Reach.resumed(*found)

    async def check(self) -> None:
        """While the machine is offline, ask one source again from time to time: back-off would notice it late.

        They take turns: one may be down itself, or have left the configuration.
        """
        now = self._clock()
        if not self._is_offline or (self._probed_at is not None and now - self._probed_at < _PROBE_EVERY):
            return
        if not (missed := self._reach.missed):
            return
        self._probed_at = now
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


def _outage(tx: Transaction) -> tuple[datetime, Mapping[str, str]] | None:
    """Return since when this machine is offline by its open alert, and the endpoints that failed in it, if it is."""
    alert = tx.alerts.find(AlertKind.OFFLINE, MACHINE)
    if alert is None or not alert.is_open:
        return None
    since = alert.found_at
    return since, {each.endpoint: each.source for each in tx.sources.complaints() if _was_well(each, since)}


def _was_well(complaint: Complaint, since: datetime) -> bool:
    """Return whether an endpoint is unreached in an outage, and was well before as far as can be told."""
    is_lost = complaint.outcome is not None and complaint.outcome.is_unreached
    is_of_it = complaint.tried_at is not None and complaint.tried_at >= since - _NOTICED_WITHIN
    return is_lost and is_of_it and (complaint.good_at is None or complaint.good_at >= since - _WELL_WITHIN)
