"""What a scrape costs, by the number of sources; beside prometheus_client with a label for each source."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from syndicator.alerts import Look
from syndicator.config import load
from syndicator.models import Outcome
from syndicator.models.metrics import Metric
from syndicator.models.status import Status
from syndicator.runtime.app import App
from syndicator.runtime.metrics import DaemonMetrics
from syndicator.web import SiteContext, serve
from syndicator.web.exposition import Format, render
from tests.newsroom import EVERYTHING, write_config

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
_SIZES = (9, 300, 10_000)
_TIMES = 20
_PER_OUTLET = 5
# Gauges of each source, as ``/metrics/sources`` has them.
_GAUGES = ("news_timestamp_seconds", "good_timestamp_seconds", "lull_ratio", "expiry_timestamp_seconds")
# What the store has of a source that is polled: items of its last document, by which the next is cut.
_SEEN = bytes(2500)


def metrics() -> None:
    """Print bytes and CPU milliseconds of a scrape, and the CPU of all of it over HTTP, client included."""
    print(f"{'a scrape':<44} {'bytes':>10} {'CPU ms':>8} {'first':>8} {'HTTP':>8}")
    for size in _SIZES:
        asyncio.run(_ours(size))
    for size in _SIZES:
        _labels(size)


async def _ours(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = await _an_app(Path(folder), size)
        try:
            daemon = DaemonMetrics(app, lambda: Look(now=app.clock(), rules=app.rules), patience=60.0)
            first = time.process_time()
            render(await daemon.gather(), Format.TEXT)
            first = time.process_time() - first
            body, cost = await _measured(daemon.gather)
            over_http = await _over_http(daemon, app)
            named = f"ours, {size:,} sources"
            print(f"{named:<44} {len(body):>10,} {cost * 1000:>8.2f} {first * 1000:>8.1f} {over_http * 1000:>8.2f}")

            async def of_sources() -> list[Metric]:
                return await daemon.gather_sources("") or []

            body, cost = await _measured(of_sources, times=3)
            print(
                f"{f'ours, a line for each of {size:,} sources':<44} {len(body):>10,} {cost * 1000:>8.2f}", flush=True
            )
        finally:
            await app.close()


async def _no_status() -> Status:
    raise NotImplementedError


async def _over_http(daemon: DaemonMetrics, app: App) -> float:
    """Return the median of CPU seconds of a scrape over HTTP, packed as Prometheus asks for it, none of them shared."""
    seconds = itertools.count(step=10)
    context = SiteContext(
        files=app.files, status=_no_status, trouble=tuple, metrics=daemon, clock=lambda: next(seconds)
    )
    runner, port = await serve(context, "127.0.0.1", 0)
    costs = []
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(_TIMES):
                before = time.process_time()
                async with session.get(f"http://127.0.0.1:{port}/ops/metrics") as answer:
                    assert answer.headers["Content-Encoding"] == "gzip"
                    await answer.read()
                costs.append(time.process_time() - before)
    finally:
        await runner.cleanup()
    return statistics.median(costs)


async def _measured(gather: Callable[[], object], times: int = _TIMES) -> tuple[bytes, float]:
    """Return the body of a scrape, and the median of its CPU seconds in all threads."""
    costs, body = [], b""
    for _ in range(times):
        before = time.process_time()
        body = render(await gather(), Format.TEXT)
        costs.append(time.process_time() - before)
    return body, statistics.median(costs)


async def _an_app(folder: Path, size: int) -> App:
    """Make an application whose sources have all been polled, and have rhythms and certificates."""
    outlets = {
        f"o{number}": f'name = "O {number}"\ncountry = "SY"\nlanguage = "ar"\nhome = "https://o{number}.example"\n'
        + "".join(f'[[source]]\npath = "/{each}.xml"\n' for each in range(min(_PER_OUTLET, size - number)))
        for number in range(0, size, _PER_OUTLET)
    }
    config = load(
        write_config(folder / "c", outlets=outlets, feeds={"all": EVERYTHING}), environ={}, state=folder / "s"
    )
    app = App(config, clock=lambda: NOW)
    await app.adopt(config)
    at = int(NOW.timestamp()) * 1_000_000
    hour = 3_600_000_000
    statements = (
        ("update source set polled_at = ?, good_at = ?, news_at = ?, due_at = ?", (at, at, at - hour, at + hour)),
        (
            "update endpoint set outcome = ?, good_at = ?, tried_at = ?, seen_items = ?",
            (Outcome.OK.value, at, at, _SEEN),
        ),
        (
            "insert into pulse (subject, state, newest_at, silent_at) select 'source:' || id, zeroblob(190), ?, ? from source",
            (at - hour, at + hour),
        ),
    )
    for statement, values in statements:
        await app.store.write(lambda tx, s=statement, v=values: tx.connection.exec_driver_sql(s, v))
    return app


def _labels(size: int) -> None:
    registry = CollectorRegistry()
    until = (NOW + timedelta(days=30)).timestamp()
    for name in _GAUGES:
        gauge = Gauge(f"syndicator_source_{name}", "Of a source.", ["outlet", "source"], registry=registry)
        for number in range(size):
            gauge.labels(f"o{number // _PER_OUTLET}", f"o{number // _PER_OUTLET}/{number}.xml").set(until)
    costs, body = [], b""
    for _ in range(3):
        before = time.process_time()
        body = generate_latest(registry)
        costs.append(time.process_time() - before)
    named = f"prometheus_client, labels for {size:,} sources"
    print(f"{named:<44} {len(body):>10,} {statistics.median(costs) * 1000:>8.2f}", flush=True)
