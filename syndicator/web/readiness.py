"""Whether readers may be sent here: for load balancers, Kubernetes and whoever waits for a start."""

from __future__ import annotations

from aiohttp import web

from syndicator.web.context import SiteContext


def answer_ready(context: SiteContext, *, tells_why: bool) -> web.Response:
    """Answer 200, or 503 with the reasons, one a line, if they are for who asks."""
    reasons = (context.unready or context.trouble)()
    if not reasons:
        return web.Response(text="ready\n")
    text = "".join(f"{each}\n" for each in reasons) if tells_why else "not ready\n"
    return web.Response(text=text, status=503, headers={"Retry-After": "5"})
