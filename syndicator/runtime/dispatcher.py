"""From the due queue to polls: one task for each politeness key, its due sources one after another, so many at once."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import partial

import structlog

from syndicator import domains
from syndicator.errors import LateError, LocalFaultError, StoreError
from syndicator.models import Document, Outcome, PollRecord, PollReport, Source, SourceState
from syndicator.models.workers import Claim, Worker
from syndicator.pipeline import Pipeline
from syndicator.poll.report import Totals, is_quiet, log_health, log_poll
from syndicator.poll.schedule import endpoint_after
from syndicator.rules import Rules
from syndicator.runtime.claims import Claims, OnlyProcess
from syndicator.runtime.offline import OfflineWatch
from syndicator.store import Transaction

_log = structlog.get_logger()
_LOOK_AHEAD = 100_000
# Sources whose polls have begun or wait for a slot: enough to keep busy, few enough for their states to be fresh.
_MOST_AT_HAND = 2000
# Where others poll too, at most so many times as many as are polled at once: what is claimed waits for nobody else.
_SHARE = 16


class _NotNowError(Exception):
    """Polling was paused, or a host was lost, while a poll waited for its slot."""


class _Slot:
    """Takes one of ``slots`` for as long as a block runs; a generator would cost each poll twice as much.

    What has happened meanwhile counts: nobody is asked for what cannot be used, or while another process asks.
    """

    def __init__(self, slots: asyncio.Semaphore, may_poll: Callable[[], bool]) -> None:
        self._slots, self._may_poll = slots, may_poll

    async def __aenter__(self) -> None:
        await self._slots.acquire()
        if not self._may_poll():
            self._slots.release()
            raise _NotNowError

    async def __aexit__(self, *_: object) -> None:
        self._slots.release()


class Dispatcher:
    """Polls what is due, and reports. Knows nothing of stories and feeds.

    ``is_paused`` is true while the store cannot be written, or something on this machine is missing: ``fault`` says
    what. Whoever sees that it is well again calls ``resume``.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        at_once: int,
        *,
        claims: Claims | None = None,
        observers: Sequence[Callable[[PollReport], None]] = (),
    ) -> None:
        """Hold the documents of at most ``at_once`` polls in memory. ``observers`` are told of each poll that ended.

        ``claims`` say at which hosts; without them nobody else polls.
        """
        self._pipeline = pipeline
        self.claims = claims or OnlyProcess(pipeline.ports.store, Worker(name=""))
        self._most_at_hand = min(_SHARE * at_once, _MOST_AT_HAND) if self.claims.is_shared else _MOST_AT_HAND
        self._slots = asyncio.Semaphore(at_once)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._looking = asyncio.Lock()
        self._at_hand = 0
        self._is_more_due = self._is_ending = False
        self._quiet = 0
        self.is_paused, self.fault = False, ""
        self.totals = Totals()
        self.offline = OfflineWatch(pipeline.ports.store, pipeline.ports.clock, self._country)
        self._observers = (self.totals.add, self.offline.note, *observers)
        self.finished_at = 0.0

    def _country(self, source: str) -> str:
        """Return the country of a source's outlet, if it is known."""
        rules = self._pipeline.ports.rules()
        found = rules.sources.get(source)
        outlet = rules.outlets.get(found.outlet) if found is not None else None
        return outlet.country if outlet is not None else ""

    async def poll_due(self) -> None:
        """Start polls of what is due at hosts not busy already, up to what is good to have at hand, and return.

        A second look while one is under way returns at once: it could poll what the first has polled meanwhile.
        """
        room = self._most_at_hand - self._at_hand
        if self.claims.is_shared and self.offline.trouble:
            room = min(room, 1)  # others may reach what this machine does not
        if room <= 0 or self._looking.locked():
            return
        async with self._looking:
            await self._look(room)

    async def _look(self, room: int) -> None:
        # Before the store is read: what has been polled since its reading began is due by it.
        busy = frozenset(self._busy)
        find = partial(self._find_due, busy=busy, room=room)
        by_host, self._is_more_due = await self._pipeline.ports.store.read(find)
        taken = await self.claims.take(by_host if self._is_on else {})
        for host, claim in taken.claims.items():
            waiting = [(each, taken.states[each.id]) for each in by_host[host] if each.id in taken.states]
            if not waiting or not self._is_on:
                self.claims.end(host)
                continue
            self._at_hand += len(waiting)
            task = asyncio.create_task(self._poll_host(waiting, claim))
            self._busy[host] = task
            task.add_done_callback(partial(self._free, host, len(waiting)))

    def _find_due(self, tx: Transaction, *, busy: frozenset[str], room: int) -> tuple[dict[str, list[Source]], bool]:
        """Return what is due at hosts that nobody polls, as far as there is room, and whether there is more."""
        ports, sources = self._pipeline.ports, self._pipeline.ports.rules().sources
        due = (sources[id_] for id_ in tx.sources.due(ports.clock(), _LOOK_AHEAD) if id_ in sources)
        busy |= self.claims.held_by_others(tx)
        by_host = _by_host(filter(self.claims.may_ask, due), busy)
        chosen = list(itertools.islice(itertools.chain.from_iterable(by_host.values()), room))
        return _by_host(chosen, busy), sum(map(len, by_host.values())) > room

    @property
    def _is_on(self) -> bool:
        return not self._is_ending and not self.is_paused

    async def has_due(self) -> bool:
        """Return whether anything is due that this process may poll, or is polling. Raise StoreError."""
        if self._busy:
            return True
        by_host, _ = await self._pipeline.ports.store.read(partial(self._find_due, busy=frozenset(), room=1))
        return bool(by_host)

    async def settled(self) -> None:
        """Wait for the polls that are in flight now."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def finish(self, seconds: float) -> None:
        """Wait for polls in flight, then cancel what is left: nothing is lost, it stays due."""
        self._is_ending = True
        tasks = [*self._busy.values(), *self._background]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def resume(self) -> None:
        """Poll again after a pause. The fault stays in view until a poll has gone through."""
        self.is_paused = False

    async def poll(
        self, source: Source, state: SourceState | None = None, claim: Claim | None = None
    ) -> PollReport | None:
        """Poll one source and log a line. Return None for a fault of ours, which is logged.

        Polls that brought nothing and went as they should are only counted: see ``report_quiet``.
        """
        try:
            report = await self._try(source, state, claim)
        except _NotNowError:
            return None
        except LateError as error:
            _log.warning("a poll is dropped", source=source.id, error=str(error))
            return None
        except (StoreError, LocalFaultError) as error:  # no fault of the outlet's: what was polled stays due
            self.is_paused, self.fault = True, str(error)
            _log.error("polling pauses", source=source.id, error=str(error))
            return None
        finally:
            self.finished_at = asyncio.get_running_loop().time()
        if report is None:
            return None
        self.fault = ""
        for observe in self._observers:
            observe(report)
        if is_quiet(report):
            self._quiet += 1
        else:
            log_health(report)
            log_poll(report, (report.next_due - self._pipeline.ports.clock()).total_seconds())
        return report

    def report_quiet(self) -> None:
        """Log how many polls since the last time brought nothing."""
        if self._quiet:
            _log.info("quiet polls", count=self._quiet)
            self._quiet = 0

    async def _try(self, source: Source, state: SourceState | None, claim: Claim | None) -> PollReport | None:
        try:
            slot = _Slot(self._slots, lambda: not self.is_paused and self.claims.has(claim))
            return await self._pipeline.poll(source, state, slot, claim)
        except (StoreError, LocalFaultError, LateError, _NotNowError):
            raise
        except Exception as error:  # noqa: BLE001 - one poisoned source must not starve the others
            _log.exception("poll", source=source.id, outcome=Outcome.INTERNAL_ERROR)
            await self._record_fault(source, error, claim)
            return None

    async def _record_fault(self, source: Source, error: Exception, claim: Claim | None) -> None:
        """Record our fault on a source, so that it waits its turn and does not starve the others."""
        ports = self._pipeline.ports
        note = f"{type(error).__name__}: {error}"[:300]
        await ports.store.write(lambda tx: _write_fault(tx, source, note, ports.rules(), ports.clock()), claim=claim)

    async def _poll_host(self, waiting: Sequence[tuple[Source, SourceState]], claim: Claim | None) -> None:
        for source, state in waiting:
            if not self._is_on or not self.claims.has(claim):
                return
            if source == self._pipeline.ports.rules().sources.get(source.id):  # else a reload has changed it
                await self.poll(source, state, claim)

    def _free(self, host: str, count: int, task: asyncio.Task[None]) -> None:
        self._busy.pop(host, None)
        self.claims.end(host)
        self._at_hand -= count
        _log_failure(task)
        if self._is_more_due and not self._is_ending and self._at_hand < self._most_at_hand // 2:
            self._is_more_due = False  # asked once
            look = asyncio.create_task(self.poll_due())
            self._background.add(look)
            look.add_done_callback(self._background.discard)
            look.add_done_callback(_log_failure)


def _by_host(due: Iterable[Source], busy: Collection[str]) -> dict[str, list[Source]]:
    """Group sources by politeness key, leaving out keys with a poll under way."""
    by_host: dict[str, list[Source]] = defaultdict(list)
    for source in due:
        host = domains.politeness_key(source.home)
        if host not in busy:
            by_host[host].append(source)
    return by_host


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("polling failed", error=str(error))


def _write_fault(tx: Transaction, source: Source, note: str, rules: Rules, now: datetime) -> None:
    document = Document(endpoint=source.home, outcome=Outcome.INTERNAL_ERROR, url=source.home, note=note)

    def record_of(state: SourceState) -> PollRecord:
        home = next(each for each in state.endpoints if each.endpoint == source.home)
        after = endpoint_after(home, document, rules.bounds, now)
        return PollRecord(
            source=source.id,
            version=state.version,
            polled_at=now,
            due_at=after.next_try_at or now + rules.bounds.interval,
            endpoints=(after,),
        )

    tx.record_poll(record_of(tx.sources.state(source)), record_of)
