"""The life of the process: fixed jobs on a scheduler, signals, reloads, systemd. No feed logic."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from syndicator.alerts import Look
from syndicator.config import Loader, announced
from syndicator.errors import LocalFaultError, StoreError
from syndicator.models.status import Status
from syndicator.runtime.alerting import Alerting
from syndicator.runtime.app import App
from syndicator.runtime.budget import PollBudget
from syndicator.runtime.clock import ClockWatch, steady_seconds
from syndicator.runtime.configuration import Configuration, warn_of_restart
from syndicator.runtime.days import DayCounter
from syndicator.runtime.descriptors import raise_open_files_limit
from syndicator.runtime.dispatcher import Dispatcher
from syndicator.runtime.foretell import foretell
from syndicator.runtime.hub import HubService
from syndicator.runtime.jobs import FixedJobs, JobIntervals
from syndicator.runtime.lock import only_one, own_name
from syndicator.runtime.monitoring import STARTING, Monitoring
from syndicator.runtime.ops import StoreRecords
from syndicator.runtime.pages import page_job
from syndicator.runtime.pollers import Pollers
from syndicator.runtime.process import FINISH_SECONDS, kept, long_lived
from syndicator.runtime.progress import Progress
from syndicator.runtime.publishing import FeedMaker, PublishingPace
from syndicator.runtime.renderings import RenderingWriter
from syndicator.runtime.retention import Pruner
from syndicator.runtime.site import Site, site_context
from syndicator.runtime.starting import Starting
from syndicator.runtime.status import Conditions, StatusReader
from syndicator.runtime.systemd import heartbeat_seconds, notify
from syndicator.runtime.trouble import TroubleLog
from syndicator.runtime.watching import FolderWatch
from syndicator.runtime.websub import WebSubClient
from syndicator.web import SiteContext

_log = structlog.get_logger()
_LAST_COPIES_SECONDS = 1.0


class Daemon:
    """One running daemon. ``load`` reads the configuration again when asked to."""

    def __init__(
        self,
        app: App,
        load: Loader,
        *,
        intervals: JobIntervals | None = None,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        """Wire the jobs; nothing runs before ``run``. ``steady`` counts seconds, whatever the clock shows."""
        self.app, self._load, self._intervals = app, load, intervals or JobIntervals()
        self._stop = asyncio.Event()
        self.monitoring = Monitoring(app, self._look, self._stop.is_set)
        self.days = DayCounter(app.store, app.clock, lambda: bool(self.dispatcher.offline.trouble))
        self.budget = PollBudget(app.store, lambda: app.rules, steady)
        observers = (*self.monitoring.observers, self.days.note, self.budget.note)
        claims = app.claims(lease=timedelta(seconds=self._intervals.lease))
        self.dispatcher = Dispatcher(app.pipeline, app.config.at_once, claims=claims, observers=observers)
        self.websub = WebSubClient(
            app.pipeline,
            post=app.post,
            token=lambda: secrets.token_urlsafe(24),
            base_url=lambda: app.config.base_url,
            keep=app.captures.keep_push,
            observer=self.days.note_push,
        )
        retention, captures = (lambda: app.config.retention), app.capture_pruner
        self.pruner = Pruner(app.store, app.outbox, clock=app.clock, retention=retention, captures=captures)
        self.hub, self.clock_watch = HubService(app), ClockWatch(app.clock, steady)
        self.alerting = Alerting(app, self._look, self.monitoring.metrics.notices)
        self._pollers = Pollers(app.store, lambda: app.config)
        self._reader, self._configuration = StatusReader(app.store), Configuration(app)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._folder_watch = FolderWatch(app.config.folder, self.reload, settle=self._intervals.settle)
        self._reloading, self._publishing = asyncio.Lock(), asyncio.Lock()
        self.maker, self.renderings = FeedMaker(app, self._publishing), RenderingWriter(app.store, app.files)
        self._trouble: tuple[str, ...] = (STARTING,)
        self._trouble_log, self._publish_log = TroubleLog(), TroubleLog()
        self._progress = Progress(self.dispatcher)

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve and poll until SIGTERM, SIGINT or ``stop``; ``ready`` is called once everything is up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._spawn(self.reload()))
        await self._configuration.adopt(self.app.config)
        await self.dispatcher.claims.renew()
        await self.alerting.start()
        await self.dispatcher.offline.resume()
        await self._warm_up()
        self._spawn(self.app.captures.repair())
        site = await Site.listen(self._site_context(), self.app.config.listen, self.app.config.operators)
        jobs = self._fixed_jobs()
        try:
            await self.budget.adjust()
            await self.dispatcher.poll_due()
            jobs.start()
            self._spawn(self._folder_watch.run())
            self._spawn(PublishingPace(self.app.changed, self.publish, pause=self._intervals.publish_pause).run())
            await self.check_health()
            notify("READY=1")
            base_url = self.app.config.base_url
            _log.info("ready", listening=site.listening, base_url=base_url, outlets=len(self.app.config.outlets))
            ready()
            await self._stop.wait()
        finally:
            notify("STOPPING=1")
            jobs.pause()
            await self._finish()
            jobs.shutdown()
            await site.close()

    def _site_context(self) -> SiteContext:
        return site_context(
            self.app,
            own_hub=self.hub,
            make=self.maker,
            status=self._status,
            trouble=self.trouble,
            notes=self.notes,
            hub=self.websub,
            monitoring=self.monitoring,
            records=StoreRecords(self.app.store, self._look, pending=self.days.pending),
        )

    def stop(self) -> None:
        """Begin to end: finish what is in flight, then return from ``run``."""
        self._stop.set()
        self._folder_watch.stop()

    async def reload(self) -> bool:
        """Read the configuration again, put it in force, return whether all of it is. What a bad file said stays."""
        async with self._reloading:
            notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
            try:
                config = await self._configuration.read(self._load, second_look=self._intervals.second_look)
                warn_of_restart(self.app.config, config)
                await foretell(self.app.store, self.app.config, config, now=self.app.clock())
                async with self._publishing:
                    await self._configuration.adopt(config)
                await self.hub.prune()
                await self.budget.adjust()
                _log.info("reloaded", outlets=len(config.outlets), feeds=len(config.feeds))
            except Exception as error:  # noqa: BLE001 - whatever it is, the one in force stays, and changes are watched
                self._configuration.refuse(error)
            finally:
                notify("READY=1")
        await self.dispatcher.poll_due()
        return not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with files of the configuration that are not in force."""
        return self._configuration.problems

    def notes(self) -> tuple[str, ...]:
        """Return what an operator should know though the daemon is well."""
        return (*self._configuration.notes, *self._notices())

    def _notices(self) -> tuple[str, ...]:
        clocks = filter(None, (self.clock_watch.notice, self.pruner.notice))
        return (*clocks, *self.app.replicator.notices, *self._pollers.notices)

    async def publish(self) -> None:
        """Write the files of feeds that changed."""
        async with self._publishing:
            try:
                for name in await self.app.publisher.publish():
                    _log.debug("published", feed=name)
                self._publish_log.tell(())
                self._spawn(self.hub.announce(self.app.publisher.take_written()))
            except (OSError, StoreError) as error:  # a full or read-only disk: what was written before is still served
                self._publish_log.tell((f"cannot publish: {error}",))

    async def drop_unwanted(self) -> None:
        """Drop the feeds on demand that nobody asks for any more. Raise StoreError."""
        async with self._publishing:
            await self.app.drop_unwanted()

    async def run_outbox(self) -> None:
        """Run the consumers of the outbox until none has more to do."""
        await self.app.outbox.run(self._stop.is_set)

    def trouble(self) -> tuple[str, ...]:
        """Return what is wrong with this daemon, in words; nothing if it is well."""
        offline = self.dispatcher.offline.trouble
        return (*self._own_trouble(), offline) if offline else self._own_trouble()

    def _own_trouble(self) -> tuple[str, ...]:
        faults = (self.dispatcher.fault, self.app.pool.fault, self.app.captures.fault)
        return tuple(dict.fromkeys((*self._trouble, *filter(None, faults))))

    def _look(self) -> Look:
        offline = self.dispatcher.offline
        return Look(
            now=self.app.clock(),
            rules=self.app.rules,
            is_offline=bool(offline.trouble),
            offline_words=offline.trouble,
            unreached=frozenset(offline.unreached),
            trouble=(*self._own_trouble(), *self._outbox_problems()),
            config_problems=self._configuration.bad_files,
            left_out=self._configuration.left_out,
        )

    def _outbox_problems(self) -> tuple[str, ...]:
        return tuple(f"{name} stands still: {why}" for name, why in self.app.outbox.problems.items())

    def _fixed_jobs(self) -> FixedJobs:
        """Set up a handful of fixed jobs; what is due when is a column in the store."""
        jobs = FixedJobs()
        jobs.add(self.dispatcher.poll_due, self._intervals.poll)
        jobs.add(self.dispatcher.claims.renew, self._intervals.lease / 3)
        jobs.add(self.publish, self._intervals.publish)
        jobs.add(self.app.replicator.start, self._intervals.replicate)
        jobs.add(self.renderings.write, self._intervals.share)
        jobs.add(self.maker.make_asked, self._intervals.outbox)
        jobs.add(self.run_outbox, self._intervals.outbox)
        jobs.add(self.check_health, heartbeat_seconds(self._intervals.heartbeat))
        jobs.add(self.pruner.prune, self._intervals.prune)
        jobs.add(self.websub.renew, self._intervals.subscribe)
        jobs.add(self.hub.catch_up, self._intervals.hub)
        jobs.add(self.hub.prune, self._intervals.prune)
        jobs.add(self.drop_unwanted, self._intervals.tidy)
        jobs.add(page_job(self.app.pages, self.dispatcher, self._stop.is_set), self._intervals.pages)
        jobs.add(self.dispatcher.report_quiet, self._intervals.report)
        jobs.add(self.days.flush, self._intervals.report)
        jobs.add(self.check_clock, self._intervals.clock)
        jobs.add(self.budget.adjust, self._intervals.budget)
        jobs.add(self.monitoring.send_heartbeat, self._intervals.dead_man)
        jobs.add(self.alerting.tell, self._intervals.tell)
        jobs.add(self.alerting.look, self._intervals.look)
        return jobs

    async def check_clock(self) -> None:
        """Move by a step of the clock what was planned by it; tell of the step once."""
        if (step := self.clock_watch.look()) is not None:
            _log.warning("clock step", seconds=round(step.total_seconds()), notice=self.clock_watch.notice)
            self.app.shift_waits(step)
            self.dispatcher.offline.shift(step)
        if self.clock_watch.pending is not None:  # tried again until the store takes it
            await self.app.shift_plans(*self.clock_watch.pending)
            self.clock_watch.pending = None

    async def check_health(self) -> None:
        """Prove that the store answers and polls make progress, and only then ping the watchdog.

        It runs in the loop that everything runs in: a loop that hangs sends nothing. A store that answers with an error
        is no hang: a restart would not help it, what is published is still served, and polling waits until it is well.
        """
        now = self.app.clock()
        self._folder_watch.check()
        stuck = None
        try:
            await self.app.store.write(lambda tx: self.pruner.beat(tx, now))
            is_due = await self.dispatcher.has_due()
            stuck = self._progress.what_is_stuck(is_due=is_due, manners=self.app.config.politeness)
            if self.app.pool.fault:
                await self._warm_up()
            if not self.app.pool.fault:
                self.dispatcher.resume()
                if self._configuration.is_pending and not self._reloading.locked():
                    self._spawn(self.reload())
            await self.dispatcher.offline.check()
            await self.app.captures.look_again()
            await self._pollers.look()
            self._trouble = (stuck,) if stuck else ()
        except StoreError as error:
            self.dispatcher.is_paused, self._trouble = True, (str(error),)
        if stuck is None:
            notify("WATCHDOG=1")
        self._trouble_log.tell(self.trouble())

    async def _warm_up(self) -> None:
        """Start a parse child, so that no document waits for it. What is missing for one is the pool's ``fault``."""
        with suppress(LocalFaultError):
            await self.app.pool.warm_up()

    async def _status(self) -> Status:
        conditions = Conditions(
            trouble=(*self.trouble(), *self._outbox_problems()),
            config_problems=self.problems,
            feed_problems=self.app.publisher.problems,
            unreached=frozenset(self.dispatcher.offline.unreached),
            notices=self._notices(),
        )
        return await self._reader.read(self.app.config, now=self.app.clock(), conditions=conditions)

    async def _finish(self) -> None:
        self.stop()
        await asyncio.gather(self.dispatcher.finish(FINISH_SECONDS), self.websub.settled(FINISH_SECONDS))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(self.hub.close(), self.alerting.close(), self.monitoring.close())
        await self.dispatcher.claims.leave()
        await self.days.end()
        await self.publish()
        with suppress(StoreError):
            await self.renderings.write()
        await self.app.replicator.finish(_LAST_COPIES_SECONDS)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("task failed", exc_info=error)


async def run(
    load: Loader,
    *,
    intervals: JobIntervals | None = None,
    ready: Callable[[Daemon], None] = lambda _: None,
) -> None:
    """Run a daemon until it is told to stop. Raise ConfigError, StoreError or InUseError if it cannot."""
    raise_open_files_limit()
    config = await Starting().load(load)
    with (
        only_one(config.state, config.store) as store,
        own_name(config.store, config.worker.name) as name,
        announced(os.environ, config.folder, state=config.state, cache=config.gazetteer.parent),
    ):
        async with long_lived(config) as app:
            daemon = Daemon(app, load, intervals=intervals)
            async with kept([store, name], intervals, stop=daemon.stop):
                await daemon.run(lambda: ready(daemon))
