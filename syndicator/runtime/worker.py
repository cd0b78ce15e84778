"""A process that polls beside others, on one store: it claims hosts, polls them, and does nothing else.

It has no folder with outlets: it works by the configuration that the daemon keeps in the store, and follows its
changes. Publishing, pages, alerts and retention are the daemon's.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from syndicator.config import OwnSettings
from syndicator.errors import LocalFaultError, StoreError
from syndicator.runtime.app import App
from syndicator.runtime.budget import PollBudget
from syndicator.runtime.claims import MOST_APART
from syndicator.runtime.clock import steady_seconds
from syndicator.runtime.days import DayCounter
from syndicator.runtime.descriptors import raise_open_files_limit
from syndicator.runtime.dispatcher import Dispatcher
from syndicator.runtime.following import Follower, Stamp, first_configuration, refuse_unshared
from syndicator.runtime.jobs import FixedJobs, JobIntervals
from syndicator.runtime.lock import only_in, own_name
from syndicator.runtime.process import FINISH_SECONDS, kept, long_lived
from syndicator.runtime.progress import Progress
from syndicator.runtime.systemd import heartbeat_seconds, notify
from syndicator.runtime.trouble import TroubleLog

_log = structlog.get_logger()


class WorkerProcess:
    """One running worker."""

    def __init__(self, app: App, own: OwnSettings, stamp: Stamp, *, intervals: JobIntervals | None = None) -> None:
        """Work by the configuration of ``app``, which the store has under ``stamp``, until it has another."""
        self.app, self._intervals = app, intervals or JobIntervals()
        self._follower = Follower(app, own, stamp, app.follow)
        self._stop = asyncio.Event()
        self.days = DayCounter(app.store, app.clock, lambda: bool(self.dispatcher.offline.trouble))
        self.budget = PollBudget(app.store, lambda: app.rules, steady_seconds)
        self.dispatcher = Dispatcher(
            app.pipeline,
            app.config.at_once,
            claims=app.claims(lease=timedelta(seconds=self._intervals.lease)),
            observers=(self.days.note, self.budget.note),
        )
        self._trouble = TroubleLog()
        self._clock_fault = ""
        self._progress = Progress(self.dispatcher)

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Poll until SIGTERM, SIGINT or ``stop``; ``ready`` is called once everything is up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        await self._follower.begin()
        with suppress(LocalFaultError):
            await self.app.pool.warm_up()
        jobs = self._fixed_jobs()
        try:
            await self._renew()
            jobs.start()
            await self.check_health()
            notify("READY=1")
            _log.info("ready", worker=self.app.config.worker.name, labels=self.app.config.worker.labels)
            ready()
            await self._stop.wait()
        finally:
            notify("STOPPING=1")
            jobs.pause()
            await self.dispatcher.finish(FINISH_SECONDS)
            await self.dispatcher.claims.leave()
            await self.days.end()
            jobs.shutdown()

    def stop(self) -> None:
        """Begin to end: finish what is in flight, then return from ``run``."""
        self._stop.set()

    def trouble(self) -> tuple[str, ...]:
        """Return why this process does not poll, in words; nothing if it is well."""
        faults = (self._clock_fault, self._follower.fault, self.dispatcher.fault, self.app.pool.fault)
        return tuple(dict.fromkeys(filter(None, (*faults, self.dispatcher.offline.trouble))))

    async def poll_due(self) -> None:
        """Poll what is due, by the configuration that is in force in the store and by no other."""
        await self._follower.look()
        if not self._clock_fault and not self._follower.fault:
            await self.dispatcher.poll_due()

    async def check_health(self) -> None:
        """Ping the watchdog if polls make progress; poll again when what was missing is there."""
        stuck = None
        try:
            is_due = await self.dispatcher.has_due() and not self.trouble()
            stuck = self._progress.what_is_stuck(is_due=is_due, manners=self.app.config.politeness)
            if self.app.pool.fault:
                with suppress(LocalFaultError):
                    await self.app.pool.warm_up()
            if not self.app.pool.fault:
                self.dispatcher.resume()
            await self.dispatcher.offline.check()
        except StoreError as error:
            self.dispatcher.is_paused, self.dispatcher.fault = True, str(error)
        if stuck is None:
            notify("WATCHDOG=1")
        self._trouble.tell((*self.trouble(), *((stuck,) if stuck else ())))

    async def _renew(self) -> None:
        ahead = await self.dispatcher.claims.renew()
        is_apart = abs(ahead) > MOST_APART
        where = "ahead of" if ahead > timedelta(0) else "behind"
        seconds = round(abs(ahead).total_seconds())
        self._clock_fault = f"this machine's clock is {seconds} s {where} the database's: set it" if is_apart else ""

    def _fixed_jobs(self) -> FixedJobs:
        every, jobs = self._intervals, FixedJobs()
        jobs.add(self.poll_due, every.poll)
        jobs.add(self._renew, every.lease / 3)
        jobs.add(self.check_health, heartbeat_seconds(every.heartbeat))
        jobs.add(self.dispatcher.report_quiet, every.report)
        jobs.add(self.days.flush, every.report)
        jobs.add(self.budget.hand_over, every.report)
        return jobs


async def run_worker(
    own: OwnSettings,
    *,
    intervals: JobIntervals | None = None,
    ready: Callable[[WorkerProcess], None] = lambda _: None,
) -> None:
    """Run a worker until it is told to stop. Raise ConfigError, StoreError or InUseError if it cannot."""
    refuse_unshared(own, who="a worker")
    raise_open_files_limit()
    with only_in(own.state):
        config, stamp = await first_configuration(own)
        with own_name(config.store, config.worker.name) as name:
            async with long_lived(config, is_follower=True) as app:
                process = WorkerProcess(app, own, stamp, intervals=intervals)
                async with kept([name], intervals, stop=process.stop):
                    await process.run(lambda: ready(process))
