"""Wire the telling of recipients: by which client, server and child messages go, as the configuration says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp.abc import AbstractResolver

from syndicator.config import Config
from syndicator.errors import LocalFaultError
from syndicator.fetch import CallbackClient
from syndicator.fetch.headers import retry_after
from syndicator.models.notify import Sent
from syndicator.notify.channels import DEADLINE, Channels


class Messengers:
    """The channels of the configuration in force. Must be created in a running loop and closed with ``close()``.

    Webhooks are guarded like outlets' addresses: private networks only as ``politeness.allow_private`` says.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        *,
        clock: Callable[[], datetime],
        resolver: AbstractResolver | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        """Open no connection yet."""
        self._config, self._clock, self._resolver, self._deadline = config, clock, resolver, deadline
        self._client: tuple[tuple[object, ...], CallbackClient] | None = None
        self._retired: list[CallbackClient] = []
        self.channels = Channels(post=self._post, mail=lambda: config().mail, clock=clock, deadline=deadline)

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            self._retired.append(self._client[1])
        await asyncio.gather(*(each.close() for each in self._retired))

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        try:
            reply = await self._current().post(url, headers, body, self._config().fetch_options)
        except LocalFaultError as error:
            return Sent(error=str(error))
        if reply.is_accepted:
            return Sent()
        wait = retry_after({"Retry-After": reply.retry_after}, self._clock())
        return Sent(error=reply.note or f"answered {reply.status}", retry_after=wait)

    def _current(self) -> CallbackClient:
        """Return the client for webhooks; a new one where the configuration says otherwise than before."""
        politeness = self._config().politeness
        key = politeness.user_agent, politeness.allow_private
        if self._client is None or self._client[0] != key:
            if self._client is not None:  # exchanges may be under way
                self._retired.append(self._client[1])
            client = CallbackClient(
                politeness.user_agent,
                allow_private=politeness.allow_private,
                deadline=self._deadline,
                resolver=self._resolver,
            )
            self._client = key, client
        return self._client[1]
