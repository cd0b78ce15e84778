"""Fixed jobs, each every so many seconds of the monotonic clock: what happens to the time of day moves none of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from syndicator.errors import StoreError

_log = structlog.get_logger()
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is added where the zone is


@dataclass(frozen=True, slots=True, kw_only=True)
class JobIntervals:
    """How often the fixed jobs run, in seconds."""

    poll: float = 0.5
    publish: float = 2.0
    publish_pause: float = 0.25  # between two times that changed stories are published
    replicate: float = 2.0
    hub: float = 10.0
    tidy: float = 60.0
    outbox: float = 2.0
    heartbeat: float = 5.0
    dead_man: float = 60.0  # heartbeats to the dead-man's switch elsewhere
    prune: float = 3600.0
    report: float = 60.0
    subscribe: float = 30.0
    pages: float = 10.0
    follow: float = 1.0  # between two looks at the configuration and the files that another process has
    share: float = 0.2  # between two times that files are stored for other processes
    lease: float = 60.0  # how long hosts stay claimed by a process that is heard of no more
    budget: float = 3600.0  # between two looks at how many polls were made
    clock: float = 1.0  # between two looks whether the clock was set
    look: float = 30.0  # between two looks at everything that is watched
    tell: float = 2.0  # between two looks at whom to tell of what
    settle: int = 200  # milliseconds of quiet before a change on disk is read
    second_look: float = 3.0  # between two looks at files that are gone


class SteadyZone(tzinfo):
    """A time zone whose present is what a steady clock shows.

    APScheduler plans by ``datetime.now(timezone)``, and has no other clock to give it. By the time of day, an hour back
    would stop every job for an hour, and a month forward would list each missed run.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Show the seconds of ``clock``."""
        self._clock = clock

    def fromutc(self, _: datetime, /) -> datetime:
        """Return the steady clock's time, whatever the time of day."""
        return _EPOCH.replace(tzinfo=self) + timedelta(seconds=self._clock())

    def utcoffset(self, _: datetime | None, /) -> timedelta:
        """Return no offset: all times that are compared are of this zone."""
        return timedelta(0)

    def dst(self, _: datetime | None, /) -> timedelta:
        """Return no summer time."""
        return timedelta(0)

    def tzname(self, _: datetime | None, /) -> str:
        """Return a name for messages."""
        return "steady"


class Every(BaseTrigger):  # type: ignore[misc]
    """Fires every so many seconds. One run makes up for all missed ones: the next is planned from now."""

    def __init__(self, seconds: float) -> None:
        """Fire first when the seconds are over."""
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        """Return the next time to run."""
        return now + self._interval


class FixedJobs:
    """A handful of jobs on a scheduler. A job is never run twice at once."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Run nothing before ``start``; ``clock`` counts seconds."""
        self._scheduler = AsyncIOScheduler(timezone=SteadyZone(clock))

    def add(self, job: Callable[[], Any], seconds: float) -> None:
        """Add a job to run every so many seconds. A store that fails is a line in the log, and the job runs again."""
        self._scheduler.add_job(
            partial(_run, job), Every(seconds), coalesce=True, max_instances=1, misfire_grace_time=None, name=_name(job)
        )

    @property
    def due(self) -> dict[str, float]:
        """When each job runs next, in seconds of the clock."""
        times = {job.name: job.next_run_time for job in self._scheduler.get_jobs()}
        return {
            name: (at.replace(tzinfo=UTC) - _EPOCH.replace(tzinfo=UTC)).total_seconds() for name, at in times.items()
        }

    def start(self) -> None:
        """Start; must be called in the running loop."""
        self._scheduler.start()

    def pause(self) -> None:
        """Start no more runs."""
        if self._scheduler.running:
            self._scheduler.pause()

    def shutdown(self) -> None:
        """Forget all jobs; runs under way go on."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


async def _run(job: Callable[[], Any]) -> None:
    try:
        result = job()
        if result is not None:
            await result
    except StoreError as error:
        _log.error("job failed", job=_name(job), error=str(error))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or not task.cancelling():
            raise  # something that the job waited for was cancelled: a fault, and the scheduler logs it
        _log.debug("job cancelled", job=_name(job))  # the loop is ending


def _name(job: Callable[[], Any]) -> str:
    return getattr(job, "__name__", "job").lstrip("_")
