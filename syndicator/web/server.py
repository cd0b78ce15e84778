"""Feeds, a status page and a health check over HTTP; and hubs' callbacks, the only thing here that changes anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from importlib import resources
from typing import Any, Protocol

from aiohttp import web

from syndicator.models import PushResult
from syndicator.web.pages import render_status

_TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml"}
_STATIC_TYPES = {"css": "text/css", "svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FRESH_FOR = 60
_BUSY_FOR = "30"


class Hub(Protocol):
    """Who answers hubs: see ``subscriber.WebSubClient``."""

    async def verify(self, token: str, asked: Mapping[str, str]) -> str | None: ...  # noqa: D102
    async def knows(self, token: str) -> bool: ...  # noqa: D102
    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> PushResult: ...  # noqa: D102


class File(Protocol):
    """A published file."""

    @property
    def body(self) -> bytes: ...  # noqa: D102
    @property
    def compressed(self) -> bytes: ...  # noqa: D102
    @property
    def digest(self) -> str: ...  # noqa: D102
    @property
    def modified(self) -> datetime: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """What the server shows: a file by name, the status as plain data, and whether the daemon is well (why not).

    ``hub`` answers hubs, which may send at most ``largest`` bytes.
    """

    file: Callable[[str], File | None]
    status: Callable[[], Awaitable[Mapping[str, Any]]]
    trouble: Callable[[], Sequence[str]]
    hub: Hub | None = None
    largest: int = 5 * 1024 * 1024


async def serve(context: SiteContext, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen; give the runner, whose ``cleanup`` ends it, and the port (for port 0, the free one that was found).

    Raise OSError when the address cannot be had.
    """
    runner = web.AppRunner(_application(context), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, int(runner.addresses[0][1])


def _application(context: SiteContext) -> web.Application:
    application = web.Application(client_max_size=1024)
    application.on_response_prepare.append(_add_headers)
    routes = _Routes(context)
    application.router.add_get("/", routes.status_page)
    application.router.add_get("/status.json", routes.status_json)
    application.router.add_get("/healthz", routes.health)
    application.router.add_get("/feeds/{name:[a-z0-9_-]+}.{kind:atom|rss}", routes.feed)
    if context.hub is not None:
        application.router.add_get("/websub/{token:[A-Za-z0-9_-]+}", partial(routes.verify, context.hub))
        application.router.add_post("/websub/{token:[A-Za-z0-9_-]+}", partial(routes.receive, context.hub))
    application.router.add_get("/static/{name:[a-z]+}.{kind:css|svg}", routes.static)
    return application


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


class _Routes:
    def __init__(self, context: SiteContext) -> None:
        self.context = context

    async def feed(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        file = self.context.file(f"{request.match_info['name']}.{kind}")
        if file is None:
            raise web.HTTPNotFound(text="There is no such feed. The list of feeds is on the front page.\n")
        return _answer(request, file, _TYPES[kind])

    async def status_page(self, _request: web.Request) -> web.Response:
        page = render_status(await self.context.status())
        response = web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-cache"})
        response.enable_compression()
        return response

    async def status_json(self, _request: web.Request) -> web.Response:
        response = web.json_response(await self.context.status(), headers={"Cache-Control": "no-cache"})
        response.enable_compression()
        return response

    async def health(self, _request: web.Request) -> web.Response:
        trouble = self.context.trouble()
        text = "".join(f"{each}\n" for each in trouble or ("ok",))
        return web.Response(text=text, status=503 if trouble else 200)

    async def verify(self, hub: Hub, request: web.Request) -> web.Response:
        challenge = await hub.verify(request.match_info["token"], request.query)
        if challenge is None:
            raise web.HTTPNotFound
        return web.Response(text=challenge)

    async def receive(self, hub: Hub, request: web.Request) -> web.Response:
        if not await hub.knows(request.match_info["token"]):
            raise web.HTTPNotFound
        body = bytearray()
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > self.context.largest:
                raise web.HTTPRequestEntityTooLarge(max_size=self.context.largest, actual_size=len(body))
        result = await hub.receive(request.match_info["token"], request.headers, bytes(body))
        headers = {"Retry-After": _BUSY_FOR} if result is PushResult.BUSY else {}
        return web.Response(status=result.value, headers=headers)

    async def static(self, request: web.Request) -> web.Response:
        name, kind = request.match_info["name"], request.match_info["kind"]
        file = resources.files(__package__).joinpath("static", f"{name}.{kind}")
        if not file.is_file():
            raise web.HTTPNotFound
        return web.Response(
            body=file.read_bytes(),
            content_type=_STATIC_TYPES[kind],
            charset="utf-8",
            headers={"Cache-Control": "public, max-age=3600"},
        )


def _answer(request: web.Request, file: File, content_type: str) -> web.Response:
    """Answer with the file or 304 (RFC 9110, 13): a strong ETag per encoding, If-None-Match before the date."""
    is_compressed = _accepts_gzip(request.headers.get("Accept-Encoding", ""))
    etag = f'"{file.digest}{"-gz" if is_compressed else ""}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(file.modified.astimezone(UTC), usegmt=True),
        "Vary": "Accept-Encoding",
        "Cache-Control": f"public, max-age={_FRESH_FOR}",
        "Access-Control-Allow-Origin": "*",
    }
    if _is_known(request, file, etag):
        return web.Response(status=304, headers=headers)
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    body = file.compressed if is_compressed else file.body
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)


def _is_known(request: web.Request, file: File, etag: str) -> bool:
    if "If-None-Match" in request.headers:
        asked = [tag.strip().removeprefix("W/") for tag in request.headers["If-None-Match"].split(",")]
        return etag in asked or "*" in asked
    since = request.if_modified_since
    return since is not None and file.modified <= since


def _accepts_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
