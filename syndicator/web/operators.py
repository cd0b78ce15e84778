"""What operators see: the status page, the same as JSON, and whether the daemon is well."""

from __future__ import annotations

from aiohttp import web

from syndicator.errors import StoreError
from syndicator.web.answers import Sender, answer_fresh, page_number, unreadable
from syndicator.web.context import SiteContext
from syndicator.web.snapshot import Fresh, Snapshots, represented

# How long readers of the log of operations need not ask again.
_LOG_SECONDS = 30


class OperatorRoutes:
    """Answers below ``/ops/``. ``/status.json`` leads there; ``/healthz`` stays where monitors ask for it."""

    def __init__(self, context: SiteContext, sender: Sender) -> None:
        self._context, self._sender = context, sender
        self._snapshots = Snapshots(context.status, clock=context.clock)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/ops", self._moved)
        router.add_get("/ops/", self._page)
        router.add_get("/ops/status.json", self._json)
        router.add_get("/ops/healthz", self._health)
        router.add_get("/ops.atom", self._log)
        router.add_get("/status.json", self._moved)
        router.add_get("/healthz", self._health)

    async def _moved(self, request: web.Request) -> web.StreamResponse:
        # Relative: below whichever path a proxy shows it, the browser finds it.
        raise web.HTTPMovedPermanently("ops/" if request.path == "/ops" else "ops/status.json")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        number = page_number(request)
        try:
            page = await self._snapshots.page(number)
        except StoreError as error:
            raise unreadable(error) from error
        if page is None:
            raise web.HTTPNotFound(text="There are not so many pages.\n")
        return await self._sender.send(request, answer_fresh(request, page, "text/html"))

    async def _json(self, request: web.Request) -> web.StreamResponse:
        try:
            fresh = await self._snapshots.json()
        except StoreError as error:
            raise unreadable(error) from error
        return await self._sender.send(request, answer_fresh(request, fresh, "application/json"))

    async def _log(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await self._context.operations()
        except StoreError as error:
            raise unreadable(error) from error
        fresh = Fresh(represented(body), _LOG_SECONDS)
        return await self._sender.send(request, answer_fresh(request, fresh, "application/atom+xml"))

    async def _health(self, _request: web.Request) -> web.Response:
        reasons = self._context.trouble()
        lines = reasons or ("ok", *self._context.notes())
        return web.Response(text="".join(f"{line}\n" for line in lines), status=503 if reasons else 200)
