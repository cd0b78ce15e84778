"""Listens, and puts the routes together: readers' pages and feeds, operators' pages, hubs' callbacks."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from aiohttp import web

from syndicator.web.answers import Sender
from syndicator.web.callbacks import CallbackRoutes
from syndicator.web.connection import LimitedSite, Responder
from syndicator.web.context import BOTH_FACES, Face, SiteContext
from syndicator.web.elsewhere import add_elsewhere
from syndicator.web.error_pages import error_pages
from syndicator.web.feeds import FeedAnswer, FeedService
from syndicator.web.head import PlainHead
from syndicator.web.hub import add_hub
from syndicator.web.limits import ConnectionGate
from syndicator.web.monitoring import add_monitoring
from syndicator.web.operators import OperatorRoutes
from syndicator.web.page_routes import PageRoutes
from syndicator.web.polls import PollLimiter
from syndicator.web.readers import FeedRoutes, static
from syndicator.web.search_feeds import SearchFeedRoutes

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "syndicator",
}


async def serve(
    context: SiteContext, host: str, port: int, *, faces: Collection[Face] = BOTH_FACES
) -> tuple[web.AppRunner, int]:
    """Listen; return the runner, whose ``cleanup`` ends it, and the port (for port 0, the free one that was found).

    Raise OSError when the address cannot be bound.
    """
    application, respond = _application(context, faces)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    gate = ConnectionGate(context.limits, context.descriptors)
    try:
        await LimitedSite(runner, gate, host, port, respond).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, int(runner.addresses[0][1])


def listened_on(runner: web.AppRunner) -> str:
    """Return the addresses that a server listens on."""
    return " ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port, *_ in runner.addresses)


def _application(context: SiteContext, faces: Collection[Face]) -> tuple[web.Application, Responder]:
    errors = error_pages(context, is_for_readers=Face.READERS in faces)
    application = web.Application(client_max_size=1024, middlewares=[errors])
    application.on_response_prepare.append(partial(_prepare, context))
    router, sender = application.router, Sender(context.limits.held_bytes)
    respond: Responder = _answer_nothing
    if context.elsewhere:
        add_elsewhere(router, context.elsewhere)
    router.add_get("/static/{name:[a-z]+}.{kind:css|svg}", static)
    if Face.OPERATORS in faces:
        OperatorRoutes(context, sender).add_to(router)
    else:
        router.add_get("/healthz", partial(_bare_health, context))
    add_monitoring(router, context, sender, is_for_operators=Face.OPERATORS in faces)
    if Face.READERS in faces:
        PageRoutes(context, sender).add_to(router)
        if context.searches is not None:
            SearchFeedRoutes(context, context.searches, sender).add_to(router)
        feeds = FeedRoutes(context, _feed_service(context), sender)
        feeds.add_to(router)
        respond = feeds.respond
        if context.own_hub is not None:
            add_hub(router, context.own_hub)
        if context.hub is not None:
            CallbackRoutes(context.hub, context.push_limits).add_to(router)
    return application, respond


def _feed_service(context: SiteContext) -> FeedService:
    return FeedService(
        context.files,
        context.directory,
        PollLimiter(context.clock),
        make=context.make,
        asked=context.asked,
        links=context.feed_links,
        pace=context.pace,
        wall=context.wall,
        common=_HEADERS,
    )


def _answer_nothing(_head: PlainHead, _peer: str) -> FeedAnswer | None:
    return None


async def _bare_health(context: SiteContext, _request: web.Request) -> web.Response:
    """Answer whether the daemon is well, and not why: the reasons are for operators."""
    is_well = not context.trouble()
    return web.Response(text="ok\n" if is_well else "not well\n", status=200 if is_well else 503)


async def _prepare(context: SiteContext, _request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    context.answers.add(response.status)
