"""What operators see: pages with their JSON twins, the whole status as JSON, and whether the daemon is well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from syndicator.errors import StoreError
from syndicator.models.days import EVERY_SOURCE
from syndicator.models.ops import Wanted
from syndicator.models.ops_pages import (
    AlertsPage,
    ConfigurationPage,
    FeedsPage,
    OpsPage,
    OutletPage,
    OverviewPage,
    ProgressPage,
)
from syndicator.models.status import Status
from syndicator.web.answers import Sender, answer_fresh, unreadable
from syndicator.web.context import SiteContext
from syndicator.web.ops.build import alerts_page, configuration_page, feeds_page, overview_page, progress_page
from syndicator.web.ops.outlets import first_day, outlet_page, sources_of
from syndicator.web.ops.render import render_ops
from syndicator.web.ops.view import OpsView
from syndicator.web.ops.wanted import NotWantedError, query_of, wanted_from
from syndicator.web.snapshot import Fresh, Read, Snapshots, represented

_Page = TypeVar("_Page", bound=OpsPage)
_LOG_LINES = 100
_JSON = ".json"
_MOST_DIGITS = 12
_LONGEST_KEY = 200
# How long readers of the log of operations need not ask again.
_LOG_SECONDS = 30


class OperatorRoutes:
    """Answers below ``/ops/``. ``/status.json`` leads there; ``/healthz`` stays where monitors ask for it."""

    def __init__(self, context: SiteContext, sender: Sender) -> None:
        self._context, self._sender, self._records = context, sender, context.records
        self._snapshots = Snapshots(self._view, clock=context.clock)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes. Each page has a twin, whose address ends in ``.json``."""
        router.add_get("/ops", self._moved)
        router.add_get("/ops/", self._overview)
        router.add_get("/ops/overview.json", self._overview)
        router.add_get("/ops/outlets/{id}", self._outlet)
        for name, answer in (
            ("alerts", self._alerts),
            ("configuration", self._configuration),
            ("feeds", self._feeds),
            ("progress", self._progress),
        ):
            router.add_get(f"/ops/{name}", answer)
            router.add_get(f"/ops/{name}{_JSON}", answer)
        router.add_get("/ops/status.json", self._status)
        router.add_get("/ops/healthz", self._health)
        router.add_get("/ops.atom", self._log)
        router.add_get("/status.json", self._moved)
        router.add_get("/healthz", self._health)

    async def _view(self) -> OpsView:
        status = await self._context.status()
        return OpsView(status, await self._records.alerts(status.made_at), self._records.configuration())

    async def _moved(self, request: web.Request) -> web.StreamResponse:
        # Relative: below whichever path a proxy shows it, the browser finds it.
        raise web.HTTPMovedPermanently("ops/" if request.path == "/ops" else "ops/status.json")

    async def _overview(self, request: web.Request) -> web.StreamResponse:
        try:
            wanted = wanted_from(request.query)
        except NotWantedError as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from error
        twin = f"overview.json{query_of(wanted, after=wanted.after)}"
        return await self._answer(request, wanted, partial(self._read_overview, wanted), twin=twin)

    async def _outlet(self, request: web.Request) -> web.StreamResponse:
        id_ = request.match_info["id"].removesuffix(_JSON)
        read = partial(self._read_outlet, id_)
        return await self._answer(request, id_, read, root="../..", twin=f"{id_}{_JSON}")

    async def _alerts(self, request: web.Request) -> web.StreamResponse:
        after, before = _key(request, "after"), request.query.get("before", "")
        if before and not (before.isascii() and before.isdecimal() and len(before) <= _MOST_DIGITS):
            raise web.HTTPBadRequest(text="before is the number of a line of the log.\n")
        number = int(before) if before else None
        read = partial(self._read_alerts, after, number)
        twin = f"alerts.json{_query(after=after, before=before)}"
        return await self._answer(request, (after, number), read, twin=twin)

    async def _configuration(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, "", _read_configuration, twin="configuration.json")

    async def _progress(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, "", _read_progress, twin="progress.json")

    async def _feeds(self, request: web.Request) -> web.StreamResponse:
        after = _key(request, "after")
        twin = f"feeds.json{_query(after=after)}"
        return await self._answer(request, after, partial(_read_feeds, after), twin=twin)

    async def _answer(
        self, request: web.Request, key: object, read: Read[_Page], *, twin: str, root: str = ".."
    ) -> web.StreamResponse:
        """Answer with a page, or with its twin where the path says so."""
        is_json = request.path.endswith(_JSON)
        render: Callable[[_Page], bytes] = msgspec.json.encode if is_json else partial(_as_html, root=root, twin=twin)
        content_type = "application/json" if is_json else "text/html"
        try:
            fresh = await self._snapshots.page((request.path, key), read, render)
        except StoreError as error:
            raise unreadable(error) from error
        if fresh is None:
            raise web.HTTPNotFound(text="There is no such outlet in the configuration.\n")
        return await self._sender.send(request, answer_fresh(request, fresh, content_type))

    async def _read_overview(self, wanted: Wanted, view: OpsView) -> OverviewPage:
        # In threads: ten thousand outlets take longer to sort than the loop should wait.
        chosen = await asyncio.to_thread(view.choose, wanted)
        sources = [EVERY_SOURCE, *sources_of(chosen.outlets)]
        days = await self._records.days(sources, first_day(view.status.made_at))
        return await asyncio.to_thread(overview_page, view, wanted, chosen, days)

    async def _read_outlet(self, id_: str, view: OpsView) -> OutletPage | None:
        outlet = (await asyncio.to_thread(lambda: view.outlets)).get(id_)
        if outlet is None:
            return None
        return outlet_page(view, outlet, await self._records.outlet(id_, view.status.made_at))

    async def _read_alerts(self, after: str, before: int | None, view: OpsView) -> AlertsPage:
        log = await self._records.log(_LOG_LINES, before)
        return await asyncio.to_thread(alerts_page, view, after, log, _LOG_LINES)

    async def _status(self, request: web.Request) -> web.StreamResponse:
        try:
            fresh = await self._snapshots.page("status", _read_status, msgspec.json.encode)
        except StoreError as error:
            raise unreadable(error) from error
        assert fresh is not None
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


def _as_html(page: OpsPage, *, root: str, twin: str) -> bytes:
    return render_ops(page, root=root, twin=twin).encode()


async def _read_configuration(view: OpsView) -> ConfigurationPage:
    return configuration_page(view)


async def _read_progress(view: OpsView) -> ProgressPage:
    return await asyncio.to_thread(progress_page, view)


async def _read_feeds(after: str, view: OpsView) -> FeedsPage:
    return feeds_page(view, after)


async def _read_status(view: OpsView) -> Status:
    return view.status


def _key(request: web.Request, name: str) -> str:
    key = request.query.get(name, "")
    if len(key) > _LONGEST_KEY:
        raise web.HTTPBadRequest(text=f"{name} is too long.\n")
    return key


def _query(**given: str) -> str:
    asked = urlencode({name: text for name, text in given.items() if text})
    return f"?{asked}" if asked else ""
