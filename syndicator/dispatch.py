"""From the due queue to polls: one task per host, its due sources one after another, so many hosts at once."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from syndicator import domains, urls
from syndicator.errors import StoreError
from syndicator.models import Document, Outcome, PollReport, Source, Verdict
from syndicator.pipeline import Pipeline
from syndicator.schedule import endpoint_after

_log = structlog.get_logger()
_LOOK_AHEAD = 100_000
# Sources whose polls have begun or wait for a slot: enough to keep busy, few enough for their states to be fresh.
_MOST_AT_HAND = 2000


@dataclass(slots=True)
class Totals:
    """What all polls since the start came to."""

    documents: int = 0
    unchanged: int = 0
    failures: int = 0
    failovers: int = 0
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    revised: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("title", "text", "link"), 0))

    def add(self, visit: PollReport) -> None:
        """Count a poll."""
        self.failovers += visit.failed_over
        for document in (*visit.documents, *visit.compared):
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
        self._looking = asyncio.Lock()
        self._at_hand = 0
        self._is_more_due = self._is_ending = False
        self._quiet = 0
        self.is_paused = False
        self.totals = Totals()
        self.finished_at = 0.0

    async def poll_due(self) -> None:
        """Start polls of what is due at hosts not busy already, as much as is good to have at hand; return at once.

        Looked at twice at a time, a source could be polled by one look and, done already, again by the other.
        """
        pipeline, sources, room = self._pipeline(), self._sources(), _MOST_AT_HAND - self._at_hand
        if room <= 0 or self._looking.locked():
            return
        async with self._looking:
            await self._look(pipeline, sources, room)

    async def _look(self, pipeline: Pipeline, sources: Mapping[str, Source], room: int) -> None:
        busy, now = frozenset(self._busy), pipeline.clock()

        def look(tx: Any) -> tuple[dict[str, list[Source]], dict[str, Any], int]:
            due = [sources[id_] for id_ in tx.sources.due(now, _LOOK_AHEAD) if id_ in sources]
            by_host = _by_host(due, busy)
            chosen = list(itertools.islice(itertools.chain.from_iterable(by_host.values()), room))
            return _by_host(chosen, busy), tx.sources.states(chosen), sum(map(len, by_host.values()))

        by_host, states, ready = await pipeline.store.read(look)
        self._is_more_due = ready > room
        if self._is_ending or self.is_paused:
            return
        for host, waiting in by_host.items():
            if host not in self._busy:
                self._at_hand += len(waiting)
                task = asyncio.create_task(self._poll_host([(each, states.get(each.id)) for each in waiting]))
                self._busy[host] = task
                task.add_done_callback(partial(self._free, host, len(waiting)))

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

    async def poll(self, source: Source, state: Any = None) -> PollReport | None:
        """Poll one source and log a line; a fault of ours is logged, recorded on the source, and None.

        Polls that brought nothing and went as they should are counted only: see ``tell_quiet``.
        """
        pipeline = self._pipeline()
        try:
            visit = await self._collect(pipeline, source, state)
        except StoreError as error:  # nothing can be recorded; what was polled stays due until it can
            self.is_paused = True
            _log.error("polling pauses", source=source.id, error=str(error))
            return None
        finally:
            self.finished_at = asyncio.get_running_loop().time()
        if visit is None:
            return None
        self.totals.add(visit)
        if _is_quiet(visit):
            self._quiet += 1
        else:
            _tell(visit, (visit.next_due - pipeline.clock()).total_seconds())
        return visit

    def tell_quiet(self) -> None:
        """Log how many polls since the last time brought nothing."""
        if self._quiet:
            _log.info("quiet polls", count=self._quiet)
            self._quiet = 0

    def _free(self, host: str, count: int, _task: asyncio.Task[None]) -> None:
        self._busy.pop(host, None)
        self._at_hand -= count
        if self._is_more_due and not self._is_ending and self._at_hand < _MOST_AT_HAND // 2:
            self._is_more_due = False  # asked once
            task = asyncio.create_task(self.poll_due())
            task.add_done_callback(_report)

    async def _collect(self, pipeline: Pipeline, source: Source, state: Any) -> PollReport | None:
        try:
            return await pipeline.collect(source, state, self._slots)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one poisoned source must not starve the others
            _log.exception("poll", source=source.id, outcome=Outcome.INTERNAL_ERROR)
            await _record_fault(pipeline, source, error)
            return None

    async def _poll_host(self, waiting: Sequence[tuple[Source, Any]]) -> None:
        for source, state in waiting:
            if self._is_ending or self.is_paused:
                return
            if source == self._sources().get(source.id):  # a reload may have taken it away meanwhile
                await self.poll(source, state)


def _by_host(due: Iterable[Source], busy: Collection[str]) -> dict[str, list[Source]]:
    """Group sources by who takes turns with whom, leaving out those where a poll is under way already."""
    by_host: dict[str, list[Source]] = defaultdict(list)
    for source in due:
        host = domains.politeness_key(source.home)
        if host not in busy:
            by_host[host].append(source)
    return by_host


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("cannot see what is due", error=str(error))


async def _record_fault(pipeline: Pipeline, source: Source, error: Exception) -> None:
    """Have one poisoned source wait its turn, or it would starve the others."""
    now = pipeline.clock()
    note = f"{type(error).__name__}: {error}"[:300]

    def write(tx: Any) -> None:
        state = tx.sources.state(source)
        document = Document(endpoint=source.home, outcome=Outcome.INTERNAL_ERROR, url=source.home, note=note)
        after = endpoint_after(state.endpoints[0], document, pipeline.bounds, now)
        tx.sources.record_poll(
            source,
            endpoints=[after],
            due_at=after.next_try_at,
            working=None,
            title="",
            has_news=False,
            now=now,
        )

    await pipeline.store.write(write)


def _is_quiet(visit: PollReport) -> bool:
    """Say whether a poll brought nothing that anybody would look for in a log."""
    asked = (*visit.documents, *visit.compared)
    is_known = all(each.outcome.is_good and each.outcome is not Outcome.OK for each in asked)
    return len(visit.documents) == 1 and is_known and not any(each.note or each.moved_to for each in asked)


def _tell(visit: PollReport, next_in: float) -> None:
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
    for document in (*visit.documents, *visit.compared):
        if document.outcome is Outcome.SUSPECT:
            _log.warning("held back", source=visit.source, endpoint=urls.redact(document.endpoint), why=document.note)
    if visit.compared:
        extra["compared"] = [f"{urls.redact(each.endpoint)} {each.outcome}" for each in visit.compared]
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
