"""For programs that watch this one: whether readers may be sent here, and metrics."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from syndicator.web.answers import Sender
from syndicator.web.context import SiteContext
from syndicator.web.metrics import MetricsRoutes


def add_monitoring(router: web.UrlDispatcher, context: SiteContext, sender: Sender, *, is_for_operators: bool) -> None:
    """Add the routes: ``/readyz`` for load balancers, which are where readers are; all else for operators alone."""
    router.add_get("/readyz", partial(_ready, context, tells_why=is_for_operators))
    if is_for_operators and context.metrics is not None:
        MetricsRoutes(context.metrics, sender, clock=context.clock).add_to(router)


async def _ready(context: SiteContext, _request: web.Request, *, tells_why: bool) -> web.Response:
    """Answer 200, or 503 with the reasons, one a line, if they are for who asks."""
    reasons = (context.unready or context.trouble)()
    if not reasons:
        return web.Response(text="ready\n")
    text = "".join(f"{each}\n" for each in reasons) if tells_why else "not ready\n"
    return web.Response(text=text, status=503, headers={"Retry-After": "5"})
