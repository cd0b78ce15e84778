"""Hubs' callbacks (WebSub), the only thing here that changes anything."""

from __future__ import annotations

from aiohttp import web

from syndicator.web.context import Hub
from syndicator.web.pushes import HubBusyError, PushGate, PushLimits, PushTooLargeError, PushTooSlowError

CALLBACK = "/websub/{token:[A-Za-z0-9_-]+}"


class CallbackRoutes:
    """Answers hubs that verify a subscription or push news."""

    def __init__(self, hub: Hub, limits: PushLimits) -> None:
        self._hub, self._limits = hub, limits
        self._pushes = PushGate(limits)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get(CALLBACK, self._verify)
        router.add_post(CALLBACK, self._receive)

    async def _verify(self, request: web.Request) -> web.Response:
        challenge = await self._hub.verify(request.match_info["token"], request.query)
        if challenge is None:
            raise web.HTTPNotFound
        return web.Response(text=challenge)

    async def _receive(self, request: web.Request) -> web.Response:
        """Take in a push. A push to no callback of ours, or beyond the limits, is refused before its body is read."""
        token, limits = request.match_info["token"], self._limits
        try:
            if not await self._hub.knows(token):
                raise web.HTTPNotFound
            with self._pushes.admit(token, request.content_length) as push:
                body = await push.read(request.content.iter_any())
                if not await self._hub.receive(token, request.headers, body):
                    raise web.HTTPNotFound
        except HubBusyError:
            later = {"Retry-After": str(limits.retry_after)}
            raise web.HTTPServiceUnavailable(text="Too much at a time; try again later.\n", headers=later) from None
        except PushTooLargeError:
            raise web.HTTPRequestEntityTooLarge(limits.largest, request.content_length or limits.largest + 1) from None
        except PushTooSlowError:
            raise web.HTTPRequestTimeout from None
        return web.Response(status=202)
