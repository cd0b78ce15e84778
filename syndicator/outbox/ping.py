"""Tell others' hubs that a feed has changed: a ping, as hubs that are not their feeds' own servers await it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from syndicator import urls
from syndicator.models import Document, FetchOptions
from syndicator.outbox.hub_context import HubContext

_log = structlog.get_logger()
_FIRST_WAIT, _MOST_TRIES = timedelta(seconds=30), 8

Post = Callable[[str, Mapping[str, str], FetchOptions], Awaitable[Document]]


@dataclass(frozen=True, slots=True)
class _Try:
    """A ping that is to be sent: how often it has failed, and when it is due."""

    at: datetime
    failures: int = 0


class Pinger:
    """Pings each of the hubs about one file after another. A ping carries no content: several changes need one.

    What is pending is lost at a restart: the next change of the file makes up for it.
    """

    def __init__(
        self,
        post: Post,
        *,
        context: Callable[[], HubContext],
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        """Ping nobody before something changes; ``post`` sends a form, guarded."""
        self._post, self._context, self._clock, self._chance = post, context, clock, chance
        self._pending: dict[str, dict[str, _Try]] = {}
        self._busy: set[str] = set()

    def changed(self, files: Collection[str]) -> None:
        """Note that published files have changed. Nobody is told of feeds that are not for everybody."""
        context, now = self._context(), self._clock()
        for hub in context.settings.ping:
            pending = self._pending.setdefault(hub, {})
            pending.update((file, _Try(now)) for file in files if context.is_public(file))

    async def ping(self) -> None:
        """Send the pings that are due. A hub with one under way is left to whoever sends it."""
        hubs = self._context().settings.ping
        for gone in self._pending.keys() - set(hubs):
            del self._pending[gone]
        await asyncio.gather(*(self._ping(hub) for hub in hubs if hub in self._pending and hub not in self._busy))

    async def _ping(self, hub: str) -> None:
        pending = self._pending[hub]
        self._busy.add(hub)
        try:
            while (file := self._due(pending)) is not None:
                tried = pending.pop(file)
                if (failed := await self._send(hub, file, tried)) is not None:
                    pending.setdefault(file, failed)
        finally:
            self._busy.discard(hub)

    def _due(self, pending: Mapping[str, _Try]) -> str | None:
        now = self._clock()
        return next((file for file, each in pending.items() if each.at <= now), None)

    async def _send(self, hub: str, file: str, tried: _Try) -> _Try | None:
        """Ping a hub about a file; return when to try again if that failed."""
        context = self._context()
        if not context.is_public(file):
            return None
        topic = context.topic(file)
        answer = await self._post(hub, {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}, context.options)
        if answer.outcome.is_good:
            _log.debug("pinged", hub=urls.redact(hub), file=file)
            return None
        failures = tried.failures + 1
        log = _log.warning if failures == 1 else _log.debug
        log("ping failed", hub=urls.redact(hub), file=file, outcome=answer.outcome, note=answer.note)
        if failures >= _MOST_TRIES:
            return None
        wait = _FIRST_WAIT * 2**tried.failures * (1 - self._chance() / 2)
        return _Try(self._clock() + wait, failures)
