"""Metrics of single sources, for who wants a line for each: read in parts, so that no poll waits long behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from syndicator.models.metrics import Metric, MetricKind, Sample
from syndicator.runtime.app import App
from syndicator.store import Transaction
from syndicator.store.vitals import SourceMoments
from syndicator.urls import host_key

_SOURCES_PER_READ = 1000


async def source_metrics(app: App, outlet: str) -> list[Metric] | None:
    """Return the metrics of an outlet's sources, or of all if that is empty; None if it is not in the configuration.

    Their samples are made as they are written down. Raise StoreError.
    """
    config, now = app.config, app.clock()
    if outlet and outlet not in config.outlets:
        return None
    sources = config.outlets[outlet].sources if outlet else config.sources.values()
    known, rows, after = {each.id for each in sources}, [], ""
    while some := await app.store.read(partial(_moments, outlet=outlet, after=after)):
        rows += [each for each in some if each.source in known]
        after = some[-1].source
    hosts = {host_key(endpoint) for each in sources for endpoint in each.endpoints} if outlet else None
    certificates = await app.store.read(lambda tx: tx.vitals.certificates())
    return [
        *_of_sources(rows, now),
        _metric(
            "certificate_expiry_timestamp_seconds",
            "Until when a host's certificate is valid, in seconds since 1970.",
            lambda: (
                Sample(_seconds(until), (("host", host),))
                for host, until in certificates
                if hosts is None or host in hosts
            ),
        ),
    ]


def _of_sources(rows: Sequence[SourceMoments], now: datetime) -> Iterator[Metric]:
    def samples(value: Callable[[SourceMoments], float | None]) -> Callable[[], Iterator[Sample]]:
        return lambda: (
            Sample(found, (("outlet", each.outlet), ("source", each.source)))
            for each in rows
            if (found := value(each)) is not None
        )

    yield _metric(
        "source_news_timestamp_seconds",
        "When a poll last brought a story of the source, in seconds since 1970.",
        samples(lambda each: _seconds(each.news_at) if each.news_at else None),
    )
    yield _metric(
        "source_good_timestamp_seconds",
        "When the source last answered well, in seconds since 1970.",
        samples(lambda each: _seconds(each.good_at) if each.good_at else None),
    )
    yield _metric(
        "source_lull_ratio",
        "The present lull beside the longest that is usual: from 1 on the source counts as silent.",
        samples(partial(_lull_ratio, now=now)),
    )


class _Samples:
    """Makes samples each time they are looked through: all of them at once would take some megabytes."""

    def __init__(self, make: Callable[[], Iterator[Sample]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Sample]:
        return self._make()


def _metric(name: str, help_: str, make: Callable[[], Iterator[Sample]]) -> Metric:
    return Metric(name=f"syndicator_{name}", kind=MetricKind.GAUGE, help=help_, samples=_Samples(make))


def _lull_ratio(each: SourceMoments, *, now: datetime) -> float | None:
    """Return how much of the time from the newest item to the alarm has passed, None where no alarm is planned.

    Nothing is said by a source that has not answered: its lull ends with its last good answer.
    """
    if each.newest_at is None or each.silent_at is None or each.good_at is None or each.silent_at <= each.newest_at:
        return None
    lull = min(now, each.good_at) - each.newest_at
    return round(max(0.0, lull / (each.silent_at - each.newest_at)), 4)


def _moments(tx: Transaction, *, outlet: str, after: str) -> list[SourceMoments]:
    return tx.vitals.moments(outlet, after=after, limit=_SOURCES_PER_READ)


def _seconds(moment: datetime) -> float:
    return round(moment.timestamp(), 3)
