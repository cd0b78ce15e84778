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
from syndicator.models.formats import format_of
from syndicator.web.pages import render_status

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
# A slow reader holds this much of a body in its connection's buffer, not a copy of all of it.
_PIECE = 64 * 1024


class Hub(Protocol):
    """Who answers hubs: see ``subscriber.WebSubClient``."""

    async def verify(self, token: str, asked: Mapping[str, str]) -> str | None: ...  # noqa: D102
    async def knows(self, token: str) -> bool: ...  # noqa: D102
    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> PushResult: ...  # noqa: D102


class Info(Protocol):
    """What identifies a published file's bytes, and since when."""

    @property
    def digest(self) -> str: ...  # noqa: D102
    @property
    def modified(self) -> datetime: ...  # noqa: D102


class File(Info, Protocol):
    """A published file's bytes with what identifies them."""

    @property
    def body(self) -> bytes: ...  # noqa: D102


class Files(Protocol):
    """The published files by name: see ``publish.FeedFiles``."""

    async def info(self, name: str) -> Info | None: ...  # noqa: D102
    async def get(self, name: str, *, is_compressed: bool) -> File | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """What the server shows: the feeds' files, the status as plain data, and whether the daemon is well (why not).

    ``hub`` answers hubs, which may send at most ``largest`` bytes.
    """

    files: Files
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
    application.router.add_get("/feeds/{name}", routes.feed)
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

    async def feed(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        format_ = format_of(name)
        answer = await _answer(request, self.context.files, name, format_.content_type) if format_ else None
        if answer is None:
            raise web.HTTPNotFound(text="There is no such feed. The list of feeds is on the front page.\n")
        return answer

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


async def _answer(request: web.Request, files: Files, name: str, content_type: str) -> web.StreamResponse | None:
    """Answer with a file or 304 (RFC 9110, 13), None if there is no such file.

    Each encoding has a strong ETag of its own; If-None-Match goes before the date.
    """
    is_compressed = _accepts_gzip(request.headers.get("Accept-Encoding", ""))
    info = await files.info(name)
    if info is not None and _is_known(request, info, _etag(info, is_compressed)):
        return web.Response(status=304, headers=_feed_headers(info, is_compressed))
    # The file may be replaced between the two, so that the headers are those of the bytes that are sent.
    file = await files.get(name, is_compressed=is_compressed)
    if file is None:
        return None
    headers = _feed_headers(file, is_compressed)
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    if len(file.body) <= _PIECE:
        return web.Response(body=file.body, content_type=content_type, charset="utf-8", headers=headers)
    return await _send(request, file.body, {**headers, "Content-Type": f"{content_type}; charset=utf-8"})


async def _send(request: web.Request, body: bytes, headers: Mapping[str, str]) -> web.StreamResponse:
    """Send a large body piece by piece, as fast as the reader takes it."""
    response = web.StreamResponse(headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    if request.method != "HEAD":
        whole = memoryview(body)
        for start in range(0, len(body), _PIECE):
            await response.write(whole[start : start + _PIECE])
    return response


def _feed_headers(info: Info, is_compressed: bool) -> dict[str, str]:
    return {
        "ETag": _etag(info, is_compressed),
        "Last-Modified": format_datetime(info.modified.astimezone(UTC), usegmt=True),
        "Vary": "Accept-Encoding",
        "Cache-Control": f"public, max-age={_FRESH_FOR}",
        "Access-Control-Allow-Origin": "*",
    }


def _etag(info: Info, is_compressed: bool) -> str:
    return f'"{info.digest}{"-gz" if is_compressed else ""}"'


def _is_known(request: web.Request, info: Info, etag: str) -> bool:
    if "If-None-Match" in request.headers:
        asked = [tag.strip().removeprefix("W/") for tag in request.headers["If-None-Match"].split(",")]
        return etag in asked or "*" in asked
    since = request.if_modified_since
    return since is not None and info.modified <= since


def _accepts_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
