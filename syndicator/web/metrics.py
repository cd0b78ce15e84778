"""Metrics over HTTP: however many scrapers there are, they cost one reading a second."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from syndicator.errors import StoreError
from syndicator.models.metrics import Metric
from syndicator.web.answers import Sender, unreadable
from syndicator.web.conditions import accepts_gzip
from syndicator.web.exposition import Format, accepted_format, render
from syndicator.web.snapshot import Representation, represented

# Scrapers ask every few seconds at most: within this many seconds all have the same answer.
_SHARED_SECONDS = 1.0
# Some megabytes that look alike shrink to a twentieth, however little time is spent on it.
_FAST = 1


class MetricsSource(Protocol):
    """Gives metrics of the daemon, and of single sources where those are wanted."""

    async def gather(self) -> Sequence[Metric]:
        """Return the daemon's metrics."""

    async def gather_sources(self, outlet: str) -> Sequence[Metric] | None:
        """Return the metrics of an outlet's sources, or of all if that is empty; None if there is no such outlet."""

    @property
    def has_sources(self) -> bool:
        """Whether metrics of single sources are wanted."""


@dataclass(slots=True)
class _Gathered:
    """Metrics as of a second, and what they look like in the formats that were asked for."""

    at: float
    metrics: Sequence[Metric]
    written: dict[Format, Representation] = field(default_factory=dict)


class MetricsRoutes:
    """Answers scrapers below ``/ops/``. ``/metrics`` leads there: one rule of a proxy shuts all of it."""

    def __init__(self, source: MetricsSource, sender: Sender, *, clock: Callable[[], float]) -> None:
        """Gather nothing before somebody asks. ``clock`` counts seconds."""
        self._source, self._sender, self._clock = source, sender, clock
        self._last: _Gathered | None = None
        self._gathering: asyncio.Task[_Gathered] | None = None
        self._writing = asyncio.Lock()  # one at a time: each is some megabytes, and takes the processor from polls

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/ops/metrics", self._metrics)
        router.add_get("/ops/metrics/sources", self._sources)
        router.add_get("/metrics", self._moved)
        router.add_get("/metrics/sources", self._moved)

    async def _moved(self, request: web.Request) -> web.StreamResponse:
        # Relative: below whichever path a proxy shows it, it is found.
        up = "../" if request.path == "/metrics/sources" else ""
        query = f"?{request.query_string}" if request.query_string else ""
        raise web.HTTPMovedPermanently(f"{up}ops{request.path}{query}")

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        gathered = await self._gathered()
        chosen = _chosen(request)
        if chosen not in gathered.written:
            gathered.written[chosen] = represented(render(gathered.metrics, chosen))
        written = gathered.written[chosen]
        return await self._send(request, written.compressed if _takes_gzip(request) else written.body, chosen)

    async def _gathered(self) -> _Gathered:
        if self._last is not None and 0 <= self._clock() - self._last.at < _SHARED_SECONDS:
            return self._last
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather())
            self._gathering.add_done_callback(self._has_gathered)
        # A scraper that gives up does not take the answer away from the others.
        return await asyncio.shield(self._gathering)

    async def _gather(self) -> _Gathered:
        self._last = _Gathered(self._clock(), await self._source.gather())
        return self._last

    def _has_gathered(self, task: asyncio.Task[_Gathered]) -> None:
        self._gathering = None
        if not task.cancelled():
            task.exception()  # whoever still waits gets it

    async def _sources(self, request: web.Request) -> web.StreamResponse:
        if not self._source.has_sources:
            raise web.HTTPNotFound(
                text="Metrics of single sources are off: set watch.source_metrics in syndicator.toml.\n"
            )
        chosen, outlet = _chosen(request), request.query.get("outlet", "")
        async with self._writing:
            try:
                metrics = await self._source.gather_sources(outlet)
            except StoreError as error:
                raise unreadable(error) from error
            if metrics is None:
                raise web.HTTPNotFound(text="There is no such outlet in the configuration.\n")
            body = await asyncio.to_thread(_written, metrics, chosen, is_compressed=_takes_gzip(request))
        return await self._send(request, body, chosen)

    async def _send(self, request: web.Request, body: bytes, chosen: Format) -> web.StreamResponse:
        headers = {"Content-Type": chosen.value, "Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding"}
        if _takes_gzip(request):
            headers["Content-Encoding"] = "gzip"
        return await self._sender.send(request, web.Response(body=body, headers=headers))


def _chosen(request: web.Request) -> Format:
    return accepted_format(", ".join(request.headers.getall("Accept", ())))


def _takes_gzip(request: web.Request) -> bool:
    return accepts_gzip(request.headers.get("Accept-Encoding", ""))


def _written(metrics: Iterable[Metric], chosen: Format, *, is_compressed: bool) -> bytes:
    body = render(metrics, chosen)
    return gzip.compress(body, _FAST, mtime=0) if is_compressed else body
