"""From the due queue to polls: one task per host, its due sources one after another, so many hosts at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from syndicator import urls
from syndicator.errors import StoreError
from syndicator.models import Document, Outcome, Source, Verdict, Visit
from syndicator.pipeline import Pipeline
from syndicator.schedule import endpoint_after

_log = structlog.get_logger()
_LOOK_AHEAD = 100_000


@dataclass(slots=True)
class Totals:
    """What all polls since the start came to."""

    documents: int = 0
    unchanged: int = 0
    failures: int = 0
    failovers: int = 0
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    revised: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("title", "text", "link"), 0))

    def add(self, visit: Visit) -> None:
        """Count a poll."""
        self.failovers += visit.failed_over
        for document in visit.documents:
            self.documents += document.outcome is Outcome.OK
            self.unchanged += document.outcome in (Outcome.UNCHANGED, Outcome.NOT_MODIFIED)
            self.failures += not document.outcome.is_good
        for verdict, count in visit.verdicts.items():
            self.verdicts[verdict] += count
        for name, count in visit.revised.items():
            self.revised[name] += count


class Dispatcher:
    """Polls what is due. Knows nothing of feeds: it calls ``pipeline().collect`` and reports."""

    def __init__(
        self, pipeline: Callable[[], Pipeline], sources: Callable[[], dict[str, Source]], at_once: int
    ) -> None:
        """Ask ``pipeline`` and ``sources`` anew each time: a reload replaces them.

        ``is_paused`` is set when the store cannot be written, and cleared by whoever sees that it can.
        """
        self._pipeline, self._sources = pipeline, sources
        self._slots = asyncio.Semaphore(at_once)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._is_ending = False
        self.is_paused = False
        self.totals = Totals()
        self.finished_at = 0.0

    async def poll_due(self) -> None:
        """Start polls of everything that is due at hosts not busy already, and return at once."""
        pipeline, sources = self._pipeline(), self._sources()
        due = await pipeline.store.read(lambda tx: tx.sources.due(pipeline.clock(), _LOOK_AHEAD))
        if self._is_ending or self.is_paused:
            return
        by_host: dict[str, list[Source]] = defaultdict(list)
        for id_ in due:
            if id_ in sources:
                by_host[urls.host_key(sources[id_].home)].append(sources[id_])
        for host, waiting in by_host.items():
            if host not in self._busy:
                task = asyncio.create_task(self._poll_host(waiting), name=f"poll {host}")
                self._busy[host] = task
                task.add_done_callback(partial(self._free, host))

    async def settled(self) -> None:
        """Wait for the polls that are in flight now."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def finish(self, seconds: float) -> None:
        """Wait for polls in flight, then cancel what is left: nothing is lost, it stays due."""
        self._is_ending = True
        tasks = list(self._busy.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def poll(self, source: Source) -> Visit | None:
        """Poll one source and log a line; a fault of ours is logged, recorded on the source, and None."""
        async with self._slots:
            pipeline = self._pipeline()
            try:
                visit = await self._collect(pipeline, source)
            except StoreError as error:  # nothing can be recorded; what was polled stays due until it can
                self.is_paused = True
                _log.error("polling pauses", source=source.id, error=str(error))
                return None
            finally:
                self.finished_at = asyncio.get_running_loop().time()
        if visit is None:
            return None
        self.totals.add(visit)
        _tell(visit, (visit.next_due - pipeline.clock()).total_seconds())
        return visit

    def _free(self, host: str, _task: asyncio.Task[None]) -> None:
        self._busy.pop(host, None)

    async def _collect(self, pipeline: Pipeline, source: Source) -> Visit | None:
        try:
            return await pipeline.collect(source)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one poisoned source must not starve the others
            _log.exception("poll", source=source.id, outcome=Outcome.INTERNAL_ERROR)
            await _record_fault(pipeline, source, error)
            return None

    async def _poll_host(self, waiting: Sequence[Source]) -> None:
        for source in waiting:
            if self._is_ending or self.is_paused:
                return
            if source == self._sources().get(source.id):  # a reload may have taken it away meanwhile
                await self.poll(source)


async def _record_fault(pipeline: Pipeline, source: Source, error: Exception) -> None:
    """Have one poisoned source wait its turn, or it would starve the others."""
    now = pipeline.clock()
    note = f"{type(error).__name__}: {error}"[:300]

    def write(tx: Any) -> None:
        state = tx.sources.state(source)
        document = Document(endpoint=source.home, outcome=Outcome.INTERNAL_ERROR, url=source.home, note=note)
        after = endpoint_after(state.endpoints[0], document, pipeline.bounds, now)
        tx.sources.settle(
            source,
            endpoints=[after],
            due_at=after.next_try_at,
            working=None,
            title="",
            has_news=False,
            now=now,
        )

    await pipeline.store.write(write)


def _tell(visit: Visit, next_in: float) -> None:
    last = visit.documents[-1]
    counts = {verdict.value: count for verdict, count in visit.verdicts.items() if count}
    extra: dict[str, object] = {}
    if len(visit.documents) > 1:
        extra["failed"] = [f"{urls.redact(each.endpoint)} {each.outcome}" for each in visit.documents[:-1]]
        extra["answered"] = urls.redact(last.endpoint)
    if last.note:
        extra["note"] = last.note
    if last.moved_to:
        extra["moved_to"] = urls.redact(last.moved_to)
    took = sum(document.elapsed for document in visit.documents)
    log = _log.info if last.outcome.is_good else _log.warning
    log(
        "poll",
        source=visit.source,
        outcome=last.outcome.value,
        **counts,
        **extra,
        seconds=round(took, 3),
        next_in=round(next_in),
    )
