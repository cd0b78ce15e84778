"""The daemon's metrics: counters of its own, what the store tells, and how the process is.

A scrape costs some indexed reads of the store, which several scrapes share. What the store cannot tell in time is told
as it was last known: whoever watches a daemon must not have to wait for what it waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import structlog

from syndicator import __version__
from syndicator.alerts import Look
from syndicator.errors import StoreError
from syndicator.models import PollReport, Source
from syndicator.models.alerts import IS_NOTED, AlertKind
from syndicator.models.metrics import Metric, counter, counters, gauge, gauges
from syndicator.runtime.app import App
from syndicator.runtime.notice_counts import NoticeCounts
from syndicator.runtime.poll_counters import PollCounters
from syndicator.runtime.process_metrics import process_metrics
from syndicator.runtime.source_metrics import source_metrics
from syndicator.runtime.source_states import SourceStates
from syndicator.store import Transaction
from syndicator.store.vitals import EndpointVitals, StoreVitals
from syndicator.web.counts import AnswerCounts

_log = structlog.get_logger()
# A scraper that is not answered for ten seconds counts the daemon as down.
_PATIENCE = 0.5
# What operators decide by commands beside the daemon shows in the counts after so long, if no poll shows it before.
_READ_STATES_EVERY = timedelta(minutes=5)


class DaemonMetrics:
    """Gathers metrics.

    ``note`` each poll. ``notices`` counts messages to recipients, and ``answers`` those over HTTP.
    """

    def __init__(self, app: App, describe: Callable[[], Look], *, patience: float = _PATIENCE) -> None:
        """Read nothing before somebody asks; a scrape waits ``patience`` seconds for the store at most.

        ``describe`` returns what the store does not know.
        """
        self._app, self._describe, self._patience = app, describe, patience
        self._polls, self.notices, self.answers = PollCounters(app.clock), NoticeCounts(), AnswerCounts()
        self._vitals: StoreVitals | None = None
        self._states: SourceStates | None = None
        self._read_at: datetime | None = None
        self._states_at: datetime | None = None
        self._reading: asyncio.Task[None] | None = None
        self._meanwhile: list[PollReport] | None = None

    def note(self, report: PollReport) -> None:
        """Count a poll."""
        self._polls.note(report)
        if self._states is not None:
            self._states.note(report)
        if self._meanwhile is not None:
            self._meanwhile.append(report)

    async def gather(self) -> list[Metric]:
        """Return all metrics as of now."""
        await self._read_store()
        return [*self._about(), *self._polls.metrics(), *self._of_store(), *process_metrics()]

    async def gather_sources(self, outlet: str) -> list[Metric] | None:
        """Return the metrics of an outlet's sources, or of all; see ``source_metrics``."""
        return await source_metrics(self._app, outlet)

    @property
    def has_sources(self) -> bool:
        """Whether the operator wants metrics of single sources."""
        return self._app.config.watch.has_source_metrics

    async def _read_store(self) -> None:
        """Read the store, waiting only so long; a reading that takes longer goes on, and the next scrape has it."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._has_read)
        await asyncio.wait({self._reading}, timeout=self._patience)

    async def _read(self) -> None:
        self._vitals = await self._app.store.read(_vitals)
        self._read_at = now = self._app.clock()
        if self._are_states_due(now):
            await self._read_states(self._app.config.sources)
            self._states_at = now

    def _are_states_due(self, now: datetime) -> bool:
        if self._states is None or self._states_at is None or self._states.sources is not self._app.config.sources:
            return True
        return not timedelta(0) <= now - self._states_at < _READ_STATES_EVERY

    async def _read_states(self, sources: Mapping[str, Source]) -> None:
        """Read the health of all sources. Polls that end meanwhile may be missed, and are noted again."""
        meanwhile: list[PollReport] = []
        self._meanwhile = meanwhile
        states = await asyncio.to_thread(SourceStates, sources, await self._app.store.read(_endpoints))
        for report in meanwhile:
            states.note(report)
        self._states, self._meanwhile = states, None

    def _has_read(self, task: asyncio.Task[None]) -> None:
        self._reading = self._meanwhile = None
        if task.cancelled() or (error := task.exception()) is None:
            return
        if not isinstance(error, StoreError):  # trouble of the store is told elsewhere
            _log.error("metrics cannot be read", exc_info=error)

    def _about(self) -> Iterator[Metric]:
        app, look = self._app, self._describe()
        yield gauge("syndicator_build_info", "The version, always 1.", 1, (("version", __version__),))
        is_well = not look.is_offline and not look.trouble
        yield gauge("syndicator_healthy", "0 while something is wrong with the daemon or its connection.", is_well)
        yield gauge("syndicator_own_network_up", "0 while this machine seems to be offline.", not look.is_offline)
        yield gauge(
            "syndicator_config_problems",
            "Mistakes in files of the configuration that are not in force.",
            len(look.config_problems),
        )
        yield gauge("syndicator_outlets", "Outlets in the configuration.", len(app.config.outlets))
        feeds = {"configured": len(app.config.feeds), "on_demand": len(app.on_demand.feeds)}
        yield gauges("syndicator_feeds", "Output feeds.", "kind", feeds)
        yield gauge("syndicator_publish_failures", "Feeds that cannot be written now.", len(app.publisher.problems))
        yield gauge(
            "syndicator_outbox_stalled", "Consumers of changes that stand still for a fault.", len(app.outbox.problems)
        )
        yield self.notices.metric(app.config.recipients)
        answers = self.answers.by_class
        yield counters("syndicator_http_responses", "Answers over HTTP since the start, by status.", "class", answers)

    def _of_store(self) -> Iterator[Metric]:
        if self._states is not None:
            yield gauges(
                "syndicator_sources", "Sources by the health that the status shows.", "state", self._states.counts
            )
        vitals, now = self._vitals, self._app.clock()
        if vitals is None or self._read_at is None:
            return
        yield gauge(
            "syndicator_store_read_timestamp_seconds",
            "As of when the store tells what follows, in seconds since 1970.",
            round(self._read_at.timestamp(), 3),
        )
        yield gauge(
            "syndicator_due_lag_seconds",
            "For how long the source that is due longest waits.",
            _since(vitals.due_at, now),
        )
        yield counter(
            "syndicator_stories", "Stories that were ever stored, by the number of the last.", vitals.last_story
        )
        yield gauge("syndicator_publish_behind", "Feeds that changed and are to be written.", vitals.behind)
        yield gauge(
            "syndicator_publish_lag_seconds",
            "For how long the first of those feeds waits.",
            _since(vitals.behind_since, now),
        )
        lags = dict(sorted(vitals.lags.items()))
        yield gauges("syndicator_outbox_lag", "Changes that a consumer has still to handle.", "consumer", lags)
        raised = {kind.value: vitals.alerts.get(kind, 0) for kind in AlertKind if kind not in IS_NOTED}
        yield gauges("syndicator_alerts", "Open alerts, by what they are on.", "kind", raised)
        yield gauge("syndicator_store_bytes", "Size of the database.", vitals.size)


def _vitals(tx: Transaction) -> StoreVitals:
    return tx.vitals.read()


def _endpoints(tx: Transaction) -> list[EndpointVitals]:
    return tx.vitals.endpoints()


def _since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else round(max(0.0, (now - moment).total_seconds()), 3)
