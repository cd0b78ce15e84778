"""What another process answers: whoever asks for it here is told so."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from syndicator.models.hub import HUB_PATH
from syndicator.web.callbacks import CALLBACK

_PATHS = ("/ops", "/ops/{path:.*}", "/ops.atom", "/status.json", "/metrics", "/metrics/sources", HUB_PATH, CALLBACK)


def add_elsewhere(router: web.UrlDispatcher, told: str) -> None:
    """Route operators' pages, our own hub and hubs' callbacks to a line of text. Nobody's body is read."""
    for path in _PATHS:
        router.add_route("*", path, partial(_answer, told))


async def _answer(told: str, _request: web.Request) -> web.Response:
    return web.Response(status=404, text=f"{told}\n", headers={"Cache-Control": "no-store"})
