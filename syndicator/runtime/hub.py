"""Wire our own hub, and pings of others', to an application: what they work by follows its configuration."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Collection, Mapping

import structlog

from syndicator.config import Config
from syndicator.errors import StoreError
from syndicator.fetch import CallbackClient
from syndicator.models import Feed
from syndicator.outbox import Hub, HubContext, HubPorts, Pinger
from syndicator.runtime.app import App

_log = structlog.get_logger()
_TOKEN_BYTES = 24


class HubService:
    """Announces published files to subscribers and to others' hubs. Must be closed with ``close()``."""

    def __init__(
        self,
        app: App,
        *,
        chance: Callable[[], float] = random.random,
        token: Callable[[], str] = lambda: secrets.token_urlsafe(_TOKEN_BYTES),
        deadline: float = 10.0,
    ) -> None:
        """Begin with nothing under way; a callback may take ``deadline`` seconds."""
        self._app, self._deadline, self._is_closed = app, deadline, False
        self._context: tuple[Config, Mapping[str, Feed], HubContext] | None = None
        self._client: tuple[tuple[object, ...], CallbackClient] | None = None
        self._retired: list[CallbackClient] = []
        self._pinging: asyncio.Task[None] | None = None
        self.hub = Hub(
            HubPorts(
                store=app.store,
                files=app.files,
                client=self._callbacks,
                context=self.context,
                clock=app.clock,
                chance=chance,
                token=token,
            )
        )
        self.pinger = Pinger(app.post, context=self.context, clock=app.clock, chance=chance)

    def context(self) -> HubContext:
        """Return what the hub works by, by the configuration in force."""
        config, on_demand = self._app.config, self._app.on_demand.feeds
        if self._context is None or self._context[0] is not config or self._context[1] is not on_demand:
            self._context = config, on_demand, _context_of(config, on_demand)
        return self._context[2]

    def links(self, file: str) -> str:
        """Return the ``Link`` header of a published file."""
        return self.context().links(file)

    async def announce(self, files: Collection[str]) -> None:
        """Notify subscribers and hubs that files have changed. What fails is tried again by ``catch_up``."""
        if not files or self._is_closed:
            return
        self.pinger.changed(files)
        self._ping()
        try:
            await self.hub.deliver(files)
        except StoreError as error:
            _log.error("cannot announce feeds", error=str(error))

    async def catch_up(self) -> None:
        """Deliver and ping what is due: after a restart, and after failures. Raise StoreError."""
        self._ping()
        await self.hub.deliver()

    async def prune(self) -> None:
        """Delete subscriptions that have ended. Raise StoreError."""
        await self.hub.prune()

    async def close(self) -> None:
        """Break off what is under way, and close all connections."""
        self._is_closed = True
        await self.hub.close()
        if self._pinging is not None:
            self._pinging.cancel()
            await asyncio.gather(self._pinging, return_exceptions=True)
        if self._client is not None:
            self._retired.append(self._client[1])
        await asyncio.gather(*(each.close() for each in self._retired))

    def _ping(self) -> None:
        """Send pings in a task of their own, one at a time: a hub may be slow, and there may be many files."""
        if self._pinging is None or self._pinging.done():
            self._pinging = asyncio.create_task(self.pinger.ping())
            self._pinging.add_done_callback(_log_failure)

    def _callbacks(self) -> CallbackClient:
        """Return the client for callbacks; a new one where the configuration says otherwise than before."""
        config = self._app.config
        key = config.politeness.user_agent, config.hub.allow_private
        if self._client is None or self._client[0] != key:
            if self._client is not None:  # exchanges may be under way
                self._retired.append(self._client[1])
            self._client = key, self._new_client(config)
        return self._client[1]

    def _new_client(self, config: Config) -> CallbackClient:
        return CallbackClient(
            config.politeness.user_agent,
            allow_private=config.hub.allow_private,
            deadline=self._deadline,
            resolver=self._app.resolver,
        )


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("pings failed", exc_info=error)


def _context_of(config: Config, on_demand: Mapping[str, Feed]) -> HubContext:
    return HubContext(
        settings=config.hub,
        base_url=config.base_url,
        feeds={**on_demand, **config.feeds},
        resting=config.resting_feeds,
        options=config.fetch_options,
    )
