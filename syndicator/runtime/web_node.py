"""A process that serves readers beside the daemon, on one store: pages of what is stored, and feeds as files.

It works by the configuration that the daemon keeps in the store, and has the files of feeds in a folder of its own,
which it keeps as the daemon writes them: what it has, it serves whatever becomes of the database.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import structlog

from syndicator.config import OwnSettings
from syndicator.errors import StoreError
from syndicator.models.formats import feed_of
from syndicator.outbox.on_demand_names import is_on_demand
from syndicator.runtime.app import App
from syndicator.runtime.descriptors import raise_open_files_limit
from syndicator.runtime.following import Follower, Stamp, first_configuration, refuse_unshared
from syndicator.runtime.hub import HubService
from syndicator.runtime.jobs import FixedJobs, JobIntervals
from syndicator.runtime.lock import only_in
from syndicator.runtime.monitoring import STARTING
from syndicator.runtime.process import long_lived
from syndicator.runtime.publishing import cannot_be_made
from syndicator.runtime.renderings import RenderingReader
from syndicator.runtime.site import Site, readers_context
from syndicator.runtime.systemd import heartbeat_seconds, notify
from syndicator.runtime.trouble import TroubleLog
from syndicator.web import SiteContext

_log = structlog.get_logger()
_ELSEWHERE = "This is answered by the daemon, and not by this process, which serves readers beside it."


class WebNode:
    """One running node."""

    def __init__(self, app: App, own: OwnSettings, stamp: Stamp, *, intervals: JobIntervals | None = None) -> None:
        """Serve by the configuration of ``app``, which the store has under ``stamp``, until it has another."""
        self.app, self._intervals = app, intervals or JobIntervals()
        self._follower, self._renderings = Follower(app, own, stamp, app.show), RenderingReader(app.store, app.files)
        self._hub = HubService(app)
        self._stop, self._store_fault, self._trouble = asyncio.Event(), "", TroubleLog()
        self.listening = ""

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM, SIGINT or ``stop``; ``ready`` is called once all files are there that there were."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        await self._follower.begin()
        site = await Site.listen(self._site_context(), self.app.config.listen, None)
        self.listening = site.listening
        jobs = self._fixed_jobs()
        try:
            await self.look()
            jobs.start()
            notify("READY=1")
            _log.info("ready", listening=self.listening, base_url=self.app.config.base_url)
            ready()
            await self._stop.wait()
        finally:
            notify("STOPPING=1")
            jobs.pause()
            jobs.shutdown()
            await site.close()
            await self._hub.close()

    def stop(self) -> None:
        """Begin to end: finish what is being answered, then return from ``run``."""
        self._stop.set()

    def trouble(self) -> tuple[str, ...]:
        """Return what is wrong with this process, in words; nothing if it is well."""
        return tuple(filter(None, (self._store_fault, self._follower.fault, self._renderings.fault)))

    def unready(self) -> tuple[str, ...]:
        """Return why readers should be sent elsewhere: only while it starts or stops, whatever else is wrong."""
        return ("stopping",) if self._stop.is_set() else () if self._renderings.has_looked else (STARTING,)

    async def make(self, name: str) -> bool:
        """Return whether there is a feed, or will be soon, that has no file here. Raise FeedNotMadeError."""
        if not self._renderings.has_looked and name in self.app.config.feeds:
            return True
        try:
            return await self.app.on_demand.ask(name)
        except StoreError as error:
            raise cannot_be_made() from error

    async def look(self) -> None:
        """Take over configuration and files as they are by now. A database that is gone is waited for."""
        try:
            await self._follower.look()
            names = {feed_of(each) for each in await self._renderings.look()}
            if any(is_on_demand(each) and each not in self.app.on_demand.feeds for each in names):
                await self.app.on_demand.adopt(self.app.rules)
            self._store_fault = ""
        except StoreError as error:
            self._store_fault = str(error)
        self._trouble.tell(self.trouble())

    async def refresh(self) -> None:
        """Store what was asked for; find out how soon feeds change. Raise StoreError."""
        await self.app.on_demand.flush()
        self.app.publisher.paces = await self.app.store.read(lambda tx: tx.feeds.paces())

    def _site_context(self) -> SiteContext:
        return readers_context(
            self.app,
            own_hub=self._hub,
            make=self.make,
            trouble=self.trouble,
            unready=self.unready,
            elsewhere=_ELSEWHERE,
        )

    def _fixed_jobs(self) -> FixedJobs:
        every, jobs = self._intervals, FixedJobs()
        jobs.add(self.look, every.follow)
        jobs.add(self.refresh, every.report)
        jobs.add(_tell_systemd, heartbeat_seconds(every.heartbeat))
        return jobs


def _tell_systemd() -> None:
    """Prove that the loop runs: a database that is gone is no reason to begin anew."""
    notify("WATCHDOG=1")


async def run_web_node(
    own: OwnSettings,
    *,
    intervals: JobIntervals | None = None,
    ready: Callable[[WebNode], None] = lambda _: None,
) -> None:
    """Run a node until it is told to stop. Raise ConfigError, StoreError or InUseError if it cannot start."""
    refuse_unshared(own, who="a web node")
    raise_open_files_limit()
    with only_in(own.state):
        config, stamp = await first_configuration(own)
        async with long_lived(config, is_follower=True) as app:
            node = WebNode(app, own, stamp, intervals=intervals)
            await node.run(lambda: ready(node))
