"""Notify others' hubs that a feed has changed: a ping, as hubs that are not their feeds' own servers await it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from syndicator import urls
from syndicator.models import Document, FetchOptions
from syndicator.outbox.hub_context import HubContext

_log = structlog.get_logger()
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
_MOST_TRIES = 8

Post = Callable[[str, Mapping[str, str], FetchOptions], Awaitable[Document]]


@dataclass(slots=True)
class _Pending:
    """What a hub is to be told: files, each with how often that has failed. It is left alone until ``rests_until``."""

    files: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    rests_until: datetime | None = None


class Pinger:
    """Pings each of the hubs about one file after another. A ping carries no content: several changes need one.

    A hub that fails is left alone for a while. What is pending is lost at a restart: the next change makes up for it.
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
        self._pending: dict[str, _Pending] = {}

    def changed(self, files: Collection[str]) -> None:
        """Note that published files have changed. Nobody is told of feeds that are not for everybody."""
        context = self._context()
        for hub in context.settings.ping:
            pending = self._pending.setdefault(hub, _Pending())
            pending.files.update((file, 0) for file in sorted(files) if context.is_public(file))

    async def ping(self) -> None:
        """Send the pings that are due. It must not run twice at a time."""
        hubs = self._context().settings.ping
        for gone in self._pending.keys() - set(hubs):
            del self._pending[gone]
        await asyncio.gather(*(self._ping(hub, self._pending[hub]) for hub in hubs if hub in self._pending))

    async def _ping(self, hub: str, pending: _Pending) -> None:
        while pending.files and (pending.rests_until is None or pending.rests_until <= self._clock()):
            file = next(iter(pending.files))
            tries = pending.files.pop(file)
            if await self._send(hub, file, is_first=not pending.failures):
                pending.failures, pending.rests_until = 0, None
                continue
            if tries + 1 < _MOST_TRIES:
                pending.files.setdefault(file, tries + 1)
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(pending.failures, 10))
            pending.rests_until = self._clock() + wait * (1 - self._chance() / 2)
            pending.failures += 1

    async def _send(self, hub: str, file: str, *, is_first: bool) -> bool:
        """Ping a hub about a file, unless that is for nobody any more; return whether it is done with."""
        context = self._context()
        if not context.is_public(file):
            return True
        topic = context.topic(file)
        answer = await self._post(hub, {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}, context.options)
        if not answer.outcome.is_good:
            log = _log.warning if is_first else _log.debug
            log("ping failed", hub=urls.redact(hub), file=file, outcome=answer.outcome, note=answer.note)
        return answer.outcome.is_good
