"""Fetch one endpoint politely and return a Document. A failed fetch is a Document too."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp.abc import AbstractResolver

from syndicator import domains, urls
from syndicator.errors import LocalFaultError
from syndicator.fetch.deadline import pausable
from syndicator.fetch.failures import EXPECTED, RefusalError, explain, printable
from syndicator.fetch.guard import check_literal, guard
from syndicator.fetch.local_fault import local_fault
from syndicator.fetch.politeness import Politeness
from syndicator.fetch.redirects import Requester
from syndicator.fetch.resolver import Resolver
from syndicator.fetch.response import OK, REDIRECTS, Fields, outcome_of, status_note
from syndicator.fetch.robots import RobotsCache
from syndicator.fetch.robots_gate import RobotsGate
from syndicator.fetch.sessions import Sessions
from syndicator.fetch.waits import HostWaits
from syndicator.models import DIRECT, Document, FetchOptions, FetchSettings, Outcome, Validators


@dataclass(slots=True)
class HostState:
    """What hosts asked for: how long to leave them alone, and what robots may read. It may outlive a Fetcher."""

    waits: HostWaits = field(default_factory=HostWaits)
    robots: RobotsCache = field(default_factory=RobotsCache)

    def shift(self, by: timedelta) -> None:
        """Move all times by a step of the clock."""
        self.waits.shift(by)
        self.robots.shift(by)


class _Busy:
    """Counts the exchanges under way, for those who wait until there are none."""

    def __init__(self) -> None:
        self._count, self._idle = 0, asyncio.Event()
        self._idle.set()

    def __enter__(self) -> None:
        self._count += 1
        self._idle.clear()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if not self._count:
            self._idle.set()

    async def ended(self) -> None:
        await self._idle.wait()


class Fetcher:
    """The HTTP client of the whole daemon. Must be created in a running event loop and closed with ``close()``."""

    def __init__(
        self,
        settings: FetchSettings,
        *,
        clock: Callable[[], datetime],
        resolver: AbstractResolver | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tls: ssl.SSLContext | None = None,
        memory: HostState | None = None,
    ) -> None:
        """Use ``memory`` in place of a HostState of its own; a ``resolver`` is closed by whoever made it."""
        state = memory or HostState()
        self._deadline = settings.deadline.total_seconds()
        self._busy = _Busy()
        self._politeness = Politeness(settings.per_host, settings.spacing.total_seconds(), pause)
        self._check_address = guard(settings.allow_private)
        self._resolver, self._owns_resolver = resolver or Resolver(), resolver is None
        self._sessions = Sessions(
            settings.user_agent,
            check=self._check_address,
            resolver=self._resolver,
            tls=tls if tls is not None else True,
        )
        self._requester = Requester(
            self._sessions,
            check_address=self._check_address,
            waits=state.waits,
            clock=clock,
            largest=settings.largest,
            largest_decoded=settings.largest_decoded,
        )
        self._robots = RobotsGate(
            self._requester,
            state.robots,
            user_agent=settings.user_agent,
            clock=clock,
            deadline=settings.deadline / 2,
        )

    async def close(self, *, is_patient: bool = False) -> None:
        """Close all connections; if patient, after the last exchange has ended."""
        if is_patient:
            await self._busy.ended()
        await self._sessions.close()
        if self._owns_resolver:
            await self._resolver.close()

    async def __call__(self, endpoint: str, known: Validators, way: FetchOptions = DIRECT) -> Document:
        """Fetch an endpoint once, following at most 5 redirects, each hop guarded, within one deadline for all.

        What robots.txt forbids is not fetched (RFC 9309), unless ``way`` says so. A body with the known hash is left
        out, and the outcome is UNCHANGED. A note is text from outside, for a person: escape it. Raise LocalFaultError
        if this machine lacks what a request needs.
        """
        with self._busy:
            return await self._exchange(endpoint, known, way)

    async def post(self, url: str, form: Mapping[str, str], way: FetchOptions = DIRECT) -> Document:
        """Send a form, guarded, following no redirect; the outcome is OK for any answer that accepts it."""
        with self._busy:
            try:
                async with asyncio.timeout(self._deadline) as timeout:
                    with pausable(timeout):
                        return await self._post(url, form, way)
            except (*EXPECTED, MemoryError, LocalFaultError) as error:
                outcome, note = explain(local_fault(error) or error)
                return Document(endpoint=url, outcome=outcome, url=url, note=printable(note))

    async def _post(self, url: str, form: Mapping[str, str], options: FetchOptions) -> Document:
        check_literal(urls.host_key(url), self._check_address)
        async with self._sessions.request("POST", url, {}, options, data=dict(form)) as response:
            is_accepted = OK <= response.status < min(REDIRECTS)
            outcome = Outcome.OK if is_accepted else outcome_of(response.status)
            note = status_note(response)
            return Document(endpoint=url, outcome=outcome, url=url, status=response.status, note=note)

    async def _exchange(self, endpoint: str, known: Validators, options: FetchOptions) -> Document:
        loop = asyncio.get_running_loop()
        started = loop.time()
        trail = [endpoint]
        check_robots = self._robots.check if options.respect_robots else None
        try:
            async with self._politeness.acquire(domains.politeness_key(endpoint)):
                started = loop.time()  # waiting to be polite is not the server's slowness
                async with asyncio.timeout(self._deadline) as timeout:
                    with pausable(timeout):
                        fields = await self._requester.get(known, trail, options, check_robots)
        except (*EXPECTED, MemoryError) as error:
            fields = _failure(error)
        return Document(endpoint=endpoint, url=urls.without_user(trail[-1]), elapsed=loop.time() - started, **fields)


def _failure(error: BaseException) -> Fields:
    """Return the fields of a failed fetch; raise LocalFaultError if the fault is this machine's."""
    fault = local_fault(error)
    if fault is not None:
        raise fault from error
    outcome, note = explain(error)
    retry_after = error.retry_after if isinstance(error, RefusalError) else None
    return {"outcome": outcome, "note": printable(note), "retry_after": retry_after}
